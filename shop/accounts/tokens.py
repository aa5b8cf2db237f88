"""API tokens: a program acts as its person, under /api/v1 and /epcis and within the token's scopes.

Pages take sessions and never tokens. For programs a session may read; it changes something only
with the CSRF token of our own pages, because a browser sends cookies along with anybody's form.
"""

import hashlib
import hmac
import re
import secrets
import zlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import wraps
from typing import Any

from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf.csrf import CSRFError
from sqlalchemy import Select, select, update
from sqlalchemy.orm import joinedload

from shop import api, clock, limits
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.accounts.errors import BadToken, NarrowToken, NotFromOurPage
from shop.accounts.models import ApiToken
from shop.database import db, transaction
from shop.errors import BadInput, NotFound

# What a token can be given → the permissions it then keeps of its person's own.
SCOPES: dict[str, frozenset[Permission]] = {
    "catalogue:read": frozenset({Permission.SELLER_READ, Permission.CATALOGUE_READ}),
    "catalogue:write": frozenset(
        {Permission.SELLER_READ, Permission.CATALOGUE_READ, Permission.CATALOGUE_WRITE}
    ),
    "orders:read": frozenset({Permission.SELLER_READ, Permission.ORDERS_READ}),
    "orders:write": frozenset(
        {Permission.SELLER_READ, Permission.ORDERS_READ, Permission.ORDERS_WRITE}
    ),
    "money:read": frozenset({Permission.SELLER_READ, Permission.MONEY_READ}),
    "money:write": frozenset(
        {Permission.SELLER_READ, Permission.MONEY_READ, Permission.MONEY_WRITE}
    ),
    "trace:read": frozenset({Permission.SELLER_READ, Permission.STAMPS_READ}),
    "trace:write": frozenset(
        {
            Permission.SELLER_READ,
            Permission.STAMPS_READ,
            Permission.STAMPS_PRINT,
            Permission.TRACE_WRITE,
        }
    ),
    "livestream:read": frozenset({Permission.SELLER_READ, Permission.LIVESTREAM_READ}),
    "livestream:write": frozenset(
        {Permission.SELLER_READ, Permission.LIVESTREAM_READ, Permission.LIVESTREAM_RUN}
    ),
    "trace:recall": frozenset({Permission.SELLER_READ, Permission.STAMPS_READ, Permission.RECALL}),
}
# Where programs call: our own API, and the interface of EPCIS 2.0.
FOR_PROGRAMS = (api.PREFIX, "/epcis/")
LIFETIMES_DAYS = (30, 90, 365, 730)
LONGEST = timedelta(days=LIFETIMES_DAYS[-1])

MOST_CALLS = "600/minute"
# Counted per token; and per address what was refused.
REFUSED_PER_ADDRESS = "60/minute"

# The last eight are the CRC-32 of the 32 before: a mistyped token is refused without asking the
# database, and programs that look for leaked secrets can tell one.
_SHAPE = re.compile(r"ocop_([A-Za-z0-9_-]{32})([0-9a-f]{8})")

Method = Callable[..., ResponseReturnValue]


def create(
    actor: Actor, name: str, scopes: Sequence[str], *, lifetime: timedelta
) -> tuple[ApiToken, str]:
    """A new token of the actor: its row, and the token itself, which is kept nowhere.

    Raises BadInput without a scope, with an unknown one, or for longer than LONGEST.
    """
    if not scopes or not set(scopes) <= SCOPES.keys():
        raise BadInput({"scopes": [_("Chọn ít nhất một việc mà khóa được làm.")]})
    if not timedelta(0) < lifetime <= LONGEST:
        raise BadInput({"days": [_("Khóa dùng được nhiều nhất hai năm.")]})
    word = _new_word()
    token = ApiToken(user_id=actor.user_id, name=name, scopes=sorted(set(scopes)))
    token.digest, token.tail = _digest(word), word[-4:]
    token.expires_on = clock.today() + lifetime
    db.session.add(token)
    db.session.flush()
    granted = {"scopes": [None, token.scopes], "expires_on": [None, str(token.expires_on)]}
    _note(actor, "token.create", token, granted)
    return token, word


def _new_word() -> str:
    body = secrets.token_urlsafe(24)
    return f"ocop_{body}{_check(body)}"


def _check(body: str) -> str:
    return format(zlib.crc32(body.encode()), "08x")


def _digest(word: str) -> str:
    return hashlib.sha256(word.encode()).hexdigest()


def _note(actor: Actor, action: str, token: ApiToken, changed: dict[str, Any]) -> None:
    # The trail belongs to sellers; a token acts at each one of its person.
    for seller_id in actor.in_own_right().allowed:
        if seller_id is not None:
            audit.write(actor, action, seller_id, token.name, token.ref, changed)


def mine(actor: Actor) -> Select[ApiToken]:
    """The actor's tokens, newest first."""
    query = select(ApiToken).where(ApiToken.user_id == actor.user_id)
    return query.order_by(ApiToken.id.desc())


def get(actor: Actor, ref: str) -> ApiToken:
    """The actor's token with this reference, locked. Raises NotFound."""
    token = db.session.scalar(mine(actor).where(ApiToken.ref == ref).with_for_update())
    if token is None:
        raise NotFound(ref=ref)
    return token


def revoke(actor: Actor, token: ApiToken) -> None:
    """End a token at once; twice is once."""
    if token.revoked_at is None:
        token.revoked_at = clock.now()
        _note(actor, "token.revoke", token, {})


def is_live(token: ApiToken) -> bool:
    """Whether the token still opens the API."""
    return token.revoked_at is None and clock.today() <= token.expires_on


def offered(actor: Actor) -> list[str]:
    """Scopes of which a token of the actor could use all."""
    own = actor.in_own_right()
    return [scope for scope, granted in SCOPES.items() if all(own.may(p) for p in granted)]


def actor_of(word: str) -> Actor:
    """The actor whom this token lets act, narrowed to its scopes. Raises BadToken."""
    token = _find(word)
    if token is None or not is_live(token) or not token.user.active:
        raise BadToken
    limits.hit(MOST_CALLS, "token", str(token.id))
    granted = frozenset[Permission]().union(*(SCOPES.get(s, ()) for s in token.scopes))
    whole = access.of(token.user).in_own_right()
    allowed = {seller_id: kept & granted for seller_id, kept in whole.allowed.items()}
    acting = Actor(whole.user_id, f"{whole.name} (API: {token.name})", allowed)
    _note_use(token)
    return acting


def _find(word: str) -> ApiToken | None:
    shape = _SHAPE.fullmatch(word)
    if shape is None or _check(shape[1]) != shape[2]:
        return None
    digest = _digest(word)
    query = select(ApiToken).where(ApiToken.digest == digest).options(joinedload(ApiToken.user))
    token = db.session.scalar(query)
    same = token is not None and hmac.compare_digest(token.digest, digest)
    return token if same else None


def _note_use(token: ApiToken) -> None:
    today = clock.today()
    if token.last_used_on != today:  # one write a day
        with transaction():
            used = update(ApiToken).where(ApiToken.id == token.id)
            db.session.execute(used.values(last_used_on=today))


def init_app(app: Flask) -> None:
    """Give requests under /api/v1 their actor, and keep what he sees out of shared caches."""
    app.before_request(_open)
    app.after_request(_keep_private)


def _open() -> None:
    if not request.path.startswith(FOR_PROGRAMS) or request.endpoint is None:
        return
    view = current_app.view_functions[request.endpoint]
    if getattr(getattr(view, "view_class", None), "signed", False):
        g.actor = None  # who signs the request acts; a session that comes along says nothing
    elif "Authorization" in request.headers:
        g.actor = _bearer(request.headers["Authorization"])
    elif access.current() is not None:
        try:
            current_app.extensions["csrf"].protect()
        except CSRFError:
            raise NotFromOurPage from None


def _bearer(header: str) -> Actor:
    scheme, _blank, word = header.partition(" ")
    try:
        return actor_of(word.strip() if scheme.lower() == "bearer" else "")
    except BadToken:
        limits.hit(REFUSED_PER_ADDRESS, "refused token", request.remote_addr or "?")
        raise


def _keep_private(response: Response) -> Response:
    if request.path.startswith(FOR_PROGRAMS):
        response.vary.add("Authorization")
        if request.method in {"GET", "HEAD"} and response.status_code < 400:
            # It may be kept, but is asked for with If-None-Match every time.
            kept = "no-cache" if g.get("actor") is None else "private, no-cache"
            response.headers.setdefault("Cache-Control", kept)
    return response


def allowed(scope: str) -> Actor:
    """The caller, who has the scope. Raises MustSignIn and NarrowToken as `needs` does."""
    actor = access.current()
    if actor is None:
        raise access.MustSignIn
    if not all(actor.may(permission) for permission in SCOPES[scope]):
        raise NarrowToken(scope)
    return actor


def needs(blp: Any, scope: str) -> Callable[[Method], Method]:
    """Decorate an API method, above its arguments: it gets `actor`, one who has the scope.

    Raises MustSignIn without token and session, NarrowToken when nothing of the scope is allowed.
    """

    def guard(method: Method) -> Method:
        @wraps(method)
        def guarded(self: Any, *args: Any, **kwargs: Any) -> ResponseReturnValue:
            return method(self, *args, actor=allowed(scope), **kwargs)

        described = api.refuses(blp, 401, 403, 429)(guarded)
        secured: Method = blp.doc(security=[{"token": [scope]}, {"session": []}])(described)
        return secured

    return guard
