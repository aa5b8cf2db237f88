"""Back office: places where goods grow, are made and kept, and member households."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages, quantities
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import NotFound
from shop.sellers.models import Seller
from traceability import sites as verbs
from traceability import words
from traceability.lot_schemas import HouseholdSchema, SiteSchema
from traceability.models import Household, Site

bp = Blueprint("sites", __name__, url_prefix="/ban-hang/noi-san-xuat", template_folder="templates")

READ, WRITE = Permission.STAMPS_READ, Permission.TRACE_WRITE


@bp.get("")
@access.signed_in
def sites(actor: Actor) -> ResponseReturnValue:
    """Growing areas, workshops and stores of the actor's sellers."""
    access.expect(actor, READ)
    query = access.rows(actor, Site, READ)
    return pages.page(
        "traceability/sites.html",
        page=pages.paged(query.order_by(Site.retired_at.is_not(None), Site.name, Site.id)),
        kinds=words.SITES,
        where=verbs.written,
        may_write=actor.may(WRITE),
    )


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def site_new(actor: Actor) -> ResponseReturnValue:
    """A place that was not in the list."""
    sellers = _sellers(actor)
    form = pages.form(SiteSchema(), {"seller": sellers[0][0], "kind": "growing_area"})
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            seller = access.get(actor, Seller, request.form.get("seller", ""), WRITE)
            verbs.save(actor, seller, form.data)
            pages.claim(form, "sites.sites")
        if not form.errors:
            return pages.saved("sites.sites")
    return _site_form(form, None, sellers)


@bp.route("/<ref>", methods=["GET", "POST"])
@access.signed_in
def site_change(actor: Actor, ref: str) -> ResponseReturnValue:
    """Other words for a place; what was recorded there keeps the old ones."""
    row = access.get(actor, Site, ref, WRITE)
    form = pages.form(SiteSchema(), _start(row))
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, Site, ref, WRITE, lock=True)
            seller = db.session.get_one(Seller, row.seller_id)
            verbs.save(actor, seller, form.data, row)
        if not form.errors:
            return pages.saved("sites.sites")
    return _site_form(form, ref, [])


def _site_form(
    form: pages.Form, ref: str | None, sellers: list[tuple[str, str]]
) -> ResponseReturnValue:
    return pages.page(
        "traceability/site_form.html",
        form=form,
        ref=ref,
        sellers=sellers,
        kinds=words.SITES.items(),
    )


def _start(row: Site) -> dict[str, str]:
    point = row.latitude is not None and f"{row.latitude:f}, {row.longitude:f}"
    return {
        "name": row.name,
        "kind": row.kind,
        "code": row.code or "",
        "where": verbs.written(row),
        "point": point or "",
        "hectares": quantities.show(row.hectares) if row.hectares is not None else "",
        "retired": "1" if row.retired_at else "",
    }


def _sellers(actor: Actor) -> list[tuple[str, str]]:
    """Sellers whose record the actor may write. Raises NotFound when there is none."""
    query = access.rows(actor, Seller, WRITE).order_by(Seller.sort_key).limit(500)
    found = [(row.ref, row.name) for row in db.session.scalars(query)]
    if not found:
        raise NotFound
    return found


@bp.get("/ho")
@access.signed_in
def households(actor: Actor) -> ResponseReturnValue:
    """Member households of the actor's sellers."""
    access.expect(actor, READ)
    query = access.rows(actor, Household, READ)
    order = (Household.retired_at.is_not(None), Household.code, Household.id)
    return pages.page(
        "traceability/households.html",
        page=pages.paged(query.order_by(*order)),
        may_write=actor.may(WRITE),
    )


@bp.route("/ho/them", methods=["GET", "POST"])
@access.signed_in
def household_new(actor: Actor) -> ResponseReturnValue:
    """A member household that was not in the list."""
    sellers = _sellers(actor)
    form = pages.form(HouseholdSchema(), {"seller": sellers[0][0]})
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            seller = access.get(actor, Seller, request.form.get("seller", ""), WRITE)
            verbs.save_household(actor, seller, form.data)
            pages.claim(form, "sites.households")
        if not form.errors:
            return pages.saved("sites.households")
    return pages.page("traceability/household_form.html", form=form, ref=None, sellers=sellers)


@bp.route("/ho/<ref>", methods=["GET", "POST"])
@access.signed_in
def household_change(actor: Actor, ref: str) -> ResponseReturnValue:
    """Another name, and whether consumers may read it; the code stays."""
    row = access.get(actor, Household, ref, WRITE)
    start = {"code": row.code, "name": row.name or "", "shown": "1" if row.shown else ""}
    form = pages.form(HouseholdSchema(), start | {"retired": "1" if row.retired_at else ""})
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, Household, ref, WRITE, lock=True)
            seller = db.session.get_one(Seller, row.seller_id)
            verbs.save_household(actor, seller, form.data | {"code": row.code}, row)
        if not form.errors:
            return pages.saved("sites.households", _("Đã lưu."))
    return pages.page("traceability/household_form.html", form=form, ref=ref, sellers=[])
