import pytest
from sqlalchemy import select

from shop.accounts.models import Role
from shop.database import db
from shop.outbox import Task
from tests import make, make_traceability
from tests.app_fixtures import sign_in
from traceability import form_views, scan_jobs
from traceability.stamp_models import Problem

LIST = "/ban-hang/phan-anh"
SAID = {"kind": "fake", "text": "Tem bị bóc dán lại", "contact": "0912 345 678"}


@pytest.fixture
def stamp(cast):
    lot = make_traceability.lot(make.product(cast.ours.seller))
    batch = make_traceability.printed(lot, count=1)
    return db.session.query(make_traceability.Stamp).filter_by(batch_id=batch.id).one()


def reported():
    return db.session.scalars(select(Problem)).all()


def test_a_report_goes_from_the_page_to_the_seller(cast, stamp):
    page = cast.visitor.get(f"/t/{stamp.code}").text
    assert f'href="/phan-anh?ma=/t/{stamp.code}"' in page
    assert "csrf_token" not in cast.visitor.get(f"/phan-anh?ma=/t/{stamp.code}").text
    answer = cast.visitor.post("/phan-anh", data=SAID | {"ma": f"/t/{stamp.code}"})
    assert (answer.status_code, "Đã gửi cho nhà sản xuất" in answer.text) == (200, True)
    (row,) = reported()
    kept = (row.seller_id, row.stamp_id, row.lot_id, row.kind, row.text, row.contact)
    batch = stamp.batch
    assert kept == (batch.seller_id, stamp.id, batch.lot_id, "fake", SAID["text"], SAID["contact"])
    tasks = db.session.scalars(select(Task.job)).all()
    assert tasks.count("traceability.scan_jobs.tell_of_problem") == 1


def test_the_owner_is_told_once(cast, stamp):
    cast.visitor.post("/phan-anh", data=SAID | {"ma": f"/t/{stamp.code}"})
    scan_jobs.tell_of_problem(reported()[0].id)
    scan_jobs.tell_of_problem(reported()[0].id)
    mails = [job for job in db.session.scalars(select(Task.job)) if job.endswith("deliver_mail")]
    assert len(mails) == (1 if cast.ours.user.email else 0)


@pytest.mark.parametrize(
    "wrong",
    [{"kind": "x"}, {"text": ""}, {"text": "a"}, {"text": "a" * 2001}, {"website": "http://spam"}],
)
def test_a_wrong_report_is_told_so_and_not_kept(cast, stamp, wrong):
    answer = cast.visitor.post("/phan-anh", data=SAID | {"ma": f"/t/{stamp.code}"} | wrong)
    assert answer.status_code == 422
    assert reported() == []


@pytest.mark.parametrize("address", ["", "/t/000000000", "/01/1", "/lo/khong", "x" * 3000])
def test_what_is_not_known_cannot_be_reported(cast, address):
    assert cast.visitor.get("/phan-anh", query_string={"ma": address}).status_code == 404
    assert cast.visitor.post("/phan-anh", data=SAID | {"ma": address}).status_code == 404
    assert reported() == []


def test_reports_are_limited(cast, stamp, monkeypatch):
    monkeypatch.setattr(form_views, "REPORT_RATE", "2/hour")
    sent = [
        cast.visitor.post("/phan-anh", data=SAID | {"ma": f"/t/{stamp.code}"}) for _turn in "abc"
    ]
    assert [answer.status_code for answer in sent] == [200, 200, 429]
    assert len(reported()) == 2


def test_the_seller_reads_it_and_says_what_was_done(cast, stamp):
    cast.visitor.post("/phan-anh", data=SAID | {"ma": f"/t/{stamp.code}"})
    (row,) = reported()
    assert "Chưa xử lý" in cast.ours.get(LIST).text
    page = cast.ours.get(f"{LIST}/{row.ref}").text
    assert SAID["text"] in page
    assert stamp.code in page
    assert cast.ours.post(f"{LIST}/{row.ref}", {"answer": "Đã gọi"}).status_code == 303
    db.session.refresh(row)
    assert (row.answer, row.settled_at is None) == ("Đã gọi", False)
    assert "Đã xử lý" in cast.ours.get(LIST).text


def test_another_seller_sees_nothing_and_a_viewer_settles_nothing(cast, stamp, database):
    cast.visitor.post("/phan-anh", data=SAID | {"ma": f"/t/{stamp.code}"})
    (row,) = reported()
    assert row.ref not in cast.theirs.get(LIST).text
    assert cast.theirs.post(f"{LIST}/{row.ref}", {"answer": "x"}).status_code == 404
    member = make.member(cast.ours.seller, role=Role.VIEWER)
    viewer = type(cast.ours)(None, sign_in(database, member))
    assert "Ghi đã xử lý" not in viewer.get(f"{LIST}/{row.ref}").text
    assert viewer.post(f"{LIST}/{row.ref}", {"answer": "x"}).status_code == 404
    db.session.refresh(row)
    assert row.settled_at is None
