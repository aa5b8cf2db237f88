"""Whether a listing may go to a marketplace: what is missing, field by field, before any call."""

from collections.abc import Mapping

from flask_babel import gettext as _

from workers.channels.models import Listing
from workers.marketplaces import protocol
from workers.marketplaces.protocol import CategoryRules

# Every field that is looked at; readiness is the share of those without a trouble.
FIELDS = ("category", "price", "name", "description", "weight", "images", "attributes", "brand")


def troubles(
    wanted: protocol.Listing, listing: Listing, rules: CategoryRules | None
) -> dict[str, str]:
    """What keeps it off the marketplace: field → what to do. Empty: it may go.

    `rules` None: its category is not known, so only that is said, and the price.
    """
    found: dict[str, str] = {}
    if listing.variant.price_illustrative and not listing.connection.sandbox:
        found["price"] = _("Giá đang là giá minh họa. Nhập giá thật rồi đẩy lại.")
    if rules is None:
        found["category"] = _("Chưa chọn ngành hàng trên sàn cho sản phẩm này.")
        return found
    return found | _of_limits(wanted, rules.limits, found) | _of_category(wanted, rules, listing)


def readiness(troubles: Mapping[str, str]) -> int:
    """How ready a listing is, in percent."""
    return 100 * (len(FIELDS) - len(troubles)) // len(FIELDS)


def _of_limits(
    wanted: protocol.Listing, limits: protocol.Limits, found: Mapping[str, str]
) -> dict[str, str]:
    more: dict[str, str] = {}
    least, most = limits.price_vnd
    if "price" not in found and not least <= wanted.price_vnd <= most:
        more["price"] = _(
            "Sàn nhận giá từ %(least)s đ đến %(most)s đ.", least=_dots(least), most=_dots(most)
        )
    more |= _of_length("name", len(wanted.name), limits.name)
    more |= _of_length("description", len(wanted.description), limits.description)
    lightest, heaviest = limits.weight_kg
    if wanted.weight_kg is None:
        more["weight"] = _("Quy cách chưa nói khối lượng, ví dụ “hộp 20 túi, 40 g”.")
    elif not lightest <= wanted.weight_kg <= heaviest:
        more["weight"] = _(
            "Sàn nhận kiện từ %(least)s kg đến %(most)s kg.", least=lightest, most=heaviest
        )
    fewest = limits.images[0]
    if len(wanted.images) < max(1, fewest):
        more["images"] = _(
            "Sàn đòi ít nhất %(fewest)s ảnh; sản phẩm có %(there)s.",
            fewest=max(1, fewest),
            there=len(wanted.images),
        )
    return more


def _of_length(field: str, length: int, allowed: tuple[int, int]) -> dict[str, str]:
    least, most = allowed
    facts = {"least": least, "most": most, "there": length}
    if length < least:
        words = {
            "name": _("Tên trên sàn cần ít nhất %(least)s ký tự; đang có %(there)s.", **facts),
            "description": _("Mô tả cần ít nhất %(least)s ký tự; đang có %(there)s.", **facts),
        }
        return {field: words[field]}
    if length > most:
        words = {
            "name": _("Tên và quy cách dài quá %(most)s ký tự.", **facts),
            "description": _("Mô tả dài quá %(most)s ký tự.", **facts),
        }
        return {field: words[field]}
    return {}


def _of_category(
    wanted: protocol.Listing, rules: CategoryRules, listing: Listing
) -> dict[str, str]:
    more: dict[str, str] = {}
    missing = [a for a in rules.attributes if a.mandatory and not wanted.attributes.get(a.id)]
    told = ", ".join(a.name for a in missing if not a.paper)
    # What is there already came with its papers, or the marketplace says so itself.
    papers = ", ".join(a.name for a in missing if a.paper and listing.external_id is None)
    said = [_("Ngành hàng này đòi thêm: %(names)s.", names=told)] if told else []
    if papers:
        said.append(
            _(
                "Ngành hàng này đòi giấy tờ: %(names)s. Sàn chỉ nhận giấy tờ trên trang người bán "
                "của sàn: đăng món này ở đó với mã %(sku)s, rồi mở gian hàng ở đây, bấm “Nối hàng "
                "có sẵn trên sàn”.",
                names=papers,
                sku=wanted.sku,
            )
        )
    if said:
        more["attributes"] = " ".join(said)
    if rules.brand_mandatory and not wanted.brand_id:
        more["brand"] = _("Ngành hàng này đòi chọn thương hiệu.")
    return more


def _dots(number: int) -> str:
    return f"{number:,}".replace(",", ".")
