from decimal import Decimal

import pytest
from flask_babel import force_locale
from sqlalchemy import select

from shop import gtin
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.errors import BadInput
from tests import make, make_traceability
from traceability import containers, disclosure, recalls, runs
from traceability.containers import Part
from traceability.errors import ContainerInUse, GoesInCircles, LotRecalled, NotSoMuch
from traceability.models import Container, TraceEvent
from traceability.stamp_models import Stamp

pytestmark = pytest.mark.usefixtures("database")


@pytest.fixture(autouse=True)
def vietnamese(database):
    with database.test_request_context(), force_locale("vi"):
        yield


@pytest.fixture
def lot():
    return make_traceability.harvested(make_traceability.lot(code="CH1"), kg=20)


def box(of, kind="carton", code=""):
    row = containers.open_container(SYSTEM, of.product.seller, kind, code)
    db.session.flush()
    return row


def part(lot, kg, **more):
    return Part(lot, Decimal(kg), "kg", **more)


def inside(row):
    return [(lot.code, quantity, unit) for lot, quantity, unit in containers.contents(row).lots]


def test_a_container_bears_an_sscc_or_a_code_of_ours(lot):
    body = "08936123450000001"
    sscc = body + gtin.check_digit(body)
    assert box(lot, code=sscc).code == sscc
    ours = box(lot).code
    assert (ours[0], len(ours)) == ("T", 10)
    wrong = body + str((int(sscc[-1]) + 1) % 10)
    for code in (wrong, "123", "T" * 18):
        with pytest.raises(BadInput):
            box(lot, code=code)


def test_goods_go_in_and_come_out_by_events(lot):
    carton = box(lot)
    containers.load(SYSTEM, carton, part(lot, 5))
    containers.load(SYSTEM, carton, part(lot, 3))
    assert inside(carton) == [("CH1", Decimal(8), "kg")]
    containers.unload(SYSTEM, carton)
    assert containers.contents(carton).empty
    with pytest.raises(ContainerInUse):
        containers.unload(SYSTEM, carton)
    containers.load(SYSTEM, carton, part(lot, 2))
    assert inside(carton) == [("CH1", Decimal(2), "kg")]
    kinds = list(db.session.scalars(select(TraceEvent.kind).order_by(TraceEvent.id)))
    assert kinds == ["harvest", "loading", "loading", "unloading", "loading"]


def test_no_more_is_packed_than_there_is_outside_of_containers(lot):
    first, second = box(lot), box(lot)
    containers.load(SYSTEM, first, part(lot, 15))
    with pytest.raises(NotSoMuch) as refusal:
        containers.load(SYSTEM, second, part(lot, 6))
    assert refusal.value.message == "Lô CH1 chỉ còn 5 kg."
    assert containers.contents(second).empty
    containers.unload(SYSTEM, first)
    containers.load(SYSTEM, second, part(lot, 20))
    assert inside(second) == [("CH1", Decimal(20), "kg")]


def test_a_lot_that_is_called_back_is_packed_no_more(lot):
    recalls.recall(SYSTEM, lot, "Mốc")
    with pytest.raises(LotRecalled):
        containers.load(SYSTEM, box(lot), part(lot, 1))


def test_loading_sent_twice_is_one(lot):
    carton = box(lot)
    once = {containers.load(SYSTEM, carton, part(lot, 5), "k1").id for _turn in range(2)}
    assert len(once) == 1
    assert inside(carton) == [("CH1", Decimal(5), "kg")]


def test_stamped_items_lie_in_one_carton(lot):
    batch = make_traceability.printed(lot, count=4)
    first, second = box(lot), box(lot)
    run = runs.between(batch, "1", "3")
    event = containers.load(SYSTEM, first, part(lot, 3, batch=batch, run=run))
    codes = sorted(db.session.scalars(select(Stamp.code).where(Stamp.container_id == first.id)))
    assert (containers.contents(first).stamps, len(codes)) == (3, 3)
    assert sorted(disclosure.extras(event)["serials"]) == codes
    assert not any(code in event.payload for code in codes)
    overlap = part(lot, 2, batch=batch, run=runs.between(batch, "3", "4"))
    with pytest.raises(ContainerInUse):
        containers.load(SYSTEM, second, overlap)
    containers.unload(SYSTEM, first)
    containers.load(SYSTEM, second, overlap)
    assert containers.contents(second).stamps == 2


def test_a_carton_stands_on_a_pallet_and_a_recall_finds_both(lot):
    carton, pallet = box(lot), box(lot, "pallet")
    containers.load(SYSTEM, carton, part(lot, 5))
    containers.nest(SYSTEM, carton, pallet)
    assert [held.id for held in containers.contents(pallet).containers] == [carton.id]
    assert recalls.forward(lot).containers == tuple(sorted((carton.id, pallet.id)))
    with pytest.raises(GoesInCircles):
        containers.nest(SYSTEM, pallet, carton)
    other = box(lot, "pallet")
    with pytest.raises(ContainerInUse):
        containers.nest(SYSTEM, carton, other)
    containers.unload(SYSTEM, pallet)
    assert carton.parent_id is None
    assert recalls.forward(lot).containers == (carton.id,)
    assert inside(carton) == [("CH1", Decimal(5), "kg")]


def test_an_empty_carton_is_not_put_onto_a_pallet(lot):
    with pytest.raises(ContainerInUse):
        containers.nest(SYSTEM, box(lot), box(lot, "pallet"))


def test_the_pages_open_load_nest_and_empty_a_container(cast):
    lot = make_traceability.lot(make.product(cast.ours.seller), code="CH2")
    make_traceability.harvested(lot, kg=20)
    db.session.commit()
    page, seller = "/ban-hang/thung", cast.ours.seller.ref
    for key, kind in (("k1", "carton"), ("k2", "pallet")):
        sent = {"seller": seller, "kind": kind, "_once": key}
        assert cast.ours.post(f"{page}/them", sent).status_code == 303
    carton, pallet = db.session.scalars(select(Container).order_by(Container.id))
    much = {"lot": lot.ref, "quantity": "25", "unit": "kg", "_once": "k3"}
    refused = cast.ours.post(f"{page}/{carton.ref}/xep", much)
    assert (refused.status_code, "Lô CH2 chỉ còn 20 kg." in refused.text) == (422, True)
    enough = much | {"quantity": "12", "_once": "k4"}
    assert cast.ours.post(f"{page}/{carton.ref}/xep", enough).status_code == 303
    on = cast.ours.post(f"{page}/{carton.ref}/len-kien", {"parent": pallet.code})
    assert on.status_code == 303
    assert carton.code in cast.ours.get(f"{page}/{pallet.ref}").text
    assert "12 kg" in cast.ours.get(f"{page}/{carton.ref}").text
    assert pallet.code in cast.ours.get(page).text
    assert cast.ours.post(f"{page}/{pallet.ref}/do").status_code == 303
    assert cast.theirs.post(f"{page}/{carton.ref}/do").status_code == 404
    assert inside(carton) == [("CH2", Decimal(12), "kg")]
