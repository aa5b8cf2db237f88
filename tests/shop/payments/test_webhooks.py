"""Notices of the bank: trusted only when signed, kept once, never turned away when genuine."""

import io
import json

import pytest
from sqlalchemy import func, select, text

from shop import limits
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.outbox import Task
from shop.payments import feeds, webhooks
from shop.payments.models import Notice
from tests import make, make_money


@pytest.fixture
def visitor(database):
    return database.test_client()


@pytest.fixture
def bank(database, visitor):
    """A client that reports, with the feed and its secret."""

    def post(raw, headers, ref=None):
        return visitor.post(f"/webhooks/sepay/{ref or post.feed.ref}", data=raw, headers=headers)

    post.order, post.feed, post.secret = make_money.asked(make.seller())
    return post


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_a_signed_notice_is_kept_as_it_came_and_handed_to_a_job(bank):
    raw = make_money.notice(bank.feed, "chè Đinh  ", id=7)
    answer = bank(raw, make_money.headers(raw, bank.secret))
    assert (answer.status_code, answer.json) == (200, {"success": True})
    (kept,) = db.session.scalars(select(Notice))
    assert (kept.raw, kept.external_id, kept.processed_at) == (raw, "7", None)
    (task,) = db.session.scalars(select(Task).where(Task.event == "notice_received"))
    assert task.arguments == {"notice_id": kept.id}


def test_a_notice_stands_sealed_in_the_database_and_opens_for_its_job(bank):
    raw = make_money.notice(bank.feed, "tien che cua Le Thi Lan")
    bank(raw, make_money.headers(raw, bank.secret))
    at_rest = db.session.scalar(text("SELECT raw FROM notices"))
    assert (b"Le Thi Lan" in raw, b"Le Thi Lan" in at_rest) == (True, False)
    assert db.session.scalars(select(Notice)).one().raw == raw


def test_a_notice_from_before_they_were_sealed_is_read_as_it_is(bank):
    raw = make_money.notice(bank.feed, "tien che")
    row = Notice(connection_id=bank.feed.id, external_id="cu", raw=b"")
    db.session.add(row)
    db.session.flush()
    db.session.execute(text("UPDATE notices SET raw = :raw"), {"raw": raw})
    db.session.expire(row)
    assert row.raw == raw


def test_a_repeated_notice_is_answered_like_the_first_and_kept_once(bank):
    raw = make_money.notice(bank.feed, "tien che")
    answers = [bank(raw, make_money.headers(raw, bank.secret)) for _time in range(3)]
    assert [(a.status_code, a.json) for a in answers] == [(200, {"success": True})] * 3
    told = db.session.scalars(select(Task).where(Task.event == "notice_received")).all()
    assert (count(Notice), len(told)) == (1, 1)


def test_the_same_number_on_two_accounts_is_two_notices(bank):
    _order, other, secret = make_money.asked(make.seller(name="HTX khác"))
    for feed, key in ((bank.feed, bank.secret), (other, secret)):
        raw = make_money.notice(feed, "tien che", id=1)
        assert bank(raw, make_money.headers(raw, key), feed.ref).status_code == 200
    assert count(Notice) == 2


def test_an_api_key_serves_in_place_of_a_signature(bank):
    raw = make_money.notice(bank.feed, "tien che")
    assert bank(raw, {"Authorization": f"Apikey {bank.secret}x"}).status_code == 401
    assert count(Notice) == 0
    assert bank(raw, {"Authorization": f"Apikey {bank.secret}"}).status_code == 200
    assert count(Notice) == 1


def test_whatever_is_not_genuine_is_answered_alike_and_stores_nothing(bank):
    raw = make_money.notice(bank.feed, bank.order.ref)
    _order, other, _secret = make_money.asked(make.seller(name="HTX khác"))
    signed = make_money.headers(raw, bank.secret)
    answers = [
        bank(raw, make_money.headers(raw, "khac")),
        bank(raw, make_money.headers(raw, bank.secret, late_by=301)),
        bank(raw, make_money.headers(raw, bank.secret, late_by=-302)),
        bank(raw + b" ", signed),
        bank(raw, {}),
        bank(raw, {**signed, "X-SePay-Timestamp": "xx"}),
        bank(b"no json", {}),
        bank(raw, signed, "KHONGCO"),
        bank(raw, signed, other.ref),
    ]
    assert {a.status_code for a in answers} == {401}
    bodies = {json.dumps(a.json, sort_keys=True) for a in answers}
    assert bodies == {
        json.dumps(
            {
                "status": 401,
                "title": "Chữ ký không đúng.",
                "type": "urn:ocop:problem:bad-signature",
            },
            sort_keys=True,
        )
    }
    told = db.session.scalars(select(Task).where(Task.event == "notice_received")).all()
    assert (count(Notice), told) == (0, [])


def test_a_secret_that_was_replaced_no_longer_serves(bank):
    raw = make_money.notice(bank.feed, "tien che")
    _connection, fresh = feeds.connect(SYSTEM, bank.feed.bank_account)
    assert bank(raw, make_money.headers(raw, bank.secret)).status_code == 401
    assert bank(raw, make_money.headers(raw, fresh)).status_code == 200


def test_a_signed_body_that_is_no_notice_is_refused(bank):
    for raw in (b"[]", b"{}", b'{"id": "1"}', b"no json"):
        assert bank(raw, make_money.headers(raw, bank.secret)).status_code == 422
    assert count(Notice) == 0


def test_a_body_out_of_all_proportion_is_not_read(bank):
    raw = b" " * (webhooks.MOST_BYTES + 1)
    assert bank(raw, make_money.headers(raw, bank.secret)).status_code == 413
    assert count(Notice) == 0


def test_a_busy_bank_is_never_turned_away_but_who_guesses_is(bank):
    for _call in range(600):
        limits.hit(webhooks.REFUSED_PER_ADDRESS, "webhook", "127.0.0.1")
    raw = make_money.notice(bank.feed, "tien che")
    assert bank(raw, make_money.headers(raw, "khac")).status_code == 429
    assert bank(raw, make_money.headers(raw, bank.secret)).status_code == 200


class SlowBody(io.BytesIO):
    """A body that notes, whenever a piece is read, whether a transaction is open."""

    def __init__(self, raw):
        super().__init__(raw)
        self.open = []

    def read(self, size=-1):
        self.note()
        return super().read(size)

    def readinto(self, buffer):
        self.note()
        return super().readinto(buffer)

    def note(self):
        self.open.append(db.session.registry.has() and db.session().in_transaction())


def test_no_transaction_is_open_while_the_body_arrives(bank, visitor):
    raw = make_money.notice(bank.feed, "tien che")
    body = SlowBody(raw)
    answer = visitor.post(
        f"/webhooks/sepay/{bank.feed.ref}",
        input_stream=body,
        content_length=len(raw),
        headers=make_money.headers(raw, bank.secret),
    )
    assert answer.status_code == 200
    assert body.open
    assert not any(body.open)
