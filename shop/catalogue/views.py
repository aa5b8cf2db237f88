"""Back office: products."""

from typing import Any

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy import Select
from sqlalchemy.orm import joinedload

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.catalogue import certificates, pack_views, words
from shop.catalogue import products as verbs
from shop.catalogue.models import Product, Status
from shop.catalogue.schemas import AboutSchema, NewProductSchema, ProductSchema
from shop.database import db, transaction
from shop.errors import NotFound
from shop.media import arrivals, photos
from shop.sellers import reviews
from shop.sellers.models import Seller

bp = Blueprint("catalogue", __name__, url_prefix="/ban-hang/san-pham")


@bp.get("")
@access.signed_in
def products(actor: Actor) -> ResponseReturnValue:
    """The products of the actor's sellers, searchable, by where they stand."""
    access.expect(actor, Permission.CATALOGUE_READ)
    states = _states()
    asked = request.args.get("trang-thai", "")
    here = asked if asked in states else ""
    query = verbs.matching(_mine(actor), request.args.get("q", "")).where(states[here][1])
    page = pages.paged(query)
    return pages.page(
        "catalogue/products.html",
        page=page,
        state=here,
        states=[(words, _address(name), name == here) for name, (words, _where) in states.items()],
        stars=certificates.stars(row.id for row in page.items),
        may_add=_may_add(actor),
    )


def _address(state: str) -> str:
    named: dict[str, Any] = {"trang-thai": state} if state else {}
    return url_for(".products", **named)


def _states() -> dict[str, tuple[str, Any]]:
    """Word in the address → what the tab says, and which products it holds."""
    return {
        "": (_("Tất cả"), Product.status != Status.ARCHIVED),
        "dang-ban": (_("Đang bán"), Product.on_sale),
        "cho-duyet": (_("Chờ duyệt"), (Product.status == Status.PUBLISHED) & ~Product.on_sale),
        "nhap": (_("Nháp"), Product.status == Status.DRAFT),
        "tam-dung": (_("Tạm dừng"), Product.status == Status.PAUSED),
        "da-cat": (_("Đã cất"), Product.status == Status.ARCHIVED),
    }


def _mine(actor: Actor) -> Select[Product]:
    query = access.rows(actor, Product, Permission.CATALOGUE_READ)
    return query.options(joinedload(Product.seller)).order_by(Product.sort_key, Product.id)


def _may_add(actor: Actor) -> bool:
    return actor.may(Permission.CATALOGUE_WRITE)


@bp.route("/them", methods=["GET", "POST"])
@access.signed_in
def product_new(actor: Actor) -> ResponseReturnValue:
    """A form for a new product."""
    if not _may_add(actor):
        raise NotFound
    form = _with_months(pages.form(NewProductSchema()))
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            seller = access.get(actor, Seller, form.data["seller"], Permission.CATALOGUE_WRITE)
            product = verbs.create(actor, seller, form.data)
            pages.claim(form, "catalogue.product", ref=product.ref)
            ref = product.ref
        if not form.errors:
            return pages.saved("catalogue.product", _("Đã tạo sản phẩm nháp."), ref=ref)
    sellers = db.session.scalars(
        access.rows(actor, Seller, Permission.CATALOGUE_WRITE).order_by(Seller.sort_key)
    )
    options = [(seller.ref, seller.name) for seller in sellers]
    return pages.page("catalogue/product_new.html", form=form, sellers=options, **_choices())


@bp.route("/<ref>", methods=["GET", "POST"])
@access.signed_in
def product(actor: Actor, ref: str) -> ResponseReturnValue:
    """One product: what it is, its price, and what other rooms know of it."""
    needed = Permission.CATALOGUE_WRITE if request.method == "POST" else Permission.CATALOGUE_READ
    row = access.get(actor, Product, ref, needed)
    # With several packs their prices have a page of their own.
    schema = ProductSchema() if len(row.variants) < 2 else AboutSchema()
    form = _with_months(pages.form(schema, words.start(verbs.values(row))))
    if form.data:
        with form.guard(), transaction():
            locked = access.get(actor, Product, ref, needed, lock=True)
            verbs.expect(locked, request.form.get("version", type=int))
            verbs.update(actor, locked, form.data)
        if not form.errors:
            return pages.saved("catalogue.product", ref=ref)
    may_write = actor.may(Permission.CATALOGUE_WRITE, row.seller_id)
    return pages.page(
        "catalogue/product.html",
        form=form,
        product=row,
        **_choices(row),
        may_write=may_write,
        last_review=reviews.last(row),
        photos=photos.of(f"product:{ref}"),
        shop_url=url_for("storefront.product", ref=ref, slug=row.slug),
        actor=actor,
    )


def _with_months(form: pages.Form) -> pages.Form:
    if request.method == "POST":
        form.values["months"] = request.form.getlist("months")
    return form


def _choices(product: Product | None = None) -> dict[str, Any]:
    used = product.variants[0].unit if product and product.variants else None
    sets = [("", _("Chưa chọn")), *_sets(product.criteria_set if product else None)]
    return {"units": pack_views.units(used), "criteria_sets": sets, "month_numbers": words.MONTHS}


def _sets(used: str | None) -> list[tuple[str, str]]:
    sets = words.criteria_sets()
    if used and used not in sets:  # of a decision that has ended
        sets = {used: words.show_set(used)} | sets
    return list(sets.items())


@bp.post("/<ref>/dang")
@access.signed_in
def product_publish(actor: Actor, ref: str) -> ResponseReturnValue:
    """Show and sell it."""
    with transaction():
        row = access.get(actor, Product, ref, Permission.CATALOGUE_WRITE, lock=True)
        verbs.publish(actor, row)
        said = _("Đã đăng bán.") if row.on_sale else _("Đã gửi duyệt. Duyệt xong là tự lên bán.")
    return pages.saved("catalogue.product", said, ref=ref)


@bp.post("/<ref>/tam-dung")
@access.signed_in
def product_pause(actor: Actor, ref: str) -> ResponseReturnValue:
    """Take it off sale for now."""
    with transaction():
        row = access.get(actor, Product, ref, Permission.CATALOGUE_WRITE, lock=True)
        verbs.pause(actor, row)
    return pages.saved("catalogue.product", _("Đã tạm dừng bán."), ref=ref)


@bp.post("/<ref>/cat")
@access.signed_in
def product_archive(actor: Actor, ref: str) -> ResponseReturnValue:
    """Put it away."""
    with transaction():
        row = access.get(actor, Product, ref, Permission.CATALOGUE_WRITE, lock=True)
        verbs.archive(actor, row)
    return pages.saved("catalogue.product", _("Đã cất sản phẩm. Có thể lấy ra bán lại."), ref=ref)


@bp.post("/<ref>/anh")
@access.signed_in
@pages.takes_files(arrivals.PHOTOS_BYTES)
def product_photos(actor: Actor, ref: str) -> ResponseReturnValue:
    """Photos of it, several at once."""
    row = access.get(actor, Product, ref, Permission.CATALOGUE_WRITE)
    arrivals.photos(actor, row.seller_id, f"product:{ref}")
    return redirect(url_for("catalogue.product", ref=ref, _anchor="anh"), 303)
