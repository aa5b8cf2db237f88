"""Quantities and units as sellers say them."""

import re
from decimal import Decimal

from shop import text

_SPELLINGS = {
    "kg": "kg kgs ký kí cân kilo kilogam ki",
    "g": "g gam gram gr",
    "lạng": "lạng",
    "yến": "yến",
    "tạ": "tạ",
    "tấn": "tấn",
    "hộp": "hộp hop hôp",
    "gói": "gói",
    "túi": "túi bịch",
    "chai": "chai",
    "hũ": "hũ lọ",
    "bó": "bó",
    "cây": "cây",
    "lít": "lít",
    "cái": "cái",
    "chiếc": "chiếc",
    "thùng": "thùng",
    "tệp": "tệp",
    "quả": "quả trái",
    "bao": "bao",
    "set": "set",
}
UNITS = {word: unit for unit, words in _SPELLINGS.items() for word in words.split()}
FOLDED_UNITS = {text.fold(word): unit for word, unit in reversed(UNITS.items())}
GRAMS = {"g": 1, "lạng": 100, "kg": 1000, "yến": 10_000, "tạ": 100_000, "tấn": 1_000_000}
COUNTS = {"chục": Decimal(10), "tá": Decimal(12)}
_NUMBER = re.compile(r"[0-9]+(?:[.,][0-9]+)?")
_MEASURE = re.compile(rf"({_NUMBER.pattern})\s*(\D*)")


def unit(word: str) -> str:
    """Return the canonical spelling of a unit; raise ValueError for an unknown one."""
    lower = text.nfc(word).strip().lower()
    found = UNITS.get(lower) or FOLDED_UNITS.get(text.fold(lower))
    if found is None:
        raise ValueError("Không rõ đơn vị")
    return found


def parse(said: str) -> Decimal:
    """Return the number of "1,5" or "1.5"; raise ValueError for anything else."""
    if not _NUMBER.fullmatch(said.strip()):
        raise ValueError("Số lượng không đúng")
    return Decimal(said.strip().replace(",", "."))


def measure(said: str) -> tuple[Decimal, str | None]:
    """Return number and unit of "1,5 ký" or "2 chục"; raise ValueError otherwise."""
    match = _MEASURE.fullmatch(text.nfc(said).strip().lower())
    if match is None:
        raise ValueError("Số lượng không đúng")
    number, words = parse(match[1]), match[2].split()
    if words and words[0] in COUNTS:
        number, words = number * COUNTS[words[0]], words[1:]
    return number, unit(" ".join(words)) if words else None


def show(quantity: Decimal) -> str:
    """Return "1,5": comma for decimals, no trailing zeros."""
    number = f"{quantity:f}"
    if "." in number:
        number = number.rstrip("0").rstrip(".")
    return number.replace(".", ",")


def show_with_unit(quantity: Decimal, unit_name: str) -> str:
    """Return "1,5 kg"."""
    return f"{show(quantity)} {unit_name}"
