import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import vault

KEY = "k" * 32


@given(st.text())
def test_what_is_sealed_opens_again(plain):
    assert vault.open_sealed(vault.seal(plain, KEY), KEY) == plain


def test_the_same_text_never_seals_alike_and_is_not_readable():
    first, second = vault.seal("bí mật", KEY), vault.seal("bí mật", KEY)
    assert first != second
    assert first.startswith("v1.")
    assert "bí mật" not in first


@pytest.mark.parametrize("sealed", ["", "v1.", "v1.AAAA", "rubbish"])
def test_what_nobody_sealed_stays_closed(sealed):
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(sealed, KEY)


def test_what_another_key_sealed_stays_closed():
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(vault.seal("x", "another key" * 4), KEY)


def test_a_changed_letter_is_noticed():
    sealed = vault.seal("x" * 30, KEY)
    with pytest.raises(vault.CannotOpen):
        vault.open_sealed(sealed[:20] + ("A" if sealed[20] != "A" else "B") + sealed[21:], KEY)


def test_a_short_key_is_refused():
    with pytest.raises(ValueError, match="32 characters"):
        vault.seal("x", "short")


@given(st.binary())
def test_bytes_that_are_sealed_open_again(plain):
    sealed = vault.seal_bytes(plain, KEY)
    assert (vault.open_bytes(sealed, KEY), vault.is_sealed(sealed)) == (plain, True)
    with pytest.raises(vault.CannotOpen):
        vault.open_bytes(sealed[:-1], KEY)


def test_a_fingerprint_is_always_the_same_and_tells_nothing_without_the_key():
    known = vault.fingerprint("+84912345678", KEY)
    assert known == vault.fingerprint("+84912345678", KEY)
    assert (len(known), known.isalnum()) == (64, True)
    others = {vault.fingerprint("+84912345679", KEY), vault.fingerprint("+84912345678", "x" * 32)}
    assert len({known, *others}) == 3
