import io
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from PIL import Image as Picture

from shop import clock
from workers.marketplaces import protocol
from workers.marketplaces.protocol import BadSignature, Hint, HintKind, Image, OrderState, Shop
from workers.marketplaces.tiktok import client, listings, orders, payouts
from workers.sandbox import tiktok_orders as documents


def photo():
    written = io.BytesIO()
    Picture.new("RGB", (600, 600)).save(written, "PNG")
    return written.getvalue()


@pytest.fixture
def shop(sandbox):
    grant = sandbox.grant("tiktok")
    account = sandbox.partner_of("tiktok")
    return Shop(account, grant.shop_id, grant.tokens.access_token, grant.cipher)


@pytest.fixture
def honey(shop):
    wanted = protocol.Listing(
        sku="MO-500",
        name="Mật ong hoa nhãn Hưng Yên, chai 500 ml",
        description="Mật ong.",
        price_vnd=120_000,
        stock=400,
        weight_kg=Decimal("0.7"),
        size_cm=(10, 10, 18),
        images=(Image("one", photo),),
        category_id="6100783",
    )
    return listings.create(shop, listings.ground(shop), wanted, key="once")


@pytest.fixture
def buy(sandbox, shop, honey):
    def bought(quantity, **more):
        more = {"platform": "tiktok", "status": "AWAITING_SHIPMENT"} | more
        lines = [{"item_id": int(honey.partition(":")[0]), "quantity": quantity}]
        return sandbox.order(shop.shop_id, lines, **more)

    return bought


def test_the_units_of_a_sku_are_one_line_and_the_sums_fit_to_the_dong(shop, honey, buy):
    told = buy(3, fee_vnd=25_000, discount_vnd=10_000)
    [order] = orders.read(shop, [told["order_id"]])
    sku_id = honey.partition(":")[2]
    assert order.lines == (
        protocol.OrderLine(
            f"{sku_id}:120000",
            honey,
            "MO-500",
            "Mật ong hoa nhãn Hưng Yên, chai 500 ml",
            3,
            120_000,
        ),
    )
    assert (order.fee_vnd, order.discount_vnd, order.total_vnd) == (25_000, 10_000, 375_000)
    assert (order.state, order.said) == (OrderState.CONFIRMED, "AWAITING_SHIPMENT")
    assert (order.buyer_name, order.buyer_phone) == ("Nguyễn Thị Bưởi", "0912345678")
    assert order.address == "Số 5, phường Tân Thịnh, Thái Nguyên"


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ("UNPAID", OrderState.PLACED),
        ("ON_HOLD", OrderState.PLACED),
        ("AWAITING_SHIPMENT", OrderState.CONFIRMED),
        ("PARTIALLY_SHIPPING", OrderState.CONFIRMED),
        ("AWAITING_COLLECTION", OrderState.CONFIRMED),
        ("IN_TRANSIT", OrderState.SHIPPED),
        ("DELIVERED", OrderState.DELIVERED),
        ("COMPLETED", OrderState.COMPLETED),
        ("CANCELLED", OrderState.CANCELLED),
    ],
)
def test_each_word_for_a_state_means_one_of_ours(shop, buy, said, state):
    told = buy(1, status=said)
    [order] = orders.read(shop, [told["order_id"]])
    assert (order.state, order.said) == (state, said)
    assert order.lines[0].quantity == 1


def test_unknown_ids_are_left_out(shop, buy):
    assert orders.read(shop, ["100000000000001"]) == []
    assert orders.read(shop, []) == []


def test_a_parcel_tells_its_carrier_and_number(shop, sandbox, buy):
    told = buy(1)
    sandbox.change(told["order_id"], "tiktok", status="IN_TRANSIT", tracking="JT01")
    [order] = orders.read(shop, [told["order_id"]])
    assert (order.carrier, order.tracking_no) == ("J&T Express", "JT01")


def returned(sandbox, told, units, status="AWAITING_BUYER_SHIP"):
    items = {str(told["lines"][0]["item_id"]): units}
    given = {"items": items, "status": status}
    sandbox.change(told["order_id"], "tiktok", returned=given)


def test_what_comes_back_is_counted_by_unit(shop, sandbox, buy):
    told = buy(3, status="DELIVERED")
    returned(sandbox, told, 2)
    [order] = orders.read(shop, [told["order_id"]])
    assert (order.state, order.lines[0].quantity, order.lines[0].returned) == (
        OrderState.DELIVERED,
        3,
        2,
    )


def test_an_order_that_comes_back_whole_is_returned(shop, sandbox, buy):
    told = buy(2, status="DELIVERED")
    returned(sandbox, told, 2, "RETURN_OR_REFUND_REQUEST_COMPLETE")
    [order] = orders.read(shop, [told["order_id"]])
    assert (order.state, order.lines[0].returned) == (OrderState.RETURNED, 2)


@pytest.mark.parametrize(
    "status", ["RETURN_OR_REFUND_REQUEST_PENDING", "RETURN_OR_REFUND_REQUEST_CANCEL"]
)
def test_what_is_only_asked_for_or_was_withdrawn_does_not_come_back(shop, sandbox, buy, status):
    told = buy(2, status="DELIVERED")
    returned(sandbox, told, 2, status)
    [order] = orders.read(shop, [told["order_id"]])
    assert (order.state, order.lines[0].returned) == (OrderState.DELIVERED, 0)


# — what changed —


def all_changed(shop, since, until, between=lambda: None):
    found, cursor = [], None
    while True:
        page = orders.changed(shop, since, until, cursor)
        found += page.order_ids
        between()
        cursor = page.cursor
        if cursor is None:
            return found


@pytest.fixture
def short_pages(monkeypatch):
    monkeypatch.setattr(orders, "PAGES", {"orders": 2, "returns": 2})


def at(seconds):
    return datetime.fromtimestamp(seconds, UTC)


def test_orders_are_told_by_the_time_of_their_change_page_by_page(shop, buy, short_pages):
    bought = [buy(1)["order_id"] for _ in range(5)]
    now = clock.now()
    found = all_changed(shop, now - timedelta(minutes=1), now + timedelta(minutes=1))
    assert set(found) == set(bought)
    assert all_changed(shop, now - timedelta(hours=2), now - timedelta(hours=1)) == []


def test_no_order_is_lost_when_others_change_while_the_list_is_read(
    shop, sandbox, buy, short_pages
):
    def later(order_id, seconds):
        for _ in range(seconds):
            # Each change is at least a second later than the last.
            sandbox.change(order_id, "tiktok", tracking="JT")

    bought = [buy(1)["order_id"] for _ in range(6)]
    for seconds, order_id in enumerate(bought):
        later(order_id, seconds)
    early = bought[:2]

    def one_moves_to_the_end():
        if early:
            later(early.pop(0), 12)

    now = clock.now()
    since, until = now - timedelta(minutes=1), now + timedelta(minutes=1)
    assert set(all_changed(shop, since, until, one_moves_to_the_end)) == set(bought)


def test_an_order_of_which_only_a_return_changed_is_told(shop, sandbox, buy):
    told = buy(1, status="DELIVERED")
    returned(sandbox, told, 1)
    now = clock.now()
    cursor = f"returns:{int((now - timedelta(minutes=1)).timestamp())}:"
    page = orders.changed(shop, now, now + timedelta(minutes=1), cursor)
    assert (page.order_ids, page.cursor) == ((told["order_id"],), None)


# — pushes —


def pushed(type, data):
    told = {"type": type, "tts_notification_id": "73271", "shop_id": "749", "data": data}
    body = json.dumps(told).encode()
    return {"authorization": documents.signed(body)}, body


@pytest.mark.parametrize(
    ("type", "kind"),
    [
        (1, HintKind.ORDER),
        (11, HintKind.ORDER),
        (12, HintKind.ORDER),
        (4, HintKind.ORDER),
        (5, HintKind.ITEM),
        (6, HintKind.DEAUTHORISED),
        (7, HintKind.AUTHORISATION_ENDS),
        (27, HintKind.OTHER),
        (71, HintKind.OTHER),
    ],
)
def test_each_type_of_push_is_one_kind_of_hint(sandbox, type, kind):
    headers, body = pushed(type, {"order_id": "5764"} if kind is HintKind.ORDER else {})
    hint = orders.hint(sandbox.partner_of("tiktok"), "", headers, body)
    ids = ("5764",) if kind is HintKind.ORDER else ()
    assert hint == Hint(kind, "749", "73271", ids)


def test_a_push_that_is_not_signed_by_it_is_refused(sandbox):
    headers, body = pushed(1, {"order_id": "5764"})
    account = sandbox.partner_of("tiktok")
    for spoilt in ({}, {"authorization": "0" * 64}, {"authorization": "ché"}):
        with pytest.raises(BadSignature):
            orders.hint(account, "", spoilt, body)
    with pytest.raises(BadSignature):
        orders.hint(account, "", headers, body + b" ")


@pytest.mark.parametrize("body", [b"", b"[]", b'{"type":"x"}', b'{"type":1}', b"\xff"])
def test_a_signed_push_that_says_nothing_is_nothing(sandbox, body):
    headers = {"authorization": documents.signed(body)}
    assert orders.hint(sandbox.partner_of("tiktok"), "", headers, body) is None


# — money —


def test_a_settled_order_tells_its_fee_its_tax_and_its_net(shop, sandbox, buy):
    told = buy(2, fee_vnd=20_000, discount_vnd=40_000)
    open_order = buy(1)
    assert payouts.lines(shop, [told["order_id"]]) == []
    done = sandbox.change(told["order_id"], "tiktok", status="COMPLETED")
    [line] = payouts.lines(shop, [told["order_id"], open_order["order_id"]])
    assert line.order_id == told["order_id"]
    assert (line.gross_vnd, line.fee_vnd, line.tax_vnd) == (220_000, 8_000, 3_000)
    assert (line.adjustment_vnd, line.net_vnd) == (-20_000, 189_000)
    assert line.net_vnd == line.gross_vnd - line.fee_vnd - line.tax_vnd + line.adjustment_vnd
    assert line.happened_at == at(done["updated_at"] // 86_400 * 86_400)


def test_amounts_kept_back_are_taken_from_the_gross_whichever_sign_they_are_told_with():
    row = {"fee_tax_breakdown": {"tax": {"local_vat_amount": "-2000", "pit_amount": "-1000"}}}
    data = {
        "revenue_amount": "200000",
        "shipping_cost_amount": "0",
        "fee_and_tax_amount": "-11000",
        "settlement_amount": "189000",
        "sku_transactions": [row],
    }
    line = payouts._line(data, 0, order_id="1", paid_vnd=220_000)
    assert (line.fee_vnd, line.tax_vnd, line.adjustment_vnd, line.net_vnd) == (
        8_000,
        3_000,
        -20_000,
        189_000,
    )


# — sign-in —


def test_a_shop_is_connected_with_its_cipher_and_the_instants_of_its_tokens(sandbox):
    grant = sandbox.grant("tiktok")
    assert (grant.name, grant.cipher[:4]) == ("Gian hàng thử", "ROW_")
    now = clock.now().timestamp()
    assert abs(grant.tokens.expires_at - now - 7 * 86_400) < 5
    assert abs((grant.tokens.refresh_until or 0) - now - 365 * 86_400) < 5


def test_a_refresh_gives_the_next_pair_and_a_spent_one_asks_for_signing_in(sandbox):
    grant, account = sandbox.grant("tiktok"), sandbox.partner_of("tiktok")
    fresh = client.refresh(account, grant.tokens.refresh_token, grant.shop_id)
    assert fresh.access_token != grant.tokens.access_token
    with pytest.raises(protocol.NeedsReconnect):
        client.refresh(account, grant.tokens.refresh_token, grant.shop_id)


def test_an_ended_token_asks_for_a_refresh(sandbox):
    grant, account = sandbox.grant("tiktok"), sandbox.partner_of("tiktok")
    old = Shop(account, grant.shop_id, grant.tokens.access_token, grant.cipher)
    client.refresh(account, grant.tokens.refresh_token, grant.shop_id)
    with pytest.raises(protocol.TokenExpired):
        orders.rows(old, ["1"])
