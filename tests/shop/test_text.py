"""Vietnamese text keeps one form."""

from hypothesis import given
from hypothesis import strategies as st

from shop import text


def test_tone_moves_only_in_open_syllables() -> None:
    assert text.normalise_tone("hoà thuỷ hoàn quý") == "hòa thủy hoàn quý"


def test_words_sort_in_alphabet_order() -> None:
    assert sorted(["zin", "đa", "da", "ăn", "an"], key=text.sort_key) == [
        "an",
        "ăn",
        "da",
        "đa",
        "zin",
    ]


def test_links_and_transfers_are_ascii() -> None:
    assert text.slug("Chè Đinh 1") == "che-dinh-1"
    assert text.transfer_text("Chè Đinh #1") == "Che Dinh 1"


@given(st.text())
def test_folding_twice_changes_nothing(value: str) -> None:
    assert text.fold(text.fold(value)) == text.fold(value)


def test_the_whole_alphabet_sorts_and_tones_break_ties() -> None:
    letters = [
        "a",
        "ă",
        "â",
        "b",
        "c",
        "d",
        "đ",
        "e",
        "ê",
        "g",
        "h",
        "i",
        "k",
        "l",
        "m",
        "n",
        "o",
        "ô",
        "ơ",
        "p",
        "q",
        "r",
        "s",
        "t",
        "u",
        "ư",
        "v",
        "x",
        "y",
    ]
    assert sorted(sorted(letters), key=text.sort_key) == letters
    tones = ["ma", "mà", "mả", "mã", "má", "mạ"]
    assert sorted(sorted(tones), key=text.sort_key) == tones


def test_old_tone_placement_becomes_one_form() -> None:
    assert text.normalise_tone("toà khoẻ uỷ quỳ toán") == "tòa khỏe ủy quỳ toán"


def test_signs_that_hide_or_turn_what_stands_beside_them_are_left_out():
    assert text.visible("\u202eHTX\u200b Chè\ufeff") == "HTX Chè"
