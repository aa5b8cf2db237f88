"""Back office: signing off the day, and how a seller reconciles."""

from datetime import date

from flask import Blueprint, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop import clock, pages
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import NotFound
from shop.fields import Schema, Text
from shop.ledger import accounts, periods
from shop.reconciliation import closing, terms
from shop.reconciliation.schemas import TermsSchema
from shop.reconciliation.words import holder
from shop.sellers.models import Seller

bp = Blueprint("closing", __name__, url_prefix="/ban-hang/chot-ngay")


class CloseSchema(Schema):
    """What the accountant notes when signing off."""

    note = Text(longest=500, load_default="")


@bp.get("")
@access.signed_in
def days(actor: Actor) -> ResponseReturnValue:
    """The last days of one seller: signed off or not."""
    access.expect(actor, Permission.MONEY_READ)
    query = access.rows(actor, Seller, Permission.MONEY_READ).order_by(Seller.sort_key)
    sellers = db.session.scalars(query.limit(500)).all()
    wanted = request.args.get("don-vi", "")
    seller = next((row for row in sellers if row.ref == wanted), sellers[0] if sellers else None)
    if seller is None:
        return pages.page(
            "reconciliation/days.html", seller=None, sellers=[], days=[], form=pages.Form()
        )
    kept = terms.of(seller.id)
    return pages.page(
        "reconciliation/days.html",
        seller=seller,
        sellers=[(row.ref, row.name) for row in sellers],
        days=closing.days(seller.id),
        until=periods.closed_until(seller.id),
        may_write=actor.may(Permission.MONEY_WRITE, seller.id),
        chosen=pages.Form(values={"don-vi": seller.ref}),
        form=pages.Form(
            values={"tolerance_vnd": kept.tolerance_vnd, "quiet_hours": kept.quiet_hours or ""}
        ),
    )


@bp.route("/<ref>/<on>", methods=["GET", "POST"])
@access.signed_in
def day(actor: Actor, ref: str, on: str) -> ResponseReturnValue:
    """The figures of one day, each with the rows behind it; signing it off."""
    seller = access.get(actor, Seller, ref, Permission.MONEY_READ)
    which = _day(on)
    form = pages.form(CloseSchema())
    if request.method == "POST":
        access.get(actor, Seller, ref, Permission.MONEY_WRITE)
        if not form.errors:
            with form.guard(), transaction():
                seen = request.form.getlist("seen")
                closing.sign_off(actor, seller, which, note=form.data["note"], seen=seen)
            if not form.errors:
                return pages.saved(".day", _("Đã chốt ngày và khóa sổ."), ref=ref, on=on)
    row = closing.signed(seller.id, which)
    found = closing.kept(row) if row else closing.figures(seller.id, which)
    return pages.page(
        "reconciliation/day.html",
        form=form,
        seller=seller,
        on=which,
        row=row,
        figures=found,
        open=[] if row else [figure for figure in found if figure.open],
        seen=request.form.getlist("seen"),
        over=which < clock.today(),
        may_write=actor.may(Permission.MONEY_WRITE, seller.id),
    )


def _day(on: str) -> date:
    found = clock.written_day(on)
    if found is None:
        raise NotFound
    return found


@bp.get("/<ref>/<on>/<name>")
@access.signed_in
def day_figure(actor: Actor, ref: str, on: str, name: str) -> ResponseReturnValue:
    """The rows behind one figure of a day, and their sum."""
    seller = access.get(actor, Seller, ref, Permission.MONEY_READ)
    which = _day(on)
    if name not in closing.LABELS:
        raise NotFound
    query = closing.rows(seller.id, which, name)
    counted, total_vnd = closing.summed(query)
    number = pages.asked_number()
    rows = db.session.execute(
        query.limit(pages.PAGE_SIZE).offset((number - 1) * pages.PAGE_SIZE)
    ).all()
    return pages.page(
        "reconciliation/day_figure.html",
        seller=seller,
        on=which,
        label=closing.LABELS[name],
        definition=closing.DEFINITIONS.get(name, ""),
        signed=closing.signed(seller.id, which) is not None,
        page=pages.Page(list(rows), number, counted, pages.PAGE_SIZE),
        counted=counted,
        total_vnd=total_vnd,
        behind=lambda row: _behind(row.subject, seller, which),
        named=lambda row: _named(row.subject, name),
    )


_PAGES = {
    "order": "orders.order",
    "bank_line": "reconciliation.bank_line",
    "batch": "settlements.batch",
    "voucher": "books.voucher",
    "entry": "books.entry",
}
_NAMES = {
    "bank_line": _l("Dòng tiền"),
    "batch": _l("Bảng đối soát"),
    "voucher": _l("Phiếu thu, chi"),
    "entry": _l("Bút toán"),
}


def _behind(subject: str, seller: Seller, on: date) -> str:
    """The page of what a row is."""
    kind, _colon, rest = subject.partition(":")
    if kind == "account":
        entries = url_for("books.entries", ref=seller.ref)
        return f"{entries}?tai-khoan={rest}&tu=2000-01-01&den={on.isoformat()}"
    return url_for(_PAGES[kind], ref=rest) if kind in _PAGES else ""


def _named(subject: str, figure: str) -> str:
    """What a row is called: an order by its reference, an account by who holds its money."""
    kind, _colon, rest = subject.partition(":")
    if kind == "account":
        return holder(rest) if accounts.is_held(rest) else str(closing.LABELS[figure])
    return str(_NAMES.get(kind, rest))


@bp.post("/<ref>")
@access.signed_in
def change_terms(actor: Actor, ref: str) -> ResponseReturnValue:
    """What is let go of when a transfer is short, and when a silent account is worth a look."""
    access.get(actor, Seller, ref, Permission.MONEY_WRITE)
    form = pages.form(TermsSchema())
    if not form.errors:
        with form.guard(), transaction():
            seller = access.get(actor, Seller, ref, Permission.MONEY_WRITE)
            kept = terms.change(seller.id, form.data["tolerance_vnd"], form.data["quiet_hours"])
            audit.note(actor, "reconciliation.terms", kept, str(form.data["tolerance_vnd"]))
    address = {"don-vi": ref}
    if form.errors:
        return pages.refused(".days", form, **address)
    return pages.saved(".days", **address)
