"""Administrators' pages: who is an official of what region, from when to when; letting them in."""

import structlog
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import clock, pages, regions
from shop.accounts import access, members
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.errors import BadInput
from shop.regions import Region
from shop.reports import officials as verbs
from shop.reports.schemas import EndSchema, MailSchema, OfficialSchema

bp = Blueprint("officials", __name__, url_prefix="/so-lieu/can-bo")

log = structlog.get_logger()


@bp.get("")
@access.signed_in
def officials(actor: Actor) -> ResponseReturnValue:
    """Every term, those that run first."""
    access.expect(actor, Permission.OPERATE)
    return pages.page(
        "reports/officials.html",
        page=pages.paged(verbs.terms()),
        region_name=_region_name,
        today=clock.today(),
    )


def _region_name(code: str) -> str:
    found = regions.get(code)
    return found.name if found else code


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def official_new(actor: Actor) -> ResponseReturnValue:
    """Give a person a region."""
    access.expect(actor, Permission.OPERATE)
    form = pages.form(OfficialSchema(), {"valid_from": clock.today().strftime("%d/%m/%Y")})
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            given = form.data
            region = _region(given["area"])
            user = verbs.person(given["name"], given["phone"], given["email"])
            term = verbs.grant(user, region.code, given["valid_from"], given["valid_until"])
            pages.claim(form, ".officials")
            log.info("region given", official=user.id, area=term.area_code, by=actor.user_id)
        if not form.errors:
            return pages.saved(
                ".officials", _("Đã giao vùng. Xin cấp liên kết đặt mật khẩu và trao tận tay.")
            )
    return pages.page("reports/official_new.html", form=form)


def _region(words: str) -> Region:
    found = regions.get(words.strip()) or regions.read(words)
    if found is None:
        said = _(
            "Không rõ vùng. Ghi cả tỉnh: “xã Phú Lương, tỉnh Thái Nguyên”, hoặc vùng cũ: "
            "“huyện Đại Từ, tỉnh Thái Nguyên”."
        )
        raise BadInput({"area": [said]})
    return found


@bp.post("/<ref>/lien-ket")
@access.signed_in
def official_link(actor: Actor, ref: str) -> ResponseReturnValue:
    """A one-time address for an official to set a password; shown once, to hand over."""
    access.expect(actor, Permission.OPERATE)
    with transaction():
        term = verbs.get(ref)
        link, name = members.password_link(actor, term), term.user.name
    return pages.page("reports/official_link.html", link=link, name=name)


@bp.post("/<ref>/thu")
@access.signed_in
def official_mail(actor: Actor, ref: str) -> ResponseReturnValue:
    """Where an official gets the monthly mail; without an address they get none."""
    access.expect(actor, Permission.OPERATE)
    form = pages.form(MailSchema())
    if form.data:
        with form.guard(), transaction():
            user = verbs.get(ref).user
            verbs.mail_to(user, form.data["email"])
            log.info("monthly mail", official=user.id, gets_it=bool(user.email), by=actor.user_id)
    else:
        verbs.get(ref)
    if form.errors:
        return pages.refused(".officials", form)
    return pages.saved(".officials", _("Đã lưu."))


@bp.post("/<ref>/ket-thuc")
@access.signed_in
def official_end(actor: Actor, ref: str) -> ResponseReturnValue:
    """A term ends on a day; from the next one nothing of the region is shown."""
    access.expect(actor, Permission.OPERATE)
    form = pages.form(EndSchema())
    if form.data:
        with form.guard(), transaction():
            term = verbs.get(ref)
            verbs.end(term, form.data["last"])
            log.info("region ended", official=term.user_id, area=term.area_code, by=actor.user_id)
    else:
        verbs.get(ref)
    if form.errors:
        return pages.refused(".officials", form)
    return pages.saved(".officials", _("Đã kết thúc."))
