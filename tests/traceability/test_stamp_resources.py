"""The JSON API of stamp batches: ordered, fetched, put on goods and taken out of use."""

import pytest

from shop.accounts.models import AuditEntry
from shop.database import db
from tests import make, make_tokens, make_traceability
from traceability import jobs, stamps
from traceability.models import Lot
from traceability.stamp_models import Stamp, StampBatch

BATCHES = "/api/v1/stamp-batches"


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user, "trace:read", "trace:write")


@pytest.fixture
def lot(cast):
    return make_traceability.published(make_traceability.lot(make.product(cast.ours.seller)))


@pytest.fixture
def theirs(cast):
    lot = make_traceability.published(make_traceability.lot(make.product(cast.theirs.seller)))
    return make_traceability.printed(lot)


def test_a_batch_is_ordered_once_printed_and_fetched(program, lot):
    said = {"product": lot.product.ref, "lot": lot.code, "count": 3, "layout": "a4-5x8"}
    made = program.post(BATCHES, said, Idempotency_Key="1")
    assert made.status_code == 201, made.json
    told = made.json
    assert (told["state"], told["count"], told["printed"], told["file"]) == ("waiting", 3, 0, None)
    assert program.post(BATCHES, said, Idempotency_Key="1").json == told
    batch = db.session.query(StampBatch).one()
    url = f"{BATCHES}/{told['ref']}"
    assert program.get(f"{url}/file").status_code == 404
    jobs.print_batch(batch.id)
    told = program.get(url).json
    assert (told["state"], told["made"], told["printed"], told["active"]) == ("ready", 3, 3, 0)
    assert told["file"].endswith(f"{url}/file")
    file = program.get(f"{url}/file")
    assert (file.content_type, file.data[:5]) == ("application/pdf", b"%PDF-")
    taken = db.session.query(AuditEntry).filter_by(action="stamps.download").one()
    assert taken.subject_ref == told["ref"]
    assert "(API:" in taken.actor_name


def test_a_batch_may_be_a_range_for_an_outside_printer(program, lot):
    said = {"product": lot.product.ref, "lot": lot.code, "first": 11, "to": 14, "format": "csv"}
    told = program.post(BATCHES, said | {"layout": "cuon-30x20"}).json
    assert (told["first_number"], told["count"], told["format"]) == (11, 4, "csv")
    neither = {"product": lot.product.ref, "lot": lot.code, "layout": "a4-5x8"}
    refused = program.post(BATCHES, neither)
    assert (refused.status_code, list(refused.json["errors"]["json"])) == (422, ["count"])
    assert db.session.query(StampBatch).count() == 1


def test_stamps_are_activated_by_run_and_then_all(program, lot):
    batch = make_traceability.printed(lot, count=5)
    url = f"{BATCHES}/{batch.ref}/activation"
    codes = [row.code for row in db.session.query(Stamp).order_by(Stamp.number)]
    assert program.post(url, {"first": codes[1], "last": codes[3]}).json == {"changed": 3}
    assert program.post(url, {"first": "2", "last": "4"}).json == {"changed": 0}
    refused = program.post(url, {"last": "4"})
    assert (refused.status_code, list(refused.json["errors"])) == (422, ["first"])
    assert stamps.states(batch) == {"printed": 2, "active": 3}
    assert program.post(url, {}).json == {"changed": 2}
    assert program.get(f"{BATCHES}/{batch.ref}").json["active"] == 5


def test_stamps_of_a_lot_that_is_not_public_stay_inactive(program, lot):
    batch = make_traceability.printed(lot)
    lot.published_at = None
    refused = program.post(f"{BATCHES}/{batch.ref}/activation", {})
    assert (refused.status_code, refused.json["type"]) == (409, "urn:ocop:problem:not-published")
    assert stamps.states(batch) == {"printed": 3}


@pytest.mark.parametrize("state", ["void", "damaged", "lost"])
def test_stamps_are_taken_out_of_use_one_or_a_run(program, lot, state):
    batch = make_traceability.printed(lot, count=5)
    url = f"{BATCHES}/{batch.ref}/withdrawal"
    said = {"state": state, "reason": "rơi ngoài chợ"}
    assert program.post(url, said).status_code == 422  # which?
    assert program.post(url, said | {"first": "1"}).json == {"changed": 1}
    assert program.post(url, said | {"first": "4", "last": "5"}).json == {"changed": 2}
    missing = program.post(url, said | {"first": "9"})
    assert (missing.status_code, missing.json["code"]) == (422, "9")
    assert stamps.states(batch) == {"printed": 2, state: 3}


def test_batches_are_listed_with_as_many_questions_for_ten_as_for_one(
    cast, program, lot, theirs, query_count
):
    program.get(BATCHES)  # the first call of a token notes its use
    rows, asked = [], []
    for more in (1, 9):
        for _number in range(more):
            of = make_traceability.lot(make.product(cast.ours.seller))
            rows.append(make_traceability.batch(of))
        db.session.expire_all()
        with query_count() as queries:
            assert len(program.get(BATCHES).json["items"]) == len(rows)
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert make_tokens.walk(program.get, BATCHES, limit=4) == make.refs(rows)


def test_another_sellers_batch_and_goods_are_none(program, lot, theirs):
    url = f"{BATCHES}/{theirs.ref}"
    assert program.get(url).status_code == program.get(f"{url}/file").status_code == 404
    assert program.post(f"{url}/activation", {}).status_code == 404
    gone = {"first": "1", "state": "void", "reason": "thử xem"}
    assert program.post(f"{url}/withdrawal", gone).status_code == 404
    said = {"product": theirs.product.ref, "lot": "X1", "count": 1, "layout": "a4-5x8"}
    assert program.post(BATCHES, said).status_code == 404
    assert stamps.states(theirs) == {"printed": 3}
    assert db.session.query(Lot).filter_by(code="X1").count() == 0


def test_a_token_that_only_reads_changes_no_stamp(cast, lot):
    batch = make_traceability.printed(lot)
    narrow = make_tokens.program(cast.visitor, cast.ours.user, "trace:read")
    assert narrow.post(f"{BATCHES}/{batch.ref}/activation", {}).status_code == 403
    assert stamps.states(batch) == {"printed": 3}
