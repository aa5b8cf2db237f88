"""Settlements: what a gateway, marketplace or carrier pays out, line by line against what we know.

Each captured or delivered order stands on an account of the ledger ("clearing:vnpay",
"marketplace:shopee", "carrier:GHN") until it is paid out; fees, taxes and adjustments of the sheet
and the one bank line of its net must bring that account down by just what the sheet lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, func, select

from shop import clock
from shop.database import db
from shop.ledger import accounts, entries, periods
from shop.ledger.models import Kind
from shop.orders import dues, receipts
from shop.orders.dues import open_vnd
from shop.orders.models import Order, State
from shop.payments.merchants import GATEWAYS
from shop.payments.models import GatewayPayment, Refund
from shop.reconciliation import matching
from shop.reconciliation.errors import CannotMatch
from shop.reconciliation.models import BankLine, Batch, BatchLine, Found, ImportState, Reason
from shop.reconciliation.settlements.protocol import SettlementLine

FILE_BYTES = 20 * 1024 * 1024
MARKETPLACES = ("shopee", "tiktok", "lazada")


def account(source: str, carrier: str = "") -> str:
    """The ledger's account that a settlement of this source empties."""
    if source in GATEWAYS:
        return accounts.clearing(source)
    if source in MARKETPLACES:
        return accounts.marketplace(source)
    return accounts.carrier(carrier or "cod")


def meet(batch: Batch, lines: Sequence[SettlementLine], again: Sequence[bool]) -> None:
    """Lines of a sheet against what we know; what a carrier or marketplace collected is booked.

    `again`: of each line whether its like stands further up. The batch is locked.
    """
    before = _settled_before(batch, [line.reference for line in lines])
    known = _Known.of(batch, lines)
    for line, twice in zip(lines, again, strict=True):
        row = _row(batch, line)
        if twice or (line.reference, line.kind) in before:
            row.found = Found.REPEATED
        else:
            _find(batch, row, line, known, batch.by)
        db.session.add(row)
    db.session.flush()


def _row(batch: Batch, line: SettlementLine) -> BatchLine:
    return BatchLine(
        batch_id=batch.id,
        reference=line.reference,
        order_reference=line.order_reference,
        kind=line.kind,
        happened_on=line.happened_on,
        gross_vnd=line.gross_vnd,
        fee_vnd=line.fee_vnd,
        tax_vnd=line.tax_vnd,
        adjustment_vnd=line.adjustment_vnd,
        net_vnd=line.net_vnd,
        said=line.text,
        found=Found.UNKNOWN,
    )


def _settled_before(batch: Batch, refs: Sequence[str]) -> set[tuple[str, str]]:
    query = (
        select(BatchLine.reference, BatchLine.kind)
        .join(Batch, Batch.id == BatchLine.batch_id)
        .where(
            Batch.seller_id == batch.seller_id,
            Batch.source == batch.source,
            Batch.id != batch.id,
            Batch.taken_back_at.is_(None),
            BatchLine.reference.in_(refs),
            BatchLine.found != Found.REPEATED,
        )
    )
    return {(row.reference, row.kind) for row in db.session.execute(query)}


@dataclass(frozen=True)
class _Known:
    """What is here under the names that a sheet uses."""

    payments: dict[str, GatewayPayment]
    refunds: dict[str, Refund]
    orders: dict[str, Order]

    @staticmethod
    def of(batch: Batch, lines: Sequence[SettlementLine]) -> "_Known":
        """Everything of the seller that the lines could mean; orders are locked."""
        named = {line.reference for line in lines} | {line.order_reference for line in lines} - {""}
        payments: dict[str, GatewayPayment] = {}
        refunds: dict[str, Refund] = {}
        if batch.source in GATEWAYS:
            taken = select(GatewayPayment).where(
                GatewayPayment.seller_id == batch.seller_id,
                GatewayPayment.provider == batch.source,
                GatewayPayment.captured_at.is_not(None),
                GatewayPayment.transaction.in_(named) | GatewayPayment.key.in_(named),
            )
            for payment in db.session.scalars(taken):
                payments |= {payment.transaction: payment, payment.key: payment}
            back = select(Refund).where(Refund.seller_id == batch.seller_id, Refund.key.in_(named))
            refunds = {refund.key: refund for refund in db.session.scalars(back)}
            return _Known(payments, refunds, {})
        # "shopee:<order>:<shop>": an order's number is unique in its shop only.
        sold_there = Order.source_key.startswith(f"{batch.source}:", autoescape=True)
        number = func.split_part(Order.source_key, ":", 2)
        query = select(Order).where(
            Order.seller_id == batch.seller_id,
            Order.ref.in_(named) | Order.tracking_no.in_(named) | (sold_there & number.in_(named)),
        )
        query = query.order_by(Order.id).with_for_update(of=Order)
        orders: dict[str, Order] = {}
        for order in db.session.scalars(query.execution_options(populate_existing=True)):
            orders[order.ref] = order
            if order.tracking_no:
                orders[order.tracking_no] = order
            source, _sep, rest = order.source_key.partition(":")
            if source == batch.source:
                orders[rest.partition(":")[0]] = order
        return _Known(payments, refunds, orders)


def _find(batch: Batch, row: BatchLine, line: SettlementLine, known: _Known, who: str) -> None:
    names = [line.reference, line.order_reference]
    if line.kind == "sale":
        payment = next((known.payments[n] for n in names if n in known.payments), None)
        order = next((known.orders[n] for n in names if n in known.orders), None)
        if payment is not None:
            row.gateway_payment_id, row.order_id = payment.id, payment.order_id
            row.expected_vnd = payment.amount_vnd
        elif order is not None and _not_sent(batch, order):
            row.order_id, row.said = order.id, _("Đơn này chưa gửi đi: xem lại mã đơn.")
        elif order is not None:
            row.order_id, row.expected_vnd = order.id, open_vnd(order)
            _pay(batch, row, order, who)
    elif line.kind == "refund":
        refund = next((known.refunds[n] for n in names if n in known.refunds), None)
        if refund is not None:
            row.order_id, row.expected_vnd = refund.order_id, -refund.amount_vnd
    elif not line.gross_vnd:
        row.expected_vnd = 0  # a fee or an adjustment by itself: there is nothing to meet
        order = next((known.orders[n] for n in names if n in known.orders), None)
        row.order_id = order.id if order is not None else None
    if row.expected_vnd is not None:
        row.found = Found.MATCHED if row.expected_vnd == row.gross_vnd else Found.DIFFERS


def _not_sent(batch: Batch, order: Order) -> bool:
    """A carrier cannot have collected for goods that it was never given."""
    return batch.account.startswith("carrier:") and State(order.state) not in dues.HANDED_OVER


def _pay(batch: Batch, row: BatchLine, order: Order, who: str) -> None:
    """A carrier or marketplace collected for an order: it has the money now."""
    applied = min(row.gross_vnd, row.expected_vnd or 0)
    if applied <= 0:
        return
    receipts.pay(order, applied, who=who, why=batch.payout_reference or batch.filename)
    postings = {batch.account: applied, accounts.RECEIVABLE: -applied}
    said = f"{order.ref}: đã thu hộ"
    key = f"batch:{batch.ref}:{row.reference}"
    row.entry_id = post(batch, postings, key, Kind.CAPTURE, said, who, f"order:{order.ref}")


def book_costs(batch: Batch) -> None:
    """What was kept back: fees, taxes, and adjustments of all lines that are new."""
    columns = (BatchLine.fee_vnd, BatchLine.tax_vnd, BatchLine.adjustment_vnd)
    query = select(*(func.coalesce(func.sum(column), 0) for column in columns)).where(
        BatchLine.batch_id == batch.id, BatchLine.found != Found.REPEATED
    )
    fees, taxes, adjusted = map(int, db.session.execute(query).one())
    costs = accounts.FREIGHT if batch.account.startswith("carrier:") else accounts.FEES
    other = accounts.OTHER_IN if adjusted > 0 else accounts.OTHER_OUT
    postings = {costs: fees, accounts.TAX_WITHHELD: taxes, other: -adjusted}
    postings[batch.account] = adjusted - fees - taxes
    if any(postings.values()):
        said = f"Phí, thuế, điều chỉnh: {batch.filename}"
        post(batch, postings, f"batch:{batch.ref}", Kind.SETTLEMENT, said, batch.by)


def post(
    batch: Batch,
    postings: dict[str, int],
    key: str,
    kind: Kind,
    said: str,
    who: str,
    subject: str = "",
) -> int | None:
    """Book something of a batch on its last day, or the first open one; None for nothing."""
    if not any(postings.values()):
        return None
    on = periods.open_day(batch.seller_id, min(batch.last or clock.today(), clock.today()))
    return entries.post(
        batch.seller_id,
        postings,
        key=key,
        kind=kind,
        on=on,
        text=said,
        by=who,
        subject=subject or f"batch:{batch.ref}",
    )


def expect_standing(batch: Batch) -> None:
    """Raise CannotMatch for a batch that was taken back, or is not read and booked yet."""
    if batch.state != ImportState.DONE:
        raise CannotMatch(_("Bảng này chưa đọc và ghi xong."))
    if batch.taken_back_at is not None:
        raise CannotMatch(_("Bảng này đã bỏ."))


def payouts(batch: Batch) -> Sequence[BankLine]:
    """Waiting money in that could be the net of the batch, the nearest day first."""
    query = select(BankLine).where(
        BankLine.seller_id == batch.seller_id,
        BankLine.direction == "in",
        BankLine.state.in_(matching.WAITING),
        BankLine.amount_vnd == batch.net_vnd,
    )
    if batch.first is not None:
        query = query.where(BankLine.booked_at >= clock.midnight(batch.first))
    return db.session.scalars(query.order_by(BankLine.booked_at).limit(6)).all()


def pay_out(batch: Batch, line: BankLine, who: str) -> None:
    """The net came with this bank line; both are locked. Raises CannotMatch."""
    expect_standing(batch)
    if batch.bank_line_id is not None:
        raise CannotMatch(_("Lần trả này đã có dòng tiền."))
    if line.seller_id != batch.seller_id or line.amount_vnd != batch.net_vnd:
        raise CannotMatch(_("Số tiền không bằng số thực trả của bảng."))
    if line.direction != "in":
        raise CannotMatch(_("Dòng tiền này không chờ khớp."))
    said = f"Thực trả: {batch.payout_reference or batch.filename}"
    matching.purpose(line, Reason.SETTLEMENT, batch.account, said, who)
    batch.bank_line_id, batch.bank_line = line.id, line


def is_open() -> ColumnElement[bool]:
    """Batches that are not done, for a query: money to come, or lines that nobody has decided."""
    waits: ColumnElement[bool] = Batch.bank_line_id.is_(None) | (Batch.undecided > 0)
    read = Batch.state != ImportState.REFUSED
    return waits & read & Batch.taken_back_at.is_(None)
