from datetime import timedelta

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts.models import AuditEntry
from shop.database import db
from shop.outbox import Task
from workers.channels.models import Connection

RULES = {
    "share_percent": "60",
    "buffer": "2",
    "threshold": "3",
    "calls_per_second": "2,5",
    "drift": "overwrite",
}


@pytest.fixture
def shop(cast):
    row = Connection(seller_id=cast.ours.seller.id, platform="shopee", shop_id="77")
    db.session.add(row)
    db.session.commit()
    return row


def now(row):
    pace = row.calls_per_second
    return (row.share_percent, row.buffer, row.threshold, pace and float(pace), row.drift)


def test_rules_are_kept_told_to_the_shop_and_noted(cast, shop):
    assert cast.ours.post(f"/ban-hang/san/{shop.ref}/cai-dat", RULES).status_code == 303
    assert now(shop) == (60, 2, 3, 2.5, "overwrite")
    marks = db.session.scalars(select(Task).where(Task.job == "workers.sync.jobs.mark_all"))
    assert [task.arguments["connection_id"] for task in marks] == [shop.id]
    entry = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "channels.rules")
    ).one()
    assert entry.actor_name == "Đào Thanh Hảo"
    assert entry.changes["share_percent"] == [100, 60]


def test_a_blank_pace_is_the_marketplaces_own(cast, shop):
    cast.ours.post(f"/ban-hang/san/{shop.ref}/cai-dat", RULES | {"calls_per_second": ""})
    assert shop.calls_per_second is None
    assert "mức thường của sàn: 5." in cast.ours.get(f"/ban-hang/san/{shop.ref}/cai-dat").text


@pytest.mark.parametrize(
    ("field", "value"),
    [("share_percent", "101"), ("buffer", "-1"), ("calls_per_second", "0"), ("drift", "khac")],
)
def test_a_rule_that_makes_no_sense_is_refused_and_nothing_changes(cast, shop, field, value):
    answer = cast.ours.post(f"/ban-hang/san/{shop.ref}/cai-dat", RULES | {field: value})
    assert answer.status_code == 422
    assert now(shop) == (100, 0, 0, None, "report")


def test_nobody_else_sees_or_changes_them(cast, shop):
    assert cast.theirs.get(f"/ban-hang/san/{shop.ref}/cai-dat").status_code == 404
    assert cast.theirs.post(f"/ban-hang/san/{shop.ref}/cai-dat", RULES).status_code == 404
    assert now(shop) == (100, 0, 0, None, "report")


def test_a_shop_that_is_left_alone_says_until_when(cast, shop):
    shop.paused_until = clock.now() + timedelta(minutes=5)
    db.session.commit()
    until = f"Nghỉ đến {clock.vietnam(shop.paused_until):%H:%M}"
    assert until in cast.ours.get("/ban-hang/san").text
    assert until in cast.ours.get(f"/ban-hang/san/{shop.ref}").text
    shop.paused_until = clock.now() - timedelta(minutes=5)
    db.session.commit()
    assert "Nghỉ đến" not in cast.ours.get("/ban-hang/san").text
