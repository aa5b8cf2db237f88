"""Where bank feeds call: verify over the raw bytes, keep, answer; the rest is a job's."""

from functools import cache
from types import ModuleType

import structlog
from flask import Blueprint, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, bindparam, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql.dml import ReturningInsert

from shop import clock, limits, outbox, pages, vault
from shop.database import db, table_of, transaction
from shop.errors import NotFound
from shop.payments.bank_feeds.protocol import BadSignature
from shop.payments.feeds import FEEDS
from shop.payments.models import FeedConnection, Notice

log = structlog.get_logger()

bp = Blueprint("webhooks", __name__, url_prefix="/webhooks")

# Refused calls only: a provider reports for every seller from the same few addresses, and what
# it signed is never turned away.
REFUSED_PER_ADDRESS = "600/minute"
MOST_BYTES = 64 * 1024


@bp.post("/<provider>/<ref>")
@pages.public
def notice(provider: str, ref: str) -> ResponseReturnValue:
    """A notice of a bank feed about one account. Repeats are answered like the first."""
    feed = FEEDS.get(provider)
    if feed is None:
        raise NotFound
    return receive(feed, ref)


def receive(feed: ModuleType, ref: str) -> ResponseReturnValue:
    """Keep a call of `feed` for the connection `ref` once; its body is read by a job.

    Raises BadSignature alike for an unknown connection and a wrong signature, TooMany when an
    address was refused too often.
    """
    request.max_content_length = MOST_BYTES
    # The whole body before the transaction: a slow sender holds no connection of the database.
    raw = request.get_data()
    try:
        with transaction():
            _verify_and_keep(feed, ref, raw)
    except BadSignature as error:
        log.warning("notice refused", connection=ref[:40], **error.facts)
        limits.hit(REFUSED_PER_ADDRESS, "webhook", request.remote_addr or "?")
        raise
    return jsonify(success=True)


def _verify_and_keep(feed: ModuleType, ref: str, raw: bytes) -> None:
    asked = {"ref": ref, "provider": feed.name}
    connection = db.session.execute(_connection(), asked).one_or_none()
    if connection is None:
        raise BadSignature("no such connection")
    key = current_app.config["SETTINGS"].vault_key
    secret = vault.open_sealed(connection.sealed_secret, key)
    notice = feed.verify(request.headers, raw, secret, clock.now())
    _keep(connection.id, notice.external_id, raw)


@cache
def _connection() -> Select[int, str]:
    return select(FeedConnection.id, FeedConnection.sealed_secret).where(
        FeedConnection.ref == bindparam("ref"), FeedConnection.provider == bindparam("provider")
    )


def _keep(connection_id: int, external_id: str, raw: bytes) -> None:
    row = {"connection_id": connection_id, "external_id": external_id, "raw": raw}
    kept = db.session.scalar(_insert(), row)
    if kept is not None:
        outbox.record("notice_received", notice_id=kept)


@cache
def _insert() -> ReturningInsert[int]:
    once = ["connection_id", "external_id"]
    made = insert(table_of(Notice)).on_conflict_do_nothing(index_elements=once)
    return made.returning(Notice.id)
