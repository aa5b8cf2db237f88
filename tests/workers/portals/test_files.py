from datetime import timedelta

import pytest
from sqlalchemy import func, select

from shop import clock, spreadsheets
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.inventory import stock
from shop.orders.models import Order
from tests import make, make_portals
from workers.channels.order_models import ChannelOrder
from workers.portals import files, jobs, templates
from workers.portals.errors import NotShown
from workers.portals.models import FileKind, FileState, PortalFile
from workers.sync.models import Difference

HEADINGS = ["Mã đơn", "Trạng thái", "Khách hàng", "Mã SKU", "Số lượng", "Đơn giá"]
COLUMNS = {
    "number": "Mã đơn",
    "state": "Trạng thái",
    "buyer": "Khách hàng",
    "sku": "Mã SKU",
    "quantity": "Số lượng",
    "price": "Đơn giá",
}


@pytest.fixture
def portal(database):
    seller = make.seller()
    make.variant(make.product(seller), on_hand=10, sku="CHE-200")
    return make_portals.portal(seller)


def send(portal, *rows, kind=FileKind.ORDERS, headings=HEADINGS):
    taken = files.take(spreadsheets.write(headings, rows), "don.xlsx")
    row = files.start(SYSTEM, templates.of(portal), kind, taken)
    db.session.commit()
    return row


def shown(portal, *rows):
    row = send(portal, *rows)
    if row.state == FileState.SENT and not files.fits(templates.of(portal), row):
        files.choose(SYSTEM, templates.of(portal), row, COLUMNS)
        db.session.commit()
    jobs.read_file(row.id)
    return fresh(row)


def applied(portal, *rows):
    row = shown(portal, *rows)
    files.apply(SYSTEM, row)
    db.session.commit()
    jobs.apply_file(row.id)
    return fresh(row)


def fresh(row):
    db.session.expire_all()
    return db.session.get(PortalFile, row.id)


def orders():
    db.session.expire_all()
    rows = db.session.scalars(select(ChannelOrder).order_by(ChannelOrder.external_id))
    return {row.external_id: row for row in rows}


ROW = ["PM-1", "Đã xác nhận", "Chị Lan", "CHE-200", 2, 180_000]


def test_a_preview_says_what_each_order_would_become_and_takes_none_in(portal):
    row = shown(portal, ROW, ["PM-2", "", "Anh Tú", "LA", 1, 90_000])
    assert row.state == FileState.SHOWN
    assert [(each["number"], each["becomes"], each["unknown"]) for each in row.plan] == [
        ("PM-2", "needs_link", ["LA"]),
        ("PM-1", "new", []),
    ]
    assert "Lan" not in str(row.plan)
    assert db.session.scalar(select(func.count(Order.id))) == 0


def test_an_order_of_a_file_becomes_ours_to_the_dong_and_holds_its_goods(portal):
    row = applied(portal, ROW)
    order = orders()["PM-1"].order
    assert (row.state, row.done) == (FileState.DONE, 1)
    assert (order.source, order.state) == ("channel:portal:postmart", "cod_confirmed")
    assert (order.total_vnd, order.buyer_name) == (360_000, "Chị Lan")
    variant_id = order.lines[0].variant_id
    assert stock.saleable([variant_id]) == {variant_id: 8}


def test_the_same_file_twice_is_once(portal):
    applied(portal, ROW)
    again = shown(portal, ROW)
    assert [each["becomes"] for each in again.plan] == ["same"]
    applied(portal, ROW)
    assert len(orders()) == 1
    assert db.session.scalar(select(func.count(Order.id))) == 1


def test_a_number_in_small_letters_is_the_same_order(portal):
    applied(portal, ROW)
    applied(portal, ["pm-1", *ROW[1:]])
    assert list(orders()) == ["PM-1"]
    assert len(db.session.scalars(select(Order)).all()) == 1


def test_a_sum_that_cannot_be_is_told_and_keeps_no_other_order_waiting(portal):
    row = applied(portal, ["PM-0", *ROW[1:4], 9, 200_000_000_000], ROW)
    assert row.faults == ["Đơn PM-0: “200000000000” không phải số đồng."]
    assert {number: kept.intake for number, kept in orders().items()} == {"PM-1": "taken"}


def test_a_newer_file_moves_an_order_and_an_older_one_never_moves_it_back(portal):
    applied(portal, ROW)
    applied(portal, ["PM-1", "Đang giao", "Chị Lan", "CHE-200", 2, 180_000])
    assert orders()["PM-1"].order.state == "shipped"
    old = applied(portal, ROW)
    assert [each["becomes"] for each in old.plan] == ["same"]
    assert (orders()["PM-1"].order.state, orders()["PM-1"].trouble) == ("shipped", None)


def test_a_cancelled_order_gives_its_goods_back_once(portal):
    applied(portal, ROW)
    for _ in range(2):
        applied(portal, ["PM-1", "Đã hủy", "Chị Lan", "CHE-200", 2, 180_000])
    order = orders()["PM-1"].order
    variant_id = order.lines[0].variant_id
    assert order.state == "cancelled"
    assert stock.saleable([variant_id]) == {variant_id: 10}


def test_the_same_number_with_another_sum_is_told_and_not_taken_in(portal):
    applied(portal, ROW)
    row = applied(portal, ["PM-1", "Đang giao", "Chị Lan", "CHE-200", 3, 180_000])
    assert [each["becomes"] for each in row.plan] == ["differs"]
    assert (orders()["PM-1"].order.total_vnd, orders()["PM-1"].order.state) == (
        360_000,
        "cod_confirmed",
    )


def test_an_unknown_item_is_linked_once_and_known_from_then_on(portal):
    row = shown(portal, ["PM-2", "", "Anh Tú", "LA", 1, 90_000])
    variant = db.session.scalars(select(make.Variant)).one()
    files.link(SYSTEM, row, "LA", variant)
    db.session.commit()
    jobs.read_file(row.id)
    assert [each["becomes"] for each in fresh(row).plan] == ["new"]


def test_an_order_kept_with_an_unknown_item_becomes_ours_when_it_is_known(portal):
    applied(portal, ["PM-2", "", "Anh Tú", "LA", 1, 90_000])
    assert (orders()["PM-2"].intake, orders()["PM-2"].order) == ("needs_link", None)
    row = shown(portal, ["PM-2", "", "Anh Tú", "LA", 1, 90_000])
    files.link(SYSTEM, row, "LA", db.session.scalars(select(make.Variant)).one())
    db.session.commit()
    applied(portal, ["PM-2", "", "Anh Tú", "LA", 1, 90_000])
    assert orders()["PM-2"].order.total_vnd == 90_000


def test_the_columns_chosen_once_read_the_next_file(portal):
    shown(portal, ROW)
    row = send(portal, ROW)
    assert files.fits(templates.of(portal), row)
    jobs.read_file(row.id)
    assert fresh(row).state == FileState.SHOWN


def test_only_what_was_shown_is_done(portal):
    row = send(portal, ROW)
    with pytest.raises(NotShown):
        files.apply(SYSTEM, row)
    assert row.state == FileState.SENT


def test_the_file_is_deleted_when_it_is_done(portal, run_tasks, database):
    row = applied(portal, ROW)
    run_tasks()
    assert not database.extensions["storage"].exists(row.file_key)


def test_a_file_that_nobody_takes_in_is_deleted_after_a_week(portal, run_tasks, database):
    row = shown(portal, ROW)
    jobs.forget_files()
    assert fresh(row).state == FileState.SHOWN
    row.at = clock.now() - timedelta(days=8)
    db.session.commit()
    jobs.forget_files()
    run_tasks()
    assert (fresh(row).state, row.plan) == (FileState.FAILED, [])
    assert row.faults == ["Tệp để quá 7 ngày đã bị xóa. Xin gửi lại."]
    assert not database.extensions["storage"].exists(row.file_key)


def test_a_portals_own_list_is_compared_and_what_differs_is_to_be_done(portal, run_tasks):
    make.variant(make.product(db.session.get(make.Seller, portal.seller_id)), sku="DINH")
    templates.take_all(portal)
    make_portals.linked(portal)
    headings = ["SKU", "Giá bán", "Tồn kho"]
    row = send(
        portal,
        ["CHE-200", 170_000, 10],
        ["LA", 5_000, 1],
        kind=FileKind.LISTINGS,
        headings=headings,
    )
    files.choose(
        SYSTEM,
        templates.of(portal),
        row,
        {"sku": "SKU", "price": "Giá bán", "stock": "Tồn kho"},
    )
    db.session.commit()
    jobs.read_file(row.id)
    found = db.session.scalars(select(Difference).order_by(Difference.kind)).all()
    assert [(each.kind, each.ours, each.theirs, each.external_id[-2:]) for each in found][:1] == [
        ("extra", "", "", "LA")
    ]
    assert [(each.kind, each.ours, each.theirs) for each in found][1:] == [
        ("missing", "DINH", ""),
        ("price", "185000", "170000"),
    ]
    from workers.portals import todo

    run_tasks()
    assert list(
        todo.open_kinds([each.listing_id for each in found if each.listing_id]).values()
    ) == [["price"]]


def test_a_broken_file_says_why(portal, database):
    row = send(portal, ROW)
    files.choose(SYSTEM, templates.of(portal), row, COLUMNS)
    db.session.commit()
    database.extensions["storage"].delete(row.file_key)
    jobs.read_file(row.id)
    assert (fresh(row).state, fresh(row).faults) == (FileState.FAILED, ["Không tìm thấy tệp."])
