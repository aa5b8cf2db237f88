"""What every gateway offers: start a payment, read what it tells, ask it, give money back.

Amounts are whole đồng, instants UTC-aware; each module puts them into its gateway's form.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from flask_babel import gettext as _

from shop.errors import DomainError


class Outcome(StrEnum):
    """What became of a payment or a refund. Review: money was taken, and the gateway doubts it."""

    PAID = "paid"
    FAILED = "failed"
    PENDING = "pending"
    REVIEW = "review"


class Became(StrEnum):
    """What became of a notice here, for the gateway to hear in its own words."""

    RECORDED = "recorded"
    REPEATED = "repeated"
    UNKNOWN = "unknown"
    WRONG_AMOUNT = "wrong_amount"
    BAD_SIGNATURE = "bad_signature"
    BROKEN = "broken"


@dataclass(frozen=True)
class Merchant:
    """A seller's account at the gateway. `host`: "https://…", no slash at the end.

    `values`: what `Gateway.credentials` names, secrets opened.
    """

    host: str
    values: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Credential:
    """One thing that a seller copies from the gateway's pages. `secret`: never shown again."""

    name: str
    label: str
    secret: bool


@dataclass(frozen=True)
class Attempt:
    """One try to pay an order. `key` names it at the gateway, made by `Gateway.key`.

    `words`: unaccented, for the gateway's screen. `transaction`: the gateway's own number, once
    known.
    """

    key: str
    amount_vnd: int
    words: str
    started_at: datetime
    expires_at: datetime
    payer_address: str
    return_url: str
    notify_url: str
    transaction: str = ""


@dataclass(frozen=True)
class Started:
    """Where the buyer pays: a page, the wallet's app, or a code of the wallet to scan."""

    pay_url: str
    app_url: str = ""
    qr: str = ""


@dataclass(frozen=True)
class Call:
    """What came in: headers, decoded query, raw body."""

    headers: Mapping[str, str]
    query: Mapping[str, str]
    raw: bytes


@dataclass(frozen=True)
class Result:
    """What the gateway says of an attempt. `amount_vnd` None: it did not say.

    `transaction`: its own number, empty when there is none. `code`, `said`: its words.
    """

    key: str
    outcome: Outcome
    amount_vnd: int | None
    transaction: str
    code: str
    said: str = ""


@dataclass(frozen=True)
class Refund:
    """Money to give back. `key` is made once by `Gateway.refund_key`: sent again, it is the same.

    `whole`: all that was paid. `by`: who decided it, for the gateway's books.
    """

    key: str
    amount_vnd: int
    whole: bool
    reason: str
    by: str
    asked_at: datetime


@dataclass(frozen=True)
class Answer:
    """What the gateway must hear back. `body` None: nothing but the status."""

    status: int
    body: Mapping[str, Any] | None


class GatewayRefused(DomainError):
    """The gateway said no. `facts["code"]`, `facts["said"]`: its words."""

    status = 502

    def __init__(self, code: str, said: str) -> None:
        super().__init__(
            _("Cổng thanh toán từ chối, xin chọn cách trả khác."), code=code, said=said
        )


class NoAnswer(DomainError):
    """The gateway did not answer in time, or not in its own language: ask again later."""

    status = 502

    def __init__(self, what: str) -> None:
        super().__init__(_("Cổng thanh toán chưa trả lời, xin thử lại."), what=what)


class Gateway(Protocol):
    """A module of this package. `name`: what tables and addresses call it."""

    name: str
    label: str
    host: str
    credentials: tuple[Credential, ...]

    def key(self, order_ref: str, number: int, now: datetime) -> str:
        """The name of the order's attempt `number` (1, 2, …) in the gateway's form."""
        ...

    def start(self, merchant: Merchant, attempt: Attempt) -> Started:
        """Open the payment there. Raises GatewayRefused, NoAnswer."""
        ...

    def read(self, merchant: Merchant, call: Call) -> Result:
        """What a server-to-server notice says. Raises BadSignature before anything is believed,
        then BadNotice (both of bank_feeds.protocol).
        """
        ...

    def answer(self, became: Became) -> Answer:
        """What the gateway must hear so that it stops, or comes again."""
        ...

    def returned(self, merchant: Merchant, query: Mapping[str, str]) -> str:
        """The key of the attempt a browser comes back from: to show, never to settle.

        Raises BadSignature.
        """
        ...

    def ask(self, merchant: Merchant, attempt: Attempt, now: datetime) -> Result:
        """How the attempt stands. Raises GatewayRefused, NoAnswer."""
        ...

    def refund_key(self, merchant: Merchant, order_ref: str, number: int, now: datetime) -> str:
        """The name of the order's refund `number` in the gateway's form."""
        ...

    def refund(self, merchant: Merchant, attempt: Attempt, refund: Refund) -> Result:
        """Ask for money back; `Result.key` is the refund's. The same key twice gives it once.

        Raises GatewayRefused, NoAnswer.
        """
        ...

    def ask_refund(
        self, merchant: Merchant, attempt: Attempt, refund: Refund, now: datetime
    ) -> Result:
        """How a refund stands. Raises GatewayRefused, NoAnswer."""
        ...
