"""Texts that claim an OCOP star. Nobody types a star: it shows while a certificate is in force."""

import re
import unicodedata

from shop import text

# Every star among the dingbats, and what stands for stars: "5*", "*****".
_SIGNS = re.compile(r"[\u2605\u2606\u2729-\u2736\u22c6\u2b50\u2bea\u2beb\U0001f31f]")
_ASTERISKS = re.compile(r"\*{2,}|\b[1-5]\s?\*(?!\s*\w)")
_SAO = r"\W*(?:ngoi\W*)?(?:sao|stars?)\b"
_NUMBER = rf"(?:[1-5]|iii|iv|v|mot|hai|ba|bon|nam|three|four|five){_SAO}"
_OCOP = r"o\W*c\W*o\W*p"
_CLAIM = re.compile(
    rf"\b{_OCOP}\W*(?:\w+\W+){{0,8}}{_NUMBER}"
    rf"|\b{_NUMBER}\W*(?:\w+\W+){{0,4}}{_OCOP}\b"
    rf"|\b(?:hang|dat|chuan|rated)\W+(?:\w+\W+){{0,3}}{_NUMBER}"
    rf"|\b{_OCOP}\W+(?:sao|hang)\W+(?:[1-5]|nam|bon)\b|\bhang\W+[1-5]\W+{_OCOP}\b"
)
# "Ba Sao" is a place and a brand.
_IN_A_NAME = re.compile(rf"\b(?:[1-5]|bon|nam|four|five){_SAO}")


def claimed(words: str, *, name: bool = False) -> bool:
    """Whether a text claims a star: "OCOP 4 sao", "hạng năm sao", "★★★★".

    In a `name` "5 sao" alone is one; in a story "khách sạn 5 sao" is a hotel.
    """
    seen = "".join(c for c in words if unicodedata.category(c) != "Cf")
    plain = text.fold(seen)
    if _SIGNS.search(seen) or _ASTERISKS.search(plain) or _CLAIM.search(plain):
        return True
    return name and bool(_IN_A_NAME.search(plain))
