"""Back office: the overview, and the people of a seller."""

from collections.abc import Sequence
from typing import Any

from flask import Blueprint, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from shop import pages
from shop.accounts import access, members
from shop.accounts.access import Actor, Permission
from shop.accounts.models import SELLER_ROLES, Membership, Role
from shop.accounts.views import ROLE_NAMES
from shop.database import db, transaction
from shop.sellers import onboarding, profile
from shop.sellers.models import Seller
from shop.sellers.schemas import MemberSchema

bp = Blueprint("sellers", __name__, url_prefix="/ban-hang")


@bp.get("")
@access.signed_in
def overview(actor: Actor) -> ResponseReturnValue:
    """What needs doing today, one tile a room. Who only helps others, or only
    reads figures of a region, has a page for that.
    """
    if actor.helps_in and not actor.in_own_right().allowed:
        return redirect(url_for("community.home"))
    if actor.areas and not actor.allowed and not pages.panels("sellers.start", actor=actor):
        return redirect(url_for("reports.start"))
    query = access.rows(actor, Seller, Permission.SELLER_READ).order_by(Seller.sort_key)
    sellers = db.session.scalars(query.limit(6)).all()
    return pages.page(
        "sellers/overview.html", actor=actor, sellers=sellers, to_do=_to_do(actor, sellers)
    )


def _to_do(actor: Actor, sellers: Sequence[Seller]) -> list[tuple[Seller, list[onboarding.Step]]]:
    """The actor's own sellers that still lack something; administrators have their queue."""
    own = [s for s in sellers if Permission.SELLER_WRITE in actor.allowed.get(s.id, ())]
    steps = onboarding.steps_of(own) if own else {}
    return [(s, steps[s.id]) for s in own if not all(step.done for step in steps[s.id])]


@bp.route("/thanh-vien", methods=["GET", "POST"])
@access.signed_in
def team(actor: Actor) -> ResponseReturnValue:
    """The people of the actor's sellers, and a form to add one."""
    access.expect(actor, Permission.MEMBERS_MANAGE)
    form = pages.form(MemberSchema())
    if form.data:
        with form.guard(), transaction():
            _invite(actor, form.data)
        if not form.errors:
            return pages.saved(
                "sellers.team",
                _("Đã thêm thành viên. Xin cấp liên kết đặt mật khẩu và trao tận tay."),
            )
    names = _seller_names(actor)
    return pages.page(
        "sellers/team.html",
        form=form,
        page=pages.paged(_people(actor)),
        names=names,
        seller_options=[(seller.ref, seller.name) for seller in names.values()],
        role_names=ROLE_NAMES,
        roles=[(str(role), ROLE_NAMES[role]) for role in SELLER_ROLES],
    )


def _people(actor: Actor) -> Any:
    query = access.rows(actor, Membership, Permission.MEMBERS_MANAGE)
    query = query.where(Membership.seller_id.is_not(None)).options(joinedload(Membership.user))
    return query.order_by(Membership.seller_id, Membership.id)


def _seller_names(actor: Actor) -> dict[int, Seller]:
    query = access.rows(actor, Seller, Permission.MEMBERS_MANAGE).order_by(Seller.sort_key)
    return {seller.id: seller for seller in db.session.scalars(query)}


def _invite(actor: Actor, data: dict[str, Any]) -> None:
    seller = profile.present(actor, data["seller"], Permission.MEMBERS_MANAGE)
    user = members.known(data["phone"])
    if user is None:
        user = members.person(data["name"], phone=data["phone"])
    elif not actor.administers and user.id not in _people_of(seller):
        raise members.KnownNumber
    members.invite(actor, seller.id, user, Role(data["role"]))
    if actor.administers:
        members.renew(user)


def _people_of(seller: Seller) -> set[int]:
    return {membership.user_id for membership in access.memberships(seller.id)}


@bp.post("/thanh-vien/<ref>/bot")
@access.signed_in
def team_remove(actor: Actor, ref: str) -> ResponseReturnValue:
    """End a membership."""
    form = pages.Form()
    with form.guard(), transaction():
        members.remove(actor, access.get(actor, Membership, ref, Permission.MEMBERS_MANAGE))
    if form.errors:
        return pages.refused("sellers.team", form)
    return pages.saved("sellers.team", _("Đã bớt thành viên."))


@bp.post("/thanh-vien/<ref>/lien-ket")
@access.signed_in
def team_link(actor: Actor, ref: str) -> ResponseReturnValue:
    """A one-time address for a member to set a password; shown once, to hand over."""
    with transaction():
        membership = access.get(actor, Membership, ref, Permission.MEMBERS_MANAGE)
        link = members.password_link(actor, membership)
        name = membership.user.name
    return pages.page("sellers/team_link.html", link=link, name=name)
