"""Factories: each makes one real row with telling defaults and flushes it."""

import json
from collections.abc import Sequence
from decimal import Decimal
from functools import cache
from itertools import count
from typing import Any

from flask import current_app
from flask_security.utils import hash_password
from sqlalchemy import select

from shop import text, vault
from shop.accounts.models import Membership, Role, User
from shop.catalogue import search
from shop.catalogue.models import Product, Status, Variant
from shop.database import db
from shop.inventory import stock
from shop.outbox import Task
from shop.sellers.models import BankAccount, ReviewState, Seller

PASSED, PUBLISHED = ReviewState.PASSED, Status.PUBLISHED
PASSWORD = "mat-khau-chi-de-thu"

_next = count(1)


def _save(row: Any) -> Any:
    db.session.add(row)
    db.session.flush()
    return row


def seller(*, name: str = "HTX Chè Hảo Đạt", **more: Any) -> Seller:
    values = {"name": name, "sort_key": text.sort_key(name), "sources": [], "review": PASSED}
    return _save(Seller(**values | more))


@cache
def _hashed(_salt: str) -> str:
    """One hash for everybody of an app: argon2 is slow on purpose."""
    return hash_password(PASSWORD)


def _salt() -> str:
    return str(current_app.config["SECURITY_PASSWORD_SALT"])


def user(*, name: str = "Đào Thanh Hảo", phone: str | None = None, **more: Any) -> User:
    phone = phone or f"+8491{next(_next):07d}"
    row = User(**{"name": name, "phone": phone, "password": _hashed(_salt())} | more)
    row.active = True
    return _save(row)


def member(seller: Seller | None, *, role: Role = Role.OWNER, **more: Any) -> User:
    """A user who belongs to `seller` (None: a platform administrator)."""
    person = user(**more)
    _save(Membership(user_id=person.id, seller_id=seller.id if seller else None, role=role))
    db.session.expire(person)
    return person


def product(
    owner: Seller | None = None, *, name: str = "Chè tôm nõn Hảo Đạt", **more: Any
) -> Product:
    owner = owner or seller()
    values = {
        "seller_id": owner.id,
        "name": name,
        "slug": text.slug(name),
        "sort_key": text.sort_key(name),
        "words": search.words(
            name, more.get("name_en"), *more.get("aliases", []), seller=owner.name
        ),
        "status": PUBLISHED,
        "review": PASSED,
        "aliases": [],
        "reported": {},
    } | more
    on_sale = (values["status"], values["review"], owner.review) == (PUBLISHED, PASSED, PASSED)
    return _save(Product(**values, on_sale=on_sale))


def variant(
    of: Product | None = None, *, on_hand: int = 10, price_vnd: int = 185_000, **more: Any
) -> Variant:
    of = of or product()
    values = {
        "product_id": of.id,
        "seller_id": of.seller_id,
        "sku": f"SKU-{next(_next)}",
        "pack": "hộp 200 g",
        "unit": "hộp",
        "price_vnd": price_vnd,
    }
    row: Variant = _save(Variant(**values | more))
    if on_hand:
        stock.receive(row.id, Decimal(on_hand), source=f"make:{row.id}")
    db.session.refresh(of)
    return row


def bank_account(owner: Seller, **more: Any) -> BankAccount:
    values = {
        "seller_id": owner.id,
        "bank_bin": "970436",
        "account_number": f"10{next(_next):08d}",
        "account_name": "HTX CHE HAO DAT",
    }
    return _save(BankAccount(**values | more))


def mails() -> list[list[str | None]]:
    """Recipient, subject, text and HTML of each mail that waits to leave, the first first."""
    key = current_app.config["SETTINGS"].vault_key
    waiting = select(Task).where(Task.event == "mail_wanted").order_by(Task.id)
    return [
        json.loads(vault.open_sealed(task.arguments["sealed"], key))
        for task in db.session.scalars(waiting)
    ]


def texts() -> list[tuple[str, str]]:
    """Number and words of each short message that waits to leave, the first first."""
    key = current_app.config["SETTINGS"].vault_key
    waiting = select(Task).where(Task.event == "sms_wanted").order_by(Task.id)
    opened = [
        json.loads(vault.open_sealed(task.arguments["sealed"], key))
        for task in db.session.scalars(waiting)
    ]
    return [(phone, words) for phone, words, _key, _until in opened]


def refs(rows: Sequence[Any]) -> list[str]:
    return [row.ref for row in rows]
