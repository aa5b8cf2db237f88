from datetime import UTC, datetime
from io import BytesIO

import pytest

from shop import spreadsheets
from shop.spreadsheets import BadSheet
from workers.marketplaces import portal_files
from workers.marketplaces.protocol import OrderLine, OrderState

NOW = datetime(2026, 11, 28, 3, tzinfo=UTC)
HEADINGS = [
    "Mã đơn",
    "Ngày đặt",
    "Trạng thái",
    "Mã SKU",
    "Số lượng",
    "Đơn giá",
    "Phí ship",
    "Tổng tiền",
]


@pytest.fixture(autouse=True)
def in_vietnamese(app):
    with app.app_context():
        yield


def read(*rows, headings=HEADINGS):
    table = spreadsheets.write(headings, rows)
    mapping = portal_files.guess(headings, portal_files.ORDER_FIELDS)
    return portal_files.read_orders(spreadsheets.read(BytesIO(table), "don.xlsx"), mapping, NOW)


def test_usual_headings_are_proposed():
    assert portal_files.guess(HEADINGS, portal_files.ORDER_FIELDS) == {
        "number": "Mã đơn",
        "placed": "Ngày đặt",
        "state": "Trạng thái",
        "sku": "Mã SKU",
        "quantity": "Số lượng",
        "price": "Đơn giá",
        "fee": "Phí ship",
        "total": "Tổng tiền",
    }


def test_rows_of_one_number_are_one_order():
    found = read(
        ["PM-1", "27/11/2026 09:30", "Đang giao", "CHE-200", 2, 185_000, 30_000, 520_000],
        ["PM-1", "", "", "MAT-500", 1, "120.000 đ", "", ""],
    )
    [order] = found.orders
    assert found.faults == []
    assert order.lines == (
        OrderLine("CHE-200", "CHE-200", "CHE-200", "", 2, 185_000),
        OrderLine("MAT-500", "MAT-500", "MAT-500", "", 1, 120_000),
    )
    assert (order.order_id, order.state, order.total_vnd, order.fee_vnd) == (
        "PM-1",
        OrderState.SHIPPED,
        520_000,
        30_000,
    )
    assert order.placed_at == datetime(2026, 11, 27, 2, 30, tzinfo=UTC)


def test_a_total_that_is_not_the_sum_keeps_its_order_out_and_no_other():
    found = read(
        ["PM-1", "", "", "CHE-200", 2, 185_000, "", 370_001],
        ["PM-2", "", "", "CHE-200", 1, 185_000, "", 185_000],
    )
    assert [order.order_id for order in found.orders] == ["PM-2"]
    assert found.faults == [
        "Đơn PM-1: tổng tiền ghi 370.001\u00a0₫, cộng các dòng là 370.000\u00a0₫."
    ]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (["PM-1", "", "", "CHE", "1,5", 185_000], "số lượng “1,5” không phải số nguyên dương."),
        (["PM-1", "", "", "CHE", 0, 185_000], "số lượng “0” không phải số nguyên dương."),
        (["PM-1", "", "", "CHE", 1, "rẻ"], "“rẻ” không phải số đồng."),
        (["PM-1", "", "", "", 1, 185_000], "dòng 2 chưa có mã hàng."),
        (["PM-1", "hôm qua", "", "CHE", 1, 185_000], "ngày đặt “hôm qua” không đọc được."),
        (["PM-1", "", "bay mất", "CHE", 1, 185_000], "trạng thái “bay mất” chưa biết nghĩa là gì."),
    ],
)
def test_what_cannot_be_read_is_said_of_its_order(row, why):
    found = read(row)
    assert (found.orders, found.faults) == ([], [f"Đơn PM-1: {why}"])


def test_a_row_without_a_number_is_no_order():
    found = read(["", "", "", "CHE", 1, 185_000])
    assert (found.orders, found.faults) == ([], ["Dòng 2: chưa có mã đơn."])


def test_a_file_without_the_chosen_columns_is_refused():
    rows = spreadsheets.read(BytesIO(b"a,b\n1,2\n"), "don.csv")
    with pytest.raises(BadSheet, match=r"Tệp không có cột: Mã đơn, Số lượng, Đơn giá\."):
        portal_files.read_orders(
            rows, {"number": "Mã đơn", "quantity": "Số lượng", "price": "Đơn giá"}, NOW
        )


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("", OrderState.CONFIRMED),
        ("Chờ xác nhận", OrderState.PLACED),
        ("Đã xác nhận", OrderState.CONFIRMED),
        ("Chờ lấy hàng", OrderState.CONFIRMED),
        ("ĐANG GIAO HÀNG", OrderState.SHIPPED),
        ("Đã giao cho vận chuyển", OrderState.SHIPPED),
        ("Đã giao", OrderState.DELIVERED),
        ("Giao thành công", OrderState.COMPLETED),
        ("Đã hủy", OrderState.CANCELLED),
        ("Trả hàng", OrderState.RETURNED),
    ],
)
def test_words_of_portals_mean_states_of_ours(said, state):
    assert portal_files.state_of(said) is state


def test_a_list_of_listings_is_read_by_sku():
    table = spreadsheets.write(
        ["SKU", "Giá bán", "Tồn kho"], [["CHE", "185.000", 7], ["MAT", "", ""]]
    )
    mapping = {"sku": "SKU", "price": "Giá bán", "stock": "Tồn kho"}
    found = portal_files.read_listings(spreadsheets.read(BytesIO(table), "x.xlsx"), mapping)
    assert {sku: (each.price_vnd, each.stock) for sku, each in found.items()} == {
        "CHE": (185_000, 7),
        "MAT": (None, None),
    }
