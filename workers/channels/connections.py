"""A seller's shop on a marketplace: connect it, act for it, keep its tokens fresh.

Tokens lie sealed. The verbs that call the marketplace open their own short transactions, because
nothing may be open during a call; call them outside `transaction()`.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import structlog
from flask import current_app, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from sqlalchemy import or_, select, text

from shop import clock, outbox, references, vault
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import db, transaction
from shop.sellers.models import Seller
from shop.settings import Settings
from workers.channels import pace, partners
from workers.channels.errors import BadState, ConnectFailed, ShopTaken
from workers.channels.models import Connection, Health
from workers.marketplaces.known import MARKETPLACES
from workers.marketplaces.protocol import (
    Grant,
    MarketplaceError,
    NeedsReconnect,
    Shop,
    TokenExpired,
    Tokens,
    Unreadable,
)

T = TypeVar("T")

# What reading an answer raises that is not as documented: a field is missing, or is no number.
ODD = (ValueError, LookupError, TypeError, AttributeError, ArithmeticError)

log = structlog.get_logger()

STATE_LIFE = timedelta(minutes=10)
# An access token is used no later than this before its end; the job renews it long before.
LAST_USE = timedelta(minutes=2)
# A consent that ends is told of so long before.
TELL_AHEAD = timedelta(days=7)
_LOCK_SPACE = 7_226_003 << 32


def begin(actor: Actor, seller: Seller, platform: str) -> str:
    """The marketplace's consent page for a shop of `seller`.

    It leads back with a state that only this person can use, for this seller, for ten minutes.
    Raises NotConfigured.
    """
    until = int((clock.now() + STATE_LIFE).timestamp())
    said = {"user": actor.user_id, "seller": seller.ref, "platform": platform, "until": until}
    state = str(_seal().dumps(said))
    way_back = _settings().base_url + url_for("channels.comes_back")
    return MARKETPLACES[platform].sign_in.consent_url(partners.partner(platform), way_back, state)


def _settings() -> Settings:
    found: Settings = current_app.config["SETTINGS"]
    return found


def _seal() -> URLSafeSerializer:
    return URLSafeSerializer(_settings().secret_key, salt="channels.connect")


def finish(actor: Actor, came_back: Mapping[str, str]) -> str:
    """Exchange the code that the consent page gave for tokens, and keep them.

    `came_back`: the query it led back with. Returns the connection's reference. A shop that was
    connected before gets its new tokens and its parked work goes on. Raises BadState, NotFound,
    ConnectFailed, ShopTaken.
    """
    said = _read_state(actor, came_back.get("state", ""))
    platform = said["platform"]
    with transaction():
        seller_id = access.get(actor, Seller, said["seller"], Permission.CHANNELS_WRITE).id
    try:
        sign_in, account = MARKETPLACES[platform].sign_in, partners.partner(platform)
        grant = _read(partial(sign_in.exchange, account, came_back))
    except MarketplaceError as error:
        raise ConnectFailed(error.code) from error
    with transaction():
        return _keep(actor, seller_id, platform, grant)


def _read_state(actor: Actor, state: str) -> dict[str, Any]:
    try:
        said: dict[str, Any] = _seal().loads(state)
    except BadSignature:
        raise BadState from None
    if said["user"] != actor.user_id or said["until"] < clock.now().timestamp():
        raise BadState
    return said


def _keep(actor: Actor, seller_id: int, platform: str, grant: Grant) -> str:
    query = select(Connection).where(
        Connection.platform == platform, Connection.shop_id == grant.shop_id
    )
    row = db.session.scalar(query.with_for_update())
    if row is not None and row.seller_id != seller_id:
        raise ShopTaken
    if row is None:
        row = Connection(ref=references.new(), seller_id=seller_id, platform=platform)
        row.shop_id = grant.shop_id
    row.name, row.cipher = grant.name or row.name or "", grant.cipher
    row.sandbox, row.health, row.trouble = _settings().demo, Health.OK, None
    row.failures, row.paused_until, row.told_of_end = 0, None, False
    _put(row, grant.tokens)
    db.session.add(row)
    audit.note(actor, "channels.connect", row, f"{platform} {grant.shop_id}")
    db.session.flush()
    outbox.record("shop_connected", connection_id=row.id)
    return row.ref


def _put(row: Connection, tokens: Tokens) -> None:
    row.sealed_access_token = _sealed(tokens.access_token)
    row.sealed_refresh_token = _sealed(tokens.refresh_token)
    row.token_expires_at = datetime.fromtimestamp(tokens.expires_at, UTC)
    until = tokens.refresh_until
    row.refresh_until = datetime.fromtimestamp(until, UTC) if until is not None else None


def _sealed(plain: str) -> str:
    return vault.seal(plain, _settings().vault_key)


def _opened(sealed: str) -> str:
    return vault.open_sealed(sealed, _settings().vault_key)


# What may be done to one connection by one process at a time.
_WORKS = {"push": 0, "pull": 1, "token": 2}


@contextmanager
def alone(connection_id: int, work: str) -> Iterator[bool]:
    """Whether nobody else does this work ("push", "pull") on the connection; nobody may begin to
    until the block ends.

    A session lock on a database connection of its own: it needs no open transaction during the
    calls, and it falls with the process.
    """
    with _session_lock(connection_id, work, "pg_try_advisory_lock") as mine:
        yield mine


@contextmanager
def _session_lock(connection_id: int, work: str, how: str) -> Iterator[bool]:
    key = {"key": _LOCK_SPACE + connection_id * len(_WORKS) + _WORKS[work]}
    engine = db.session.get_bind().engine
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as held:
        # pg_advisory_lock waits and answers nothing: then it is ours.
        mine = held.scalar(text(f"SELECT {how}(:key)"), key) is not False
        try:
            yield mine
        finally:
            if mine:
                held.execute(text("SELECT pg_advisory_unlock(:key)"), key)


def say(connection_id: int, act: Callable[[Shop], T]) -> T:
    """What `act` answers for the shop; said once more with a new token if the first had ended.

    Raises NeedsReconnect when the connection is parked, Unreadable, and whatever the marketplace
    answers.
    """
    shop_now = shop(connection_id)
    try:
        return _read(partial(act, shop_now))
    except TokenExpired:
        renewed = refresh(connection_id, shop_now.access_token)
        return _read(partial(act, renewed))


def _read(call: Callable[[], T]) -> T:
    """What the call answers. Raises Unreadable where connectors stumble over the answer."""
    try:
        return call()
    except ODD as error:
        log.warning("answer not as documented", exc_info=True)
        raise Unreadable(f"odd_answer:{type(error).__name__}") from error


def shop(connection_id: int) -> Shop:
    """The shop with a token that is good for now, whose calls keep its pace.

    Raises NeedsReconnect when it is parked, and what `refresh` raises.
    """
    with transaction():
        row = db.session.get_one(Connection, connection_id)
        sealed, until = row.sealed_access_token, row.token_expires_at
        if row.health != Health.OK or sealed is None or until is None:
            raise NeedsReconnect(row.health)
        token = _opened(sealed)
        if until > clock.now() + LAST_USE:
            return _shop(row, token)
    return refresh(connection_id, token)


def _shop(row: Connection, access_token: str) -> Shop:
    return Shop(partners.partner(row.platform), row.shop_id, access_token, row.cipher, _turns(row))


def _turns(row: Connection) -> Callable[[], None]:
    return pace.keeper(f"{row.platform}:{row.shop_id}", per_second(row))


def per_second(row: Connection) -> float:
    """How many calls a second are made to the shop: as it was set, else as the platform allows."""
    return float(row.calls_per_second or MARKETPLACES[row.platform].per_second)


def refresh(connection_id: int, spent: str) -> Shop:
    """Renew the access token `spent`: spend the refresh token, keep the new pair, give it out.

    Two at once would spend one refresh token twice: the second waits, and takes what the first
    got. Raises NeedsReconnect (the seller must sign in again) or Retry.
    """
    with _session_lock(connection_id, "token", "pg_advisory_lock"):
        with transaction():
            row = db.session.get_one(Connection, connection_id)
            db.session.refresh(row)
            if row.sealed_access_token is None or row.sealed_refresh_token is None:
                raise NeedsReconnect("no token")
            now = _opened(row.sealed_access_token)
            if now != spent:
                return _shop(row, now)
            shop_id, platform, with_this = row.shop_id, row.platform, row.sealed_refresh_token
        account, sign_in = partners.partner(platform), MARKETPLACES[platform].sign_in
        got: Tokens | NeedsReconnect
        try:
            got = _read(partial(sign_in.refresh, account, _opened(with_this), shop_id))
        except NeedsReconnect as error:
            got = error
        with transaction():
            row = db.session.get_one(Connection, connection_id, with_for_update=True)
            # Who signed in meanwhile got newer ones, whatever became of the old.
            if row.sealed_refresh_token == with_this:
                if isinstance(got, NeedsReconnect):
                    raise got
                _put(row, got)
            return _shop(row, _opened(str(row.sealed_access_token)))


def renew(connection_id: int) -> None:
    """Renew the access token whatever is left of its life. Raises as `refresh`."""
    with transaction():
        sealed = db.session.get_one(Connection, connection_id).sealed_access_token
    if sealed is not None:
        refresh(connection_id, _opened(sealed))


def expiring() -> list[int]:
    """Ids of the working connections whose access token ends soon."""
    soon = [
        (Connection.platform == name)
        & (Connection.token_expires_at < clock.now() + market.renew_ahead)
        for name, market in MARKETPLACES.items()
    ]
    query = select(Connection.id).where(Connection.health == Health.OK, or_(*soon))
    return list(db.session.scalars(query.order_by(Connection.id)))


def ending() -> list[Connection]:
    """Connections whose consent ends soon and whose seller was not told yet."""
    query = select(Connection).where(
        Connection.health == Health.OK,
        Connection.refresh_until < clock.now() + TELL_AHEAD,
        Connection.told_of_end.is_(False),
    )
    return list(db.session.scalars(query.order_by(Connection.id).with_for_update()))


def park(connection_id: int, health: Health, trouble: str) -> None:
    """Let the connection's work wait; `trouble` is what must be done, for the cooperative."""
    row = db.session.get_one(Connection, connection_id, with_for_update=True)
    row.health, row.trouble = health, trouble


def forget(seller_id: int) -> None:
    """The seller left and was erased: nobody calls its shops any more, with no key to do it."""
    query = select(Connection).where(Connection.seller_id == seller_id).order_by(Connection.id)
    for row in db.session.scalars(query.with_for_update()):
        row.health, row.trouble, row.name = Health.STOPPED, None, ""
        row.cipher, row.sealed_access_token, row.sealed_refresh_token = "", None, None
        row.token_expires_at = row.refresh_until = None
