"""What one figure hides is not reckoned from another one that counts a part of it."""

import pytest

from shop.accounts.access import SYSTEM
from shop.database import db
from shop.livestream.models import Broadcast
from shop.reports import briefs, consents, hiding, kpis, sheets
from shop.reports.kpis import Cell, Measured
from tests import make_livestream, make_reports

pytestmark = pytest.mark.usefixtures("november")
BRIEF = "/so-lieu/vung/19/2026-10"
WITHHELD = "không nêu, vì từ đó tính ra được số đã ẩn"


def sales(many, source="storefront", **more):
    for _seller in range(many):
        make_reports.order(make_reports.seller(), source=source, **more)


def lines():
    found = kpis.every(make_reports.scope())
    return {
        line.figure.name: line
        for _title, inside in briefs.lines(found, everything=False)
        for line in inside
    }


def live(sellers):
    """One session of each, in which one buyer bought."""
    for _seller in range(sellers):
        seller = make_reports.seller()
        broadcast = make_livestream.broadcast(seller)
        make_reports.order(seller, source=f"livestream:{broadcast.ref}")


def test_livestream_sales_do_not_tell_the_small_channel_beside_them(database):
    sales(20)
    live(6)
    sales(2, source="zalo")
    found = lines()
    channels = {bar.word: bar.top for bar in found["orders.transactions"].splits}
    assert channels == {"storefront": 20, "livestream": None, "zalo": None}
    told = found["livestream.orders"]
    assert (told.shown, told.hidden, told.top) == (WITHHELD, True, None)
    assert {bar.top for bar in told.communes + told.splits} == {None}
    assert found["livestream.value"].hidden


def test_without_a_small_channel_livestream_sales_are_told(database):
    sales(20)
    live(6)
    assert (lines()["livestream.orders"].top, lines()["livestream.value"].hidden) == (6, False)


def test_the_share_of_digital_sales_does_not_tell_the_only_other_marketplace(database):
    sales(20)
    sales(6, source="phone")
    sales(2, source="channel:shopee")
    share = lines()["orders.digital_share"]
    assert (share.shown, share.top, share.bottom) == (WITHHELD, None, None)


def test_two_hidden_channels_of_the_same_side_keep_each_other(database):
    sales(20)
    sales(6, source="channel:lazada")
    sales(2, source="channel:shopee")
    share = lines()["orders.digital_share"]
    assert (share.top, share.bottom) == (20, 20)


def test_a_part_hidden_since_a_freeze_is_not_told_by_the_other_figure():
    """Who took back that it may be seen makes a channel of six a companion to be hidden."""
    sales(20)
    live(6)
    one = make_reports.seller()
    make_reports.order(one, source="zalo")
    consents.give(SYSTEM, one.id, one.name)
    sheet = sheets.freeze(SYSTEM, make_reports.scope())
    consents.end(SYSTEM, one.id, one.name)
    today = kpis.every(make_reports.scope())
    groups = briefs.of_sheet(sheet, everything=False, today=today)
    told = {line.figure.name: line for _title, inside in groups for line in inside}
    assert {bar.word for bar in told["orders.transactions"].splits if bar.hidden} == {
        "livestream",
        "zalo",
    }
    assert told["livestream.orders"].shown == WITHHELD


def test_a_figure_withheld_in_a_month_is_withheld_in_its_quarter():
    def put(month, source, many, orders=1):
        for _seller in range(many):
            seller = make_reports.seller()
            for _order in range(orders):
                at = make_reports.OCTOBER.replace(month=month)
                make_reports.order(seller, at=at, source=source)

    for month in (7, 8, 9):
        put(month, "storefront", 20)
        for source in ("channel:shopee", "channel:lazada", "phone", "zalo"):
            put(month, source, 9 if month > 7 else 0)
    put(7, "channel:shopee", 1, orders=37)  # one seller's own number
    put(7, "phone", 6)
    shown = {}
    for word in ("2026-07", "2026-08", "2026-09", "2026-Q3"):
        scope = make_reports.scope("19", word)
        found, months = kpis.every(scope), sheets.in_months(scope)
        groups = briefs.lines(found, everything=False, months=months)
        told = {line.figure.name: line for _title, inside in groups for line in inside}
        shown[word] = told["orders.digital_share"].bottom
    assert shown["2026-07"] is None
    assert shown["2026-08"] is not None
    assert shown["2026-Q3"] is None


def test_the_page_of_a_withheld_figure_tells_no_more_than_the_brief(official):
    sales(20)
    live(6)
    sales(2, source="zalo")
    db.session.commit()
    person = official("19")
    for path in ("", "/livestream.orders"):
        assert WITHHELD in person.get(BRIEF + path).text
    assert str(db.session.query(Broadcast).first().ref) not in person.get(BRIEF).text


def test_what_a_hidden_month_keeps_is_not_told_by_the_other_figure():
    cells = (
        Cell("storefront", 50, None, 30, 30),
        Cell("livestream", 9, None, 6, 9),
        Cell("zalo", 9, None, 7, 9),
    )
    whole = Measured("orders.transactions", Cell("", 68, None, 40, 45), (), cells)
    live = Measured("livestream.orders", Cell("", 9, None, 6, 9), (), ())
    few = Measured(
        "orders.transactions",
        Cell("", 20, None, 12, 15),
        (),
        (Cell("storefront", 12, None, 9, 9), Cell("livestream", 6, None, 6, 6),
         Cell("zalo", 2, None, 1, 2)),
    )  # fmt: skip
    found = {"orders.transactions": whole, "livestream.orders": live}
    assert hiding.withheld(found, {}) == frozenset()
    month = hiding.own(kpis.get("orders.transactions"), few)
    assert hiding.withheld(found, {"orders.transactions": [month]}) == {"livestream.orders"}
