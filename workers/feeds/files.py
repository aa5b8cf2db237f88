"""The files of a seller's feeds: marked stale by what happens to the goods, written by a job."""

import hashlib
import secrets
import tempfile
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

from flask import current_app
from sqlalchemy import func, or_, select, update

from shop import clock, outbox, vault
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db, transaction
from shop.sellers.models import Seller
from workers.channels import addresses
from workers.feeds import items
from workers.feeds.models import Feed
from workers.marketplaces import shopping_feeds as writers
from workers.marketplaces.shopping_feeds import GOOGLE, META

# One writing for the many changes of a moment; never later than this, however many come.
QUIET = timedelta(seconds=20)
# Written anew without a change: what the calendar ends (a season, a paper) is in it too.
AT_LEAST = timedelta(hours=24)
# Who began to read the file before stays able to.
KEPT = timedelta(hours=1)
WORD_BYTES = 24

ENDINGS = {GOOGLE: "xml", META: "csv"}
TYPES = {GOOGLE: "application/rss+xml; charset=utf-8", META: "text/csv; charset=utf-8"}


# — the address —


def of(seller: Seller) -> Feed | None:
    """The seller's feeds, if it ever had any."""
    return db.session.scalar(select(Feed).where(Feed.seller_id == seller.id))


def word(feed: Feed) -> str | None:
    """The secret word of the addresses, None when they were revoked."""
    if feed.sealed_word is None:
        return None
    return vault.open_sealed(feed.sealed_word, current_app.config["SETTINGS"].vault_key)


def open(actor: Actor, seller: Seller) -> Feed:
    """Feeds at a new secret address; an address that was there before holds no more."""
    db.session.execute(select(Seller.id).where(Seller.id == seller.id).with_for_update())
    feed = of(seller)
    if feed is None:
        feed = Feed(seller_id=seller.id, files={}, left_out=[])
        db.session.add(feed)
    fresh = secrets.token_urlsafe(WORD_BYTES)
    feed.digest = digest(fresh)
    feed.sealed_word = vault.seal(fresh, current_app.config["SETTINGS"].vault_key)
    feed.changed_at = clock.now()
    db.session.flush()
    audit.note(actor, "feed.open", feed, seller.name)
    outbox.add("workers.feeds.jobs.write", {"feed_id": feed.id})
    return feed


def revoke(actor: Actor, feed: Feed) -> None:
    """The address answers no more, and nothing is written. `feed` is locked."""
    if feed.digest is None:
        return
    feed.digest = feed.sealed_word = None
    keys = [file["key"] for file in feed.files.values()]
    feed.files, feed.items, feed.changed_at, feed.written_at = {}, 0, None, None
    _discard(keys, timedelta(0))
    audit.note(actor, "feed.revoke", feed, "")


def digest(secret: str) -> str:
    """By what a secret word is found; the word itself stands in no row."""
    return hashlib.sha256(secret.encode()).hexdigest()


def find(secret: str, name: str) -> dict[str, Any] | None:
    """Key, ETag and bytes of a file, by the secret word of its address."""
    files = db.session.scalar(select(Feed.files).where(Feed.digest == digest(secret)))
    return (files or {}).get(name)


# — stale and fresh —


def note(seller_ids: Iterable[int]) -> None:
    """Something of these sellers' goods changed: their feeds are to be written anew."""
    stale = update(Feed).where(Feed.seller_id.in_(sorted(seller_ids)), Feed.digest.is_not(None))
    now = clock.now()
    db.session.execute(
        stale.values(
            changes=Feed.changes + 1, changed_at=func.coalesce(Feed.changed_at, now)
        ).execution_options(synchronize_session=False)
    )


def due() -> list[int]:
    """Ids of the feeds that are to be written now."""
    now = clock.now()
    query = select(Feed.id).where(
        Feed.digest.is_not(None),
        or_(Feed.changed_at <= now - QUIET, Feed.written_at <= now - AT_LEAST),
    )
    return list(db.session.scalars(query.order_by(Feed.id)))


def write(feed_id: int) -> None:
    """Write both files as the goods stand now, and show them from then on. Twice is once.

    Commits. Of two at once the one that read later stays.
    """
    with transaction():
        feed = db.session.get_one(Feed, feed_id)
        db.session.refresh(feed)
        if feed.digest is None:
            return
        seen, ref = feed.changes, feed.ref
        seller = db.session.get_one(Seller, feed.seller_id)
        name, link = seller.name, addresses.stall(seller)
        found = items.snapshot(seller.id)
    pieces = {
        GOOGLE: writers.google(name, link, found.items[GOOGLE]),
        META: writers.meta(found.items[META]),
    }
    files = {name: _put(ref, name, written) for name, written in pieces.items()}
    with transaction():
        _show(feed_id, seen, files, found)


def _put(ref: str, name: str, pieces: Iterable[bytes]) -> dict[str, Any]:
    """Put a file away under the name of its content; key, ETag and bytes."""
    content, size = hashlib.sha256(), 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        with path.open("wb") as out:
            for piece in pieces:
                out.write(piece)
                content.update(piece)
                size += len(piece)
        etag = content.hexdigest()[:32]
        key = f"feeds/{ref}/{etag}.{ENDINGS[name]}"
        current_app.extensions["storage"].put(key, path, TYPES[name])
    return {"key": key, "etag": etag, "bytes": size}


def _show(feed_id: int, seen: int, files: dict[str, Any], found: items.Snapshot) -> None:
    feed = db.session.get_one(Feed, feed_id, with_for_update=True, populate_existing=True)
    if feed.digest is None or feed.written > seen:
        return
    before = {file["key"] for file in feed.files.values()}
    now = clock.now()
    feed.files, feed.written, feed.written_at = files, seen, now
    feed.items, feed.left_out = len(found.items[GOOGLE]), found.left_out
    feed.changed_at = None if feed.changes == seen else now
    _discard(sorted(before - {file["key"] for file in files.values()}), KEPT)


def _discard(keys: list[str], after: timedelta) -> None:
    if keys:
        due_at = clock.now() + after if after else None
        outbox.add("workers.feeds.jobs.discard", {"keys": keys}, due_at=due_at)


def discard(keys: Iterable[str]) -> None:
    """Delete files that no feed shows."""
    with transaction():
        shown = {
            file["key"]
            for files in db.session.scalars(select(Feed.files))
            for file in files.values()
        }
    for key in set(keys) - shown:
        current_app.extensions["storage"].delete(key)
