from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from traceability import evidence

LEAVES = st.lists(st.binary(min_size=32, max_size=32), max_size=40)


def by_definition(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    half = 1
    while half * 2 < len(leaves):
        half *= 2
    return sha256(b"\x01" + by_definition(leaves[:half]) + by_definition(leaves[half:])).digest()


def test_the_known_values_of_the_empty_tree_and_of_one_empty_leaf():
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    one = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert evidence.root([]).hex() == empty
    assert evidence.root([evidence.leaf(b"")]).hex() == one


@given(LEAVES)
def test_the_root_is_that_of_the_definition(leaves):
    assert evidence.root(leaves) == by_definition(leaves)


@given(LEAVES.filter(bool), st.data())
def test_a_proof_leads_from_its_leaf_to_the_root_and_from_no_other(leaves, data):
    index = data.draw(st.integers(0, len(leaves) - 1))
    path = evidence.proof(leaves, index)
    assert evidence.climb(leaves[index], index, len(leaves), path) == evidence.root(leaves)
    other = evidence.leaf(leaves[index])
    assert evidence.climb(other, index, len(leaves), path) != evidence.root(leaves)
    assert evidence.climb(leaves[index], index, len(leaves), [*path, other]) is None


@pytest.mark.parametrize("index", [-1, 3])
def test_a_leaf_outside_the_tree_has_no_proof(index):
    with pytest.raises(IndexError):
        evidence.proof([b"a", b"b", b"c"], index)
    assert evidence.climb(b"a", index, 3, []) is None


def test_canonical_bytes_do_not_depend_on_the_order_of_writing():
    assert evidence.canonical({"b": "Chè", "a": [1, None]}) == '{"a":[1,null],"b":"Chè"}'.encode()
    assert evidence.canonical({"a": [1, None], "b": "Chè"}) == evidence.canonical(
        {"b": "Chè", "a": [1, None]}
    )


def test_a_signature_fits_its_text_and_its_key_only():
    ours, theirs = evidence.signing_key("a" * 32), evidence.signing_key("b" * 32)
    signature = ours.sign(b"root").hex()
    public = evidence.public_hex(ours)
    assert evidence.signed_by(public, signature, b"root")
    assert not evidence.signed_by(public, signature, b"other")
    assert not evidence.signed_by(evidence.public_hex(theirs), signature, b"root")
    assert not evidence.signed_by("no key", signature, b"root")
    assert not evidence.signed_by(public, "zz", b"root")


def test_the_key_is_the_same_at_every_start():
    assert evidence.public_hex(evidence.signing_key("x" * 32)) == evidence.public_hex(
        evidence.signing_key("x" * 32)
    )
