"""What every bank feed offers: check a webhook, then read the bank lines in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, Protocol

from flask_babel import gettext as _

from shop.errors import DomainError


class BadSignature(DomainError):
    """Not sent by the feed, or too old. `facts["reason"]`: which check failed, for the log."""

    status = 401

    def __init__(self, reason: str) -> None:
        super().__init__(_("Chữ ký không đúng."), reason=reason)

    def problem(self) -> dict[str, Any]:
        """Without the reason: it would tell who guesses how far the guess went."""
        return {name: value for name, value in super().problem().items() if name != "reason"}


class BadNotice(DomainError):
    """The feed sent something that is not a notice. `facts["reason"]`: what is wrong with it."""

    status = 422

    def __init__(self, reason: str) -> None:
        super().__init__(_("Không đọc được thông báo của ngân hàng."), reason=reason)


@dataclass(frozen=True)
class Notice:
    """A checked call of a feed. `external_id`: the same for a repeated call, else unique."""

    external_id: str


@dataclass(frozen=True)
class FeedLine:
    """One movement of an account. `bank_reference` and `counterparty` may be empty."""

    account_number: str
    direction: Literal["in", "out"]
    amount_vnd: int
    content: str
    bank_reference: str
    booked_at: datetime
    counterparty: str


class NotListed(DomainError):
    """The feed did not tell its list. `facts["what"]`: why, without its key."""

    status = 502

    def __init__(self, what: str) -> None:
        super().__init__(_("Dịch vụ báo có chưa trả lời."), what=what)


class BankFeed(Protocol):
    """A module of this package. `name`: what connections and addresses call it, `label`: people.

    `gives_key`: the secret stands on the feed's pages and is copied to us; else we make it.
    `host`: where it can be asked for an account's movements, "" where it cannot.
    """

    name: str
    label: str
    gives_key: bool
    host: str

    def verify(self, headers: Mapping[str, str], raw: bytes, secret: str, now: datetime) -> Notice:
        """The notice, if `raw` was sent by the holder of `secret` about `now`.

        Raises BadSignature before anything of the body is believed, then BadNotice.
        """
        ...

    def lines(self, raw: bytes) -> list[FeedLine]:
        """The movements in a body that was verified. Raises BadNotice."""
        ...

    def listed(
        self, host: str, key: str, account_number: str, first: date, last: date
    ) -> list[FeedLine]:
        """The account's movements of these Vietnamese days, as the feed's own list has them.

        Only where `host` is not empty. Raises NotListed.
        """
        ...
