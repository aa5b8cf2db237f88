"""What the tax books hold, read from the ledger and from the stock card; nothing here is kept."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal

from flask import has_request_context, url_for
from sqlalchemy import select

from shop import clock
from shop.books import projections
from shop.books.forms import RevenueGroup, RevenueLine
from shop.books.tax_forms import CostGroup, CostLine, Goods, GoodsLine, TaxLine
from shop.books.taxation import Group
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.inventory.models import StockEntry
from shop.ledger import accounts
from shop.ledger.models import Entry, Posting

# What the ledger's expenses are on the form; what is not named here is "other".
COSTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        "Chi phí nguyên liệu, vật liệu, nhiên liệu, năng lượng, hàng hóa",
        (accounts.expense("goods"), accounts.expense("packing"), accounts.expense("power")),
    ),
    ("Chi phí nhân công", (accounts.expense("wages"),)),
    (
        "Chi phí dịch vụ mua ngoài",
        (accounts.FREIGHT, accounts.FEES, accounts.expense("market")),
    ),
)
OTHER_COSTS = "Chi phí khác"
TAXES = (accounts.expense("tax"),)
VALUED = "Đánh giá hàng có sẵn theo giá nhập này"
_WORDS = {"receipt": "Nhập", "adjustment": "Điều chỉnh", "sale": "Bán", "return": "Khách trả",
          "loss": "Hao hụt"}  # fmt: skip


def revenue(seller_id: int, first: date, last: date, group: Group) -> RevenueGroup:
    """The revenue book's rows as one line of business."""
    book = projections.revenue(seller_id, first, last)
    lines = [
        RevenueLine(row.on, row.text, row.in_vnd - row.out_vnd, row.ref, _link(row.ref))
        for row in book.rows
    ]
    return RevenueGroup(group.name, lines, group.vat_percent, group.pit_percent)


def withheld_vnd(seller_id: int, first: date, last: date) -> int:
    """Tax that marketplaces and collectors withheld in the period, less what they gave back."""
    return sum(amount for *_row, amount in _postings(seller_id, first, last, accounts.TAX_WITHHELD))


def costs(seller_id: int, first: date, last: date) -> list[CostGroup]:
    """The expenses of a period by the form's kinds; taxes are none of them."""
    found: dict[str, list[CostLine]] = defaultdict(list)
    kinds = {account: name for name, named in COSTS for account in named}
    for ref, on, text, account, amount in _postings(seller_id, first, last, "expense:"):
        if account not in TAXES:
            line = CostLine(on, ref, text, amount, _link(ref))
            found[kinds.get(account, OTHER_COSTS)].append(line)
    names = [name for name, _accounts in COSTS] + [OTHER_COSTS]
    return [CostGroup(name, found.get(name, [])) for name in names]


def taxes(seller_id: int, first: date, last: date) -> list[TaxLine]:
    """Taxes paid with vouchers, and those withheld by whom took the money, by day."""
    paid = [
        TaxLine(on, ref, text, amount, 0, _link(ref))
        for ref, on, text, account, amount in _postings(seller_id, first, last, "expense:")
        if account in TAXES
    ]
    withheld = [
        TaxLine(on, ref, text, 0, amount, _link(ref))
        for ref, on, text, _account, amount in _postings(
            seller_id, first, last, accounts.TAX_WITHHELD
        )
    ]
    return sorted(paid + withheld, key=lambda line: line.on)


def _postings(
    seller_id: int, first: date, last: date, account: str
) -> Iterator[tuple[str, date, str, str, int]]:
    """(entry, day, text, account, đồng) on an account, or on all that begin so."""
    named = (
        Posting.account.startswith(account) if account[-1] == ":" else Posting.account == account
    )
    query = (
        select(Entry.ref, Entry.on, Entry.text, Posting.account, Posting.amount_vnd)
        .join(Posting, Posting.entry_id == Entry.id)
        .where(Entry.seller_id == seller_id, named, Entry.on.between(first, last))
        .order_by(Entry.on, Entry.id, Posting.id)
    )
    for row in db.session.execute(query):
        yield row[0], row[1], row[2], row[3], row[4]


def _link(ref: str) -> str | None:
    """The page of an entry, where there is a page: a job makes files without links."""
    return url_for("books.entry", ref=ref) if has_request_context() else None


def goods(seller_id: int, first: date, last: date) -> list[Goods]:
    """Each pack that lay there or moved, at the moving average of what receipts had cost.

    The average begins with the first receipt that names a cost; goods that came without one count
    at the average of that moment. Before any cost is known the value is unknown.
    """
    start, end = clock.day(first)[0], clock.day(last)[1]
    query = (
        select(StockEntry, Variant.pack, Variant.unit, Product.name)
        .join(Variant, Variant.id == StockEntry.variant_id)
        .join(Product, Product.id == Variant.product_id)
        .where(Variant.seller_id == seller_id, StockEntry.at < end)
        .order_by(Product.sort_key, StockEntry.variant_id, StockEntry.id)
    )
    moved: dict[int, list[StockEntry]] = defaultdict(list)
    named: dict[int, tuple[str, str]] = {}
    for entry, pack, unit, name in db.session.execute(query):
        moved[entry.variant_id].append(entry)
        named[entry.variant_id] = f"{name} ({pack})", unit
    found = [_valued(*named[variant], entries, start) for variant, entries in moved.items()]
    return [each for each in found if each.opening or each.lines]


def _valued(name: str, unit: str, entries: Sequence[StockEntry], start: datetime) -> Goods:
    left, opening = Decimal(0), Decimal(0)
    worth: int | None = None
    opening_vnd: int | None = 0
    lines: list[GoodsLine] = []
    for entry in entries:
        if worth is None and _tells_cost(entry) and left > 0:
            # What lay there without a cost is taken to have cost the same, in a row of its own.
            worth = _half_up(left * (entry.unit_cost_vnd or 0))
            if entry.at >= start:
                day = clock.vietnam(entry.at).date()
                lines.append(GoodsLine(day, "", VALUED, Decimal(0), worth, worth))
        value = _value_vnd(entry, left, worth)
        left += entry.quantity
        worth = None if value is None else (worth or 0) + value
        if entry.at < start:
            opening, opening_vnd = left, worth
        else:
            words = f"{_WORDS[entry.kind]} {entry.reason}".strip()
            day = clock.vietnam(entry.at).date()
            number = _document(entry.source)
            lines.append(GoodsLine(day, number, words, entry.quantity, value, worth))
    return Goods(name, unit, opening, opening_vnd, lines)


def _value_vnd(entry: StockEntry, left: Decimal, worth: int | None) -> int | None:
    """What a movement adds to the value: its own cost, or its share of what lies there."""
    if _tells_cost(entry):
        return _half_up(entry.quantity * (entry.unit_cost_vnd or 0))
    if worth is None or not left:
        return None
    if entry.quantity == -left:
        return -worth
    return _half_up(worth * entry.quantity / left)


def _tells_cost(entry: StockEntry) -> bool:
    return entry.unit_cost_vnd is not None and entry.quantity > 0


def _half_up(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), ROUND_HALF_UP))


def _document(source: str) -> str:
    """The order behind a movement, where there is one."""
    kind, _colon, rest = source.partition(":")
    return rest.partition(":")[0].partition("@")[0] if kind == "order" else ""
