from datetime import date

import pytest
from hypothesis import given
from hypothesis.strategies import text

from tests.make_portals import goods
from workers.marketplaces import portals
from workers.marketplaces.portals import BadLink, Column


@pytest.fixture(autouse=True)
def in_vietnamese(app):
    with app.app_context():
        yield


def column(source, **more):
    return Column(more.pop("heading", source.capitalize()), source, **more)


def test_a_row_has_a_cell_for_each_column_and_blanks_for_what_is_unknown():
    columns = [
        column("sku"),
        column("price_vnd"),
        column("shelf_life"),
        column("image_2"),
        column("image_3"),
        Column("Nguồn gốc", "text", fixed="Việt Nam"),
    ]
    assert portals.row(columns, goods()) == [
        "CHE-200",
        185_000,
        "",
        "CHE-200_2.jpg",
        "",
        "Việt Nam",
    ]


def test_what_a_portal_would_not_take_is_said_by_the_columns_heading():
    columns = [
        column("name", heading="Tên", longest=10),
        column("tax_code", heading="MST", required=True),
    ]
    assert portals.check(columns, goods()).why == [
        "Tên: dài 22 ký tự, cổng nhận 10.",
        "MST: chưa có.",
    ]


def test_a_made_up_price_keeps_a_row_out():
    found = portals.check([column("sku")], goods(made_up=True))
    assert found.why == ["Giá đang là giá minh họa. Nhập giá thật rồi xuất lại."]


def test_an_ended_food_paper_keeps_a_row_out_where_the_template_tells_of_it():
    ended = goods(food_safety_ended_on=date(2026, 3, 31))
    assert portals.check([column("food_safety")], ended).why == [
        "Giấy an toàn thực phẩm hết hạn ngày 31/03/2026."
    ]
    assert portals.check([column("sku")], ended).why == []


def test_an_ended_certificate_leaves_the_star_blank_and_says_so():
    ended = goods(star_ended_on=date(2026, 3, 31))
    found = portals.check([column("star")], ended)
    assert (found.why, found.notes) == (
        [],
        ["Chứng nhận OCOP hết hạn ngày 31/03/2026, cột sao để trống."],
    )
    assert portals.row([column("star")], ended) == [""]


def test_images_are_named_by_sku_and_number():
    assert portals.image_name("HTX01-MO500", 3) == "HTX01-MO500_3.jpg"
    assert portals.image_name("A/1", 1) == "A~2f~1_1.jpg"
    assert portals.image_name("../../etc", 1) == "~2e~.~2f~..~2f~etc_1.jpg"


@given(text(min_size=1, max_size=20), text(min_size=1, max_size=20))
def test_two_skus_never_share_a_file_and_no_file_leaves_its_folder(one, other):
    names = portals.image_name(one, 1), portals.image_name(other, 1)
    assert (names[0] == names[1]) == (one == other)
    assert "/" not in names[0]
    assert "\\" not in names[0]
    assert not names[0].startswith(".")


@pytest.mark.parametrize(
    "link",
    [
        "https://postmart.vn/san-pham/1",
        "https://www.postmart.vn/san-pham/1?id=2",
    ],
)
def test_a_listings_address_is_kept(link):
    assert portals.checked_link(f" {link}#mo-ta ", "postmart.vn") == link


@pytest.mark.parametrize(
    ("link", "why"),
    [
        ("http://postmart.vn/san-pham/1", "Địa chỉ phải bắt đầu bằng https://."),
        ("https://postmart.vn.evil.vn/1", "Địa chỉ phải thuộc postmart.vn."),
        ("https://evilpostmart.vn/1", "Địa chỉ phải thuộc postmart.vn."),
        ("https://postmart.vn@evil.vn/1", "Địa chỉ phải thuộc postmart.vn."),
        ("javascript:alert(1)", "Địa chỉ phải bắt đầu bằng https://."),
        (
            "https://postmart.vn/",
            "Đây là trang chủ của cổng. Mở đúng trang sản phẩm rồi chép địa chỉ.",
        ),
        (
            "https://me:word@postmart.vn/1",
            "Địa chỉ này không đọc được. Chép lại từ thanh địa chỉ của trình duyệt.",
        ),
        (
            "https://postmart.vn:8443/1",
            "Địa chỉ này không đọc được. Chép lại từ thanh địa chỉ của trình duyệt.",
        ),
        (
            "https://postmart.vn:x/1",
            "Địa chỉ này không đọc được. Chép lại từ thanh địa chỉ của trình duyệt.",
        ),
        (
            "https://postmart.vn/a b",
            "Địa chỉ này không đọc được. Chép lại từ thanh địa chỉ của trình duyệt.",
        ),
    ],
)
def test_what_is_no_listing_of_the_portal_is_refused(link, why):
    with pytest.raises(BadLink) as refused:
        portals.checked_link(link, "postmart.vn")
    assert str(refused.value) == why
