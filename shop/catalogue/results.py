"""The result file of an import: the rows as they came, and what became of each."""

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from decimal import Decimal
from typing import Any

from flask import current_app
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop import money, quantities, references, seen, spreadsheets
from shop.catalogue import words
from shop.catalogue.columns import ABOUT, BY_NAME, RESULT, Fault, Table
from shop.catalogue.comparing import Plan, Step
from shop.catalogue.models import ProductImport

LONGEST = 80  # signs of a text as it is shown

_DONE = (_l("Thêm mới"), _l("Đã sửa"))
_WANTED = (_l("Sẽ thêm"), _l("Sẽ sửa"))


def of(plan: Plan) -> dict[int, str]:
    """What was done about each row, by its number."""
    return {step.line.number: _said(step, *_DONE) for step in plan.steps}


def wanted(plan: Plan) -> dict[int, str]:
    """What would be done about each row, by its number."""
    return {step.line.number: _said(step, *_WANTED) for step in plan.steps}


@dataclass(frozen=True)
class Change:
    """One cell that differs: what stands there and what the file says, in words.

    `far`: a price that is to change by more than half.
    """

    row: int
    sku: str
    column: str
    before: str
    after: str
    far: bool


def changes(plan: Plan) -> Iterator[Change]:
    """Every cell that would change what is there, in the order of the file."""
    for step in plan.steps:
        for name in step.changes if not step.is_new else ():
            old, new = _old(step, name), _new(step, name)
            said = (BY_NAME[name].heading, _shown(name, old), _shown(name, new))
            yield Change(step.line.number, step.line.sku, *said, far=_is_far(name, old, new))


def _old(step: Step, name: str) -> Any:
    return getattr(step.goal.product if name in ABOUT else step.pack, name)


def _new(step: Step, name: str) -> Any:
    return step.goal.about[name] if name in ABOUT else step.differs[name]


def _shown(name: str, value: Any) -> str:
    if name == "months":
        return words.show_months(value) or str(_("quanh năm"))
    if name == "active":
        return str(_("có") if value else _("không"))
    if name == "price_vnd":
        return money.show(value)
    if isinstance(value, Decimal):
        return quantities.show(value)
    said = str(value or "")
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}…"


def _is_far(name: str, old: Any, new: Any) -> bool:
    return name == "price_vnd" and bool(old) and abs(new - old) * 2 > old


def mark(plan: Plan) -> str:
    """The mark of all that the plan would do: when goods change meanwhile, another one."""
    return seen.mark(
        [(step.line.number, step.is_new, step.goal.is_new) for step in plan.steps],
        [astuple(change) for change in changes(plan)],
    )


def _said(step: Step, added: LazyString, changed: LazyString) -> str:
    if step.is_new:
        return str(added)
    cells = "; ".join(
        f"{BY_NAME[name].heading}: {_shown(name, _old(step, name))} → "
        f"{_shown(name, _new(step, name))}"
        for name in step.changes
    )
    return f"{changed}: {cells}" if cells else str(_("Không đổi"))


def of_faults(faults: Sequence[Fault]) -> dict[int, str]:
    """What is wrong with each row, by its number."""
    said: dict[int, list[str]] = {}
    for fault in faults:
        said.setdefault(fault.row, []).append(f"{fault.column}: {fault.why}")
    return {row: " ".join(words) for row, words in said.items()}


def put(row: ProductImport, table: Table, said: dict[int, str]) -> str:
    """The file as it came with a last column that says what became of each row."""
    kept = [n for n, heading in enumerate(table.headings) if heading and heading != RESULT]
    lines = ([*(line.cells[n] for n in kept), said.get(line.number, "")] for line in table.lines)
    data = spreadsheets.write([*(table.headings[n] for n in kept), RESULT], lines, title=RESULT)
    key = f"imports/{row.ref}-{references.new()}.xlsx"
    current_app.extensions["storage"].put(key, data, spreadsheets.XLSX)
    return key
