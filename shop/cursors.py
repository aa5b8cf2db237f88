"""Lists of the API in pieces: a cursor names the last row seen, so new rows shift nothing.

A cursor is sealed: internal keys stay inside, and nobody can make one up.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from marshmallow import fields
from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute

from shop import vault
from shop.database import db
from shop.errors import BadInput
from shop.fields import Schema, Text, Whole

MOST = 100
_LONGEST = 4000


class CursorQuery(Schema):
    """How many rows are wanted, and after which."""

    cursor = Text(
        longest=_LONGEST,
        metadata={"description": "`next_cursor` of the piece before; the first piece has none"},
    )
    limit = Whole(1, MOST, load_default=25)


class CursorPage(Schema):
    """Base of the answers: `items` is added by the room."""

    next_cursor = fields.String(
        dump_only=True,
        required=True,
        allow_none=True,
        metadata={"description": "Asks for the next piece; null: this was the last one"},
    )


@dataclass(frozen=True)
class Piece:
    """Some rows of a list; `next_cursor` leads on, None at the end."""

    items: list[Any]
    next_cursor: str | None


def piece(
    query: Select[Any],
    by: Sequence[InstrumentedAttribute[Any]],
    wanted: dict[str, Any],
    *,
    of: str,
) -> Piece:
    """The rows of `query` after `wanted["cursor"]`, ordered by the columns `by`; one query.

    `by`: never null, text or whole numbers, together unique. `of` names the list and its filters:
    a cursor of another list is refused. Raises BadInput for a cursor that we did not give.
    """
    if wanted.get("cursor"):
        query = query.where(tuple_(*by) > tuple(_opened(wanted["cursor"], of, len(by))))
    ordered = query.order_by(None).order_by(*by).limit(wanted["limit"] + 1)
    rows = list(db.session.scalars(ordered).unique())
    items = rows[: wanted["limit"]]
    if len(rows) == len(items):
        return Piece(items, None)
    return Piece(items, _sealed([getattr(items[-1], column.key) for column in by], of))


def _sealed(after: list[Any], of: str) -> str:
    return vault.seal(json.dumps([of, after], ensure_ascii=False), _key())


def _opened(cursor: str, of: str, length: int) -> list[Any]:
    try:
        kept_of, after = json.loads(vault.open_sealed(cursor, _key()))
    except (vault.CannotOpen, ValueError):
        raise _refusal() from None
    if kept_of != of or len(after) != length:
        raise _refusal()
    return list(after)


def _refusal() -> BadInput:
    return BadInput({"cursor": [_("Dấu trang không đúng. Xin đọc lại danh sách từ đầu.")]})


def _key() -> str:
    return f"cursors:{current_app.config['SETTINGS'].secret_key}"
