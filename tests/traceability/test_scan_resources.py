"""The JSON API of scans: the figures of the page, for programs."""

import pytest

from shop import clock
from shop.accounts.models import Role
from shop.database import db
from tests import make, make_tokens
from tests.traceability.test_scan_tallies import NOON, scanned

__all__ = ["scanned"]

FIGURES, SUSPECTS = "/api/v1/scan-figures", "/api/v1/suspicious-stamps"


@pytest.fixture
def program(scanned):
    cast, _stamp = scanned
    return make_tokens.program(cast.visitor, cast.ours.user, "trace:read")


def test_a_program_counts_its_own_scans(scanned, program):
    _cast, ours = scanned
    with clock.at(NOON):
        told = program.get(f"{FIGURES}?days=3").json
    assert (told["first"], told["last"]) == ("2026-11-22", "2026-11-24")
    assert (told["scans"], told["firsts"], told["lag_hours"]) == (3, 1, 12)
    assert told["days"] == [
        {"on": "2026-11-22", "scans": 0},
        {"on": "2026-11-23", "scans": 1},
        {"on": "2026-11-24", "scans": 2},
    ]
    assert told["areas"] == [{"name": "VN-19", "scans": 2}, {"name": "không rõ", "scans": 1}]
    assert told["products"] == [{"name": "Chè tôm nõn", "scans": 3}]
    batch = f"{ours.batch.lot.code} {ours.batch.ref}"
    assert told["batches"] == [{"name": batch, "scans": 3}]
    assert told["findings"] == [{"name": "Tem thật, đã kích hoạt", "scans": 3}]
    assert program.get(f"{FIGURES}?days=0").status_code == 422


def test_serials_that_look_copied_are_listed_to_their_seller(scanned, program):
    cast, ours = scanned
    ours.suspect = "places"
    db.session.commit()
    [told] = program.get(SUSPECTS).json["items"]
    assert (told["serial"], told["suspect"], told["scans"]) == (ours.code, "places", 3)
    assert told["batch"] == ours.batch.ref
    theirs = make_tokens.program(cast.visitor, cast.theirs.user, "trace:read")
    assert theirs.get(SUSPECTS).json == {"items": []}


def test_who_may_not_see_stamps_counts_no_scans(scanned):
    cast, _stamp = scanned
    host = make.member(cast.ours.seller, role=Role.HOST)
    weak = make_tokens.program(cast.visitor, host, "trace:read")
    assert [weak.get(url).status_code for url in (FIGURES, SUSPECTS)] == [403, 403]
