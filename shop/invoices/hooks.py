"""The two ways between us and a provider of e-invoices: one signed JSON each.

Both sign alike: header `X-Invoice-Timestamp` (seconds since 1970) and `X-Invoice-Signature`,
"sha256=" and the hex HMAC-SHA256 of timestamp, a full stop and the raw body.
"""

import hashlib
import hmac
import ipaddress
import json
import re
import socket
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import current_app
from flask_babel import gettext as _
from marshmallow import ValidationError
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from shop import clock, http, outbox
from shop.database import db, transaction
from shop.errors import DomainError
from shop.invoices import contents, issuing
from shop.invoices.errors import BadReport, HookFailed
from shop.invoices.models import Invoice, InvoiceNotice, InvoiceState, InvoiceTerms, VatRate
from shop.invoices.schemas import NoticeSchema, ReportSchema, as_report
from shop.orders.models import Order

log = structlog.get_logger()

WINDOW_SECONDS = 300
TIMESTAMP, SIGNATURE = "X-Invoice-Timestamp", "X-Invoice-Signature"


class BadSignature(DomainError):
    """The call is not signed with the seller's secret, or too long ago."""

    status = 401

    def __init__(self, why: str) -> None:
        super().__init__(_("Chữ ký không đúng."), why=why)


def signed(raw: bytes, secret: str, now: datetime) -> dict[str, str]:
    """The headers that sign `raw` now."""
    at = str(int(now.timestamp()))
    digest = hmac.digest(secret.encode(), at.encode() + b"." + raw, hashlib.sha256).hex()
    return {TIMESTAMP: at, SIGNATURE: f"sha256={digest}"}


def verify(headers: Mapping[str, str], raw: bytes, secret: str, now: datetime) -> None:
    """Raises BadSignature unless `raw` was signed with `secret` within five minutes of `now`."""
    at = headers.get(TIMESTAMP, "")
    if not re.fullmatch(r"[0-9]{1,12}", at):
        raise BadSignature("no timestamp")
    wanted = hmac.digest(secret.encode(), at.encode() + b"." + raw, hashlib.sha256).hex()
    given = headers.get(SIGNATURE, "").encode("utf-8", "replace")
    if not hmac.compare_digest(given, f"sha256={wanted}".encode()):
        raise BadSignature("wrong signature")
    if abs(now.timestamp() - int(at)) > WINDOW_SECONDS:
        raise BadSignature("too old")


def keep(ref: str, headers: Mapping[str, str], raw: bytes) -> None:
    """Keep a provider's signed call once; a job reads it. Raises BadSignature."""
    terms = db.session.scalar(select(InvoiceTerms).where(InvoiceTerms.ref == ref))
    if terms is None:
        raise BadSignature("no such address")
    verify(headers, raw, issuing.secret(terms), clock.now())
    kept = db.session.scalar(
        insert(InvoiceNotice)
        .values(
            terms_id=terms.id,
            digest=hashlib.sha256(raw).hexdigest(),
            raw=raw,
            received_at=clock.now(),
        )
        .on_conflict_do_nothing(index_elements=["terms_id", "digest"])
        .returning(InvoiceNotice.id)
    )
    if kept is not None:
        outbox.record("invoice_reported", notice_id=kept)


def read(notice_id: int) -> None:
    """Put a kept call to its invoice, once; what cannot be read stays with its reason."""
    with transaction():
        notice = db.session.get_one(InvoiceNotice, notice_id, with_for_update=True)
        if notice.processed_at is not None:
            return
        try:
            fresh = _apply(notice)
            notice.became = "recorded" if fresh else "known"
        except DomainError as error:
            notice.became = error.type
            log.warning("invoice notice not applied", notice=notice_id, why=error.type)
        notice.processed_at = clock.now()


def _apply(notice: InvoiceNotice) -> bool:
    data = _checked(notice.raw, NoticeSchema())
    query = select(Order).where(
        Order.ref == data.pop("order"), Order.seller_id == notice.terms.seller_id
    )
    order = db.session.scalar(query)
    if order is None:
        raise BadReport(_("Không có đơn này."))
    return issuing.report(issuing.of(order), as_report(data), str(_("Nhà cung cấp hóa đơn")))


def _checked(raw: bytes, schema: ReportSchema) -> dict[str, Any]:
    try:
        body = json.loads(raw)
        if not isinstance(body, dict):
            raise ValueError("not an object")
        known = {name: value for name, value in body.items() if name in schema.fields}
        loaded: dict[str, Any] = schema.load(known)
    except ValidationError as error:
        raise BadReport(_("Nội dung chưa đúng."), errors=error.messages) from None
    except (ValueError, RecursionError):
        raise BadReport(_("Không phải JSON.")) from None
    return loaded


def send(invoice_id: int) -> None:
    """Hand an invoice that is ready to its provider; sent again, it bears the same `ref`.

    The answer may be empty, or say at once what became of it. Raises HookFailed, to be tried again.
    """
    with transaction():
        row = db.session.get_one(Invoice, invoice_id)
        terms = issuing.terms_of(row.seller_id)
        if row.state != InvoiceState.READY or terms is None or not terms.hook_url:
            return
        url, secret = terms.hook_url, issuing.secret(terms)
        raw = json.dumps(contents.document(row, VatRate(terms.vat)), ensure_ascii=False).encode()
    answer = _post(url, raw, secret)
    with transaction():
        row = db.session.get_one(Invoice, invoice_id, with_for_update=True)
        if row.state == InvoiceState.READY:
            issuing.move(row, InvoiceState.HANDED, who=str(_("Nhà cung cấp hóa đơn")))
        if answer:
            _hear_at_once(row, answer)


def _post(url: str, raw: bytes, secret: str) -> bytes:
    if not _leads_outside(url):
        raise HookFailed("the address is not a public one")
    headers = signed(raw, secret, clock.now()) | {"Content-Type": "application/json"}
    try:
        answer = http.call("POST", url, data=raw, headers=headers)
    except http.CallFailed as error:
        raise HookFailed(str(error)) from None
    if not 200 <= answer.status_code < 300:
        raise HookFailed(f"answered {answer.status_code}")
    return bytes(answer.content)


def _leads_outside(url: str) -> bool:
    """Whether the host is on the public internet; in a demo it may be this machine."""
    named = urlsplit(url)
    if current_app.config["SETTINGS"].demo:
        return True
    try:
        found = socket.getaddrinfo(named.hostname, named.port or 443, proto=socket.IPPROTO_TCP)
    except OSError:
        return False
    return all(ipaddress.ip_address(each[4][0]).is_global for each in found)


def _hear_at_once(row: Invoice, raw: bytes) -> None:
    try:
        issuing.report(
            row, as_report(_checked(raw, ReportSchema())), str(_("Nhà cung cấp hóa đơn"))
        )
    except DomainError:
        return  # it took the invoice; what it says besides is for its call
