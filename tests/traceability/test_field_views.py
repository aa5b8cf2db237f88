import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from sqlalchemy import select

from shop import clock
from shop.database import db
from shop.media.models import Photo
from tests import make, make_media, make_traceability
from traceability import events
from traceability.field_views import WORK
from traceability.models import TraceEvent

URL = "/ban-hang/ngoai-dong"
JSON = {"Accept": "application/json"}


@pytest.fixture
def lot(cast):
    row = make_traceability.lot(make.product(cast.ours.seller), code="CH1")
    db.session.commit()
    return row


def sent(of, **more):
    return {"lot": of.ref, "work_name": "watering", "work": "Tưới nước", "_once": "k1"} | more


def recorded():
    return list(db.session.scalars(select(TraceEvent).order_by(TraceEvent.id)))


def test_each_open_lot_and_each_work_is_a_large_button(cast, lot):
    page = cast.ours.get(URL).text
    assert f'href="{URL}?lo={lot.ref}" data-lot="{lot.ref}"' in page
    for work in WORK.values():
        assert f'<summary class="button big">{work.label}</summary>' in page


def test_a_lot_of_which_nothing_is_left_is_not_offered(cast, lot):
    for kind in ("harvest", "destroying"):
        item = events.Item(lot, quantity=Decimal(5), unit="kg")
        facts = {"reason": "hỏng"} if kind == "destroying" else {}
        events.record(make_traceability.SYSTEM, kind, clock.now(), [item], facts)
    db.session.commit()
    assert lot.ref not in cast.ours.get(URL).text


def test_a_plain_form_records_what_was_done_now(cast, lot):
    before = clock.now()
    answer = cast.ours.post(URL, sent(lot, note="Nắng to"))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{URL}?lo={lot.ref}")
    [event] = recorded()
    assert (event.kind, events.facts_of(event)) == ("care", {"work": "Tưới nước"})
    assert before <= event.happened_at <= clock.now()


def test_an_entry_is_of_the_moment_the_phone_says(cast, lot):
    at = datetime.now(UTC).replace(microsecond=123000) - timedelta(hours=7)
    said = sent(lot, at=at.isoformat().replace("+00:00", "Z"))
    answer = cast.ours.post(URL, said, headers=JSON)
    assert answer.json == {"recorded": "k1", "warnings": []}
    assert [event.happened_at for event in recorded()] == [at]


def test_an_entry_sent_twice_is_recorded_once_and_confirmed_twice(cast, lot):
    for _turn in range(2):
        answer = cast.ours.post(URL, sent(lot), headers=JSON)
        assert (answer.status_code, answer.json["recorded"]) == (200, "k1")
    assert len(recorded()) == 1


def test_a_photo_of_an_entry_is_hashed_into_the_record(cast, lot):
    photo = (BytesIO(make_media.picture()), "ruong.jpg")
    assert cast.ours.post(URL, sent(lot, photos=photo)).status_code == 303
    [event] = recorded()
    shot = db.session.scalars(select(Photo)).one()
    assert json.loads(event.payload)["files"] == [{"kind": "photo", "sha256": shot.sha256}]
    assert shot.holder == f"event:{event.ref}"


def test_a_harvest_in_the_withdrawal_period_is_recorded_with_a_warning(cast, lot):
    spray = {"input": "Abamectin", "dose": "10 ml", "withdrawal_days": "7"}
    cast.ours.post(URL, sent(lot, work_name="spraying", **spray))
    harvest = sent(lot, work_name="harvest", quantity="30", unit="kg", _once="k2")
    answer = cast.ours.post(URL, harvest, headers=JSON)
    assert [event.kind for event in recorded()] == ["spraying", "harvest"]
    [warning] = answer.json["warnings"]
    assert "Abamectin" in warning
    assert warning.endswith("Lô này không công bố được.")


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"work": ""}, "work"),
        ({"work_name": "harvest"}, "quantity"),
        ({"at": "2999-01-01T00:00:00Z"}, "at"),
        ({"lot": ""}, "lot"),
    ],
)
def test_what_is_wrong_is_named_to_person_and_script_and_nothing_is_recorded(
    cast, lot, wrong, field
):
    answer = cast.ours.post(URL, sent(lot, **wrong), headers=JSON)
    assert (answer.status_code, list(answer.json["errors"])) == (422, [field])
    page = cast.ours.post(URL, sent(lot, **wrong))
    assert page.status_code == 422
    assert answer.json["errors"][field][0].replace("“", "") in page.text.replace("“", "")
    assert recorded() == []


def test_work_that_is_not_there_and_a_lot_of_others_are_not_found(cast, lot):
    theirs = make_traceability.lot(make.product(cast.theirs.seller))
    db.session.commit()
    assert cast.ours.post(URL, sent(lot, work_name="recall")).status_code == 404
    assert cast.ours.post(URL, sent(theirs)).status_code == 404
    assert recorded() == []


def test_the_session_says_who_is_signed_in_or_that_nobody_is(cast, app):
    answer = cast.ours.client.get(f"{URL}/phien", headers=JSON)
    assert answer.json["who"] == cast.ours.user.ref
    assert answer.json["csrf_token"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert app.test_client().get(f"{URL}/phien", headers=JSON).status_code == 401


def test_the_worker_is_allowed_for_this_page_alone(cast):
    answer = cast.visitor.get(f"{URL}/field-worker.js")
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == URL
    assert answer.headers["Cache-Control"] == "no-cache"
