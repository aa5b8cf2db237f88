import json
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from io import BytesIO

import pytest
from sqlalchemy import func, select

from shop import clock
from shop.database import db
from shop.media.models import Document, Photo
from tests import make, make_media, make_traceability
from traceability import events
from traceability.kinds import BY_HAND, KINDS
from traceability.models import TraceEvent


@pytest.fixture
def lot(cast):
    row = make_traceability.lot(make.product(cast.ours.seller), code="CH1")
    db.session.commit()
    return row


def url(lot, kind=""):
    return f"/ban-hang/lo/{lot.ref}/ghi" + (f"/{kind}" if kind else "")


def at(**ago):
    return clock.vietnam(clock.now() - timedelta(**ago)).strftime("%Y-%m-%dT%H:%M")


def sent(**more):
    return {"at": at(hours=1), "unit": "kg", "_once": "k1"} | more


def recorded():
    return list(db.session.scalars(select(TraceEvent).order_by(TraceEvent.id)))


def test_every_kind_has_a_large_button_and_a_form_that_asks_for_its_facts(cast, lot):
    page = cast.ours.get(url(lot)).text
    for code in BY_HAND:
        assert f'class="button big" href="{url(lot, code)}"' in page
        form = cast.ours.get(url(lot, code)).text
        for fact in KINDS[code].facts:
            assert f'name="{fact.name}"' in form, (code, fact.name)
    assert cast.ours.get(url(lot, "recall")).status_code == 404


def test_an_entry_goes_into_the_record_with_when_where_and_who(cast, lot):
    place = make_traceability.site(cast.ours.seller)
    db.session.commit()
    said = {"input": "Abamectin", "dose": "10 ml", "withdrawal_days": "07", "site": place.ref}
    answer = cast.ours.post(url(lot, "spraying"), sent(**said, note="Ông Tư nhờ"))
    assert answer.status_code == 303
    [event] = recorded()
    facts = {"input": "Abamectin", "dose": "10 ml", "withdrawal_days": "7"}
    assert events.facts_of(event) == facts
    assert (event.kind, event.site_id) == ("spraying", place.id)
    assert clock.vietnam(event.happened_at).strftime("%Y-%m-%dT%H:%M") == sent()["at"]
    page = cast.ours.get(f"/ban-hang/viec/{event.ref}").text
    assert cast.ours.user.name in page
    assert "Ông Tư nhờ" in page
    assert "7 ngày" in page


def test_an_entry_sent_twice_is_recorded_once(cast, lot):
    for _turn in range(2):
        answer = cast.ours.post(url(lot, "care"), sent(work="Làm cỏ"))
        assert answer.status_code == 303
    assert len(recorded()) == 1


@pytest.mark.parametrize(
    ("kind", "wrong", "message"),
    [
        ("spraying", {"input": "Abamectin"}, "Thiếu “Liều lượng”."),
        ("spraying", {"input": "A", "dose": "1", "withdrawal_days": "x"}, "ghi một số nguyên"),
        ("test", {"lab": "Quatest", "result": "tốt"}, "chọn một mục trong danh sách"),
        ("storing", {"celsius": "lạnh"}, "ghi một số, ví dụ 4"),
        ("harvest", {}, "Ghi bao nhiêu."),
        ("care", {"work": "x", "at": "2999-01-01T00:00"}, "Việc này chưa xảy ra"),
        ("shipping", {"to": "Cửa hàng", "quantity": "5"}, "chưa ghi có bao nhiêu"),
    ],
)
def test_what_is_missing_or_wrong_is_named_and_nothing_is_recorded(cast, lot, kind, wrong, message):
    answer = cast.ours.post(url(lot, kind), sent(**wrong))
    assert answer.status_code == 422
    assert message in answer.text
    assert recorded() == []


def test_a_harvest_too_early_is_recorded_with_a_warning(cast, lot):
    said = {"input": "Abamectin", "dose": "10 ml", "withdrawal_days": "7"}
    cast.ours.post(url(lot, "spraying"), sent(**said))
    until = (clock.vietnam(clock.now() - timedelta(hours=1)) + timedelta(7)).strftime("%d/%m/%Y")
    assert f"thu hoạch từ ngày {until}" in cast.ours.get(url(lot, "harvest")).text
    harvest = sent(quantity="20", at=at(minutes=1), _once="k2")
    page = cast.ours.post(url(lot, "harvest"), harvest, follow_redirects=True).text
    assert "Lô này không công bố được." in page
    assert (lot.quantity, lot.unit) == (Decimal(20), "kg")


def test_pictures_and_papers_are_hashed_into_the_record(cast, lot):
    picture, pdf = make_media.picture(), make_media.pdf()
    files = {"photos": (BytesIO(picture), "a.jpg"), "file": (BytesIO(pdf), "b.pdf")}
    more = {"paper_kind": "test", "paper_title": "Phiếu 12", "paper_public": "1"}
    answer = cast.ours.post(url(lot, "test"), sent(lab="Quatest 1", result="pass", **more, **files))
    assert answer.status_code == 303
    [event] = recorded()
    hashes = {(each["kind"], each["sha256"]) for each in json.loads(event.payload)["files"]}
    shot = db.session.scalars(select(Photo)).one()
    paper = db.session.scalars(select(Document)).one()
    assert hashes == {("photo", shot.sha256), ("test", sha256(pdf).hexdigest())}
    assert shot.holder == paper.holder == f"event:{event.ref}"
    assert cast.visitor.get(f"/giay-to/{paper.ref}").status_code == 404
    make_traceability.published(lot)
    assert cast.visitor.get(f"/giay-to/{paper.ref}").data == pdf
    assert f'href="/giay-to/{paper.ref}"' in cast.visitor.get(f"/lo/{lot.ref}").text


def test_an_entry_with_a_refused_file_is_not_recorded(cast, lot):
    files = {"photos": (BytesIO(b"not a picture"), "a.jpg")}
    answer = cast.ours.post(url(lot, "care"), sent(work="Làm cỏ", **files))
    assert (answer.status_code, recorded()) == (422, [])
    assert db.session.scalar(select(func.count()).select_from(Photo)) == 0


def test_an_event_is_put_right_by_another_one(cast, lot):
    cast.ours.post(url(lot, "harvest"), sent(quantity="200"))
    [wrong] = recorded()
    form = cast.ours.get(f"{url(lot, 'harvest')}?thay={wrong.ref}").text
    assert 'value="200"' in form
    right = sent(quantity="20", _once="k2", thay=wrong.ref)
    assert cast.ours.post(url(lot, "harvest"), right).status_code == 303
    assert [event.kind for event in recorded()] == ["harvest", "harvest", "correction"]
    assert recorded()[2].corrects_id == wrong.id
    assert lot.quantity == 20
    again = {"reason": "did_not_occur", "why": "Nhầm lô"}
    page = cast.ours.post(f"/ban-hang/viec/{wrong.ref}/dinh-chinh", again)
    assert page.status_code == 422
    assert "Việc này đã được đính chính." in page.text


def test_an_event_that_did_not_occur_is_declared_wrong(cast, lot):
    cast.ours.post(url(lot, "harvest"), sent(quantity="20"))
    [event] = recorded()
    said = {"reason": "did_not_occur", "why": "Nhầm lô"}
    assert cast.ours.post(f"/ban-hang/viec/{event.ref}/dinh-chinh", said).status_code == 303
    page = cast.ours.get(f"/ban-hang/lo/{lot.ref}").text
    assert "Đã đính chính: việc này không xảy ra: Nhầm lô" in page


def test_goods_that_have_gone_on_cannot_be_declared_never_made(cast, lot):
    make_traceability.harvested(lot, kg=20)
    make_traceability.worked([lot], [make_traceability.lot(lot.product)], kg=5)
    db.session.commit()
    harvest = recorded()[0]
    said = {"reason": "did_not_occur", "why": "Nhầm lô"}
    cast.ours.post(f"/ban-hang/viec/{harvest.ref}/dinh-chinh", said)
    assert [event.kind for event in recorded()] == ["harvest", "processing"]


def test_another_cooperatives_event_is_404(cast, lot):
    event = make_traceability.event(lot)
    db.session.commit()
    assert cast.theirs.get(f"/ban-hang/viec/{event.ref}").status_code == 404
    said = {"reason": "did_not_occur", "why": "Nhầm lô"}
    assert cast.theirs.post(f"/ban-hang/viec/{event.ref}/dinh-chinh", said).status_code == 404
    assert cast.theirs.post(url(lot, "care"), sent(work="x")).status_code == 404
    assert len(recorded()) == 1
