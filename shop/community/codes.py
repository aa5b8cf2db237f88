"""What is sent to a seller for a yes: that somebody asks, or six digits to read out to them.

The digits go by mail; where nobody has an address, by a short message to a plain phone.
"""

import hashlib
from dataclasses import dataclass

from flask import url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from shop import clock, limits, phones
from shop.accounts import access, delegation
from shop.accounts.access import Actor
from shop.accounts.delegation import Consent
from shop.accounts.models import Delegation, Role, User, Way
from shop.database import db
from shop.errors import NotFound
from shop.notifications import send
from shop.sellers.models import Seller

# Whoever pays for messages wants no machine to send them, and whoever gets them no flood.
SMS_PER_NUMBER = ("3/hour", "6/day")
SMS_PER_HELPER = "30/day"


@dataclass(frozen=True)
class Where:
    """Where a code goes: an `email`, or the mobile number `phone` (E.164); `name` reads there."""

    name: str
    email: str = ""
    phone: str = ""

    @property
    def shown(self) -> str:
        """The number with its middle hidden, for the helper; empty for a mail."""
        return phones.mask(self.phone) if self.phone else ""


def where(actor: Actor, seller: Seller) -> Where | None:
    """To an owner; without anybody who signs in, to the seller's own address or number.

    Never to the helper's own: who asks would say yes to themselves.
    """
    people = access.memberships(seller.id)
    named = [(m.user.name, m.user.email, m.user.phone) for m in people if m.role == Role.OWNER]
    if not people:
        named = [(seller.representative or seller.name, seller.email, seller.phone)]
    own = db.session.get_one(User, actor.user_id)
    own_mail = (own.email or "").lower()
    by_mail = [Where(n, email=mail) for n, mail, _p in named if mail and mail.lower() != own_mail]
    if by_mail or not send.sms_is_on():
        return by_mail[0] if by_mail else None
    by_phone = [
        Where(name, phone=phone)
        for name, _email, phone in named
        if phone and phone != own.phone and phones.is_mobile(phone)
    ]
    return by_phone[0] if by_phone else None


def tell_owners(actor: Actor, row: Delegation, seller: Seller) -> None:
    """Mail the owners that somebody asks to help; once for each request."""
    subject = _("%(helper)s xin giúp “%(seller)s”", helper=actor.name, seller=seller.name)
    words = _(
        "Muốn đồng ý hay từ chối, xin mở trang này: %(url)s",
        url=url_for("consents.consent", ref=row.ref, _external=True),
    )
    send.owners(seller.id, subject, words, once=f"delegation:{row.ref}")


def send_one(actor: Actor, row: Delegation, seller: Seller) -> None:
    """Send a new code; the one before it works no more.

    Raises NotFound without an address or number, TooMany.
    """
    to = where(actor, seller)
    if to is None:
        raise NotFound(ref=row.ref)
    if to.phone:
        _expect_few(actor, to.phone)
    code = delegation.new_code(row)
    if to.phone:
        _text(actor, row, seller, to.phone, code)
    else:
        _mail(actor, row, seller, to.email, code)


def _expect_few(actor: Actor, phone: str) -> None:
    number = hashlib.sha256(phone.encode()).hexdigest()
    limits.hit(SMS_PER_HELPER, "consent sms", str(actor.user_id))
    for rate in SMS_PER_NUMBER:
        limits.hit(rate, "consent sms to", number)


def _text(actor: Actor, row: Delegation, seller: Seller, phone: str, code: str) -> None:
    # The code stands first: what is too long is cut at the end. Whatever language the helper reads.
    with force_locale("vi"):
        words = _(
            "Mã %(code)s, dùng trong 15 phút: chỉ đọc cho %(helper)s nếu đồng ý để họ giúp "
            "%(seller)s đến %(until)s. Không nhờ thì bỏ qua.",
            code=code,
            helper=actor.name[:24],
            seller=seller.name[:30],
            until=row.until.strftime("%d/%m/%Y"),
        )
    send.sms(phone, words, until=clock.now() + delegation.CODE_LIVES)


def _mail(actor: Actor, row: Delegation, seller: Seller, email: str, code: str) -> None:
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
    send.mail(email, subject, words)


def read_back(actor: Actor, row: Delegation, seller: Seller, code: str) -> bool:
    """Whether the code is right; then the consent holds, in the name of who got it."""
    to = where(actor, seller)
    if to is None:
        return False
    typed = "".join(filter(str.isdigit, code))
    note = _("mã nhắn tới %(number)s", number=to.shown) if to.phone else ""
    return delegation.say_code(actor, row, typed, Consent(to.name, Way.CODE, row.until, note))
