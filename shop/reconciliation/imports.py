"""Statement files: read and shown, then taken in; the same file, the same line counts once."""

import hashlib
from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Map
from pathlib import PurePosixPath
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from shop import clock, outbox, references
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db, transaction
from shop.errors import DomainError
from shop.ledger import periods
from shop.payments.bank_feeds.protocol import FeedLine
from shop.reconciliation import bank_lines, bulk
from shop.reconciliation.errors import CannotImport
from shop.reconciliation.models import (
    ImportState,
    StatementImport,
    StatementMapping,
)
from shop.reconciliation.statements import detect, tables
from shop.reconciliation.statements.columns import Mapping
from shop.reconciliation.statements.errors import BadStatement
from shop.reconciliation.statements.reading import Statement, StatementLine
from shop.sellers.models import BankAccount

FILE_BYTES = 120 * 1024 * 1024
ROWS_SHOWN = 30
CHUNK = 2000


def take(actor: Actor, account: BankAccount, data: bytes, filename: str) -> StatementImport:
    """A file of a statement, put away and read by a job. The same file again is the first one.

    Raises CannotImport.
    """
    if not data or len(data) > FILE_BYTES:
        raise CannotImport(_("Tệp trống, hoặc lớn hơn 120 MB: xuất từng tháng rồi gửi lại."))
    digest = hashlib.sha256(data).hexdigest()
    query = select(StatementImport).where(
        StatementImport.bank_account_id == account.id, StatementImport.digest == digest
    )
    there = db.session.scalar(query.with_for_update(of=StatementImport))
    if there is not None:
        return there
    ref = references.new()
    path = f"statements/{ref}{PurePosixPath(filename).suffix.lower()[:6]}"
    current_app.extensions["storage"].put(path, data, "application/octet-stream")
    row = StatementImport(
        ref=ref,
        seller_id=account.seller_id,
        bank_account_id=account.id,
        digest=digest,
        filename=filename[:200],
        path=path,
        by=actor.name,
    )
    db.session.add(row)
    db.session.flush()
    audit.note(actor, "statement.send", row, row.filename)
    outbox.record("statement_sent", import_id=row.id)
    return row


def read(import_id: int) -> None:
    """Read a file and keep what a person must see before it is taken in."""
    with transaction():
        row = db.session.get_one(
            StatementImport, import_id, with_for_update={"of": StatementImport}
        )
        if row.state not in {ImportState.READING, ImportState.REFUSED}:
            return
        row.found, row.refused = None, ""
        try:
            with force_locale("vi"):
                statement = _statement(row)
                _expect_account(row.bank_account, statement)
                row.found, row.lines = _shown(row, statement), len(statement.lines)
            row.state = ImportState.READY
        except DomainError as error:
            row.state, row.refused = ImportState.REFUSED, error.message


def _statement(row: StatementImport) -> Statement:
    kept = db.session.scalar(
        select(StatementMapping).where(StatementMapping.bank_account_id == row.bank_account_id)
    )
    mapping = Mapping.from_json(kept.columns) if kept else None
    data = current_app.extensions["storage"].read(row.path)
    try:
        return detect.read(data, row.filename, mapping)
    except DomainError:
        if mapping is None:
            raise
        # The bank changed its file since somebody said where the columns are.
        return detect.read(data, row.filename, None)


def _expect_account(account: BankAccount, statement: Statement) -> None:
    said = "".join(filter(str.isalnum, statement.account_number))
    if said and said.lstrip("0") != account.account_number.lstrip("0"):
        raise CannotImport(
            _(
                "Sao kê này của tài khoản %(said)s, không phải %(mine)s.",
                said=said,
                mine=account.account_number,
            )
        )


def _shown(row: StatementImport, statement: Statement) -> dict[str, Any]:
    coming = [line.amount_vnd for line in statement.lines if line.direction == "in"]
    going = [line.amount_vnd for line in statement.lines if line.direction == "out"]
    days = [clock.vietnam(line.booked_at).date() for line in statement.lines]
    known = sum(
        len(bank_lines.there(row.bank_account, *_as_feed(row.bank_account, chunk)))
        for chunk in _chunks(statement.lines)
    )
    until = periods.closed_until(row.seller_id)
    late = sum(day <= until for day in days) if until else 0
    return {
        "late": late,
        "closed_until": f"{until:%d/%m/%Y}" if until else None,
        "in": [len(coming), sum(coming)],
        "out": [len(going), sum(going)],
        "first": f"{min(days):%d/%m/%Y}" if days else None,
        "last": f"{max(days):%d/%m/%Y}" if days else None,
        "opening_vnd": statement.opening_vnd,
        "closing_vnd": statement.closing_vnd,
        "known": known,
        "warnings": [str(warning) for warning in statement.warnings],
        "mapping": statement.mapping.as_json() if statement.mapping else None,
        "rows": [_row(line) for line in statement.lines[:ROWS_SHOWN]],
    }


def _chunks(lines: Sequence[StatementLine]) -> Iterator[Sequence[StatementLine]]:
    return (lines[start : start + CHUNK] for start in range(0, len(lines), CHUNK))


def _row(line: StatementLine) -> dict[str, Any]:
    return {
        "number": line.number,
        "at": line.booked_at.isoformat(),
        "day": f"{clock.vietnam(line.booked_at):%d/%m/%Y}",
        "direction": line.direction,
        "amount_vnd": line.amount_vnd,
        "content": line.content,
        "bank_reference": line.bank_reference,
        "counterparty": line.counterparty,
    }


def remap(actor: Actor, row: StatementImport, columns: dict[str, Any]) -> None:
    """Somebody says which column holds what: kept for the account, and the file is read again.

    Raises CannotImport.
    """
    if row.state not in {ImportState.READY, ImportState.REFUSED}:
        raise CannotImport(_("Tệp này đang ghi hoặc đã ghi xong."))
    query = select(StatementMapping).where(StatementMapping.bank_account_id == row.bank_account_id)
    kept = db.session.scalar(query.with_for_update())
    if kept is None:
        kept = StatementMapping(seller_id=row.seller_id, bank_account_id=row.bank_account_id)
        db.session.add(kept)
    kept.columns = columns
    row.state = ImportState.READING
    audit.note(actor, "statement.remap", row, row.filename)
    outbox.record("statement_sent", import_id=row.id)


MEANINGS = {
    "header": _l("Dòng tiêu đề là dòng số"),
    "date": _l("Ngày giao dịch"),
    "time": _l("Giờ (nếu có cột riêng)"),
    "content": _l("Nội dung"),
    "debit": _l("Tiền ra (ghi nợ)"),
    "credit": _l("Tiền vào (ghi có)"),
    "amount": _l("Số tiền (khi chỉ có một cột)"),
    "sign": _l("Chiều: nợ hay có"),
    "balance": _l("Số dư"),
    "reference": _l("Mã giao dịch của ngân hàng"),
    "counterparty": _l("Tên người chuyển, người nhận"),
    "value_date": _l("Ngày hiệu lực"),
}


def chosen(row: StatementImport) -> dict[str, str]:
    """Meaning → column number as the form shows it, as the file was read."""
    mapping = (row.found or {}).get("mapping") or {}
    return {name: "" if mapping.get(name) is None else str(mapping[name]) for name in MEANINGS}


def first_rows(row: StatementImport) -> list[tuple[int, list[str]]]:
    """The first rows of a table, for a person to name its columns; none for other kinds."""
    data = current_app.extensions["storage"].read(row.path)
    return tables.first_rows(data, row.filename) if detect.is_table(data) else []


def typed(values: Map[str, str]) -> dict[str, Any]:
    """What was chosen on the form, as a mapping is kept. Raises BadStatement."""
    read = {}
    for name in MEANINGS:
        said = values.get(name, "").strip()
        if said and not (said.isascii() and said.isdigit() and len(said) < 4):
            raise BadStatement("mapping", _("Chọn cột trong danh sách."))
        read[name] = int(said) if said else None
    return Mapping.from_json(read).as_json()


def apply(actor: Actor, row: StatementImport) -> None:
    """Take in what was shown; a job does it. Twice is once. Raises CannotImport."""
    if row.state in {ImportState.WORKING, ImportState.DONE}:
        return
    if row.state != ImportState.READY:
        raise CannotImport(_("Tệp này chưa đọc xong hoặc không đọc được."))
    row.state = ImportState.WORKING
    audit.note(actor, "statement.apply", row, row.filename)
    outbox.record("statement_agreed", import_id=row.id)


def carry_out(import_id: int) -> None:
    """Record and match the lines of a file, a chunk a transaction; taken up where it ended."""
    with transaction():
        row = db.session.get_one(StatementImport, import_id)
        if row.state != ImportState.WORKING:
            return
        account, done = row.bank_account, row.done
        statement = _statement(row)
        lines, numbers = _as_feed(account, statement.lines)
    for start in range(done, len(lines), CHUNK):
        with transaction():
            row = db.session.get_one(
                StatementImport, import_id, with_for_update={"of": StatementImport}
            )
            if row.state != ImportState.WORKING or row.done != start:
                return  # another worker has it
            chunk = slice(start, start + CHUNK)
            fresh = bulk.take(row.bank_account, lines[chunk], numbers[chunk], row.id)
            row.done, row.fresh = min(start + CHUNK, len(lines)), row.fresh + fresh
    with transaction():
        row = db.session.get_one(
            StatementImport, import_id, with_for_update={"of": StatementImport}
        )
        if row.done >= len(lines):
            row.state, row.finished_at = ImportState.DONE, clock.now()


def _as_feed(
    account: BankAccount, lines: Sequence[StatementLine]
) -> tuple[list[FeedLine], list[int]]:
    return list(_feed(account, lines)), [line.occurrence for line in lines]


def _feed(account: BankAccount, lines: Sequence[StatementLine]) -> Iterator[FeedLine]:
    for line in lines:
        yield FeedLine(
            account_number=account.account_number,
            direction=line.direction,
            amount_vnd=line.amount_vnd,
            content=line.content,
            bank_reference=line.bank_reference,
            booked_at=line.booked_at,
            counterparty=line.counterparty,
        )


def give_up(import_id: int) -> None:
    """The job failed for the last time: the person hears it."""
    with transaction():
        row = db.session.get_one(
            StatementImport, import_id, with_for_update={"of": StatementImport}
        )
        if row.state == ImportState.READING:
            row.state = ImportState.REFUSED
            row.refused = "Máy chủ đọc tệp này bị lỗi. Xin gửi lại, hoặc xuất tệp khác."
        elif row.state == ImportState.WORKING:
            row.state = ImportState.READY
