"""An order's invoice: asked for, ready when the goods are handed over, then what became of it.

An invoice is issued when the goods change hands, paid or not (Decree 123/2020/NĐ-CP, Article 9).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from shop import clock, outbox, references, vault
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.invoices.errors import IssuedAlready, NotThatWay, NumberTaken
from shop.invoices.models import Invoice, InvoiceEvent, InvoiceState, InvoiceTerms, VatRate
from shop.orders.models import Order, State
from shop.sellers.models import Seller

S = InvoiceState
MOVES: dict[InvoiceState, frozenset[InvoiceState]] = {
    # Somebody may issue it before the goods go, where the money came first.
    S.WAITING: frozenset({S.READY, S.HANDED, S.ISSUED, S.REFUSED, S.CANCELLED}),
    S.READY: frozenset({S.HANDED, S.ISSUED, S.REFUSED, S.CANCELLED}),
    S.HANDED: frozenset({S.ISSUED, S.REFUSED, S.READY, S.CANCELLED}),
    S.REFUSED: frozenset({S.HANDED, S.READY, S.ISSUED, S.CANCELLED}),
    S.ISSUED: frozenset({S.ADJUSTED, S.REPLACED, S.CANCELLED}),
    S.ADJUSTED: frozenset({S.ADJUSTED, S.REPLACED, S.CANCELLED}),
    S.REPLACED: frozenset({S.ADJUSTED, S.REPLACED, S.CANCELLED}),
    S.CANCELLED: frozenset({S.READY, S.ISSUED}),
}
# How far back goods are looked for that went out before the terms were said.
CATCH_UP = timedelta(days=62)
# It has been given to the tax authority: what it says is not changed any more.
ISSUED = frozenset({S.ISSUED, S.ADJUSTED, S.REPLACED})
_HANDED_OVER = frozenset(
    {State.SHIPPED, State.DELIVERED, State.COMPLETED, State.PARTLY_RETURNED, State.RETURNED}
)


def of(order: Order) -> Invoice:
    """The invoice of an order, locked; made when there is none."""
    made = insert(Invoice).values(
        ref=references.new(), seller_id=order.seller_id, order_id=order.id, state=_start(order)
    )
    db.session.execute(made.on_conflict_do_nothing(index_elements=["order_id"]))
    return db.session.scalars(
        select(Invoice)
        .where(Invoice.order_id == order.id)
        .with_for_update(of=Invoice)
        .execution_options(populate_existing=True)
    ).one()


def _start(order: Order) -> InvoiceState:
    return S.READY if State(order.state) in _HANDED_OVER else S.WAITING


def ask(order: Order, data: Mapping[str, Any], who: str) -> Invoice:
    """The buyer's data (`data` as BuyerSchema gives it) for the invoice. Raises IssuedAlready."""
    row = of(order)
    if row.state in ISSUED:
        raise IssuedAlready
    for name in ("buyer_name", "company", "tax_code", "address", "email"):
        setattr(row, name, data[name] or "")
    row.wanted = True
    _log(row, row.state, who, _("thông tin xuất hóa đơn"))
    if row.state == S.REFUSED:
        move(row, S.READY, who=who)
    return row


def goods_handed_over(order: Order) -> None:
    """Goods went out: the invoice is ready, if the seller issues any or the buyer asked."""
    asked = select(Invoice.id).where(Invoice.order_id == order.id)
    if terms_of(order.seller_id) is None and db.session.scalar(asked) is None:
        return
    row = of(order)
    if row.state == S.WAITING:
        move(row, S.READY, who=_("Hàng đã giao"))
    elif row.state == S.READY and not row.events:
        _log(row, S.READY, str(_("Hàng đã giao")), "")
        _tell(row)


def goods_came_back(order: Order) -> None:
    """Goods came back: an issued invoice has to be adjusted; one that is to come says less."""
    row = db.session.scalar(select(Invoice).where(Invoice.order_id == order.id).with_for_update())
    if row is not None and row.state in ISSUED:
        row.stale = True


def move(row: Invoice, to: InvoiceState, *, who: str, why: str = "") -> None:
    """Take a locked invoice to `to` and log it. Raises NotThatWay."""
    if to not in MOVES[S(row.state)]:
        raise NotThatWay(row.state, to)
    _log(row, to, who, why)
    row.state = to
    if to is S.READY:
        _tell(row)


def _log(row: Invoice, to: str, who: str, why: str) -> None:
    before = row.state
    db.session.add(
        InvoiceEvent(
            invoice_id=row.id,
            from_state=before,
            to_state=to,
            number=row.number,
            who=str(who),
            why=why,
            at=clock.now(),
        )
    )


def _tell(row: Invoice) -> None:
    terms = terms_of(row.seller_id)
    if terms is not None and terms.hook_url:
        outbox.record("invoice_ready", invoice_id=row.id)


@dataclass(frozen=True)
class Report:
    """What a provider, a file or a person says of an invoice. Empty: not said."""

    state: InvoiceState
    template: str = ""
    serial: str = ""
    number: str = ""
    issued_on: date | None = None
    authority_code: str = ""
    lookup_url: str = ""
    reason: str = ""


def report(row: Invoice, told: Report, who: str) -> bool:
    """Note what was reported of a locked invoice; False when it was known or is overtaken.

    The same number never comes back from being cancelled or replaced. Raises NotThatWay,
    NumberTaken.
    """
    if _known(row, told) or _overtaken(row, told):
        return False
    numbered = told.number or row.number or told.state not in ISSUED
    if told.state not in MOVES[S(row.state)] or not numbered:
        raise NotThatWay(row.state, told.state)
    _expect_free(row, told)
    _note(row, told)
    row.said = told.reason
    if told.state in {S.ADJUSTED, S.REPLACED, S.CANCELLED}:
        row.stale = False
    move(row, told.state, who=who, why=told.reason)
    return True


def _note(row: Invoice, told: Report) -> None:
    for name in ("template", "serial", "number", "authority_code", "lookup_url"):
        if value := getattr(told, name):
            setattr(row, name, value)
    row.issued_on = told.issued_on or row.issued_on


def _expect_free(row: Invoice, told: Report) -> None:
    if told.state not in ISSUED or not (told.number or row.number):
        return
    same = [
        (Invoice.template, told.template or row.template),
        (Invoice.serial, told.serial or row.serial),
        (Invoice.number, told.number or row.number),
    ]
    query = select(Invoice.id).where(
        Invoice.seller_id == row.seller_id,
        Invoice.id != row.id,
        Invoice.state.in_(ISSUED),
        *(column == value for column, value in same),
    )
    if db.session.scalar(query.limit(1)) is not None:
        raise NumberTaken(told.number or row.number)


def renumber(row: Invoice, told: Report, who: str) -> None:
    """What somebody typed of a locked issued invoice was wrong. Raises NotThatWay, NumberTaken."""
    if row.state != S.ISSUED or told.state != S.ISSUED:
        raise NotThatWay(row.state, told.state)
    _expect_free(row, told)
    before = f"{row.template}{row.serial} {row.number}"
    _note(row, told)
    _log(row, S.ISSUED, who, _("sửa số đã ghi, trước là %(number)s", number=before))


def again(row: Invoice, who: str) -> None:
    """A file with a locked invoice was lost: it is to be issued as before. Raises NotThatWay."""
    # What waits for its goods, or was cancelled, may become ready too, but by other deeds.
    if row.state != S.HANDED:
        raise NotThatWay(row.state, S.READY)
    move(row, S.READY, who=who, why=str(_("xuất lại")))


def _known(row: Invoice, told: Report) -> bool:
    same = told.state == row.state and told.state not in {S.ADJUSTED, S.REPLACED}
    return same and told.number in {"", row.number} and told.reason in {"", row.said}


def _overtaken(row: Invoice, told: Report) -> bool:
    """Whether it is older than what is known: this number was here, and the invoice went on."""
    if told.state == S.REFUSED:
        return row.state in ISSUED | {S.CANCELLED}
    query = select(InvoiceEvent.id).where(
        InvoiceEvent.invoice_id == row.id,
        InvoiceEvent.to_state == told.state,
        InvoiceEvent.number == told.number,
        InvoiceEvent.number != "",
    )
    return bool(told.number) and db.session.scalar(query.limit(1)) is not None


def terms_of(seller_id: int) -> InvoiceTerms | None:
    """How a seller issues invoices, None while it does not."""
    return db.session.scalar(select(InvoiceTerms).where(InvoiceTerms.seller_id == seller_id))


def settle_terms(
    actor: Actor, seller: Seller, data: Mapping[str, Any], secret: str | None
) -> InvoiceTerms:
    """How a seller issues invoices from now on. `secret`: a new one, None keeps the old."""
    row = terms_of(seller.id)
    first = row is None
    if row is None:
        row = InvoiceTerms(seller_id=seller.id, sealed_secret="")
        db.session.add(row)
    row.vat, row.hook_url = data["vat"], data["hook_url"] or None
    if secret is not None:
        row.sealed_secret = vault.seal(secret, current_app.config["SETTINGS"].vault_key)
    db.session.flush()
    if first:
        _catch_up(seller)
    audit.note(actor, "invoice.terms", row, row.vat)
    return row


def _catch_up(seller: Seller) -> None:
    """Goods of the last weeks went out before the seller said how it issues invoices."""
    invoiced = select(Invoice.order_id).where(Invoice.order_id == Order.id)
    query = select(Order).where(
        Order.seller_id == seller.id,
        Order.state.in_(_HANDED_OVER),
        Order.placed_at >= clock.now() - CATCH_UP,
        ~invoiced.exists(),
    )
    for order in db.session.scalars(query.order_by(Order.id)):
        invoice = of(order)
        _log(invoice, S.READY, str(_("Hàng đã giao")), "")
        _tell(invoice)


def vat_of(seller_id: int) -> VatRate:
    """The tax rate of a seller's invoices; not declared while nothing was said."""
    terms = terms_of(seller_id)
    return VatRate(terms.vat) if terms else VatRate.KKKNT


def secret(terms: InvoiceTerms) -> str:
    """What signs both ways, opened to be used and dropped."""
    return str(vault.open_sealed(terms.sealed_secret, current_app.config["SETTINGS"].vault_key))
