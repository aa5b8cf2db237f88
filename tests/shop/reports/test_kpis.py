"""Each figure equals a plain recomputation; its value, parts and rows are one."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis.strategies import booleans, integers, lists, sampled_from, tuples

from shop import periods, regions
from shop.database import db
from shop.figures import Scope
from shop.invoices.models import Invoice
from shop.livestream.plan_models import Festival
from shop.orders.models import PayBy, State, Voucher, VoucherUse
from shop.reconciliation import matching
from shop.reconciliation.models import Batch, BatchLine
from shop.regions import EVERYWHERE
from shop.reports import kpis
from shop.reports.kpis import Cell
from tests import make, make_certificates, make_livestream, make_money, make_reports
from tests.make_reports import LONG_AGO, OCTOBER
from tests.shop.reports.conftest import PHU_LUONG, TAN_CUONG
from traceability.stamp_models import ScanDay

BEFORE = datetime(2026, 9, 30, 16, 59, tzinfo=UTC)
FIRST = datetime(2026, 9, 30, 17, 0, tzinfo=UTC)
LAST = datetime(2026, 10, 31, 16, 59, tzinfo=UTC)
AFTER = datetime(2026, 10, 31, 17, 0, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("november")


def told(name, code="19", word="2026-10"):
    return kpis.measure(kpis.get(name), make_reports.scope(code, word))


def numbers(cells):
    return {cell.word: cell.top for cell in cells}


def share(name, code="19"):
    total = told(name, code).total
    return total.top, total.bottom


def test_the_month_is_a_vietnamese_one():
    seller = make_reports.seller()
    for at in (BEFORE, FIRST, LAST, AFTER):
        make_reports.order(seller, at=at)
    assert told("orders.transactions").total.top == 2


def test_a_region_has_its_own_and_nothing_of_others():
    for commune, many in ((TAN_CUONG, 1), (PHU_LUONG, 2)):
        for _order in range(many):
            make_reports.order(make_reports.seller(commune))
    make_reports.order(make_reports.seller("16378", "38"))
    counted = {code: told("orders.transactions", code).total.top for code in ("19", PHU_LUONG)}
    assert counted == {"19": 3, PHU_LUONG: 2}
    assert told("orders.transactions", "cu-168").total.top == 2
    assert numbers(told("orders.transactions").communes) == {TAN_CUONG: 1, PHU_LUONG: 2}


def test_transactions_and_value_are_by_channel():
    seller = make_reports.seller()
    make_reports.order(seller, vnd=100_000)
    make_reports.order(seller, vnd=200_000, source="channel:shopee")
    make_reports.order(seller, vnd=300_000, source="manual:zalo")
    make_reports.order(seller, vnd=400_000, source="livestream:7Q2M9K4TX")
    expected = {"storefront": 100_000, "shopee": 200_000, "zalo": 300_000, "livestream": 400_000}
    assert numbers(told("orders.transactions").splits) == dict.fromkeys(expected, 1)
    assert numbers(told("orders.value").splits) == expected
    assert told("orders.value").total.top == 1_000_000


@pytest.mark.parametrize(("demo", "counted"), [(False, 1), (True, 2)])
def test_sales_in_a_sandbox_shop_count_only_in_a_demonstration(app, monkeypatch, demo, counted):
    monkeypatch.setitem(app.config, "SETTINGS", replace(app.config["SETTINGS"], demo=demo))
    for trial in (False, True):
        seller = make_reports.seller()
        make_reports.listing(make_reports.product(seller)).connection.sandbox = trial
        make_reports.order(seller, source="channel:shopee", trial=trial)
    db.session.flush()
    names = ("orders.transactions", "orders.selling_sellers", "channels.selling_sellers")
    assert [told(name).total.top for name in names] == [counted] * 3
    assert share("channels.starred_share") == (0, counted)


@pytest.mark.parametrize("state", [State.CANCELLED, State.EXPIRED, State.RETURNED])
def test_what_fell_through_or_came_back_is_no_transaction(state):
    make_reports.order(make_reports.seller(), state=state)
    assert told("orders.transactions").total == Cell("")


def test_what_came_back_is_taken_off_the_value():
    make_reports.order(
        make_reports.seller(), vnd=100_000, returned_vnd=30_000, state=State.PARTLY_RETURNED
    )
    assert told("orders.value").total.top == 70_000


def test_a_seller_counts_with_goods_on_offer_and_a_sale_in_the_period():
    both, only_offers, only_sold, ended = (make_reports.seller() for _each in range(4))
    for seller in (both, only_offers):
        make_reports.product(seller)
    make_reports.product(ended, until_at=BEFORE)
    for seller in (both, only_sold, ended):
        make_reports.order(seller)
    assert told("orders.selling_sellers").total.top == 1
    assert share("orders.selling_share") == (1, 2)


def test_sellers_are_by_kind():
    for kind, many in (("cooperative", 1), ("household", 2), (None, 1)):
        for _seller in range(many):
            seller = make_reports.seller(kind=kind)
            make_reports.product(seller)
            make_reports.order(seller)
    expected = {"cooperative": 1, "household": 2, "": 1}
    assert numbers(told("orders.selling_sellers").splits) == expected
    assert numbers(told("sellers.passed").splits) == expected


def test_a_sale_on_a_channel_counts_where_the_listing_is():
    one, other = make_reports.seller(), make_reports.seller()
    for seller, platform in ((one, "shopee"), (other, "lazada")):
        make_reports.listing(make_reports.product(seller), platform)
    for seller in (one, other):
        make_reports.order(seller, source="channel:shopee")
    assert numbers(told("channels.selling_sellers").splits) == {"shopee": 1}


def test_coverage_is_of_all_ocop_products_of_the_region():
    seller = make_reports.seller()
    listed, unlisted, plain = (make_reports.product(seller) for _each in range(3))
    make_certificates.certificate(listed, issued_on=date(2025, 3, 1))
    make_certificates.certificate(unlisted, issued_on=date(2025, 3, 1))
    for product in (listed, plain):
        make_reports.listing(product)
    make_reports.listing(listed, "lazada")
    assert share("channels.coverage") == (1, 2)
    assert share("channels.starred_share") == (1, 2)
    assert told("channels.ocop_listed").total.top == 1
    assert numbers(told("channels.ocop_listed").splits) == {"shopee": 1, "lazada": 1}
    assert told("catalogue.ocop_products").total.top == 2


def test_a_state_is_that_of_the_last_day():
    """What was listed, and what had a star, on 31 October; whatever came of it since."""
    seller = make_reports.seller()
    gone, there, later = (make_reports.product(seller) for _each in range(3))
    for product in (gone, there, later):
        make_certificates.certificate(product, issued_on=date(2025, 3, 1))
    make_reports.listing(gone, until_at=BEFORE)
    make_reports.listing(there, until_at=AFTER)
    make_reports.listing(later, from_at=AFTER)
    assert told("channels.ocop_listed").total.top == 1
    assert told("channels.ocop_listed", word="2026-09").total.top == 1
    assert told("channels.new_listings", word="2026-11").total.top == 1


def test_coverage_without_ocop_products_cannot_be_computed():
    make_reports.seller()
    figure = kpis.get("channels.coverage")
    total = told("channels.coverage").total
    assert (total.top, total.bottom) == (0, 0)
    assert figure.show(total.top, total.bottom) == "không tính được"
    assert "không có sản phẩm OCOP" in str(figure.empty)


def test_certificates_in_force_expiring_and_lost():
    seller = make_reports.seller()
    products = [make_reports.product(seller) for _each in range(5)]

    def certificate(product, expires_on, **more):
        issued_on = expires_on - timedelta(1095)
        make_certificates.certificate(product, issued_on=issued_on, expires_on=expires_on, **more)

    certificate(products[0], date(2028, 5, 1))
    certificate(products[1], date(2027, 2, 1))
    certificate(products[2], date(2026, 10, 20))
    certificate(products[3], date(2026, 10, 20))
    certificate(products[3], date(2028, 5, 1))
    certificate(products[4], date(2028, 5, 1), state="withdrawn", withdrawn_on=date(2026, 10, 2))
    assert told("certificates.in_force").total.top == 3
    assert told("certificates.expiring").total.top == 1
    assert numbers(told("certificates.lost").splits) == {"ended": 1, "withdrawn": 1}


def test_paid_digitally_leaves_out_what_marketplaces_do_not_tell():
    seller = make_reports.seller()
    make_reports.order(seller)
    make_reports.order(seller, pay_by=PayBy.COD, state=State.CONFIRMED)
    make_reports.order(seller, source="channel:shopee")
    assert share("orders.digital_share") == (1, 2)


def test_cash_on_delivery_counts_as_digital_where_the_bank_saw_the_buyers_transfer():
    seller = make_reports.seller()
    sent, moved, undone = (
        make_reports.order(seller, pay_by=PayBy.COD, state=State.CONFIRMED) for _order in range(3)
    )
    for order in (moved, undone):
        line = make_money.bank_line(seller, order.ref, amount_vnd=100_000)
        matching.match(line)
    matching.undo(line, "Kế toán")
    db.session.flush()
    assert share("orders.digital_share") == (1, 3)
    carried(seller, sent, moved)
    assert share("orders.digital_share") == (0, 3)


def carried(seller, *orders):
    """A carrier's sheet that says it collected for these orders."""
    batch = Batch(
        seller_id=seller.id,
        source="ghn",
        digest="1",
        filename="ghn.xlsx",
        account="ghn",
        net_vnd=0,
        warnings=[],
        by="Kế toán",
    )
    amounts = dict.fromkeys(("fee_vnd", "tax_vnd", "adjustment_vnd"), 0)
    batch.lines = [
        BatchLine(
            reference=order.ref,
            order_reference=order.ref,
            kind="sale",
            gross_vnd=100_000,
            net_vnd=100_000,
            found="matched",
            order_id=order.id,
            **amounts,
        )
        for order in orders
    ]
    db.session.add(batch)
    db.session.flush()


def test_vouchers_are_borne_by_sellers_and_a_marketplace_does_not_say():
    seller = make_reports.seller()
    days = {"starts_at": LONG_AGO, "ends_at": AFTER}
    voucher = Voucher(seller_id=seller.id, code="TET30", amount_vnd=30_000, **days)
    db.session.add(voucher)
    db.session.flush()
    off = {"discount_vnd": 30_000, "goods_vnd": 330_000, "total_vnd": 300_000}
    for undone_at in (None, OCTOBER):
        order = make_reports.order(seller, **off)
        use = VoucherUse(voucher_id=voucher.id, order_id=order.id, phone="x", amount_vnd=30_000)
        use.at, use.undone_at = OCTOBER, undone_at
        order.state = State.CANCELLED if undone_at else State.PAID
        db.session.add(use)
    make_reports.order(
        seller, source="channel:shopee", discount_vnd=5_000, goods_vnd=50_000, total_vnd=45_000
    )
    assert told("orders.vouchers").total.top == 1
    assert numbers(told("orders.discounts").splits) == {"seller": 30_000, "unknown": 5_000}


def test_scans_are_summed_by_vietnamese_day():
    product = make_reports.product(make_reports.seller())
    for day, scans, firsts in ((30, 5, 1), (31, 7, 2)):
        values = {"product_id": product.id, "finding": "known", "scans": scans, "firsts": firsts}
        db.session.add(ScanDay(on=date(2026, 10, day), **values))
    db.session.add(
        ScanDay(on=date(2026, 11, 1), product_id=product.id, finding="known", scans=9, firsts=9)
    )
    db.session.flush()
    assert told("traceability.scans").total.top == 12
    assert told("traceability.first_scans").total.top == 3


SALES = lists(
    tuples(
        integers(0, 4),  # whose
        sampled_from([BEFORE, FIRST, OCTOBER, LAST, AFTER]),
        integers(1, 900).map(lambda thousands: thousands * 1000),
        sampled_from([State.PAID, State.CONFIRMED, State.CANCELLED, State.COMPLETED]),
        sampled_from(["storefront", "channel:shopee", "channel:lazada", "manual:phone"]),
        booleans(),  # cash
    ),
    max_size=25,
)


@settings(max_examples=12, deadline=None)
@given(SALES)
def test_all_that_is_told_of_sales_equals_a_plain_recomputation(sales):
    """Sellers 0 to 2 are in the province, each in a commune of its own, the others elsewhere."""
    where = [("05503", "19"), ("05611", "19"), ("05488", "19"), ("16378", "38"), ("31342", "92")]
    with db.session.begin_nested() as trial:
        sellers = [make_reports.seller(*place) for place in where]
        for whose, at, vnd, state, source, cash in sales:
            more = {"pay_by": PayBy.COD} if cash and source == "storefront" else {}
            make_reports.order(sellers[whose], at=at, vnd=vnd, state=state, source=source, **more)
        stand = [
            sale
            for sale in sales
            if sale[0] < 3 and sale[1] in (FIRST, OCTOBER, LAST) and sale[3] != State.CANCELLED
        ]
        value = told("orders.value")
        assert value.total.top == sum(sale[2] for sale in stand)
        assert numbers(value.communes) == {
            where[n][0]: sum(sale[2] for sale in stand if sale[0] == n)
            for n in {sale[0] for sale in stand}
        }
        by_channel = {}
        for sale in stand:
            word = sale[4].split(":")[-1]
            by_channel[word] = by_channel.get(word, 0) + sale[2]
        assert numbers(value.splits) == by_channel
        known = [sale for sale in stand if not sale[4].startswith("channel:")]
        digital = [sale for sale in known if not (sale[5] and sale[4] == "storefront")]
        assert share("orders.digital_share") == (len(digital), len(known))
        listed = db.session.execute(
            kpis.rows(kpis.get("orders.value"), make_reports.scope(), consented=False)
        ).all()
        assert sorted(row.amount for row in listed) == sorted(sale[2] for sale in stand)
        trial.rollback()


def test_a_figure_is_the_count_or_sum_of_the_rows_behind_it():
    """For every figure that the rooms offer, above the line and below it."""
    seller = make_reports.seller()
    product = make_reports.product(seller, from_at=OCTOBER)
    make_certificates.certificate(product, issued_on=date(2025, 3, 1))
    make_reports.listing(product, from_at=OCTOBER)
    make_reports.order(seller)
    make_reports.order(seller, source="channel:shopee", discount_vnd=1, goods_vnd=100_001)
    scope = make_reports.scope()
    for figure in kpis.registry().values():
        total = kpis.measure(figure, scope).total
        for part, number in (("top", total.top), ("bottom", total.bottom)):
            if number is None:
                continue
            rows = db.session.execute(kpis.rows(figure, scope, part=part, consented=False)).all()
            summed = figure.summed and part == "top"
            expected = sum(r.amount for r in rows) if summed else len({r.key for r in rows})
            assert number == expected, (figure.name, part)


def test_a_seller_sees_its_own_figures_alone():
    ours, theirs = make_reports.seller(), make_reports.seller()
    make_reports.order(ours, vnd=100_000)
    make_reports.order(theirs, vnd=700_000)
    scope = Scope(EVERYWHERE, periods.read("2026-10"))
    own = kpis.every(scope, party=ours.id)
    assert own["orders.value"].total.top == 100_000
    assert own["orders.transactions"].total.top == 1


def test_livestream_sessions_and_what_came_of_them_are_by_event():
    fair = Festival(name="Mùa na chín", starts_on=date(2026, 10, 1), ends_on=date(2026, 10, 9))
    db.session.add(fair)
    db.session.flush()
    for festival_id, live_at, sold in (
        (fair.id, OCTOBER, (100_000, 200_000)),
        (fair.id, OCTOBER, ()),
        (None, OCTOBER, (400_000,)),
        (fair.id, AFTER, ()),
    ):
        session = make_livestream.broadcast(make_reports.seller())
        session.live_at, session.festival_id = live_at, festival_id
        for vnd in sold:
            source = f"livestream:{session.ref}"
            make_reports.order(make_reports.seller(), vnd=vnd, source=source)
    make_livestream.broadcast(make_reports.seller())  # never went live
    assert numbers(told("livestream.sessions").splits) == {"Mùa na chín": 2, "": 1}
    assert numbers(told("livestream.orders").splits) == {"Mùa na chín": 2, "": 1}
    assert numbers(told("livestream.value").splits) == {"Mùa na chín": 300_000, "": 400_000}


def test_the_share_with_an_invoice_is_of_what_was_handed_over():
    for state, invoice in (
        ("completed", "issued"),
        ("delivered", "adjusted"),
        ("shipped", "waiting"),
        ("completed", None),
        ("paid", "issued"),  # not handed over yet
    ):
        order = make_reports.order(make_reports.seller(), state=State(state))
        if invoice:
            number = "" if invoice == "waiting" else str(order.id)
            db.session.add(
                Invoice(order_id=order.id, seller_id=order.seller_id, state=invoice, number=number)
            )
    db.session.flush()
    assert share("invoices.share") == (2, 4)


def test_every_figure_says_what_it_is():
    for figure in kpis.registry().values():
        words = [figure.title, figure.unit, figure.definition, figure.source, figure.top]
        words += [figure.bottom, figure.empty] if figure.ratio else []
        assert all(str(word).strip() for word in words), figure.name
        assert figure.ratio == (figure.unit == "%")


def test_what_is_published_when_is_kept_by_the_database():
    """Taken off and offered again: two spans, so that the days between do not count."""
    product = make.product(make_reports.seller())
    spans = kpis.db.session.execute
    ask = "SELECT until_at IS NULL FROM product_sale_spans WHERE product_id = :id ORDER BY id"
    for on_sale, expected in ((False, [False]), (True, [False, True])):
        product.status = "published" if on_sale else "paused"
        product.on_sale = on_sale
        db.session.flush()
        found = spans(db.text(ask), {"id": product.id}).scalars().all()
        assert found == expected


def test_an_old_district_is_summed_over_its_communes():
    for commune in regions.get("cu-168").communes:
        make_reports.order(make_reports.seller(commune), vnd=10_000)
    many = len(regions.get("cu-168").communes)
    assert told("orders.value", "cu-168").total.top == 10_000 * many
