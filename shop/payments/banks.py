"""Banks and wallets by their NAPAS BIN, from the dated table `banks.json`."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

_TABLE = Path(__file__).with_name("banks.json")


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
