import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from traceability import bulk_qr, identifiers, qr

UPPER = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
ANY = "".join(map(chr, range(32, 127)))
PREFIXES = (
    "HTTPS://CHO.EXAMPLE.VN/T/",
    "HTTPS://CHO.EXAMPLE.VN/01/08936123456788/10/CH241101/21/",
    "HTTPS://TXNG.EXAMPLE.VN/01/08936123456788/10/A%2F24/21/",
    "https://cho.example.vn/ocop/t/",
    "https://cho.example.vn/01/08936123456788/10/CH_1/21/",
    "",
)


def expected(text, mode, level, pattern):
    return qr.mask(qr.encode(text.encode(), mode, level, pattern)[0])


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(PREFIXES), st.text(identifiers.ALPHABET, min_size=9, max_size=9), st.data())
def test_the_symbol_is_the_encoders_with_the_same_mask(prefix, serial, data):
    level = data.draw(st.sampled_from("LMQH"))
    draw = bulk_qr.series(prefix, 9, level)
    symbol = draw(serial)
    assert symbol.mask == expected(prefix + serial, qr.mode_of(prefix + "0"), level, draw.pattern)
    assert len(symbol.mask) == symbol.side * -(-symbol.side // 8)


@settings(max_examples=60, deadline=None)
@given(st.text(UPPER, max_size=3), st.text(UPPER, min_size=1, max_size=6))
def test_any_text_of_the_small_alphabet_is_drawn_right(prefix, tail):
    draw = bulk_qr.series(prefix, len(tail))
    assert draw(tail).mask == expected(prefix + tail, qr.ALPHANUMERIC_MODE, "M", draw.pattern)


@settings(max_examples=60, deadline=None)
@given(st.text(ANY, min_size=1, max_size=4))
def test_any_text_of_bytes_is_drawn_right(tail):
    draw = bulk_qr.series("https://a/", len(tail))
    assert draw(tail).mask == expected("https://a/" + tail, qr.BYTE_MODE, "M", draw.pattern)


@pytest.mark.parametrize("tail", ["12345678", "1234567890", "abcdefghi", "đặc sản 1"])
def test_what_is_not_of_the_series_takes_the_slow_way(tail):
    prefix = PREFIXES[0]
    assert bulk_qr.series(prefix, 9)(tail) == qr.symbol(prefix + tail)


def test_a_prefix_beyond_ascii_takes_the_slow_way():
    assert bulk_qr.series("chè ", 2)("12") == qr.symbol("chè 12")


def test_a_text_too_long_for_a_symbol_is_refused():
    with pytest.raises(ValueError, match="too long"):
        bulk_qr.series("A" * 4000, 9)


def test_ten_thousand_symbols_take_less_than_a_second():
    draw = bulk_qr.series(PREFIXES[0], 9)
    serials = [identifiers.serial(b"0123456789abcdef", "B", n) for n in range(10_000)]
    for serial in serials:
        draw(serial)
    started = time.perf_counter()
    for serial in serials:
        draw(serial)
    assert time.perf_counter() - started < 1
