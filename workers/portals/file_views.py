"""Back office: what comes back from a portal: orders typed in, its files, their columns."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages, spreadsheets
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.errors import NotFound
from shop.fields import Schema
from shop.spreadsheets import BadSheet
from workers.channels.models import Connection
from workers.portals import files, orders, templates
from workers.portals.files import FIELDS, NEEDS, Taken
from workers.portals.models import FileKind, FileState, Portal, PortalFile
from workers.portals.schemas import MOST_LINES, STATES, OrderSchema, lines
from workers.portals.views import by_hand, may

bp = Blueprint("portal_files", __name__, url_prefix="/ban-hang/cong")

# Orders are the orders' people's, lists are the channel's.
NEEDED = {
    FileKind.ORDERS: Permission.ORDERS_WRITE,
    FileKind.LISTINGS: Permission.CHANNELS_WRITE,
}
FILES_SHOWN = 10
# A mebibyte for the rest of the form.
UPLOAD_BYTES = spreadsheets.FILE_BYTES + spreadsheets.MEBIBYTE


@bp.route("/<ref>/nhap-don", methods=["GET", "POST"])
@access.signed_in
def enter(actor: Actor, ref: str) -> ResponseReturnValue:
    """An order of a portal, typed in."""
    row = by_hand(actor, ref, Permission.ORDERS_WRITE)
    form = pages.form(OrderSchema(), {"state": "confirmed"})
    if (answer := pages.repeated(form)) is not None:
        return answer
    if request.method == "POST":
        order = _entered(actor, row, form)
        if order is not None:
            return pages.saved("orders.order", _("Đã ghi đơn của cổng."), ref=order)
    goods = access.rows(actor, Variant, Permission.ORDERS_WRITE)
    mine = goods.where(Variant.seller_id == row.seller_id, Variant.active)
    return pages.page(
        "portal_files/enter.html",
        form=form,
        connection=row,
        states=list(STATES.items()),
        goods=list(db.session.scalars(mine.order_by(Variant.sku))),
        most_lines=MOST_LINES,
        **may(actor, row),
    )


def _entered(actor: Actor, row: Connection, form: pages.Form) -> str | None:
    """The reference of our order, or None and `form` says why not."""
    said, faults = lines(request.form)
    form.errors |= faults
    variants = _by_sku(actor, row, [line["sku"] for line in said])
    for line in said:
        line["variant"] = variants.get(line["sku"])
        if line["variant"] is None:
            form.errors[f"sku-{line['number']}"] = [_("Không có mã hàng này.")]
    if not said and not faults:
        form.errors["sku-1"] = [_("Đơn cần ít nhất một dòng hàng.")]
    if form.errors:
        return None
    with form.guard(), transaction():
        made = orders.enter(actor, row, form.data | {"lines": said})
        if made.order is not None:
            pages.claim(form, "orders.order", ref=made.order.ref)
            return made.order.ref
    return None


def _by_sku(actor: Actor, row: Connection, skus: list[str]) -> dict[str, Variant]:
    goods = access.rows(actor, Variant, Permission.ORDERS_WRITE)
    mine = goods.where(Variant.seller_id == row.seller_id, Variant.sku.in_(skus))
    return {variant.sku: variant for variant in db.session.scalars(mine)}


@bp.route("/<ref>/don", methods=["GET", "POST"])
@access.signed_in
@pages.takes_files(UPLOAD_BYTES)
def order_files(actor: Actor, ref: str) -> ResponseReturnValue:
    """The portal's files of orders, and sending one."""
    return _sending(actor, ref, FileKind.ORDERS)


@bp.route("/<ref>/danh-sach", methods=["GET", "POST"])
@access.signed_in
@pages.takes_files(UPLOAD_BYTES)
def listing_files(actor: Actor, ref: str) -> ResponseReturnValue:
    """The portal's own lists of what it shows, and sending one to be compared."""
    return _sending(actor, ref, FileKind.LISTINGS)


def _sending(actor: Actor, ref: str, kind: FileKind) -> ResponseReturnValue:
    row = by_hand(actor, ref, NEEDED[kind])
    form = pages.form(Schema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    taken = _taken(form) if request.method == "POST" else None
    if taken is not None:
        with form.guard(), transaction():
            files.start(actor, templates.of(row), kind, taken)
            pages.claim(form, "portal_files.file", ref=taken.ref)
        if not form.errors:
            return pages.saved("portal_files.file", _("Đã nhận tệp."), ref=taken.ref)
    sent = access.rows(actor, PortalFile, NEEDED[kind]).where(
        PortalFile.connection_id == row.id, PortalFile.kind == kind
    )
    newest = sent.order_by(PortalFile.id.desc()).limit(FILES_SHOWN)
    return pages.page(
        "portal_files/sending.html",
        form=form,
        connection=row,
        kind=kind,
        sent=list(db.session.scalars(newest)),
        **may(actor, row),
    )


def _taken(form: pages.Form) -> Taken | None:
    file = request.files.get("file")
    try:
        if file is None or not file.filename:
            raise BadSheet("nothing", _("Chưa chọn tệp nào."))
        return files.take(file.stream.read(spreadsheets.FILE_BYTES + 1), file.filename)
    except BadSheet as error:
        form.errors["file"] = [error.message]
        return None


def _file(actor: Actor, ref: str, *, lock: bool = False) -> PortalFile:
    for kind, permission in NEEDED.items():
        if actor.may(permission):
            row = db.session.scalar(
                access.rows(actor, PortalFile, permission).where(
                    PortalFile.ref == ref, PortalFile.kind == kind
                )
            )
            if row is not None:
                return access.get(actor, PortalFile, ref, permission, lock=True) if lock else row
    raise NotFound(ref=ref)


@bp.get("/tep/<ref>")
@access.signed_in
def file(actor: Actor, ref: str) -> ResponseReturnValue:
    """A file of a portal: which heading means what, what it would do, how far it is."""
    return pages.page("portal_files/file.html", **_told(actor, ref))


@bp.get("/tep/<ref>/trang-thai")
@access.signed_in
def file_state(actor: Actor, ref: str) -> ResponseReturnValue:
    """The piece of that page that changes while a worker is at it."""
    return pages.page("portal_files/file_state.html", **_told(actor, ref))


def _told(actor: Actor, ref: str) -> dict[str, object]:
    row = _file(actor, ref)
    connection = db.session.get_one(Connection, row.connection_id)
    kind = FileKind(row.kind)
    beside = templates.of(connection)
    return {
        "row": row,
        "connection": connection,
        "form": pages.Form(values=files.proposed(beside, row)),
        "fields": [(name, label) for name, (label, _words) in FIELDS[kind].items()],
        "needs": NEEDS[kind],
        "choices": [("", _("— không có —")), *((said, said) for said in row.headings if said)],
        "unknown": list(dict.fromkeys(item for each in row.plan for item in each["unknown"])),
        # Nobody chose columns for it yet: a worker has nothing to read it by.
        "waits": row.state == FileState.SENT and not files.fits(beside, row),
    }


@bp.post("/tep/<ref>/cot")
@access.signed_in
def choose(actor: Actor, ref: str) -> ResponseReturnValue:
    """Which heading of the file means what."""
    form = pages.Form()
    row = _file(actor, ref)
    kind = FileKind(row.kind)
    chosen = {name: request.form.get(name, "") for name in FIELDS[kind]}
    chosen = {name: said for name, said in chosen.items() if said in row.headings}
    missing = [str(FIELDS[kind][name][0]) for name in NEEDS[kind] if name not in chosen]
    if missing:
        form.errors[""] = [_("Chọn cột cho: %(names)s.", names=", ".join(missing))]
    else:
        with form.guard(), transaction():
            locked = _file(actor, ref, lock=True)
            connection = db.session.get_one(Connection, locked.connection_id)
            beside = templates.of(connection)
            kept = access.get(actor, Portal, beside.ref, NEEDED[kind], lock=True)
            files.choose(actor, kept, locked, chosen)
    if form.errors:
        return pages.refused("portal_files.file", form, ref=ref)
    return pages.saved("portal_files.file", _("Đang đọc tệp."), ref=ref)


@bp.post("/tep/<ref>/gan")
@access.signed_in
def link_item(actor: Actor, ref: str) -> ResponseReturnValue:
    """Which of our goods an item of the portal is."""
    form = pages.Form()
    with form.guard(), transaction():
        row = _file(actor, ref, lock=True)
        connection = db.session.get_one(Connection, row.connection_id)
        sku, item = request.form.get("sku", "").strip(), request.form.get("item", "")
        variant = _by_sku(actor, connection, [sku]).get(sku)
        if variant is None or not item:
            form.errors[""] = [_("Không có mã hàng này.")]
        else:
            files.link(actor, row, item, variant)
    if form.errors:
        return pages.refused("portal_files.file", form, ref=ref)
    return pages.saved("portal_files.file", _("Đã gắn, đang đọc lại tệp."), ref=ref)


@bp.post("/tep/<ref>/ghi")
@access.signed_in
def apply(actor: Actor, ref: str) -> ResponseReturnValue:
    """Do what was shown."""
    form = pages.Form()
    with form.guard(), transaction():
        files.apply(actor, _file(actor, ref, lock=True))
    if form.errors:
        return pages.refused("portal_files.file", form, ref=ref)
    return pages.saved("portal_files.file", _("Đang nhận đơn."), ref=ref)
