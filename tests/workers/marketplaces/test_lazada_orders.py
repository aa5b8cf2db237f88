import hashlib
import hmac
import json
from datetime import timedelta

import pytest

from shop import clock
from tests import make_channels
from workers.marketplaces import protocol
from workers.marketplaces.lazada import listings, orders, payouts
from workers.marketplaces.protocol import HintKind, OrderState, Shop

WANTED = make_channels.honey("10000604")


@pytest.fixture
def shop(sandbox):
    grant = sandbox.grant("lazada")
    return Shop(sandbox.partner_of("lazada"), grant.shop_id, grant.tokens.access_token)


@pytest.fixture
def external_id(shop):
    return listings.create(shop, protocol.Ground(), WANTED, key="once")


def bought(sandbox, shop, external_id, quantity=3, **more):
    line = {"item_id": int(external_id.split(":")[1]), "quantity": quantity}
    given = {"platform": "lazada", "status": "ready_to_ship"} | more
    return sandbox.order(shop.shop_id, [line], **given)


def read(shop, told):
    [order] = orders.read(shop, [told["order_id"]])
    return order


def span():
    now = clock.now()
    return now - timedelta(days=1), now + timedelta(minutes=5)


def test_units_of_a_sku_are_one_line_with_a_quantity(sandbox, shop, external_id):
    told = bought(sandbox, shop, external_id, fee_vnd=25_000, discount_vnd=10_000)
    order = read(shop, told)
    [line] = order.lines
    assert line == protocol.OrderLine(
        f"{told['order_id']}01", external_id, "MO-500", WANTED.name, 3, 120_000
    )
    assert (order.state, order.said) == (OrderState.CONFIRMED, "ready_to_ship")
    assert (order.fee_vnd, order.discount_vnd, order.total_vnd) == (25_000, 10_000, 375_000)
    assert order.total_vnd == told["total_vnd"]
    assert order.updated_at.timestamp() == told["updated_at"]
    assert (order.buyer_name, order.buyer_phone) == ("Nguyễn Thị Bưởi", "0912345678")
    assert order.address == "Số 5, phường Tân Thịnh, Thái Nguyên"


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("unpaid", OrderState.PLACED),
        ("pending", OrderState.PLACED),
        ("topack", OrderState.PLACED),
        ("toship", OrderState.PLACED),
        ("ready_to_ship", OrderState.CONFIRMED),
        ("shipped", OrderState.SHIPPED),
        ("lost", OrderState.SHIPPED),
        ("delivered", OrderState.DELIVERED),
        ("confirmed", OrderState.COMPLETED),
        ("canceled", OrderState.CANCELLED),
        ("returned", OrderState.RETURNED),
        ("failed", OrderState.RETURNED),
        ("never_heard_of", OrderState.PLACED),
    ],
)
def test_each_status_means_one_state(sandbox, shop, external_id, status, state):
    order = read(shop, bought(sandbox, shop, external_id, status=status))
    assert (order.state, order.said) == (state, status)
    assert order.lines[0].quantity == 3


def test_units_that_come_back_are_counted_in_their_line(sandbox, shop, external_id):
    told = bought(sandbox, shop, external_id)
    sku_id = external_id.split(":")[1]
    sandbox.change(
        told["order_id"],
        "lazada",
        status="delivered",
        tracking="LEXVN01",
        returned={"items": {sku_id: 1}},
    )
    order = read(shop, told)
    assert (order.state, order.lines[0].quantity, order.lines[0].returned) == (
        OrderState.DELIVERED,
        3,
        1,
    )
    assert (order.carrier, order.tracking_no) == ("LEX VN", "LEXVN01")


def test_cancelled_units_leave_the_line_and_take_their_voucher_along(sandbox, shop, external_id):
    told = bought(sandbox, shop, external_id, fee_vnd=20_000, discount_vnd=9_000)
    returned = {"items": {external_id.split(":")[1]: 1}, "status": "canceled"}
    sandbox.change(told["order_id"], "lazada", returned=returned)
    order = read(shop, told)
    [line] = order.lines
    assert (line.line_id, line.quantity, line.returned) == (f"{told['order_id']}01", 2, 0)
    assert (order.state, order.discount_vnd, order.total_vnd) == (
        OrderState.CONFIRMED,
        6_000,
        254_000,
    )


def test_an_order_that_the_shop_does_not_have_is_left_out(shop):
    assert orders.read(shop, ["42"]) == []


def test_changed_orders_are_told_once_each_by_their_last_change(sandbox, shop, external_id):
    first, second = (bought(sandbox, shop, external_id, 1) for _ in range(2))
    sandbox.change(first["order_id"], "lazada", status="shipped")
    page = orders.changed(shop, *span(), None)
    assert page == protocol.Page((second["order_id"], first["order_id"]), None)
    now = clock.now()
    assert (
        orders.changed(shop, now - timedelta(days=9), now - timedelta(days=8), None).order_ids == ()
    )


def test_no_order_is_lost_when_the_list_shifts_between_pages(
    sandbox, shop, external_id, monkeypatch
):
    """Each page is two orders long here; what was on a read page changes and goes to the end."""
    monkeypatch.setattr(orders, "PAGE", 2)
    placed = [bought(sandbox, shop, external_id, 1)["order_id"] for _ in range(5)]
    for number, order_id in enumerate(placed):
        for _ in range(1 + 2 * number):
            sandbox.change(order_id, "lazada", status="ready_to_ship")
    page = orders.changed(shop, *span(), None)
    seen = set(page.order_ids)
    for _ in range(20):
        sandbox.change(placed[0], "lazada", status="shipped")
    for _ in range(20):
        if page.cursor is None:
            break
        page = orders.changed(shop, *span(), page.cursor)
        seen |= set(page.order_ids)
    assert page.cursor is None
    assert seen == set(placed)


def test_more_orders_of_one_second_than_a_page_holds_are_all_told(
    sandbox, shop, external_id, monkeypatch
):
    monkeypatch.setattr(orders, "PAGE", 4)
    placed = {bought(sandbox, shop, external_id, 1)["order_id"] for _ in range(9)}
    seen, cursor = set(), None
    for _ in range(30):
        page = orders.changed(shop, *span(), cursor)
        seen |= set(page.order_ids)
        cursor = page.cursor
        if cursor is None:
            break
    assert (seen, cursor) == (placed, None)


# — pushes —


def pushed(partner, body, **spoilt):
    raw = json.dumps(body).encode()
    key = (partner.key + raw.decode()).encode()
    signature = hmac.new(partner.secret.encode(), key, hashlib.sha256).hexdigest()
    headers = {"authorization": signature} | spoilt
    return orders.hint(partner, "https://htx.example.vn/x", headers, raw)


ORDER_PUSH = {
    "seller_id": "1234567",
    "message_type": 0,
    "data": {
        "order_status": "unpaid",
        "trade_order_id": "260422900198363",
        "trade_order_line_id": "260422900298363",
        "status_update_time": 1603698638,
    },
    "timestamp": 1603766859530,
    "site": "lazada_vn",
}


def test_a_push_names_the_order_and_is_the_same_when_sent_again(shop):
    hint = pushed(shop.partner, ORDER_PUSH)
    assert (hint.kind, hint.shop_id, hint.order_ids) == (
        HintKind.ORDER,
        "1234567",
        ("260422900198363",),
    )
    assert hint.delivery == "1234567:0:260422900298363:unpaid:1603698638"
    assert pushed(shop.partner, ORDER_PUSH | {"timestamp": 1}).delivery == hint.delivery
    other = pushed(shop.partner, ORDER_PUSH | {"seller_id": "7654321"})
    assert other.delivery != hint.delivery


def test_a_return_names_its_order(shop):
    data = {"trade_order_id": "42", "reverse_order_id": "7", "reverse_status": "REQUESTED"}
    hint = pushed(shop.partner, ORDER_PUSH | {"data": data})
    assert (hint.kind, hint.order_ids) == (HintKind.ORDER, ("42",))


def test_a_push_about_a_product_is_about_an_item(shop):
    hint = pushed(shop.partner, ORDER_PUSH | {"message_type": 1, "data": {"item_id": 5}})
    assert (hint.kind, hint.order_ids, hint.external_ids) == (HintKind.ITEM, (), ())


@pytest.mark.parametrize("signature", ["", "0" * 64, "chữ"])
def test_a_push_that_was_not_signed_is_refused(shop, signature):
    with pytest.raises(protocol.BadSignature):
        pushed(shop.partner, ORDER_PUSH, authorization=signature)


def test_a_trial_push_with_nothing_in_it_is_no_hint(shop):
    assert pushed(shop.partner, {}) is None
    assert pushed(shop.partner, []) is None


# — payouts —


def test_the_lines_of_a_statement_are_one_payout_for_each_order(sandbox, shop, external_id):
    told = bought(sandbox, shop, external_id, fee_vnd=20_000, discount_vnd=10_000)
    assert payouts.lines(shop, [told["order_id"]]) == []
    sandbox.change(told["order_id"], "lazada", status="delivered")
    [line] = payouts.lines(shop, [told["order_id"], "42"])
    # Of 350,000 đ of goods less voucher: 4 % commission, 5 % payment fee, 1.5 % tax withheld;
    # and the 20,000 đ that the carrier costs.
    assert (line.gross_vnd, line.fee_vnd, line.tax_vnd) == (370_000, 51_500, 5_250)
    assert (line.adjustment_vnd, line.net_vnd) == (0, 313_250)
    assert line.order_id == told["order_id"]
    assert clock.vietnam(line.happened_at).date() == clock.today()


def test_money_that_is_held_back_is_no_payout_yet(sandbox, shop, external_id):
    told = bought(sandbox, shop, external_id)
    sandbox.change(told["order_id"], "lazada", status="delivered", held=True)
    assert payouts.lines(shop, [told["order_id"]]) == []
    sandbox.change(told["order_id"], "lazada", held=False)
    assert len(payouts.lines(shop, [told["order_id"]])) == 1


def test_every_page_of_a_statement_is_read(sandbox, shop, external_id, monkeypatch):
    monkeypatch.setattr(payouts, "PAGE", 4)
    placed = [bought(sandbox, shop, external_id, 1)["order_id"] for _ in range(3)]
    for order_id in placed:
        sandbox.change(order_id, "lazada", status="delivered")
    found = payouts.lines(shop, placed)
    assert [line.gross_vnd for line in found] == [140_000] * 3


@pytest.mark.parametrize(
    ("rows", "amounts"),
    [
        (
            [("Item Price Credit", "100,000.00", "0.00"), ("Commission", "-4,000.00", "200.00")],
            (100_000, 4_000, 200, 0, 95_800),
        ),
        (
            [("Item Price Credit", "100000", ""), ("Thuế GTGT khấu trừ", "-1,000.00", None)],
            (100_000, 0, 1_000, 0, 99_000),
        ),
        (
            [("Item Price Credit", "100000", ""), ("Claims", "5,000.00", "0")],
            (100_000, 0, 0, 5_000, 105_000),
        ),
    ],
)
def test_each_line_counts_as_what_it_is(rows, amounts):
    told = [
        {
            "fee_name": name,
            "amount": amount,
            "WHT_amount": withheld,
            "transaction_date": "05 Nov 2026",
        }
        for name, amount, withheld in rows
    ]
    line = payouts._line("42", told)
    assert amounts == (
        line.gross_vnd,
        line.fee_vnd,
        line.tax_vnd,
        line.adjustment_vnd,
        line.net_vnd,
    )
    assert line.net_vnd == line.gross_vnd - line.fee_vnd - line.tax_vnd + line.adjustment_vnd


def test_tax_that_stands_within_a_fee_is_not_taken_twice():
    row = {"fee_name": "Commission", "amount": "-4,200.00", "WHT_amount": "200.00"}
    row |= {"WHT_included_in_amount": "Yes", "transaction_date": "2026-11-05"}
    line = payouts._line("42", [row])
    assert (line.fee_vnd, line.tax_vnd, line.net_vnd) == (4_000, 200, -4_200)
