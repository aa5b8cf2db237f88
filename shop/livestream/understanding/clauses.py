"""A comment parted into clauses, freed of what only looks like a cancel."""

import re
from collections.abc import Iterator
from decimal import Decimal

from shop.livestream.understanding import lexicon, marks
from shop.livestream.understanding.marks import Table

# How many of each, and their unit: "mỗi thứ 2 hộp".
Each = tuple[Decimal, str | None]

CANCEL = re.compile(lexicon.CANCEL)
_NOT_CANCEL, _STAYS = re.compile(lexicon.NOT_CANCEL), re.compile(lexicon.STAYS)
_KEPT_BESIDE = re.compile(lexicon.KEPT_BESIDE)
_WITHDRAWN, _WISH = re.compile(lexicon.WITHDRAWN), re.compile(lexicon.WISH)
# A comma before a number with a unit is a decimal one, unless it follows a code ("01,2 kg").
_CLAUSE_END = re.compile(
    rf"(?!(?<=\d)(?<![a-z0]\d),[1-9]\d? ?(?:{marks.UNIT})\b)(?:{lexicon.BREAK})"
)
# Of "ST25, số lượng 3", "sl 02", "1 trong 2 chai", "đổi từ 2 hộp thành 4", "3 chứ không phải 2",
# "2 hộp à nhầm 3 hộp" and "size S, M" what decides.
_COUNTED = re.compile(r"[,;:](?= ?(?:so luong|sl)\b)|(?<=\bsl )0(?=\d\b)|(?<=luong )0(?=\d\b)")
_OUT_OF = re.compile(rf"\b(\d{{1,2}}) trong (?:so )?\d{{1,2}}(?= (?:{marks.UNIT})\b)")
_WAS = re.compile(
    rf"\bdoi (?:(?i:tu) )?([1-9]\d?)(?: ?(?:{marks.UNIT}))?(?= (?:thanh|len|xuong) [1-9])"
)
_END = rf"(?: (?:{lexicon.FILLER}))* *(?:$|[,;?!.])"
_SLIP = re.compile(
    rf"(\b[1-9]\d?(?: ?(?:{marks.UNIT}))?)((?: [^\W\d]+){{0,4}}),?"
    rf" (?:a|à|y|u|ua) (?:{lexicon.NO}|nham|lon),?(?= \d{{1,2}}(?: ?(?:{marks.UNIT}))?{_END})"
)
_RATHER = re.compile(
    rf"\bchu {lexicon.NO} phai (?:la )?\d{{1,2}}(?: ?(?:{marks.UNIT}))?(?: \w+){{0,2}}(?={_END})"
    rf"|(?<=\w )thoi,? {lexicon.NO} (?:lay|{lexicon.NEED}) [1-9]\d?"
    rf"(?: (?:{marks.UNIT}))?(?: nua)?(?={_END})"
)
_EACH = re.compile(
    r"\bmoi (?:thu|loai|ma|mon|vi|cai|mau|size|sp|san pham) ?(?:lay|:|x|chot)? ?"
    rf"(?P<n>\d{{1,3}}|{'|'.join(lexicon.NUMBERS)})(?: (?P<unit>{marks.UNIT}))?(?!\w)"
)


def rewritten(body: str, known: Table) -> tuple[str, str]:
    """Blank what only looks like a cancel, and part what is withdrawn from what is taken for it.

    Also the same with the names of goods in capitals: "khô bò" is no "bỏ".
    """
    body = _plainer(body, known)
    heard = known.heard(body)
    for match in _NOT_CANCEL.finditer(heard):
        body, heard = (_without(said, match) for said in (body, heard))
    if CANCEL.search(heard):
        for match in _STAYS.finditer(heard):
            if not CANCEL.search(match[0]):
                body, heard = (_without(said, match) for said in (body, heard))
    for match in _KEPT_BESIDE.finditer(heard):
        alone = _without(heard, match)
        if CANCEL.match(alone, match.end() + 1):
            body, heard = _without(body, match), alone
    for at in _instead(heard):
        body, heard = (f"{said[:at]},{said[at + 1 :]}" for said in (body, heard))
    return body, heard


def _plainer(body: str, known: Table) -> str:
    """The comment without the amounts that are not meant; places stay what they are.

    What is meant instead of another amount is so many and no more: "thôi".
    """
    body = _COUNTED.sub(" ", body)
    body = _OUT_OF.sub(lambda m: m[1].rjust(len(m[0])), body)
    body = _WAS.sub(lambda m: _changed(m, known), body)
    for m in _SLIP.finditer(known.heard(body)):
        kept = body[m.start(2) : m.end(2)]
        gone = (" " * len(m[1]) + kept).ljust(len(m[0]))
        body = body[: m.start()] + gone + body[m.end() :]
    body = _RATHER.sub(_only, body)
    return known.listed.sub(" ", body)


def _changed(match: re.Match[str], known: Table) -> str:
    """The amount that was, blanked; codes and goods that are swapped are left alone."""
    after = known.heard(match.string[match.end() :])
    swapped = match[1] in known.names or "Z" in after
    return match[0] if swapped else "sua".ljust(len(match[0]))


def _only(match: re.Match[str]) -> str:
    follows = match.string[: match.start()].rstrip()[-1:].isalnum()
    return ("thoi" if follows else "").ljust(len(match[0]), "~")


def _instead(heard: str) -> Iterator[int]:
    """Where a new wish follows a withdrawn line: "hủy 05 lấy 2 gói 02"."""
    for match in _WITHDRAWN.finditer(heard):
        wish = _WISH.search(heard, match.end())
        if wish and re.search(r"[\dZ]", heard[match.end() : wish.start()]):
            yield wish.start()


def parted(body: str, heard: str) -> list[tuple[str, str, str]]:
    """Return each clause, the same with its names in capitals, and the sign that ends it."""
    found, start = [], 0
    for match in [*_CLAUSE_END.finditer(heard), None]:
        end = match.start() if match else len(body)
        clause = body[start:end]
        low = start + len(clause) - len(clause.lstrip())
        high = low + len(clause.strip())
        if low < high:
            sign = "?" if match and match[0].strip()[:1] == "?" else ""
            found.append((body[low:high], heard[low:high], sign))
        start = match.end() if match else end
    return found


def each(body: str, heard: str) -> tuple[str, Each | None]:
    """Take "mỗi thứ 2" out of the comment: it counts for every line without an amount (R3)."""
    match = _EACH.search(heard)
    if match is None:
        return body, None
    said = match["n"]
    number = Decimal(said) if said.isdigit() else Decimal(lexicon.NUMBERS[said])
    unit = marks.UNITS[match["unit"]] if match["unit"] else None
    gone = "~" * (match.end() - match.start("n"))
    return body[: match.start("n")] + gone + body[match.end() :], (number, unit)


def blank(match: re.Match[str]) -> str:
    """As many "~" as letters were found: places stay what they are."""
    return "~" * len(match[0])


def _without(said: str, match: re.Match[str]) -> str:
    return said[: match.start()] + blank(match) + said[match.end() :]
