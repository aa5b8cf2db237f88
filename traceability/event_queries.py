"""SimpleEventQuery of EPCIS 2.0: the parameters that we answer, each as a condition."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import ARRAY, Select, Text, cast, or_

from shop import cursors
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.errors import BadInput
from traceability import epc_uris, epcis
from traceability.epcis_models import Statement
from traceability.errors import Exchange
from traceability.models import TraceEvent

MOST = 100
MOST_VALUES = 50
# Parameter → the marks that an event is found by; its values are "one of these".
MARKS: dict[str, tuple[str, ...]] = {
    "eventType": ("type",),
    "EQ_action": ("action",),
    "EQ_bizStep": ("step",),
    "EQ_disposition": ("disposition",),
    "EQ_readPoint": ("readPoint",),
    "EQ_bizLocation": ("bizLocation",),
    "MATCH_epc": ("epc",),
    "MATCH_parentID": ("parentID",),
    "MATCH_inputEPC": ("inputEPC",),
    "MATCH_outputEPC": ("outputEPC",),
    "MATCH_anyEPC": ("anyEPC",),
    "MATCH_epcClass": ("epcClass",),
    "MATCH_inputEPCClass": ("inputEPCClass",),
    "MATCH_outputEPCClass": ("outputEPCClass",),
    "MATCH_anyEPCClass": ("anyEPCClass",),
}
TIMES = {
    "GE_eventTime": TraceEvent.happened_at.__ge__,
    "LT_eventTime": TraceEvent.happened_at.__lt__,
    "GE_recordTime": TraceEvent.recorded_at.__ge__,
    "LT_recordTime": TraceEvent.recorded_at.__lt__,
}
NAMES = "EQ_eventID"
PAGING = ("perPage", "nextPageToken")
PARAMETERS = (*MARKS, *TIMES, NAMES, *PAGING)
_PLACES = {"EQ_readPoint", "EQ_bizLocation"}


@dataclass(frozen=True)
class Found:
    """A piece of an answer; `next_page` leads on, None at the end."""

    statements: list[Statement]
    next_page: str | None


def ask(actor: Actor, wanted: Mapping[str, str]) -> Found:
    """The events of the actor's sellers that meet every parameter, in the order of the record.

    Values of one parameter are parted by `|`. Raises Exchange for one that we do not answer.
    """
    unknown = sorted(set(wanted) - set(PARAMETERS))
    if unknown:
        raise _bad(_("Chưa hỗ trợ tham số %(name)s.", name=unknown[0]))
    query = access.rows(actor, Statement, Permission.STAMPS_READ)
    query = query.join(TraceEvent, TraceEvent.id == Statement.event_id)
    for name, value in wanted.items():
        if name not in PAGING:
            query = _narrowed(query, name, value)
    kept = sorted((name, value) for name, value in wanted.items() if name not in PAGING)
    asked: dict[str, Any] = {"limit": _per_page(wanted), "cursor": wanted.get("nextPageToken")}
    try:
        piece = cursors.piece(query, [Statement.event_id], asked, of=f"epcis:{kept}")
    except BadInput as error:
        raise _bad(_("nextPageToken không đúng: đọc lại từ đầu.")) from error
    return Found(piece.items, piece.next_cursor)


def one(actor: Actor, name: str) -> Statement | None:
    """The event with this ID, of the actor's sellers."""
    query = access.rows(actor, Statement, Permission.STAMPS_READ)
    known = or_(Statement.name == name, Statement.hash_id == name)
    return db.session.scalar(query.where(known).order_by(Statement.event_id).limit(1))


def _narrowed(query: Select[Statement], name: str, value: str) -> Select[Statement]:
    if name in TIMES:
        return query.where(TIMES[name](_time(name, value)))
    values = value.split("|")
    if len(values) > MOST_VALUES:
        raise _bad(_("Tham số %(name)s có quá nhiều giá trị.", name=name))
    if name == NAMES:
        return query.where(or_(Statement.name.in_(values), Statement.hash_id.in_(values)))
    if name.startswith("MATCH_") or name in _PLACES:
        values = [epc_uris.canonical(each) for each in values]
    marks = [f"{mark}:{each}" for mark in MARKS[name] for each in values]
    return query.where(Statement.marks.op("&&")(cast(marks, ARRAY(Text))))


def _time(name: str, value: str) -> datetime:
    try:
        return epcis.utc(value.replace(" ", "+"))  # a plus that was not escaped
    except ValueError:
        raise _bad(_("%(name)s phải là thời điểm ISO 8601 có múi giờ.", name=name)) from None


def _per_page(wanted: Mapping[str, str]) -> int:
    value = wanted.get("perPage", "30")
    if not (value.isascii() and value.isdigit() and len(value) < 7 and int(value) > 0):
        raise _bad(_("perPage phải là số nguyên dương."))
    return min(int(value), MOST)


def _bad(message: str) -> Exchange:
    return Exchange("QueryParameterException", message)
