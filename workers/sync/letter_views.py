"""Back office: what marketplaces refused, by cause, and what to do about it."""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import contains_eager, joinedload, lazyload

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product, Variant
from shop.database import db, transaction
from shop.errors import NotFound
from shop.fields import Schema, Text
from workers.channels.models import Connection, Listing, ListingState
from workers.channels.words import shop_name
from workers.sync import letters as verbs
from workers.sync import outcomes
from workers.sync.models import Letter, LetterState
from workers.sync.words import named

bp = Blueprint("letters", __name__, url_prefix="/ban-hang/san/tu-choi")

READ, WRITE = Permission.CHANNELS_READ, Permission.CHANNELS_WRITE
# So many are sent again by one press; the rest by the next.
MOST_AT_ONCE = 500


class CauseSchema(Schema):
    """The code that a marketplace refused with; some have none."""

    code = Text(longest=200, load_default="")


@bp.get("")
@access.signed_in
def causes(actor: Actor) -> ResponseReturnValue:
    """Open refusals by shop and cause, each with what can be done."""
    access.expect(actor, READ)
    mine = access.rows(actor, Letter, READ)
    if ref := request.args.get("san"):
        shop = access.get(actor, Connection, ref, READ)
        of_shop = select(Listing.id).where(Listing.connection_id == shop.id)
        mine = mine.where(Letter.listing_id.in_(of_shop))
    rows = verbs.causes(mine)
    shops = access.rows(actor, Connection, READ).where(
        Connection.id.in_({row.connection_id for row in rows})
    )
    return pages.page(
        "letters/causes.html",
        rows=rows,
        shops={row.id: row for row in db.session.scalars(shops)},
        shop_name=shop_name,
        unsent=_unsent(actor),
        may_write=actor.may(WRITE),
    )


def _unsent(actor: Actor) -> int:
    """Listings that were never sent because something of theirs is missing: nobody refused them."""
    told = select(Letter.id).where(
        Letter.listing_id == Listing.id, Letter.state == LetterState.OPEN
    )
    query = access.rows(actor, Listing, READ).where(
        Listing.state == ListingState.FAILED, ~told.exists()
    )
    counted = query.with_only_columns(func.count(Listing.id))
    return db.session.scalar(counted) or 0


@bp.get("/<ref>")
@access.signed_in
def cause(actor: Actor, ref: str) -> ResponseReturnValue:
    """Every listing of a shop that was refused for one cause."""
    shop = access.get(actor, Connection, ref, READ)
    code = request.args.get("ma", "")[:200]
    page = pages.paged(_of_cause(actor, shop, code, READ).options(*_WITH_GOODS))
    return pages.page(
        "letters/cause.html",
        shop=shop,
        title=shop_name(shop),
        code=code,
        page=page,
        named=named,
        may_write=actor.may(WRITE, shop.seller_id),
    )


_WITH_GOODS = (
    contains_eager(Letter.listing)
    .joinedload(Listing.variant)
    .joinedload(Variant.product)
    .options(lazyload(Product.variants)),
)


def _of_cause(actor: Actor, shop: Connection, code: str, permission: Permission) -> Select[Any]:
    return verbs.of_cause(access.rows(actor, Letter, permission), shop.id, code)


@bp.post("/<ref>")
@access.signed_in
def retry_all(actor: Actor, ref: str) -> ResponseReturnValue:
    """Send again whatever a shop refused for one cause."""
    form = pages.form(CauseSchema())
    code = str(form.data.get("code", ""))
    with transaction():
        shop = access.get(actor, Connection, ref, WRITE, lock=True)
        query = _of_cause(actor, shop, code, WRITE).limit(MOST_AT_ONCE)
        goods = joinedload(Letter.listing).joinedload(Listing.variant)
        found = db.session.scalars(
            query.options(goods)
            .with_for_update(of=Letter)
            .execution_options(populate_existing=True)
        ).all()
        done = verbs.retry_all(actor, found)
        outcomes.ask(shop.id)
    return pages.saved(".causes", _("Đang gửi lại %(done)s mục.", done=done))


@bp.post("/thu/<ref>/gui-lai")
@access.signed_in
def retry(actor: Actor, ref: str) -> ResponseReturnValue:
    """Send one again as it is now."""
    with transaction():
        letter = _open(actor, ref)
        shop = letter.listing.connection
        verbs.retry(actor, letter)
        outcomes.ask(shop.id)
        back, code = shop.ref, letter.code
    return pages.saved(".cause", _("Đang gửi lại."), ref=back, ma=code)


@bp.post("/thu/<ref>/bo-qua")
@access.signed_in
def ignore(actor: Actor, ref: str) -> ResponseReturnValue:
    """Leave one as the marketplace has it."""
    with transaction():
        letter = _open(actor, ref)
        verbs.ignore(actor, letter)
        back, code = letter.listing.connection.ref, letter.code
    return pages.saved(".cause", _("Đã bỏ qua."), ref=back, ma=code)


def _open(actor: Actor, ref: str) -> Letter:
    """Raises NotFound for one that somebody has answered already."""
    letter = access.get(actor, Letter, ref, WRITE, lock=True)
    if letter.state != LetterState.OPEN:
        raise NotFound(_("Mục này đã được xử lý."), ref=ref)
    return letter
