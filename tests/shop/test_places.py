"""Places of today from names of today, old names and free text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shop import gazetteer, places, text
from shop.settings import ROOT

STARTER = json.loads((ROOT / "shop/catalogue/data/starter_catalogue.json").read_text())
TABLE = gazetteer.table()


def labels(rows):
    return [row.label for row in rows]


def codes(rows):
    return [row.code for row in rows]


def starter(key, value=STARTER):
    """Every different dictionary of that name in the starter catalogue."""
    if isinstance(value, list):
        return [found for row in value for found in starter(key, row)]
    if not isinstance(value, dict):
        return []
    own = value.get(key)
    rows = own if isinstance(own, list) else [own] if isinstance(own, dict) else []
    below = [row for child in value.values() for row in starter(key, child)]
    return list({tuple(row.values()): row for row in (*rows, *below)}.values())


def test_a_split_ward_asks():
    found = places.find("Thái Nguyên", "TP Thái Nguyên", "phường Gia Sàng")
    assert found.split
    assert found.commune is None
    assert sorted(labels(found.candidates)) == ["Phường Gia Sàng", "Phường Phan Đình Phùng"]
    assert labels(found.old) == ["Phường Gia Sàng, Thành phố Thái Nguyên, Tỉnh Thái Nguyên"]


def test_without_a_district_the_name_is_todays_and_the_old_meaning_is_offered():
    found = places.find("Thái Nguyên", "", "phường Gia Sàng")
    assert (found.read_as, found.commune.label) == ("today", "Phường Gia Sàng")
    assert labels(found.otherwise) == ["Phường Phan Đình Phùng"]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        (("Hậu Giang", "Châu Thành A", "thị trấn Một Ngàn"), "31342"),
        (("tinh hau giang", "h. chau thanh a", "tt mot ngan"), "31342"),
        (("Cần Thơ", "huyện Châu Thành A", "TT. Một Ngàn"), "31342"),
        (("Cần Thơ", "", "Một Ngàn"), "31342"),
        (("Bắc Kạn", "Na Rì", "xã Côn Minh"), "02185"),
        (("Bắc Cạn", "Na Rì", "Côn Minh"), "02185"),
        (("Thái Nguyên", "Na Rì", "Côn Minh"), "02185"),
        (("Thanh Hoá", "TX. Nghi Sơn", "P. Hải Hoà"), "16561"),
        (("TPHCM", "Q1", "P.Bến Nghé"), "26740"),
        (("Thừa Thiên Huế", "TP Huế", "Vĩ Dạ"), "19777"),
        (("Hậu Giang", "TP Vị Thanh", "Phường 4"), "31333"),
        (("Quảng Ngãi", "Lý Sơn", ""), "21548"),
        (("Thanh Hóa", "Đông Sơn", "xã Đông Khê"), "16378"),
        (("Thanh Hóa", "Đông Sơn", "xã Đông Anh"), "16378"),
        (("Thanh Hóa", "", "xã Đông Quang"), "16417"),
        (("Hậu Giang", "Châu Thành", "Phú Hữu"), "31378"),
        (("Sóc Trăng", "Long Phú", "Phú Hữu"), "31654"),
    ],
)
def test_an_old_place_is_mapped(typed, code):
    found = places.find(*typed)
    assert (found.read_as, codes(found.candidates)) == ("old", [code])


def test_a_new_ward_under_its_old_city_is_read_as_todays():
    found = places.find("Thanh Hóa", "TP Thanh Hóa", "phường Hạc Thành")
    assert (found.read_as, codes(found.candidates)) == ("today", ["14797"])


def test_a_name_that_moved_is_offered_both_ways():
    old = places.find("Thanh Hóa", "TP Thanh Hóa", "phường Đông Sơn")
    assert (labels(old.candidates), labels(old.otherwise)) == (
        ["Phường Hạc Thành"],
        ["Phường Đông Sơn"],
    )
    today = places.find("Thanh Hóa", "", "phường Đông Sơn")
    assert codes(today.candidates) == ["16378"]
    assert "Phường Hạc Thành" in labels(today.otherwise)


def test_a_district_alone_is_the_set_of_its_communes():
    assert labels(places.find("Thanh Hóa", "huyện Đông Sơn", "").candidates) == [
        "Phường Đông Quang",
        "Phường Đông Sơn",
        "Phường Đông Tiến",
    ]
    found = places.find("Thái Nguyên", "Đại Từ", "")
    assert len(found.candidates) == 10
    assert {"Xã Đại Từ", "Xã Đại Phúc", "Xã La Bằng"} <= set(labels(found.candidates))


def test_a_bare_name_of_commune_and_district_offers_the_district():
    found = places.find("Thái Nguyên", "", "Đại Từ")
    assert found.commune.label == "Xã Đại Từ"
    assert len(found.otherwise) == 9
    assert places.find("Thái Nguyên", "", "xã Đại Từ").otherwise == ()


def test_a_province_alone_is_known_without_a_commune():
    found = places.find("tỉnh Bắc Kạn", "", "")
    assert (found.candidates, labels(found.provinces)) == ((), ["Tỉnh Thái Nguyên"])


@pytest.mark.parametrize(
    "typed",
    [
        ("", "", ""),
        ("Nơi Nào", "", "Tân Cương"),
        ("Thái Nguyên", "Đại Từ", "xã Không Có"),
    ],
)
def test_what_is_unknown_has_no_candidates(typed):
    found = places.find(*typed)
    assert (found.candidates, found.read_as) == ((), "")


def test_accents_decide_when_typed_and_ask_when_not():
    assert codes(places.find("Hải Phòng", "", "Cẩm Giàng").candidates) == ["10903"]
    assert codes(places.find("Hải Phòng", "", "Cẩm Giang").candidates) == ["10888"]
    assert sorted(codes(places.find("hai phong", "", "cam giang").candidates)) == ["10888", "10903"]


@pytest.mark.parametrize(
    ("address", "read_as", "code"),
    [
        ("xóm 5, xã Tân Cương, TP Thái Nguyên, tỉnh Thái Nguyên", "old", "05503"),
        ("xom 5 xa tan cuong tp thai nguyen tinh thai nguyen", "old", "05503"),
        ("Tân Cương, Thái Nguyên", "today", "05503"),
        ("Tan Cuong Thai Nguyen", "today", "05503"),
        ("xã Tân Cương - TP Thái Nguyên - Thái Nguyên", "old", "05503"),
        ("xóm 3, Hùng Sơn, Đại Từ, Thái Nguyên, Việt Nam", "old", "05488"),
        ("Khu 3, TT Đu, H.Phú Lương, T.Thái Nguyên", "old", "05611"),
        ("12/5 Lê Lợi, P. Bến Nghé Q1 TPHCM", "old", "26740"),
        ("phường 1, TP Vũng Tàu, Bà Rịa - Vũng Tàu", "old", "26506"),
        ("thôn 2, xã Xà Phiên, Hậu Giang", "old", "31495"),
        ("xã Tam Quan Bắc, TX Hoài Nhơn, Bình Định", "old", "21655"),
        ("Phường Lang Biang - Đà Lạt, Tỉnh Lâm Đồng", "today", "24846"),
        ("xã Phúc Trìu (nay là xã Đại Phúc), tỉnh Thái Nguyên", "today", "05488"),
    ],
)
def test_one_line_is_read_from_its_end(address, read_as, code):
    found = places.read(address)
    assert (found.read_as, codes(found.candidates)) == (read_as, [code])


def test_one_line_with_a_bare_district_asks():
    assert len(places.read("huyện Đông Sơn").candidates) == 3
    assert len(places.read("xóm Chùa, huyện Đại Từ, Thái Nguyên").candidates) == 10
    found = places.read("Đại Từ, Thái Nguyên")
    assert (found.candidates[0].label, len(found.candidates)) == ("Xã Đại Từ", 10)


@pytest.mark.parametrize("line", ["", ", ,", "Việt Nam", "xyz", "0912 000 001"])
def test_a_line_without_a_place_has_no_candidates(line):
    assert places.read(line) == places.Found()


def test_a_line_with_a_province_only_gives_the_province():
    assert labels(places.read("Bà Rịa - Vũng Tàu").provinces) == ["Thành phố Hồ Chí Minh"]


def test_every_commune_of_today_is_found_by_its_full_name():
    wrong = []
    for code in TABLE.communes.rows:
        commune = TABLE.commune(code)
        found = places.find(places.province(commune.province_code).label, "", commune.label)
        if (found.read_as, found.candidates) != ("today", (commune,)):
            wrong.append(commune.full)
    assert wrong == []


def test_full_names_in_one_line_are_read_with_and_without_accents():
    wrong = []
    for code in list(TABLE.communes.rows)[::7]:
        commune = TABLE.commune(code)
        plain = places.read(text.fold(commune.full))
        if places.read(commune.full).candidates != (commune,) or commune not in plain.candidates:
            wrong.append(commune.full)
    for code in list(TABLE.old_communes.rows)[::23]:
        old = TABLE.old_commune(code)
        plain = places.read(text.fold(old.label))
        if codes(places.read(old.label).candidates) != list(old.into):
            wrong.append(old.label)
        if not set(old.into) <= set(codes(plain.candidates)):
            wrong.append(text.fold(old.label))
    assert wrong == []


def test_every_old_commune_is_mapped_by_its_full_name():
    wrong = []
    for code in TABLE.old_communes.rows:
        old = TABLE.old_commune(code)
        own = old.label.split(", ")[0] if old.kind != "Huyện" else ""
        found = places.find(old.province, old.district, own)
        if found.read_as != "old" or codes(found.candidates) != list(old.into):
            wrong.append(old.label)
    assert wrong == []


@pytest.mark.parametrize("place", starter("place"), ids=lambda place: str(place["old_commune"]))
def test_the_places_of_the_starter_catalogue_are_known(place):
    assert places.province(place["province_code"]).label == place["province"]
    old = [place[part] or "" for part in ("old_province", "old_district", "old_commune")]
    found = places.find(*old)
    assert codes(found.provinces) == [place["province_code"]]
    if place["commune_code"]:
        assert places.commune(place["commune_code"]).label == place["commune"]
        assert place["commune_code"] in codes(found.candidates)
    else:
        assert bool(found.candidates) is bool(place["old_district"])


@pytest.mark.parametrize("place", starter("legacy_places"), ids=lambda p: str(p["old_commune"]))
def test_the_old_codes_of_the_starter_catalogue_lead_to_its_new_ones(place):
    if place["old_code_jan_2025"]:
        assert place["commune_code"] in codes(places.successors(place["old_code_jan_2025"]))
    old = [place[part] or "" for part in ("old_province", "old_district", "old_commune")]
    assert place["commune_code"] in codes(places.find(*old).candidates)


def test_the_starter_catalogue_has_its_places():
    assert (len(starter("place")), len(starter("legacy_places"))) == (74, 54)


PIECES = [
    *("xã", "Xã.", "TP", "tp.", "tỉnh", "huyện", "Q1", "p", "thị", "trấn", "-", ",", ";", "'"),
    *("Tân", "Cương", "Thái", "Nguyên", "Đại", "Từ", "Huế", "Bà Rịa", "Vũng Tàu", "cũ", "5"),
]
words = st.text(max_size=60) | st.lists(st.sampled_from(PIECES), max_size=12).map(" ".join)


@given(words, words, words)
def test_whatever_is_typed_is_answered(province, district, commune):
    for found in (places.find(province, district, commune), places.read(f"{commune} {province}")):
        assert len(set(found.candidates)) == len(found.candidates)
        assert bool(found.candidates) is (found.read_as != "")
    places.search(district)
