"""The provider on the other side: what we sign it checks, what it signs we check."""

import json
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

import pytest

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.invoices import hooks, issuing, schemas
from shop.invoices.errors import HookFailed
from shop.invoices.models import InvoiceNotice, InvoiceState
from shop.orders.models import State
from tests import make, make_money

SECRET = "k" * 43
ISSUED = {"state": "issued", "serial": "1C26TAA", "number": "17", "issued_on": "2026-11-23"}


@contextmanager
def provider(status=200):
    """A provider in a process of its own, and where it listens."""
    command = [sys.executable, "-m", "tests.shop.invoices.provider", SECRET, str(status)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            process.url = f"http://127.0.0.1:{process.stdout.readline().strip()}/nhan"
            yield process
        finally:
            process.kill()


@pytest.fixture
def seller(database):
    return make.seller(tax_code="4600123456")


def settle(seller, url=None):
    return issuing.settle_terms(SYSTEM, seller, {"vat": "8", "hook_url": url}, SECRET)


def ready(seller):
    order = make_money.order(seller)
    make_money.go(order, State.PAID)
    make_money.deliver(order)
    issuing.goods_handed_over(order)
    db.session.commit()
    return issuing.of(order)


def call(client, terms, body, *, secret=SECRET, late_by=0):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    at = clock.now() - timedelta(seconds=late_by)
    headers = hooks.signed(raw, secret, at)
    return client.post(f"/webhooks/invoices/{terms.ref}", data=raw, headers=headers)


@pytest.fixture
def client(database):
    return database.test_client()


def test_an_invoice_that_is_ready_is_sent_signed_and_may_be_numbered_at_once(seller):
    with provider() as there:
        settle(seller, there.url)
        row = ready(seller)
        hooks.send(row.id)
        told = json.loads(there.stdout.readline())
    assert told["good"]
    assert told["body"]["order"] == row.order.ref
    assert told["body"]["total_vnd"] == row.order.total_vnd
    assert (row.state, row.template, row.serial, row.number) == ("issued", "1", "C26TAA", "88")


def test_one_that_is_taken_without_a_word_waits_for_the_call(seller):
    with provider(202) as there:
        settle(seller, there.url)
        row = ready(seller)
        hooks.send(row.id)
        hooks.send(row.id)
        there.kill()
        assert len(there.stdout.readlines()) == 1
    assert row.state == InvoiceState.HANDED


@pytest.mark.parametrize("status", [302, 401, 500])
def test_whatever_else_it_answers_it_is_tried_again(seller, status):
    with provider(status) as there:
        settle(seller, there.url)
        row = ready(seller)
        with pytest.raises(HookFailed):
            hooks.send(row.id)
    assert row.state == InvoiceState.READY


def test_outside_of_a_demo_nothing_is_sent_into_our_own_network(seller, database, monkeypatch):
    real = replace(database.config["SETTINGS"], demo=False)
    monkeypatch.setitem(database.config, "SETTINGS", real)
    with provider() as there:
        settle(seller, there.url)
        row = ready(seller)
        with pytest.raises(HookFailed):
            hooks.send(row.id)
        there.kill()
        assert there.stdout.readlines() == []


@pytest.mark.parametrize(
    "url",
    [
        *("http://hoadon.vn/nhan", "https://127.0.0.1/x", "https://10.0.0.8/x", "https://x"),
        *("https://u:p@hoadon.vn/x", "https://db.internal/x", "https://hoadon.vn:8443/x"),
    ],
)
def test_an_address_that_is_not_outside_is_refused(url):
    assert not schemas.is_public(url)
    assert schemas.is_public("https://hoadon.vn/nhan")


def test_a_report_is_kept_answered_and_put_to_its_invoice(seller, client, run_tasks):
    terms = settle(seller)
    row = ready(seller)
    body = ISSUED | {"order": row.order.ref, "authority_code": "00A1B2"}
    assert call(client, terms, body).json == {"success": True}
    assert call(client, terms, body).status_code == 200
    run_tasks()
    assert (row.state, row.number, row.authority_code) == ("issued", "17", "00A1B2")
    assert db.session.query(InvoiceNotice).one().became == "recorded"


def test_a_wrong_or_old_signature_is_refused_and_nothing_kept(seller, client):
    terms = settle(seller)
    body = ISSUED | {"order": "OCPW5T7RN"}
    assert call(client, terms, body, secret="x" * 43).status_code == 401
    assert call(client, terms, body, late_by=301).status_code == 401
    assert call(client, terms, body, late_by=-301).status_code == 401
    assert client.post(f"/webhooks/invoices/{terms.ref}", data=b"{}").status_code == 401
    assert client.post("/webhooks/invoices/khong-co", data=b"{}").status_code == 401
    assert db.session.query(InvoiceNotice).count() == 0


def test_another_sellers_order_is_nobodys(seller, client, run_tasks):
    terms = settle(seller)
    other = ready_of_another()
    call(client, terms, ISSUED | {"order": other.order.ref})
    run_tasks()
    assert other.state == InvoiceState.READY
    assert db.session.query(InvoiceNotice).one().became == "bad-report"


def ready_of_another():
    other = make.seller(name="HTX khác")
    settle(other)
    return ready(other)


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{", b"[" * 5_000, json.dumps({"state": "issued"}).encode(), b'{"order": 1}'],
)
def test_what_cannot_be_read_stays_with_its_reason(seller, client, run_tasks, body):
    terms = settle(seller)
    assert call(client, terms, body).status_code == 200
    run_tasks()
    assert db.session.query(InvoiceNotice).one().became == "bad-report"


def test_reports_out_of_order_end_where_they_should(seller, client, run_tasks):
    terms = settle(seller)
    row = ready(seller)
    order = {"order": row.order.ref}
    call(client, terms, ISSUED | order)
    call(client, terms, {"state": "cancelled", "number": "17", "reason": "sai tên"} | order)
    run_tasks()
    call(client, terms, ISSUED | order | {"lookup_url": "https://tracuu.vn/1"})
    run_tasks()
    assert row.state == InvoiceState.CANCELLED
