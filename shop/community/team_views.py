"""The administrator's pages: teams, their people, accounts to open for sellers without one."""

from typing import Any

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import func, select

from shop import pages, phones, places
from shop.accounts import access, members
from shop.accounts.access import Actor, Permission
from shop.accounts.models import Delegation, Membership, Role
from shop.community import newcomers, trainings
from shop.community import teams as verbs
from shop.community.models import Team, TeamMember
from shop.community.schemas import (
    AccountSchema,
    TeamChangeSchema,
    TeamMemberSchema,
    TeamSchema,
)
from shop.database import db, transaction
from shop.sellers import profile
from shop.sellers.models import Seller, SellerKind

bp = Blueprint("teams", __name__, url_prefix="/quan-tri/to-cong-nghe-so")


@bp.get("")
@access.signed_in
def teams(actor: Actor) -> ResponseReturnValue:
    """Every team, and how many are in each."""
    access.expect(actor, Permission.OPERATE)
    page = pages.paged(verbs.every())
    return pages.page(
        "teams/teams.html",
        page=page,
        heads=_heads([team.id for team in page.items]),
        communes={team.area_code: _where(team) for team in page.items},
        waiting=db.session.scalar(select(func.count()).select_from(_without_account().subquery())),
    )


def _heads(team_ids: list[int]) -> dict[int, int]:
    query = select(TeamMember.team_id, func.count().label("heads")).group_by(TeamMember.team_id)
    query = query.where(TeamMember.team_id.in_(team_ids), TeamMember.left_at.is_(None))
    return {row.team_id: row.heads for row in db.session.execute(query)}


def _where(team: Team) -> str:
    commune = places.commune(team.area_code)
    province = places.province(commune.province_code) if commune else None
    return f"{commune.label}, {province.label}" if commune and province else team.area_code


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def team_new(actor: Actor) -> ResponseReturnValue:
    """A new team: first the province, then one of its communes."""
    access.expect(actor, Permission.OPERATE)
    province = request.args.get("tinh", "")
    form = pages.form(TeamSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            ref = verbs.make(actor, form.data).ref
            pages.claim(form, ".team", ref=ref)
        if not form.errors:
            return pages.saved(".team", _("Đã lập tổ. Giờ thêm người vào tổ."), ref=ref)
    chosen = places.commune(form.values.get("area_code", ""))
    inside = places.communes(chosen.province_code if chosen else province)
    return pages.page(
        "teams/team_new.html",
        form=form,
        province=chosen.province_code if chosen else province,
        provinces=[("", _("— chọn tỉnh —")), *((p.code, p.label) for p in places.provinces())],
        communes=[(row.code, row.label) for row in inside],
    )


@bp.route("/<ref>", methods=["GET", "POST"])
@access.signed_in
def team(actor: Actor, ref: str) -> ResponseReturnValue:
    """A team: its people, its trainings; and a form to add somebody."""
    access.expect(actor, Permission.OPERATE)
    row = verbs.get(ref)
    form = pages.form(TeamMemberSchema())
    if form.data:
        with form.guard(), transaction():
            user = members.known(form.data["phone"]) or _new_person(form)
            verbs.join(actor, verbs.get(ref, lock=True), user)
        if not form.errors:
            return pages.saved(
                ".team", _("Đã thêm. Xin cấp liên kết đặt mật khẩu và trao tận tay."), ref=ref
            )
    count, heads = trainings.total([row.id])
    return pages.page(
        "teams/team.html",
        form=form,
        team=row,
        where=_where(row),
        members=verbs.there(row),
        page=pages.paged(trainings.of([row.id])),
        count=count,
        heads=heads,
    )


def _new_person(form: pages.Form) -> Any:
    return members.person(form.data["name"], phone=form.data["phone"])


@bp.route("/<ref>/sua", methods=["GET", "POST"])
@access.signed_in
def team_change(actor: Actor, ref: str) -> ResponseReturnValue:
    """Another name or partner."""
    access.expect(actor, Permission.OPERATE)
    row = verbs.get(ref)
    form = pages.form(TeamChangeSchema(), {"name": row.name, "partner": row.partner})
    if form.data:
        with form.guard(), transaction():
            verbs.change(actor, verbs.get(ref, lock=True), form.data)
        if not form.errors:
            return pages.saved(".team", ref=ref)
    return pages.page("teams/team_change.html", form=form, team=row)


@bp.post("/<ref>/giai-the")
@access.signed_in
def team_close(actor: Actor, ref: str) -> ResponseReturnValue:
    """The team is no more; its people help no more."""
    access.expect(actor, Permission.OPERATE)
    with transaction():
        verbs.close(actor, verbs.get(ref, lock=True))
    return pages.saved(".team", _("Đã giải thể tổ."), ref=ref)


@bp.post("/nguoi/<ref>/ra")
@access.signed_in
def member_leave(actor: Actor, ref: str) -> ResponseReturnValue:
    """Somebody leaves the team."""
    access.expect(actor, Permission.OPERATE)
    with transaction():
        member = verbs.member(ref, lock=True)
        verbs.leave(actor, member)
        there = member.team.ref
    return pages.saved(".team", _("Đã cho ra khỏi tổ."), ref=there)


@bp.post("/nguoi/<ref>/lien-ket")
@access.signed_in
def member_link(actor: Actor, ref: str) -> ResponseReturnValue:
    """A one-time address for a helper to set a password; shown once, to hand over."""
    access.expect(actor, Permission.OPERATE)
    with transaction():
        member = verbs.member(ref)
        link = members.password_link(actor, verbs.right(member))
        name, team_ref = member.user.name, member.team.ref
    return pages.page("teams/member_link.html", link=link, name=name, team_ref=team_ref)


@bp.get("/chua-co-tai-khoan")
@access.signed_in
def accounts(actor: Actor) -> ResponseReturnValue:
    """Sellers whom a helper or a market set up and who cannot sign in yet."""
    access.expect(actor, Permission.OPERATE)
    page = pages.paged(_without_account().order_by(Seller.sort_key, Seller.id))
    return pages.page("teams/accounts.html", page=page)


def _without_account() -> Any:
    owner = select(Membership.id).where(
        Membership.seller_id == Seller.id, Membership.role == Role.OWNER
    )
    helped = select(Delegation.id).where(
        Delegation.seller_id == Seller.id, Delegation.consented_at.is_not(None)
    )
    # Asked of rooms that this one does not see (see wiring.CHECKS).
    checks = current_app.extensions["checks"]
    set_up = helped.exists() | Seller.id.in_(checks["community.with_booths"]())
    return select(Seller).where(set_up, ~owner.exists(), Seller.left_at.is_(None))


def _person(row: Seller) -> str:
    """A trader of a market is entered under their own name."""
    return row.name if row.kind == SellerKind.HOUSEHOLD else ""


@bp.route("/chua-co-tai-khoan/<ref>", methods=["GET", "POST"])
@access.signed_in
def account(actor: Actor, ref: str) -> ResponseReturnValue:
    """Open the seller's own account; the link is shown once, to hand over."""
    access.expect(actor, Permission.OPERATE)
    row = profile.present(actor, ref, Permission.MEMBERS_MANAGE)
    start = {"name": row.representative or _person(row), "phone": phones.show(row.phone or "")}
    form = pages.form(AccountSchema(), start)
    if form.data:
        with form.guard(), transaction():
            locked = profile.present(actor, ref, Permission.MEMBERS_MANAGE, lock=True)
            membership = newcomers.open_account(actor, locked, **form.data)
            link = members.password_link(actor, membership)
        if not form.errors:
            return pages.page("teams/account_link.html", link=link, name=form.data["name"])
    return pages.page("teams/account.html", form=form, seller=row)
