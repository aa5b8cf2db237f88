from datetime import timedelta
from decimal import Decimal

import pytest
from flask_babel import force_locale

from shop import clock
from shop.accounts.access import SYSTEM
from tests import make_traceability
from traceability import events, publishing, withdrawal
from traceability.errors import NotPublishable
from traceability.events import Item

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def vietnamese(database):
    with database.test_request_context(), force_locale("vi"):
        yield


def sprayed(lot, days_ago, days="7"):
    said = {"input": "Abamectin", "dose": "10 ml", "withdrawal_days": days}
    at = clock.now() - timedelta(days=days_ago)
    return events.record(SYSTEM, "spraying", at, [Item(lot)], said)


def test_each_thing_that_is_missing_is_named_with_the_page_where_it_is_mended():
    lot = make_traceability.lot()
    lot.produced_on = None
    assert [(lack.text, lack.endpoint) for lack in publishing.missing(lot)] == [
        ("Thiếu ảnh sản phẩm.", "catalogue.product"),
        ("Thiếu địa chỉ nhà sản xuất.", "profile.seller"),
        ("Thiếu ngày sản xuất.", "lots.lot_change"),
        ("Thiếu hạn sử dụng.", "lots.lot_change"),
        ("Thiếu nơi sản xuất (vùng trồng hoặc xưởng).", "lots.lot_change"),
        ("Thiếu số lượng của lô.", "lots.lot_change"),
        (
            "Thiếu nhật ký: ghi ít nhất một việc thu hoạch, chế biến, nhận hàng, đóng gói.",
            "diary.choose",
        ),
    ]
    with pytest.raises(NotPublishable) as refusal:
        publishing.publish(SYSTEM, lot)
    assert "Thiếu ảnh sản phẩm. Thiếu địa chỉ nhà sản xuất." in refusal.value.message
    named = ["photos", "address", "produced_on", "expires_on", "site", "quantity", "events"]
    assert list(refusal.value.facts["errors"]) == named
    assert refusal.value.facts["errors"]["site"] == ["Thiếu nơi sản xuất (vùng trồng hoặc xưởng)."]
    assert (lot.published_at, lot.events) == (None, 0)


def test_a_whole_lot_is_published_once_and_what_it_is_stands_in_its_record():
    lot = make_traceability.publishable()
    assert publishing.missing(lot) == []
    publishing.publish(SYSTEM, lot)
    first = lot.published_at
    publishing.publish(SYSTEM, lot)
    assert lot.published_at == first
    assert [event.kind for event, _item in events.of_lot(lot)] == ["harvest", "open", "publish"]
    opened = events.of_lot(lot)[1][0]
    assert events.facts_of(opened) == {"produced_on": "2026-11-01", "expires_on": "2028-11-01"}


def test_what_is_taken_back_is_public_no_more():
    lot = make_traceability.publishable()
    publishing.publish(SYSTEM, lot)
    publishing.unpublish(SYSTEM, lot, "Ghi nhầm vườn")
    assert lot.published_at is None


@pytest.mark.parametrize(("days_ago", "broken"), [(6, True), (7, False), (8, False)])
def test_a_harvest_inside_the_withdrawal_period_of_an_input_keeps_a_lot_from_being_public(
    days_ago, broken
):
    lot = make_traceability.lot()
    sprayed(lot, days_ago)
    make_traceability.publishable(lot)
    texts = [lack.text for lack in publishing.missing(lot)]
    today = clock.today()
    until = today + timedelta(6 - days_ago)
    words = (
        f"Lô {lot.code} thu hoạch ngày {today:%d/%m/%Y}, còn trong thời gian cách ly của "
        f"Abamectin (đến hết ngày {until:%d/%m/%Y})."
    )
    assert texts == ([words] if broken else [])


def test_an_input_after_the_harvest_or_declared_wrong_breaks_nothing():
    lot = make_traceability.publishable()
    after = sprayed(lot, 0)
    assert withdrawal.breaches([lot.id]) == []
    assert withdrawal.running(lot) == ("Abamectin", clock.today() + timedelta(7))
    events.correct(SYSTEM, after, "did_not_occur", "Nhầm lô")
    assert withdrawal.running(lot) is None
    other = make_traceability.lot(lot.product)
    wrong = sprayed(other, 1)
    make_traceability.harvested(other)
    assert len(withdrawal.breaches([other.id])) == 1
    events.correct(SYSTEM, wrong, "did_not_occur", "Nhầm lô")
    assert withdrawal.breaches([other.id]) == []


def test_drying_does_not_end_a_withdrawal_period():
    fresh = make_traceability.lot()
    sprayed(fresh, 2)
    make_traceability.harvested(fresh, kg=50)
    dried = make_traceability.lot(fresh.product)
    make_traceability.publishable(dried)
    make_traceability.worked([fresh], [dried], kg=10)
    assert [lack.values["ref"] for lack in publishing.missing(dried)] == [
        withdrawal.breaches([fresh.id])[0].harvest.ref
    ]


def test_a_failed_test_keeps_a_lot_from_being_public():
    lot = make_traceability.publishable()
    said = {"lab": "Quatest 1", "result": "fail"}
    failed = events.record(SYSTEM, "test", clock.now(), [Item(lot, quantity=Decimal(1))], said)
    [lack] = publishing.missing(lot)
    assert (lack.text, lack.values) == ("Kiểm nghiệm không đạt.", {"ref": failed.ref})
