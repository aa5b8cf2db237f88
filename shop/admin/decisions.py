"""A reviewer's answers: what they settle, and who is told."""

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _

from shop import outbox, seen
from shop.accounts import access
from shop.accounts.access import Actor
from shop.accounts.models import Role
from shop.admin import queue
from shop.admin.errors import AnsweredMeanwhile
from shop.catalogue import packs, products
from shop.catalogue.models import Product
from shop.database import db
from shop.media import documents, photos
from shop.notifications import send
from shop.sellers import onboarding, profile, reviews
from shop.sellers.models import Review, ReviewState, Seller


def on_seller(actor: Actor, seller: Seller, *, passed: bool, reason: str) -> Review:
    """Pass or refuse a seller; what it sells appears or disappears with it.

    Raises BadInput when a refusal has no reason, or a seller passes that lacks what is required.
    """
    if passed and seller.review != ReviewState.PASSED:
        onboarding.expect_whole(seller)
    answer = reviews.decide(actor, seller, passed=passed, reason=reason)
    products.settle_all(seller)
    outbox.record("seller_decided", seller_id=seller.id)
    _tell(seller, answer, seller.name, url_for("profile.seller", ref=seller.ref, _external=True))
    return answer


def on_product(actor: Actor, product: Product, *, passed: bool, reason: str) -> Review:
    """Pass or refuse a product. Raises BadInput when a refusal has no reason."""
    answer = reviews.decide(actor, product, passed=passed, reason=reason)
    products.settle(product)
    page = url_for("catalogue.product", ref=product.ref, _external=True)
    _tell(product.seller, answer, product.name, page)
    return answer


def lock(row: Seller | Product, mark: str | None) -> None:
    """Lock the row; None for `mark` expects nothing.

    Raises AnsweredMeanwhile unless it is still what the reviewer looked at (see `looked_at`).
    """
    # A weaker lock than `access.get` takes: the audit entry of somebody who holds one of the
    # seller's products refers to the seller, and we shall want that product.
    db.session.expire_all()
    db.session.refresh(row, with_for_update={"key_share": True})
    if mark is not None and mark != looked_at(row):
        raise AnsweredMeanwhile


def looked_at(row: Seller | Product) -> str:
    """The mark of a seller or product as reviewers see it: its facts, papers and photos."""
    holder = reviews.subject(row)
    beside = [paper.ref for paper in documents.of(holder)]
    beside += [f"{photo.ref} {photo.alt}" for photo in photos.of(holder)]
    if isinstance(row, Product):
        packs_of = [(*packs.values(pack).values(), pack.active) for pack in row.variants]
        return seen.mark(row.review, row.status, products.values(row), packs_of, beside)
    accounts = queue.account_names(row)
    return seen.mark(row.review, profile.values(row), accounts, beside)


def _tell(seller: Seller, answer: Review, name: str, page: str) -> None:
    if answer.outcome == ReviewState.PASSED:
        subject = _("Đã duyệt: %(name)s", name=name)
        words = _("“%(name)s” đã được duyệt.", name=name)
    else:
        subject = _("Chưa được duyệt: %(name)s", name=name)
        words = _("“%(name)s” chưa được duyệt. Sửa theo lý do dưới đây rồi gửi lại.", name=name)
    parts = [words, answer.reason, page]
    body = "\n\n".join(part for part in parts if part)
    for address in _addresses(seller):
        send.mail(address, subject, body, once=f"review:{answer.ref}:{address}")


def _addresses(seller: Seller) -> Iterable[str]:
    """The owners who have an e-mail; else the seller's own. By phone alone, they see the page."""
    members = access.memberships(seller.id)
    owners = [m.user.email for m in members if m.role == Role.OWNER and m.user.email]
    return dict.fromkeys(owners or filter(None, [seller.email]))
