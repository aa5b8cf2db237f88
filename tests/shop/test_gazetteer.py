"""The table of units: complete, dated, linked, in one spelling."""

import json
import time
from collections import Counter
from importlib.util import find_spec

import pytest

from shop import gazetteer, text
from shop.settings import ROOT

TABLE = gazetteer.table()


def labels(rows):
    return [row.label for row in rows]


def test_the_counts_are_those_of_the_law():
    kinds = Counter(
        commune.kind for row in gazetteer.provinces() for commune in gazetteer.communes(row.code)
    )
    assert len(gazetteer.provinces()) == 34
    assert kinds == {"Xã": 2621, "Phường": 687, "Đặc khu": 13}
    assert len(TABLE.old_provinces.rows) == 63
    assert len(TABLE.old_districts.rows) == 696 + 1  # and Đông Sơn, which ended six months before
    assert len(TABLE.old_communes.rows) == 10_035 + 5  # and the islands without communes
    assert TABLE.valid_from.isoformat() == "2025-07-01"


def test_every_link_leads_to_a_commune_of_today_and_none_is_left_out():
    linked = [code for row in TABLE.old_communes.rows.values() for code in row[3].split()]
    assert set(linked) == set(TABLE.communes.rows)
    assert sum(TABLE.old_commune(code).split for code in TABLE.old_communes.rows) == 445


def test_the_file_names_its_source_and_carries_its_licence():
    head = json.loads((ROOT / "shop/data/places.json").read_text())
    assert head["source"] == "https://pypi.org/project/vietnamadminunits/1.0.4/"
    assert head["licence"].startswith("MIT License\n\nCopyright (c) 2025 Tran Ngoc Minh Hieu")


@pytest.mark.skipif(not find_spec("vietnamadminunits"), reason="the source is not installed")
def test_the_file_is_what_the_script_builds():
    from scripts import build_places

    assert build_places.TARGET.read_text(encoding="utf-8") == build_places.build()


def test_the_names_are_in_one_spelling():
    layers = (TABLE.communes, TABLE.old_districts, TABLE.old_communes)
    names = [row[2] for layer in layers for row in layer.rows.values()]
    assert [name for name in names if name != text.normalise_tone(name).strip()] == []


def test_it_loads_within_150_milliseconds():
    def load():
        started = time.process_time()
        gazetteer.table.__wrapped__()
        return time.process_time() - started

    assert min(load() for _ in range(3)) < 0.15


def test_lists_are_in_vietnamese_order():
    assert labels(gazetteer.provinces())[:6] == [
        "Tỉnh An Giang",
        "Tỉnh Bắc Ninh",
        "Tỉnh Cà Mau",
        "Tỉnh Cao Bằng",
        "Thành phố Cần Thơ",
        "Thành phố Đà Nẵng",
    ]
    assert labels(gazetteer.communes("19"))[:3] == ["Xã An Khánh", "Xã Ba Bể", "Phường Bá Xuyên"]
    assert len(gazetteer.communes("19")) == 92
    assert gazetteer.communes("93") == []


def test_a_unit_is_known_by_its_code():
    assert gazetteer.province("19").label == "Tỉnh Thái Nguyên"
    assert gazetteer.commune("05503").full == "Xã Tân Cương, Tỉnh Thái Nguyên"
    assert gazetteer.province("93") is None
    assert gazetteer.commune("99999") is None


@pytest.mark.parametrize(
    ("code", "old", "today", "became"),
    [
        ("05611", "Thị trấn Đu", "Xã Phú Lương", ["05611"]),
        ("05488", "Xã Phúc Xuân", "Xã Đại Phúc", ["05488"]),
        ("16378", "Phường Rừng Thông", "Phường Đông Sơn", ["16378"]),
        ("31480", "Xã Long Phú", "Phường Long Phú 1", ["31480"]),
    ],
)
def test_a_code_was_given_to_another_unit(code, old, today, became):
    assert gazetteer.old_commune(code).label.startswith(f"{old}, ")
    assert gazetteer.commune(code).label == today
    assert [row.code for row in gazetteer.successors(code)] == became


def test_an_old_code_without_a_unit_of_today_still_has_its_successor():
    assert gazetteer.commune("14785") is None
    assert gazetteer.old_commune("14785").label == (
        "Phường Đông Sơn, Thành phố Thanh Hóa, Tỉnh Thanh Hóa"
    )
    assert labels(gazetteer.successors("14785")) == ["Phường Hạc Thành"]
    assert gazetteer.successors("99999") == []


def test_typing_completes_with_or_without_accents():
    assert labels(gazetteer.search("tan cuong")) == ["Xã Tân Cương"]
    assert labels(gazetteer.search("Tân Cư thái"))[:1] == ["Xã Tân Cương"]
    assert labels(gazetteer.search("ea hleo")) == ["Xã Ea H'Leo"]
    assert labels(gazetteer.search("đồng h", limit=3)) == [
        "Phường Đồng Hới",
        "Xã Đồng Hỷ",
        "Phường Đông Hà",
    ]
    assert len(gazetteer.search("phú", limit=7)) == 7
    assert gazetteer.search(" ") == []
