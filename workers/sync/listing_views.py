"""Back office: one pack on one shop: its category, what is missing, what was said about it."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import select

from shop import outbox, pages, text
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.errors import BadInput
from shop.fields import Schema, Text
from workers.channels import categories, facts, listings, preflight
from workers.channels.models import Call, Connection, Listing
from workers.channels.words import FIELDS, REMOTE, shop_name
from workers.marketplaces.known import MARKETPLACES
from workers.marketplaces.protocol import Category, CategoryRules
from workers.sync import lanes, outcomes
from workers.sync.models import Lane, LaneKind, Letter, LetterState
from workers.sync.words import KINDS, cause_name, named

bp = Blueprint("listings", __name__, url_prefix="/ban-hang/san/san-pham")

READ, WRITE = Permission.CHANNELS_READ, Permission.CHANNELS_WRITE
MOST_LEAVES = 30


class CategorySchema(Schema):
    """The leaf of the marketplace's tree that the goods belong to."""

    category = Text(longest=100, required=True)


@bp.get("/<ref>")
@access.signed_in
def listing(actor: Actor, ref: str) -> ResponseReturnValue:
    """How ready the pack is for the shop, what is missing, what is on its way, what was said."""
    return _listing(actor, ref, pages.Form())


def _listing(actor: Actor, ref: str, form: pages.Form) -> ResponseReturnValue:
    row = access.get(actor, Listing, ref, READ)
    rules = facts.known_rules(row.connection.platform, row.category_id)
    leaves = facts.known_categories(row.connection.platform)
    calls = select(Call).where(Call.listing_id == row.id).order_by(Call.at.desc(), Call.id.desc())
    letters = select(Letter).where(Letter.listing_id == row.id, Letter.state == LetterState.OPEN)
    return pages.page(
        "listings/listing.html",
        row=row,
        product=row.variant.product,
        title=shop_name(row.connection),
        form=_told(form, row, rules),
        rules=rules,
        lanes=db.session.scalars(select(Lane).where(Lane.listing_id == row.id)).all(),
        letters=db.session.scalars(letters.order_by(Letter.at)).all(),
        page=pages.paged(calls),
        kinds=KINDS,
        named=named,
        cause_name=cause_name,
        remote=REMOTE,
        may_write=actor.may(WRITE, row.seller_id),
        **_readiness(row, rules),
        **_category(row, leaves),
    )


def _readiness(row: Listing, rules: CategoryRules | None) -> dict[str, Any]:
    """A portal without an API has no rules that we could ask for."""
    if row.connection.platform not in MARKETPLACES:
        return {"ready": None, "checked": []}
    wanted = listings.prepare(row, rules.limits if rules else None)
    troubles = preflight.troubles(wanted, row, rules)
    if rules is None:
        # Only the price needs no rules to be looked at: the others are not in order, but unknown.
        unknown = dict.fromkeys(preflight.FIELDS, _("chọn ngành hàng rồi mới kiểm được"))
        del unknown["price"]
        troubles = unknown | troubles
    checked = [(FIELDS[name], troubles.get(name) or _("đủ")) for name in preflight.FIELDS]
    return {"ready": preflight.readiness(troubles), "checked": checked}


def _category(row: Listing, leaves: list[Category]) -> dict[str, Any]:
    product, typed = row.variant.product, request.args.get("nganh", "")[:100]
    paths = {leaf.id: leaf.path for leaf in leaves}
    guess = categories.guess(leaves, product.name, product.criteria_set)
    words = text.fold(typed).split()
    found = [leaf for leaf in leaves if all(word in text.fold(leaf.path) for word in words)]
    shown = {leaf.id: leaf.path for leaf in found[:MOST_LEAVES]} if typed else {}
    for id in (row.category_id, guess):
        if id and id in paths:
            shown = {id: paths[id]} | shown
    return {
        "typed": typed,
        "leaves": list(shown.items()),
        "more_leaves": len(found) > MOST_LEAVES and bool(typed),
        "guess_path": paths.get(guess or "", ""),
        "category_path": paths.get(row.category_id, row.category_id),
        "knows_leaves": bool(leaves),
    }


def _told(form: pages.Form, row: Listing, rules: CategoryRules | None) -> pages.Form:
    if not form.values:
        form.values = {_name(id): value for id, value in row.attributes.items()}
        form.values |= {"brand": row.brand_id, "category": row.category_id}
    return form


def _name(attribute_id: str) -> str:
    return f"attribute-{attribute_id}"


@bp.post("/<ref>/nganh-hang")
@access.signed_in
def choose_category(actor: Actor, ref: str) -> ResponseReturnValue:
    """Put the pack into a category of the marketplace; what that asks for is fetched."""
    access.get(actor, Listing, ref, WRITE)
    form = pages.form(CategorySchema())
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, Listing, ref, WRITE, lock=True)
            _put_category(actor, row, form.data["category"])
        if not form.errors:
            return pages.saved(".listing", _("Đã chọn ngành hàng."), ref=ref)
    return pages.refused(".listing", form, ref=ref)


def _put_category(actor: Actor, row: Listing, category_id: str) -> None:
    platform = row.connection.platform
    if category_id not in {leaf.id for leaf in facts.known_categories(platform)}:
        raise BadInput({"category": [_("Sàn không có ngành hàng này.")]})
    if row.category_id != category_id:
        # What another category asked for means nothing here.
        row.category_id, row.attributes, row.brand_id = category_id, {}, ""
        audit.note(actor, "channels.category", row, row.variant.sku)
    outbox.add(
        "workers.sync.jobs.ask_rules",
        {"connection_id": row.connection_id, "category_id": category_id},
    )
    _tell(actor, row)


@bp.post("/<ref>/thong-tin")
@access.signed_in
def describe(actor: Actor, ref: str) -> ResponseReturnValue:
    """What the category asks for: attributes and brand."""
    access.get(actor, Listing, ref, WRITE)
    form = pages.Form(values=request.form.to_dict())
    with form.guard(), transaction():
        row = access.get(actor, Listing, ref, WRITE, lock=True)
        rules = facts.known_rules(row.connection.platform, row.category_id)
        if rules is None:
            raise BadInput({"": [_("Chọn ngành hàng trước.")]})
        row.attributes, row.brand_id = _described(form, rules)
        audit.note(actor, "channels.attributes", row, row.variant.sku)
        _tell(actor, row)
    if form.errors:
        return _listing(actor, ref, form)
    return pages.saved(".listing", _("Đã lưu, đang gửi lên sàn."), ref=ref)


def _described(form: pages.Form, rules: CategoryRules) -> tuple[dict[str, str], str]:
    """The attributes that were told, and the brand. Raises BadInput, field by field."""
    told: dict[str, str] = {}
    errors: dict[str, list[str]] = {}
    for each in rules.attributes:
        if each.paper:
            continue
        value = Text(longest=500).deserialize(form.values.get(_name(each.id), ""))
        if value and each.options and value not in each.options:
            errors[_name(each.id)] = [_("Chọn một mục trong danh sách.")]
        elif value:
            told[each.id] = value
    brand = form.values.get("brand", "")
    if brand and brand not in rules.brands:
        errors["brand"] = [_("Chọn một mục trong danh sách.")]
    if errors:
        raise BadInput(errors)
    return told, brand


def _tell(actor: Actor, row: Listing) -> None:
    # Of something that is not listed yet any lane asks for the whole.
    lanes.mark([row.id], [LaneKind.CONTENT], cause=actor.name)
    outcomes.ask(row.connection_id)


@bp.post("/<ref>/day")
@access.signed_in
def push(actor: Actor, ref: str) -> ResponseReturnValue:
    """Tell the marketplace everything of it again."""
    with transaction():
        row = access.get(actor, Listing, ref, WRITE, lock=True)
        shop = db.session.get_one(Connection, row.connection_id)
        for kind in LaneKind:
            lanes.tell_again([row.id], kind, cause=actor.name)
        audit.note(actor, "channels.again", row, row.variant.sku)
        outcomes.ask(shop.id)
    return pages.saved(".listing", _("Đang đẩy lên sàn."), ref=ref)
