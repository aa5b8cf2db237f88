"""API: comments of a session, in signed batches from who listens to it; reading one for a try."""

import hashlib
import hmac
import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from flask import request
from flask.typing import ResponseReturnValue
from flask.views import MethodView

from shop import api, clock, limits
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.errors import NotFound
from shop.livestream import broadcasts, comments, words
from shop.livestream.errors import NotTrusted
from shop.livestream.models import Broadcast
from shop.livestream.schemas import AcceptedSchema, BatchSchema, ReadingOut, ReadingQuery
from shop.livestream.understanding import reading

blp = api.Blueprint(
    "livestream_api", __name__, url_prefix="/api/v1/livestreams", description="Phiên livestream"
)

TIMESTAMP_HEADER, SIGNATURE_HEADER = "X-Ocop-Timestamp", "X-Ocop-Signature"
TOLERANCE_SECONDS = 300
MOST_BYTES = 2 * 1024 * 1024
# Refused calls only: a busy session sends many batches, all signed.
REFUSED_PER_ADDRESS = "600/minute"

SIGNED = [
    {
        "in": "header",
        "name": TIMESTAMP_HEADER,
        "required": True,
        "description": "Unix seconds, at most five minutes from now",
        "schema": {"type": "string", "pattern": "^[0-9]{1,12}$"},
    },
    {
        "in": "header",
        "name": SIGNATURE_HEADER,
        "required": True,
        "description": "sha256= and the hex HMAC-SHA256, under the session's key, of the "
        "timestamp, a dot and the body as sent",
        "schema": {"type": "string"},
    },
]

Post = Callable[..., ResponseReturnValue]


def sign(key: str, timestamp: str, raw: bytes) -> str:
    """The signature of a body: "sha256=" and the hex HMAC-SHA256 of timestamp, ".", raw body."""
    message = timestamp.encode() + b"." + raw
    return "sha256=" + hmac.new(key.encode(), message, hashlib.sha256).hexdigest()


def _signed(post: Post) -> Post:
    """Let a request in only when its session signed exactly these bytes within five minutes.

    It stands before the body is parsed: what nobody vouches for is not even read.
    """

    @wraps(post)
    def checked(self: MethodView, *args: Any, ref: str, **kwargs: Any) -> ResponseReturnValue:
        if not _is_signed(ref):
            limits.hit(REFUSED_PER_ADDRESS, "comments", request.remote_addr or "?")
            raise NotTrusted
        return post(self, *args, ref=ref, **kwargs)

    return checked


def _is_signed(ref: str) -> bool:
    request.max_content_length = MOST_BYTES
    raw = request.get_data()  # before the query: a slow sender holds no connection of the database
    timestamp = request.headers.get(TIMESTAMP_HEADER, "")
    given = request.headers.get(SIGNATURE_HEADER, "")
    try:
        key, known = broadcasts.ingest_key(_broadcast(ref)), True
    except NotFound:
        # As much work as for a session that exists, so that the time taken tells nothing either.
        key, known = "no such session", False
    right = sign(key, timestamp, raw)
    same = hmac.compare_digest(right.encode(), given.encode("utf-8", "replace"))
    return same and known and _is_fresh(timestamp)


def _broadcast(ref: str) -> Broadcast:
    return access.get(access.SYSTEM, Broadcast, ref, Permission.LIVESTREAM_RUN)


def _is_fresh(timestamp: str) -> bool:
    if not re.fullmatch(r"[0-9]{1,12}", timestamp):
        return False
    return abs(clock.now().timestamp() - int(timestamp)) <= TOLERANCE_SECONDS


@blp.route("/<ref>/comments")
class Comments(MethodView):
    """The comments of one session."""

    public = signed = True

    @_signed
    @blp.doc(parameters=SIGNED)
    @blp.arguments(BatchSchema)
    @blp.response(202, AcceptedSchema)
    @blp.alt_response(404, description="No such session, or not signed by it just now")
    def post(self, batch: dict[str, Any], ref: str) -> dict[str, int]:
        """Keep a batch; what is new in it is read at once. Sending it again changes nothing."""
        with transaction():
            accepted, repeated = comments.ingest(_broadcast(ref), batch["comments"])
        return {"accepted": accepted, "repeated": repeated}


@blp.route("/<ref>/readings")
class Readings(MethodView):
    """What the reader makes of a comment."""

    @tokens.needs(blp, "livestream:read")
    @blp.arguments(ReadingQuery)
    @blp.response(200, ReadingOut)
    @api.refuses(blp, 404)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> dict[str, Any]:
        """Read a comment as the session would now; nothing is kept and nothing is held."""
        row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_READ)
        on_table = data["focus"] if "focus" in data else broadcasts.table(row).at(clock.now())
        found = reading.read(
            data["text"], broadcasts.pinned(row), on_table or None, words.own(row.seller_id)
        )
        spans = [{"start": s.start, "end": s.end, "what": s.what} for s in found.spans]
        return {**comments.as_json(found), "spans": spans}
