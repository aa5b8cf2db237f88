"""A reviewer's answers: what they settle, and who is told."""

from collections.abc import Iterable

from flask import url_for
from flask_babel import gettext as _

from shop import outbox
from shop.accounts import access
from shop.accounts.access import Actor
from shop.accounts.models import Role
from shop.admin.errors import AnsweredMeanwhile
from shop.catalogue import products
from shop.catalogue.models import Product
from shop.database import db
from shop.notifications import send
from shop.sellers import reviews
from shop.sellers.models import Review, ReviewState, Seller


def on_seller(actor: Actor, seller: Seller, *, passed: bool, reason: str) -> Review:
    """Pass or refuse a seller; what it sells appears or disappears with it.

    Raises BadInput when a refusal has no reason.
    """
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


def lock(row: Seller | Product, seen: str | None, version: int | None = None) -> None:
    """Lock the row; None for `seen` or `version` expects nothing.

    Raises AnsweredMeanwhile unless it is still what the reviewer looked at.
    """
    # A weaker lock than `access.get` takes: the audit entry of somebody who holds one of the
    # seller's products refers to the seller, and we shall want that product.
    db.session.refresh(row, with_for_update={"key_share": True})
    changed = version is not None and version != getattr(row, "version", version)
    if changed or (seen is not None and seen != row.review):
        raise AnsweredMeanwhile


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
