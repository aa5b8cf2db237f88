from datetime import date
from decimal import Decimal

import pytest

from shop import clock
from shop.accounts.access import SYSTEM
from shop.catalogue.models import Variant
from shop.database import db
from shop.orders.models import OrderLine
from tests import make, make_traceability
from traceability import balances, events, lots
from traceability.errors import LotOpened, NoQuantity, NotSoMuch, UnlikeUnits
from traceability.events import Item
from traceability.models import Role

pytestmark = pytest.mark.usefixtures("database")
ABOUT = {
    "code": "CH261101",
    "produced_on": date(2026, 11, 1),
    "expires_on": date(2028, 11, 1),
    "site": None,
    "household": None,
    "quantity": Decimal("50.5"),
    "unit": "kg",
}


@pytest.fixture
def tea():
    return make.product()


def kinds(lot):
    return [(event.kind, events.facts_of(event)) for event, _item in events.of_lot(lot)]


def test_what_a_lot_is_begins_its_record(tea):
    place = make_traceability.site(tea.seller)
    lot = lots.enter(SYSTEM, tea, ABOUT | {"site": place})
    said = {"produced_on": "2026-11-01", "expires_on": "2028-11-01", "amount": "50.5 kg"}
    assert kinds(lot) == [("open", said)]
    [(event, _item)] = events.of_lot(lot)
    assert (event.site_id, lot.site_id, lot.quantity) == (place.id, place.id, Decimal("50.5"))


def test_a_change_is_another_event_and_none_is_made_when_nothing_changed(tea):
    lot = lots.enter(SYSTEM, tea, ABOUT)
    lots.change(SYSTEM, lot, ABOUT)
    assert lot.events == 1
    lots.change(SYSTEM, lot, ABOUT | {"expires_on": date(2027, 11, 1)})
    assert [kind for kind, _said in kinds(lot)] == ["open", "change"]
    assert kinds(lot)[1][1]["expires_on"] == "2027-11-01"


def test_a_lot_is_opened_once(tea, database):
    lot = lots.enter(SYSTEM, tea, ABOUT)
    with pytest.raises(LotOpened), database.test_request_context():
        lots.enter(SYSTEM, tea, ABOUT | {"quantity": Decimal(1)})
    assert (lot.events, lot.quantity) == (1, Decimal("50.5"))


def test_a_lot_that_stamps_were_printed_for_is_completed(tea):
    there = lots.open_lot(SYSTEM, tea, "CH261101")
    assert lots.enter(SYSTEM, tea, ABOUT) is there
    assert (there.produced_on, there.events) == (date(2026, 11, 1), 1)


def test_a_day_of_production_that_stamps_add_goes_into_the_record_too(tea):
    lot = lots.enter(SYSTEM, tea, ABOUT | {"produced_on": None})
    lots.open_lot(SYSTEM, tea, "CH261101", date(2026, 11, 2))
    assert kinds(lot)[-1] == ("change", kinds(lot)[0][1] | {"produced_on": "2026-11-02"})


def test_nobody_types_a_quantity_that_harvests_say(tea):
    lot = lots.enter(SYSTEM, tea, ABOUT)
    make_traceability.harvested(lot, kg=20)
    lots.change(SYSTEM, lot, ABOUT | {"quantity": Decimal(999)})
    assert (lot.quantity, lot.unit) == (Decimal(20), "kg")


def test_what_was_used_destroyed_sent_off_and_sold_is_taken_from_what_is_left(tea):
    lot = make_traceability.harvested(make_traceability.lot(tea), kg=20)
    make_traceability.worked([lot], [make_traceability.lot(tea)], kg=5)
    sent = [Item(lot, Role.SUBJECT, Decimal(2000), "g")]
    events.record(SYSTEM, "shipping", clock.now(), sent, {"to": "Cửa hàng"})
    wrong = events.record(
        SYSTEM, "destroying", clock.now(), [Item(lot, quantity=Decimal(4), unit="kg")]
    )
    assert balances.left(lot) == 9
    events.correct(SYSTEM, wrong, "did_not_occur", "Nhầm lô")
    assert balances.left(lot) == 13
    draw = make_traceability.drawn(lot)
    pack = db.session.get_one(Variant, db.session.get_one(OrderLine, draw.line_id).variant_id)
    pack.weight_g = 500
    assert balances.left(lot) == 12
    draw.undone_at = clock.now()
    assert balances.left(lot) == 13


def test_no_more_is_taken_than_there_is(tea, database):
    lot = make_traceability.harvested(make_traceability.lot(tea), kg=20)
    bare = make_traceability.lot(tea)
    balances.require(lot, Decimal("0.02"), "tấn")
    with database.test_request_context():
        with pytest.raises(NotSoMuch) as refusal:
            balances.require(lot, Decimal("20.001"), "kg")
        assert refusal.value.message == f"Lô {lot.code} chỉ còn 20 kg."
        with pytest.raises(UnlikeUnits):
            balances.require(lot, Decimal(1), "hộp")
        with pytest.raises(NoQuantity):
            balances.require(bare, Decimal(1), "kg")
