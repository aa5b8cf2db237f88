"""Packs of a product: adding, changing, ordering, retiring. None is ever deleted."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.exc import IntegrityError

from shop import references, seen
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue import changes
from shop.catalogue.errors import ChangedMeanwhile
from shop.catalogue.models import Product, Variant
from shop.database import db
from shop.errors import BadInput

FIELDS = ("pack", "unit", "price_vnd", "gtin", "weight_g")

# Which field of the form a broken constraint speaks of, and what to say.
_TAKEN = {"uq_variants_seller_id_sku": "sku", "uq_variants_seller_id_gtin": "gtin"}


def add(actor: Actor, product: Product, data: Mapping[str, Any]) -> Variant:
    """One more pack of a product that is there. Raises BadInput (sku, gtin)."""
    pack = create(actor, product, data)
    changes.note(product)
    return pack


def save(actor: Actor, product: Product, pack: Variant, data: Mapping[str, Any]) -> None:
    """Change a pack on its own page. Raises BadInput (sku, gtin)."""
    if update(actor, product, pack, data):
        changes.note(product)


def create(actor: Actor, product: Product, data: Mapping[str, Any]) -> Variant:
    """A new pack, the last in order. `data` as PackSchema gives it. Raises BadInput (sku, gtin)."""
    pack = Variant(product_id=product.id, seller_id=product.seller_id, active=True)
    pack.ref, pack.price_illustrative = references.new(), False
    pack.position = 1 + max((other.position for other in product.variants), default=-1)
    pack.sku = product.ref if not product.variants else pack.ref
    fill(pack, data)
    _save(pack)
    db.session.expire(product, ["variants"])
    audit.note(actor, "pack.create", pack, subject(product, pack))
    return pack


def update(actor: Actor, product: Product, pack: Variant, data: Mapping[str, Any]) -> bool:
    """Change what `data` names; whether anything differs. Raises BadInput (sku, gtin)."""
    fill(pack, data)
    changed = bool(audit.changes(pack))
    _save(pack)
    if changed:
        audit.note(actor, "product.update", pack, subject(product, pack))
    return changed


def fill(pack: Variant, data: Mapping[str, Any]) -> None:
    """Set the fields that `data` names; the others stay as they are.

    A price typed or confirmed (`price_is_real`) by its seller is no longer illustrative.
    """
    if ("price_vnd" in data and data["price_vnd"] != pack.price_vnd) or data.get("price_is_real"):
        pack.price_illustrative = False
    for name in FIELDS:
        if name in data:
            setattr(pack, name, data[name])
    if data.get("sku"):
        pack.sku = data["sku"]
    if "least" in data:
        pack.least = data["least"] or Decimal(1)


def _save(pack: Variant) -> None:
    """Flush the pack; a number that another pack of the seller has is said on its field."""
    try:
        with db.session.begin_nested():
            db.session.add(pack)
            db.session.flush()
    except IntegrityError as error:
        field = _TAKEN.get(
            getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
        )
        if field is None:
            raise
        raise BadInput({field: [_("Quy cách khác của đơn vị đã dùng mã này.")]}) from error


def move(actor: Actor, product: Product, pack: Variant, *, to: str) -> None:
    """One place "up" or "down" among the packs; at the end nothing happens."""
    row = list(product.variants)
    here = next(place for place, other in enumerate(row) if other.id == pack.id)
    there = here - 1 if to == "up" else here + 1
    if not 0 <= there < len(row):
        return
    row[here], row[there] = row[there], row[here]
    for position, other in enumerate(row):
        other.position = position
    audit.note(actor, "pack.move", pack, subject(product, pack))
    changes.note(product)


def retire(actor: Actor, product: Product, pack: Variant) -> None:
    """Offer it no more; its orders keep it. Twice is once."""
    _set_active(actor, product, pack, "pack.retire", active=False)


def restore(actor: Actor, product: Product, pack: Variant) -> None:
    """Offer it again. Twice is once."""
    _set_active(actor, product, pack, "pack.restore", active=True)


def _set_active(
    actor: Actor, product: Product, pack: Variant, action: str, *, active: bool
) -> None:
    if pack.active != active:
        pack.active = active
        audit.note(actor, action, pack, subject(product, pack))
        changes.note(product)


def looked_at(pack: Variant) -> str:
    """The mark of the pack as its form shows it."""
    return seen.mark(values(pack))


def expect(pack: Variant, mark: str | None) -> None:
    """Raises ChangedMeanwhile unless the locked pack is what the form with `mark` showed.

    None (a form that carries none) expects nothing.
    """
    if mark is not None and mark != looked_at(pack):
        raise ChangedMeanwhile


def values(pack: Variant) -> dict[str, Any]:
    """What stands in the pack now, as PackSchema takes it: a form's start, a patch's rest."""
    return {name: getattr(pack, name) for name in (*FIELDS, "sku", "least")}


def subject(product: Product, pack: Variant) -> str:
    """How the trail names a pack: its product's name and itself."""
    return f"{product.name}, {pack.pack}"
