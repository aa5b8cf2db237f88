"""Back office: invoices to be issued, given to a provider as a file, and its results."""

import secrets
from io import BytesIO

from flask import Blueprint, Response, jsonify, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload, selectinload

from shop import clock, pages, spreadsheets, text
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.invoices import contents, issuing, sheets
from shop.invoices.errors import BadReport, NotThatWay
from shop.invoices.models import Invoice, InvoiceState, InvoiceTerms
from shop.invoices.public import OVER
from shop.invoices.schemas import BuyerSchema, ReportSchema, TermsSchema, as_report
from shop.invoices.sheets import MOST_INVOICES, Told
from shop.invoices.words import STATES, TONES, VAT
from shop.orders.models import Order
from shop.sellers.models import Seller

bp = Blueprint("invoices", __name__, url_prefix="/ban-hang/hoa-don")

READ, WRITE, MANAGE = Permission.MONEY_READ, Permission.MONEY_WRITE, Permission.BANK_MANAGE


@bp.get("")
@access.signed_in
def invoice_list(actor: Actor) -> ResponseReturnValue:
    """Invoices by state; what is to be issued first."""
    access.expect(actor, Permission.MONEY_READ)
    state = request.args.get("trang-thai", InvoiceState.READY)
    query = access.rows(actor, Invoice, READ)
    if state == "stale":
        query = query.where(Invoice.stale)
    elif state in STATES:
        query = query.where(Invoice.state == state)
    if state == InvoiceState.WAITING:
        query = query.join(Invoice.order).where(Order.state.not_in(OVER))
    query = query.options(joinedload(Invoice.order).joinedload(Order.seller))
    sellers = access.rows(actor, Seller, READ).order_by(Seller.sort_key).limit(500)
    return pages.page(
        "invoices/invoices.html",
        page=pages.paged(query.order_by(Invoice.id.desc())),
        tabs=_tabs(state),
        states=STATES,
        tones=TONES,
        sellers=db.session.scalars(sellers).all(),
    )


def _tabs(state: str) -> list[tuple[str, str, bool]]:
    named = [*STATES.items(), ("stale", _("Cần điều chỉnh"))]
    # What is to be done first: issued, refused, adjusted; then the rest in its order.
    first = (InvoiceState.READY, InvoiceState.REFUSED, "stale")
    named.sort(key=lambda pair: pair[0] not in first)
    page = url_for(".invoice_list")
    return [(str(label), f"{page}?trang-thai={name}", name == state) for name, label in named]


@bp.get("/<ref>")
@access.signed_in
def seller(actor: Actor, ref: str) -> ResponseReturnValue:
    """One seller's invoices: how they are issued, files out and results in."""
    row = access.get(actor, Seller, ref, READ)
    return _seller_page(actor, row, pages.Form())


def _seller_page(
    actor: Actor, row: Seller, form: pages.Form, told: list[Told] | None = None, shown: str = ""
) -> ResponseReturnValue:
    terms = issuing.terms_of(row.id)
    kept = {"vat": terms.vat, "hook_url": terms.hook_url} if terms else {}
    form.values = kept | form.values
    return pages.page(
        "invoices/seller.html",
        seller=row,
        form=form,
        terms=terms,
        vat=list(VAT.items()),
        ready=db.session.scalar(_ready(row).limit(1)) is not None,
        told=told or [],
        secret=shown,
        address=_address(terms) if terms else "",
        may_manage=actor.may(MANAGE, row.id),
        may_write=actor.may(WRITE, row.id),
    )


def _address(terms: InvoiceTerms) -> str:
    return url_for("invoice_hook.notice", ref=terms.ref, _external=True)


def _ready(row: Seller) -> Select[Invoice]:
    query = select(Invoice).where(Invoice.seller_id == row.id, Invoice.state == InvoiceState.READY)
    return query.order_by(Invoice.id)


@bp.post("/<ref>/cach-xuat")
@access.signed_in
def settle_terms(actor: Actor, ref: str) -> ResponseReturnValue:
    """How a seller issues invoices; a new secret is shown once."""
    row = access.get(actor, Seller, ref, MANAGE)
    form = pages.form(TermsSchema())
    shown = ""
    if not form.errors:
        with form.guard(), transaction():
            if form.data["new_secret"] or issuing.terms_of(row.id) is None:
                shown = secrets.token_urlsafe(32)
            issuing.settle_terms(actor, row, form.data, shown or None)
    if form.errors or shown:
        return _seller_page(actor, row, form, shown="" if form.errors else shown)
    return pages.saved(".seller", ref=ref)


@bp.post("/<ref>/xuat-tep")
@access.signed_in
def export(actor: Actor, ref: str) -> ResponseReturnValue:
    """The file of all invoices that are to be issued; they count as handed to the provider."""
    row = access.get(actor, Seller, ref, WRITE)
    with transaction():
        found = _whole(_ready(row).limit(MOST_INVOICES).with_for_update(of=Invoice))
        data = sheets.workbook(found, issuing.vat_of(row.id))
        for invoice in found:
            issuing.move(invoice, InvoiceState.HANDED, who=actor.name, why=_("tệp Excel"))
            audit.note(actor, "invoice.export", invoice, invoice.order.ref)
    return _file(data, f"hoa-don-{text.slug(row.name)[:40]}-{clock.today():%Y%m%d}")


def _whole(query: Select[Invoice]) -> list[Invoice]:
    """Invoices with all that stands on them, in a fixed number of queries."""
    whole = joinedload(Invoice.order)
    query = query.options(whole.joinedload(Order.seller), whole.selectinload(Order.events))
    return list(db.session.scalars(query.options(selectinload(Invoice.events))))


def _file(data: bytes, name: str) -> Response:
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.xlsx"',
        "Cache-Control": "private, no-store",
    }
    return Response(data, content_type=spreadsheets.XLSX, headers=headers)


@bp.post("/<ref>/ket-qua")
@access.signed_in
@pages.takes_files(spreadsheets.FILE_BYTES)
def results(actor: Actor, ref: str) -> ResponseReturnValue:
    """A provider's list of results: all rows are taken, or none and each says what is wrong."""
    row = access.get(actor, Seller, ref, WRITE)
    form, told, fresh = pages.Form(), list[Told](), 0
    file = request.files.get("file")
    if file is None or not file.filename:
        form.errors["file"] = [_("Chưa chọn tệp nào.")]
        return _seller_page(actor, row, form)
    with form.guard(), transaction():
        told = sheets.results(BytesIO(file.read()), file.filename)
        if any(each.wrong for each in told):
            raise BadReport(_("Chưa ghi dòng nào: sửa các dòng dưới đây rồi gửi lại cả tệp."))
        fresh = _take(actor, row, told)
    if form.errors:
        return _seller_page(actor, row, form, told=[each for each in told if each.wrong])
    said = _("Đã ghi %(fresh)s kết quả mới trong %(all)s dòng.", fresh=fresh, all=len(told))
    return pages.saved(".seller", said, ref=ref)


def _take(actor: Actor, row: Seller, told: list[Told]) -> int:
    query = select(Order).where(Order.seller_id == row.id, Order.ref.in_([t.order for t in told]))
    orders = {order.ref: order for order in db.session.scalars(query)}
    missing = [each for each in told if each.order not in orders]
    if missing:
        names = ", ".join(f"{each.order} ({_('dòng')} {each.number})" for each in missing[:10])
        raise BadReport(_("Không có đơn của đơn vị này: %(names)s.", names=names))
    made = 0
    for each in told:
        invoice = issuing.of(orders[each.order])
        if each.report is not None and _noted(invoice, each, actor.name):
            audit.note(actor, "invoice.report", invoice, each.order)
            made += 1
    return made


def _noted(invoice: Invoice, told: Told, who: str) -> bool:
    """Note one row; what its invoice cannot become is said with the row."""
    try:
        return told.report is not None and issuing.report(invoice, told.report, who)
    except NotThatWay:
        raise BadReport(
            _(
                "Dòng %(n)s, đơn %(order)s: hóa đơn đang “%(state)s” nên không ghi được.",
                n=told.number,
                order=told.order,
                state=STATES[InvoiceState(invoice.state)],
            )
        ) from None


@bp.get("/<ref>.json")
@access.signed_in
def document(actor: Actor, ref: str) -> ResponseReturnValue:
    """All that stands on one invoice, for a program."""
    row = access.get(actor, Invoice, ref, READ)
    return jsonify(contents.document(row, issuing.vat_of(row.seller_id)))


@bp.post("/don/<ref>/nguoi-mua")
@access.signed_in
def buyer(actor: Actor, ref: str) -> ResponseReturnValue:
    """The buyer's data for an order's invoice, as somebody told them."""
    access.get(actor, Order, ref, WRITE)
    form = pages.form(BuyerSchema())
    if not form.errors:
        with form.guard(), transaction():
            order = access.get(actor, Order, ref, WRITE)
            row = issuing.ask(order, form.data, actor.name)
            audit.note(actor, "invoice.buyer", row, order.ref)
    if form.errors:
        return pages.refused("orders.order", form, ref=ref)
    return pages.saved("orders.order", _("Đã ghi thông tin xuất hóa đơn."), ref=ref)


@bp.post("/don/<ref>/xuat-lai")
@access.signed_in
def issue_again(actor: Actor, ref: str) -> ResponseReturnValue:
    """The file with an order's invoice was lost: it is to be issued as before."""
    access.get(actor, Order, ref, WRITE)
    form = pages.Form()
    with form.guard(), transaction():
        row = issuing.of(access.get(actor, Order, ref, WRITE))
        issuing.again(row, actor.name)
        audit.note(actor, "invoice.again", row, ref)
    if form.errors:
        return pages.refused("orders.order", form, ref=ref)
    return pages.saved("orders.order", _("Đã đưa lại vào danh sách cần xuất."), ref=ref)


@bp.post("/don/<ref>/ket-qua")
@access.signed_in
def report(actor: Actor, ref: str) -> ResponseReturnValue:
    """What became of an order's invoice, typed by hand."""
    access.get(actor, Order, ref, WRITE)
    form = pages.form(ReportSchema())
    if not form.errors:
        with form.guard(), transaction():
            order = access.get(actor, Order, ref, WRITE)
            row = issuing.of(order)
            told = as_report(form.data)
            if row.state == told.state == InvoiceState.ISSUED:
                issuing.renumber(row, told, actor.name)
            else:
                issuing.report(row, told, actor.name)
            audit.note(actor, "invoice.report", row, order.ref)
    if form.errors:
        return pages.refused("orders.order", form, ref=ref)
    return pages.saved("orders.order", _("Đã ghi hóa đơn."), ref=ref)
