"""The JSON API of recalls: seen beforehand, begun, ended; buyers only for who may read orders."""

import pytest

from shop.database import db
from tests import make, make_tokens, make_traceability
from traceability.recall_models import Recall

RECALLS = "/api/v1/recalls"
WHY = "Phát hiện nấm mốc"
SCOPES = ("trace:read", "trace:recall", "orders:read")


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user, *SCOPES)


@pytest.fixture
def leaves(cast):
    return make_traceability.lot(make.product(cast.ours.seller), code="LA01")


@pytest.fixture
def tea(leaves):
    """What was made of the leaves: stamped, in a box, and some of it sold."""
    row = make_traceability.published(make_traceability.lot(leaves.product, code="CHE01"))
    make_traceability.worked([leaves], [row])
    make_traceability.printed(row, count=4)
    make_traceability.loaded(row, make_traceability.container(row))
    make_traceability.drawn(row)
    db.session.commit()
    return row


def test_a_preview_names_all_that_a_recall_would_concern_and_changes_nothing(program, leaves, tea):
    told = program.get(f"/api/v1/lots/{leaves.ref}/recall-preview").json
    assert [lot["code"] for lot in told["lots"]] == ["LA01", "CHE01"]
    assert (told["made_from"], told["containers"]) == ([], ["T7Q2M9K4TX1"])
    [stamps] = told["stamps"]
    assert (stamps["lot"], stamps["printed"], stamps["active"]) == (tea.ref, 4, 0)
    [order] = told["orders"]
    assert (order["lot"], order["quantity"], order["unit"]) == (tea.ref, "2", "hộp")
    assert (order["buyer_name"], order["buyer_phone"]) == ("Chị Lan", "+84912000000")
    back = program.get(f"/api/v1/lots/{tea.ref}/recall-preview").json
    assert [lot["code"] for lot in back["made_from"]] == ["LA01"]
    assert (tea.recalled_at, db.session.query(Recall).count()) == (None, 0)


def test_buyers_are_named_only_to_who_may_read_orders(cast, leaves, tea):
    narrow = make_tokens.program(cast.visitor, cast.ours.user, *SCOPES[:2])
    answer = narrow.get(f"/api/v1/lots/{leaves.ref}/recall-preview")
    assert (answer.status_code, answer.json["orders"]) == (200, None)
    assert "Chị Lan" not in answer.text
    begun = narrow.post(RECALLS, {"lot": leaves.ref, "reason": WHY})
    assert (begun.status_code, begun.json["reach"]["orders"]) == (201, None)


def test_a_recall_is_begun_once_and_ended(program, leaves, tea):
    said = {"lot": leaves.ref, "reason": WHY}
    begun = program.post(RECALLS, said, Idempotency_Key="1")
    assert (begun.status_code, begun.json["code"], begun.json["reason"]) == (201, "LA01", WHY)
    assert [lot["recalled_at"] is None for lot in begun.json["reach"]["lots"]] == [False, False]
    assert program.post(RECALLS, said, Idempotency_Key="1").json == begun.json
    again = program.post(RECALLS, said)
    assert (again.status_code, again.json["type"]) == (409, "urn:ocop:problem:already-recalled")
    url = f"{RECALLS}/{begun.json['ref']}"
    assert program.get(url).json == begun.json
    over = program.post(f"{url}/release", {"reason": "kiểm lại thì đạt"})
    assert (over.status_code, over.json["release_reason"]) == (200, "kiểm lại thì đạt")
    assert program.post(f"{url}/release", {"reason": "kiểm lại thì đạt"}).status_code == 409
    db.session.expire_all()
    assert (leaves.recalled_at, tea.recalled_at) == (None, None)


def test_another_sellers_lots_and_recalls_are_none(cast, program):
    theirs = make_traceability.lot(make.product(cast.theirs.seller))
    assert program.get(f"/api/v1/lots/{theirs.ref}/recall-preview").status_code == 404
    assert program.post(RECALLS, {"lot": theirs.ref, "reason": WHY}).status_code == 404
    assert (theirs.recalled_at, theirs.events) == (None, 0)
    them = make_tokens.program(cast.visitor, cast.theirs.user, *SCOPES)
    row = them.post(RECALLS, {"lot": theirs.ref, "reason": WHY}).json
    url = f"{RECALLS}/{row['ref']}"
    assert program.get(url).status_code == 404
    assert program.post(f"{url}/release", {"reason": "thử xem sao"}).status_code == 404
    assert program.get(RECALLS).json["items"] == []
    assert theirs.recalled_at is not None


def test_who_writes_the_record_recalls_nothing_with_that(cast, leaves):
    writer = make_tokens.program(cast.visitor, cast.ours.user, "trace:read", "trace:write")
    assert writer.post(RECALLS, {"lot": leaves.ref, "reason": WHY}).status_code == 403
    assert writer.get(f"/api/v1/lots/{leaves.ref}/recall-preview").status_code == 403
    assert leaves.recalled_at is None


def test_recalls_are_listed_with_as_many_questions_for_ten_as_for_one(
    cast, program, leaves, query_count
):
    program.get(RECALLS)  # the first call of a token notes its use
    refs, asked = [], []
    for more in (1, 9):
        for _number in range(more):
            lot = make_traceability.lot(leaves.product)
            refs.append(program.post(RECALLS, {"lot": lot.ref, "reason": WHY}).json["ref"])
        db.session.expire_all()
        with query_count() as queries:
            assert len(program.get(RECALLS).json["items"]) == len(refs)
        asked.append(len(queries))
    assert asked[0] == asked[1]
    assert make_tokens.walk(program.get, RECALLS, limit=4) == refs
