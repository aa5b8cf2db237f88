from datetime import timedelta

import pytest
from sqlalchemy import func, select

from shop import clock
from shop.accounts.models import Role
from shop.database import db
from shop.reconciliation.models import Batch
from tests import make
from tests.app_fixtures import Person, sign_in
from workers.channels.models import Connection
from workers.channels.order_models import ChannelOrder, ChannelPayout


@pytest.fixture
def shop(cast):
    """A shop that paid for two orders today, and for one long ago."""
    seller_id = cast.ours.seller.id
    row = Connection(seller_id=seller_id, platform="shopee", shop_id="77")
    db.session.add(row)
    db.session.flush()
    paid(row, "A1", 420_000, fee=16_000, tax=6_000)
    paid(row, "A2", 100_000, fee=5_000, tax=1_500, adjustment=-2_000)
    paid(row, "CU", 900_000, days=40)
    db.session.commit()
    return row


def paid(row, number, gross, *, fee=0, tax=0, adjustment=0, days=0):
    mine = {"seller_id": row.seller_id, "connection_id": row.id, "external_id": number}
    told = {"state": "completed", "said": "COMPLETED", "remote_at": clock.now()}
    order = ChannelOrder(**mine, **told, intake="taken", total_vnd=gross)
    db.session.add(order)
    db.session.flush()
    payout = ChannelPayout(channel_order_id=order.id, gross_vnd=gross, fee_vnd=fee, tax_vnd=tax)
    payout.adjustment_vnd, payout.net_vnd = adjustment, gross - fee - tax + adjustment
    payout.happened_at = clock.now() - timedelta(days=days)
    db.session.add(payout)


def url(shop):
    return f"/ban-hang/san/{shop.ref}/tien-ve"


def figures(page):
    found = [piece.split("<")[0] for piece in page.split('class="figure-value">')[1:]]
    return [figure.removesuffix("\N{NO-BREAK SPACE}₫") for figure in found]


def test_the_days_are_summed_to_what_is_left_in_hand(cast, shop):
    page = cast.ours.get(url(shop)).text
    assert figures(page) == ["489.500", "520.000", "21.000", "7.500", "\N{MINUS SIGN}2.000"]
    assert ["A1" in page, "A2" in page, "CU" in page] == [True, True, False]


def test_other_days_show_other_payouts(cast, shop):
    day = (clock.today() - timedelta(days=40)).isoformat()
    page = cast.ours.get(f"{url(shop)}?first={day}&last={day}").text
    assert figures(page) == ["900.000", "900.000", "0", "0"]


def test_a_day_that_is_none_is_said(cast, shop):
    page = cast.ours.get(f"{url(shop)}?first=hom-qua&last=2026-11-28")
    assert page.status_code == 422
    assert "Ghi ngày, tháng, năm" in page.text


def test_the_days_become_one_settlement_however_often_it_is_asked(cast, shop):
    data = dict.fromkeys(("first", "last"), clock.today().isoformat())
    for _ in range(2):
        answer = cast.ours.post(url(shop), data)
        batch = db.session.scalars(select(Batch)).one()
        assert answer.headers["Location"] == f"/ban-hang/doi-soat-tra-tien/{batch.ref}"


def test_days_without_payouts_make_none_and_say_so(cast, shop):
    day = (clock.today() - timedelta(days=3)).isoformat()
    answer = cast.ours.post(url(shop), {"first": day, "last": day})
    assert answer.status_code == 422
    assert "Những ngày này sàn chưa trả đơn nào." in answer.text
    assert db.session.scalar(select(func.count(Batch.id))) == 0


def test_who_may_not_see_money_sees_no_payout(cast, shop, app):
    data = dict.fromkeys(("first", "last"), clock.today().isoformat())
    viewer = make.member(cast.ours.seller, role=Role.VIEWER, name="Người xem")
    for person in (cast.theirs, Person(viewer, sign_in(app, viewer), cast.ours.seller)):
        assert person.get(url(shop)).status_code == 404
        assert person.post(url(shop), data).status_code == 404
    assert db.session.scalar(select(func.count(Batch.id))) == 0
