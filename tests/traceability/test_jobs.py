from dataclasses import replace

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import select

from shop import jobs as registry
from shop.database import db
from shop.storage import FolderStorage
from tests import make, make_traceability
from traceability import identifiers, jobs
from traceability.digital_link import parse
from traceability.stamp_models import BatchState, Stamp, StampState


@pytest.fixture
def storage(database, tmp_path, monkeypatch):
    """A folder of this test's own."""
    folder = FolderStorage(tmp_path)
    monkeypatch.setitem(database.extensions, "storage", folder)
    return folder


def files(storage):
    return [str(p.relative_to(storage.folder)) for p in storage.folder.rglob("*") if p.is_file()]


def rows(batch):
    query = select(Stamp.id, Stamp.number, Stamp.code).where(Stamp.batch_id == batch.id)
    return db.session.execute(query.order_by(Stamp.number)).all()


def decoded(raw):
    texts = []
    for page in pypdfium2.PdfDocument(raw):
        texts += [
            code.text for code in zxingcpp.read_barcodes(page.render(scale=300 / 72).to_pil())
        ]
    return texts


def test_every_code_on_the_stored_paper_is_a_row_of_the_database(storage, run_tasks):
    batch = make_traceability.batch(count=43)
    assert run_tasks() == 1
    assert (batch.state, batch.file_key) == (BatchState.READY, f"stamps/{batch.ref}.pdf")
    printed = [parse(text).serial for text in decoded(storage.read(batch.file_key))]
    assert len(printed) == 43
    assert sorted(printed) == sorted(row.code for row in rows(batch))


def test_printing_twice_gives_the_same_stamps_and_one_file(storage):
    batch = make_traceability.batch(count=5)
    jobs.print_batch(batch.id)
    first, raw, ready_at = rows(batch), storage.read(batch.file_key), batch.ready_at
    jobs.print_batch(batch.id)
    assert rows(batch) == first
    assert (storage.read(batch.file_key), batch.ready_at) == (raw, ready_at)
    assert files(storage) == [batch.file_key]


def test_a_run_killed_after_some_stamps_is_taken_up(storage, database):
    batch = make_traceability.batch(count=6)
    key = database.config["SETTINGS"].stamp_key.encode()
    for number in (1, 2):
        code = identifiers.serial(key, batch.ref, number)
        db.session.add(Stamp(batch_id=batch.id, number=number, code=code))
    db.session.commit()
    before = rows(batch)
    jobs.print_batch(batch.id)
    assert rows(batch)[:2] == before
    assert [row.number for row in rows(batch)] == [1, 2, 3, 4, 5, 6]
    assert sorted(parse(text).serial for text in decoded(storage.read(batch.file_key))) == sorted(
        row.code for row in rows(batch)
    )


def test_a_run_killed_before_its_end_was_noted_makes_the_same_file_again(storage):
    batch = make_traceability.batch(count=6)
    jobs.print_batch(batch.id)
    first, raw = rows(batch), storage.read(batch.file_key)
    batch.state, batch.file_key, batch.ready_at = BatchState.WAITING, None, None
    db.session.commit()
    jobs.print_batch(batch.id)
    assert (rows(batch), storage.read(batch.file_key)) == (first, raw)
    assert files(storage) == [batch.file_key]


def test_printing_again_does_not_deactivate(storage):
    stamp = make_traceability.stamp(StampState.ACTIVE)
    jobs.print_batch(stamp.batch_id)
    db.session.refresh(stamp)
    assert stamp.state == StampState.ACTIVE


def test_a_batch_that_no_longer_fits_its_label_is_failed_and_not_tried_again(
    storage, database, monkeypatch
):
    batch = make_traceability.batch(count=2, layout="cuon-25x25")
    far = ".".join(letter * 60 for letter in "abc")
    settings = replace(database.config["SETTINGS"], base_url=f"https://{far}.vn")
    monkeypatch.setitem(database.config, "SETTINGS", settings)
    jobs.print_batch(batch.id)
    assert (batch.state, batch.file_key) == (BatchState.FAILED, None)
    assert files(storage) == []


def test_a_batch_that_is_gone_is_nothing_to_do(storage):
    jobs.print_batch(987_654_321)
    assert files(storage) == []


def test_paper_waits_behind_money():
    assert registry.spec("traceability.jobs.print_batch").queue == "documents"


def test_a_batch_given_up_says_so_and_can_be_asked_for_again(cast, storage, run_tasks):
    product = make.product(cast.ours.seller)
    batch = make_traceability.batch(make_traceability.lot(product))
    jobs.give_up(batch.id)
    page = f"/ban-hang/tem/{batch.ref}"
    assert "Không in được" in cast.ours.get(page).text
    cast.ours.post(f"{page}/in-lai")
    run_tasks()
    assert (batch.state, len(files(storage))) == (BatchState.READY, 1)


def test_the_worker_gives_up_after_the_last_try():
    assert registry.spec("traceability.jobs.print_batch").given_up is jobs.give_up
