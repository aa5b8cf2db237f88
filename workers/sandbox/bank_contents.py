"""What is left of a transfer's content once each kind of bank has passed it on."""

import time
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Passing:
    """One transfer on its way: its number, when (unix seconds), to which account."""

    number: int
    at: float
    account_number: str

    def digits(self, count: int) -> str:
        """The last `count` digits of the number, never starting with 0."""
        return str(10 ** (count - 1) + self.number % (9 * 10 ** (count - 1)))

    def wall(self, pattern: str) -> str:
        """The time on a Vietnamese wall."""
        return time.strftime(pattern, time.gmtime(self.at + 7 * 3600))


def mangle(style: str, content: str, passing: Passing) -> str:
    """`content` as the receiver's statement shows it. Raises KeyError for an unknown style."""
    return STYLES[style](content, passing)


def _plain(content: str, _passing: Passing) -> str:
    return content


def _vietcombank(content: str, p: Passing) -> str:
    payer = f"CT tu 0071000{p.digits(6)} NGUYEN THI HOA toi {p.account_number} HOP TAC XA"
    return f"MBVCB.{p.digits(10)}.{p.digits(6)}.{_bare(content)}.{payer}"


def _vietcombank_in(content: str, p: Passing) -> str:
    return f"{p.digits(6)}.{p.wall('%d%m%y')}.{p.wall('%H%M%S')}.{_bare(content)}"


def _vietcombank_sms(content: str, p: Passing) -> str:
    return f"Vietcombank:{p.account_number}:{_bare(content)}#SP#{p.digits(8)}"


def _acb(content: str, p: Passing) -> str:
    return f"{_bare(content).upper()} GD {p.digits(6)}-{p.wall('%d%m%y %H:%M:%S')}"


def _mb(content: str, p: Passing) -> str:
    return f"{_bare(content)}   Trace {p.digits(6)}"


def _mb_ordered(content: str, p: Passing) -> str:
    return f"{_bare(content)}-CHUYEN TIEN-OQCH{p.digits(8)}-MBCT"


def _techcombank(content: str, p: Passing) -> str:
    return f"{_bare(content)} FT{p.digits(14)}"


def _techcombank_wrapped(content: str, p: Passing) -> str:
    """A statement cell so narrow that words break."""
    whole = _techcombank(content, p)
    return "\n".join(whole[at : at + 5] for at in range(0, len(whole), 5))


def _vietinbank(content: str, p: Passing) -> str:
    return f"CT DEN:{p.digits(12)} {_bare(content)}"


def _vietinbank_glued(content: str, p: Passing) -> str:
    return f"CT DEN:{p.digits(12)}{_bare(content).replace(' ', '')}"


def _bidv(content: str, p: Passing) -> str:
    end = f"-CTLNHIDI{p.digits(12)}-1/1-CRE-002"
    return f"TKThe :0071000{p.digits(6)}, tai Vietcombank. {_bare(content)} {end}"


def _bidv_remittance(content: str, p: Passing) -> str:
    return f"REM   Tfr Ac:{p.account_number} O@L_{p.digits(6)}_{p.digits(8)}_{_bare(content)}"


def _virtual_account(content: str, p: Passing) -> str:
    return f"MBVCB.{p.digits(10)}.VA{p.digits(9)}.{_bare(content)}"


def _zalopay(content: str, p: Passing) -> str:
    return f"ZP7{p.digits(12)}, {_bare(content)}"


def _momo(content: str, p: Passing) -> str:
    return f"{p.digits(12)} 09{p.digits(8)} {_bare(content)}"


def _bare(content: str) -> str:
    """Without accents and signs, as most banks keep it."""
    marked = unicodedata.normalize("NFKD", content.replace("đ", "d").replace("Đ", "D"))
    kept = (c if c.isascii() and c.isalnum() else " " for c in marked if not _is_mark(c))
    return " ".join("".join(kept).split())


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) == "Mn"


STYLES: dict[str, Callable[[str, Passing], str]] = {
    "plain": _plain,
    "vietcombank": _vietcombank,
    "vietcombank_in": _vietcombank_in,
    "vietcombank_sms": _vietcombank_sms,
    "acb": _acb,
    "mb": _mb,
    "mb_ordered": _mb_ordered,
    "techcombank": _techcombank,
    "techcombank_wrapped": _techcombank_wrapped,
    "vietinbank": _vietinbank,
    "vietinbank_glued": _vietinbank_glued,
    "bidv": _bidv,
    "bidv_remittance": _bidv_remittance,
    "virtual_account": _virtual_account,
    "zalopay": _zalopay,
    "momo": _momo,
}
