"""Sums that must come out: of each line, and of all lines against the total a sheet prints."""

from collections import Counter
from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _

from shop.reconciliation.settlements import notes
from shop.reconciliation.settlements.amounts import show
from shop.reconciliation.settlements.header import listed
from shop.reconciliation.settlements.protocol import BadSettlement, Settlement, SettlementLine
from shop.reconciliation.settlements.table import Row, Table, Tables


def balanced(line: SettlementLine, row: Row) -> SettlementLine:
    """The line, if it has a reference and its amounts make its net; else raises BadSettlement."""
    if not line.reference:
        words = _("thiếu mã ở cột “%(column)s”.", column=row.table.heading("reference"))
        raise row.refusal("no-reference", words)
    made = line.gross_vnd - line.fee_vnd - line.tax_vnd + line.adjustment_vnd
    if made != line.net_vnd:
        raise row.refusal("unbalanced", _unbalanced(line, made, row.table))
    return line


def _unbalanced(line: SettlementLine, made: int, table: Table) -> str:
    words: str = _(
        "%(gross)s - phí %(fee)s - thuế %(tax)s + điều chỉnh %(adjustment)s = %(made)s, "
        "nhưng tệp ghi thực nhận %(net)s. Xin hỏi lại đối tác.",
        gross=show(line.gross_vnd),
        fee=show(line.fee_vnd),
        tax=show(line.tax_vnd),
        adjustment=show(line.adjustment_vnd),
        made=show(made),
        net=show(line.net_vnd),
    )
    if table.unknown:
        more = _("Có thể do cột mới chưa biết: %(names)s.", names=listed(table.unknown))
        words = f"{words} {more}"
    return words


def check_totals(table: Table, lines: Sequence[SettlementLine]) -> None:
    """Hold the lines of a table against every total it prints; raises BadSettlement."""
    net_vnd = sum(line.net_vnd for line in lines)
    for row in table.totals:
        printed = row.amount("net")
        if printed is not None and printed != net_vnd:
            raise row.refusal("total", _wrong_total(printed, net_vnd))


def check_printed(printed: int | None, *sums: int) -> None:
    """Hold a total that stands outside the table against the sums it may mean, if it is there."""
    if printed is not None and printed not in sums:
        raise BadSettlement("total", _wrong_total(printed, sums[-1]))


def _wrong_total(printed: int, net_vnd: int) -> str:
    words: str = _(
        "tổng in trong tệp là %(printed)s nhưng các dòng cộng lại là %(sum)s. "
        "Tệp thiếu hoặc thừa dòng, xin tải lại.",
        printed=show(printed),
        sum=show(net_vnd),
    )
    return words


def settlement(
    lines: list[SettlementLine],
    tables: Tables,
    *,
    payout_reference: str = "",
    period: tuple[date, date] | None = None,
    warnings: Sequence[str] = (),
) -> Settlement:
    """Put a read file together: sum, period, what was strange. Raises BadSettlement if no lines."""
    if not lines:
        raise BadSettlement("no-lines", _("Bảng không có dòng nào."))
    happened = [line.happened_on for line in lines if line.happened_on]
    told = period or notes.period(tables.notes)
    return Settlement(
        lines=lines,
        period_from=told[0] if told else min(happened, default=None),
        period_to=told[1] if told else max(happened, default=None),
        payout_reference=payout_reference,
        net_vnd=sum(line.net_vnd for line in lines),
        warnings=[*warnings, *_strange(tables), *_doubles(lines)],
    )


def _strange(tables: Tables) -> list[str]:
    found = []
    for table in tables.read:
        if table.unknown:
            names = listed(table.unknown)
            found.append(_("Các cột chưa biết, không dùng: %(names)s.", names=names))
        if table.skipped:
            rows = listed(table.skipped)
            found.append(_("Các dòng ghi chú, không tính: %(rows)s.", rows=rows))
    return found


def _doubles(lines: Sequence[SettlementLine]) -> list[str]:
    counts = Counter((line.reference, line.kind) for line in lines)
    twice = [reference for (reference, _kind), count in counts.items() if count > 1]
    if not twice:
        return []
    return [_("Có mã nằm ở nhiều dòng, xin kiểm lại: %(names)s.", names=listed(twice))]
