"""GTINs, the numbers under barcodes: reading them as people type them, and their check digit.

GS1 General Specifications, section 7.9: modulo 10, weights 3 and 1 from the right.
"""

import re

LENGTHS = (8, 12, 13, 14)
_BETWEEN = re.compile(r"[\s\-.\u00a0]")


class WrongCheckDigit(ValueError):
    """The last digit does not follow from the others. `right` is the digit that would."""

    def __init__(self, right: str) -> None:
        super().__init__(f"the check digit of the GTIN should be {right}")
        self.right = right


def parse(written: str) -> str:
    """The digits of a GTIN of 8, 12, 13 or 14 digits; blanks, hyphens and full stops fall out.

    Raises WrongCheckDigit, and ValueError for another length or another sign.
    """
    digits = _BETWEEN.sub("", written)
    if not (digits.isascii() and digits.isdigit()) or len(digits) not in LENGTHS:
        raise ValueError("a GTIN has 8, 12, 13 or 14 digits")
    right = check_digit(digits[:-1])
    if right != digits[-1]:
        raise WrongCheckDigit(right)
    return digits


def as_14(written: str) -> str:
    """The GTIN as 14 digits, padded with zeros on the left. Raises as `parse` does."""
    return parse(written).zfill(14)


def check_digit(body: str) -> str:
    """The digit that follows `body`, all but the last digit of a GTIN."""
    total = sum(int(digit) * (3, 1)[place % 2] for place, digit in enumerate(reversed(body)))
    return str(-total % 10)
