"""Codes and quantities of one clause, put together as lines."""

import re
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache

from shop import quantities, text
from shop.livestream.understanding import lexicon


@dataclass(frozen=True)
class PinnedCode:
    """A code on sale in the session."""

    code: str
    unit: str
    aliases: tuple[str, ...]
    variants: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """One wanted or withdrawn line; op is add (None), set or remove."""

    code: str | None
    quantity: Decimal | None
    unit: str | None
    variant: str | None = None
    op: str | None = None


UNIT = "|".join(sorted(quantities.FOLDED_UNITS, key=len, reverse=True))
_WORDS = "|".join(lexicon.NUMBERS)
QUANTITY = re.compile(
    rf"(?:(?<![a-z\d])(?P<half>nua) (?=(?:{UNIT})\b)|(?P<n>1/2(?= ?(?:{UNIT})\b)|"
    rf"\d+(?:[.,]\d+)?|\b(?:{_WORDS})\b) ?"
    rf"(?P<count>chuc|ta(?= [a-z]))? ?|"
    rf"\b(?P<pair>cap|doi(?! (?:thanh|sang|qua|ma|\d|[a-z]\d))) |"
    rf"\b(?P<one>chuc|ta) |(?=\b(?:{UNIT}) ruoi))"
    rf"(?:(?P<unit>(?:{UNIT})(?![a-z]))(?P<tail>\d(?!\d))?)?(?P<more> ruoi)?"
)
TIMES = re.compile(r"(?:(?<![a-z])x|×|\*|\bsl|\+|=) ?:?(\d+)\b|\b(\d+)(?=x )")


def find(body: str, pins: tuple[PinnedCode, ...], focus: str | None) -> tuple[list[Item], bool]:
    """Return the lines of a clause, and whether they alone make it an order."""
    pattern, names = table(pins)
    counts = [(m.start(), m.end(), *_amount(m)) for m in QUANTITY.finditer(body)]
    times = [(m.start(), m.end(), Decimal(m[1] or m[2]), None) for m in TIMES.finditer(body)]
    hits: list[tuple[int, int, PinnedCode]] = []
    for m in pattern.finditer(body):
        pin = _pin(m[0], names)
        unitless = not any(a == m.start() and (u or b > m.end() + 1) for a, b, _, u in counts)
        if pin and (unitless or not m[0].isdigit()) and _code_like(m, body, counts):
            hits.append((m.start(), m.end(), pin))
    counts = [
        (a, s, n, None) if (s := _inside(a, b, hits)) else (a, b, n, u) for a, b, n, u in counts
    ]
    free = times + [
        c
        for c in counts
        if not any(c[0] < e and s < c[1] for s, e, _ in hits)
        and not any(c[0] < e and s < c[1] for s, e, _, _ in times)
        and (c[3] or not re.search(r"[a-z]$", body[: c[0]]))
    ]
    free.sort()
    rest = re.sub(r"\b(?:va|voi|nhe|nha|shop|a|oi|e|em)\b|[\W_]", "", pattern.sub("", body))
    return _build(body, hits, free, (names, focus)), (bool(hits) and not rest) or _counted(
        body, hits, free
    )


def merge(lines: list[Item]) -> tuple[Item, ...]:
    """Add up the quantities said for one code and variant."""
    merged: dict[tuple[str | None, str | None, bool], Item] = {}
    for line in lines:
        key = (line.code, line.variant, line.op == "remove")
        old = merged.get(key)
        if old and old.quantity is not None and line.quantity is not None:
            line = replace(old, quantity=old.quantity + line.quantity)
        merged[key] = line
    return tuple(merged.values())


@lru_cache(maxsize=256)
def table(pins: tuple[PinnedCode, ...]) -> tuple[re.Pattern[str], dict[str, PinnedCode]]:
    """Return the pattern of every code and alias, and what each stands for."""
    names: dict[str, PinnedCode] = {}
    parts: list[str] = []
    sized = any(variant.upper() == "M" for pin in pins for variant in pin.variants)
    mark = "(?:ma|sp|so|#)" if sized else lexicon.MARK  # "M 1 cái" is a size
    for pin in pins:
        low = text.fold(pin.code)
        bare = low.lstrip("0") or low
        glue = " ?".join(re.findall(r"[a-z]+|\d+", low)) or re.escape(low)
        parts.append(rf"(?<![a-z\d]){mark} ?:? ?0*{re.escape(bare)}(?!\d)")
        parts.append(
            rf"(?<![\d.,]){glue}(?![\d])" if not low[0].isalpha() else rf"(?<![a-z]){glue}(?!\d)"
        )
        names[low.replace(" ", "")] = names["=" + bare] = pin
        for alias in pin.aliases:
            names[text.fold(alias)] = pin
    words = sorted(
        (n for n in names if (n and n[0].isalpha() and " " in n) or n.isalpha()), key=len
    )
    parts = [rf"\b{re.escape(n)}\b" for n in reversed(words)] + parts
    return re.compile("|".join(parts) or r"(?!)"), names


def _pin(said: str, names: dict[str, PinnedCode]) -> PinnedCode | None:
    key = said.replace(" ", "")
    bare = re.sub(rf"^{lexicon.MARK}:?0*", "", key)
    return names.get(said) or names.get(key) or names.get("=" + bare)


def _inside(start: int, end: int, hits: list[tuple[int, int, PinnedCode]]) -> int | None:
    return next((s for s, _, _ in hits if start < s < end), None)


def _counted(
    body: str,
    hits: list[tuple[int, int, PinnedCode]],
    free: list[tuple[int, int, Decimal, str | None]],
) -> bool:
    if hits or any(unit or re.match(r"[x×*+]|sl", body[a:b]) for a, b, _, unit in free):
        return bool(free) or any(_variant(body, pin) or "~" in body for _, _, pin in hits)
    return bool(re.fullmatch(r"\d{1,3}", body))


def _code_like(
    m: re.Match[str], body: str, counts: list[tuple[int, int, Decimal, str | None]]
) -> bool:
    if not m[0].isdigit() or m[0].startswith("0"):
        return True
    if re.fullmatch(r"[\d\s,+&]+", body):
        return True
    return any(u and (b <= m.start() or a >= m.end()) for a, b, _, u in counts) or bool(
        re.match(r" ?[x×*] ?\d", body[m.end() :])
    )


def _amount(m: re.Match[str]) -> tuple[Decimal, str | None]:
    said = m["n"]
    number = Decimal(1)
    if said:
        digits = said.replace(",", ".").replace("1/2", "1")
        number = Decimal(digits) if digits[0].isdigit() else Decimal(lexicon.NUMBERS[said])
    if m["half"] or said == "1/2":
        number = Decimal("0.5")
    if m["pair"]:
        number = Decimal(2)
    count = m["count"] or m["one"]
    if count:
        number *= 10 if count == "chuc" else 12
    if m["tail"]:
        number += Decimal(m["tail"]) / 10
    if m["more"]:
        number += Decimal("0.5")
    return number, quantities.FOLDED_UNITS.get(m["unit"] or "")


def _build(
    body: str,
    hits: list[tuple[int, int, PinnedCode]],
    free: list[tuple[int, int, Decimal, str | None]],
    table: tuple[dict[str, PinnedCode], str | None],
) -> list[Item]:
    names, focus = table
    op = "set" if re.search(lexicon.SET, body) else "add" if re.search(lexicon.ADD, body) else None
    cancel = bool(re.search(lexicon.CANCEL, body))
    if not hits:
        pin = next((p for p in names.values() if p.code == focus), None)
        counted, unit = (free[0][2], free[0][3]) if free else (Decimal(1), None)
        return [Item(focus, counted, unit or (pin.unit if pin else None), None, op)]
    swap = re.search(r"\bdoi\b.*\b(?:sang|thanh|qua)\b", body) and len(hits) == 2
    after = bool(free) and free[0][0] > hits[0][0]
    found: list[Item] = []
    merged = [h for i, h in enumerate(hits) if i == 0 or _again(body, hits[i - 1], h)]
    for index, (_, _, pin) in enumerate(merged):
        low = merged[index][0] if after else (merged[index - 1][1] if index else 0)
        high = merged[index + 1][0] if after and index + 1 < len(merged) else len(body)
        high = high if after else merged[index][0]
        near = [f for f in free if low <= f[0] < high]
        number = near[0][2] if near else None if cancel else Decimal(1)
        unit = None if number is None else (near[0][3] if near else None) or pin.unit
        item = Item(pin.code, number, unit, _variant(_own(body, merged, index), pin), op)
        if swap and index == 0:
            item = Item(pin.code, None, None, None, "remove")
        found.append(replace(item, op=None) if cancel or (swap and index) else item)
    return found


def _again(
    body: str, before: tuple[int, int, PinnedCode], hit: tuple[int, int, PinnedCode]
) -> bool:
    """Tell a new line from a second name of the same thing ("áo 1 cái mã B2")."""
    return before[2] is not hit[2] or body[before[0] : before[1]] == body[hit[0] : hit[1]]


def _own(body: str, hits: list[tuple[int, int, PinnedCode]], index: int) -> str:
    """Return the words that belong to one code: up to the next one; the first has those before."""
    start = hits[index][1] if index else 0
    return body[start : hits[index + 1][0]] if index + 1 < len(hits) else body[start:]


def _variant(body: str, pin: PinnedCode) -> str | None:
    for variant in pin.variants:
        if re.search(rf"(?<![a-z]){re.escape(text.fold(variant))}(?![a-z\d])", body):
            return variant
    return None
