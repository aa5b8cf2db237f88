import hashlib
import hmac
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.request import urlopen

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from shop import clock, references
from shop.payments import vietqr
from shop.payments.bank_feeds import casso, payos, sepay
from shop.payments.bank_feeds.protocol import BadSignature
from workers.sandbox import bank, bank_codes, bank_contents
from workers.sandbox.bank_notices import Patience

SECRET = "demo-sepay-secret"
PAYEE = vietqr.Payee("970436", "9999000001", "HTX CHE")
CODE = vietqr.payload(PAYEE, 185_000, "OCPW5T7RN")
QUICK = Patience(first_wait=0.01, answer=5.0, overtaken=0.2)
OK = (200, b'{"success": true}')


class Shop:
    """An address that takes notices: what came, and what to answer next."""

    def __init__(self) -> None:
        self.came: list[tuple[dict[str, str], bytes]] = []
        self.answers: list[tuple[int, bytes]] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                status, text = shop.answers.pop(0) if shop.answers else OK
                shop.came.append(({k.lower(): v for k, v in self.headers.items()}, raw))
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_arguments) -> None:
                """Silent."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/bao-co"

    def bodies(self) -> list[dict]:
        return [json.loads(raw) for _headers, raw in self.came]


@contextmanager
def serving(shop: Shop) -> Iterator[Shop]:
    thread = threading.Thread(target=shop.server.serve_forever, args=(0.02,))
    thread.start()
    yield shop
    shop.server.shutdown()
    thread.join()
    shop.server.server_close()


@pytest.fixture
def shop() -> Iterator[Shop]:
    with serving(Shop()) as started:
        yield started


def client_of(state, patience=QUICK):
    app = Flask("sandbox")
    app.register_blueprint(bank.bank_blueprint(state, patience))
    return app.test_client()


@pytest.fixture
def client(tmp_path, shop):
    started = client_of(tmp_path / "bank.sqlite")
    register(started, shop)
    return started


def register(client, shop, **more):
    feed = {"account_number": "9999000001", "webhook_url": shop.url, "secret": SECRET}
    assert client.post("/bank/feeds", json=feed | more).status_code == 201


def pay(client, client_id="a", **more):
    return client.post("/bank/transfers", json={"vietqr": CODE, "client_id": client_id} | more)


def until(condition) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.01)


def notice_of(client, number=0):
    return client.get("/bank/transfers").json["transfers"][number]["notice"]


def test_a_scanned_code_becomes_a_signed_notice_our_feed_accepts(client, shop):
    answer = pay(client, style="vietcombank")
    assert answer.status_code == 201
    ((headers, raw),) = shop.came
    assert sepay.verify(headers, raw, SECRET, clock.now()).external_id == str(answer.json["id"])
    (line,) = sepay.lines(raw)
    assert (line.account_number, line.direction, line.amount_vnd) == ("9999000001", "in", 185_000)
    assert abs((clock.now() - line.booked_at).total_seconds()) < 60
    assert references.find(line.content) == [references.Found("OCPW5T7RN", False)]
    assert answer.json["notice"] == "delivered"


def test_the_signature_is_over_timestamp_dot_raw_body(client, shop):
    pay(client)
    ((headers, raw),) = shop.came
    text = headers["x-sepay-timestamp"].encode() + b"." + raw
    expected = hmac.new(SECRET.encode(), text, hashlib.sha256).hexdigest()
    assert headers["x-sepay-signature"] == f"sha256={expected}"


def test_an_account_with_an_api_key_is_told_with_the_key(client, shop):
    register(client, shop, api_key="key-1")
    pay(client)
    ((headers, raw),) = shop.came
    assert "x-sepay-signature" not in headers
    assert sepay.verify(headers, raw, "key-1", clock.now())


def test_the_same_client_id_is_the_same_transfer_delivered_again(client, shop):
    first, again = pay(client), pay(client, amount_vnd=1)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json["id"] == again.json["id"] == shop.bodies()[0]["id"] == shop.bodies()[1]["id"]
    assert [body["transferAmount"] for body in shop.bodies()] == [185_000, 185_000]
    assert len(client.get("/bank/transfers").json["transfers"]) == 1


def test_the_customer_may_change_amount_and_content(client, shop):
    pay(client, amount_vnd=175_000, content="mua hàng livestream", style="mb")
    (body,) = shop.bodies()
    assert body["transferAmount"] == 175_000
    assert body["content"].startswith("mua hang livestream   Trace ")


def test_a_transfer_typed_by_hand_needs_no_code(client, shop):
    typed = {"account_number": "9999000001", "amount_vnd": 50_000, "content": "ung ho"}
    assert client.post("/bank/transfers/plain", json=typed | {"client_id": "p"}).status_code == 201
    assert (shop.bodies()[0]["transferAmount"], shop.bodies()[0]["content"]) == (50_000, "ung ho")


def test_ids_survive_a_restart_and_come_from_the_client_id(tmp_path, shop):
    before = client_of(tmp_path)
    register(before, shop)
    first = pay(before).json["id"]
    after = client_of(tmp_path)
    assert pay(after).json["id"] == first
    assert [t["id"] for t in after.get("/bank/transfers").json["transfers"]] == [first]
    elsewhere = client_of(tmp_path / "other.sqlite")
    assert pay(elsewhere).json["id"] == first


@pytest.mark.parametrize(
    "refusal", [(500, b""), (401, b"{}"), (200, b'{"success": false}'), (200, b"ok"), (200, b"[]")]
)
def test_is_repeated_until_success_is_read(client, shop, refusal):
    shop.answers = [refusal, refusal]
    assert pay(client).json["notice"] == "waiting"
    until(lambda: notice_of(client) == "delivered")
    assert len(shop.came) == 3
    assert len({raw for _headers, raw in shop.came}) == 1


def test_gives_up_after_seven_tries(client, shop):
    shop.answers = [(503, b"")] * 20
    pay(client)
    until(lambda: notice_of(client) == "given up")
    assert len(shop.came) == 7
    pay(client)
    until(lambda: len(shop.came) == 14)


def test_goes_on_after_a_restart_with_what_was_not_delivered(tmp_path, shop):
    before = client_of(tmp_path, Patience(first_wait=3600))
    register(before, shop)
    shop.answers = [(500, b"")]
    pay(before)
    after = client_of(tmp_path)
    until(lambda: notice_of(after) == "delivered")
    assert len(shop.came) == 2


def test_money_to_an_account_without_feed_moves_all_the_same(tmp_path):
    answer = pay(client_of(tmp_path))
    assert (answer.status_code, answer.json["notice"]) == (201, "no feed")


def test_a_dead_address_is_waited_for(client, shop):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        dead = f"http://127.0.0.1:{free.getsockname()[1]}/"
        register(client, shop, webhook_url=dead)
        answer = pay(client)
        assert (answer.status_code, answer.json["notice"]) == (201, "waiting")
        register(client, shop)
    until(lambda: notice_of(client) == "delivered")


def test_fault_duplicate_sends_the_notice_twice(client, shop):
    client.post("/bank/faults", json={"duplicate": 1})
    pay(client, "a")
    pay(client, "b")
    ids = [body["id"] for body in shop.bodies()]
    assert (len(ids), ids[0] == ids[1], ids[1] == ids[2]) == (3, True, False)


def test_fault_wrong_signature_is_refused_then_put_right(client, shop):
    client.post("/bank/faults", json={"wrong_signature": True})
    shop.answers = [(401, b"")]
    pay(client)
    until(lambda: notice_of(client) == "delivered")
    (bad, raw), (good, _raw) = shop.came
    with pytest.raises(sepay.BadSignature):
        sepay.verify(bad, raw, SECRET, clock.now())
    assert sepay.verify(good, raw, SECRET, clock.now())


def test_fault_wrong_amount_tells_another_amount_than_was_paid(client, shop):
    client.post("/bank/faults", json={"wrong_amount": 1})
    assert pay(client).json["amount_vnd"] == 185_000
    assert shop.bodies()[0]["transferAmount"] == 186_000


def test_fault_silence_tells_nothing_until_asked_again(client, shop):
    client.post("/bank/faults", json={"silence": 1})
    assert pay(client).json["notice"] == "silent"
    assert shop.came == []
    assert pay(client).json["notice"] == "delivered"


def test_fault_out_of_order_lets_the_next_one_overtake(client, shop):
    client.post("/bank/faults", json={"out_of_order": 2})
    ids = [pay(client, name).json["id"] for name in "abc"]
    until(lambda: len(shop.came) == 3)
    assert [body["id"] for body in shop.bodies()] == [ids[2], ids[1], ids[0]]


def test_fault_out_of_order_does_not_hold_for_ever(client, shop):
    client.post("/bank/faults", json={"out_of_order": 1})
    pay(client)
    assert shop.came == []
    until(lambda: len(shop.came) == 1)


def test_fault_delay_tells_later(client, shop):
    client.post("/bank/faults", json={"delay_seconds": 0.1, "deliveries": 1})
    pay(client, "a")
    assert shop.came == []
    pay(client, "b")
    assert len(shop.came) == 1
    until(lambda: len(shop.came) == 2)


@pytest.mark.parametrize(
    "asked",
    [
        {"duplicate": -1},
        {"duplicate": "x"},
        {"delay_seconds": -1},
        {"delay_seconds": "1"},
        {"x": 1},
    ],
)
def test_unknown_faults_are_refused(client, asked):
    assert client.post("/bank/faults", json=asked).status_code == 422
    assert client.post("/bank/faults", json={}).json == {"faults": {}}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"vietqr": CODE[:-1] + ("0" if CODE[-1] != "0" else "1")}, "wrong CRC"),
        ({"vietqr": "hello"}, "code: broken element"),
        ({"vietqr": None}, "vietqr: a text is needed"),
        ({"client_id": ""}, "client_id: a text is needed"),
        ({"style": "no such bank"}, "style: one of plain,"),
        ({"amount_vnd": 0}, "amount_vnd: a whole number"),
        ({"amount_vnd": 1.5}, "amount_vnd: a whole number"),
        ({"amount_vnd": True}, "amount_vnd: a whole number"),
        ({"vietqr": vietqr.payload(PAYEE, None, "")}, "amount_vnd: a whole number"),
    ],
)
def test_what_an_app_would_not_pay_is_refused_and_nothing_moves(client, shop, changes, reason):
    answer = client.post("/bank/transfers", json={"vietqr": CODE, "client_id": "a"} | changes)
    assert answer.status_code == 422
    assert answer.json["error"].startswith(reason)
    assert client.get("/bank/transfers").json == {"transfers": []}
    assert shop.came == []


def resealed(body: str) -> str:
    return f"{body}6304{vietqr.crc(body + '6304')}"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("5303704", "5303840", "53 is not 704"),
        ("5406185000", "5406085000", "54 is not an amount"),
        ("5406185000", "540618500X", "54 is not an amount"),
        ("53037045406185000", "54061850005303704", "out of order"),
        ("0208QRIBFTTA", "0208QRIBFTTX", "38-02"),
        ("0208QRIBFTTA", "0208QRIB-TTA", "38-02"),
        ("OCPW5T7RN", "OCPW5.7RN", "62-08"),
    ],
)
def test_the_reader_keeps_to_the_document(old, new, reason):
    assert old in CODE
    with pytest.raises(bank_codes.Unreadable, match=reason):
        bank_codes.scan(resealed(CODE[:-8].replace(old, new)))


@given(st.integers(1, 10**13 - 1), st.text(max_size=40))
def test_the_reader_pays_every_code_we_write(amount_vnd, purpose):
    read = bank_codes.scan(vietqr.payload(PAYEE, amount_vnd, purpose))
    assert read == bank_codes.Scanned("970436", "9999000001", amount_vnd, vietqr.clean(purpose))


@given(st.integers(0, len(CODE) - 1), st.integers(0, 6))
def test_the_reader_refuses_any_one_bit_changed(at, bit):
    with pytest.raises(bank_codes.Unreadable):
        bank_codes.scan(CODE[:at] + chr(ord(CODE[at]) ^ 1 << bit) + CODE[at + 1 :])


@pytest.mark.parametrize("style", sorted(bank_contents.STYLES))
@given(number=st.integers(1, 2**48), body=st.text(references.ALPHABET, min_size=5, max_size=5))
def test_every_bank_leaves_the_reference_findable(style, number, body):
    ref = f"OCP{body}{references.check_character(body)}"
    passing = bank_contents.Passing(number, 1_781_403_400.0, "9999000001")
    content = bank_contents.mangle(style, ref, passing)
    expected = references.Found(ref, compacted=style == "techcombank_wrapped")
    assert references.find(content) == [expected]


@pytest.mark.parametrize("style", sorted(bank_contents.STYLES))
@given(number=st.integers(1, 2**48))
def test_no_bank_makes_a_reference_where_none_was(style, number):
    passing = bank_contents.Passing(number, 1_781_403_400.0, "9999000001")
    content = bank_contents.mangle(style, "0912345678 mua chè 14/06/2026", passing)
    assert references.find(content) == []


def test_serves_alone_as_a_process_of_its_own(tmp_path):
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "workers.sandbox.bank", "--port", str(port)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([*command, "--state", str(tmp_path / "b.sqlite")], **quiet) as process:
        try:
            until(lambda: _answers(port))
            with urlopen(f"http://127.0.0.1:{port}/bank/transfers") as reply:
                assert json.load(reply) == {"transfers": []}
        finally:
            process.terminate()
    assert os.path.exists(tmp_path / "b.sqlite")


def _answers(port: int) -> bool:
    with closing(socket.socket()) as caller:
        return caller.connect_ex(("127.0.0.1", port)) == 0


@pytest.mark.parametrize("provider", ["casso", "casso_old", "payos"])
def test_other_feeds_bring_what_our_modules_accept(client, shop, provider):
    feed = {"casso_old": casso, "casso": casso, "payos": payos}[provider]
    register(client, shop, provider=provider)
    pay(client, "good")
    client.post("/bank/faults", json={"wrong_signature": 1})
    pay(client, "forged")
    (headers, raw), (bad_headers, bad_raw) = shop.came
    assert feed.verify(headers, raw, SECRET, clock.now()).external_id
    (line,) = feed.lines(raw)
    assert (line.account_number, line.direction, line.amount_vnd) == ("9999000001", "in", 185_000)
    assert references.find(line.content) == [references.Found("OCPW5T7RN", False)]
    with pytest.raises(BadSignature):
        feed.verify(bad_headers, bad_raw, SECRET, clock.now())


@pytest.mark.parametrize("provider", ["casso", "casso_old", "payos"])
def test_other_feeds_have_the_same_faults(client, shop, provider):
    register(client, shop, provider=provider)
    client.post("/bank/faults", json={"duplicate": 1})
    pay(client, "twice")
    assert len(shop.came) == 2
    client.post("/bank/faults", json={"silence": 1})
    pay(client, "never")
    assert len(shop.came) == 2
    client.post("/bank/faults", json={"wrong_amount": 1})
    pay(client, "other")
    feed = payos if provider == "payos" else casso
    (line,) = feed.lines(shop.came[-1][1])
    assert line.amount_vnd == 186_000
    client.post("/bank/faults", json={"out_of_order": 1})
    pay(client, "late")
    pay(client, "early")
    until(lambda: len(shop.came) == 5)


def test_a_feed_that_nobody_knows_is_refused(client, shop):
    asked = {"account_number": "1", "webhook_url": shop.url, "secret": "x", "provider": "khac"}
    assert client.post("/bank/feeds", json=asked).status_code == 422
