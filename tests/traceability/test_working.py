from datetime import date
from decimal import Decimal

import pytest
from flask_babel import force_locale
from sqlalchemy import func, select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from tests import make, make_traceability
from traceability import balances, recalls, working
from traceability.diary import Entry
from traceability.errors import GoesInCircles, LotRecalled, NotSoMuch
from traceability.models import Lot, TraceEvent
from traceability.working import Made, Used

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def vietnamese(database):
    with database.test_request_context(), force_locale("vi"):
        yield


@pytest.fixture
def fresh():
    return make_traceability.harvested(make_traceability.lot(code="TUOI1"), kg=50)


def entry(**more):
    return Entry("processing", clock.now(), {"method": "Sao, vò, sấy"}, **more)


def made(lot, code="KHO1", kg=10):
    return Made(lot.product, code, Decimal(kg), "kg", date(2028, 11, 1))


def test_several_lots_become_several(fresh):
    other = make_traceability.harvested(make_traceability.lot(fresh.product, code="TUOI2"), kg=30)
    used = [Used(fresh, Decimal(40), "kg"), Used(other, Decimal("0.02"), "tấn")]
    working.work(SYSTEM, used, [made(fresh), made(fresh, "KHO2", 2)], entry())
    dried, broken = db.session.scalars(
        select(Lot).where(Lot.code.in_(("KHO1", "KHO2"))).order_by(Lot.code)
    )
    assert (dried.quantity, broken.quantity, dried.unit) == (Decimal(10), Decimal(2), "kg")
    assert (dried.produced_on, dried.expires_on) == (clock.today(), date(2028, 11, 1))
    assert (balances.left(fresh), balances.left(other)) == (10, 10)
    assert set(recalls.backward(dried).lots) == {dried.id, fresh.id, other.id}


def test_no_more_goes_in_than_there_is_and_nothing_is_opened(fresh):
    with pytest.raises(NotSoMuch):
        working.work(SYSTEM, [Used(fresh, Decimal(51), "kg")], [made(fresh)], entry())
    assert db.session.scalar(select(func.count()).select_from(Lot)) == 1
    assert fresh.events == 1


def test_a_lot_that_is_called_back_goes_into_nothing(fresh):
    recalls.recall(SYSTEM, fresh, "Mốc")
    with pytest.raises(LotRecalled):
        working.work(SYSTEM, [Used(fresh, Decimal(1), "kg")], [made(fresh)], entry())


def test_a_lot_is_not_made_of_itself_nor_of_what_was_made_of_it(fresh):
    used = [Used(fresh, Decimal(10), "kg")]
    with pytest.raises(GoesInCircles):
        working.work(SYSTEM, used, [made(fresh, "TUOI1")], entry())
    working.work(SYSTEM, used, [made(fresh)], entry())
    dried = db.session.scalars(select(Lot).where(Lot.code == "KHO1")).one()
    with pytest.raises(GoesInCircles):
        working.work(SYSTEM, [Used(dried, Decimal(1), "kg")], [made(fresh, "TUOI1")], entry())


def test_a_working_sent_twice_is_one(fresh):
    used = [Used(fresh, Decimal(30), "kg")]
    once = {working.work(SYSTEM, used, [made(fresh)], entry(key="k1")).id for _turn in range(2)}
    assert len(once) == 1
    assert balances.left(fresh) == 20


def test_the_page_works_lots_and_names_what_is_wrong(cast):
    lot = make_traceability.lot(make.product(cast.ours.seller), code="TUOI3")
    make_traceability.harvested(lot, kg=50)
    db.session.commit()
    form = cast.ours.get(f"/ban-hang/che-bien?lo={lot.ref}").text
    assert f'<option value="{lot.ref}" selected>' in form
    at = clock.vietnam(clock.now()).strftime("%Y-%m-%dT%H:%M")
    sent = {"at": at, "method": "Sao", "_once": "k1", "in-0-lot": lot.ref, "in-0-quantity": "60"}
    sent |= {"out-0-product": lot.product.ref, "out-0-code": "KHO3", "out-0-quantity": "10"}
    refused = cast.ours.post("/ban-hang/che-bien", sent)
    assert (refused.status_code, "Lô TUOI3 chỉ còn 50 kg." in refused.text) == (422, True)
    assert db.session.scalar(select(func.count()).select_from(TraceEvent)) == 1
    bad = cast.ours.post("/ban-hang/che-bien", sent | {"in-0-quantity": "x"})
    assert 'id="f-in-0-quantity-error"' in bad.text
    assert cast.theirs.post("/ban-hang/che-bien", sent).status_code == 404
    answer = cast.ours.post("/ban-hang/che-bien", sent | {"in-0-quantity": "50"})
    dried = db.session.scalars(select(Lot).where(Lot.code == "KHO3")).one()
    assert answer.headers["Location"] == f"/ban-hang/lo/{dried.ref}#nhat-ky"
    assert dried.quantity == 10
