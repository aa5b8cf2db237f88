"""First half of the demo: stock, ways of delivery, bank accounts, stamps."""

import re
from typing import Any

import requests
from sqlalchemy import select

from shop import text
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.demo import tracing
from shop.demo.browser import Browser, checked, wait
from shop.sellers.models import BankAccount, Seller
from shop.settings import Settings
from traceability.stamp_models import BatchState, StampBatch

# Code called in the livestream → product of the starter catalogue. The other codes of the
# recorded session are goods that no seller of the catalogue offers; a person must look at them.
PINS = {
    "01": "che-tom-non-hao-dat",
    "02": "tra-dinh-dat-phat",
    "05": "mien-dong-tai-hoan",
    "07": "mat-ong-rung-thanh-dat",
}
# What else the cooperative has whose people sign in: a marketplace lists nothing of which there is
# none.
BESIDE = ("che-dinh-tan-cuong", "che-moc-cau-hao-dat", "keo-lac-che-xanh")
STAMPED, STAMPS = "che-tom-non-hao-dat", 60


def variant(starter_id: str) -> Variant:
    """The one pack of a product of the starter catalogue."""
    query = select(Variant).join(Product, Product.id == Variant.product_id)
    return db.session.scalars(query.where(Product.starter_id == starter_id)).one()


def receive_stock(browser: Browser, _settings: Settings) -> None:
    """Goods in for what is sold; the same form key again books nothing."""
    for starter_id in (*PINS.values(), *BESIDE):
        form = {"quantity": "40", "_once": f"demo-{starter_id}"}
        browser.post(f"/ban-hang/kho/{variant(starter_id).ref}/nhap", form)


def open_delivery(browser: Browser, _settings: Settings) -> None:
    """An illustrative delivery fee of each seller, who also takes cash on delivery."""
    for starter_id in PINS.values():
        seller = db.session.get(Seller, variant(starter_id).seller_id)
        assert seller
        form = {"delivers": "1", "picks_up": "1", "cod": "1", "note": "Giao trong 3 ngày."}
        form |= {"free_from_vnd": "500000", "fee-0": "30000"}
        browser.post(f"/ban-hang/giao-hang/{seller.ref}", form)


def open_accounts(browser: Browser, settings: Settings) -> None:
    """An illustrative bank account for each seller, and its feed registered with the bank."""
    for number, starter_id in enumerate(PINS.values(), 1):
        seller = db.session.get(Seller, variant(starter_id).seller_id)
        assert seller
        account_number = f"999900000{number}"
        if not _account(account_number):
            form = {
                "seller": seller.ref,
                "bank_bin": "970436",
                "account_number": account_number,
                "account_name": text.transfer_text(seller.name).upper(),
            }
            browser.post("/ban-hang/tai-khoan-ngan-hang", form)
            db.session.rollback()
        _connect_feed(browser, settings, account_number)


def _account(number: str) -> BankAccount | None:
    return db.session.scalar(select(BankAccount).where(BankAccount.account_number == number))


def _connect_feed(browser: Browser, settings: Settings, account_number: str) -> None:
    account = _account(account_number)
    assert account
    page = browser.post(f"/ban-hang/tai-khoan-ngan-hang/{account.ref}/ket-noi", {}).text
    shown = dict(re.findall(r'data-(webhook-url|webhook-secret)="([^"]+)"', page))
    registered = {
        "account_number": account_number,
        "webhook_url": shown["webhook-url"],
        "secret": shown["webhook-secret"],
    }
    sandbox(settings, "/bank/feeds", registered)


def sandbox(settings: Settings, path: str, body: dict[str, Any] | None = None) -> requests.Response:
    """Tell the marketplaces' or the bank's side something; without a `body`, ask it."""
    url = f"http://127.0.0.1:{settings.sandbox_port}{path}"
    verb = "GET" if body is None else "POST"
    return checked(requests.request(verb, url, json=body, timeout=60))


def print_stamps(browser: Browser, _settings: Settings) -> None:
    """One batch of serialised stamps, printed by a worker, of a public lot, and activated."""
    product = db.session.scalars(select(Product).where(Product.starter_id == STAMPED)).one()
    form = {
        "product": product.ref,
        "lot": "CH261101",
        "produced_on": "2026-11-01",
        "count": str(STAMPS),
        "layout": "a4-5x8",
        "_once": "demo-stamps",
    }
    ref = browser.post("/ban-hang/tem/them", form).url.rsplit("/", 1)[1]
    batch = select(StampBatch.state).where(StampBatch.ref == ref)
    wait("in tem", lambda: db.session.scalar(batch) == BatchState.READY)
    tracing.publish(browser, product, form["lot"])
    browser.post(f"/ban-hang/tem/{ref}/kich-hoat", {})
