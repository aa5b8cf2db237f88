"""The API of what becomes of orders: written down, paid, moved on, weighed, returned, refunded."""

from datetime import timedelta
from decimal import Decimal

import pytest

from shop import clock
from shop.accounts.models import Role
from shop.database import db
from shop.inventory import stock
from shop.orders.models import Order, State
from shop.payments.models import Refund
from tests import make, make_gateways, make_harvests, make_money, make_tokens


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user)


@pytest.fixture
def pack(cast):
    product = make.product(cast.ours.seller, name="Na dai")
    return make.variant(product, pack="cân", unit="kg", price_vnd=60_000, on_hand=10)


def said(cast, pack, **more):
    return {
        "seller": cast.ours.seller.ref,
        "name": "Lê Thị Lan",
        "phone": "0912 345 678",
        "handing": "pickup",
        "pay_by": "cashless",
        "source": "phone",
        "lines": [{"pack": pack.ref, "quantity": "2"}],
    } | more


def key(name):
    return {"Idempotency-Key": name}


def test_an_order_is_written_down_once_with_its_code_to_pay(cast, program, pack):
    make.bank_account(cast.ours.seller)
    first = program.post("/api/v1/orders", said(cast, pack), **key("a"))
    again = program.post("/api/v1/orders", said(cast, pack), **key("a"))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json["ref"] == again.json["ref"]
    assert db.session.query(Order).count() == 1
    assert first.json["buyer_phone"] == "+84912345678"
    payment = program.get(f"/api/v1/orders/{first.json['ref']}/payment").json
    assert (payment["due_vnd"], payment["standing"]) == (120_000, "unpaid")
    assert first.json["ref"] in payment["vietqr"]


def test_more_than_there_is_is_refused_and_nothing_kept(cast, program, pack):
    lines = [{"pack": pack.ref, "quantity": "11"}]
    answer = program.post("/api/v1/orders", said(cast, pack, lines=lines))
    assert answer.status_code == 409
    assert answer.json["type"] == "urn:ocop:problem:out-of-stock"
    assert db.session.query(Order).count() == 0


def test_another_sellers_name_and_packs_are_not_there(cast, program, pack):
    theirs = said(cast, pack, seller=cast.theirs.seller.ref)
    assert program.post("/api/v1/orders", theirs).status_code == 404
    other = make.variant(make.product(cast.theirs.seller))
    lines = [{"pack": other.ref, "quantity": "1"}]
    assert program.post("/api/v1/orders", said(cast, pack, lines=lines)).status_code == 422


def moved(program, order, to, **more):
    return program.post(f"/api/v1/orders/{order.ref}/moves", {"to": to} | more)


def test_cancelling_needs_a_reason(cast, program, pack):
    order = make_money.order(variant=pack)
    assert moved(program, order, "cancelled").status_code == 422
    assert order.state == State.AWAITING_PAYMENT
    assert moved(program, order, "cancelled", why="hết hàng").json["state"] == "cancelled"
    assert order.events[-1].why == "hết hàng"


def test_it_is_packed_sent_and_delivered(cast, program, pack):
    order = make_money.order(variant=pack, quantity=2)
    assert moved(program, order, "packing").status_code == 409
    make_money.go(order, State.PAID)
    assert moved(program, order, "packing").json["state"] == "packing"
    sent = moved(program, order, "shipped", carrier="GHN", tracking_no="G1")
    assert (sent.json["state"], sent.json["tracking_no"]) == ("shipped", "G1")
    assert moved(program, order, "shipped").json["state"] == "shipped"
    assert stock.on_hand([pack.id]) == {pack.id: Decimal(8)}
    assert moved(program, order, "draft").status_code == 422


def test_what_was_weighed_is_what_is_owed(cast, program, pack):
    order = make_money.order(variant=pack, quantity=2)
    make_money.go(order, State.PAID)
    body = {"lines": [{"line": 1, "quantity": "2.3"}], "why": "quả to"}
    url = f"/api/v1/orders/{order.ref}/weighings"
    assert program.post(url, body, **key("w")).json["total_vnd"] == 138_000
    assert program.post(url, body, **key("w")).json["total_vnd"] == 138_000
    assert program.get(f"/api/v1/orders/{order.ref}/payment").json["open_vnd"] == 18_000
    wrong = body | {"lines": [{"line": 2, "quantity": "1"}]}
    assert program.post(url, wrong).status_code == 422


def test_a_wrong_number_of_a_parcel_is_corrected_from_what_was_read(cast, program, pack):
    order = make_money.order(variant=pack, quantity=2)
    make_money.go(order, State.PAID)
    url = f"/api/v1/orders/{order.ref}"
    body = {"carrier": "GHN", "tracking_no": "G2"}
    assert program.put(f"{url}/parcel", body).status_code == 428
    early = program.put(f"{url}/parcel", body, If_Match=program.get(url).headers["ETag"])
    assert (early.status_code, order.tracking_no) == (409, None)
    make_money.deliver(order)
    read = program.get(url).headers["ETag"]
    answer = program.put(f"{url}/parcel", body, If_Match=read)
    assert (answer.json["carrier"], answer.json["tracking_no"]) == ("GHN", "G2")
    assert answer.json["events"][-1]["why"] == "Sửa vận đơn: – → GHN G2"
    late = program.put(f"{url}/parcel", body | {"tracking_no": "G3"}, If_Match=read)
    assert (late.status_code, order.tracking_no) == (412, "G2")
    stranger = make_tokens.program(cast.visitor, cast.theirs.user)
    assert stranger.put(f"{url}/parcel", body, If_Match="*").status_code == 404


def test_what_weighed_more_is_let_go_once_by_who_may_count_money(cast, program, pack):
    order = make_money.order(variant=pack, quantity=2)
    url, body = f"/api/v1/orders/{order.ref}/shortfall", {"why": "quả to, không thu thêm"}
    assert program.post(url, body).status_code == 409
    make_money.go(order, State.PAID)
    weighed = {"lines": [{"line": 1, "quantity": "2.3"}], "why": "quả to"}
    program.post(f"/api/v1/orders/{order.ref}/weighings", weighed)
    packer = make_tokens.program(cast.visitor, cast.ours.user, "orders:write")
    assert packer.post(url, body).status_code == 403
    assert order.written_off_vnd == 0
    for _time in range(2):
        answer = program.post(url, body, **key("l"))
        assert (answer.status_code, answer.json["written_off_vnd"]) == (200, 18_000)
    payment = program.get(f"/api/v1/orders/{order.ref}/payment").json
    assert (payment["open_vnd"], payment["paid_vnd"]) == (0, 120_000)
    assert order.events[-1].why == "Bỏ qua phần còn thiếu. quả to, không thu thêm"
    stranger = make_tokens.program(cast.visitor, cast.theirs.user)
    assert stranger.post(url, body).status_code == 404


def test_what_came_back_came_back_once(cast, program, pack):
    order = make_money.order(variant=pack, quantity=2)
    make_money.go(order, State.PAID)
    make_money.deliver(order)
    body = {"lines": [{"line": 1, "quantity": "1"}], "restock": True, "why": "khách đổi ý"}
    url = f"/api/v1/orders/{order.ref}/returns"
    for _time in range(2):
        assert program.post(url, body, **key("r")).json["state"] == "partly_returned"
    assert stock.on_hand([pack.id]) == {pack.id: Decimal(9)}
    payment = program.get(f"/api/v1/orders/{order.ref}/payment").json
    assert payment["owed_to_buyer_vnd"] == 60_000


def test_a_refund_is_decided_once_and_never_more_than_came(cast, program, pack):
    order = make_money.order(variant=pack, quantity=2)
    make_money.go(order, State.PAID)
    url = f"/api/v1/orders/{order.ref}/refunds"
    body = {"amount_vnd": 50_000, "way": "transfer", "reason": "hàng lỗi"}
    first, again = program.post(url, body, **key("f")), program.post(url, body, **key("f"))
    assert (first.status_code, first.json["state"]) == (201, "due")
    assert first.json["ref"] == again.json["ref"]
    assert program.post(url, body | {"amount_vnd": 70_001}).status_code == 422
    assert [row["ref"] for row in program.get("/api/v1/refunds").json["items"]] == [
        first.json["ref"]
    ]
    assert db.session.query(Refund).count() == 1


def test_a_program_does_what_its_scopes_and_its_person_may(cast, pack):
    order = make_money.order(variant=pack)
    reader = make_tokens.program(cast.visitor, cast.ours.user, "orders:read")
    assert moved(reader, order, "cancelled").status_code == 403
    accountant = make.member(cast.ours.seller, role=Role.ACCOUNTANT)
    counting = make_tokens.program(cast.visitor, accountant)
    assert moved(counting, order, "cancelled").status_code == 403
    stranger = make_tokens.program(cast.visitor, cast.theirs.user)
    assert moved(stranger, order, "cancelled", why="hết hàng").status_code == 404
    assert stranger.get(f"/api/v1/orders/{order.ref}/payment").status_code == 404


def test_stock_is_read_and_booked(cast, program, pack):
    make_money.order(variant=pack, quantity=2)
    (row,) = program.get("/api/v1/stock").json["items"]
    assert (row["on_hand"], row["reserved"], row["saleable"]) == ("10", "2", "8")
    url = f"/api/v1/stock/{pack.ref}/movements"
    body = {"kind": "receipt", "quantity": "5"}
    for _time in range(2):
        assert program.post(url, body, **key("s")).json["on_hand"] == "15"
    assert program.post(url, {"kind": "loss", "quantity": "1"}).status_code == 422
    lost = {"kind": "loss", "quantity": "99", "reason": "hỏng"}
    assert program.post(url, lost).status_code == 409
    assert program.get(f"/api/v1/stock/{pack.ref}").json["saleable"] == "13"
    stranger = make_tokens.program(cast.visitor, cast.theirs.user)
    assert stranger.post(url, body).status_code == 404


def test_a_voucher_is_made_once_and_stopped(cast, program):
    today = clock.today().isoformat()
    body = {"seller": cast.ours.seller.ref, "code": "tet30", "amount_vnd": 30_000}
    body |= {"minimum_vnd": 300_000, "first_day": today, "last_day": today}
    first = program.post("/api/v1/vouchers", body, **key("v"))
    assert (first.status_code, first.json["code"]) == (201, "TET30")
    assert program.post("/api/v1/vouchers", body, **key("v")).json["ref"] == first.json["ref"]
    assert program.post("/api/v1/vouchers", body).status_code == 422
    url = f"/api/v1/vouchers/{first.json['ref']}/stop"
    assert make_tokens.program(cast.visitor, cast.theirs.user).post(url, None).status_code == 404
    assert program.post(url, None).json["active"] is False
    assert [row["active"] for row in program.get("/api/v1/vouchers").json["items"]] == [False]


def test_a_harvest_is_offered_once(cast, program, pack):
    day = (clock.today() + timedelta(days=30)).isoformat()
    body = {"pack": pack.ref, "from_day": day, "until_day": day, "order_until": day}
    body |= {"quantity": "100", "deposit_percent": 30}
    for _time in range(2):
        assert program.post("/api/v1/harvests", body, **key("h")).status_code == 201
    (row,) = program.get("/api/v1/harvests").json["items"]
    assert (row["pack"], row["quantity"]) == (pack.ref, "100")
    other = make.variant(make.product(cast.theirs.seller))
    assert program.post("/api/v1/harvests", body | {"pack": other.ref}).status_code == 404


def test_a_harvest_comes_and_serves_who_ordered_first(cast, program, pack):
    row = make_harvests.harvest(pack)
    first, second = (make_harvests.order(row, quantity=8) for _twice in range(2))
    url = f"/api/v1/harvests/{row.ref}/arrivals"
    for _time in range(2):
        answer = program.post(url, {"quantity": "1"}, **key("a"))
        assert (answer.status_code, answer.json["short"]) == (201, [second.ref])
    assert stock.on_hand([pack.id]) == {pack.id: Decimal(11)}
    assert first.ref != second.ref


def test_a_harvest_is_changed_from_what_was_read_and_keeps_what_it_promised(cast, program, pack):
    row = make_harvests.harvest(pack)
    order = make_harvests.order(row, quantity=8)
    url = f"/api/v1/harvests/{row.ref}"
    read = program.get(url)
    body = {name: read.json[name] for name in ("note", "from_day", "until_day", "order_until")}
    body |= {"quantity": "20", "deposit_percent": 50, "active": False}
    assert program.put(url, body).status_code == 428
    too_few = program.put(url, body | {"quantity": "7"}, If_Match=read.headers["ETag"])
    assert (too_few.status_code, row.quantity) == (409, 100)
    answer = program.put(url, body, If_Match=read.headers["ETag"])
    assert (answer.status_code, answer.json["quantity"], answer.json["active"]) == (
        200,
        "20",
        False,
    )
    assert program.put(url, body, If_Match=read.headers["ETag"]).status_code == 412
    assert order.deposit_vnd == 144_000
    stranger = make_tokens.program(cast.visitor, cast.theirs.user)
    assert stranger.get(url).status_code == 404
    assert stranger.put(url, body, If_Match="*").status_code == 404


def test_a_harvest_that_fails_cancels_its_orders_with_the_reason(cast, program, pack):
    row = make_harvests.harvest(pack)
    order = make_harvests.order(row, quantity=3)
    url = f"/api/v1/harvests/{row.ref}/failure"
    assert program.post(url, {"why": "bão"}).json["cancelled_at"]
    assert order.state == State.CANCELLED
    assert program.post(url, {"why": "bão"}).status_code == 409


def test_what_came_through_a_gateway_goes_back_through_it(cast, program):
    order = make_money.order(cast.ours.seller)
    payment = make_gateways.captured(cast.ours.seller, order)
    url = f"/api/v1/orders/{order.ref}/refunds"
    body = {"amount_vnd": 50_000, "way": "gateway", "reason": "hàng lỗi"}
    answer = program.post(url, body, **key("g"))
    assert (answer.status_code, answer.json["state"]) == (201, "asked")
    assert db.session.query(Refund).one().gateway_payment_id == payment.id
    other = make_money.order(cast.ours.seller)
    make_money.go(other, State.PAID)
    assert program.post(f"/api/v1/orders/{other.ref}/refunds", body).status_code == 422
