"""What is mailed to a seller for a yes: that somebody asks, or six digits to read out to them."""

from flask import url_for
from flask_babel import gettext as _

from shop.accounts import access, delegation
from shop.accounts.access import Actor
from shop.accounts.delegation import Consent
from shop.accounts.models import Delegation, Role, Way
from shop.errors import NotFound
from shop.notifications import send
from shop.sellers.models import Seller


def address(seller: Seller) -> str | None:
    """Where a code goes: to an owner who has an e-mail; without any owner, to the seller's own."""
    found = _owner(seller)
    return found[0] if found else None


def _owner(seller: Seller) -> tuple[str, str] | None:
    """The address, and the name of who reads there."""
    members = access.memberships(seller.id)
    for member in members:
        if member.role == Role.OWNER and member.user.email:
            return member.user.email, member.user.name
    if members or not seller.email:
        return None
    return seller.email, seller.representative or seller.name


def tell_owners(actor: Actor, row: Delegation, seller: Seller) -> None:
    """Mail the owners that somebody asks to help; once for each request."""
    subject = _("%(helper)s xin giúp “%(seller)s”", helper=actor.name, seller=seller.name)
    words = _(
        "Muốn đồng ý hay từ chối, xin mở trang này: %(url)s",
        url=url_for("consents.consent", ref=row.ref, _external=True),
    )
    send.owners(seller.id, subject, words, once=f"delegation:{row.ref}")


def send_one(actor: Actor, row: Delegation, seller: Seller) -> None:
    """Mail a new code; the one before it works no more. Raises NotFound without an address."""
    where = address(seller)
    if where is None:
        raise NotFound(ref=row.ref)
    code = delegation.new_code(row)
    subject = _("Mã đồng ý để %(helper)s giúp: %(code)s", helper=actor.name, code=code)
    words = _(
        "%(helper)s (tổ công nghệ số cộng đồng) xin giúp “%(seller)s” đến hết ngày %(until)s: "
        "điền hồ sơ, đăng sản phẩm, gửi ảnh. Người giúp không thấy tiền, không thấy người mua.\n\n"
        "Nếu đồng ý, hãy đọc mã này cho người giúp: %(code)s\n"
        "Mã dùng được 15 phút. Nếu không nhờ ai giúp, hãy bỏ qua thư này.",
        helper=actor.name,
        seller=seller.name,
        until=row.until.strftime("%d/%m/%Y"),
        code=code,
    )
    send.mail(where, subject, words)


def read_back(actor: Actor, row: Delegation, seller: Seller, code: str) -> bool:
    """Whether the code is right; then the consent holds, in the name of who got it."""
    owner = _owner(seller)
    if owner is None:
        return False
    typed = "".join(filter(str.isdigit, code))
    return delegation.say_code(actor, row, typed, Consent(owner[1], Way.CODE, row.until))
