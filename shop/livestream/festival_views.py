"""Back office: festivals and what came of their sessions. Operators make them."""

from typing import Any

import structlog
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import clock, pages, places
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.livestream import festivals as verbs
from shop.livestream.plan_schemas import FestivalSchema

bp = Blueprint("festivals", __name__, url_prefix="/ban-hang/livestream/le-hoi")

log = structlog.get_logger()


@bp.get("")
@access.signed_in
def festivals(actor: Actor) -> ResponseReturnValue:
    """Every festival, the latest first."""
    access.expect(actor, Permission.LIVESTREAM_READ)
    return pages.page(
        "festivals/festivals.html",
        page=pages.paged(verbs.every()),
        places=_place_names(),
        today=clock.today(),
        may_operate=actor.may(Permission.OPERATE),
    )


def _place_names() -> dict[str, str]:
    return {row.code: row.label for row in places.provinces()}


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def festival_new(actor: Actor) -> ResponseReturnValue:
    """A form for a new festival."""
    access.expect(actor, Permission.OPERATE)
    form = pages.form(FestivalSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            row = verbs.make(_values(form))
            pages.claim(form, ".festival", ref=row.ref)
            ref = row.ref
        if not form.errors:
            log.info("festival made", festival=ref, by=actor.user_id)
            return pages.saved(".festival", _("Đã tạo lễ hội."), ref=ref)
    return pages.page("festivals/festival_new.html", form=form, places=_options())


def _values(form: pages.Form) -> dict[str, Any]:
    return form.data | {"area_code": form.data["area_code"] or None}


def _options() -> list[tuple[str, str]]:
    return [("", _("Cả nước hoặc trực tuyến")), *_place_names().items()]


@bp.get("/<ref>")
@access.signed_in
def festival(actor: Actor, ref: str) -> ResponseReturnValue:
    """The festival's sessions that the actor may see, with what came of each and of all."""
    access.expect(actor, Permission.LIVESTREAM_READ)
    row = verbs.get(ref)
    page = pages.paged(verbs.sessions(actor, row))
    return pages.page(
        "festivals/festival.html",
        festival=row,
        place=_place_names().get(row.area_code or "", ""),
        page=page,
        results=verbs.results(page.items),
        total=verbs.total(actor, row),
        may_operate=actor.may(Permission.OPERATE),
    )


@bp.route("/<ref>/sua", methods=["GET", "POST"])
@access.signed_in
def festival_change(actor: Actor, ref: str) -> ResponseReturnValue:
    """Other name, place or days."""
    access.expect(actor, Permission.OPERATE)
    row = verbs.get(ref)
    start = {"name": row.name, "area_code": row.area_code or ""}
    days = {"starts_on": row.starts_on.isoformat(), "ends_on": row.ends_on.isoformat()}
    form = pages.form(FestivalSchema(), start | days)
    if form.data:
        with form.guard(), transaction():
            verbs.change(verbs.get(ref), _values(form))
        if not form.errors:
            log.info("festival changed", festival=ref, by=actor.user_id)
            return pages.saved(".festival", _("Đã lưu."), ref=ref)
    return pages.page("festivals/festival_change.html", form=form, festival=row, places=_options())
