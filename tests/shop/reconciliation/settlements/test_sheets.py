"""All settlement sheets: who reads what, and that nothing else than a refusal comes of rubbish."""

import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shop.reconciliation.settlements import book, cod, gateway, lazada, shopee, tiktok
from shop.reconciliation.settlements.protocol import BadSettlement
from shop.reconciliation.settlements.sheets import SHEETS

LAYOUTS = {
    "shopee": shopee.ORDERS,
    "tiktok": tiktok.ROWS,
    "lazada": lazada.FEES,
    "cod": cod.WAYBILLS,
}
COLUMNS = {
    who: [names[0] for names in (*layout.needed.values(), *layout.optional.values())]
    + [name for names in layout.sums.values() for name in names]
    for who, layout in LAYOUTS.items()
} | {
    who: [names[0] for names in columns.values()]
    for who, columns in (
        ("vnpay", gateway.VNPAY),
        ("momo", gateway.MOMO),
        ("zalopay", gateway.ZALOPAY),
    )
}
# What is told of a broken part by the library that streams is not for us.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
CELLS = st.one_of(
    st.text(max_size=12),
    st.integers(-(10**20), 10**20).map(str),
    st.sampled_from(
        [
            *("", "-", "0", "1", "-1", "1.000", "1e999999999", "NaN", "Infinity", "#N/A", "TRUE"),
            *("16/06/2026", "99/99/9999", "Order", "Sku", "Đơn hàng", "Đã giao", "Đã hoàn"),
            *("Tổng cộng", "Hoàn tiền", "Thành công", "Yes", "VND", "\x00", '"', "=1+1", "[" * 99),
        ]
    ),
)


def test_every_partner_has_a_reader():
    assert [*SHEETS] == ["shopee", "tiktok", "lazada", "vnpay", "momo", "zalopay", "cod"]


@pytest.mark.parametrize("who", SHEETS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_table_of_rubbish_balances_or_is_refused(separated, balances, who, data):
    names = COLUMNS[who]
    rows = st.lists(st.lists(CELLS, min_size=len(names), max_size=len(names)), max_size=4)
    with suppress(BadSettlement):
        balances(SHEETS[who](separated([names, *data.draw(rows)]), "x.csv"))


@pytest.mark.parametrize("who", SHEETS)
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=300), st.sampled_from(["", "PK\x03\x04", "\xff\xfe", "<", "a;b\n"]))
def test_rubbish_is_refused(who, rubbish, start):
    with pytest.raises(BadSettlement):
        SHEETS[who](start.encode("latin-1") + rubbish, "x.xlsx")


@pytest.mark.parametrize("loaded", [book.LOADED, 1], ids=["loaded", "streamed"])
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_workbook_with_rubbish_in_it_balances_or_is_refused(
    xlsx, balances, monkeypatch, loaded, data
):
    monkeypatch.setattr(book, "LOADED", loaded)  # the limit between the two readers
    good = xlsx({"A": [COLUMNS["cod"], ["A1", 5, "Đã giao", 5], ["A2", 7, "Đã giao", 7]]})
    with ZipFile(BytesIO(good)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(parts)))
    at = data.draw(st.integers(0, len(parts[name])))
    cut = data.draw(st.integers(0, 20))
    parts[name] = parts[name][:at] + data.draw(st.binary(max_size=9)) + parts[name][at + cut :]
    out = BytesIO()
    with ZipFile(out, "w") as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    with suppress(BadSettlement):
        balances(cod.read(out.getvalue(), "x.xlsx"))


READ = """
import sys
from pathlib import Path
from flask import Flask
from flask_babel import Babel
from shop.reconciliation.settlements.sheets import SHEETS
app = Flask("words")
Babel(app, default_locale="vi")
with app.app_context(), open(sys.argv[1], "rb") as file:
    read = SHEETS["cod"](file.read(), "x.xlsx")
# Not getrusage: its figure is never under that of the process that started this one.
most = Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]
print(len(read.lines), read.net_vnd, int(most) // 1024)
"""


def test_a_hundred_thousand_rows_are_read_in_little_memory(xlsx, tmp_path):
    header = ["Mã vận đơn", "Tiền thu hộ", "Phí giao hàng", "Trạng thái", "Tiền trả shop"]
    row = (
        '<row><c t="inlineStr"><is><t>GHN{0}</t></is></c><c><v>{0}</v></c><c><v>1000</v></c>'
        '<c t="inlineStr"><is><t>Đã giao</t></is></c><c><v>{1}</v></c></row>'
    )
    rows = "".join(row.format(n, n - 1000) for n in range(100_000)).encode()
    path = tmp_path / "cod.xlsx"
    with ZipFile(BytesIO(xlsx({"A": [header]}))) as was, ZipFile(path, "w", 8) as now:
        for name in was.namelist():
            part = was.read(name)
            now.writestr(name, part.replace(b"</sheetData>", rows + b"</sheetData>"))
    done = subprocess.run(
        [sys.executable, "-c", READ, path], capture_output=True, text=True, check=True, timeout=120
    )
    lines, net_vnd, mebibytes = map(int, done.stdout.split())
    assert (lines, net_vnd) == (100_000, sum(range(100_000)) - 100_000_000)
    assert mebibytes < 300
