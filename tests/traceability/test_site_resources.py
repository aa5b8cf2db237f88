"""The JSON API of places, households and containers."""

import pytest

from shop.database import db
from tests import make, make_tokens, make_traceability
from traceability.models import Container, Household, Site

SITES, HOMES, BOXES = "/api/v1/sites", "/api/v1/households", "/api/v1/containers"


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user, "trace:read", "trace:write")


def test_a_place_is_added_once_and_read(cast, program):
    said = {"seller": cast.ours.seller.ref, "name": "Đồi chè Soi Vàng", "kind": "growing_area"}
    said |= {"point": "21.5571, 105.7603", "hectares": "1,5"}
    made = program.post(SITES, said, Idempotency_Key="1")
    assert made.status_code == 201, made.json
    assert (made.json["latitude"], made.json["longitude"]) == ("21.557100", "105.760300")
    assert (made.json["hectares"], made.json["retired_at"]) == ("1.5", None)
    assert program.post(SITES, said, Idempotency_Key="1").json == made.json
    again = program.post(SITES, said)
    assert (again.status_code, again.json["type"]) == (409, "urn:ocop:problem:name-taken")
    assert make_tokens.walk(program.get, SITES, limit=1) == [made.json["ref"]]
    assert program.get(f"{SITES}/{made.json['ref']}").json == made.json


def test_a_household_is_added_and_listed(cast, program):
    said = {"seller": cast.ours.seller.ref, "code": "H07", "name": "Nguyễn Thị Lan"}
    made = program.post(HOMES, said)
    assert (made.status_code, made.json["code"], made.json["shown"]) == (201, "H07", False)
    assert make_tokens.walk(program.get, HOMES, limit=1) == [made.json["ref"]]


def test_a_container_is_opened_and_tells_what_lies_in_it(cast, program):
    said = {"seller": cast.ours.seller.ref, "kind": "carton"}
    made = program.post(BOXES, said)
    assert (made.status_code, made.json["code"][0]) == (201, "T")
    wrong = program.post(BOXES, said | {"code": "123"})
    assert (wrong.status_code, list(wrong.json["errors"])) == (422, ["code"])
    assert program.post(BOXES, False).status_code == 422  # no object at all
    box = db.session.query(Container).one()
    lot = make_traceability.lot(make.product(cast.ours.seller))
    make_traceability.loaded(lot, box)
    told = program.get(f"{BOXES}/{box.ref}").json
    assert told["lots"] == [{"lot": lot.ref, "quantity": "2", "unit": "kg"}]
    assert (told["stamps"], told["containers"]) == (0, [])
    assert make_tokens.walk(program.get, BOXES, limit=1) == [box.ref]


def test_another_sellers_places_and_containers_are_none(cast, program):
    lot = make_traceability.lot(make.product(cast.theirs.seller))
    site, box = make_traceability.site(cast.theirs.seller), make_traceability.container(lot)
    assert program.get(f"{SITES}/{site.ref}").status_code == 404
    assert program.get(f"{BOXES}/{box.ref}").status_code == 404
    seller = cast.theirs.seller.ref
    sent = {"seller": seller, "name": "Xưởng", "kind": "workshop"}
    assert program.post(SITES, sent).status_code == 404
    assert program.post(HOMES, {"seller": seller, "code": "H1"}).status_code == 404
    assert program.post(BOXES, {"seller": seller, "kind": "pallet"}).status_code == 404
    assert [program.get(url).json["items"] for url in (SITES, HOMES, BOXES)] == [[], [], []]
    counts = [db.session.query(model).count() for model in (Site, Household, Container)]
    assert counts == [1, 0, 1]


def test_a_token_that_only_reads_adds_nothing(cast):
    narrow = make_tokens.program(cast.visitor, cast.ours.user, "trace:read")
    said = {"seller": cast.ours.seller.ref, "kind": "carton"}
    assert narrow.post(BOXES, said).status_code == 403
    assert db.session.query(Container).count() == 0
