"""Reviewers' pages: the queue, and one page per seller and product with all it takes to answer."""

from typing import Any

from flask import Blueprint, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import clock, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.admin import decisions, queue
from shop.admin.schemas import DecisionSchema, IdentitySchema
from shop.catalogue import words
from shop.catalogue.models import Product
from shop.database import transaction
from shop.errors import NotFound
from shop.media import documents, photos
from shop.sellers import addresses, onboarding, papers, reviews, stalls
from shop.sellers.models import ReviewState, Seller
from shop.sellers.words import KIND_NAMES

bp = Blueprint("admin", __name__, url_prefix="/quan-tri/duyet")

CERTIFICATES = "certificates.queue"
HOSTS = "host_reviews.queue"


@bp.get("")
@access.signed_in
def queue_home(actor: Actor) -> ResponseReturnValue:
    """The short address of the queue."""
    _only_reviewers(actor)
    return redirect(url_for("admin.sellers"))


def _only_reviewers(actor: Actor) -> None:
    """Raises NotFound: who may not review does not learn that there is a queue."""
    if not actor.may(Permission.REVIEW):
        raise NotFound


@bp.get("/nguoi-ban")
@access.signed_in
def sellers(actor: Actor) -> ResponseReturnValue:
    """Sellers that wait for an answer."""
    _only_reviewers(actor)
    typed = _typed()
    page = pages.paged(queue.sellers(actor, typed))
    return pages.page("admin/sellers.html", **_list(page, typed), kind_names=KIND_NAMES)


@bp.get("/san-pham")
@access.signed_in
def products(actor: Actor) -> ResponseReturnValue:
    """Products that wait for an answer."""
    _only_reviewers(actor)
    typed = _typed()
    page = pages.paged(queue.products(actor, typed))
    return pages.page("admin/products.html", **_list(page, typed))


def _typed() -> str:
    return request.args.get("q", "").strip()[:100]


def _list(page: pages.Page, typed: str) -> dict[str, Any]:
    of_sellers, of_products = queue.counts()
    here = request.endpoint
    tabs = [
        (_("Người bán (%(count)s)", count=of_sellers), "admin.sellers"),
        (_("Sản phẩm (%(count)s)", count=of_products), "admin.products"),
    ]
    if CERTIFICATES in current_app.view_functions:
        tabs.append((_("Chứng nhận OCOP"), CERTIFICATES))
    if HOSTS in current_app.view_functions:
        tabs.append((_("Người dẫn livestream"), HOSTS))
    return {
        "page": page,
        "words": typed,
        "asked_at": queue.asked_at(page.items),
        "tabs": [(label, url_for(endpoint), endpoint == here) for label, endpoint in tabs],
    }


@bp.route("/nguoi-ban/<ref>", methods=["GET", "POST"])
@access.signed_in
def seller(actor: Actor, ref: str) -> ResponseReturnValue:
    """All that it takes to answer for a seller, and the answer."""
    row = access.get(actor, Seller, ref, Permission.REVIEW)
    form = pages.form(DecisionSchema())
    if form.data:
        with form.guard(), transaction():
            decisions.lock(row, form.data["seen"])
            decisions.on_seller(actor, row, **_answer(form))
        if not form.errors:
            return pages.saved("admin.sellers", _said(form, row.name))
    return _seller_page(row, form)


def _answer(form: pages.Form) -> dict[str, Any]:
    passed = form.data["outcome"] == ReviewState.PASSED
    return {"passed": passed, "reason": form.data["reason"]}


def _said(form: pages.Form, name: str) -> str:
    if form.data["outcome"] == ReviewState.PASSED:
        return str(_("Đã duyệt “%(name)s”.", name=name))
    return str(_("Đã từ chối “%(name)s”, lý do đã gửi cho người bán.", name=name))


def _seller_page(row: Seller, form: pages.Form) -> ResponseReturnValue:
    steps = onboarding.steps(row)
    return pages.page(
        "admin/seller.html",
        form=form,
        seen=decisions.looked_at(row),
        seller=row,
        missing=onboarding.missing(steps),
        kind_name=KIND_NAMES.get(row.kind or "", ""),
        address_today=addresses.today(row),
        map_url=stalls.map_url(row),
        papers=documents.of(f"seller:{row.ref}"),
        paper_names=papers.KINDS,
        identity=papers.identity(row),
        photos=photos.shown(f"seller:{row.ref}"),
        goods=queue.of_seller(row),
        account_names=queue.account_names(row),
        history=reviews.history(row),
        today=clock.today(),
    )


@bp.post("/nguoi-ban/<ref>/doi-chieu")
@access.signed_in
def identity(actor: Actor, ref: str) -> ResponseReturnValue:
    """The representative's identity papers were compared with the profile; no picture is kept."""
    form = pages.form(IdentitySchema())
    with transaction():
        row = access.get(actor, Seller, ref, Permission.REVIEW, lock=True)
        if form.data:
            papers.check_identity(actor, row, form.data["note"])
    if form.errors:
        return pages.refused("admin.seller", form, ref=ref)
    return pages.saved("admin.seller", _("Đã ghi việc đối chiếu giấy tờ."), ref=ref)


@bp.route("/san-pham/<ref>", methods=["GET", "POST"])
@access.signed_in
def product(actor: Actor, ref: str) -> ResponseReturnValue:
    """All that it takes to answer for a product, and the answer."""
    row = access.get(actor, Product, ref, Permission.REVIEW)
    form = pages.form(DecisionSchema())
    if form.data:
        with form.guard(), transaction():
            decisions.lock(row, form.data["seen"])
            decisions.on_product(actor, row, **_answer(form))
        if not form.errors:
            return pages.saved("admin.products", _said(form, row.name))
    return pages.page(
        "admin/product.html",
        form=form,
        seen=decisions.looked_at(row),
        product=row,
        group=words.show_set(row.criteria_set),
        kind_name=KIND_NAMES.get(row.seller.kind or "", ""),
        photos=photos.shown(f"product:{ref}"),
        papers=documents.of(f"product:{ref}"),
        paper_names=papers.KINDS,
        history=reviews.history(row),
        today=clock.today(),
    )
