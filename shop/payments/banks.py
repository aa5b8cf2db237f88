"""Banks and wallets by their NAPAS BIN, from the dated table `banks.json`."""

import json
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

_TABLE = Path(__file__).with_name("banks.json")


class Kind(StrEnum):
    """What keeps an account: a bank, an e-wallet, or a telecom's Mobile Money."""

    BANK = "bank"
    WALLET = "wallet"
    MOBILE_MONEY = "mobile_money"


# By BIN; the table does not say it. Mobile Money: of the telecoms that have the pilot licence
# (Decision 316/QĐ-TTg of 2021).
_KINDS = {"971005": Kind.MOBILE_MONEY, "971011": Kind.MOBILE_MONEY, "971025": Kind.WALLET}


@dataclass(frozen=True)
class Bank:
    """One BIN. `transfers`: its app can scan and pay VietQR; `receives`: a code may name its
    accounts; `looks_up`: account names can be asked for. None: the source does not say.
    """

    bin: str
    code: str
    short_name: str
    name: str
    transfers: bool | None
    receives: bool | None
    looks_up: bool | None


def bank(bin: str) -> Bank | None:
    """The bank of a six-digit BIN, or None: banks merge, so an unknown BIN is no error."""
    return _by_bin().get(bin)


def kind(bin: str) -> Kind:
    """What keeps the accounts of a BIN."""
    return _KINDS.get(bin, Kind.BANK)


def all() -> tuple[Bank, ...]:
    """Every bank of the table, by short name."""
    return tuple(sorted(_by_bin().values(), key=lambda bank: bank.short_name.lower()))


@cache
def _by_bin() -> dict[str, Bank]:
    rows = json.loads(_TABLE.read_text(encoding="utf-8"))["banks"]
    return {row["bin"]: _bank(row) for row in rows}


def _bank(row: dict[str, Any]) -> Bank:
    supports = row["supports"]
    return Bank(
        bin=row["bin"],
        code=row["code"],
        short_name=row["shortName"],
        name=row["name"],
        transfers=supports["transfer"],
        receives=supports["receive"],
        looks_up=supports["lookup"],
    )
