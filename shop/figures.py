"""Figure: a number that can be asked for, defined once, in the room that owns its rows.

A figure is its rows: a query that gives one row for each thing counted, in the columns of `row`.
Value, breakdown, list behind it and digest are all taken from that one query (`reports.kpis`), so
they cannot differ, and no total is ever typed. Rooms offer them as `FIGURES` in their module
`figures`, named in `wiring.FIGURES`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias

from flask_babel import LazyString, format_decimal
from flask_babel import gettext as _
from sqlalchemy import BigInteger, ColumnElement, DateTime, Select, Text, cast, literal, null
from sqlalchemy.sql.elements import Label

from shop import money
from shop.periods import Period
from shop.regions import Region

Words: TypeAlias = str | LazyString


@dataclass(frozen=True)
class Scope:
    """Where and when a figure is asked for."""

    region: Region
    period: Period

    def inside(self, province: Any, commune: Any) -> ColumnElement[bool]:
        """Whether a row with these columns of codes is in the region."""
        return self.region.inside(province, commune)

    def during(self, instant: Any) -> ColumnElement[bool]:
        """Whether a column of instants lies in the period."""
        found: ColumnElement[bool] = (instant >= self.period.start) & (instant < self.period.end)
        return found

    def on_days(self, day: Any) -> ColumnElement[bool]:
        """Whether a column of Vietnamese days lies in the period."""
        found: ColumnElement[bool] = day.between(self.period.first, self.period.last)
        return found


Rows = Callable[[Scope], Select[Any]]


class Group(StrEnum):
    """The headings under which figures stand on a page, in this order."""

    SELLERS = "sellers"
    PRODUCTS = "products"
    CHANNELS = "channels"
    SALES = "sales"
    TRACE = "trace"
    LIVESTREAM = "livestream"
    MARKETS = "markets"
    COMMUNITY = "community"


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One number. `name` is its address ("orders.transactions") and never changes its meaning.

    `rows` are what is counted: each thing (`key`) once, or with `summed` their amounts. With `of`
    it is a ratio: `rows` ÷ `of`, and `empty` says why it cannot be computed when `of` has none.
    `top`, `bottom`: what stands above and below the line, in words. `state`: as things stood at
    the end of the period's last day, else what happened in the period. `splits`: how the parts of
    it are called, by the row's `split`; `split_by` says by what. `repeats`: the same thing may be
    counted in several months (a seller who sells in each), so months do not add up to their
    quarter. `public`: whoever looks at the shop can count it, so nothing of it is suppressed.
    `page`: the endpoint of one row, by `ref`. `tells`: another figure, and which of its splits add
    up to what this one counts (below its line, of a ratio): who sees both can subtract.
    `noted`: it counts sales, which are many; whatever it reads is noted by triggers as it changes
    (`reports.nights`), so that it is reckoned anew only where something did.
    `alone`: a figure of the one thing that a row stands for, by the row's `ref`; of a booth its
    own digital share.
    """

    name: str
    group: Group
    title: Words
    unit: Words
    definition: Words
    source: Words
    rows: Rows
    top: Words
    of: Rows | None = None
    bottom: Words = ""
    empty: Words = ""
    summed: bool = False
    state: bool = False
    repeats: bool = False
    split_by: Words = ""
    splits: Callable[[str], Words] | None = None
    public: bool = False
    page: str = ""
    noted: bool = False
    tells: tuple[str, Callable[[str], bool]] | None = None
    alone: "Callable[[str], Figure] | None" = None

    @property
    def ratio(self) -> bool:
        """Whether it is a share, in per cent."""
        return self.of is not None

    @property
    def adds_up(self) -> bool:
        """Whether a quarter of it is the sum of its months."""
        return not (self.state or self.repeats)

    def formula(self) -> str:
        """How it is reckoned, in words."""
        if self.ratio:
            return f"{self.top} ÷ {self.bottom} × 100"
        return str(
            _("Cộng: %(what)s", what=self.top) if self.summed else _("Đếm: %(what)s", what=self.top)
        )

    def show(self, top: int, bottom: int | None) -> str:
        """The number as people read it: "12 sản phẩm", "1.250.000 ₫", "37,5 %"."""
        if self.ratio:
            return share(top, bottom or 0)
        if self.unit == VND:
            return money.show(top)
        return f"{format_decimal(top)} {self.unit}"


VND = "đồng"


def share(top: int, bottom: int) -> str:
    """A ratio in per cent with one decimal, or why there is none."""
    if bottom == 0:
        return str(_("không tính được"))
    tenths = (2000 * top + bottom) // (2 * bottom)
    return f"{format_decimal(tenths // 10)},{tenths % 10} %"


def row(
    *,
    key: Any,
    party: Any,
    commune: Any,
    label: Any,
    ref: Any = None,
    amount: Any = 1,
    split: Any = "",
    buyer: Any = None,
    at: Any = None,
) -> list[Label[Any]]:
    """The columns of a figure's rows, by which all is reckoned.

    `key`: the thing counted (its internal key, never shown). `party`: the seller whose row it is,
    `commune`: where, "" when nobody said; `buyer`: who bought, where people can be told from it.
    `amount`: what is summed. `label`, `ref`, `at`: what a list shows of it.
    """
    given: dict[str, tuple[Any, Any]] = {
        "key": (key, BigInteger),
        "party": (party, BigInteger),
        "commune": (commune, Text),
        "label": (label, Text),
        "ref": (ref, Text),
        "amount": (amount, BigInteger),
        "split": (split, Text),
        "buyer": (buyer, Text),
        "at": (at, DateTime(timezone=True)),
    }
    return [cast(_element(value), kind).label(name) for name, (value, kind) in given.items()]


def _element(value: Any) -> Any:
    if value is None:
        return null()
    return literal(value) if isinstance(value, int | str) else value
