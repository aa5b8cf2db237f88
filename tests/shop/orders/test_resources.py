"""The JSON API of orders: one's own, in the order they came."""

from decimal import Decimal

import pytest

from shop.database import db
from shop.inventory import stock
from shop.orders.models import State
from tests import make, make_money, make_tokens

ALL = "/api/v1/orders"


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user, "orders:read")


def placed(seller):
    pack = make.variant(make.product(seller))
    stock.receive(pack.id, Decimal(10), source=f"test:{pack.sku}")
    return make_money.order(variant=pack, quantity=2)


def test_a_program_reads_its_own_orders_as_they_came(cast, program):
    ours = [placed(cast.ours.seller) for _ in range(3)]
    placed(cast.theirs.seller)
    assert make_tokens.walk(program.get, ALL, limit=2) == make.refs(ours)
    order = program.get(f"{ALL}/{ours[0].ref}").json
    assert (order["state"], order["total_vnd"]) == ("awaiting_payment", 370_000)
    assert (order["seller"], order["lines"][0]["quantity"]) == (cast.ours.seller.ref, "2")


def test_orders_of_others_and_orders_without_the_scope_are_not_read(cast, program):
    theirs = placed(cast.theirs.seller)
    assert program.get(f"{ALL}/{theirs.ref}").status_code == 404
    narrow = make_tokens.program(cast.visitor, cast.ours.user, "catalogue:read")
    assert narrow.get(ALL).status_code == 403
    assert cast.visitor.get(ALL).status_code == 401


def test_a_list_costs_the_same_for_one_order_and_for_many(cast, program, query_count):
    def count():
        db.session.commit()
        with query_count() as queries:
            program.get(ALL)
        return len(queries)

    placed(cast.ours.seller)
    count()  # the first call of a token notes when it was used
    few = count()
    for _ in range(5):
        placed(cast.ours.seller)
    assert count() == few


def test_an_order_is_read_with_what_happened_to_it_and_its_amounts(cast, program):
    order = placed(cast.ours.seller)
    make_money.go(order, State.PAID)
    db.session.commit()
    told = program.get(f"{ALL}/{order.ref}").json
    moves = [(event["from_state"], event["to_state"]) for event in told["events"]]
    assert moves == [(None, "awaiting_payment"), ("awaiting_payment", "paid")]
    names = ["paid_vnd", "returned_vnd", "refunded_vnd", "written_off_vnd", "deposit_vnd"]
    assert [told[name] for name in names] == [370_000, 0, 0, 0, 0]
    assert (told["voucher_code"], told["lines"][0]["ordered_quantity"]) == (None, None)


@pytest.mark.parametrize("paper", ["label", "slip"])
def test_the_papers_of_an_order_are_printed_for_its_seller_alone(cast, program, paper):
    order = placed(cast.ours.seller)
    answer = program.get(f"{ALL}/{order.ref}/{paper}")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    assert answer.data.startswith(b"%PDF-")
    assert program.get(f"{ALL}/{placed(cast.theirs.seller).ref}/{paper}").status_code == 404
