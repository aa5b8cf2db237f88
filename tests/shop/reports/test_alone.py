"""The digital share of one booth over time, for an official who may see its trader."""

import pytest

from shop.accounts.access import SYSTEM
from shop.database import db
from shop.reports import consents
from tests import make_markets, make_reports
from tests.shop.reports.conftest import PHU_LUONG, TAN_CUONG

pytestmark = pytest.mark.usefixtures("november")
FIGURE = "markets.merchants_digital"


def page_of(booth, code="19", word="2026-10"):
    return f"/so-lieu/vung/{code}/{word}/{FIGURE}/rieng/{booth.ref}"


@pytest.fixture
def booths():
    """Two at one market, of which the trader of the first agrees to be seen.

    Each took 3 payments by code beside one in cash in October, and one by code in September, when
    nobody wrote down what came in cash.
    """
    market = make_markets.market()
    opened = make_reports.LONG_AGO.date()
    found = [make_markets.booth(market, number=str(n), opened_on=opened) for n in (1, 2)]
    october = make_reports.OCTOBER
    sales = [("cashless", october)] * 3 + [
        ("cash", october),
        ("cashless", october.replace(month=9)),
    ]
    for booth in found:
        for pay_by, at in sales:
            money = {"paid_at": at, "paid_vnd": 100_000, "pay_by": pay_by}
            make_reports.order(booth.seller, at=at, source=booth.source, **money)
    consents.give(SYSTEM, found[0].seller_id, found[0].seller.name)
    db.session.commit()
    return found


def test_an_official_reads_the_share_of_a_booth_month_by_month(official, booths):
    person, (agreed, _other) = official(PHU_LUONG), booths
    rows = person.get(f"/so-lieu/vung/{PHU_LUONG}/2026-10/{FIGURE}?phan=mau").text
    assert page_of(agreed, PHU_LUONG) in rows
    page = person.get(page_of(agreed, PHU_LUONG)).text
    assert "Chợ Đu – 1" in page
    assert "(3 trên 4)" in page
    assert "Tháng 10 năm 2026: 75,0 %" in page
    assert "Tháng 9 năm 2026: không tính được" in page
    assert "Mở trang của dòng này" not in page


def test_who_agreed_to_nothing_is_not_found(official, booths):
    person, (agreed, other) = official(PHU_LUONG), booths
    rows = person.get(f"/so-lieu/vung/{PHU_LUONG}/2026-10/{FIGURE}?phan=mau").text
    assert "Chợ Đu – 2" not in rows
    assert person.get(page_of(other, PHU_LUONG)).status_code == 404
    consents.end(SYSTEM, agreed.seller_id, agreed.seller.name)
    db.session.commit()
    assert person.get(page_of(agreed, PHU_LUONG)).status_code == 404


def test_a_booth_elsewhere_or_a_figure_without_such_a_page_is_not_found(official, cast, booths):
    agreed, _other = booths
    assert official(TAN_CUONG).get(page_of(agreed, PHU_LUONG)).status_code == 404
    assert official(TAN_CUONG).get(page_of(agreed, TAN_CUONG)).status_code == 404
    without = page_of(agreed).replace(FIGURE, "markets.without_account")
    assert cast.administrator.get(without).status_code == 404


def test_an_administrator_goes_on_to_the_booth(cast, booths):
    for booth in booths:
        page = cast.administrator.get(page_of(booth)).text
        assert "75,0 %" in page
        assert f'/{booth.ref}"' in page
