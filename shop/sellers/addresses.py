"""Where a seller is: from what people write to today's commune; an open choice is a question.

The text as written stays in `address`; `street` is what stands before the commune today.
"""

from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from shop import placenames, places, text
from shop.places import Commune
from shop.sellers.models import Seller

# As many as may be read one under another; more are a list to open.
FEW = 12


@dataclass(frozen=True)
class Question:
    """Which commune is meant. `split`: the old one written went to several of these."""

    communes: tuple[Commune, ...]
    split: bool = False

    @property
    def few(self) -> bool:
        """Whether they fit under one another on a page."""
        return len(self.communes) <= FEW


@dataclass(frozen=True)
class Answer:
    """The commune meant, None when no address was written."""

    commune: Commune | None


def read(seller: Seller | None, data: dict[str, Any]) -> Answer | Question | None:
    """What `data` (ProfileSchema: address, province_code, commune_code) says; None: unreadable.

    `seller` has its address already; the same text again asks nothing again.
    """
    address, province = data.get("address") or "", data.get("province_code") or ""
    chosen = places.commune(data.get("commune_code") or "")
    if not address and not province:
        return Answer(chosen)
    known = _known(seller, address, province)
    meant = Answer(known) if known else _meant(address, province)
    # A choice left over from another address answers nothing.
    offered = meant.communes if isinstance(meant, Question) else ()
    return Answer(chosen) if chosen and (chosen in offered or meant is None) else meant


def _known(seller: Seller | None, address: str, province: str) -> Commune | None:
    if seller is None or address != (seller.address or ""):
        return None
    commune = places.commune(seller.commune_code or "")
    return commune if commune and province in {"", commune.province_code} else None


def _meant(address: str, province: str) -> Answer | Question | None:
    found = places.read(address)
    # Which of two ways the words were meant is known only to who wrote them.
    communes = tuple(
        commune
        for commune in (*found.candidates, *found.otherwise)
        if province in {"", commune.province_code}
    )
    if len(communes) == 1:
        return Answer(communes[0])
    if communes:
        return Question(communes, found.split)
    named = [row.code for row in found.provinces] if not province else [province]
    every = tuple(places.communes(named[0])) if len(named) == 1 else ()
    return Question(every) if every else None


def written(typed: str, commune: Commune | None) -> str:
    """Where goods go, as typed, with today's commune where other words were used for it."""
    if commune is None or text.fold(commune.label) in text.fold(typed):
        return typed
    province = places.province(commune.province_code)
    now = f"{commune.label}, {province.label}" if province else commune.label
    return str(_("%(typed)s (nay là %(now)s)", typed=typed, now=now))


def street(address: str) -> str:
    """What stands before the first commune or district of the line: "xóm 5"."""
    kept: list[str] = []
    pieces = placenames.cut([piece.strip() for piece in address.split(",") if piece.strip()])
    for piece in pieces:
        kind = placenames.kind(piece)
        if kind in placenames.COMMUNE_KINDS:
            return ", ".join(kept)
        if kind in placenames.DISTRICT_KINDS:
            break
        kept.append(piece)
    # The commune stands there without its kind: just before the district, or before the province.
    bare = 1 if len(kept) < len(pieces) else 2
    return ", ".join(kept[:-bare])


def settle(seller: Seller, data: dict[str, Any], commune: Commune | None) -> None:
    """Write the address, as written and as it is today."""
    seller.address = data.get("address") or None
    seller.street = data.get("street") or street(seller.address or "") or None
    province = places.province(commune.province_code) if commune else None
    seller.commune = commune.label if commune else None
    seller.commune_code = commune.code if commune else None
    seller.province = province.label if province else None
    seller.province_code = province.code if province else None


def today(seller: Seller) -> str:
    """The address of today's two levels, as on a parcel; empty when the commune is unknown."""
    if not seller.commune:
        return ""
    return ", ".join(part for part in (seller.street, seller.commune, seller.province) if part)
