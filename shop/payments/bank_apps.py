"""Links that open a bank's app with a transfer filled in, for a phone that cannot scan its own
screen.

A universal link of VietQR (vietqr.io, "Deeplink app ngân hàng"): it is told the seller's account,
the amount and the order's reference, nothing of the buyer. An app that is not there, or that fills
in nothing, leaves the code and the account on the page.
"""

from dataclasses import dataclass
from urllib.parse import urlencode

from shop.payments import banks
from shop.sellers.models import BankAccount

ADDRESS = "https://dl.vietqr.io/pay"


@dataclass(frozen=True)
class App:
    """An app as VietQR's list of apps names it, and as people do."""

    id: str
    name: str


# The ones most used; the whole list is at api.vietqr.io/v2/android-app-deeplinks.
APPS = (
    App("vcb", "Vietcombank"),
    App("icb", "VietinBank"),
    App("bidv", "BIDV"),
    App("vba", "Agribank"),
    App("mb", "MB"),
    App("tcb", "Techcombank"),
    App("acb", "ACB"),
    App("vpb", "VPBank"),
    App("tpb", "TPBank"),
    App("ocb", "OCB"),
)

# Where its code for a bank is not the one of our table.
_CODES = {"970405": "vba", "970415": "icb", "970418": "bidv", "970422": "mb"}


def links(account: BankAccount, amount_vnd: int, ref: str) -> list[tuple[str, str]]:
    """Name of an app and the address that opens it with this transfer, for each app."""
    bank = banks.bank(account.bank_bin)
    if bank is None:
        return []
    code = _CODES.get(bank.bin, bank.code.lower())
    said = {
        "ba": f"{account.account_number}@{code}",
        "am": amount_vnd,
        "tn": ref,
        "bn": account.account_name,
    }
    return [(app.name, f"{ADDRESS}?{urlencode({'app': app.id} | said)}") for app in APPS]
