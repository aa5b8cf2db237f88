from datetime import UTC, datetime

import pytest

from shop import clock
from shop.database import db
from tests import make
from workers.channels.models import Connection, Listing
from workers.channels.order_models import ChannelOrder
from workers.marketplaces.protocol import Refused
from workers.sync import jobs, letters
from workers.sync.models import LaneKind

SEVEN = datetime(2026, 11, 28, 0, 10, tzinfo=UTC)


@pytest.fixture
def sellers(cast):
    """Ours has a shop with trouble of each kind; theirs has a shop without any."""
    for each in (cast.ours, cast.theirs):
        each.user.email = f"{each.seller.ref.lower()}@htx.example.vn"
    mine, _theirs = [shop(each.seller, str(each.seller.id)) for each in (cast.ours, cast.theirs)]
    mine.health = "needs_reconnect"
    for number in range(3):
        product = make.product(cast.ours.seller, name=f"Chè {number}")
        row = Listing(seller_id=mine.seller_id, connection_id=mine.id)
        row.variant_id = make.variant(product).id
        db.session.add(row)
        db.session.flush()
        letters.keep(row, [LaneKind.PRICE], Refused("error_price"), "Sửa giá.", [])
    waits(mine, "A1", "needs_link")
    waits(mine, "A2", "needs_link")
    waits(mine, "A3", "trouble")
    db.session.commit()
    return cast


def shop(seller, shop_id):
    row = Connection(seller_id=seller.id, platform="shopee", shop_id=shop_id)
    db.session.add(row)
    db.session.flush()
    return row


def waits(row, number, intake):
    mine = {"seller_id": row.seller_id, "connection_id": row.id, "external_id": number}
    told = {"state": "confirmed", "said": "x", "remote_at": clock.now()}
    db.session.add(ChannelOrder(**mine, **told, intake=intake, total_vnd=1))


def test_the_owner_is_told_what_waits_grouped_by_cause_once_a_day(sellers):
    for minutes in (10, 40):
        with clock.at(SEVEN.replace(minute=minutes)):
            jobs.tell_of_troubles()
    [(recipient, subject, body, _html)] = make.mails()
    name = f"Shopee {sellers.ours.seller.id}"
    assert recipient == sellers.ours.user.email
    assert subject == "Sàn: 4 việc chờ bạn"
    assert body.splitlines()[:4] == [
        f"- {name}: Sàn đòi đăng nhập lại, giá và tồn kho đang không đổi theo.",
        f"- {name}: 2 đơn có món chưa biết là hàng nào của mình.",
        f"- {name}: 1 đơn không đi tiếp được.",
        f"- {name}: 3 mục sàn từ chối. Sửa giá.",
    ]


def test_the_next_morning_tells_again(sellers):
    for day in (28, 29):
        with clock.at(SEVEN.replace(day=day)):
            jobs.tell_of_troubles()
    assert [mail[0] for mail in make.mails()] == [sellers.ours.user.email] * 2


def test_at_other_hours_nobody_is_told(sellers):
    with clock.at(SEVEN.replace(hour=3)):
        jobs.tell_of_troubles()
    assert make.mails() == []
