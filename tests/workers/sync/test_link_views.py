import pytest
from sqlalchemy import delete, func, select

from shop.database import db
from tests import make, make_channels
from workers.channels import linking, listings
from workers.channels.models import Call, Listing, ListingSpan
from workers.sync import jobs
from workers.sync.models import Lane


@pytest.fixture
def shop(market, database, cast):
    """A shop that lists two things by hand already, and knows nothing of us."""
    seller = cast.ours.seller
    for sku in ("CHE-200", "DINH"):
        make.variant(make.product(seller, name=f"Chè {sku}"), sku=sku)
    connection = make_channels.connection(database, market, seller.id)
    listings.link_all(connection)
    db.session.commit()
    jobs.mark_all(connection.id)
    jobs.push(connection.id)
    for row in db.session.scalars(select(Listing)):
        row.external_id, row.state = None, "waiting"
    db.session.flush()
    forget()
    return connection


def forget():
    """As if nothing of it had ever been pushed by us."""
    for model in (Lane, Call, ListingSpan, Listing):
        db.session.execute(delete(model))
    db.session.commit()


def asked(cast, shop, run_tasks):
    cast.ours.post(f"/ban-hang/san/{shop.ref}/noi/hoi")
    run_tasks()
    return cast.ours.get(f"/ban-hang/san/{shop.ref}/noi").text


def linked():
    query = select(make.Variant.sku, Listing.external_id)
    query = query.join(Listing, Listing.variant_id == make.Variant.id)
    return {sku: external_id for sku, external_id in db.session.execute(query)}  # noqa: C416


def ids(market, shop):
    return {item["item_sku"]: str(item["item_id"]) for item in market.items(shop.shop_id)}


def test_items_with_the_sku_of_a_pack_are_proposed_and_linked(cast, shop, market, run_tasks):
    page = asked(cast, shop, run_tasks)
    there = ids(market, shop)
    assert [f'value="{there[sku]}"' in page for sku in ("CHE-200", "DINH")] == [True, True]
    assert linked() == {}
    data = {"item": [there["CHE-200"]]}
    assert cast.ours.post(f"/ban-hang/san/{shop.ref}/noi", data).status_code == 303
    assert linked() == {"CHE-200": there["CHE-200"]}
    page = cast.ours.get(f"/ban-hang/san/{shop.ref}/noi").text
    assert "Đã nối: 1 món." in page


def test_what_is_linked_is_told_our_values(cast, shop, market, run_tasks):
    there = ids(market, shop)
    market.edit(there["CHE-200"], price=1_000, stock=77)
    asked(cast, shop, run_tasks)
    cast.ours.post(f"/ban-hang/san/{shop.ref}/noi", {"item": [there["CHE-200"]]})
    run_tasks()
    mended = {item["item_sku"]: item for item in market.items(shop.shop_id)}
    assert (mended["CHE-200"]["price"], mended["CHE-200"]["stock"]) == (185_000, 10)
    assert len(mended) == 2


def test_why_an_item_cannot_be_linked_is_said(cast, shop, market, run_tasks):
    there = ids(market, shop)
    market.edit(there["DINH"], item_sku="LA-HOAC")
    page = asked(cast, shop, run_tasks)
    assert "Ở đây không có quy cách nào mang mã này." in page
    market.edit(there["DINH"], item_sku="CHE-200")
    page = asked(cast, shop, run_tasks)
    assert page.count("Trên sàn có nhiều món cùng mã SKU này.") == 2
    market.edit(there["DINH"], item_sku="")
    page = asked(cast, shop, run_tasks)
    assert "Món này trên sàn không có mã SKU." in page


def test_an_item_that_was_not_proposed_is_not_linked(cast, shop, market, run_tasks):
    there = ids(market, shop)
    market.edit(there["DINH"], item_sku="LA-HOAC")
    asked(cast, shop, run_tasks)
    data = {"item": [there["CHE-200"], there["DINH"]]}
    answer = cast.ours.post(f"/ban-hang/san/{shop.ref}/noi", data)
    assert f"Không nối được các món này, xin tải lại danh sách: {there['DINH']}." in (
        cast.ours.get(answer.headers["Location"]).text
    )
    assert linked() == {}


def test_a_pack_that_is_linked_is_not_proposed_for_a_second_item(cast, shop, market, run_tasks):
    there = ids(market, shop)
    asked(cast, shop, run_tasks)
    cast.ours.post(f"/ban-hang/san/{shop.ref}/noi", {"item": [there["CHE-200"]]})
    market.edit(there["CHE-200"], item_sku="CU")
    market.edit(there["DINH"], item_sku="CHE-200")
    page = asked(cast, shop, run_tasks)
    assert "Quy cách này đã nối với món khác." in page
    assert linking.proposals(shop).pairs == []


def test_unlinking_leaves_the_item_there_and_lists_no_second_one(cast, shop, market, run_tasks):
    there = ids(market, shop)
    asked(cast, shop, run_tasks)
    cast.ours.post(f"/ban-hang/san/{shop.ref}/noi", {"item": [there["CHE-200"]]})
    run_tasks()
    row = db.session.scalars(select(Listing)).one()
    answer = cast.ours.post(f"/ban-hang/san/san-pham/{row.ref}/bo-noi")
    assert answer.status_code == 303
    jobs.mark_all(shop.id)
    run_tasks()
    assert linked() == {"CHE-200": None}
    assert ids(market, shop) == there


def test_another_seller_sees_and_links_nothing(cast, shop, market, run_tasks):
    asked(cast, shop, run_tasks)
    url = f"/ban-hang/san/{shop.ref}/noi"
    data = {"item": list(ids(market, shop).values())}
    answers = [cast.theirs.get(url), cast.theirs.post(url, data), cast.theirs.post(f"{url}/hoi")]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert db.session.scalar(select(func.count(Listing.id))) == 0
