"""Asking the feeds' lists, at a sandbox in a process of its own, for what no call told."""

import time
from dataclasses import replace
from datetime import timedelta
from itertools import count

import pytest
import requests as outside
from sqlalchemy import select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.accounts.models import Role
from shop.database import db
from shop.orders.models import State
from shop.payments import feeds, requests
from shop.payments.models import FeedConnection
from shop.reconciliation import jobs, pulling, silence
from shop.reconciliation.models import BankLine
from tests import make, make_channels, make_money
from tests.app_fixtures import Person, sign_in

_next = count(1)


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory):
    with make_channels.running(tmp_path_factory.mktemp("sandbox")) as started:
        yield started


@pytest.fixture
def bank(sandbox, database, monkeypatch):
    """The sandbox as the feeds' servers."""
    hosts = {f"{name}_host": f"{sandbox.host}/{name}" for name in ("sepay", "casso")}
    there = replace(database.config["SETTINGS"], **hosts)
    monkeypatch.setitem(database.config, "SETTINGS", there)
    monkeypatch.setattr("shop.payments.bank_feeds.lists.PAUSE_SECONDS", 0.55)
    return sandbox


class Feed:
    """An account with a feed of `provider`, known to the bank by its list's key."""

    def __init__(self, bank, provider="casso", key=None):
        self.bank, self.provider = bank, provider
        self.seller = make.seller()
        self.account = make.bank_account(self.seller, account_number=f"88{next(_next):08d}")
        self.connection, _secret = feeds.connect(SYSTEM, self.account, provider, "k" * 20)
        self.key = key or f"khoa-{self.account.account_number}"
        feeds.keep_list_key(SYSTEM, self.connection, self.key)
        self._send(
            "feeds",
            account_number=self.account.account_number,
            webhook_url="http://127.0.0.1:9/nobody",
            secret="k" * 20,
            provider=provider,
            list_key=f"khoa-{self.account.account_number}",
        )
        db.session.commit()

    def _send(self, path, **body):
        answer = outside.post(f"{self.bank.host}/bank/{path}", json=body, timeout=10)
        assert answer.status_code < 300, answer.text

    def transfer(self, content, amount_vnd=185_000):
        """A transfer of which the feed tells nothing."""
        self._send("faults", silence=1)
        account = self.account.account_number
        sent = {"client_id": f"t{next(_next)}", "content": content, "amount_vnd": amount_vnd}
        self._send("transfers/plain", account_number=account, **sent)

    def fault(self, **faults):
        self._send("faults", **faults)

    def pull(self):
        if self.provider == "sepay":
            time.sleep(1.1)  # two calls a second, and other tests have called
        return pulling.pull(self.connection.id)

    def lines(self):
        mine = select(BankLine).where(BankLine.bank_account_id == self.account.id)
        return db.session.scalars(mine.order_by(BankLine.id)).all()

    def order(self):
        placed = make_money.order(self.seller)
        requests.open(placed)
        db.session.commit()
        return placed


@pytest.mark.parametrize("provider", ["sepay", "casso"])
def test_what_no_call_told_is_found_in_the_list_and_pays_its_order(bank, provider):
    feed = Feed(bank, provider)
    order = feed.order()
    feed.transfer(f"CK {order.ref}")
    feed.transfer("tien rau", 20_000)
    assert feed.pull() == 2
    assert (order.state, order.paid_vnd) == (State.PAID, 185_000)
    assert feed.pull() == 0
    assert {line.amount_vnd for line in feed.lines()} == {185_000, 20_000}
    assert feed.connection.pull_failed == ""


@pytest.mark.parametrize("first", ["call", "list"])
def test_a_line_from_a_call_and_from_the_list_is_one(bank, database, run_tasks, first):
    feed = Feed(bank, "sepay")
    order = feed.order()
    feed.transfer(f"CK {order.ref}")
    booked = outside.get(f"{bank.host}/bank/transfers", timeout=10).json()["transfers"][-1]
    at = clock.vietnam(clock.now())
    raw = make_money.notice(
        feed.connection,
        booked["content"],
        id=booked["id"],
        referenceCode=f"FT{booked['id']}",
        transactionDate=f"{at:%Y-%m-%d %H:%M:%S}",
    )
    client = database.test_client()
    deeds = [lambda: make_money.send(client, feed.connection, raw, secret(feed)), feed.pull]
    for deed in deeds if first == "call" else deeds[::-1]:
        deed()
        run_tasks()
    assert len(feed.lines()) == 1
    assert order.paid_vnd == 185_000


def secret(feed):
    """SePay's secret is ours; this feed's was made when it was connected."""
    _connection, made = feeds.connect(SYSTEM, feed.account, "sepay")
    db.session.commit()
    return made


def test_more_than_one_call_tells_are_asked_for_day_by_day(bank, monkeypatch):
    feed = Feed(bank, "sepay")
    feed.transfer("mot")
    feed.transfer("hai")
    monkeypatch.setattr("shop.payments.bank_feeds.sepay.MOST_LISTED", 2)
    assert feed.pull() == 0
    assert feed.connection.pull_failed == "more movements in a day than the list tells"
    monkeypatch.setattr("shop.payments.bank_feeds.sepay.MOST_LISTED", 3)
    assert feed.pull() == 2


def test_lines_of_other_accounts_are_left_out(bank):
    feed, other = Feed(bank), Feed(bank)
    other.transfer("khong phai cua toi")
    assert feed.pull() == 0


@pytest.mark.parametrize(
    ("provider", "fault"),
    [(name, fault) for name in ("sepay", "casso") for fault in ("list_busy", "list_broken")],
)
def test_a_list_that_does_not_tell_is_asked_again_later_and_later(bank, provider, fault):
    feed = Feed(bank, provider)
    feed.fault(**{fault: 2})
    gaps = []
    for _time in range(2):
        assert feed.pull() == 0
        gaps.append(feed.connection.next_pull_at - clock.now())
    assert feed.connection.pull_failed
    assert feed.key not in feed.connection.pull_failed
    assert gaps[1] > gaps[0] * 1.5
    assert feed.pull() == 0
    assert (feed.connection.pull_failed, feed.connection.pull_failures) == ("", 0)


def test_a_wrong_key_is_said(bank, database):
    feed = Feed(bank, key="sai-khoa-mat-roi")
    feed.pull()
    assert feed.connection.pull_failed == "answered 401"
    owner = make.member(feed.seller, role=Role.OWNER)
    page = f"/ban-hang/tai-khoan-ngan-hang/{feed.account.ref}/nguon-bao-co"
    assert "khóa API không đúng" in sign_in(database, owner).get(page).text


def test_after_a_list_the_next_night_is_its_time(bank):
    feed = Feed(bank)
    assert pulling.due() == [feed.connection.id]
    feed.pull()
    assert pulling.due() == []
    night = clock.vietnam(feed.connection.next_pull_at)
    assert night.date() == clock.today() + timedelta(days=1)
    assert 1 <= night.hour < 4


def waited(feed, minutes, since_pull):
    """Is the list asked, an unpaid order having waited so long, the list having told before?"""
    order, now = feed.order(), clock.now()
    requests.open(order).opened_at = now - timedelta(minutes=minutes)
    feed.connection.pulled_at = now - timedelta(minutes=since_pull)
    feed.connection.next_pull_at = now + timedelta(hours=9)
    db.session.commit()
    return pulling.due() == [feed.connection.id]


@pytest.mark.parametrize(
    ("minutes", "since_pull", "asked"),
    [
        *((3, 60, False), (6, 4, False), (6, 6, True)),
        *((60, 20, False), (60, 31, True), (25 * 60, 900, False)),
    ],
)
def test_while_a_buyer_waits_it_is_asked_with_growing_gaps(bank, minutes, since_pull, asked):
    assert waited(Feed(bank), minutes, since_pull) == asked


def test_a_silent_account_is_asked_before_anybody_is_alarmed(bank, monkeypatch):
    feed = Feed(bank)
    owner = make.member(feed.seller, role=Role.OWNER, email="chu@htx.vn")
    db.session.commit()
    mails = []
    monkeypatch.setattr(silence.send, "mail", lambda *told, **_more: mails.append(told[0]))
    feed.connection.created_at = clock.now() - timedelta(days=30)
    feed.pull()
    feed.connection.pulled_at = clock.now() - timedelta(hours=9)
    db.session.commit()
    silence.tell()
    assert (mails, pulling.due()) == ([], [feed.connection.id])
    feed.pull()
    silence.tell()
    assert mails == [owner.email]


def test_what_the_list_told_ends_the_silence(bank):
    feed = Feed(bank)
    feed.connection.created_at = clock.now() - timedelta(days=30)
    assert len(silence.quiet([feed.seller.id])) == 1
    feed.transfer("tien rau")
    feed.pull()
    assert silence.quiet([feed.seller.id]) == []


def test_the_job_asks_each_feed_whose_time_has_come(bank):
    feed = Feed(bank)
    feed.transfer("tien rau")
    jobs.pull_feeds()
    assert len(feed.lines()) == 1


def test_the_owner_keeps_the_key_and_reads_what_came_of_it(bank, database):
    feed = Feed(bank)
    owner = make.member(feed.seller, role=Role.OWNER)
    person = Person(owner, sign_in(database, owner), feed.seller)
    page = f"/ban-hang/tai-khoan-ngan-hang/{feed.account.ref}/nguon-bao-co"
    url = f"/ban-hang/tai-khoan-ngan-hang/nguon-bao-co/{feed.connection.ref}/khoa-danh-sach"
    person.post(url, {"list_key": feed.key})
    assert feed.key not in person.get(page).text
    assert "Đang lấy danh sách lần đầu." in person.get(page).text
    feed.transfer("tien rau")
    feed.pull()
    assert "1 giao dịch chưa được báo" in person.get(page).text
    person.post("/ban-hang/doi-soat/lay-lai")
    assert pulling.due() == [feed.connection.id]
    person.post(url, {"list_key": ""})
    assert db.session.get_one(FeedConnection, feed.connection.id).sealed_list_key is None
    assert pulling.due() == []
    assert "có dấu cách" in person.post(url, {"list_key": "a b"}, follow_redirects=True).text
