import pytest
from sqlalchemy import select

from shop.database import db
from tests import make, make_channels
from workers.channels import facts, listings
from workers.channels.models import Fact, Listing
from workers.sync import jobs


@pytest.fixture
def row(market, database, cast):
    """A listing that is there."""
    make.variant(make.product(cast.ours.seller, name="Chè tôm nõn"), sku="CHE-200")
    connection = make_channels.connection(database, market, cast.ours.seller.id)
    listings.link_all(connection)
    db.session.commit()
    jobs.mark_all(connection.id, by="Đào Thanh Hảo")
    jobs.push(connection.id)
    return db.session.scalars(select(Listing)).one()


def rules(row):
    """What its category asks, as the marketplace told it."""
    query = select(Fact).where(Fact.kind == "rules", Fact.key == row.category_id)
    return db.session.scalars(query).one()


def ask(row, attributes, brands, *, mandatory=False):
    fact = rules(row)
    fact.body = fact.body | {
        "attributes": attributes,
        "brands": brands,
        "brand_mandatory": mandatory,
    }
    db.session.commit()


def url(row, deed=""):
    return f"/ban-hang/san/san-pham/{row.ref}{deed}"


def test_the_page_shows_readiness_lanes_and_every_call_with_who_caused_it(cast, row, market):
    page = cast.ours.get(url(row)).text
    [item] = market.items(row.connection.shop_id)
    assert str(item["item_id"]) in page
    assert "Sẵn sàng 100%" in page
    assert page.count("Đã khớp") == 5
    assert "POST /api/v2/product/add_item" in page
    assert page.count("Đào Thanh Hảo") > 5
    assert f"/ban-hang/san-pham/{row.variant.product.ref}" in page


def test_no_call_shows_what_signs_or_opens(cast, row, market):
    page = cast.ours.get(url(row)).text
    token = db.session.get_one(listings.Connection, row.connection_id)
    assert token.sealed_access_token not in page
    for call in market.calls(row.connection.shop_id, "product/add_item"):
        assert call.get("access_token", "no token") not in page


def test_what_is_missing_is_said_field_by_field(cast, row):
    ask(row, [["1", "Xuất xứ", True, {}]], {"7": "Hảo Đạt"}, mandatory=True)
    page = cast.ours.get(url(row)).text
    assert "Sẵn sàng 75%" in page
    assert "Ngành hàng này đòi thêm: Xuất xứ." in page
    assert "Ngành hàng này đòi chọn thương hiệu." in page


def test_attributes_and_brand_are_kept_and_told(cast, row, run_tasks):
    ask(row, [["1", "Xuất xứ", True, {}], ["2", "Loại", False, {"21": "Xanh"}]], {"7": "Hảo Đạt"})
    data = {"attribute-1": "Thái Nguyên", "attribute-2": "21", "brand": "7"}
    assert cast.ours.post(url(row, "/thong-tin"), data).status_code == 303
    assert row.attributes == {"1": "Thái Nguyên", "2": "21"}
    assert row.brand_id == "7"
    page = cast.ours.get(url(row)).text
    assert 'value="Thái Nguyên"' in page
    assert '<option value="21" selected>Xanh</option>' in page


def test_a_paper_is_no_text_to_type(cast, row):
    ask(row, [["1", "Xuất xứ", False, {}], ["certification:7", "Giấy phép", True, {}, True]], {})
    page = cast.ours.get(url(row)).text
    assert 'name="attribute-1"' in page
    assert "attribute-certification" not in page
    data = {"attribute-1": "Thái Nguyên", "attribute-certification:7": "có"}
    assert cast.ours.post(url(row, "/thong-tin"), data).status_code == 303
    assert row.attributes == {"1": "Thái Nguyên"}


def test_what_the_marketplace_does_not_offer_is_refused_and_nothing_kept(cast, row):
    ask(row, [["2", "Loại", False, {"21": "Xanh"}]], {"7": "Hảo Đạt"})
    answer = cast.ours.post(url(row, "/thong-tin"), {"attribute-2": "99", "brand": "8"})
    assert answer.status_code == 422
    assert answer.text.count("Chọn một mục trong danh sách.") == 4  # each in the sum and beside it
    assert (row.attributes, row.brand_id) == ({}, "")


def test_a_category_is_found_by_words_and_chosen(cast, row, run_tasks):
    leaves = facts.known_categories("shopee")
    other = next(leaf for leaf in leaves if leaf.id != row.category_id)
    page = cast.ours.get(url(row) + f"?nganh={other.path.split('>')[-1].strip()}").text
    assert f'<option value="{other.id}"' in page
    answer = cast.ours.post(url(row, "/nganh-hang"), {"category": other.id})
    assert answer.status_code == 303
    assert (row.category_id, row.attributes, row.brand_id) == (other.id, {}, "")
    run_tasks()
    assert facts.known_rules("shopee", other.id) is not None


def test_a_category_that_is_not_there_is_refused(cast, row):
    before = row.category_id
    answer = cast.ours.post(url(row, "/nganh-hang"), {"category": "khong-co"})
    assert "Sàn không có ngành hàng này." in cast.ours.get(answer.headers["Location"]).text
    assert row.category_id == before


def test_pushing_again_tells_everything_anew(cast, row, market, run_tasks):
    [item] = market.items(row.connection.shop_id)
    market.edit(item["item_id"], item_name="Tên lạ", stock=99)
    cast.ours.post(url(row, "/day"))
    run_tasks()
    [item] = market.items(row.connection.shop_id)
    assert (item["item_name"], item["stock"]) == ("Chè tôm nõn, hộp 200 g", 10)


def test_another_seller_finds_nothing_and_changes_nothing(cast, row):
    before = (row.category_id, row.attributes)
    answers = [
        cast.theirs.get(url(row)),
        cast.theirs.post(url(row, "/nganh-hang"), {"category": "1"}),
        cast.theirs.post(url(row, "/thong-tin"), {"brand": "1"}),
        cast.theirs.post(url(row, "/day")),
        cast.theirs.post(url(row, "/bo-noi")),
    ]
    assert [answer.status_code for answer in answers] == [404] * 5
    assert (row.category_id, row.attributes) == before
    assert row.external_id is not None
