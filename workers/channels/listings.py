"""What a variant looks like on a marketplace, whether it may go there, and its link to it."""

import io
import re
from decimal import ROUND_FLOOR, Decimal

from flask_babel import gettext as _
from PIL import Image, ImageDraw
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from shop import references
from shop.catalogue import certificates
from shop.catalogue.models import Certificate, Product, Variant
from shop.database import db
from shop.inventory import stock
from workers.channels.models import Connection, Listing, ListingState
from workers.marketplaces import protocol

LONGEST_NAME = 120
# Without the limits of the category at hand, the platform's outer bounds.
LEAST_VND, MOST_VND = 1_000, 120_000_000

# OCOP criteria set (26/2026/QĐ-TTg) → words to find a marketplace's category by.
CATEGORY_WORDS = {
    "QD26-01": "rau củ quả hạt tươi",
    "QD26-02": "thịt thủy sản trứng sữa",
    "QD26-03": "gạo ngũ cốc",
    "QD26-04": "mật ong nông sản khác",
    "QD26-05": "đồ ăn nhanh",
    "QD26-06": "ngũ cốc miến bún mì",
    "QD26-07": "bánh mứt rau củ quả ăn vặt",
    "QD26-08": "thịt giò chả thủy sản",
    "QD26-09": "nước mắm tương gia vị",
    "QD26-10": "gia vị",
    "QD26-11": "trà chè",
    "QD26-12": "trà chè thảo dược",
    "QD26-13": "cà phê cacao",
    "QD26-14": "rượu",
    "QD26-15": "rượu đồ uống có cồn",
    "QD26-16": "nước uống nước ép không cồn",
    "QD26-17": "nước uống không cồn",
    "QD26-18": "thực phẩm chức năng",
    "QD26-19": "thảo dược",
    "QD26-20": "thảo dược",
    "QD26-21": "thủ công mỹ nghệ trang trí",
    "QD26-22": "dệt may thủ công",
    "QD26-23": "hoa cây cảnh",
}

_WEIGHT = re.compile(
    r"(?:(\d+)\s*(?:chai|gói|túi|hộp|lon|hũ|lọ)\s+)?(\d+(?:[.,]\d+)?)\s*(kg|g|lạng|yến|ml|lít)\b"
)
_KG = {
    "kg": Decimal(1),
    "g": Decimal("0.001"),
    "lạng": Decimal("0.1"),
    "yến": Decimal(10),
    # Close enough to water to choose a parcel by.
    "ml": Decimal("0.001"),
    "lít": Decimal(1),
}


def link_all(connection: Connection) -> int:
    """A listing for every published variant of the connection's seller; how many are new."""
    query = select(Variant.id).join(Product, Product.id == Variant.product_id)
    ids = db.session.scalars(
        query.where(
            Variant.seller_id == connection.seller_id, Product.on_sale, Variant.active
        ).order_by(Variant.id)
    ).all()
    return sum(_link(connection, variant_id) for variant_id in ids)


def _link(connection: Connection, variant_id: int) -> bool:
    added = db.session.execute(
        insert(Listing)
        .values(
            ref=references.new(),
            seller_id=connection.seller_id,
            connection_id=connection.id,
            variant_id=variant_id,
            state=ListingState.WAITING,
        )
        .on_conflict_do_nothing(index_elements=["connection_id", "variant_id"])
        .returning(Listing.id)
    )
    return added.first() is not None


def prepare(variant: Variant, *, sandbox: bool) -> protocol.Listing:
    """The variant as it should be there now: price, and what may still be promised of it.

    A product that is not on sale has stock 0. `sandbox`: a drawn card stands for the photo.
    A star is said only while a certificate in force covers the variant.
    """
    product = variant.product
    certificate = certificates.in_force(product, variant)
    saleable = stock.saleable([variant.id])[variant.id].to_integral_value(ROUND_FLOOR)
    on_sale = product.on_sale
    return protocol.Listing(
        sku=variant.sku,
        name=_name(variant, certificate),
        description=(product.description or _facts(variant)) + _star(certificate),
        price_vnd=variant.price_vnd,
        stock=max(0, int(saleable)) if on_sale else 0,
        weight_kg=weight_kg(variant.pack),
        category=CATEGORY_WORDS.get(product.criteria_set or "", ""),
        image=_card() if sandbox else None,
    )


def _name(variant: Variant, certificate: Certificate | None) -> str:
    name = f"{variant.product.name}, {variant.pack}"
    starred = f"{name} - OCOP {certificate.star} sao" if certificate else name
    # The star never keeps a product off the marketplace.
    return starred if len(starred) <= LONGEST_NAME else name


def _star(certificate: Certificate | None) -> str:
    if certificate is None:
        return ""
    facts = {
        "star": certificate.star,
        "number": certificate.number,
        "issued": f"{certificate.issued_on:%d/%m/%Y}",
        "expires": f"{certificate.last_day:%d/%m/%Y}",
    }
    words = _(
        "OCOP %(star)s sao – số %(number)s, cấp ngày %(issued)s, hết hạn %(expires)s", **facts
    )
    return f"\n{words}."


def _facts(variant: Variant) -> str:
    product = variant.product
    place = f", {product.seller.province}" if product.seller.province else ""
    facts = {"name": product.name, "pack": variant.pack, "seller": product.seller.name + place}
    return str(_("%(name)s, quy cách %(pack)s. Người bán: %(seller)s.", **facts))


def weight_kg(pack: str) -> Decimal | None:
    """Net weight that a pack's words tell ("thùng 24 chai 500 ml"), or None."""
    found = _WEIGHT.search(pack.lower())
    if found is None:
        return Decimal(1) if pack.strip().lower() == "tính theo kg" else None
    pieces, number, unit = found.groups()
    weight = Decimal(number.replace(",", ".")) * _KG[unit] * int(pieces or 1)
    return weight if weight > 0 else None


def _card() -> bytes:
    """A plain card in place of a photo; only a sandbox ever gets it."""
    card = Image.new("RGB", (600, 600), "#2f6b3c")
    ImageDraw.Draw(card).rectangle((40, 40, 560, 560), outline="#ffffff", width=8)
    png = io.BytesIO()
    card.save(png, "PNG")
    return png.getvalue()


def preflight(listing: protocol.Listing, variant: Variant, *, sandbox: bool) -> dict[str, str]:
    """What keeps it off the marketplace: field → what to do. Empty: it may go."""
    troubles: dict[str, str] = {}
    if variant.price_illustrative and not sandbox:
        troubles["price"] = _("Giá đang là giá minh họa. Nhập giá thật rồi đẩy lại.")
    elif not LEAST_VND <= listing.price_vnd <= MOST_VND:
        troubles["price"] = _("Sàn nhận giá từ 1.000 đ đến 120.000.000 đ.")
    if len(listing.name) > LONGEST_NAME:
        troubles["name"] = _("Tên và quy cách dài quá %(most)s ký tự.", most=LONGEST_NAME)
    if listing.weight_kg is None:
        troubles["weight"] = _("Quy cách chưa nói khối lượng, ví dụ “hộp 20 túi, 40 g”.")
    if listing.image is None:
        troubles["image"] = _("Sàn đòi ảnh sản phẩm, mà sản phẩm chưa có ảnh.")
    return troubles
