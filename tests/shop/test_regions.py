"""Regions: a province, a commune, or what an old unit became, with what is not exact about it."""

import pytest

from shop import regions


def labels(rows):
    return [row.label for row in rows]


def test_an_old_district_is_the_set_of_communes_that_it_became():
    phu_luong = regions.get("cu-168")
    assert phu_luong.name == "Huyện Phú Lương (cũ), Tỉnh Thái Nguyên"
    assert labels(phu_luong.members()) == [
        "Xã Hợp Thành",
        "Xã Phú Lương",
        "Xã Vô Tranh",
        "Xã Yên Trạch",
    ]


def test_a_commune_that_reaches_beyond_the_old_district_is_named():
    """Xã Đại Phúc has the town of huyện Đại Từ, and two communes of the city."""
    assert labels(regions.get("cu-171").beyond) == ["Xã Đại Phúc"]


def test_an_old_commune_that_was_split_is_named():
    city = regions.get("cu-164")
    assert "Phường Gia Sàng" in [f"{row.kind} {row.name}" for row in city.split]


def test_a_district_that_ended_before_the_last_table_is_a_region_too():
    """Huyện Đông Sơn became a part of the city of Thanh Hóa in January 2025."""
    assert regions.get("cu-405").name == "Huyện Đông Sơn (cũ), Tỉnh Thanh Hóa"
    assert labels(regions.get("cu-405").members())


def test_a_province_of_today_has_all_its_communes():
    assert len(regions.get("19").members()) == 92
    assert len(regions.get("cu-19").members()) == 55


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("huyện Đại Từ, tỉnh Thái Nguyên", "cu-171"),
        ("Huyện Đại Từ (cũ), Tỉnh Thái Nguyên", "cu-171"),
        ("huyện Châu Thành A, tỉnh Hậu Giang", "cu-932"),
        ("tỉnh Thái Nguyên (cũ)", "cu-19"),
        ("tỉnh Thái Nguyên", "19"),
        ("Xã Tân Cương, tỉnh Thái Nguyên", "05503"),
        ("Xã Phú Lương, Tỉnh Thái Nguyên", "05611"),
        ("Thành phố Thái Nguyên (cũ), Tỉnh Thái Nguyên", "cu-164"),
    ],
)
def test_words_name_a_region(words, code):
    assert regions.read(words).code == code


def test_every_name_of_ours_is_read_back():
    found = [*regions.districts_of("19"), regions.get("19"), regions.get("05611")]
    assert [regions.read(region.name) for region in found] == found


@pytest.mark.parametrize("words", ["", "Sao Hỏa", "huyện Châu Thành", "xã Tân Lập"])
def test_words_that_name_nothing_or_several_name_no_region(words):
    """There were eight districts called Châu Thành."""
    assert regions.read(words) is None


def test_an_unknown_code_is_no_region():
    assert [regions.get(code) for code in ("00", "cu-000", "99999", "cu-", "khong-co")] == [
        None
    ] * 5


def test_regions_meet_where_they_share_a_commune():
    dai_tu, phu_luong = regions.get("cu-171"), regions.get("cu-168")
    assert regions.get("19").meets(dai_tu)
    assert regions.get("05611").meets(phu_luong)
    assert not dai_tu.meets(phu_luong)


def test_what_anybody_asks_for_is_not_kept_in_memory():
    kept = regions._known.cache_info().currsize
    for at in range(100):
        assert regions.get(f"không có {at}" * 50) is None
    assert regions._known.cache_info().currsize == kept


def test_a_commune_of_today_names_what_it_was_made_of():
    """Đại Phúc took in the old town of Đại Từ (docs: domain.md, §3)."""
    named = [row.label for row in regions.get("05488").took_in]
    assert "Thị trấn Hùng Sơn, Huyện Đại Từ, Tỉnh Thái Nguyên" in named
    assert regions.get("cu-171").took_in == []
    assert regions.get("19").took_in == []


def test_an_old_district_is_found_without_its_kind():
    assert "cu-171" in [region.code for region in regions.old_named("dai tu")]
    assert [region.code for region in regions.old_named("Đại Từ, Thái Nguyên")] == ["cu-171"]
    assert regions.old_named("khongcogi") == []
