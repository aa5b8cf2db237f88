import json
from datetime import date

import pytest

from shop.database import db
from tests import make_traceability
from traceability import evidence, seals
from traceability.models import TreeHead

pytestmark = pytest.mark.usefixtures("database")
DAY = date(2026, 11, 23)


def test_a_day_is_sealed_once(database):
    make_traceability.event()
    head = seals.seal(DAY)
    assert head.size == 2
    assert seals.seal(DAY) is None
    assert seals.seal(date(2026, 11, 22)) is None
    assert db.session.query(TreeHead).count() == 1


def test_each_head_holds_the_one_before_it_and_silence_is_sealed_too(database):
    make_traceability.event()
    first, second = seals.seal(DAY), seals.seal(date(2026, 11, 24))
    said = json.loads(second.text)
    assert (said["previous"], said["size"], second.size) == (first.root, 1, 1)
    assert evidence.signed_by(said["key"], second.signature, second.text.encode())
    assert second.root == evidence.leaf(bytes.fromhex(first.root)).hex()


def test_an_event_is_proven_in_the_tree_of_its_day(database):
    sealed = [make_traceability.event() for _turn in range(7)]
    head = seals.seal(DAY)
    later = make_traceability.event()
    for place, event in enumerate(sealed, 1):
        proof = seals.prove(event)
        assert (proof.index, proof.size) == (place, 8)
        path = [bytes.fromhex(each) for each in proof.path]
        leaf = evidence.leaf(event.payload.encode())
        assert evidence.climb(leaf, proof.index, proof.size, path).hex() == head.root
    assert seals.prove(later) is None
