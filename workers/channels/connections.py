"""A seller's shop on a marketplace: connect it, act for it, keep its tokens fresh.

Tokens lie sealed. The verbs that call the marketplace open their own short transactions, because
nothing may be open during a call; call them outside `transaction()`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import current_app, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import select, text

from shop import clock, outbox, references, vault
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.sellers.models import Seller
from shop.settings import Settings
from workers.channels.errors import BadState, ConnectFailed, NotConfigured, ShopTaken
from workers.channels.models import Connection, Health
from workers.marketplaces.protocol import MarketplaceError, NeedsReconnect, Partner, Shop, Tokens
from workers.marketplaces.shopee import client as shopee

CLIENTS = {"shopee": shopee}
STATE_LIFE = timedelta(minutes=10)
# The partner account that the bundled sandbox documents; it opens nothing else.
SANDBOX_PARTNER_ID, SANDBOX_PARTNER_KEY = 2001887, "sandbox-partner-key-opens-nothing-real"
# An access token is used no later than this before its end, and renewed ahead of it by the job.
LAST_USE, RENEW_AHEAD = timedelta(minutes=2), timedelta(minutes=30)
_LOCK_SPACE = 7_226_003 << 32


def begin(actor: Actor, seller: Seller, platform: str) -> str:
    """The marketplace's consent page for a shop of `seller`.

    It leads back with a state that only this person can use, for this seller, for ten minutes.
    Raises NotConfigured.
    """
    until = int((clock.now() + STATE_LIFE).timestamp())
    said = {"user": actor.user_id, "seller": seller.ref, "platform": platform, "until": until}
    way_back = url_for("channels.shopee_return") + "?" + urlencode({"state": _seal().dumps(said)})
    url: str = CLIENTS[platform].consent_url(partner(), _settings().base_url + way_back)
    return url


def partner() -> Partner:
    """Our own account: the sandbox's in demo mode, else the operator's. Raises NotConfigured."""
    settings = _settings()
    if settings.demo:
        host = f"http://127.0.0.1:{settings.sandbox_port}"
        return Partner(host, SANDBOX_PARTNER_ID, SANDBOX_PARTNER_KEY)
    if settings.shopee_partner_id is None or settings.shopee_partner_key is None:
        raise NotConfigured("SHOPEE_PARTNER_ID", "SHOPEE_PARTNER_KEY")
    return Partner(settings.shopee_host, settings.shopee_partner_id, settings.shopee_partner_key)


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _seal() -> URLSafeSerializer:
    return URLSafeSerializer(_settings().secret_key, salt="channels.connect")


def finish(actor: Actor, *, code: str, shop_id: str, state: str) -> str:
    """Exchange `code` for tokens and keep them; the connection's reference.

    A shop that was connected before gets its new tokens and its parked work goes on. Raises
    BadState, NotFound, ConnectFailed, ShopTaken.
    """
    said = _read_state(actor, state)
    with transaction():
        seller_id = access.get(actor, Seller, said["seller"], Permission.CHANNELS_WRITE).id
    if not shop_id.isdecimal():
        raise BadState
    account = partner()
    try:
        tokens = CLIENTS[said["platform"]].exchange(account, code, shop_id)
    except MarketplaceError as error:
        raise ConnectFailed(error.code) from error
    with transaction():
        return _keep(actor, seller_id, said["platform"], Shop(account, shop_id, ""), tokens)


def _read_state(actor: Actor, state: str) -> dict[str, Any]:
    try:
        said: dict[str, Any] = _seal().loads(state)
    except BadSignature:
        raise BadState from None
    if said["user"] != actor.user_id or said["until"] < clock.now().timestamp():
        raise BadState
    return said


def _keep(actor: Actor, seller_id: int, platform: str, shop: Shop, tokens: Tokens) -> str:
    query = select(Connection).where(
        Connection.platform == platform, Connection.shop_id == shop.shop_id
    )
    row = db.session.scalar(query.with_for_update())
    if row is not None and row.seller_id != seller_id:
        raise ShopTaken
    if row is None:
        row = Connection(ref=references.new(), seller_id=seller_id, platform=platform)
        row.shop_id = shop.shop_id
    row.host, row.partner_id = shop.partner.host, shop.partner.partner_id
    row.sealed_partner_key = _sealed(shop.partner.partner_key)
    row.sandbox, row.health, row.trouble = _settings().demo, Health.OK, None
    _put(row, tokens)
    db.session.add(row)
    audit.note(actor, "channels.connect", row, f"{platform} {shop.shop_id}")
    db.session.flush()
    outbox.add("workers.sync.jobs.push", {"connection_id": row.id})
    return row.ref


def _put(row: Connection, tokens: Tokens) -> None:
    row.sealed_access_token = _sealed(tokens.access_token)
    row.sealed_refresh_token = _sealed(tokens.refresh_token)
    row.token_expires_at = datetime.fromtimestamp(tokens.expires_at, UTC)


def _sealed(plain: str) -> str:
    return vault.seal(plain, _settings().vault_key)


def _opened(sealed: str) -> str:
    return vault.open_sealed(sealed, _settings().vault_key)


@contextmanager
def alone(connection_id: int) -> Iterator[bool]:
    """Whether nobody else works on this connection; nobody may begin to until the block ends.

    A session lock on a database connection of its own: it needs no open transaction during the
    calls, and it falls with the process.
    """
    key = {"key": _LOCK_SPACE + connection_id}
    engine = db.session.get_bind().engine
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as held:
        mine = bool(held.scalar(text("SELECT pg_try_advisory_lock(:key)"), key))
        try:
            yield mine
        finally:
            if mine:
                held.execute(text("SELECT pg_advisory_unlock(:key)"), key)


def shop(connection_id: int) -> Shop:
    """The shop with a token that is good for now. Call it inside `alone`.

    Raises NeedsReconnect when it is parked, and what `refresh` raises.
    """
    with transaction():
        row = db.session.get_one(Connection, connection_id)
        if row.health != Health.OK:
            raise NeedsReconnect(row.health)
        fresh = row.token_expires_at > clock.now() + LAST_USE
        found = Shop(_partner_of(row), row.shop_id, _opened(row.sealed_access_token))
    return found if fresh else refresh(connection_id)


def _partner_of(row: Connection) -> Partner:
    return Partner(row.host, row.partner_id, _opened(row.sealed_partner_key))


def refresh(connection_id: int) -> Shop:
    """Spend the refresh token, keep the new pair, and only then give it out.

    Call it inside `alone`: two refreshes at once would spend one token twice. Raises
    NeedsReconnect (the seller must sign in again) or Retry.
    """
    with transaction():
        row = db.session.get_one(Connection, connection_id)
        account, shop_id, platform = _partner_of(row), row.shop_id, row.platform
        spent = _opened(row.sealed_refresh_token)
    tokens = CLIENTS[platform].refresh(account, spent, shop_id)
    with transaction():
        _put(db.session.get_one(Connection, connection_id, with_for_update=True), tokens)
    return Shop(account, shop_id, tokens.access_token)


def expiring() -> list[int]:
    """Ids of the working connections whose access token ends soon."""
    query = select(Connection.id).where(
        Connection.health == Health.OK,
        Connection.token_expires_at < clock.now() + RENEW_AHEAD,
    )
    return list(db.session.scalars(query.order_by(Connection.id)))


def park(connection_id: int, health: Health, trouble: str) -> None:
    """Let the connection's work wait; `trouble` is what must be done, for the cooperative."""
    row = db.session.get_one(Connection, connection_id, with_for_update=True)
    row.health, row.trouble = health, trouble
