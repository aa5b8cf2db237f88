"""Files as partners send them, built by a spreadsheet program's library."""

import csv
from io import BytesIO, StringIO

import pytest
from flask import Flask
from flask_babel import Babel
from openpyxl import Workbook

from shop.reconciliation.settlements.protocol import BadSettlement
from shop.reconciliation.settlements.sheets import SHEETS


@pytest.fixture(autouse=True)
def _words():
    app = Flask("words")
    Babel(app, default_locale="vi")
    with app.app_context():
        yield


@pytest.fixture
def xlsx():
    """A file of sheets: name → rows; a name that begins with a dot is of a hidden one."""

    def build(sheets):
        book = Workbook()
        book.remove(book.active)
        for name, rows in sheets.items():
            sheet = book.create_sheet(name.lstrip("."))
            sheet.sheet_state = "hidden" if name.startswith(".") else "visible"
            for row in rows:
                sheet.append(row)
        out = BytesIO()
        book.save(out)
        return out.getvalue()

    return build


@pytest.fixture
def separated():
    """A .csv of rows."""

    def build(rows, delimiter=",", encoding="utf-8-sig"):
        out = StringIO(newline="")
        csv.writer(out, delimiter=delimiter).writerows(rows)
        return out.getvalue().encode(encoding)

    return build


@pytest.fixture
def refused():
    """The refusal of a file: why, its row, and what the person reads."""

    def ask(who, data, name="tep.xlsx"):
        with pytest.raises(BadSettlement) as refusal:
            SHEETS[who](data, name)
        error = refusal.value
        assert error.status == 422
        return error.why, error.row, error.message

    return ask


@pytest.fixture
def balances():
    """Hold every line and the sum of a settlement against the rule of its kind."""

    def check(settlement):
        for line in settlement.lines:
            made = line.gross_vnd - line.fee_vnd - line.tax_vnd + line.adjustment_vnd
            assert made == line.net_vnd
        assert sum(line.net_vnd for line in settlement.lines) == settlement.net_vnd
        return settlement

    return check
