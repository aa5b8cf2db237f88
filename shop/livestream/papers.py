"""Papers of what is sold in a session: which goods need which, since when, by which rule.

The rules are dated data (`data/paper_rules.json`). A paper hangs on the product, on its seller, or
on the one session.
"""

import json
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from flask_babel import lazy_gettext as _l

from shop import text
from shop.catalogue import programme
from shop.catalogue.models import Product
from shop.livestream.models import Broadcast
from shop.media import documents
from shop.media.models import Document
from shop.sellers import papers as of_sellers

FILE = Path(__file__).parent / "data" / "paper_rules.json"

# Rule → why it is asked, for people.
WHY: dict[str, Any] = {
    "health_food": _l(
        "Thực phẩm bảo vệ sức khỏe: nội dung quảng cáo phải được cơ quan quản lý xác nhận trước"
        " khi nói trên sóng."
    ),
    "alcohol": _l("Rượu, bia là hàng có điều kiện: cần giấy phép sản xuất hoặc bán rượu."),
}


@dataclass(frozen=True)
class Rule:
    """Goods of `criteria_sets` need a paper of one of `kinds`, `since` to `until` (None: still).

    Goods of no set of today's programme are known by `words` of their names, less `except_words`.
    """

    name: str
    kinds: tuple[str, ...]
    criteria_sets: frozenset[str]
    words: re.Pattern[str]
    except_words: re.Pattern[str] | None
    since: date
    until: date | None
    source: str

    def asks_of(self, product: Product, on: date) -> bool:
        """Whether the rule is about this product."""
        if product.criteria_set in {known.code for known in programme.criteria_sets(on)}:
            return product.criteria_set in self.criteria_sets
        # With its accents: bìa is no bia.
        name = _plain(product.name)
        if self.except_words:
            name = self.except_words.sub(" ", name)
        return bool(self.words.search(name))


@dataclass(frozen=True)
class Need:
    """A paper that a product must have. `held`: it is there and holds on the day."""

    product: Product
    rule: Rule
    held: bool

    @property
    def label(self) -> str:
        """What the paper is called."""
        return " / ".join(str(of_sellers.KINDS[kind]) for kind in self.rule.kinds)

    @property
    def why(self) -> str:
        """Why it is asked, for people."""
        return str(WHY[self.rule.name])


def needed(broadcast: Broadcast, products: Sequence[Product], on: date) -> list[Need]:
    """Every paper that the rules of that day ask of these products; one query for their papers."""
    asked = [(p, rule) for p in products for rule in rules(on) if rule.asks_of(p, on)]
    shown = documents.of_many({h for product, _rule in asked for h in holders(broadcast, product)})
    return [
        Need(product, rule, _is_held(rule, broadcast, product, on, shown))
        for product, rule in asked
    ]


def holders(broadcast: Broadcast, product: Product) -> tuple[str, str, str]:
    """What a paper of this product may hang on."""
    return f"product:{product.ref}", f"seller:{product.seller.ref}", f"broadcast:{broadcast.ref}"


def _is_held(
    rule: Rule,
    broadcast: Broadcast,
    product: Product,
    on: date,
    shown: dict[str, list[Document]],
) -> bool:
    there = [paper for holder in holders(broadcast, product) for paper in shown.get(holder, [])]
    return any(paper.kind in rule.kinds and of_sellers.holds(paper, on) for paper in there)


def rules(on: date) -> list[Rule]:
    """The rules in force on a day."""
    return [r for r in _rules() if r.since <= on and (r.until is None or on <= r.until)]


@cache
def _rules() -> tuple[Rule, ...]:
    rows = json.loads(FILE.read_text(encoding="utf-8"))
    return tuple(
        Rule(
            row["name"],
            tuple(row["kinds"]),
            frozenset(row["criteria_sets"]),
            _any_of(row["words"]),
            _any_of(row["except_words"]) if row["except_words"] else None,
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
            row["source"],
        )
        for row in rows
    )


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    plain = "|".join(re.escape(_plain(word)) for word in words)
    return re.compile(rf"\b(?:{plain})\b")


def _plain(said: str) -> str:
    return text.normalise_tone(unicodedata.normalize("NFC", said).lower())
