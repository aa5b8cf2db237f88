"""The JSON API of lots: opened, changed, published, and what is left of them."""

from datetime import date

import pytest

from shop.accounts.models import Role
from shop.database import db
from tests import make, make_tokens, make_traceability
from traceability.models import Lot

LOTS = "/api/v1/lots"


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user, "trace:read", "trace:write")


@pytest.fixture
def tea(cast):
    return make.product(cast.ours.seller)


@pytest.fixture
def theirs(cast):
    return make_traceability.lot(make.product(cast.theirs.seller))


def test_a_program_reads_its_lots_piece_by_piece(program, tea, theirs):
    lots = [make_traceability.lot(tea) for _each in range(3)]
    assert make_tokens.walk(program.get, LOTS, limit=2) == make.refs(lots)
    told = program.get(f"{LOTS}/{lots[0].ref}").json
    assert (told["code"], told["product"]) == (lots[0].code, tea.ref)
    assert (told["produced_on"], told["site"], told["published_at"]) == ("2026-11-01", None, None)
    assert program.get(f"{LOTS}/{theirs.ref}").status_code == 404


def test_the_list_asks_as_often_for_ten_lots_as_for_one(cast, program, query_count):
    program.get(LOTS)  # the first call of a token notes its use
    asked = []
    for more in (1, 9):
        for number in range(more):
            lot = make_traceability.lot(make.product(cast.ours.seller))
            lot.site = make_traceability.site(cast.ours.seller, f"Đồi {more} {number}")
        db.session.commit()
        db.session.expire_all()
        with query_count() as queries:
            assert len(program.get(LOTS).json["items"]) in (1, 10)
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_a_lot_is_opened_once_for_its_key(program, tea):
    site = make_traceability.site(db.session.get_one(make.Seller, tea.seller_id))
    said = {"product": tea.ref, "code": "ch-01", "quantity": "12,5", "unit": "kg"}
    said |= {"produced_on": "2026-11-01", "site": site.ref}
    made = program.post(LOTS, said, Idempotency_Key="1")
    assert made.status_code == 201, made.json
    assert (made.json["code"], made.json["quantity"], made.json["events"]) == ("CH-01", "12.5", 1)
    assert made.json["site"] == site.ref
    assert made.location.endswith(f"{LOTS}/{made.json['ref']}")
    assert program.post(LOTS, said, Idempotency_Key="1").json == made.json
    again = program.post(LOTS, said)
    assert (again.status_code, again.json["type"]) == (409, "urn:ocop:problem:lot-opened")
    assert db.session.query(Lot).count() == 1


def test_another_sellers_product_and_place_are_none(cast, program, tea, theirs):
    there = make_traceability.site(cast.theirs.seller)
    for wrong in ({"product": theirs.product.ref}, {"product": tea.ref, "site": there.ref}):
        assert program.post(LOTS, {"code": "X1"} | wrong).status_code == 404
    assert db.session.query(Lot).filter_by(code="X1").count() == 0


def test_a_lot_is_changed_only_from_the_version_that_was_seen(program, tea, theirs):
    lot = make_traceability.lot(tea)
    url, said = f"{LOTS}/{lot.ref}", {"produced_on": "2026-11-02", "quantity": "5", "unit": "kg"}
    seen = program.get(url).headers["ETag"]
    assert program.put(url, said).status_code == 428
    changed = program.put(url, said, If_Match=seen)
    assert (changed.status_code, changed.json["quantity"], changed.json["events"]) == (200, "5", 1)
    assert program.get(url).headers["ETag"] == changed.headers["ETag"]
    assert program.put(url, said | {"quantity": "9"}, If_Match=seen).status_code == 412
    assert (lot.quantity, lot.produced_on) == (5, date(2026, 11, 2))
    assert program.put(f"{LOTS}/{theirs.ref}", said, If_Match="*").status_code == 404
    assert theirs.quantity is None


def test_what_is_missing_for_publication_is_named_field_by_field(program, tea):
    lot = make_traceability.lot(tea)
    url = f"{LOTS}/{lot.ref}/publication"
    refused = program.post(url, None)
    assert (refused.status_code, refused.json["type"]) == (409, "urn:ocop:problem:not-publishable")
    fields = ["photos", "address", "expires_on", "site", "quantity", "events"]
    assert sorted(refused.json["errors"]) == sorted(fields)
    assert refused.json["errors"]["quantity"] == ["Thiếu số lượng của lô."]
    told = program.get(url).json
    assert ([lack["about"] for lack in told["missing"]], told["published_at"]) == (fields, None)
    assert lot.published_at is None


def test_a_whole_lot_is_published_and_taken_back(program, tea):
    lot = make_traceability.publishable(make_traceability.lot(tea))
    url = f"{LOTS}/{lot.ref}/publication"
    published = program.post(url, None)
    assert (published.status_code, published.json["published_at"] is None) == (200, False)
    assert program.post(url, None).json == published.json
    assert program.get(url).json["missing"] == []
    assert program.post(f"{url}/end", {"reason": "x"}).status_code == 422
    assert lot.published_at is not None
    ended = program.post(f"{url}/end", {"reason": "ghi nhầm ngày"})
    assert (ended.status_code, ended.json["published_at"]) == (200, None)


def test_a_public_lot_keeps_all_that_it_needs(program, tea):
    lot = make_traceability.published(make_traceability.publishable(make_traceability.lot(tea)))
    answer = program.put(f"{LOTS}/{lot.ref}", {"produced_on": "2026-11-01"}, If_Match="*")
    assert (answer.status_code, sorted(answer.json["errors"])) == (409, ["expires_on", "site"])
    db.session.expire_all()
    assert lot.site is not None


def test_what_is_left_of_a_lot_is_told(program, tea, theirs):
    lot = make_traceability.harvested(make_traceability.lot(tea), kg=20)
    dried = make_traceability.lot(tea)
    make_traceability.worked([lot], [dried], kg=5)
    told = program.get(f"{LOTS}/{lot.ref}/balance").json
    assert told == {"quantity": "20", "left": "15", "unit": "kg"}
    assert program.get(f"{LOTS}/{theirs.ref}/balance").status_code == 404


def test_who_may_only_read_writes_nothing(cast, program, tea):
    lot = make_traceability.publishable(make_traceability.lot(tea))
    narrow = make_tokens.program(cast.visitor, cast.ours.user, "trace:read")
    viewer = make.member(cast.ours.seller, role=Role.VIEWER)
    weak = make_tokens.program(cast.visitor, viewer, "trace:read", "trace:write")
    for each in (narrow, weak):
        assert each.get(LOTS).status_code == 200
        assert each.post(f"{LOTS}/{lot.ref}/publication", None).status_code == 403
        assert each.post(LOTS, {"product": tea.ref, "code": "X"}).status_code == 403
    assert lot.published_at is None
    assert cast.visitor.get(LOTS).status_code == 401
