"""Second half of the demo: a livestream, its buyers, their transfers."""

import hashlib
import hmac
import json
from itertools import groupby
from pathlib import Path
from typing import Any

import requests
from sqlalchemy import func, select

from shop import clock, vault
from shop.database import db
from shop.demo.browser import Browser, checked, wait
from shop.demo.goods import PINS, sandbox, variant
from shop.demo.people import HOST, SPEAKER
from shop.livestream.models import Broadcast, Buyer, Comment
from shop.livestream.plan_models import Host
from shop.orders.models import Order, PayBy, State
from shop.payments.models import Notice
from shop.sellers.models import Seller
from shop.settings import Settings

RECORDING = Path(__file__).parents[1] / "livestream" / "data" / "demo_comments.json"
VIEWERS = 24
STYLES = ("vietcombank", "mb", "acb", "techcombank")


def go_live(browser: Browser, settings: Settings) -> None:
    """Plan the session, pin its codes, go live through the gate, and stream the comments in."""
    recorded = json.loads(RECORDING.read_text(encoding="utf-8"))
    seller = db.session.scalars(select(Seller).where(Seller.starter_id == HOST)).one()
    form = {"seller": seller.ref, "title": recorded["session"]["name"], "platform": "facebook"}
    page = browser.post("/ban-hang/livestream/them", form | {"_once": "demo-broadcast"})
    console = page.url.removeprefix(browser.base_url).removesuffix("/chuan-bi")
    browser.post(f"{console}/sua", {"host": _host(browser, seller)})
    for pin in recorded["session"]["codes"]:
        browser.post(f"{console}/ma", _pin(pin))
    browser.post(f"{console}/len-song", {})
    db.session.rollback()
    broadcast = db.session.scalars(
        select(Broadcast).where(Broadcast.ref == console.rsplit("/", 1)[1])
    ).one()
    key = vault.open_sealed(broadcast.sealed_ingest_key, settings.vault_key)
    if _read(broadcast.id) < len(recorded["comments"]):
        _stream(browser, console, key, recorded["comments"])
    wait("đọc bình luận", lambda: _read(broadcast.id) >= len(recorded["comments"]))


def _host(browser: Browser, seller: Seller) -> str:
    """The reference of an invented host, declared and compared by a reviewer."""
    form = {"seller": seller.ref, "agrees": "1", "_once": "demo-host"} | SPEAKER
    browser.post("/ban-hang/livestream/nguoi-dan/them", form)
    db.session.rollback()
    ref = db.session.scalars(select(Host.ref).where(Host.seller_id == seller.id)).one()
    browser.post(f"/quan-tri/duyet/nguoi-dan/{ref}", {"outcome": "checked"})
    return ref


def _pin(pin: dict[str, Any]) -> dict[str, Any]:
    sold = variant(PINS[pin["code"]]) if pin["code"] in PINS else None
    return {
        "code": pin["code"],
        "label": pin["product"],
        # A code counts in the unit its goods are sold in.
        "unit": sold.unit if sold else pin["unit"],
        "aliases": ", ".join(pin["aliases"]),
        "variants": ", ".join(pin.get("variants", [])),
        "variant": sold.ref if sold else "",
    }


def _read(broadcast_id: int) -> int:
    query = select(func.count()).select_from(Comment)
    read = query.where(Comment.broadcast_id == broadcast_id, Comment.read_at.is_not(None))
    return db.session.scalar(read) or 0


def _stream(browser: Browser, console: str, key: str, comments: list[dict[str, Any]]) -> None:
    """Comments under the same code on the table go as one batch, as a bridge would send them."""
    for focus, batch in groupby(comments, key=lambda comment: comment["focus"]):
        browser.post(f"{console}/ban", {"code": focus or ""})
        _ingest(browser, console.rsplit("/", 1)[1], key, [_comment(c) for c in batch])


def _comment(comment: dict[str, Any]) -> dict[str, Any]:
    viewer = comment["n"] % VIEWERS
    return {
        "id": f"demo-{comment['n']}",
        "author_id": f"viewer-{viewer}",
        "author_name": f"Người xem {viewer + 1}",
        "text": comment["text"],
        "posted_at": clock.now().isoformat(),
    }


def _ingest(browser: Browser, ref: str, key: str, batch: list[dict[str, Any]]) -> None:
    raw = json.dumps({"comments": batch}).encode()
    timestamp = str(int(clock.now().timestamp()))
    signed = hmac.digest(key.encode(), timestamp.encode() + b"." + raw, hashlib.sha256).hex()
    headers = {
        "Content-Type": "application/json",
        "X-Ocop-Timestamp": timestamp,
        "X-Ocop-Signature": f"sha256={signed}",
    }
    url = f"{browser.base_url}/api/v1/livestreams/{ref}/comments"
    checked(requests.post(url, data=raw, headers=headers, timeout=30))


def confirm_orders(browser: Browser, _settings: Settings) -> None:
    """Each buyer with a claim opens the link and confirms, on a browser of their own."""
    for buyer in db.session.scalars(select(Buyer).order_by(Buyer.id)).all():
        visitor = Browser(browser.base_url)
        page = visitor.get(f"/chot/{buyer.token}")
        if 'name="address"' in page.text:
            form = {
                "name": buyer.name,
                "phone": buyer.phone or f"0900000{buyer.id % 1000:03d}",
                "address": "Xóm 5, xã Tân Cương, Thái Nguyên",
                "_once": f"demo-confirm-{buyer.token}",
            }
            shown = visitor.post(f"/chot/{buyer.token}", form, page)
            visitor.post(f"/chot/{buyer.token}", form, shown)


def pay(browser: Browser, settings: Settings) -> None:
    """Most buyers scan the code and pay; one forgets, one pays short, one types no reference.

    A marketplace pays for what it sold by itself, later.
    """
    ours = select(Order).where(Order.pay_by != PayBy.CHANNEL)
    orders = db.session.scalars(ours.order_by(Order.id)).all()
    for number, order in enumerate(orders):
        headers = {"Accept": "application/json"}
        shown = Browser(browser.base_url).get(f"/don/{order.token}", headers=headers).json()
        if shown["state"] == State.AWAITING_PAYMENT and shown["paid_vnd"] == 0:
            _transfer(settings, number, order, shown)
    wait("ghi nhận chuyển khoản", lambda: not _unprocessed())


def _transfer(settings: Settings, number: int, order: Order, shown: dict[str, Any]) -> None:
    sent = {
        "vietqr": shown["vietqr"],
        "style": STYLES[number % len(STYLES)],
        "client_id": f"demo-{order.ref}",
    }
    if number % 9 == 4:
        return  # this buyer forgets to pay
    if number % 9 == 6:
        sent["amount_vnd"] = shown["total_vnd"] - 10_000
    elif number % 9 == 8:
        sent["content"] = "mua hang livestream"
    sandbox(settings, "/bank/transfers", sent)


def _unprocessed() -> bool:
    return bool(
        db.session.scalar(
            select(func.count()).select_from(Notice).where(Notice.processed_at.is_(None))
        )
    )
