"""The starter catalogue: real sellers and products, loaded whole or not at all.

Facts a source does not give are null and stay null. Prices are nobody's: every one is marked
illustrative. What sources report of certificates is kept in `reported`, never shown as a star.
"""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from marshmallow import ValidationError, fields, validate
from sqlalchemy import select

from shop import text
from shop.catalogue import search
from shop.catalogue.errors import BadStarterFile
from shop.catalogue.models import Product, Status, Variant
from shop.database import db
from shop.fields import Schema
from shop.sellers.models import ReviewState, Seller, SellerKind

_WEIGHT = re.compile(r"\D*(\d+(?:,\d+)?) ?(kg|g)")
FILE = Path(__file__).parent / "data" / "starter_catalogue.json"


def _storable(value: str) -> None:
    # NUL and lone surrogates cannot be kept by the database, other control signs not be read.
    if not value.isprintable():
        raise ValidationError("has a sign that cannot be printed")


def _not_blank(value: str) -> None:
    if not value.strip():
        raise ValidationError("is blank")


class _Maybe(fields.String):
    def __init__(self, longest: int = 400) -> None:
        super().__init__(
            allow_none=True,
            load_default=None,
            validate=[validate.Length(max=longest), _storable],
        )


def _filled(longest: int) -> fields.String:
    return fields.String(
        required=True, validate=[validate.Length(1, longest), _storable, _not_blank]
    )


def _words() -> fields.List[Any]:
    return fields.List(fields.String(validate=_storable), load_default=list)


class _Place(Schema):
    old_province, old_district, old_commune, hamlet = _Maybe(), _Maybe(), _Maybe(), _Maybe()
    province, province_code, commune, commune_code = _Maybe(), _Maybe(), _Maybe(), _Maybe()


class _Seller(Schema):
    id, name = _filled(80), _filled(200)
    type = fields.String(
        allow_none=True, load_default=None, validate=validate.OneOf([str(k) for k in SellerKind])
    )
    representative, phone, tax_code = _Maybe(), _Maybe(), _Maybe()
    place = fields.Nested(_Place, allow_none=True, load_default=None)
    sources = _words()
    placeholder = fields.Boolean(load_default=False)


class _Pack(Schema):
    unit, pack = _filled(20), _filled(80)
    price_vnd = fields.Integer(
        required=True, strict=True, validate=validate.Range(1_000, 500_000_000)
    )


class _Certificate(Schema):
    issuing_level, decision_no, state_today = _Maybe(), _Maybe(), _Maybe()
    council_date, issued_on, expires_on = _Maybe(), _Maybe(), _Maybe()
    stars = fields.Integer(allow_none=True, load_default=None, validate=validate.Range(1, 5))
    recognition_year = fields.Integer(allow_none=True, load_default=None)
    score = fields.Float(allow_none=True, load_default=None, validate=validate.Range(0, 100))


class _Product(Schema):
    id, name, seller_id = _filled(80), _filled(200), _filled(80)
    set_code, stage = _Maybe(), _Maybe()
    certificate = fields.Nested(_Certificate, allow_none=True, load_default=None)
    price_vnd = fields.Integer(
        allow_none=True,
        load_default=None,
        strict=True,
        validate=validate.Range(1_000, 500_000_000),
    )
    illustrative_variant = fields.Nested(_Pack, allow_none=True, load_default=None)
    aliases = _words()
    sources = _words()


def load(path: Path = FILE) -> tuple[int, int]:
    """Add the sellers and products of the file that are not there yet; (sellers, products).

    A row that is there already stays as its seller left it. Runs inside the caller's
    transaction. Raises BadStarterFile naming every broken row; then nothing is added.
    """
    sellers, products = read(path)
    ids = {row.starter_id: row for row in db.session.scalars(select(Seller))}
    new_sellers = [row for row in sellers if row["id"] not in ids]
    ids |= {row["id"]: _seller(row) for row in new_sellers}
    db.session.flush()
    there = set(db.session.scalars(select(Product.starter_id)))
    new_products = [row for row in products if row["id"] not in there]
    for row in new_products:
        _product(row, ids[row["seller_id"]])
    return len(new_sellers), len(new_products)


def read(path: Path) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The checked rows of a starter file. Raises BadStarterFile naming every broken row."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        raw = {part: list(document[part]) for part in ("sellers", "products")}
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadStarterFile([f"{path.name}: {error}"]) from error
    faults: list[str] = []
    sellers = _rows("sellers", raw["sellers"], _Seller(), faults)
    products = _rows("products", raw["products"], _Product(), faults)
    given = {str(row.get("id")) for row in raw["sellers"] if isinstance(row, dict)}
    faults += _orphans(products, given)
    if faults:
        raise BadStarterFile(faults)
    return sellers, products


def _rows(part: str, raw: list[Any], schema: Schema, faults: list[str]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    seen: set[str] = set()
    for number, row in enumerate(raw, 1):
        label = f"{part}[{number}]"
        if not isinstance(row, dict):
            faults.append(f"{label}: not an object")
            continue
        label += f" {row.get('id')!r} {row.get('name')!r}"
        errors = schema.validate(row)
        # Upper and lower case are one: the id also becomes the SKU, in capitals.
        known_as = str(row.get("id")).upper()
        if known_as in seen:
            errors["id"] = ["used twice"]
        seen.add(known_as)
        faults += [f"{label}: {field}: {_flat(why)}" for field, why in errors.items()]
        if not errors:
            rows.append(schema.load(row))
    return rows


def _flat(why: Any) -> str:
    if isinstance(why, dict):
        return "; ".join(f"{name}: {_flat(reason)}" for name, reason in why.items())
    return " ".join(str(reason) for reason in why)


def _orphans(products: list[dict[str, Any]], seller_ids: set[str]) -> list[str]:
    return [
        f"products {row['id']!r}: seller_id: no seller {row['seller_id']!r} in the file"
        for row in products
        if row["seller_id"] not in seller_ids
    ]


def _seller(row: dict[str, Any]) -> Seller:
    place = row["place"] or {}
    parts = [place.get(k) for k in ("hamlet", "old_commune", "old_district", "old_province")]
    name = text.nfc(row["name"])
    seller = Seller(
        starter_id=row["id"],
        name=name,
        sort_key=text.sort_key(name),
        kind=row["type"],
        representative=row["representative"],
        phone=row["phone"],
        tax_code=row["tax_code"],
        address=", ".join(part for part in parts if part) or None,
        commune=place.get("commune"),
        commune_code=place.get("commune_code"),
        province=place.get("province"),
        province_code=place.get("province_code"),
        placeholder=row["placeholder"],
        review=ReviewState.DRAFT if row["placeholder"] else ReviewState.PASSED,
        sources=row["sources"],
    )
    db.session.add(seller)
    return seller


def _product(row: dict[str, Any], seller: Seller) -> None:
    pack = row["illustrative_variant"]
    shown = bool(pack) and not seller.placeholder
    name = text.nfc(row["name"])
    product = Product(
        starter_id=row["id"],
        seller_id=seller.id,
        name=name,
        slug=text.slug(name),
        sort_key=text.sort_key(name),
        words=search.words(name, *row["aliases"], seller=seller.name, place=search.place(seller)),
        criteria_set=row["set_code"],
        status=Status.PUBLISHED if shown else Status.DRAFT,
        # The catalogue was read row by row before it became a file of the project.
        review=ReviewState.PASSED,
        on_sale=shown,
        aliases=row["aliases"],
        reported={k: row[k] for k in ("stage", "certificate", "sources") if row[k]},
    )
    db.session.add(product)
    db.session.flush()
    if pack:
        db.session.add(_variant(row, product, pack))


def _variant(row: dict[str, Any], product: Product, pack: dict[str, Any]) -> Variant:
    known = row["price_vnd"]
    return Variant(
        product_id=product.id,
        seller_id=product.seller_id,
        sku=row["id"].upper()[:60],
        pack=pack["pack"],
        unit=pack["unit"],
        price_vnd=known or pack["price_vnd"],
        price_illustrative=known is None,
        weight_g=_net_weight(pack["pack"]),
    )


def _net_weight(pack: str) -> int | None:
    """Grams of a pack that says no more than its weight: "gói 500 g", "1,5 kg"."""
    said = _WEIGHT.fullmatch(pack)
    if said is None:
        return None
    return int(Decimal(said[1].replace(",", ".")) * (1000 if said[2] == "kg" else 1))
