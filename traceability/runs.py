"""Runs of stamps: those of a batch from one code to another, as people scan or type the two."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from flask_babel import gettext as _
from sqlalchemy import select

from shop.database import db
from shop.errors import BadInput
from traceability import digital_link, identifiers
from traceability.digital_link import BadLink
from traceability.errors import NotOfThisBatch
from traceability.stamp_models import Stamp, StampBatch

_NUMBER = re.compile(r"[0-9]{1,6}")  # a code is longer


class Run(NamedTuple):
    """Stamps `first` to `last` of a batch, by their numbers, both included."""

    first: int
    last: int


def typed(batch: StampBatch, said: Mapping[str, str]) -> Run | None:
    """The run that RunSchema read, None for the whole batch. Raises BadInput, NotOfThisBatch."""
    if said["last"].strip() and not said["first"].strip():
        raise BadInput({"first": [_("Ghi cả tem đầu.")]})
    return between(batch, said["first"], said["last"]) if said["first"].strip() else None


def between(batch: StampBatch, first: str, last: str = "") -> Run:
    """The run between two codes in either order; without `last` the one stamp `first`.

    Each is a code with or without its groups, an address as a scanner types it, or the number of
    the stamp. Raises NotOfThisBatch.
    """
    start = _number(batch, first)
    end = _number(batch, last) if last.strip() else start
    return Run(min(start, end), max(start, end))


def _number(batch: StampBatch, written: str) -> int:
    plain = written.strip()
    query = select(Stamp.number).where(Stamp.batch_id == batch.id)
    if _NUMBER.fullmatch(plain):
        query = query.where(Stamp.number == int(plain))
    else:
        query = query.where(Stamp.code == _code(plain))
    number = db.session.scalar(query)
    if number is None:
        raise NotOfThisBatch(plain)
    return number


def _code(plain: str) -> str:
    if "/" not in plain:
        return identifiers.typed(plain)
    try:
        return digital_link.parse(plain).serial or ""
    except BadLink:
        return ""
