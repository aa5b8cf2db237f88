"""At night what changed is reckoned anew, however late it came, and nothing else."""

import importlib.util
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Column, Table, delete, func, select, update
from sqlalchemy.sql import visitors

from shop import clock, gazetteer, periods, regions
from shop.accounts.access import SYSTEM
from shop.catalogue.models import SaleSpan
from shop.database import db
from shop.figures import Scope
from shop.invoices.models import Invoice, InvoiceState
from shop.livestream.models import Broadcast
from shop.livestream.plan_models import Festival
from shop.markets.models import BoothDay
from shop.orders.models import State, Voucher, VoucherUse
from shop.payments.models import PaymentRequest
from shop.reports import commands, consents, jobs, kpis, nights, sheets
from shop.reports.models import FigureTouch, Sheet
from shop.settings import ROOT
from tests import make, make_certificates, make_community, make_markets, make_reports
from tests.shop.reports.conftest import ELSEWHERE, NOW, PHU_LUONG, TAN_CUONG
from workers.channels.models import ListingSpan

pytestmark = pytest.mark.usefixtures("november")
MAY = datetime(2026, 5, 10, 3, tzinfo=UTC)
MIGRATION = ROOT / "migrations" / "versions" / "20261129_0050_touched_figures.py"


@pytest.fixture
def kept(database):
    """Sheets of a province, of a commune of it and of another province; a seller who sold in May.

    Returns the seller.
    """
    seller = make_reports.seller()
    make_reports.product(seller)
    make_reports.order(seller, at=MAY)
    for code in ("19", TAN_CUONG, "38"):
        for period in periods.choices():
            sheets.write(Scope(regions.get(code), period), {})
    db.session.execute(delete(FigureTouch))
    return seller


def touched() -> list[tuple[str, str]]:
    """Which sheets have sales to reckon anew; then they have none."""
    nights.carry()
    query = select(Sheet.area_code, Sheet.period).where(Sheet.touched)
    found = sorted(tuple(row) for row in db.session.execute(query))
    db.session.execute(update(Sheet).values(touched=False))
    assert db.session.scalar(select(func.count()).select_from(FigureTouch)) == 0
    return found


def tomorrow() -> None:
    """The next night."""
    with clock.at(NOW + timedelta(1)):
        jobs.refresh()


def kept_number(name: str, code: str, word: str) -> int:
    db.session.expire_all()
    sheet = sheets.now(Scope(regions.get(code), periods.read(word)))
    assert sheet.id is not None
    return sheets.measured(sheet)[name].total.top


def test_a_sale_that_comes_late_is_in_the_sheets_of_its_month_quarter_and_year(official, kept):
    official("19")
    tomorrow()
    make_reports.order(kept, at=MAY)
    with clock.at(NOW + timedelta(2)):
        jobs.refresh()
    for word, many in (("2026-04", 0), ("2026-05", 2), ("2026-Q2", 2), ("2026", 2)):
        assert kept_number("orders.transactions", "19", word) == many


def wrongly_kept() -> Scope:
    """A sheet of May that says 77 sales, where there was one."""
    scope = make_reports.scope("19", "2026-05")
    make_reports.order(make_reports.seller(), at=MAY)
    nights.carry()
    nights.keep([scope])
    sheet = sheets.now(scope)
    total = sheet.values["orders.transactions"]["total"]
    sold = sheet.values["orders.transactions"] | {"total": total | {"top": 77}}
    sheet.values = dict(sheet.values) | {"orders.transactions": sold}
    db.session.commit()
    return scope


def test_where_nothing_changed_sales_are_not_counted_anew():
    """What stands in a sheet that nobody touched is taken as it is; of few rows all is counted."""
    scope = wrongly_kept()
    row = make_reports.product(make_reports.seller())
    make_certificates.certificate(row, issued_on=date(2026, 4, 1))
    nights.keep([scope])
    assert kept_number("orders.transactions", "19", "2026-05") == 77
    assert kept_number("certificates.in_force", "19", "2026-05") == 1


def test_all_is_counted_anew_when_somebody_says_so(database):
    wrongly_kept()
    result = database.test_cli_runner().invoke(commands.figures, ["--all"])
    assert result.output == "Đã tính lại 1 bảng đã giữ.\n"
    assert kept_number("orders.transactions", "19", "2026-05") == 1


def test_a_late_sale_touches_its_month_quarter_and_year_there_and_above(kept):
    make_reports.order(kept, at=MAY)
    words = ("2026", "2026-05", "2026-Q2")
    assert touched() == [(code, word) for code in (TAN_CUONG, "19") for word in words]


def test_another_province_is_left_alone(kept):
    make_reports.order(make_reports.seller(ELSEWHERE, "38"), at=MAY)
    assert {code for code, _word in touched()} == {"38"}


def test_a_change_while_a_sheet_is_reckoned_waits_for_the_next_night(kept):
    scope = make_reports.scope("19", "2026-05")
    make_reports.order(kept, at=MAY)
    nights.keep([scope])
    assert ("19", "2026-05") in touched()


def test_only_one_process_reckons_at_a_time(database):
    assert nights.alone()
    with db.engine.engine.connect() as other:
        assert not other.scalar(select(func.pg_try_advisory_xact_lock(nights._LOCK)))


def months(*numbers: int) -> set[str]:
    return {f"2026-{number:02d}" for number in numbers}


def touched_months() -> set[str]:
    return {word for code, word in touched() if code == "19" and len(word) == 7 and "Q" not in word}


def changed_order(seller, **changes: Any) -> None:
    order = make_reports.order(seller, at=MAY)
    db.session.execute(delete(FigureTouch))
    for name, value in changes.items():
        setattr(order, name, value)
    db.session.flush()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"state": State.CANCELLED}, months(5)),
        ({"returned_vnd": 50_000}, months(5)),
        ({"paid_vnd": 100_000, "paid_at": datetime(2026, 7, 2, tzinfo=UTC)}, months(5, 7)),
        ({"placed_at": datetime(2026, 6, 2, tzinfo=UTC)}, months(5, 6)),
        ({"buyer_phone": ""}, months(5)),
        ({"tracking_no": "GHN1"}, set()),
    ],
)
def test_what_changes_of_an_order_touches_the_months_it_counts_in(kept, changes, expected):
    changed_order(kept, **changes)
    assert touched_months() == expected


def test_what_a_trader_saw_paid_touches_the_month_it_was_seen_in_and_the_one_it_was_told_in(kept):
    order = make_reports.order(kept, at=MAY, paid_vnd=1, paid_at=MAY)
    request = PaymentRequest(
        order_id=order.id,
        bank_account_id=make.bank_account(kept).id,
        amount_vnd=1,
        payload="",
    )
    db.session.add(request)
    db.session.flush()
    touched()
    request.seen_at, request.seen_by = datetime(2026, 7, 2, tzinfo=UTC), "Chủ"
    db.session.flush()
    assert touched_months() == months(5, 7)


def test_an_invoice_touches_the_month_of_its_order(kept):
    order = make_reports.order(kept, at=MAY, state=State.SHIPPED)
    invoice = Invoice(seller_id=kept.id, order_id=order.id)
    db.session.add(invoice)
    db.session.flush()
    touched()
    invoice.state, invoice.number = InvoiceState.ISSUED, "1"
    db.session.flush()
    assert touched_months() == months(5)


def test_a_voucher_that_is_given_back_touches_the_month_of_its_use(kept):
    order = make_reports.order(kept, at=MAY)
    voucher = Voucher(
        seller_id=kept.id, code="X", amount_vnd=1, starts_at=MAY, ends_at=MAY + timedelta(1)
    )
    db.session.add(voucher)
    db.session.flush()
    use = VoucherUse(
        voucher_id=voucher.id, order_id=order.id, phone="", amount_vnd=1, at=MAY + timedelta(31)
    )
    db.session.add(use)
    db.session.flush()
    touched()
    use.undone_at = NOW
    db.session.flush()
    assert touched_months() == months(6)


def test_a_seller_that_moves_touches_all_months_since_it_sold_in_both_provinces(kept):
    make_reports.order(kept, at=MAY)
    touched()
    kept.province_code, kept.commune_code = "38", ELSEWHERE
    kept.created_at = MAY
    db.session.flush()
    found = touched()
    assert {word for code, word in found if code == "19" and "-0" in word} == months(5, 6, 7, 8, 9)
    assert {code for code, _word in found} == {"19", TAN_CUONG, "38"}


def test_other_facts_of_a_seller_touch_nothing(kept):
    kept.name, kept.phone = "Tên khác", "+84912345678"
    make_reports.seller(review="draft")
    db.session.flush()
    assert touched_months() == set()


def test_who_agrees_to_be_seen_counts_otherwise_in_all_months_since(kept):
    kept.created_at = MAY
    db.session.flush()
    touched()
    consents.give(SYSTEM, kept.id, "Chủ")
    db.session.flush()
    assert touched_months() == months(5, 6, 7, 8, 9, 10, 11)


def test_what_goes_off_sale_touches_the_months_from_then_on(kept):
    span = db.session.scalars(select(SaleSpan)).one()
    span.until_at = datetime(2026, 9, 3, tzinfo=UTC)
    db.session.flush()
    assert touched_months() == months(9, 10, 11)


def test_a_listing_that_ends_touches_the_months_from_then_on(kept):
    shop = make_reports.listing(make_reports.product(kept))
    span = db.session.scalars(select(ListingSpan).where(ListingSpan.listing_id == shop.id)).one()
    touched()
    span.until_at = datetime(2026, 10, 3, tzinfo=UTC)
    db.session.flush()
    assert touched_months() == months(10, 11)


def test_an_event_of_a_session_touches_its_months(kept):
    row = Broadcast(
        seller_id=kept.id, title="", platform="facebook", sealed_ingest_key="",
        created_at=datetime(2026, 10, 2, tzinfo=UTC),
    )  # fmt: skip
    event = Festival(name="Lễ hội", starts_on=MAY.date(), ends_on=NOW.date())
    db.session.add_all([row, event])
    db.session.flush()
    touched()
    row.festival_id = event.id
    db.session.flush()
    assert touched_months() == months(10, 11)
    event.name, event.created_at = "Lễ hội khác", datetime(2026, 11, 1, 3, tzinfo=UTC)
    db.session.flush()
    assert "2026-11" in touched_months()


def test_a_booth_is_counted_where_its_market_is(kept):
    market = make_markets.market()
    stranger = make_reports.seller(ELSEWHERE, "38")
    booth = make_markets.booth(market, seller=stranger, opened_on=date(2026, 3, 1))
    assert touched_months() == months(*range(3, 12))
    booth.closed_on = date(2026, 8, 30)
    db.session.flush()
    assert touched_months() == months(8, 9, 10, 11)
    db.session.add(
        BoothDay(
            seller_id=stranger.id, booth_id=booth.id, on=date(2026, 4, 5), float_vnd=0, cash_vnd=0,
            counted_vnd=0, figures={}, by="Chủ",
        )
    )  # fmt: skip
    db.session.flush()
    assert touched_months() == months(4)
    make_reports.order(stranger, at=MAY, source=booth.source)
    assert touched_months() == months(5)
    market.commune_code = TAN_CUONG
    db.session.flush()
    assert touched_months() == months(*range(3, 12))


def _migration() -> Any:
    spec = importlib.util.spec_from_file_location("touched", MIGRATION)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# What never changes once it is there, or is only shown in the list behind a figure.
LASTING = {
    *("broadcasts.ref", "booths.source", "orders.ref", "vouchers.code"),
    *("connections.platform", "sellers.name", "sellers.ref"),
}
# Of sales, and of what was matched with them since: too much to watch.
RECKONED_EVERY_NIGHT = {"orders.digital_share"}
# Only shown in the list behind a figure.
SHOWN = {"label", "ref", "at"}


def _read(query: Any) -> set[str]:
    """Table and column of everything that decides what rows a figure has."""
    kept = [column for column in query.selected_columns if column.key not in SHOWN]
    counted = query.with_only_columns(*kept, maintain_column_froms=True)
    return {
        f"{part.table.name}.{part.name}"
        for part in visitors.iterate(counted)
        if isinstance(part, Column) and isinstance(part.table, Table)
    }


def test_whatever_figures_of_sales_read_is_watched(database):
    """Else a change of it would never reach the sheets that are kept."""
    watched = {
        f"{table}.{name.strip(chr(34))}"
        for table, (columns, *_more) in _migration().TABLES.items()
        for name in columns.split()
    }
    scope = make_reports.scope()
    for figure in kpis.registry().values():
        read = _read(figure.rows(scope)) | (_read(figure.of(scope)) if figure.of else set())
        read = {name for name in read if not name.endswith((".id", "_id"))}
        if figure.noted:
            assert read - watched - LASTING == set(), figure.name
        elif figure.name not in RECKONED_EVERY_NIGHT:
            assert not any(name.startswith("orders.") for name in read), figure.name


def test_all_regions_of_a_province_at_once_are_as_each_by_itself():
    """Every figure, with communes that have some of it and one without: number, parts, people,
    digest."""
    market, codes = make_markets.market(), [c.code for c in gazetteer.communes("19")]
    for number, commune in enumerate([TAN_CUONG, PHU_LUONG, TAN_CUONG, codes[0], PHU_LUONG]):
        seller = make_reports.seller(commune, kind=("household", "cooperative")[number % 2])
        product = make_reports.product(seller)
        make_certificates.certificate(product, issued_on=date(2026, 1, 1))
        make_reports.listing(product)
        booth = make_markets.booth(
            market, seller=seller, number=str(number), opened_on=date(2026, 1, 1)
        )
        for buyer in range(number + 1):
            source = ("storefront", "channel:shopee")[buyer % 2]
            make_reports.order(seller, buyer=buyer, source=source)
            make_reports.order(
                seller, source=booth.source, paid_vnd=100_000, paid_at=make_reports.OCTOBER,
                pay_by=("cash", "cashless")[buyer % 2],
            )  # fmt: skip
    consents.give(SYSTEM, seller.id, "Chủ")
    for commune in (TAN_CUONG, PHU_LUONG):
        make_community.helper(make_community.team(commune))
    db.session.flush()
    scope = make_reports.scope()
    for figure in kpis.registry().values():
        for digested in (False, True):
            found = kpis.everywhere(figure, scope, digested=digested)
            for code in ("19", TAN_CUONG, PHU_LUONG, *codes[:2]):
                alone = kpis.measure(figure, make_reports.scope(code), digested=digested)
                together = found.get(code) or kpis.nothing(figure, digested=digested)
                assert together == alone, (figure.name, code)


def test_all_regions_of_a_province_are_frozen_at_once_as_each_by_itself():
    make_reports.order(make_reports.seller())
    scopes = [make_reports.scope(code) for code in ("19", TAN_CUONG, PHU_LUONG)]
    nights.freeze(SYSTEM, scopes)
    rows = db.session.scalars(select(Sheet).where(Sheet.frozen)).all()
    assert {row.area_code for row in rows} == {"19", TAN_CUONG, PHU_LUONG}
    for row in rows:
        assert all(check.same_rows for check in sheets.again(row))
    assert {row.digest for row in rows} == {sheets.freeze(SYSTEM, scope).digest for scope in scopes}
