"""At night sheets are reckoned; from the fifth on last month is frozen and mailed, once."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from shop import clock
from shop.database import db
from shop.reports import jobs
from shop.reports.models import Sheet
from tests import make, make_reports
from tests.shop.reports.conftest import TAN_CUONG

pytestmark = pytest.mark.usefixtures("november")


def kept():
    rows = db.session.scalars(select(Sheet).order_by(Sheet.id))
    return [(row.area_code, row.period, row.frozen) for row in rows]


def test_the_sheets_of_officials_regions_are_reckoned(official):
    official(TAN_CUONG)
    jobs.refresh()
    words = ("2026-11", "2026-10", "2026-Q4", "2026")
    assert kept() == [(TAN_CUONG, word, False) for word in words]


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


def test_before_the_fifth_nothing_is_frozen(official):
    official(TAN_CUONG)
    with clock.at(datetime(2026, 11, 4, 3, tzinfo=UTC)):
        jobs.settle_month()
    assert kept() == []
