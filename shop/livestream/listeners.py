"""Listening to a platform: connect, note what was heard, lost or ended, disconnect."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from flask import current_app
from marshmallow import ValidationError
from sqlalchemy import NullPool, create_engine, exists, select, text

from shop import clock
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.livestream import comments
from shop.livestream.desk_models import Listener, ListenerState
from shop.livestream.errors import Closed
from shop.livestream.models import Broadcast, BroadcastState, Buyer, Comment
from shop.livestream.schemas import CommentIn
from shop.livestream.sources import facebook, youtube
from shop.livestream.sources.protocol import Account, Heard, Source

log = structlog.get_logger()

SOURCES: dict[str, Source] = {"facebook": facebook, "youtube": youtube}
OPEN = (BroadcastState.REHEARSING, BroadcastState.LIVE, BroadcastState.PAUSED)
# The first of the two keys of PostgreSQL's advisory locks; the second is the listener.
_LOCK = 7_226_031
_COMMENT = CommentIn()


def connect(actor: Actor, broadcast: Broadcast, data: dict[str, Any]) -> Listener:
    """Listen to a platform for a session, or go on with a new token. `data` as ListenerSchema.

    Raises Closed.
    """
    if broadcast.state == BroadcastState.CLOSED:
        raise Closed
    found = db.session.scalar(
        select(Listener).where(
            Listener.broadcast_id == broadcast.id,
            Listener.platform == data["platform"],
            Listener.external_id == data["external_id"],
        )
    )
    if found is None:
        found = Listener(
            broadcast_id=broadcast.id,
            seller_id=broadcast.seller_id,
            platform=data["platform"],
            external_id=data["external_id"],
        )
        db.session.add(found)
    found.token = data["token"].encode()
    found.state, found.trouble = ListenerState.LISTENING, ""
    db.session.flush()
    audit.note(actor, "livestream.listen", broadcast, f"{broadcast.title}: {data['platform']}")
    return found


def disconnect(actor: Actor, listener: Listener) -> Broadcast:
    """Stop listening and forget the token; what was heard stays. Returns the session."""
    broadcast = db.session.get_one(Broadcast, listener.broadcast_id)
    audit.note(actor, "livestream.unlisten", broadcast, f"{broadcast.title}: {listener.platform}")
    db.session.delete(listener)
    return broadcast


def of(broadcast: Broadcast) -> list[Listener]:
    """The listeners of a session, the first first."""
    query = select(Listener).where(Listener.broadcast_id == broadcast.id)
    return list(db.session.scalars(query.order_by(Listener.id)))


def due() -> list[int]:
    """Listeners of sessions that are on, and of which the platform has not said the end."""
    query = (
        select(Listener.id)
        .join(Broadcast, Broadcast.id == Listener.broadcast_id)
        .where(Broadcast.state.in_(OPEN), Listener.state != ListenerState.OVER)
    )
    return list(db.session.scalars(query.order_by(Listener.id)))


def account(listener: Listener) -> Account:
    """What its source is asked with."""
    hosts = current_app.config["SETTINGS"].live_hosts
    return Account(listener.external_id, listener.token.decode(), hosts)


def take_in(listener: Listener, heard: Heard) -> int:
    """Keep what was heard and where to go on; returns how many comments were new.

    A comment that is none by our schema is left out: it must not hold up the others.
    """
    broadcast = db.session.get_one(Broadcast, listener.broadcast_id)
    batch = [said for said in map(_shaped, heard.comments) if said is not None]
    new, _known = comments.ingest(broadcast, batch, source=listener.platform)
    listener.cursor, listener.heard_at = heard.cursor, clock.now()
    listener.state, listener.trouble = ListenerState.LISTENING, ""
    return new


def _shaped(said: dict[str, Any]) -> dict[str, Any] | None:
    try:
        loaded: dict[str, Any] = _COMMENT.load(said)
    except ValidationError as error:
        log.warning("a comment is not as expected", fields=sorted(map(str, error.messages)))
        return None
    return loaded


def lost(listener: Listener, words: str) -> None:
    """The platform does not answer as it should; `words` say why, for people."""
    listener.state, listener.trouble = ListenerState.LOST, words


def over(listener: Listener, words: str) -> None:
    """The platform says that the broadcast is over."""
    listener.state, listener.trouble = ListenerState.OVER, words


@contextmanager
def alone(listener_id: int) -> Iterator[bool]:
    """Whether nobody else listens for this listener; nobody may begin to until the block ends.

    A session lock on a connection of its own: no transaction is open while we listen, and it
    falls with the process.
    """
    key = {"space": _LOCK, "listener": listener_id}
    # Without a pool: many listeners hold a lock for long, and the pool is for moments.
    engine = create_engine(db.session.get_bind().engine.url, poolclass=NullPool)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as held:
        mine = bool(held.scalar(text("SELECT pg_try_advisory_lock(:space, :listener)"), key))
        try:
            yield mine
        finally:
            if mine:
                held.execute(text("SELECT pg_advisory_unlock(:space, :listener)"), key)


def reaches(buyer: Buyer) -> bool:
    """Whether the platform can be asked to send the buyer a private reply: Facebook, where we read
    the session's comments and one of them is theirs."""
    listens = exists().where(
        Listener.broadcast_id == buyer.broadcast_id, Listener.platform == "facebook"
    )
    wrote = exists().where(
        Comment.broadcast_id == buyer.broadcast_id,
        Comment.author_id == buyer.author_id,
        Comment.source == "facebook",
    )
    return bool(db.session.scalar(select(listens & wrote)))
