"""The result file of an import: the rows as they came, and what became of each."""

from collections.abc import Sequence

from flask import current_app
from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from shop import references, spreadsheets
from shop.catalogue.columns import BY_NAME, RESULT, Fault, Table
from shop.catalogue.comparing import Plan, Step
from shop.catalogue.models import ProductImport

_DONE = (_l("Thêm mới"), _l("Đã sửa"))
_WANTED = (_l("Sẽ thêm"), _l("Sẽ sửa"))


def of(plan: Plan) -> dict[int, str]:
    """What was done about each row, by its number."""
    return {step.line.number: _said(step, *_DONE) for step in plan.steps}


def wanted(plan: Plan) -> dict[int, str]:
    """What would be done about each row, by its number."""
    return {step.line.number: _said(step, *_WANTED) for step in plan.steps}


def _said(step: Step, added: LazyString, changed: LazyString) -> str:
    if step.is_new:
        return str(added)
    names = ", ".join(BY_NAME[name].heading for name in step.changes)
    return f"{changed}: {names}" if names else str(_("Không đổi"))


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
