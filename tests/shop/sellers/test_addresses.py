"""Addresses as people write them become today's commune, or a question."""

import pytest

from shop import places
from shop.sellers import addresses
from shop.sellers.addresses import Answer, Question
from shop.sellers.models import Seller


def read(address="", province="", commune="", seller=None):
    data = {"address": address, "province_code": province, "commune_code": commune}
    return addresses.read(seller, data)


def codes(question):
    return [commune.code for commune in question.communes]


def test_an_old_address_with_one_successor_is_answered():
    assert read("xóm 5, xã Tân Cương, TP Thái Nguyên") == Answer(places.commune("05503"))


def test_a_split_old_ward_asks():
    asked = read("phường Gia Sàng, TP Thái Nguyên")
    assert isinstance(asked, Question)
    assert (codes(asked), asked.split, asked.few) == (["05443", "05467"], True, True)


def test_a_name_that_is_old_and_new_asks_too():
    assert codes(read("phường Gia Sàng, tỉnh Thái Nguyên")) == ["05467", "05443"]


def test_a_choice_made_is_the_answer():
    chosen = read("phường Gia Sàng, TP Thái Nguyên", commune="05443")
    assert chosen == Answer(places.commune("05443"))


def test_a_code_that_is_no_commune_of_today_is_no_choice():
    assert isinstance(read("phường Gia Sàng, TP Thái Nguyên", commune="99999"), Question)


def test_a_province_alone_offers_its_communes():
    asked = read(province="19")
    assert len(asked.communes) == len(places.communes("19"))
    assert not asked.few


def test_a_province_narrows_what_the_line_leaves_open():
    assert read("xã Tân Cương", province="19") == Answer(places.commune("05503"))


def test_words_that_name_no_place_are_unreadable():
    assert read("chỗ cũ nhà tôi") is None


def test_nothing_written_is_no_commune():
    assert read() == Answer(None)


def test_an_address_known_already_asks_nothing_again():
    seller = Seller(address="phường Gia Sàng, TP Thái Nguyên", commune_code="05443")
    assert read(seller.address, seller=seller) == Answer(places.commune("05443"))
    assert isinstance(read("phường Gia Sàng, TP Thái Nguyên.", seller=seller), Question)


@pytest.mark.parametrize(
    ("address", "street"),
    [
        ("Xóm Hồng Thái 2, xã Tân Cương, TP Thái Nguyên", "Xóm Hồng Thái 2"),
        ("xóm 5 xã Tân Cương TP Thái Nguyên", "xóm 5"),
        ("12 Lê Lợi, Tân Cương, TP Thái Nguyên, Thái Nguyên", "12 Lê Lợi"),
        ("Xóm 5, Tân Cương, Thái Nguyên", "Xóm 5"),
        ("xã Tân Cương, Thái Nguyên", ""),
        ("", ""),
    ],
)
def test_the_street_is_what_stands_before_the_commune(address, street):
    assert addresses.street(address) == street


def test_an_address_is_kept_as_written_and_as_it_is_today():
    seller = Seller(name="HTX")
    written = "xóm 5, xã Tân Cương, TP Thái Nguyên"
    addresses.settle(seller, {"address": written}, places.commune("05503"))
    assert (seller.address, seller.street, seller.province_code) == (written, "xóm 5", "19")
    assert addresses.today(seller) == "xóm 5, Xã Tân Cương, Tỉnh Thái Nguyên"
