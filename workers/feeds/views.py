"""Back office: a seller's feeds, their secret addresses, what is left out of them and why."""

from flask import Blueprint, current_app, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.sellers.models import Seller
from workers.feeds import files
from workers.feeds.models import Feed
from workers.marketplaces.shopping_feeds import GOOGLE, META

bp = Blueprint("feeds", __name__, url_prefix="/ban-hang/nguon", template_folder="../templates")

READ, WRITE = Permission.CHANNELS_READ, Permission.CHANNELS_WRITE


@bp.get("")
@access.signed_in
def choose(actor: Actor) -> ResponseReturnValue:
    """Whose feeds? Asked only of people with several sellers."""
    access.expect(actor, READ)
    page = pages.paged(access.rows(actor, Seller, READ).order_by(Seller.sort_key, Seller.id))
    if page.total == 1:
        return redirect(url_for("feeds.feed", ref=page.items[0].ref), 303)
    return pages.page("feeds/choose.html", page=page)


@bp.get("/<ref>")
@access.signed_in
def feed(actor: Actor, ref: str) -> ResponseReturnValue:
    """The addresses of a seller's feeds, when they were written, what is left out."""
    seller = access.get(actor, Seller, ref, READ)
    row = files.of(seller)
    may_write = actor.may(WRITE, seller.id)
    # The word is the key to the feed: who may only read the page does not need it.
    secret = files.word(row) if row and may_write else None
    return pages.page(
        "feeds/feed.html",
        seller=seller,
        row=row,
        is_open=row is not None and row.digest is not None,
        addresses=_addresses(secret) if secret else [],
        may_write=may_write,
    )


def _addresses(secret: str) -> list[tuple[str, str]]:
    base = current_app.config["SETTINGS"].base_url
    return [
        (name, base + url_for("open_feeds.file", secret=secret, name=name, ending=ending))
        for name, ending in files.ENDINGS.items()
        if name in (GOOGLE, META)
    ]


@bp.post("/<ref>/mo")
@access.signed_in
def renew(actor: Actor, ref: str) -> ResponseReturnValue:
    """Feeds at a new secret address."""
    with transaction():
        files.open(actor, access.get(actor, Seller, ref, WRITE))
    return pages.saved(
        "feeds.feed", _("Đã tạo địa chỉ mới. Địa chỉ cũ không dùng được nữa."), ref=ref
    )


@bp.post("/<ref>/thu-hoi")
@access.signed_in
def revoke(actor: Actor, ref: str) -> ResponseReturnValue:
    """The address answers no more."""
    with transaction():
        row = files.of(access.get(actor, Seller, ref, WRITE))
        if row is not None:
            files.revoke(actor, access.get(actor, Feed, row.ref, WRITE, lock=True))
    return pages.saved(
        "feeds.feed", _("Đã thu hồi. Google và Facebook không đọc được nữa."), ref=ref
    )
