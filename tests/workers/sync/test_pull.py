import json
from dataclasses import replace
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import select

from shop import clock
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.inventory import reservations, stock
from shop.orders import dues, states
from shop.orders.models import Order
from shop.outbox import Task
from shop.sellers.models import Seller
from tests import make, make_channels
from workers.channels import connections, listings, partners
from workers.channels import orders as intake
from workers.channels.models import Connection, Health, Listing
from workers.channels.order_models import ChannelOrder, MarketPush
from workers.marketplaces.protocol import Page
from workers.marketplaces.shopee import orders as shopee_orders
from workers.marketplaces.shopee import sign
from workers.sandbox import shopee_orders as sandbox_orders
from workers.sync import jobs, outcomes
from workers.sync.errors import Away


@pytest.fixture
def shop(market, database):
    """A shop whose one product, ten boxes, is listed."""
    seller = make.seller()
    make.variant(make.product(seller), on_hand=10, sku="CHE-200", price_vnd=185_000)
    connection = make_channels.connection(database, market, seller.id)
    listings.link_all(connection)
    db.session.commit()
    jobs.mark_all(connection.id)
    jobs.push(connection.id)
    return connection


@pytest.fixture
def listing(shop):
    return db.session.scalars(select(Listing).where(Listing.connection_id == shop.id)).one()


def bought(market, shop, listing, quantity, **more):
    lines = [{"item_id": int(listing.external_id), "quantity": quantity}]
    return market.order(shop.shop_id, lines, **more)


def ours():
    db.session.expire_all()
    return db.session.scalars(select(Order)).one()


def row():
    db.session.expire_all()
    return db.session.scalars(select(ChannelOrder)).one()


def saleable(listing):
    db.session.expire_all()
    return stock.saleable([listing.variant_id])[listing.variant_id]


def test_an_order_of_the_marketplace_becomes_ours_with_its_goods_held(shop, listing, market):
    told = bought(market, shop, listing, 3, fee_vnd=25_000, discount_vnd=10_000)
    jobs.pull(shop.id)
    order = ours()
    assert (order.state, order.pay_by, order.source) == (
        "cod_confirmed",
        "channel",
        "channel:shopee",
    )
    assert order.source_key == f"shopee:{told['order_id']}:{shop.shop_id}"
    assert (order.goods_vnd, order.fee_vnd, order.discount_vnd) == (555_000, 25_000, 10_000)
    assert order.total_vnd == told["total_vnd"] == 570_000
    assert (order.buyer_name, order.buyer_phone) == ("Nguyễn Thị Bưởi", "+84912345678")
    [line] = order.lines
    assert (line.variant_id, line.quantity, line.unit_price_vnd) == (
        listing.variant_id,
        Decimal(3),
        185_000,
    )
    assert saleable(listing) == 7
    assert (row().intake, row().order_id, row().trouble) == ("taken", order.id, None)


@pytest.mark.parametrize("trial", [True, False])
def test_an_order_of_a_sandbox_shop_is_marked_a_trial(shop, listing, market, trial):
    shop.sandbox = trial
    db.session.commit()
    bought(market, shop, listing, 1)
    jobs.pull(shop.id)
    assert ours().trial is trial


def test_pulled_again_it_is_the_same_order_and_the_same_goods(shop, listing, market):
    bought(market, shop, listing, 3)
    for _ in range(3):
        jobs.pull(shop.id)
    assert ours().state == "cod_confirmed"
    assert saleable(listing) == 7
    assert len(ours().events) == 2


def test_orders_that_move_to_another_page_meanwhile_are_brought_in(
    shop, listing, market, monkeypatch
):
    monkeypatch.setattr(shopee_orders, "PAGE", 2)
    placed = {bought(market, shop, listing, 1)["order_id"] for _ in range(5)}
    told = shopee_orders.changed

    def moving(shop_now, **asked):
        if asked["cursor"] == "2" and not moved:
            moved.append(asked["cursor"])
            market.fault("shift", "get_order_list", shop.shop_id)
        return told(shop_now, **asked)

    moved = []
    monkeypatch.setattr(shopee_orders, "changed", moving)
    jobs.pull(shop.id)
    assert moved == ["2"]
    db.session.expire_all()
    assert set(db.session.scalars(select(ChannelOrder.external_id))) == placed
    assert saleable(listing) == 5


def test_a_sale_there_and_goods_that_come_in_here_leave_both_with_the_same_number(
    shop, listing, market, run_tasks
):
    bought(market, shop, listing, 1)
    with transaction():
        stock.receive(listing.variant_id, Decimal(1), source="test")
    jobs.pull(shop.id)
    run_tasks()
    jobs.push(shop.id)
    assert saleable(listing) == 10, "as many as it was told before the sale"
    assert [item["stock"] for item in market.items(shop.shop_id)] == [10]


def test_an_order_that_is_not_paid_yet_holds_goods_and_is_not_to_be_packed(shop, listing, market):
    told = bought(market, shop, listing, 2, status="UNPAID")
    jobs.pull(shop.id)
    assert (ours().state, saleable(listing)) == ("awaiting_payment", 8)
    market.change(told["order_id"], status="READY_TO_SHIP")
    jobs.pull(shop.id)
    assert (ours().state, saleable(listing)) == ("cod_confirmed", 8)


def test_cancelled_there_it_gives_its_goods_back_once(shop, listing, market):
    told = bought(market, shop, listing, 4)
    jobs.pull(shop.id)
    market.change(told["order_id"], status="CANCELLED")
    for _ in range(2):
        jobs.pull(shop.id)
    assert (ours().state, saleable(listing)) == ("cancelled", 10)
    assert dues.open_vnd(ours()) == 0


def test_sent_there_the_goods_leave_our_books_with_the_tracking_number(shop, listing, market):
    told = bought(market, shop, listing, 4)
    jobs.pull(shop.id)
    market.change(told["order_id"], status="SHIPPED", tracking="SPXVN01")
    jobs.pull(shop.id)
    order = ours()
    assert (order.state, order.carrier, order.tracking_no) == ("shipped", "SPX Express", "SPXVN01")
    assert stock.on_hand([listing.variant_id])[listing.variant_id] == 6
    assert stock.reserved([listing.variant_id]).get(listing.variant_id, 0) == 0
    market.change(told["order_id"], status="COMPLETED")
    jobs.pull(shop.id)
    assert ours().state == "completed"
    assert stock.on_hand([listing.variant_id])[listing.variant_id] == 6


def test_an_order_first_seen_when_it_was_sent_already_goes_all_the_way(shop, listing, market):
    told = bought(market, shop, listing, 4)
    market.change(told["order_id"], status="SHIPPED", tracking="SPXVN01")
    jobs.pull(shop.id)
    assert ours().state == "shipped"
    assert stock.on_hand([listing.variant_id])[listing.variant_id] == 6


def test_an_order_that_was_cancelled_before_we_saw_it_is_nothing_of_ours(shop, listing, market):
    told = bought(market, shop, listing, 4)
    market.change(told["order_id"], status="CANCELLED")
    jobs.pull(shop.id)
    assert row().intake == "ignored"
    assert db.session.scalars(select(Order)).all() == []
    assert saleable(listing) == 10


def test_what_is_told_late_changes_nothing(shop, listing, market):
    told = bought(market, shop, listing, 4)
    jobs.pull(shop.id)
    [early] = _told(shop, told["order_id"])
    market.change(told["order_id"], status="SHIPPED", tracking="SPXVN01")
    jobs.pull(shop.id)
    with transaction():
        intake.take_in(shop, early)
    assert (ours().state, row().said) == ("shipped", "SHIPPED")


def _told(shop, order_id):
    return connections.say(shop.id, partial(shopee_orders.read, order_ids=[order_id]))


def test_an_order_of_goods_that_are_gone_is_kept_and_flagged_never_refused(shop, listing, market):
    bought(market, shop, listing, 10)
    with transaction():
        stock.sell(listing.variant_id, Decimal(8), source="test:stall")
    jobs.pull(shop.id)
    assert (ours().state, ours().short) == ("cod_confirmed", True)
    assert row().trouble == (
        "Sàn đã bán nhưng kho không còn đủ. Nhập thêm hàng hoặc hủy đơn trên sàn."
    )
    assert saleable(listing) == 0


def test_goods_that_come_are_first_for_who_bought_them_already(shop, listing, market, run_tasks):
    bought(market, shop, listing, 10)
    with transaction():
        stock.sell(listing.variant_id, Decimal(8), source="test:stall")
    jobs.pull(shop.id)
    assert (ours().short, _held()) == (True, 2)
    for came, held, short, left in ((5, 7, True, 0), (9, 10, False, 6)):
        with transaction():
            stock.receive(listing.variant_id, Decimal(came), source=f"test:{came}")
        run_tasks()
        assert (ours().short, _held(), saleable(listing)) == (short, held, left)
        assert [item["stock"] for item in market.items(shop.shop_id)] == [left]


def _held():
    [quantity] = reservations.live(states.holder(ours())).values()
    return quantity


def test_an_item_nobody_knows_keeps_the_order_and_asks_for_a_link(shop, listing, market):
    lines = [{"item_id": int(listing.external_id), "quantity": 2}]
    _forget(listing)
    market.order(shop.shop_id, lines)
    jobs.pull(shop.id)
    assert row().intake == "needs_link"
    assert row().trouble == ("Chưa biết là hàng nào của mình: Chè tôm nõn Hảo Đạt, hộp 200 g.")
    assert db.session.scalars(select(Order)).all() == []
    with transaction():
        intake.link(shop, str(lines[0]["item_id"]), listing.variant, by="Bà Hoa")
    jobs.pull_again(shop.id)
    assert row().intake == "taken"
    assert (ours().state, saleable(listing)) == ("cod_confirmed", 8)


def _forget(listing):
    """As if the item had been listed by hand under another SKU."""
    listing.external_id = None
    listing.variant.sku = "KHAC"
    db.session.commit()


def test_what_waits_for_a_link_is_not_offered_a_second_time(shop, listing, market):
    seller = db.session.get(Seller, shop.seller_id)
    make.variant(make.product(seller, name="Trà đinh"), on_hand=5, sku="DINH")
    db.session.commit()
    listings.link_all(shop)
    db.session.commit()
    jobs.mark_all(shop.id)
    jobs.push(shop.id)
    strange = _listing_of("DINH")
    lines = [
        {"item_id": int(listing.external_id), "quantity": 6},
        {"item_id": int(strange.external_id), "quantity": 1},
    ]
    _forget(strange)
    market.order(shop.shop_id, lines)
    jobs.pull(shop.id)
    assert row().intake == "needs_link"
    assert saleable(listing) == 10
    jobs.push(shop.id)
    stocks = {item["item_sku"]: item["stock"] for item in market.items(shop.shop_id)}
    assert stocks["CHE-200"] == 4


@pytest.mark.parametrize("status", ["READY_TO_SHIP", "SHIPPED", "COMPLETED"])
def test_what_waits_for_a_link_is_offered_nowhere_however_far_it_has_gone(
    shop, listing, market, database, status
):
    other = make_channels.connection(database, market, shop.seller_id)
    listings.link_all(other)
    db.session.commit()
    jobs.mark_all(other.id)
    jobs.push(other.id)
    _sell_with_something_strange(market, shop, listing, 6, status=status)
    jobs.pull(shop.id)
    assert (row().intake, saleable(listing)) == ("needs_link", 10)
    for each in (shop, other):
        jobs.mark_stock([listing.variant_id])
        jobs.push(each.id)
        stocks = {item["item_sku"]: item["stock"] for item in market.items(each.shop_id)}
        assert stocks["CHE-200"] == 4


def _sell_with_something_strange(market, shop, listing, quantity, **more):
    """An order of `quantity` of the listing, and of an item that nobody knows."""
    seller = db.session.get(Seller, shop.seller_id)
    make.variant(make.product(seller, name="Trà đinh"), on_hand=5, sku="DINH")
    db.session.commit()
    listings.link_all(shop)
    db.session.commit()
    jobs.mark_all(shop.id)
    jobs.push(shop.id)
    strange = _listing_of("DINH")
    lines = [
        {"item_id": int(listing.external_id), "quantity": quantity},
        {"item_id": int(strange.external_id), "quantity": 1},
    ]
    _forget(strange)
    market.order(shop.shop_id, lines, **more)


def test_stock_is_not_told_while_orders_are_being_brought_in(shop, listing, market, waiting_pushes):
    bought(market, shop, listing, 3)
    jobs.mark_stock([listing.variant_id])
    shop.pulled_until = None
    db.session.commit()
    before = len(market.calls(shop.shop_id, "update_stock"))
    with connections.alone(shop.id, "pull"):
        jobs.push(shop.id)
        # There seven are left; ten, which our books say still, would sell three of them twice.
        assert len(market.calls(shop.shop_id, "update_stock")) == before
        assert waiting_pushes(shop) == 1
    jobs.push(shop.id)
    assert [item["stock"] for item in market.items(shop.shop_id)] == [7]


@pytest.fixture
def waiting_pushes():
    """How many pushes of a shop are asked for at a later time."""

    def count(shop):
        db.session.expire_all()
        later = select(Task).where(Task.job == outcomes.PUSH, Task.due_at > clock.now())
        return [task.arguments for task in db.session.scalars(later)].count(
            {"connection_id": shop.id}
        )

    return count


def _unlike(told, **changes):
    """An order whose first line is otherwise."""
    return replace(told, lines=(replace(told.lines[0], **changes),))


SPOILT = {
    "no lines": lambda told: replace(told, lines=()),
    "a line twice": lambda told: replace(told, lines=told.lines * 2),
    "none of it": lambda told: _unlike(told, quantity=0),
    "more than there is": lambda told: _unlike(told, quantity=10**9),
    "a price below nothing": lambda told: _unlike(told, unit_price_vnd=-5),
    "a sum that no column holds": lambda told: replace(told, total_vnd=10**19),
    "a discount above the goods": lambda told: replace(told, discount_vnd=10**9),
    "a name with a zero byte": lambda told: replace(told, buyer_name="Bưởi\x00"),
    "half a character": lambda told: replace(told, note="\ud83d"),
}


@pytest.mark.parametrize("how", SPOILT)
def test_an_order_that_is_told_wrongly_waits_for_a_person_and_keeps_no_other_waiting(
    shop, listing, market, monkeypatch, how
):
    wrong, right = bought(market, shop, listing, 1), bought(market, shop, listing, 2)
    read = shopee_orders.read

    def spoilt(shop, order_ids):
        return [
            SPOILT[how](told) if told.order_id == wrong["order_id"] else told
            for told in read(shop, order_ids)
        ]

    monkeypatch.setattr(shopee_orders, "read", spoilt)
    jobs.pull(shop.id)
    _wrong_waits_and_right_is_taken(wrong, right)
    assert saleable(listing) == 8
    monkeypatch.undo()
    jobs.pull_again(shop.id)
    assert _intakes() == {wrong["order_id"]: "taken", right["order_id"]: "taken"}
    assert saleable(listing) == 7


def test_an_order_that_cannot_be_read_does_not_spoil_the_page_it_stands_on(
    shop, listing, market, monkeypatch
):
    wrong, right = bought(market, shop, listing, 1), bought(market, shop, listing, 2)
    order = shopee_orders._order

    def unread(told):
        if told["order_sn"] == wrong["order_id"]:
            del told["update_time"]
        return order(told)

    monkeypatch.setattr(shopee_orders, "_order", unread)
    jobs.pull(shop.id)
    _wrong_waits_and_right_is_taken(wrong, right)


def test_a_list_that_leads_back_to_itself_is_not_gone_over_for_ever(
    shop, listing, market, monkeypatch
):
    told, before = bought(market, shop, listing, 1), shop.pulled_until
    page = Page((told["order_id"],), "again")
    monkeypatch.setattr(shopee_orders, "changed", lambda *_args, **_more: page)
    with pytest.raises(Away):
        jobs.pull(shop.id)
    assert _intakes() == {told["order_id"]: "taken"}
    db.session.refresh(shop)
    # Whatever lies behind it is looked for again.
    assert shop.pulled_until == before


def _wrong_waits_and_right_is_taken(wrong, right):
    assert _intakes() == {wrong["order_id"]: "trouble", right["order_id"]: "taken"}
    query = select(ChannelOrder).where(ChannelOrder.external_id == wrong["order_id"])
    waits = db.session.scalars(query).one()
    assert waits.trouble == (
        "Sàn báo đơn này nhưng không đọc được. Xem đơn trên trang người bán của sàn, bấm thử lại; "
        "nếu vẫn vậy, báo người vận hành."
    )
    assert (waits.order_id, waits.lines) == (None, [])


def _intakes():
    db.session.expire_all()
    return {row.external_id: row.intake for row in db.session.scalars(select(ChannelOrder))}


def _listing_of(sku):
    query = select(Listing).join(Variant, Variant.id == Listing.variant_id)
    return db.session.scalars(query.where(Variant.sku == sku)).one()


def test_a_signed_push_brings_in_the_order_it_names_once(
    shop, listing, market, cast, run_tasks, database
):
    told = bought(market, shop, listing, 1)
    for _ in range(2):
        answer = cast.visitor.post("/webhooks/san/shopee", **pushed(database, told))
        assert (answer.status_code, answer.data) == (200, b"")
    assert len(db.session.scalars(select(MarketPush)).all()) == 1
    run_tasks()
    assert ours().state == "cod_confirmed"


def test_a_push_with_another_signature_is_refused_and_kept_nowhere(shop, market, cast, database):
    order = {"order_id": "X1", "status": "READY_TO_SHIP", "shop_id": int(shop.shop_id)}
    sent = pushed(database, order | {"updated_at": 1_700_000_000})
    sent["data"] = sent["data"].replace(b"READY_TO_SHIP", b"CANCELLED")
    assert cast.visitor.post("/webhooks/san/shopee", **sent).status_code == 401
    assert db.session.scalars(select(MarketPush)).all() == []


def pushed(app, order):
    url = app.config["SETTINGS"].base_url + "/webhooks/san/shopee"
    headers, body = sandbox_orders.push(order, url)
    return {"data": body, "headers": headers}


def _signed(app, body):
    url = app.config["SETTINGS"].base_url + "/webhooks/san/shopee"
    return {"Authorization": sign.push(partners.partner("shopee").push_key, url, body)}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"code":1e400,"shop_id":1}',
        b'{"code":3,"shop_id":1,"data":"x"}',
        b'{"code":3,"shop_id":1,"data":[1]}',
        b'{"code":3,"shop_id":"\\u0000","data":{"ordersn":"1"}}',
        b'{"code":3,"shop_id":"\\ud800","data":{"ordersn":"1"}}',
        b'{"code":3,"shop_id":1,"data":{"ordersn":"' + b"x" * 9000 + b'"}}',
    ],
    ids=range(11),
)
def test_a_signed_push_that_makes_no_sense_is_answered_and_kept_nowhere(
    market, cast, database, body
):
    answer = cast.visitor.post("/webhooks/san/shopee", data=body, headers=_signed(database, body))
    assert (answer.status_code, answer.data) == (200, b"")
    assert db.session.scalars(select(MarketPush)).all() == []


@pytest.mark.parametrize("platform", ["shopee", "lazada", "tiktok"])
def test_a_signature_of_other_letters_is_refused(market, cast, platform):
    headers = {"Authorization": "chữ ký é".encode().decode("latin-1")}
    answer = cast.visitor.post(f"/webhooks/san/{platform}", data=b"{}", headers=headers)
    assert answer.status_code == 401


def _left(app, shop):
    """Shopee tells that a seller took back the consent."""
    told = {"data": {}, "shop_id": int(shop.shop_id), "code": 2, "timestamp": 1_700_000_000}
    body = json.dumps(told).encode()
    return {"data": body, "headers": _signed(app, body)}


def _health(shop):
    db.session.expire_all()
    return db.session.get_one(Connection, shop.id).health


def test_the_end_of_a_consent_told_after_a_new_one_parks_nothing(
    shop, market, cast, run_tasks, database
):
    assert cast.visitor.post("/webhooks/san/shopee", **_left(database, shop)).status_code == 200
    run_tasks()
    assert _health(shop) == Health.OK


def test_the_end_of_a_consent_parks_a_shop_that_is_refused(shop, market, cast, run_tasks, database):
    # Whoever signs in anew spends the tokens of before.
    market.grant("shopee", int(shop.shop_id))
    assert cast.visitor.post("/webhooks/san/shopee", **_left(database, shop)).status_code == 200
    run_tasks()
    assert _health(shop) == Health.NEEDS_RECONNECT


def test_two_shops_whose_consent_ends_in_one_second_are_both_heard(shop, market, cast, database):
    other = make_channels.connection(database, market, shop.seller_id)
    db.session.commit()
    for each in (shop, other):
        cast.visitor.post("/webhooks/san/shopee", **_left(database, each))
    heard = {row.shop_id for row in db.session.scalars(select(MarketPush))}
    assert heard == {shop.shop_id, other.shop_id}
