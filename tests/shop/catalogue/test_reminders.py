"""Reminders of renewal: in time, to the owners, once each."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest
from flask import current_app
from sqlalchemy import select

from shop import clock, vault
from shop.accounts.access import SYSTEM
from shop.accounts.models import Role
from shop.catalogue import certificates, jobs, reminders
from shop.catalogue.models import Certificate
from shop.database import db
from shop.outbox import Task
from tests import make, make_certificates

EXPIRES = date(2027, 9, 30)


@pytest.fixture
def tea(database):
    product = make.product()
    make.member(product.seller, email="hao@example.vn", name="Hảo")
    make.member(product.seller, role=Role.HOST, email="host@example.vn")
    return product


def certificate(tea, **more):
    return make_certificates.certificate(
        tea, issued_on=date(2024, 9, 30), **{"expires_on": EXPIRES, "number": "12/QĐ"} | more
    )


def on(day):
    return clock.at(datetime(day.year, day.month, day.day, 3, tzinfo=UTC))


def mails():
    """Recipient, subject, body of what was queued, in order."""
    tasks = db.session.scalars(select(Task).where(Task.event == "mail_wanted").order_by(Task.id))
    key = current_app.config["SETTINGS"].vault_key
    return [json.loads(vault.open_sealed(task.arguments["sealed"], key))[:3] for task in tasks]


def test_owners_hear_210_180_150_and_120_days_before_and_once_each(tea):
    certificate(tea)
    heard = []
    for left in range(215, -3, -1):
        with on(EXPIRES - timedelta(left)):
            jobs.remind_of_renewal()
            if left in (211, 210, 209, 180, 150, 120, 119, 0, -2):
                heard.append((left, len(mails())))

    assert heard == [
        (211, 0),
        (210, 1),
        (209, 1),
        (180, 2),
        (150, 3),
        (120, 4),
        (119, 4),
        (0, 4),
        (-2, 4),
    ]
    to, subject, body = mails()[0]
    assert (to, subject) == ("hao@example.vn", "Chứng nhận OCOP số 12/QĐ còn 210 ngày")
    assert "Hồ sơ đánh giá lại nộp từ 03/04/2027 đến 02/06/2027." in body
    assert tea.name in body


def test_a_late_entry_is_told_at_once_that_the_window_is_over(tea):
    certificate(tea)
    with on(EXPIRES - timedelta(60)):
        jobs.remind_of_renewal()
        jobs.remind_of_renewal()
    assert [subject for _to, subject, _body in mails()] == ["Chứng nhận OCOP số 12/QĐ còn 60 ngày"]
    assert "Đã qua hạn nộp hồ sơ." in mails()[0][2]


def test_what_is_renewed_withdrawn_or_not_verified_reminds_nobody(tea):
    old = certificate(tea)
    newer = certificate(tea, number="99/QĐ", expires_on=date(2030, 9, 30))
    certificate(tea, number="3/QĐ", state="waiting")
    with on(EXPIRES - timedelta(200)):
        assert (reminders.renewed(old), reminders.due(old)) == (True, False)
        jobs.remind_of_renewal()
        assert mails() == []
        assert reminders.ending(select(Certificate)) == []
        certificates.withdraw(SYSTEM, newer, {"decision": "1", "reason": "x", "withdrawn_on": None})
        assert reminders.ending(select(Certificate)) == [old]
        assert reminders.due(old)
