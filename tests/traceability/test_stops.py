"""What is left of a lot that is called back is sold to nobody, on any channel."""

from decimal import Decimal

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.inventory import reservations, stock
from shop.inventory.errors import OutOfStock
from shop.inventory.models import Reservation
from shop.orders.models import State
from tests import make, make_traceability
from traceability import diary, packing, recalls, stops
from traceability.diary import Entry
from traceability.models import Lot, LotDraw

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def vietnamese(database):
    with database.test_request_context(), force_locale("vi"):
        yield


@pytest.fixture
def lot() -> Lot:
    """Two kilograms: ten boxes of 200 g, of the thirty in the store."""
    return make_traceability.harvested(kg=2)


@pytest.fixture
def boxes(lot) -> int:
    return make.variant(lot.product, on_hand=30, weight_g=200).id


def saleable(pack: int) -> Decimal:
    return stock.saleable([pack])[pack]


def held(lot: Lot) -> list[tuple[Decimal, bool]]:
    query = select(Reservation).where(Reservation.holder == stops.holder(lot))
    rows = db.session.scalars(query.order_by(Reservation.id))
    return [(row.quantity, row.released_at is None) for row in rows]


def test_what_the_lot_still_has_is_promised_to_nobody_and_for_sale_again_after_a_release(
    lot, boxes
):
    recalls.recall(SYSTEM, lot, "Mốc")
    assert (saleable(boxes), stock.on_hand([boxes])) == (20, {boxes: 30})
    with pytest.raises(OutOfStock):
        reservations.hold({boxes: Decimal(21)}, holder="order:X", until=None)
    assert held(lot) == [(10, True)]
    recalls.release(SYSTEM, lot, "Kiểm lại đạt")
    assert (saleable(boxes), held(lot)) == (30, [(10, False)])


def test_no_more_is_held_than_is_there_and_promises_to_orders_stay(lot, boxes):
    reservations.hold({boxes: Decimal(25)}, holder="order:X", until=None)
    recalls.recall(SYSTEM, lot, "Mốc")
    assert (saleable(boxes), reservations.live("order:X")) == (0, {boxes: 25})
    assert held(lot) == [(5, True)]


def test_all_is_held_where_nobody_said_how_much_the_lot_is(boxes, lot):
    unknown = make_traceability.lot(lot.product)
    recalls.recall(SYSTEM, unknown, "Mốc")
    assert saleable(boxes) == 0
    recalls.recall(SYSTEM, lot, "Mốc")
    assert held(lot) == [], "nothing was left to hold"


def test_the_same_again_holds_once(lot, boxes):
    recalls.recall(SYSTEM, lot, "Mốc")
    stops.fit(lot)
    assert (saleable(boxes), reservations.live(stops.holder(lot))) == (20, {boxes: 10})


def test_a_lot_that_is_not_called_back_holds_nothing(lot, boxes):
    stops.fit(lot)
    assert (saleable(boxes), held(lot)) == (30, [])


def test_goods_destroyed_are_held_no_more(lot, boxes):
    recalls.recall(SYSTEM, lot, "Mốc")
    stock.lose(boxes, Decimal(10), source="kho:1", reason="Tiêu hủy")
    assert saleable(boxes) == 10
    entry = Entry("destroying", clock.now(), {"reason": "Mốc"}, quantity=Decimal(2), unit="kg")
    diary.enter(SYSTEM, lot, entry)
    assert (saleable(boxes), reservations.live(stops.holder(lot))) == (20, {})


def test_what_an_order_gives_back_of_the_lot_is_not_for_sale(lot, boxes):
    draw = drawn(lot, boxes, 4)
    recalls.recall(SYSTEM, lot, "Mốc")
    assert reservations.live(stops.holder(lot)) == {boxes: 6}
    order = draw.order_id
    row = db.session.get(packing.Order, order)
    row.state = State.CANCELLED
    packing.fit(row)
    assert draw.undone_at is not None
    assert (reservations.live(stops.holder(lot)), saleable(boxes)) == ({boxes: 10}, 20)


def drawn(lot: Lot, pack: int, quantity: int) -> LotDraw:
    """So many boxes of the lot, packed for an order that was not sent."""
    draw = make_traceability.drawn(lot)
    line = db.session.get(packing.Order, draw.order_id).lines[0]
    line.variant_id, line.quantity, draw.quantity = pack, Decimal(quantity), Decimal(quantity)
    db.session.flush()
    return draw


def test_a_recall_that_somebody_else_reported_stops_the_sale_too(lot, boxes):
    event = make_traceability.event(lot, "recall", {"reason": "Bên mua báo mốc"})
    recalls.mark(event)
    assert saleable(boxes) == 20
    recalls.mark(make_traceability.event(lot, "release", {"reason": "Nhầm"}))
    assert saleable(boxes) == 30


def test_an_order_that_is_not_sent_is_flagged_where_it_is_packed(cast):
    lot = make_traceability.published(make_traceability.lot(make.product(cast.ours.seller)))
    draw = make_traceability.drawn(make_traceability.harvested(lot))
    recalls.recall(SYSTEM, lot, "Mốc")
    db.session.commit()
    page = cast.ours.get(f"/ban-hang/don-hang/{db.session.get(packing.Order, draw.order_id).ref}")
    assert f"Lô {lot.code} đang bị thu hồi: chưa gửi thì đổi lô khác" in page.text
