"""Units, seasons and sets as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop.catalogue import columns, programme, words
from shop.catalogue.schemas import AboutSchema, PackSchema
from shop.fields import ValidationError


@pytest.mark.parametrize(
    ("said", "months"),
    [
        ("", []),
        ("quanh năm", []),
        ("Cả năm", []),
        ("9, 10, 11", [9, 10, 11]),
        ("9-11", [9, 10, 11]),
        ("tháng 11 đến tháng 2", [1, 2, 11, 12]),
        ("t3; T4", [3, 4]),
        (9, [9]),
        ([12, 1, "1"], [1, 12]),
        ("1-12", []),
        ("5", [5]),
    ],
)
def test_seasons_are_read_in_every_way_of_writing(database, said, months):
    assert words.Months().deserialize(said) == months


@pytest.mark.parametrize("said", ["13", "0", "tết", "9--11", True, 1.5, None, ["x"], "-3"])
def test_what_is_no_season_is_refused(database, said):
    with pytest.raises(ValidationError):
        words.Months().deserialize(said)


@given(st.sets(st.integers(1, 12), max_size=11))
def test_what_is_shown_can_be_read(months):
    shown = words.show_months(sorted(months))
    assert words.Months().deserialize(shown) == sorted(months)


def test_units_are_known_without_accents_and_by_what_people_say(database):
    said = ["hộp", "HOP", "kí", "gram", "Lạng", "tạ", "lọ", "ml"]
    unit = words.Unit(required=True)
    assert [unit.deserialize(word) for word in said] == [
        "hộp", "hộp", "kg", "g", "lạng", "tạ", "lọ", "ml",
    ]  # fmt: skip


def test_a_set_is_known_by_code_by_name_and_by_both(database):
    name = words.criteria_sets()["QD26-14"]
    for said in ("QD26-14", "qd26-14", name, name.upper(), words.show_set("QD26-14")):
        assert (
            AboutSchema().load({"name": "Chè", "criteria_set": said})["criteria_set"] == "QD26-14"
        )
    assert AboutSchema().validate({"name": "Chè", "criteria_set": "QD26-99"}) == {
        "criteria_set": ["Không có nhóm OCOP này. Chọn trong danh sách."]
    }


def test_blanks_of_a_form_are_nothing(database):
    blank = {"sku": "", "gtin": " ", "weight_g": "", "least": ""}
    pack = PackSchema().load({"pack": "hộp", "unit": "hộp", "price_vnd": "5.000"} | blank)
    assert [pack[name] for name in blank] == [None] * 4


@pytest.mark.parametrize(
    ("said", "unit"),
    [
        ("Hộp", "hộp"),
        ("hop", "hộp"),
        ("cân", "kg"),
        ("Ký", "kg"),
        ("can", "can"),
        ("nải", "nải"),
        ("bó", "bó"),
        ("gram", "g"),
    ],
)
def test_a_unit_is_what_was_said(database, said, unit):
    assert words.Unit().deserialize(said) == unit


@pytest.mark.parametrize("said", ["lô", "bò", "cận", "xyz"])
def test_another_accent_is_another_word(database, said):
    with pytest.raises(ValidationError):
        words.Unit().deserialize(said)


def test_months_that_excel_made_a_date_are_said_to_be(database):
    with pytest.raises(ValidationError, match="Excel"):
        words.Months().deserialize("2026-11-09")


def test_the_example_row_is_of_the_set_it_names():
    row = columns.EXAMPLE
    assert "chè" in programme.set_name(row["criteria_set"]).lower()
