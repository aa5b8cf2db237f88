"""At night sheets are reckoned; from the fifth on last month is frozen and mailed, once."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from shop import clock, periods
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.reports import briefs, consents, jobs, kpis, sheets
from shop.reports.models import Sheet
from tests import make, make_reports
from tests.shop.reports.conftest import TAN_CUONG

pytestmark = pytest.mark.usefixtures("november")


def kept():
    rows = db.session.scalars(select(Sheet).order_by(Sheet.id))
    return [(row.area_code, row.period, row.frozen) for row in rows]


def test_every_period_that_an_officials_pages_offer_is_reckoned(official):
    official(TAN_CUONG)
    jobs.refresh()
    assert kept() == [(TAN_CUONG, period.word, False) for period in sheets.offered()]


def test_no_page_that_is_offered_is_reckoned_while_somebody_waits(official, monkeypatch):
    """At a province of five million sales one such page would take minutes."""
    person = official(TAN_CUONG)
    make_reports.order(make_reports.seller())
    jobs.refresh()
    before = kept()
    monkeypatch.setattr(kpis, "measure", lambda *_said, **_more: pytest.fail("reckoned anew"))
    for period in periods.choices():
        page = f"/so-lieu/vung/{TAN_CUONG}/{period.word}"
        assert person.get(page).status_code == 200
        assert person.get(f"{page}/orders.value").status_code == 200
    assert kept() == before


def test_last_month_is_frozen_and_mailed_once(official):
    official(TAN_CUONG).user.email = "canbo@tancuong.vn"
    for _seller in range(6):
        make_reports.order(make_reports.seller())
    db.session.commit()
    for _time in range(2):
        jobs.settle_month()
    assert kept() == [(TAN_CUONG, "2026-10", True)]
    ((recipient, subject, body, _html),) = make.mails()
    assert (recipient, subject) == (
        "canbo@tancuong.vn",
        "Số liệu Xã Tân Cương, Tỉnh Thái Nguyên, Tháng 10 năm 2026",
    )
    assert "- Giao dịch: 6 giao dịch" in body
    assert f"/so-lieu/vung/{TAN_CUONG}/2026-10" in body


def test_the_mail_hides_who_took_back_since_the_freeze_that_it_may_be_seen(official):
    official(TAN_CUONG)
    seller = make_reports.seller()
    consents.give(SYSTEM, seller.id, seller.name)
    make_reports.order(seller, vnd=9_000_000)
    db.session.commit()
    with clock.at(datetime(2026, 11, 5, 3, tzinfo=UTC)):
        jobs.settle_month()
    consents.end(SYSTEM, seller.id, seller.name)
    official(TAN_CUONG).user.email = "moi@tancuong.vn"
    db.session.commit()
    jobs.settle_month()
    ((_recipient, _subject, body, _html),) = make.mails()
    assert "- Giá trị giao dịch: dưới 5 đơn vị, không nêu" in body
    assert "9.000.000" not in body


def test_a_brief_that_was_mailed_is_not_made_again_every_hour(official, monkeypatch):
    official(TAN_CUONG).user.email = "canbo@tancuong.vn"
    db.session.commit()
    jobs.settle_month()
    monkeypatch.setattr(briefs, "of_sheet", lambda *_said, **_more: pytest.fail("made again"))
    jobs.settle_month()
    assert len(make.mails()) == 1


def test_before_the_fifth_nothing_is_frozen(official):
    official(TAN_CUONG)
    with clock.at(datetime(2026, 11, 4, 3, tzinfo=UTC)):
        jobs.settle_month()
    assert kept() == []
