import pytest

from shop import clock
from shop.database import db
from tests import make_traceability
from traceability import addresses, claims, form_views, identifiers
from traceability.stamp_models import Stamp, StampState


@pytest.fixture
def stamp(database):
    row = make_traceability.stamp()
    row.batch.scratch = True
    db.session.commit()
    return row


def hidden(stamp):
    return identifiers.scratch_code(addresses.stamp_key(), stamp.code)


def test_the_hidden_code_follows_from_the_key_and_is_stored_nowhere(database, stamp):
    secret = hidden(stamp)
    assert len(secret) == 6
    assert hidden(stamp) == secret
    assert secret not in str(db.session.get(Stamp, stamp.id).__dict__)


def test_the_first_who_gives_it_is_the_first(stamp):
    secret = hidden(stamp)
    assert claims.claim(stamp, secret) is True
    first = stamp.claimed_at
    assert claims.claim(stamp, secret) is False
    assert (stamp.claimed_at, abs((clock.now() - first).total_seconds()) < 5) == (first, True)


def test_it_is_read_as_people_type_it(stamp):
    secret = hidden(stamp)
    assert claims.claim(stamp, f" {secret[:3].lower()}-{secret[3:].lower()} ") is True


def test_another_code_an_unused_stamp_and_one_without_a_hidden_code_are_refused(stamp):
    right = hidden(stamp)
    wrong = ("0" if right[0] != "0" else "1") + right[1:]
    assert [claims.claim(stamp, each) for each in (wrong, "", "ĐẶC SẢN", right * 2)] == [None] * 4
    stamp.state = StampState.PRINTED
    db.session.flush()
    assert claims.claim(stamp, right) is None
    stamp.state, stamp.batch.scratch = StampState.ACTIVE, False
    db.session.flush()
    assert claims.claim(stamp, right) is None
    assert stamp.claimed_at is None


def test_the_form_stands_on_the_page_until_it_was_used(cast, stamp):
    path, secret = f"/t/{stamp.code}", hidden(stamp)
    assert f'action="/cao-ma{path}"' in cast.visitor.get(path).text
    wrong = cast.visitor.post(f"/cao-ma{path}", data={"secret": "000000"})
    assert (wrong.status_code, "Mã cào không đúng" in wrong.text) == (422, True)
    right = cast.visitor.post(f"/cao-ma{path}", data={"secret": secret})
    assert (right.status_code, "bạn là người đầu tiên" in right.text) == (200, True)
    again = cast.visitor.post(f"/cao-ma{path}", data={"secret": secret})
    assert "đã có người xác nhận trước" in again.text
    page = cast.visitor.get(path).text
    assert "Mã cào đã được xác nhận lần đầu lúc" in page
    assert "/cao-ma" not in page


def test_guessing_is_limited_for_the_stamp_whoever_guesses(cast, stamp, monkeypatch):
    monkeypatch.setattr(form_views, "CLAIM_RATES", ("100/minute", "2/day"))
    tries = [
        cast.visitor.post(f"/cao-ma/t/{stamp.code}", data={"secret": "000000"}) for _turn in "abc"
    ]
    assert [answer.status_code for answer in tries] == [422, 422, 429]


def test_a_code_without_a_stamp_has_nothing_to_claim(cast):
    assert cast.visitor.post("/cao-ma/t/000000000", data={"secret": "0"}).status_code == 404
    assert cast.visitor.post("/cao-ma/khong", data={"secret": "0"}).status_code == 404
