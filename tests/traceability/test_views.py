import re
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from shop import storage
from shop.accounts import access
from shop.accounts.models import AuditEntry, Role
from shop.database import db
from tests import make, make_traceability
from tests.app_fixtures import sign_in
from traceability import panels
from traceability.models import Lot
from traceability.stamp_models import BatchState, Stamp, StampBatch, StampState

BATCHES = "/ban-hang/tem"


@pytest.fixture
def tea(cast):
    """A product of ours."""
    return make.product(cast.ours.seller)


def form(product, **more):
    sent = {"product": product.ref, "lot": "CH261101", "produced_on": "2026-11-01"}
    return sent | {"count": "3", "layout": "a4-5x8", "_once": "k1"} | more


def how_many(model):
    return db.session.scalar(select(func.count()).select_from(model))


def stamp_states():
    return list(db.session.scalars(select(Stamp.state).order_by(Stamp.id)))


def test_a_batch_goes_from_the_form_to_the_paper_to_the_goods(cast, tea, run_tasks):
    answer = cast.ours.post(f"{BATCHES}/them", form(tea))
    address = answer.headers["Location"]
    batch = db.session.scalars(select(StampBatch)).one()
    assert (answer.status_code, address) == (303, f"{BATCHES}/{batch.ref}")
    waiting = cast.ours.get(address).text
    assert f'data-refresh="{address}/trang-thai"' in waiting
    assert "0 trên 3" in waiting
    assert "data-done" not in waiting
    assert cast.ours.get(f"{address}/tep").status_code == 404

    run_tasks()
    fragment = cast.ours.get(f"{address}/trang-thai").text
    assert "data-done" in fragment
    assert "<html" not in fragment
    page = cast.ours.get(address).text
    assert "Tải tệp: PDF để in ngay, 3 tem" in page
    assert "100 %" in page
    paper = cast.ours.get(f"{address}/tep")
    assert paper.headers["Content-Type"] == "application/pdf"
    disposition = f'attachment; filename="tem-{batch.ref}.pdf"'
    assert paper.headers["Content-Disposition"] == disposition
    assert paper.data.startswith(b"%PDF-")
    assert len(paper.data) == int(paper.headers["Content-Length"])

    assert cast.ours.post(f"{address}/kich-hoat").status_code == 422
    assert stamp_states() == [StampState.PRINTED] * 3
    make_traceability.published(batch.lot)
    assert cast.ours.post(f"{address}/kich-hoat").status_code == 303
    assert stamp_states() == [StampState.ACTIVE] * 3
    page = cast.ours.get(address).text
    assert "Đã kích hoạt 3 tem." in page
    assert "Cả 3 tem đã kích hoạt" in page
    assert "Kích hoạt tất cả" not in page


def test_the_lot_keeps_what_the_form_says_and_is_marked_as_made_up_in_the_demo(cast, tea):
    cast.ours.post(f"{BATCHES}/them", form(tea, lot=" ch261101 ", produced_on="01/11/2026"))
    lot = db.session.scalars(select(Lot)).one()
    assert (lot.code, lot.produced_on) == ("CH261101", date(2026, 11, 1))
    assert lot.seller_id == cast.ours.seller.id
    assert lot.illustrative is cast.visitor.application.config["SETTINGS"].demo


def test_the_same_form_sent_twice_makes_one_batch(cast, tea):
    first = cast.ours.post(f"{BATCHES}/them", form(tea))
    second = cast.ours.post(f"{BATCHES}/them", form(tea))
    assert second.headers["Location"] == first.headers["Location"]
    assert how_many(StampBatch) == 1


def test_a_second_form_adds_a_batch_to_the_lot(cast, tea):
    cast.ours.post(f"{BATCHES}/them", form(tea))
    cast.ours.post(f"{BATCHES}/them", form(tea, _once="k2"))
    assert (how_many(Lot), how_many(StampBatch)) == (1, 2)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"lot": ""}, "Ô này cần điền."),
        ({"lot": "lô một"}, "Mã lô chỉ gồm chữ không dấu"),
        ({"lot": "A" * 21}, "Dài từ 0 đến 20 ký tự."),
        ({"lot": ".."}, "Mã lô chỉ gồm chữ không dấu"),
        ({"produced_on": "2026-13-01"}, "Ghi ngày, tháng, năm"),
        ({"produced_on": "2999-01-01"}, "Ngày này chưa tới."),
        ({"count": "0"}, "Từ 1 đến 100000."),
        ({"count": "100001"}, "Từ 1 đến 100000."),
        ({"count": "nhiều"}, "Ghi một số nguyên."),
        ({"layout": "a3"}, "Khuôn tem này không còn."),
        ({"level": "box"}, "Chọn một mục trong danh sách."),
        ({"count": ""}, "Ghi số tem, hoặc ghi từ số nào đến số nào."),
        ({"first": "9", "to": "8"}, "Từ số đến số phải được"),
        ({"scratch": "1"}, "không có ô cào"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_made(cast, tea, wrong, message):
    answer = cast.ours.post(f"{BATCHES}/them", form(tea, **wrong))
    assert answer.status_code == 422
    assert message in answer.text
    assert (how_many(Lot), how_many(StampBatch)) == (0, 0)


def test_a_lot_code_of_another_product_is_refused_on_the_form(cast, tea):
    other = make.product(cast.ours.seller, name="Chè móc câu")
    cast.ours.post(f"{BATCHES}/them", form(other))
    answer = cast.ours.post(f"{BATCHES}/them", form(tea, _once="k2"))
    assert answer.status_code == 422
    assert "đã dùng cho “Chè móc câu”" in answer.text
    assert how_many(StampBatch) == 1


def test_another_cooperatives_batch_is_404_and_nothing_changes(cast):
    theirs = make_traceability.printed(
        make_traceability.lot(make.product(cast.theirs.seller)), count=2
    )
    entries = how_many(AuditEntry)
    for path in ("", "/trang-thai", "/tep"):
        assert cast.ours.get(f"{BATCHES}/{theirs.ref}{path}").status_code == 404
    assert cast.ours.post(f"{BATCHES}/{theirs.ref}/kich-hoat").status_code == 404
    assert theirs.ref not in cast.ours.get(BATCHES).text
    assert stamp_states() == [StampState.PRINTED] * 2
    assert how_many(AuditEntry) == entries


def test_stamps_of_another_cooperatives_product_cannot_be_asked_for(cast):
    theirs = make.product(cast.theirs.seller, name="Miến dong")
    assert theirs.ref not in cast.ours.get(f"{BATCHES}/them").text
    assert cast.ours.post(f"{BATCHES}/them", form(theirs)).status_code == 404
    assert (how_many(Lot), how_many(StampBatch)) == (0, 0)


def test_a_viewer_sees_but_may_neither_print_nor_activate(cast, tea, database):
    batch = make_traceability.printed(make_traceability.lot(tea), count=2)
    viewer = type(cast.ours)(None, sign_in(database, make.member(tea.seller, role=Role.VIEWER)))
    page = viewer.get(f"{BATCHES}/{batch.ref}").text
    assert "Tải tệp" in page
    assert "/kich-hoat" not in page
    assert f"{BATCHES}/them" not in viewer.get(BATCHES).text
    assert viewer.get(f"{BATCHES}/them").status_code == 404
    assert viewer.post(f"{BATCHES}/them", form(tea)).status_code == 404
    assert viewer.post(f"{BATCHES}/{batch.ref}/kich-hoat").status_code == 404
    assert stamp_states() == [StampState.PRINTED] * 2
    assert how_many(StampBatch) == 1


def test_a_batch_that_is_not_printed_cannot_be_activated(cast, tea):
    batch = make_traceability.batch(make_traceability.lot(tea))
    answer = cast.ours.post(f"{BATCHES}/{batch.ref}/kich-hoat")
    assert answer.status_code == 422
    assert "Tem chưa in xong" in answer.text


def test_a_failed_batch_says_so_and_stops_asking(cast, tea):
    batch = make_traceability.batch(make_traceability.lot(tea))
    batch.state = BatchState.FAILED
    db.session.commit()
    page = cast.ours.get(f"{BATCHES}/{batch.ref}").text
    assert "Không in được" in page
    assert "data-done" in page


def test_the_list_asks_the_database_no_more_for_more_batches(cast, tea, query_count):
    make_traceability.printed(make_traceability.lot(tea))
    db.session.expire_all()
    with query_count() as few:
        assert cast.ours.get(BATCHES).status_code == 200
    for name in ("Chè đinh", "Chè móc câu", "Chè búp"):
        make_traceability.printed(make_traceability.lot(make.product(tea.seller, name=name)))
    db.session.expire_all()
    with query_count() as many:
        page = cast.ours.get(BATCHES).text
    assert len(many) == len(few)
    assert len(re.findall(r'<td role="cell" data-label="Lô hàng"', page)) == 4


def test_the_form_begins_with_the_product_it_was_opened_for(cast, tea):
    asked = cast.ours.get(f"{BATCHES}/them").text
    assert f'<option value="{tea.ref}">' in asked
    page = cast.ours.get(f"{BATCHES}/them?product={tea.ref}").text
    assert f"In tem cho {tea.name}" in page


def test_other_rooms_pages_show_lots_and_counts(cast, tea):
    make.variant(tea)
    lot = make_traceability.published(make_traceability.lot(tea, code="CH261101"))
    batch = make_traceability.printed(lot, count=4)
    product = cast.ours.get(f"/ban-hang/san-pham/{tea.ref}").text
    assert "Lô CH261101" in product
    assert f"{BATCHES}/them?product={tea.ref}" in product
    public = f"/p/{tea.ref}/{tea.slug}"
    assert "CH261101" not in cast.visitor.get(public).text
    cast.ours.post(f"{BATCHES}/{batch.ref}/kich-hoat")
    assert "CH261101" in cast.visitor.get(public).text


def test_the_overview_counts_ones_own_stamps(cast, tea, database):
    make_traceability.printed(make_traceability.lot(tea), count=4)
    with database.test_request_context():
        ours, theirs = (access.of(person.user) for person in (cast.ours, cast.theirs))
        assert "trên 4 tem đã in" in panels.overview(ours)
        assert "trên 0 tem đã in" in panels.overview(theirs)


@pytest.fixture
def bucket(s3):
    """A bucket of a real S3 server."""
    keys = {"access_key": s3.access_key, "secret_key": s3.secret_key}
    made = storage.open_storage(Path(), bucket="tem", endpoint_url=s3.endpoint_url, **keys)
    made.prepare()
    return made


@pytest.mark.xdist_group("s3")
def test_a_file_kept_in_a_bucket_is_passed_on_by_us(cast, tea, database, monkeypatch, bucket):
    monkeypatch.setitem(database.extensions, "storage", bucket)
    batch = make_traceability.printed(make_traceability.lot(tea))
    answer = cast.ours.get(f"{BATCHES}/{batch.ref}/tep")
    assert answer.status_code == 200
    assert answer.data.startswith(b"%PDF")
    assert answer.data == bucket.read(batch.file_key)
    assert int(answer.headers["Content-Length"]) == len(answer.data)
