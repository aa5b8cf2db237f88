"""Accounts of which nothing is heard any more."""

from datetime import timedelta

import pytest

from shop import clock
from shop.database import db
from shop.outbox import Task
from shop.payments.models import Notice
from shop.reconciliation import silence, terms
from shop.reconciliation.jobs import look_for_silence
from tests import make, make_money


@pytest.fixture
def feed(cast):
    _order, connection, _secret = make_money.asked(cast.ours.seller)
    return connection


def later(hours):
    return clock.at(clock.now() + timedelta(hours=hours))


def test_an_account_is_quiet_after_the_hours_its_seller_allows(feed):
    assert silence.quiet() == []
    with later(73):
        assert [each.account_number for each in silence.quiet()] == [
            feed.bank_account.account_number
        ]
    terms.change(feed.seller_id, 0, 200)
    with later(73):
        assert silence.quiet() == []
    terms.change(feed.seller_id, 0, None)
    with later(9999):
        assert silence.quiet() == []


def test_a_notice_ends_the_silence(feed):
    with later(73):
        at = clock.now()
        db.session.add(Notice(connection_id=feed.id, external_id="1", raw=b"", received_at=at))
        db.session.flush()
        assert silence.quiet() == []


def test_a_closed_account_may_be_silent(feed):
    feed.bank_account.active = False
    db.session.flush()
    with later(73):
        assert silence.quiet() == []


def test_the_owner_hears_of_a_silence_once_and_sees_it(cast, feed):
    make.member(cast.ours.seller, name="Chủ nhiệm", email="chu@example.com")
    db.session.commit()
    with later(73):
        for _time in range(2):
            look_for_silence()
        assert db.session.query(Task).filter_by(event="mail_wanted").count() == 1
        assert "không báo tiền từ" in cast.ours.get("/ban-hang").text
    assert "không báo tiền từ" not in cast.ours.get("/ban-hang").text


def test_another_seller_hears_nothing(cast, feed):
    with later(73):
        assert silence.quiet([cast.theirs.seller.id]) == []
