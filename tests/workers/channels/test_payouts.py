from datetime import timedelta

import pytest
from sqlalchemy import select, update

from shop import clock
from shop.accounts import access
from shop.database import db, transaction
from shop.errors import BadInput
from shop.ledger import accounts
from shop.orders.models import Order
from shop.reconciliation import differences
from shop.reconciliation.models import Batch
from shop.sellers.models import Seller
from tests import make, make_channels
from workers.channels import listings, payouts
from workers.channels.models import Listing
from workers.channels.order_models import ChannelOrder, ChannelPayout
from workers.marketplaces.shopee import payouts as shopee_payouts
from workers.sync import jobs


@pytest.fixture
def shop(market, database):
    seller = make.seller()
    make.variant(make.product(seller), on_hand=10, sku="CHE-200", price_vnd=200_000)
    connection = make_channels.connection(database, market, seller.id)
    listings.link_all(connection)
    db.session.commit()
    jobs.mark_all(connection.id)
    jobs.push(connection.id)
    return connection


@pytest.fixture
def ended(shop, market):
    """An order of two boxes that was delivered and ended well, 400,000 đ and 20,000 đ of fee."""
    item_id = db.session.scalars(select(Listing.external_id)).one()
    told = market.order(shop.shop_id, [{"item_id": int(item_id), "quantity": 2}])
    market.change(told["order_id"], status="SHIPPED", tracking="SPXVN01")
    jobs.pull(shop.id)
    market.change(told["order_id"], status="COMPLETED")
    jobs.pull(shop.id)
    return told


@pytest.fixture
def person(shop):
    return access.of(make.member(db.session.get(Seller, shop.seller_id)))


def kept():
    db.session.expire_all()
    return db.session.scalars(select(ChannelPayout)).all()


def test_what_was_paid_for_an_order_is_kept_once_with_its_fee_and_tax(shop, ended):
    for _ in range(2):
        jobs.ask_payouts(shop.id)
    [row] = kept()
    assert row.channel_order.external_id == ended["order_id"]
    assert (row.gross_vnd, row.fee_vnd, row.tax_vnd) == (420_000, 16_000, 6_000)
    assert row.net_vnd == 378_000
    assert row.net_vnd == row.gross_vnd - row.fee_vnd - row.tax_vnd + row.adjustment_vnd


@pytest.fixture
def never_paid(shop, market):
    """Three orders that came back before anything was paid."""
    item_id = db.session.scalars(select(Listing.external_id)).one()
    for _ in range(3):
        market.order(shop.shop_id, [{"item_id": int(item_id), "quantity": 1}])
    jobs.pull(shop.id)
    db.session.execute(update(ChannelOrder).values(state="returned"))
    db.session.commit()


def test_orders_that_are_never_paid_out_do_not_take_the_turns_of_the_others(
    shop, never_paid, ended, monkeypatch
):
    monkeypatch.setattr(payouts, "MOST", 1)
    for _ in range(60):
        jobs.ask_payouts(shop.id)
    assert [row.channel_order.external_id for row in kept()] == [ended["order_id"]]


def test_money_that_cannot_be_read_keeps_no_other_payout_waiting(shop, ended, market, monkeypatch):
    item_id = db.session.scalars(select(Listing.external_id)).one()
    for _ in range(2):
        market.order(shop.shop_id, [{"item_id": int(item_id), "quantity": 1}], status="COMPLETED")
    jobs.pull(shop.id)
    line = shopee_payouts._line

    def told(shop, order_id):
        if order_id == ended["order_id"]:
            raise KeyError("escrow_amount")
        return line(shop, order_id)

    monkeypatch.setattr(shopee_payouts, "_line", told)
    jobs.ask_payouts(shop.id)
    assert len(kept()) == 2
    monkeypatch.undo()
    jobs.ask_payouts(shop.id)
    assert len(kept()) == 3


def test_an_order_on_its_way_is_not_paid_out_yet(shop, market):
    item_id = db.session.scalars(select(Listing.external_id)).one()
    market.order(shop.shop_id, [{"item_id": int(item_id), "quantity": 2}])
    jobs.pull(shop.id)
    jobs.ask_payouts(shop.id)
    assert kept() == []


def test_a_settlement_made_of_payouts_pays_the_order_and_books_what_was_kept_back(
    shop, ended, person, run_tasks
):
    jobs.ask_payouts(shop.id)
    today = clock.today()
    for _ in range(2):
        with transaction():
            payouts.settle(person, shop, today, today)
    run_tasks()
    db.session.expire_all()
    [batch] = db.session.scalars(select(Batch)).all()
    assert (batch.state, batch.net_vnd, batch.many, batch.undecided) == ("done", 378_000, 1, 0)
    order = db.session.scalars(select(Order)).one()
    assert (order.state, order.paid_vnd) == ("completed", 420_000)
    assert batch.lines[0].order_id == order.id


def test_days_without_a_payout_make_no_settlement(shop, person):
    with pytest.raises(BadInput), transaction():
        payouts.settle(person, shop, clock.today(), clock.today())
    assert db.session.scalars(select(Batch)).all() == []


@pytest.fixture
def taken_back(shop, ended, market):
    """The order whose payout of 378,000 đ was kept, and of which 60,000 đ were taken back later."""
    jobs.ask_payouts(shop.id)
    market.change(ended["order_id"], reversed_vnd=60_000)
    jobs.pull(shop.id)
    db.session.execute(update(ChannelPayout).values(asked_at=clock.now() - timedelta(days=1)))
    db.session.commit()
    for _ in range(2):
        jobs.ask_payouts(shop.id)
    return ended


def test_what_is_taken_back_after_the_payout_is_kept_beside_it_once(shop, taken_back):
    rows = kept()
    assert [(row.number, row.gross_vnd, row.adjustment_vnd, row.net_vnd) for row in rows] == [
        (0, 420_000, -20_000, 378_000),
        (1, 0, -60_000, -60_000),
    ]
    assert {row.channel_order.external_id for row in rows} == {taken_back["order_id"]}


def test_a_payout_is_asked_for_again_only_where_the_order_changed_since(shop, ended, market):
    jobs.ask_payouts(shop.id)
    db.session.execute(update(ChannelPayout).values(asked_at=clock.now() - timedelta(days=1)))
    db.session.execute(update(ChannelOrder).values(remote_at=kept()[0].happened_at))
    db.session.commit()
    before = len(market.calls(shop.shop_id, "payment/get_escrow_detail"))
    jobs.ask_payouts(shop.id)
    assert len(market.calls(shop.shop_id, "payment/get_escrow_detail")) == before


def test_what_was_taken_back_stands_in_the_settlement_for_a_person_to_decide(
    shop, taken_back, person, run_tasks
):
    today = clock.today()
    with transaction():
        payouts.settle(person, shop, today, today)
    run_tasks()
    db.session.expire_all()
    [batch] = db.session.scalars(select(Batch)).all()
    assert (batch.state, batch.net_vnd, batch.undecided) == ("done", 318_000, 1)
    [line] = [line for line in batch.lines if line.kind == "refund"]
    assert (line.reference, line.order_reference) == (
        f"{taken_back['order_id']}#1",
        taken_back["order_id"],
    )
    assert (line.found, line.gross_vnd, line.net_vnd) == ("unknown", -60_000, -60_000)
    with transaction():
        differences.decide(batch, line, accounts.OTHER_OUT, "kế toán")
    assert (differences.left_vnd(batch), line.found) == (0, "decided")
    order = db.session.scalars(select(Order)).one()
    assert order.paid_vnd == 420_000
