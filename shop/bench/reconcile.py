"""A statement of many lines against as many open orders: read, imported, matched.

The orders are made in SQL, with a promise of stock each; the file is what a bank exports. Each
line is written once, as it ends, so importing alone is measured with a second statement, of
another account, whose lines name no order: what the first takes longer is its matching. Each size
runs in a process of its own, so that its peak of memory is its own.
"""

import csv
import io
import random
import resource
import time
from dataclasses import dataclass
from decimal import Decimal
from multiprocessing import get_context
from typing import Any

from flask import Flask
from sqlalchemy import func, select, text

from shop import references
from shop.accounts.access import SYSTEM
from shop.catalogue.models import Variant
from shop.database import db, transaction
from shop.inventory import stock
from shop.orders.models import State
from shop.reconciliation import imports
from shop.reconciliation.models import BankLine, ImportState, LineState, StatementImport
from shop.sellers.models import BankAccount

NAMES = ("LE THI LAN", "NGUYEN VAN CUONG", "DAO THANH HAO", "HOANG THI MINH")


@dataclass(frozen=True)
class Speed:
    """What the files took, in seconds; `peak_mb`: the process's peak above what it began with.

    `read`: checked and shown. `imported`: read again, recorded, booked, each line left waiting.
    `taken_in`: imported and matched, the orders paid.
    """

    lines: int
    read: float
    imported: float
    taken_in: float
    peak_mb: float
    paid: int
    waiting: int

    def per_second(self) -> list[float]:
        """Lines a second: read, imported, matched, imported and matched, all with the reading."""
        matched = self.taken_in - self.imported
        took = [self.read, self.imported, matched, self.taken_in, self.read + self.taken_in]
        return [self.lines / seconds for seconds in took]


def measure(app: Flask, lines: int) -> Speed:
    """Take in a statement of `lines` lines: of every hundred 97 pay an order, 3 name none."""
    fork = get_context("fork")
    answers: Any = fork.Queue()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    process = fork.Process(target=_run, args=(app, lines, answers))
    process.start()
    answer = answers.get()
    process.join()
    if isinstance(answer, BaseException):
        raise answer
    return Speed(*answer)


def _run(app: Flask, lines: int, answers: Any) -> None:
    try:
        with app.app_context():
            answers.put(_take_in(lines))
    except Exception as error:
        answers.put(RuntimeError(f"{type(error).__name__}: {error}"))


def _take_in(lines: int) -> tuple[object, ...]:
    account, nameless, refs = _orders(lines)
    data = _statement(_named(refs))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    read, taken_in = _timed(account, data)
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    # Second: what a first file takes for the first time must not make matching look quick.
    _read, imported = _timed(nameless, _statement(["chuyen tien"] * lines))
    return lines, read, imported, taken_in, peak, *_counts(account)


def _timed(account_id: int, data: bytes) -> tuple[float, float]:
    """Seconds to read a file, and to take it in."""
    with transaction():
        there = db.session.get_one(BankAccount, account_id)
        import_id = imports.take(SYSTEM, there, data, "sao-ke.csv").id
    started = time.perf_counter()
    imports.read(import_id)
    read = time.perf_counter()
    with transaction():
        row = db.session.get_one(StatementImport, import_id)
        if row.state != ImportState.READY:
            raise RuntimeError(row.refused)
        row.state = ImportState.WORKING
    imports.carry_out(import_id)
    return read - started, time.perf_counter() - read


def _counts(account_id: int) -> tuple[int, int]:
    mine = select(func.count()).where(BankLine.bank_account_id == account_id)
    matched = mine.where(BankLine.state == LineState.MATCHED)
    waiting = mine.where(BankLine.state == LineState.SUSPENSE)
    return int(db.session.scalar(matched) or 0), int(db.session.scalar(waiting) or 0)


def _orders(count: int) -> tuple[int, int, list[str]]:
    """Two accounts of a seller with `count` open orders, each with its promise of stock."""
    refs = list({references.order_ref() for _each in range(count + count // 50 + 10)})[:count]
    with transaction():
        accounts, seller_id, variant_id = _shelf(count)
        db.session.execute(
            text(ORDERS),
            {
                "seller": seller_id,
                "refs": refs,
                "tokens": [references.token() for _each in refs],
                "state": State.AWAITING_PAYMENT,
            },
        )
        db.session.execute(text(LINES), {"seller": seller_id, "variant": variant_id})
        db.session.execute(text(HOLDS), {"seller": seller_id, "variant": variant_id})
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE orders, order_lines, reservations"))
    return accounts[0], accounts[1], refs


def _shelf(count: int) -> tuple[list[int], int, int]:
    """Two accounts, their seller, and a pack of which so many are there."""
    pack = db.session.scalars(select(Variant).order_by(Variant.id).limit(1)).one()
    stock.receive(pack.id, Decimal(count), source="bench")
    accounts = [
        BankAccount(
            seller_id=pack.seller_id,
            bank_bin="970436",
            account_number=f"900000000{number}",
            account_name="BENCH",
        )
        for number in (1, 2)
    ]
    db.session.add_all(accounts)
    db.session.flush()
    return [account.id for account in accounts], pack.seller_id, pack.id


ORDERS = """
INSERT INTO orders (ref, token, seller_id, state, source, source_key, buyer_name, buyer_phone,
    address, goods_vnd, total_vnd, paid_vnd, expires_at)
SELECT r.ref, r.token, :seller, :state, 'bench', 'bench:' || r.ref, 'Người mua',
    '+8491' || lpad(r.n::text, 7, '0'), 'xóm 5', 1000 + r.n, 1000 + r.n, 0, now() + interval '1 day'
FROM unnest(CAST(:refs AS text[]), CAST(:tokens AS text[])) WITH ORDINALITY AS r(ref, token, n)
"""
LINES = """
INSERT INTO order_lines (order_id, variant_id, name, pack, unit, quantity, unit_price_vnd,
    amount_vnd)
SELECT id, :variant, 'Chè', 'hộp', 'hộp', 1, total_vnd, total_vnd
FROM orders WHERE seller_id = :seller
"""
HOLDS = """
INSERT INTO reservations (variant_id, quantity, holder, expires_at)
SELECT :variant, 1, 'order:' || ref, now() + interval '1 day'
FROM orders WHERE seller_id = :seller
"""


def _named(refs: list[str]) -> list[str]:
    """What payers write: of every hundred lines three name no order."""
    draw = random.Random(1)
    return [
        "chuyen tien" if number % 100 < 3 else f"{ref} {draw.choice(NAMES)} chuyen tien"
        for number, ref in enumerate(refs, 1)
    ]


def _statement(contents: list[str]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    head = ("Ngày giao dịch", "Nội dung", "Phát sinh nợ", "Phát sinh có", "Số dư", "Số bút toán")
    writer.writerow(head)
    balance = 0
    for number, said in enumerate(contents, 1):
        amount = 1000 + number
        balance += amount
        when = f"{1 + number % 28:02d}/10/2026 09:{number % 60:02d}:00"
        writer.writerow([when, f"MBVCB.{number}.{said}", "", amount, balance, f"FT{number:09d}"])
    return out.getvalue().encode()
