"""Setting up a seller who has neither e-mail nor smartphone, and handing it over later."""

from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from shop import places, text
from shop.accounts import delegation, members
from shop.accounts.access import Actor
from shop.accounts.delegation import Consent
from shop.accounts.models import Delegation, Membership, Role
from shop.community.errors import HasAccount, HelpersNumber
from shop.database import db
from shop.errors import BadInput
from shop.media import documents
from shop.sellers import addresses, profile
from shop.sellers.models import Seller


def enter(actor: Actor, data: dict[str, Any], consent: Consent) -> tuple[Seller, Delegation]:
    """A new seller of the helper's area, nobody's account yet; who said yes represents it.

    `data` as NewcomerSchema gives it. Raises BadInput for a commune that is not the helper's, and
    for a seller that is there already.
    """
    commune = places.commune(data["commune_code"])
    if commune is None or commune.code not in actor.helps_in:
        raise BadInput({"commune_code": [_("Chọn xã, phường mà tổ của bạn phụ trách.")]})
    if _is_there(data["name"], commune.code):
        raise BadInput({"name": [_("Xã này đã có người bán tên này. Xin tìm trong danh sách.")]})
    seller = profile.create(delegation.about_to_make(actor, consent.consenter), data)
    seller.representative, seller.phone = consent.consenter, data["phone"]
    addresses.settle(seller, {"street": data["street"]}, commune)
    db.session.flush()
    return seller, delegation.record(actor, seller.id, consent)


def _is_there(name: str, commune_code: str) -> bool:
    same = select(Seller.id).where(
        Seller.sort_key == text.sort_key(name), Seller.commune_code == commune_code
    )
    return db.session.scalar(same.limit(1)) is not None


def keep_paper(actor: Actor, row: Delegation, paper: documents.Taken) -> None:
    """Keep the photographed paper beside the consent that it proves."""
    acting = delegation.acting(actor, row)
    title = _("Giấy đồng ý của %(name)s", name=row.consenter)
    documents.accept(
        acting, row.seller_id, f"delegation:{row.ref}", paper, kind="consent", title=title
    )


def open_account(actor: Actor, seller: Seller, name: str, phone: str) -> Membership:
    """The seller's own account: its person takes over, and may end every consent.

    Only for administrators, who call the number first: whoever gets the link reaches the money.
    Raises HasAccount where there is an owner, HelpersNumber for a number of somebody who helps.
    """
    owner = select(Membership.id).where(
        Membership.seller_id == seller.id, Membership.role == Role.OWNER
    )
    if db.session.scalar(owner) is not None:
        raise HasAccount
    known = members.known(phone)
    if known is not None and Role.HELPER in {Role(m.role) for m in known.memberships}:
        raise HelpersNumber(known.name)
    user = known or members.person(name, phone=phone)
    membership = members.invite(actor, seller.id, user, Role.OWNER)
    members.renew(user)
    db.session.flush()
    db.session.refresh(membership, ["user"])
    db.session.expire(user, ["memberships"])
    return membership
