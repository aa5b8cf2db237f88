"""Where marketplaces call: verify over the raw bytes, keep once, answer; a job asks what is true.

A push is a hint: it names an order, and the marketplace is asked how it stands.
"""

import re

import structlog
from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from shop import limits, outbox, pages, vault
from shop.database import db, transaction
from shop.errors import NotFound
from workers.channels import connections, jobs, partners
from workers.channels.errors import NotConfigured, NotSigned
from workers.channels.models import Connection
from workers.channels.order_models import MarketPush
from workers.marketplaces.known import MARKETPLACES
from workers.marketplaces.protocol import BadSignature, Hint, HintKind

log = structlog.get_logger()

bp = Blueprint("market_webhooks", __name__, url_prefix="/webhooks/san")

# Refused calls only: what a marketplace signed is never turned away.
REFUSED_PER_ADDRESS = "600/minute"
MOST_BYTES = 256 * 1024
# What a body that is not as documented raises when it is read.
ODD = (*connections.ODD, RecursionError)
# What can be a name of a shop, an order, a delivery: short, and without what cannot be stored.
_NAME = re.compile(r"[^\x00\ud800-\udfff]{1,200}")


@bp.post("/<platform>")
@pages.public
def push(platform: str) -> ResponseReturnValue:
    """A push of a marketplace. Repeats are answered like the first."""
    if platform not in MARKETPLACES:
        raise NotFound
    request.max_content_length = MOST_BYTES
    raw = request.get_data()
    hint = _read(platform, raw)
    if hint is not None:
        with transaction():
            _keep(platform, hint, raw)
    return "", 200


def _read(platform: str, raw: bytes) -> Hint | None:
    # As it is registered with the marketplace, whatever address a proxy was asked under.
    url = current_app.config["SETTINGS"].base_url + request.path
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        partner = partners.partner(platform)
        hint = MARKETPLACES[platform].orders.hint(partner, url, headers, raw)
    except (BadSignature, NotConfigured):
        log.warning("push refused", platform=platform)
        limits.hit(REFUSED_PER_ADDRESS, "push", request.remote_addr or "?")
        raise NotSigned from None
    except ODD as error:
        # Sent again it would be the same: it is answered, and what it may mean is found by asking.
        log.warning("push not understood", platform=platform, why=type(error).__name__)
        return None
    return hint if hint is None or _sound(hint) else None


def _sound(hint: Hint) -> bool:
    names = (hint.shop_id, hint.delivery, *hint.order_ids, *hint.external_ids)
    return all(_NAME.fullmatch(name) for name in names)


def _keep(platform: str, hint: Hint, raw: bytes) -> None:
    sealed = vault.seal_bytes(raw, current_app.config["SETTINGS"].vault_key)
    row = {"platform": platform, "shop_id": hint.shop_id, "delivery": hint.delivery}
    kept = db.session.scalar(
        insert(MarketPush)
        .values(row | {"kind": hint.kind, "raw": sealed})
        .on_conflict_do_nothing(index_elements=["platform", "delivery"])
        .returning(MarketPush.id)
    )
    query = select(Connection).where(
        Connection.platform == platform, Connection.shop_id == hint.shop_id
    )
    connection = db.session.scalar(query)
    if kept is None or connection is None:
        return
    if hint.kind is HintKind.ORDER and hint.order_ids:
        outbox.record("market_pushed", connection_id=connection.id, order_ids=list(hint.order_ids))
    elif hint.kind is HintKind.ITEM and hint.external_ids:
        outbox.record(
            "market_item_pushed",
            connection_id=connection.id,
            external_ids=list(hint.external_ids),
        )
    elif hint.kind is HintKind.AUTHORISATION_ENDS:
        jobs.tell_of_end(connection)
    elif hint.kind is HintKind.DEAUTHORISED:
        # It may come late, when the seller has signed in again long since: the shop is called,
        # and its work is parked when that is refused.
        outbox.record("market_left", connection_id=connection.id)
