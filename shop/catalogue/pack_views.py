"""Back office: the packs of a product."""

from flask import Blueprint, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue import packs as verbs
from shop.catalogue import words
from shop.catalogue.models import Product, Variant
from shop.catalogue.schemas import PackSchema
from shop.database import transaction
from shop.fields import Choice, Schema

bp = Blueprint("packs", __name__, url_prefix="/ban-hang")

READ, WRITE = Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE


class MoveSchema(Schema):
    """One place towards the front or the back."""

    to = Choice(("up", "down"), required=True)


@bp.get("/san-pham/<ref>/quy-cach")
@access.signed_in
def packs(actor: Actor, ref: str) -> ResponseReturnValue:
    """All packs of a product, in order."""
    product = access.get(actor, Product, ref, READ)
    may_write = actor.may(WRITE, product.seller_id)
    return pages.page("packs/packs.html", product=product, may_write=may_write)


@bp.route("/san-pham/<ref>/quy-cach/them", methods=["GET", "POST"])
@access.signed_in
def pack_new(actor: Actor, ref: str) -> ResponseReturnValue:
    """One more pack."""
    product = access.get(actor, Product, ref, WRITE)
    form = pages.form(PackSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            verbs.add(actor, access.get(actor, Product, ref, WRITE, lock=True), form.data)
            pages.claim(form, "packs.packs", ref=ref)
        if not form.errors:
            return pages.saved("packs.packs", _("Đã thêm quy cách."), ref=ref)
    return pages.page("packs/pack_new.html", form=form, product=product, units=units())


@bp.route("/quy-cach/<ref>", methods=["GET", "POST"])
@access.signed_in
def pack(actor: Actor, ref: str) -> ResponseReturnValue:
    """One pack."""
    row = access.get(actor, Variant, ref, WRITE)
    product = row.product
    form = pages.form(PackSchema(), words.start(verbs.values(row)))
    if form.data:
        with form.guard(), transaction():
            product, row = _locked(actor, row)
            verbs.expect(row, request.form.get("seen"))
            verbs.save(actor, product, row, form.data)
        if not form.errors:
            return pages.saved("packs.packs", ref=product.ref)
    return pages.page(
        "packs/pack.html",
        form=form,
        pack=row,
        product=product,
        units=units(row.unit),
        seen=verbs.looked_at(row),
    )


def units(used: str | None = None) -> list[tuple[str, str]]:
    """The units to choose from, and the one in use though it be none of them; first none."""
    more = [used] if used and used not in words.UNITS else []
    none = [] if used else [("", _("Chọn đơn vị"))]
    return none + [(unit, unit) for unit in (*words.UNITS, *more)]


def _locked(actor: Actor, row: Variant) -> tuple[Product, Variant]:
    product = access.get(actor, Product, row.product.ref, WRITE, lock=True)
    return product, access.get(actor, Variant, row.ref, WRITE, lock=True)


@bp.post("/quy-cach/<ref>/chuyen")
@access.signed_in
def pack_move(actor: Actor, ref: str) -> ResponseReturnValue:
    """One place up or down."""
    row = access.get(actor, Variant, ref, WRITE)
    form = pages.form(MoveSchema())
    if form.errors:
        return pages.refused("packs.packs", form, ref=row.product.ref)
    with transaction():
        verbs.move(actor, *_locked(actor, row), to=form.data["to"])
    return _back(row, _("Đã đổi thứ tự."))


@bp.post("/quy-cach/<ref>/ngung")
@access.signed_in
def pack_retire(actor: Actor, ref: str) -> ResponseReturnValue:
    """Offer it no more."""
    row = access.get(actor, Variant, ref, WRITE)
    with transaction():
        verbs.retire(actor, *_locked(actor, row))
    return _back(row, _("Đã ngừng bán quy cách."))


@bp.post("/quy-cach/<ref>/ban-lai")
@access.signed_in
def pack_restore(actor: Actor, ref: str) -> ResponseReturnValue:
    """Offer it again."""
    row = access.get(actor, Variant, ref, WRITE)
    with transaction():
        verbs.restore(actor, *_locked(actor, row))
    return _back(row, _("Đã bán lại quy cách."))


def _back(row: Variant, message: str) -> ResponseReturnValue:
    return pages.saved("packs.packs", message, ref=row.product.ref)
