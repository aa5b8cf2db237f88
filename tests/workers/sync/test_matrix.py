import pytest
from sqlalchemy import select

from shop.accounts.models import AuditEntry
from shop.database import db
from tests import make, make_channels
from workers.channels import listings
from workers.channels.models import Listing
from workers.sync import jobs
from workers.sync.models import Letter


@pytest.fixture
def shop(market, database, cast):
    """A shop with one pack that is listed, and one that was never put there."""
    make.variant(make.product(cast.ours.seller, name="Chè tôm nõn"), sku="CHE-200")
    connection = make_channels.connection(database, market, cast.ours.seller.id)
    listings.link_all(connection)
    make.variant(make.product(cast.ours.seller, name="Chè đinh"), sku="DINH")
    db.session.commit()
    jobs.mark_all(connection.id)
    jobs.push(connection.id)
    return connection


def pack(sku):
    return db.session.scalars(select(make.Variant).where(make.Variant.sku == sku)).one()


def states(page, name):
    """The words of the badges of the rows of a product."""
    row = next(row for row in page.split('<tr role="row">') if name in row)
    return [
        piece.split("<")[0]
        for piece in row.split('class="badge')[1:]
        for piece in [piece.split(">", 1)[1]]
    ]


def do(person, shop, deed, *packs):
    data = {"connection": shop.ref, "deed": deed, "pack": [each.ref for each in packs]}
    return person.post("/ban-hang/san/bang", data)


def test_a_pack_that_is_listed_stands_beside_one_that_is_not(cast, shop):
    page = cast.ours.get("/ban-hang/san/bang").text
    assert states(page, "Chè tôm nõn") == ["Đã khớp"]
    assert states(page, "Chè đinh") == ["Chưa nối"]


@pytest.mark.parametrize(
    ("asked", "named"),
    [
        ("synced", ["Chè tôm nõn"]),
        ("unlinked", ["Chè đinh"]),
        ("failed", []),
        ("waiting", []),
        ("off", []),
        ("bậy", ["Chè tôm nõn", "Chè đinh"]),
    ],
)
def test_the_table_shows_only_what_stands_as_asked(cast, shop, asked, named):
    page = cast.ours.get(f"/ban-hang/san/bang?muc={asked}").text
    assert [name for name in ("Chè tôm nõn", "Chè đinh") if name in page] == named


def test_chosen_packs_are_listed_and_others_are_not(cast, shop, market, run_tasks):
    assert do(cast.ours, shop, "list", pack("DINH")).status_code == 303
    page = cast.ours.get("/ban-hang/san/bang").text
    assert states(page, "Chè đinh") == ["Đang chờ"]
    assert "1 trên 2" in page
    run_tasks()
    assert states(cast.ours.get("/ban-hang/san/bang").text, "Chè đinh") == ["Đã khớp"]
    assert sorted(item["item_sku"] for item in market.items(shop.shop_id)) == ["CHE-200", "DINH"]


def test_what_is_taken_off_is_hidden_there_and_comes_back(cast, shop, market, run_tasks):
    do(cast.ours, shop, "off", pack("CHE-200"))
    run_tasks()
    [item] = market.items(shop.shop_id)
    assert (item["item_status"], item["stock"]) == ("UNLIST", 0)
    assert states(cast.ours.get("/ban-hang/san/bang").text, "Chè tôm nõn") == ["Không bán"]
    do(cast.ours, shop, "on", pack("CHE-200"))
    run_tasks()
    [item] = market.items(shop.shop_id)
    assert (item["item_status"], item["stock"]) == ("NORMAL", 10)


def test_pushing_again_tells_what_somebody_changed_there(cast, shop, market, run_tasks):
    [item] = market.items(shop.shop_id)
    market.edit(item["item_id"], price=1_000)
    do(cast.ours, shop, "again", pack("CHE-200"))
    run_tasks()
    assert market.items(shop.shop_id)[0]["price"] == 185_000


def test_who_took_a_pack_off_is_kept(cast, shop):
    do(cast.ours, shop, "off", pack("CHE-200"))
    query = select(AuditEntry).where(AuditEntry.action == "channels.offered")
    entry = db.session.scalars(query).one()
    assert (entry.actor_name, entry.subject) == ("Đào Thanh Hảo", "CHE-200")
    assert entry.changes == {"offered": [True, False]}


def test_a_pack_of_another_seller_spoils_the_whole_choice(cast, shop):
    foreign = make.variant(make.product(cast.theirs.seller), sku="LA")
    assert do(cast.ours, shop, "off", pack("CHE-200"), foreign).status_code == 404
    assert db.session.scalars(select(Listing.offered)).all() == [True]


def test_another_sellers_shop_is_not_found(cast, shop):
    assert do(cast.theirs, shop, "off", pack("CHE-200")).status_code == 404
    assert cast.theirs.get(f"/ban-hang/san/bang?don-vi={cast.ours.seller.ref}").status_code == 404
    assert "Chè tôm nõn" not in cast.theirs.get("/ban-hang/san/bang").text
    assert db.session.scalars(select(Listing.offered)).all() == [True]


def test_choosing_nothing_says_so_and_changes_nothing(cast, shop):
    answer = cast.ours.post("/ban-hang/san/bang", {"connection": shop.ref, "deed": "off"})
    assert "Chưa chọn sản phẩm nào." in cast.ours.get(answer.headers["Location"]).text
    assert db.session.scalars(select(Listing.offered)).all() == [True]


def test_a_long_table_asks_no_more_queries_than_a_short_one(
    cast, shop, market, database, query_count
):
    def queries():
        cast.ours.get("/ban-hang/san/bang")
        with query_count() as sent:
            assert cast.ours.get("/ban-hang/san/bang").status_code == 200
        return len(sent)

    before = queries()
    for _ in range(6):
        make.variant(make.product(cast.ours.seller))
    other = make_channels.connection(database, market, cast.ours.seller.id)
    listings.link_all(other)
    db.session.commit()
    assert queries() == before


def test_a_refused_listing_stands_out_with_its_reason(cast, shop, market):
    row = db.session.scalars(select(Listing)).one()
    row.state, row.trouble = "failed", "Ảnh quá nhỏ."
    db.session.commit()
    page = cast.ours.get("/ban-hang/san/bang?muc=failed").text
    assert states(page, "Chè tôm nõn") == ["Cần sửa"]
    assert "Ảnh quá nhỏ." in page
    assert db.session.scalars(select(Letter)).all() == []
