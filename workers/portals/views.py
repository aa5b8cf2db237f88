"""Back office: portals worked by hand: what is to be done there, templates, files for them."""

from typing import Any

from flask import Blueprint, Response, current_app, redirect, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages, text
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import NotFound
from shop.sellers.models import Seller
from workers.channels.models import Connection, Health, Listing
from workers.marketplaces.portals import FIELDS
from workers.portals import exports as making
from workers.portals import goods, templates, todo
from workers.portals.models import ExportState, Portal, PortalExport
from workers.portals.schemas import HostSchema, PortalSchema, columns
from workers.sync.models import Difference

bp = Blueprint("portals", __name__, url_prefix="/ban-hang/cong", template_folder="../templates")

READ, WRITE = Permission.CHANNELS_READ, Permission.CHANNELS_WRITE
BLANK_COLUMNS = 3
EXPORTS_SHOWN = 5


def by_hand(actor: Actor, ref: str, permission: Permission) -> Connection:
    """The connection, if it is worked by hand. Raises NotFound."""
    row = access.get(actor, Connection, ref, permission)
    if row.health != Health.MANUAL:
        raise NotFound(ref=ref)
    return row


def may(actor: Actor, row: Connection) -> dict[str, bool]:
    """Which of a portal's pages the person may open, for its tabs."""
    return {
        "may_write": actor.may(WRITE, row.seller_id),
        "may_enter": actor.may(Permission.ORDERS_WRITE, row.seller_id),
    }


@bp.route("/mo", methods=["GET", "POST"])
@access.signed_in
def begin(actor: Actor) -> ResponseReturnValue:
    """Choose which portal to work by hand, and whose goods go there."""
    access.expect(actor, WRITE)
    form = pages.form(PortalSchema(), request.args.to_dict())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            seller = access.get(actor, Seller, form.data["seller"], WRITE)
            ref = templates.open(actor, seller, form.data).ref
            pages.claim(form, "portals.portal", ref=ref)
        if not form.errors:
            return pages.saved("portals.portal", _("Đã mở cổng."), ref=ref)
    sellers = db.session.scalars(access.rows(actor, Seller, WRITE).order_by(Seller.sort_key))
    kinds = templates.kinds().values()
    return pages.page(
        "portals/begin.html",
        form=form,
        sellers=[(seller.ref, seller.name) for seller in sellers],
        kinds=[(kind.key, kind.name) for kind in kinds],
        hosts=[f"{kind.name}: {kind.host}" for kind in kinds if kind.host],
    )


@bp.get("/<ref>")
@access.signed_in
def portal(actor: Actor, ref: str) -> ResponseReturnValue:
    """What is to be done on a portal, line by line."""
    row = by_hand(actor, ref, READ)
    page = pages.paged(todo.waiting(row.id))
    kinds = todo.open_kinds([listing.id for listing in page.items])
    found = goods.of(row, page.items)
    exports = access.rows(actor, PortalExport, READ).where(PortalExport.connection_id == row.id)
    newest = exports.order_by(PortalExport.id.desc()).limit(EXPORTS_SHOWN)
    return pages.page(
        "portals/portal.html",
        connection=row,
        seller=db.session.get_one(Seller, row.seller_id),
        host=templates.of(row).host,
        page=page,
        said={each.listing.id: each for each in found},
        marks={each.listing.id: todo.mark(each) for each in found},
        kinds=kinds,
        exports=list(db.session.scalars(newest)),
        **may(actor, row),
    )


def _line(actor: Actor, ref: str) -> Listing:
    row = access.get(actor, Listing, ref, WRITE, lock=True)
    if row.connection.health != Health.MANUAL:
        raise NotFound(ref=ref)
    return row


@bp.post("/dong/<ref>/xong")
@access.signed_in
def done(actor: Actor, ref: str) -> ResponseReturnValue:
    """A line was done on the portal, as the page showed it."""
    form = pages.Form()
    with form.guard(), transaction():
        row = _line(actor, ref)
        connection_ref = row.connection.ref
        todo.done(actor, row, request.form.get("mark", ""))
    if form.errors:
        return pages.refused("portals.portal", form, ref=connection_ref)
    return pages.saved("portals.portal", _("Đã ghi là xong."), ref=connection_ref)


@bp.post("/dong/<ref>/lien-ket")
@access.signed_in
def link(actor: Actor, ref: str) -> ResponseReturnValue:
    """The address at which a line stands on the portal."""
    form = pages.Form()
    with form.guard(), transaction():
        row = _line(actor, ref)
        connection_ref = row.connection.ref
        beside = access.get(actor, Portal, templates.of(row.connection).ref, WRITE, lock=True)
        todo.link(actor, beside, row, request.form.get("link", ""))
    if form.errors:
        return pages.refused("portals.portal", form, ref=connection_ref)
    return pages.saved("portals.portal", _("Đã ghi liên kết."), ref=connection_ref)


@bp.post("/dong/<ref>/da-go")
@access.signed_in
def taken_off(actor: Actor, ref: str) -> ResponseReturnValue:
    """A line stands on the portal no more."""
    with transaction():
        row = _line(actor, ref)
        connection_ref = row.connection.ref
        todo.taken_off(actor, row)
    return pages.saved("portals.portal", _("Đã ghi là đã gỡ khỏi cổng."), ref=connection_ref)


@bp.route("/<ref>/mau", methods=["GET", "POST"])
@access.signed_in
def template(actor: Actor, ref: str) -> ResponseReturnValue:
    """The columns of a portal's file: heading, what stands there, what the portal allows."""
    row = by_hand(actor, ref, WRITE)
    beside = templates.of(row)
    form = pages.form(HostSchema(), {"host": beside.host})
    shown: list[dict[str, Any]] = list(beside.columns)
    if request.method == "POST":
        shown, faults = columns(request.form)
        if faults:
            form.errors[""] = faults
        if form.data and not faults:
            with form.guard(), transaction():
                locked = access.get(actor, Portal, beside.ref, WRITE, lock=True)
                templates.change(actor, locked, form.data["host"], shown)
            if not form.errors:
                return pages.saved("portals.portal", _("Đã lưu mẫu."), ref=ref)
    return pages.page(
        "portals/template.html",
        form=form,
        connection=row,
        columns=list(enumerate(shown + [{}] * BLANK_COLUMNS)),
        fields=list(FIELDS.items()),
        **may(actor, row),
    )


@bp.post("/<ref>/xuat")
@access.signed_in
def make_export(actor: Actor, ref: str) -> ResponseReturnValue:
    """Have the files for the portal made."""
    with transaction():
        export_ref = making.ask(actor, by_hand(actor, ref, WRITE)).ref
    return pages.saved("portals.export", _("Đang làm tệp."), ref=export_ref)


@bp.get("/xuat/<ref>")
@access.signed_in
def export(actor: Actor, ref: str) -> ResponseReturnValue:
    """Files for a portal: how far they are, what is left out of them and why."""
    row = access.get(actor, PortalExport, ref, READ)
    return pages.page(
        "portals/export.html",
        row=row,
        connection=db.session.get_one(Connection, row.connection_id),
        may_write=actor.may(WRITE, row.seller_id),
    )


@bp.get("/xuat/<ref>/trang-thai")
@access.signed_in
def export_state(actor: Actor, ref: str) -> ResponseReturnValue:
    """The piece of that page that changes while a worker is at it."""
    row = access.get(actor, PortalExport, ref, READ)
    may_write = actor.may(WRITE, row.seller_id)
    return pages.page("portals/export_state.html", row=row, may_write=may_write)


@bp.get("/xuat/<ref>/bang.xlsx")
@access.signed_in
def sheet(actor: Actor, ref: str) -> ResponseReturnValue:
    """The sheet in the portal's template."""
    row = access.get(actor, PortalExport, ref, READ)
    return _file(row, row.sheet_key, "xlsx")


@bp.get("/xuat/<ref>/anh.zip")
@access.signed_in
def images(actor: Actor, ref: str) -> ResponseReturnValue:
    """The photos beside it."""
    row = access.get(actor, PortalExport, ref, READ)
    return _file(row, row.images_key, "zip")


def _file(row: PortalExport, key: str | None, ending: str) -> ResponseReturnValue:
    if row.state != ExportState.DONE or key is None:
        raise NotFound(ref=row.ref)
    connection = db.session.get_one(Connection, row.connection_id)
    name = f"{text.slug(connection.name) or 'cong'}-{row.ref.lower()}.{ending}"
    store = current_app.extensions["storage"]
    address = store.url(key, seconds=300, filename=name)
    if address is not None:
        return redirect(address, 302)
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Length": str(store.size(key)),
    }
    types = {"xlsx": making.SHEET, "zip": making.ZIP}
    return Response(store.stream(key), content_type=types[ending], headers=headers)


@bp.post("/xuat/<ref>/da-tai-len")
@access.signed_in
def uploaded(actor: Actor, ref: str) -> ResponseReturnValue:
    """The files were uploaded to the portal."""
    with transaction():
        row = access.get(actor, PortalExport, ref, WRITE, lock=True)
        if row.state != ExportState.DONE:
            raise NotFound(ref=ref)
        todo.uploaded(actor, row)
        connection_ref = db.session.get_one(Connection, row.connection_id).ref
    return pages.saved("portals.portal", _("Đã ghi là đã tải lên."), ref=connection_ref)


@bp.get("/<ref>/chenh-lech")
@access.signed_in
def differences(actor: Actor, ref: str) -> ResponseReturnValue:
    """What differed when the portal's own list was last compared."""
    row = by_hand(actor, ref, READ)
    query = todo.differences(row.id)
    return pages.page(
        "portals/differences.html",
        connection=row,
        page=pages.paged(query.order_by(Difference.id)),
        **may(actor, row),
    )
