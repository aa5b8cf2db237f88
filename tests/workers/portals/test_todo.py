import pytest
from sqlalchemy import select

from shop.accounts import access
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.outbox import Task
from tests import make, make_portals
from workers.channels.models import Connection, Listing, ListingState
from workers.portals import goods, templates, todo
from workers.portals.errors import AlreadyOpen, LinkTaken, LookAgain, NotALink
from workers.sync import jobs, matrix
from workers.sync.matrix import Deed
from workers.sync.models import LaneKind


@pytest.fixture
def portal(database):
    """A portal with two things of the seller on it, nothing to be done."""
    seller = make.seller()
    for sku in ("CHE-200", "DINH"):
        make.variant(make.product(seller, name=f"Chè {sku}"), on_hand=10, sku=sku)
    row = make_portals.portal(seller)
    make_portals.linked(row)
    return row


def waiting(portal):
    db.session.expire_all()
    rows = db.session.scalars(todo.waiting(portal.id)).all()
    kinds = todo.open_kinds([row.id for row in rows])
    return {row.variant.sku: kinds.get(row.id, []) for row in rows}


def listing(portal, sku):
    rows = db.session.scalars(select(Listing).where(Listing.connection_id == portal.id))
    return next(row for row in rows if row.variant.sku == sku)


def shown(row):
    [said] = goods.of(row.connection, goods.loaded([row.id]))
    return todo.mark(said)


def change_price(row, price_vnd):
    row.variant.price_vnd = price_vnd
    db.session.commit()
    jobs.mark(row.variant.product_id)


def test_everything_on_sale_waits_to_be_put_there_when_a_portal_is_opened(database):
    seller = make.seller()
    make.variant(make.product(seller), sku="CHE-200")
    make.variant(make.product(seller, status="draft"), sku="NHAP")
    row = make_portals.portal(seller)
    assert list(waiting(row)) == ["CHE-200"]
    assert (row.health, row.name, templates.of(row).host) == ("manual", "Postmart", "postmart.vn")


def test_a_seller_opens_a_portal_once(portal):
    owner = db.session.get(make.Seller, portal.seller_id)
    with pytest.raises(AlreadyOpen):
        make_portals.portal(owner)
    assert len(db.session.scalars(select(Connection)).all()) == 1


def test_a_pasted_link_makes_a_listing_live(portal):
    assert waiting(portal) == {}
    row = listing(portal, "DINH")
    assert (row.state, row.link) == (ListingState.LIVE, f"https://postmart.vn/san-pham/{row.id}")
    assert row.external_id == row.link


def test_what_was_taken_off_is_forgotten_until_it_is_offered_again(portal, run_tasks):
    row, other = listing(portal, "DINH"), listing(portal, "CHE-200")
    change_price(row, 190_000)
    change_price(other, 190_000)
    run_tasks()
    for _ in range(2):
        todo.taken_off(SYSTEM, row)
    assert waiting(portal) == {"CHE-200": [LaneKind.PRICE]}
    assert (row.external_id, row.link, row.offered, row.state) == (None, "", False, "waiting")
    assert todo.open_kinds([row.id]) == {}
    change_price(row, 195_000)
    run_tasks()
    assert list(waiting(portal)) == ["CHE-200"]
    person = access.of(make.member(db.session.get(make.Seller, portal.seller_id)))
    matrix.do(person, portal, [row.variant], Deed.ON)
    assert list(waiting(portal)) == ["CHE-200", "DINH"]


def test_a_link_of_another_host_or_another_listing_changes_nothing(portal):
    row, other = listing(portal, "DINH"), listing(portal, "CHE-200")
    before = row.link
    with pytest.raises(NotALink):
        todo.link(SYSTEM, templates.of(portal), row, "https://voso.vn/san-pham/9")
    with pytest.raises(LinkTaken) as taken:
        todo.link(SYSTEM, templates.of(portal), row, other.link)
    assert taken.value.facts == {"sku": "CHE-200"}
    assert row.link == before


def test_a_changed_price_is_to_be_done_until_it_is_said_to_be_done(portal, run_tasks):
    row = listing(portal, "CHE-200")
    change_price(row, 190_000)
    run_tasks()
    assert waiting(portal) == {"CHE-200": [LaneKind.PRICE]}
    todo.done(SYSTEM, row, shown(row))
    assert waiting(portal) == {}


def test_a_price_that_is_back_where_it_was_needs_nobody(portal, run_tasks):
    row = listing(portal, "CHE-200")
    change_price(row, 190_000)
    change_price(row, 185_000)
    run_tasks()
    assert waiting(portal) == {}


def test_many_changes_of_a_moment_are_tidied_up_once(portal, run_tasks):
    run_tasks()
    row = listing(portal, "CHE-200")
    for price_vnd in (190_000, 195_000, 200_000):
        change_price(row, price_vnd)
    waits = select(Task).where(Task.job == "workers.portals.jobs.tidy", Task.tries == 0)
    assert len(db.session.scalars(waits.where(Task.finished_at.is_(None))).all()) == 1


def test_what_changed_after_the_page_was_shown_stays_to_be_done(portal, run_tasks):
    row = listing(portal, "CHE-200")
    change_price(row, 190_000)
    run_tasks()
    seen = shown(row)
    change_price(row, 195_000)
    with pytest.raises(LookAgain):
        todo.done(SYSTEM, row, seen)
    assert waiting(portal)["CHE-200"] == [
        LaneKind.STOCK,
        LaneKind.PRICE,
        LaneKind.STATUS,
        LaneKind.CONTENT,
        LaneKind.IMAGES,
    ]
    run_tasks()
    assert waiting(portal) == {"CHE-200": [LaneKind.PRICE]}


def test_the_shops_stock_rule_holds_for_a_portal(portal, run_tasks):
    row = listing(portal, "CHE-200")
    portal.share_percent, portal.buffer = 50, 1
    db.session.commit()
    [said] = goods.of(portal, goods.loaded([row.id]))
    assert said.stock == 4


def test_the_list_asks_the_same_number_of_queries_however_long_it_is(portal, query_count):
    def queries():
        db.session.expire_all()
        connection = db.session.get(Connection, portal.id)
        with query_count() as sent:
            found = goods.of(connection, goods.loaded(ids()))
            assert [todo.mark(each) for each in found]
        return len(sent)

    def ids():
        return db.session.scalars(
            select(Listing.id).where(Listing.connection_id == portal.id)
        ).all()

    before = queries()
    for _ in range(4):
        make.variant(make.product(db.session.get(make.Seller, portal.seller_id)))
    templates.take_all(portal)
    db.session.commit()
    assert queries() == before
