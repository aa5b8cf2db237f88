from datetime import date, timedelta
from decimal import Decimal

import pytest
from flask_babel import force_locale

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from tests import make, make_traceability
from traceability import events, scanpage, seals, stories
from traceability.events import Item
from traceability.models import Household, Role, Site, SiteKind
from traceability.stamp_models import StampState


@pytest.fixture
def lot(database):
    return make_traceability.published(make_traceability.lot(code="CH1"))


def page_of(cast, lot, query=""):
    return cast.visitor.get(f"/lo/{lot.ref}{query}").text


def told(lot):
    with force_locale("vi"):
        return stories.steps(lot)


def test_a_lot_tells_what_happened_in_the_order_in_which_it_did(database, lot):
    now = clock.now()
    events.record(SYSTEM, "harvest", now, [Item(lot, quantity=Decimal(50), unit="kg")])
    said = {"input": "Phân chuồng", "dose": "2 tấn/ha", "supplier": "Trại ông Ba"}
    events.record(SYSTEM, "fertilising", now - timedelta(days=30), [Item(lot)], said)
    with database.test_request_context():
        fertilised, harvested = told(lot)
    assert (fertilised.label, harvested.label) == ("Bón phân", "Thu hoạch")
    assert fertilised.facts == [("Tên phân, thuốc, thức ăn", "Phân chuồng"),
                                ("Liều lượng", "2 tấn/ha")]  # fmt: skip
    assert (harvested.quantity, harvested.facts) == ("50 kg", [])


def test_a_withdrawn_event_stays_readable_struck_through_with_the_reason(cast, lot):
    event = make_traceability.event(lot, facts={"work": "Tưới nước"})
    events.correct(SYSTEM, event, "incorrect_data", "ghi nhầm lô")
    page = page_of(cast, lot)
    item = page.split('<li class="withdrawn">')[1].split("</li>")[0]
    assert "Tưới nước" in item
    assert "Đã đính chính: ghi sai, đã ghi lại: ghi nhầm lô" in item


def test_kinds_and_facts_are_told_in_english_too(cast, lot, database):
    make_traceability.event(lot, "test", {"lab": "Quatest 1", "result": "pass"})
    page = page_of(cast, lot, "?lang=en")
    assert '<html lang="en">' in page
    assert "<strong>Laboratory test</strong><div>Laboratory: Quatest 1</div>" in page
    assert "<div>Result: Passed</div>" in page


def test_tests_are_told_by_themselves_and_a_withdrawn_one_is_not(database, lot):
    good = make_traceability.event(lot, "test", {"lab": "Quatest 1", "result": "pass"})
    bad = make_traceability.event(lot, "test", {"lab": "Nhầm", "result": "fail"})
    events.correct(SYSTEM, bad, "did_not_occur", "gõ nhầm")
    with database.test_request_context():
        story = stories.Story(lot.product, None, [], lot, True, steps=stories.steps(lot))
        assert [step.ref for step in story.tests] == [good.ref]
        assert dict(story.tests[0].facts)["Kết quả"] == "Đạt"


def test_a_place_is_named_and_leads_to_the_map_only_where_its_point_is_known(cast, lot):
    mine = {"seller_id": lot.seller_id, "kind": SiteKind.GROWING_AREA}
    lot.site = Site(**mine, name="Đồi chè", commune="xã Tân Cương", province="Thái Nguyên")
    db.session.commit()
    page = page_of(cast, lot)
    assert "Đồi chè, xã Tân Cương, Thái Nguyên" in page
    assert "openstreetmap" not in page
    point = {"latitude": Decimal("21.5"), "longitude": Decimal("105.75")}
    other = make_traceability.published(make_traceability.lot(lot.product))
    other.site = Site(**mine, **point, name="Xưởng sao")
    db.session.commit()
    page = page_of(cast, other)
    where = "https://www.openstreetmap.org/?mlat=21.500000&amp;mlon=105.750000"
    assert f'href="{where}#map=15/21.500000/105.750000"' in page
    assert "21.5000, 105.7500" in page


@pytest.mark.parametrize("shown", [True, False])
def test_a_household_is_named_only_when_it_agreed(cast, lot, shown):
    lot.household = Household(seller_id=lot.seller_id, code="H1", name="Bà Đào", shown=shown)
    db.session.commit()
    assert ("Bà Đào" in page_of(cast, lot)) is shown


def test_a_lot_made_of_others_names_the_public_ones_and_leads_to_them(cast, lot, database):
    fresh = make_traceability.published(make_traceability.lot(lot.product, code="TUOI1"))
    hidden = make_traceability.lot(lot.product, code="TUOI2")
    items = [
        Item(fresh, Role.INPUT, Decimal(500), "kg"),
        Item(hidden, Role.INPUT, Decimal(20), "kg"),
        Item(lot, Role.OUTPUT, Decimal(100), "kg"),
    ]
    events.record(SYSTEM, "processing", clock.now(), items, {"method": "Sao"})
    page = page_of(cast, lot)
    assert f'href="/lo/{fresh.ref}"' in page
    assert "TUOI2" not in page, "nobody published it"
    assert hidden.ref not in page
    assert "500 kg" in page


def test_before_it_is_published_a_lot_shows_its_code_and_days_alone(cast):
    stamp = make_traceability.stamp(StampState.ACTIVE)
    stamp.batch.lot.published_at = None
    lot = stamp.batch.lot
    make_traceability.event(lot, facts={"work": "Tưới nước"})
    page = cast.visitor.get(f"/t/{stamp.code}").text
    assert lot.code in page
    assert "Tưới nước" not in page
    assert cast.visitor.get(f"/lo/{lot.ref}").status_code == 404
    make_traceability.published(lot)
    assert "Tưới nước" in cast.visitor.get(f"/t/{stamp.code}").text


def test_what_was_recorded_a_moment_ago_is_told_at_once(cast, lot):
    assert "Nhà sản xuất chưa ghi việc nào" in page_of(cast, lot)
    make_traceability.event(lot, facts={"work": "Tưới nước"})
    assert "Tưới nước" in page_of(cast, lot)


def test_a_sealed_event_offers_its_proof(cast, lot):
    event = make_traceability.event(lot)
    assert "Bản ghi gốc, chưa niêm phong" in page_of(cast, lot)
    seals.seal(date(2026, 11, 23))

    scanpage.forget()
    page = page_of(cast, lot)
    assert f'href="/nhat-ky/viec/{event.ref}"' in page
    assert "Bằng chứng không sửa" in page


def test_the_story_asks_no_more_for_more_events(database, lot, query_count):
    make_traceability.event(lot)
    with database.test_request_context(), query_count() as few:
        stories.steps(lot)
    for _turn in range(5):
        make_traceability.event(lot)
    with database.test_request_context(), query_count() as many:
        assert len(stories.steps(lot)) == 6
    assert len(many) == len(few)


def test_goods_not_to_be_trusted_are_not_offered_again(cast):
    stamp = make_traceability.stamp(StampState.VOID)
    make.variant(stamp.batch.product)
    page = cast.visitor.get(f"/t/{stamp.code}").text
    assert "Mua tiếp" not in page
