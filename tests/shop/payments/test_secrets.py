"""No secret of a feed or a gateway is ever written into a log."""

import contextlib

from structlog.testing import capture_logs

from shop.errors import DomainError
from shop.payments import captures
from tests import make, make_gateways, make_money

SECRET = "bi-mat-cua-cong-thanh-toan-0123456789"


def test_connecting_and_refusing_calls_writes_no_secret(cast, caplog):
    caplog.set_level("DEBUG")
    account = make.bank_account(cast.ours.seller)
    with capture_logs() as logs:
        page = cast.ours.post(f"/ban-hang/tai-khoan-ngan-hang/{account.ref}/ket-noi")
        typed = {"provider": "casso", "secret": SECRET}
        cast.ours.post(f"/ban-hang/tai-khoan-ngan-hang/{account.ref}/nguon-bao-co", typed)
        address = f"/ban-hang/cong-thanh-toan/{cast.ours.seller.ref}/vnpay"
        cast.ours.post(address, {"tmn_code": "OCOP0001", "hash_secret": SECRET})
        _order, feed, secret = make_money.asked(cast.ours.seller)
        raw = make_money.notice(feed, "tien che")
        wrong = make_money.headers(raw, "khoa-sai")
        answer = cast.visitor.post(f"/webhooks/sepay/{feed.ref}", data=raw, headers=wrong)
    assert (page.status_code, answer.status_code) == (200, 401)
    assert "notice refused" in [each["event"] for each in logs]
    expect_unwritten(f"{logs} {caplog.text}", SECRET, secret, wrong["X-SePay-Signature"])


def test_calling_a_gateway_writes_no_secret_even_when_nobody_answers(cast, caplog):
    caplog.set_level("DEBUG")
    connection = make_gateways.connection(cast.ours.seller, "momo")
    connection.host = "https://127.0.0.1:9"
    payment = captures.begin(connection, make_money.order(cast.ours.seller), "203.0.113.9")
    with capture_logs() as logs, contextlib.suppress(DomainError):
        captures.start(payment.id, return_url="https://a.vn/ve", notify_url="https://a.vn/goi")
    assert "call failed" in [each["event"] for each in logs]
    values = make_gateways.VALUES["momo"]
    expect_unwritten(f"{logs} {caplog.text}", values["access_key"], values["secret_key"])


def expect_unwritten(written, *secrets):
    assert [hidden for hidden in secrets if hidden in written] == []
