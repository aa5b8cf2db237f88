from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry
from shop.database import db
from shop.outbox import Task
from tests import make, make_traceability
from traceability import addresses, batches, digital_link, identifiers, lots, printing, stamps
from traceability.batches import Wanted
from traceability.digital_link import Identity
from traceability.errors import LotMadeOnAnotherDay, LotOfAnotherProduct, NotPrinted, NotPublished
from traceability.models import Lot
from traceability.sheets import LabelTooSmall
from traceability.stamp_models import BatchState, Level, Stamp, StampBatch, StampState


def how_many(model):
    return db.session.scalar(select(func.count()).select_from(model))


def actions():
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def test_a_lot_is_opened_once_and_found_again(database):
    tea = make.product()
    first = lots.open_lot(SYSTEM, tea, "CH261101", date(2026, 11, 1))
    assert lots.open_lot(SYSTEM, tea, "CH261101", date(2026, 11, 1)) is first
    assert lots.open_lot(SYSTEM, tea, "CH261101") is first
    assert how_many(Lot) == 1
    assert actions() == ["lot.open"]


def test_two_sellers_may_use_the_same_lot_code(database):
    lots.open_lot(SYSTEM, make.product(), "L1")
    lots.open_lot(SYSTEM, make.product(make.seller(name="HTX Miến Việt Cường")), "L1")
    assert how_many(Lot) == 2


def test_a_lot_code_stays_with_its_product(database):
    tea = make.product()
    lots.open_lot(SYSTEM, tea, "L1")
    other = make.product(tea.seller, name="Chè móc câu")
    with pytest.raises(LotOfAnotherProduct) as refusal, database.test_request_context():
        lots.open_lot(SYSTEM, other, "L1")
    assert refusal.value.message == "Mã lô L1 đã dùng cho “Chè tôm nõn Hảo Đạt”."


def test_a_lot_takes_its_day_of_production_later_but_does_not_change_it(database):
    tea = make.product()
    lots.open_lot(SYSTEM, tea, "L1")
    assert lots.open_lot(SYSTEM, tea, "L1", date(2026, 11, 1)).produced_on == date(2026, 11, 1)
    with pytest.raises(LotMadeOnAnotherDay) as refusal, database.test_request_context():
        lots.open_lot(SYSTEM, tea, "L1", date(2026, 11, 2))
    assert refusal.value.message == "Lô L1 đã ghi ngày sản xuất 01/11/2026."
    assert actions() == ["lot.open", "lot.update"]


def test_asking_for_stamps_leaves_one_task_and_no_stamps_yet(database):
    batch = make_traceability.batch(count=3)
    tasks = db.session.execute(select(Task.job, Task.arguments)).all()
    assert tasks == [("traceability.jobs.print_batch", {"batch_id": batch.id})]
    assert (batch.state, how_many(Stamp)) == (BatchState.WAITING, 0)


def settings_with(database, monkeypatch, **more):
    monkeypatch.setitem(database.config, "SETTINGS", replace(database.config["SETTINGS"], **more))


SERIAL = identifiers.serial(b"0123456789abcdef", "B1", 1)


@pytest.mark.parametrize(
    ("base_url", "address"),
    [
        ("http://127.0.0.1:8000", f"HTTP://127.0.0.1:8000/T/{SERIAL}"),
        ("https://cho.example.vn", f"HTTPS://CHO.EXAMPLE.VN/T/{SERIAL}"),
        ("https://cho.example.vn/ocop", f"https://cho.example.vn/ocop/t/{SERIAL}"),
    ],
)
def test_the_symbol_names_this_site_and_is_read_back(database, monkeypatch, base_url, address):
    settings_with(database, monkeypatch, base_url=base_url)
    with database.test_request_context():
        batch = StampBatch(level=Level.ITEM)
        assert addresses.of(batch, SERIAL) == address
    assert digital_link.parse(address) == Identity(serial=SERIAL)


def test_a_label_too_small_for_our_address_is_refused_when_asked_for(database, monkeypatch):
    settings_with(database, monkeypatch, base_url=f"https://{'a' * 60}.{'b' * 60}.{'c' * 60}.vn")
    lot = make_traceability.lot()
    with pytest.raises(LabelTooSmall), database.test_request_context():
        batches.request(SYSTEM, Wanted(lot.product, 1, "cuon-25x25", lot=lot))


def test_a_code_another_batch_drew_by_chance_is_replaced(database):
    batch = make_traceability.batch(count=4)
    key = database.config["SETTINGS"].stamp_key.encode()
    taken = identifiers.serial(key, batch.ref, 2)
    other = make_traceability.batch(count=1)
    db.session.add(Stamp(batch_id=other.id, number=1, code=taken))
    db.session.flush()
    expected = [identifiers.serial(key, batch.ref, number) for number in (1, 3, 4, 5)]
    for _twice in range(2):
        assert printing.fill(batch, 100)
        mine = select(Stamp.code).where(Stamp.batch_id == batch.id).order_by(Stamp.number)
        assert list(db.session.scalars(mine)) == expected


def test_stamps_are_activated_once_and_only_when_printed(database):
    batch = make_traceability.batch(count=3)
    with pytest.raises(NotPrinted), database.test_request_context():
        stamps.activate(SYSTEM, batch)
    ready = make_traceability.printed(make_traceability.published(), count=3)
    assert stamps.activate(SYSTEM, ready) == 3
    assert stamps.activate(SYSTEM, ready) == 0
    assert actions().count("stamps.activate") == 1
    assert stamps.counts([batch.id, ready.id]) == {ready.id: (3, 3)}


def test_stamps_of_a_lot_that_is_not_public_cannot_be_activated(database):
    batch = make_traceability.printed(count=2)
    with pytest.raises(NotPublished) as refusal, database.test_request_context():
        stamps.activate(SYSTEM, batch)
    assert f"Lô {batch.lot.code} chưa công bố" in refusal.value.message
    assert stamps.counts([batch.id]) == {batch.id: (2, 0)}
    make_traceability.published(batch.lot)
    assert stamps.activate(SYSTEM, batch) == 2


def test_a_voided_stamp_stays_void_when_its_batch_is_activated(database):
    batch = make_traceability.printed(make_traceability.published(), count=2)
    first = db.session.scalars(select(Stamp).order_by(Stamp.id)).first()
    first.state = StampState.VOID
    db.session.flush()
    assert stamps.activate(SYSTEM, batch) == 1
    db.session.refresh(first)
    assert first.state == StampState.VOID
