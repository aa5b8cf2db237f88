"""API: batches of stamps, from what is asked for to stamps on goods."""

from typing import Any

from flask import Response, url_for
from flask.views import MethodView
from marshmallow import fields
from sqlalchemy.orm import joinedload

from shop import api, cursors
from shop.accounts import access, tokens
from shop.accounts.access import Actor, Permission
from shop.catalogue.models import Product
from shop.cursors import CursorPage, CursorQuery, Piece
from shop.database import transaction
from shop.fields import Schema
from traceability import batches, choices, files, printing, runs, stamps
from traceability.schemas import BatchSchema, RunSchema, WithdrawSchema
from traceability.stamp_models import BatchState, StampBatch

blp = api.Blueprint(
    "stamps_api", __name__, url_prefix="/api/v1/stamp-batches", description="Tem truy xuất"
)

BINARY = {"type": "string", "format": "binary"}
CONTENT = {kind: {"schema": BINARY} for _extension, kind in printing.FILES.values()}
READ, PRINT = Permission.STAMPS_READ, Permission.STAMPS_PRINT


class StampBatchOut(Schema):
    """Stamps printed together. `state`: waiting, ready, failed; `made`: in the file so far.

    `printed` and `active`: how many serials there are, and are on goods. `file`: where the file
    is, null until it is ready.
    """

    ref = fields.String(dump_only=True)
    product = fields.String(dump_only=True)
    lot = fields.String(dump_only=True, allow_none=True)
    level = fields.String(dump_only=True)
    gtin = fields.String(dump_only=True, allow_none=True)
    first_number = fields.Integer(dump_only=True)
    count = fields.Integer(dump_only=True)
    layout = fields.String(dump_only=True)
    format = fields.String(dump_only=True)
    scratch = fields.Boolean(dump_only=True)
    state = fields.String(dump_only=True)
    made = fields.Integer(dump_only=True)
    printed = fields.Integer(dump_only=True)
    active = fields.Integer(dump_only=True)
    requested_at = fields.AwareDateTime(dump_only=True)
    ready_at = fields.AwareDateTime(dump_only=True, allow_none=True)
    file = fields.String(dump_only=True, allow_none=True)


class StampBatchPage(CursorPage):
    """A piece of a list of batches."""

    items = fields.List(fields.Nested(StampBatchOut), required=True)


class StampsChanged(Schema):
    """How many stamps changed; none when that was done before."""

    changed = fields.Integer(dump_only=True)


class StampBatchIn(BatchSchema):
    """A batch to print. `product`, `pack`: references; `lot`: its code; `layout`: name or ref."""


class StampRun(RunSchema):
    """From one code, number or scanned address to another; without them the whole batch."""


class StampWithdrawal(WithdrawSchema):
    """One stamp (`first`) or those from `first` to `last` are void, damaged or lost, and why."""


_PLAIN = (
    *("ref", "level", "gtin", "first_number", "count", "layout", "format", "scratch", "state"),
    *("made", "requested_at", "ready_at"),
)


def _shown(rows: list[StampBatch]) -> list[dict[str, Any]]:
    counts = stamps.counts([row.id for row in rows])
    return [_batch(row, counts.get(row.id, (0, 0))) for row in rows]


def _batch(row: StampBatch, counted: tuple[int, int]) -> dict[str, Any]:
    said: dict[str, Any] = {name: getattr(row, name) for name in _PLAIN}
    ready = row.state == BatchState.READY and row.file_key is not None
    return said | {
        "product": row.product.ref,
        "lot": row.lot.ref if row.lot else None,
        "printed": counted[0],
        "active": counted[1],
        "file": url_for("stamps_api.BatchFile", ref=row.ref, _external=True) if ready else None,
    }


@blp.route("")
class Batches(MethodView):
    """Batches of stamps of one's own sellers."""

    @tokens.needs(blp, "trace:read")
    @blp.arguments(CursorQuery, location="query")
    @blp.response(200, StampBatchPage)
    def get(self, wanted: dict[str, Any], actor: Actor) -> Piece:
        """Every batch, the oldest first."""
        product = joinedload(StampBatch.product).lazyload(Product.variants)
        query = access.rows(actor, StampBatch, READ).options(product, joinedload(StampBatch.lot))
        found = cursors.piece(query, [StampBatch.id], wanted, of="stamp batches")
        return Piece(_shown(found.items), found.next_cursor)

    @tokens.needs(blp, "trace:write")
    @blp.doc(parameters=[api.IDEMPOTENCY_KEY])
    @blp.arguments(StampBatchIn)
    @blp.response(201, StampBatchOut)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """Ask for stamps; a worker makes their file. A lot that is not there is opened."""

        def act(_key: str) -> str:
            return batches.request(actor, choices.batch(actor, data)).ref

        made = access.get(actor, StampBatch, api.act_once(actor.user_id, act), PRINT)
        return _shown([made])[0]


@blp.route("/<ref>")
class OneBatch(MethodView):
    """One batch."""

    @tokens.needs(blp, "trace:read")
    @blp.response(200, StampBatchOut)
    @api.refuses(blp, 404)
    def get(self, actor: Actor, ref: str) -> dict[str, Any]:
        """Its progress, and where its file is once it is ready."""
        return _shown([access.get(actor, StampBatch, ref, READ)])[0]


@blp.route("/<ref>/file")
class BatchFile(MethodView):
    """The file of a batch."""

    @tokens.needs(blp, "trace:read")
    @blp.doc(responses={200: {"description": "OK", "content": CONTENT}})
    @blp.response(200, BINARY, content_type="application/pdf")
    @api.refuses(blp, 404)
    def get(self, actor: Actor, ref: str) -> Response:
        """The stamps as they go to the printer: PDF, CSV or ZIP; each download is kept."""
        with transaction():
            row = access.get(actor, StampBatch, ref, READ, lock=True)
            taken = files.take(actor, row)
        return files.answer(taken)


@blp.route("/<ref>/activation")
class BatchActivation(MethodView):
    """Stamps that are on goods now."""

    @tokens.needs(blp, "trace:write")
    @blp.arguments(StampRun)
    @blp.response(200, StampsChanged)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> dict[str, int]:
        """Activate those from `first` to `last`, or all; twice is once."""
        with transaction():
            row = access.get(actor, StampBatch, ref, PRINT, lock=True)
            return {"changed": stamps.activate(actor, row, runs.typed(row, data))}


@blp.route("/<ref>/withdrawal")
class BatchWithdrawal(MethodView):
    """Stamps that are genuine no more."""

    @tokens.needs(blp, "trace:write")
    @blp.arguments(StampWithdrawal)
    @blp.response(200, StampsChanged)
    @api.refuses(blp, 404, 409)
    def post(self, data: dict[str, Any], actor: Actor, ref: str) -> dict[str, int]:
        """Void, damaged or lost: none of them comes back."""
        with transaction():
            row = access.get(actor, StampBatch, ref, PRINT, lock=True)
            run = runs.typed(row, data)
            return {"changed": stamps.withdraw(actor, row, run, data["state"], data["reason"])}
