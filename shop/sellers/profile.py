"""Creating a seller and changing what it says of itself."""

from typing import Any, cast

from sqlalchemy import ColumnElement, Select, func

from shop import outbox, phones, seen, text
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.errors import NotFound
from shop.places import Commune
from shop.sellers import addresses, points, reviews
from shop.sellers.errors import ProfileChanged
from shop.sellers.models import Seller

# What ProfileSchema names as the table does.
PLAIN = (
    *("name", "kind", "legal_name", "tax_code", "registration_no", "registered_on"),
    *("registered_by", "representative", "phone", "email", "story"),
)


def present(actor: Actor, ref: str, permission: Permission, *, lock: bool = False) -> Seller:
    """A seller as by access.get; raises NotFound too for one who left, whose pages do nothing."""
    row = access.get(actor, Seller, ref, permission, lock=lock)
    if row.left_at is not None:
        raise NotFound(ref=ref)
    return row


def create(actor: Actor, data: dict[str, Any]) -> Seller:
    """A new seller, not yet reviewed. `data` as NewSellerSchema gives it."""
    seller = Seller(name=data["name"], sort_key=text.sort_key(data["name"]), kind=data["kind"])
    seller.sources = []
    db.session.add(seller)
    db.session.flush()
    audit.note(actor, "seller.create", cast(Any, seller), seller.name)
    return seller


def update(actor: Actor, seller: Seller, data: dict[str, Any], commune: Commune | None) -> None:
    """Change the profile to `data` (ProfileSchema) and the commune that its address means.

    Records `seller_renamed` when name or place change, for by them products are found.
    """
    before = (seller.name, seller.commune_code, seller.province_code, seller.address)
    for name in PLAIN:
        setattr(seller, name, data[name])
    seller.sort_key = text.sort_key(seller.name)
    seller.colour = data["colour_code"] or data["colour"]
    point = data["point"]
    seller.latitude, seller.longitude = (point.latitude, point.longitude) if point else (None, None)
    addresses.settle(seller, data, commune)
    if audit.changes(seller):
        reviews.edited(cast(Any, seller))
        audit.note(actor, "seller.update", cast(Any, seller), seller.name)
    if (seller.name, seller.commune_code, seller.province_code, seller.address) != before:
        outbox.record("seller_renamed", seller_id=seller.id)


def values(seller: Seller) -> dict[str, Any]:
    """What stands in the profile, as a form's start; `commune_code` only answers a question."""
    found: dict[str, Any] = {name: getattr(seller, name) or "" for name in PLAIN}
    found |= {name: getattr(seller, name) or "" for name in ("address", "street", "colour")}
    if seller.phone:
        found["phone"] = phones.show(seller.phone)
    if seller.latitude is not None and seller.longitude is not None:
        found["point"] = points.show(seller.latitude, seller.longitude)
    return found


def looked_at(seller: Seller) -> str:
    """The mark of the profile as its form shows it."""
    return seen.mark(values(seller))


def expect(seller: Seller, mark: str | None) -> None:
    """Raises ProfileChanged unless the locked row is what the form with `mark` showed.

    None (a form that carries none) expects nothing.
    """
    if mark is not None and mark != looked_at(seller):
        raise ProfileChanged


def named(query: Select[Seller], words: str) -> Select[Seller]:
    """Narrow `query` to sellers that have every word in a name or number, accents aside."""
    for word in text.fold(words).split():
        query = query.where(_folded().contains(word, autoescape=True))
    return query


def _folded() -> ColumnElement[str]:
    names = func.concat_ws(
        " ", Seller.name, Seller.legal_name, Seller.tax_code, Seller.commune, Seller.province
    )
    return func.fold(names)  # made by the first migration, as `text.fold`
