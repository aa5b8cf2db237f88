import pytest
from sqlalchemy import select

from shop.database import db
from shop.inventory import stock
from shop.orders.models import Order
from tests import make, make_channels
from workers.channels import listings
from workers.channels.models import Listing
from workers.channels.order_models import ChannelOrder, ItemLink
from workers.sync import jobs


@pytest.fixture
def shop(market, database, cast):
    """A shop whose one pack is listed there under a number that we have lost."""
    make.variant(make.product(cast.ours.seller, name="Chè tôm nõn"), on_hand=10, sku="CHE-200")
    connection = make_channels.connection(database, market, cast.ours.seller.id)
    listings.link_all(connection)
    db.session.commit()
    jobs.mark_all(connection.id)
    jobs.push(connection.id)
    return connection


@pytest.fixture
def order(shop, market):
    """An order of two of an item that nobody knows: it waits."""
    listing = db.session.scalars(select(Listing)).one()
    item_id, listing.external_id = int(listing.external_id), None
    market.edit(item_id, item_sku="LA-HOAC")
    db.session.commit()
    market.order(shop.shop_id, [{"item_id": item_id, "quantity": 2}])
    jobs.pull(shop.id)
    return db.session.scalars(select(ChannelOrder)).one()


def pack():
    return db.session.scalars(select(make.Variant).where(make.Variant.sku == "CHE-200")).one()


def say(person, order, pack_ref):
    line = order.lines[0].line_id
    return person.post(f"/ban-hang/san/don/{order.ref}/hang", {"line": line, "pack": pack_ref})


def test_an_order_with_an_unknown_item_waits_with_its_reason(cast, order):
    page = cast.ours.get("/ban-hang/san/don").text
    assert order.external_id in page
    assert "Chưa biết là hàng nào của mình" in page
    assert "Chưa biết là hàng nào của mình" in cast.ours.get(f"/ban-hang/san/don/{order.ref}").text


def test_saying_what_the_item_is_takes_the_order_in(cast, order, run_tasks):
    assert say(cast.ours, order, pack().ref).status_code == 303
    run_tasks()
    ours = db.session.scalars(select(Order)).one()
    assert (ours.state, ours.lines[0].variant_id, ours.lines[0].quantity) == (
        "cod_confirmed",
        pack().id,
        2,
    )
    assert stock.saleable([pack().id]) == {pack().id: 8}
    assert order.intake == "taken"
    assert order.external_id not in cast.ours.get("/ban-hang/san/don").text
    assert f"/ban-hang/don-hang/{ours.ref}" in cast.ours.get(f"/ban-hang/san/don/{order.ref}").text


def test_packs_are_found_by_name(cast, order):
    make.variant(make.product(cast.ours.seller, name="Mật ong hoa nhãn"), sku="MO")
    page = cast.ours.get(f"/ban-hang/san/don/{order.ref}?q=mat+ong").text
    assert ["hộp 200 g (MO)" in page, "hộp 200 g (CHE-200)" in page] == [True, False]


def test_a_pack_of_another_seller_is_no_answer(cast, order):
    foreign = make.variant(make.product(cast.theirs.seller), sku="LA")
    assert say(cast.ours, order, foreign.ref).status_code == 404
    assert db.session.scalars(select(ItemLink)).all() == []


def test_another_seller_finds_and_changes_nothing(cast, order):
    url = f"/ban-hang/san/don/{order.ref}"
    answers = [
        cast.theirs.get(url),
        say(cast.theirs, order, pack().ref),
        cast.theirs.post(f"{url}/thu-lai"),
    ]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert order.external_id not in cast.theirs.get("/ban-hang/san/don").text
    assert db.session.scalars(select(ItemLink)).all() == []


def test_trying_again_looks_at_the_order_anew(cast, order, market, run_tasks):
    item_id = int(order.lines[0].external_id)
    listing = db.session.scalars(select(Listing)).one()
    listing.external_id = str(item_id)
    db.session.commit()
    assert cast.ours.post(f"/ban-hang/san/don/{order.ref}/thu-lai").status_code == 303
    run_tasks()
    assert order.intake == "taken"


def test_a_long_list_asks_no_more_queries_than_a_short_one(cast, order, shop, market, query_count):
    def queries():
        cast.ours.get("/ban-hang/san/don")
        with query_count() as sent:
            assert cast.ours.get("/ban-hang/san/don").status_code == 200
        return len(sent)

    before = queries()
    for _ in range(3):
        item_id = int(order.lines[0].external_id)
        market.order(shop.shop_id, [{"item_id": item_id, "quantity": 1}])
    jobs.pull(shop.id)
    assert len(db.session.scalars(select(ChannelOrder)).all()) == 4
    assert queries() == before


def test_what_was_said_wrongly_is_forgotten_and_asked_again(cast, order, shop, market, run_tasks):
    wrong = make.variant(make.product(cast.ours.seller, name="Chè đinh"), on_hand=9, sku="DINH")
    db.session.commit()
    item = order.lines[0].external_id
    say(cast.ours, order, wrong.ref)
    run_tasks()
    place = f"/ban-hang/san/{shop.ref}/noi"
    assert "Chè đinh" in cast.ours.get(place).text
    for person, status in ((cast.theirs, 404), (cast.ours, 303), (cast.ours, 404)):
        assert person.post(f"{place}/quen", {"item": item}).status_code == status
    assert db.session.scalars(select(ItemLink)).all() == []
    market.order(shop.shop_id, [{"item_id": int(item), "quantity": 3}])
    jobs.pull(shop.id)
    db.session.expire_all()
    found = db.session.scalars(select(ChannelOrder).order_by(ChannelOrder.id)).all()
    assert [(row.intake, row.lines[0].variant_id) for row in found] == [
        ("taken", wrong.id),
        ("needs_link", None),
    ]
