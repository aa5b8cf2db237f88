"""What people type around and inside a place's name."""

import pytest

from shop import placenames


@pytest.mark.parametrize(
    ("typed", "kind", "key"),
    [
        ("TP. Thái Nguyên", "thành phố", "thainguien"),
        ("T.P Huế", "thành phố", "hue"),
        ("TX.Phổ Yên", "thị xã", "phoien"),
        ("thi tran Du", "thị trấn", "du"),
        ("H.Đại Từ", "huyện", "daitu"),
        ("Q1", "quận", "1"),
        ("P.04", "phường", "4"),
        ("Phường IV", "phường", "4"),
        ("đk Phú Quốc", "đặc khu", "phuquoc"),
        ("XÃ Tân Cương", "xã", "tancuong"),
        ("Xa\u0303 Ta\u0302n Cương", "xã", "tancuong"),
        ("Xà Phiên", "", "xaphien"),
        ("Tịnh Khê", "", "tinhkhe"),
        ("xã", "", "xa"),
        ("", "", ""),
    ],
)
def test_the_kind_in_front_is_told_from_the_name(typed, kind, key):
    name = placenames.readings(typed)[-1]
    assert (name.kind, name.key) == (kind, key)


def test_a_name_that_begins_like_a_kind_stays_a_name_too():
    assert [name.key for name in placenames.readings("Quan Hóa")] == ["quanhoa", "hoa"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Bắc Kạn", "Bắc Cạn"),
        ("Mỹ Đức", "Mĩ Đức"),
        ("Ea H'Leo", "Ea H\u2019leo"),
        ("Văn Miếu - Quốc Tử Giám", "văn miếu quốc tử giám"),
        ("Kon Tum", "Kontum"),
        ("Hoà Bình", "Hòa Bình"),
    ],
)
def test_spellings_of_one_name_compare_equal(one, other):
    assert placenames.key(one) == placenames.key(other)


def test_khanh_and_chanh_stay_apart():
    assert placenames.key("Khánh") != placenames.key("Chánh")


def test_a_line_is_cut_at_commas_and_kinds():
    parts = placenames.parts("Số 5, xóm 2 xã Tân Cương TP.Thái Nguyên (cũ), 250000, Việt Nam")
    assert parts == ["Số 5", "xóm 2 xã Tân Cương TP.Thái Nguyên"]
    assert placenames.cut(parts) == ["Số 5", "xóm 2", "xã Tân Cương", "TP Thái Nguyên"]


def test_an_accented_name_is_not_cut_inside():
    assert placenames.cut(["xã Tam Quan Bắc", "Tứ Xã"]) == ["xã Tam Quan Bắc", "Tứ Xã"]
