"""Events that somebody else tells us in EPCIS 2.0: read, then kept in our record, each once.

Subset: Object-, Transformation- and AggregationEvents that name at least one class of goods
(`epcClass`). What the event said is kept word for word in the record; lots, containers, recalls
and corrections follow from it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from shop import outbox
from shop.accounts.access import Actor
from shop.database import db
from shop.errors import DomainError
from shop.sellers.models import Seller
from traceability import epcis, events, goods, recalls, statements
from traceability.epcis import Told
from traceability.epcis_models import Capture
from traceability.errors import CannotCapture
from traceability.events import Item, More
from traceability.kinds import KINDS, Shape
from traceability.models import TraceEvent

MOST_EVENTS = 500
MOST_ERRORS = 100
MOST_QUANTITY = 10**9  # what NUMERIC(12, 3) holds
_TYPES = ("ObjectEvent", "TransformationEvent", "AggregationEvent")
_OFFSET = re.compile(r"[+-](?:0\d|1[0-4]):[0-5]\d")
_REASONS = ("did_not_occur", "incorrect_data")


def request(
    actor: Actor, seller: Seller, document: Mapping[str, Any], *, proceed: bool = False
) -> Capture:
    """Take a document in; a worker keeps its events. Raises CannotCapture for what is none."""
    _listed(document)
    row = Capture(seller_id=seller.id, user_id=actor.user_id, by=actor.name, proceed=proceed)
    row.document, row.errors = dict(document), []
    db.session.add(row)
    db.session.flush()
    outbox.add("traceability.capture_jobs.capture", {"capture_id": row.id})
    return row


def seller(seller_id: int) -> Seller:
    """The seller with this key, into whose record a document goes."""
    return db.session.get_one(Seller, seller_id)


def namespaces(document: Mapping[str, Any]) -> dict[str, str]:
    """Prefix → address, as the `@context` of a document says."""
    context = document.get("@context", [])
    found: dict[str, str] = {}
    for each in context if isinstance(context, list) else [context]:
        if isinstance(each, Mapping):
            found |= {name: value for name, value in each.items() if isinstance(value, str)}
    return found


def _listed(document: Mapping[str, Any]) -> list[Any]:
    body = document.get("epcisBody")
    listed = body.get("eventList") if isinstance(body, Mapping) else None
    version = str(document.get("schemaVersion", ""))
    whole = document.get("type") == "EPCISDocument" and version.partition(".")[0] == "2"
    if not whole or not isinstance(listed, list) or not listed:
        raise CannotCapture(_("Cần một EPCISDocument phiên bản 2.0 có eventList."))
    if len(listed) > MOST_EVENTS:
        raise CannotCapture(
            _("Mỗi lần gửi được nhiều nhất %(most)s sự kiện.", most=MOST_EVENTS), "eventList"
        )
    return listed


def keep(actor: Actor, capture: Capture) -> None:
    """Keep the events of a document: all of them or, unless it says proceed, none.

    Raises CannotCapture at the first that cannot be kept; under proceed it is noted.
    """
    document = capture.document or {}
    spaces = namespaces(document)
    kept: list[tuple[Any, int, TraceEvent]] = []
    for number, event in enumerate(_listed(document)):
        try:
            with db.session.begin_nested():
                kept.append((event, number, _keep(actor, capture.seller_id, event, spaces)))
        except DomainError as error:
            _refused(capture, error, number)
    capture.kept = len(kept)
    # What puts an event right may stand after it.
    for event, number, row in kept:
        try:
            with db.session.begin_nested():
                _declare(actor, event, row, spaces)
        except DomainError as error:
            _refused(capture, error, number)


def _refused(capture: Capture, error: DomainError, number: int) -> None:
    place = f"eventList[{number}]"
    if not capture.proceed:
        raise CannotCapture(error.message, place) from error
    capture.success = False
    if len(capture.errors) < MOST_ERRORS:
        capture.errors = [*capture.errors, problem(error.message, place)]


def problem(message: str, place: str = "") -> dict[str, Any]:
    """What was wrong with a document, as problem details with EPCIS's type."""
    told: dict[str, Any] = {"type": "epcisException:ValidationException", "title": message}
    return told | {"status": 400} | ({"instance": place} if place else {})


def _keep(actor: Actor, seller_id: int, event: Any, spaces: Mapping[str, str]) -> TraceEvent:
    """The event in our record: the one that is there already, or a new one."""
    name = check(event, spaces)
    if there := statements.find(seller_id, {name, str(event.get("eventID") or name)}):
        return db.session.get_one(TraceEvent, there.event_id)
    kind = KINDS[epcis.kind_told(event, spaces)]
    words = epcis.ours(event.get("ilmd", {}), spaces)
    items = [
        Item(goods.lot(actor, seller_id, told.uri, words), told.role, told.quantity, told.unit)
        for told in _once(epcis.lots_told(event, spaces))
    ]
    said = {n: v for n, v in event.items() if n not in ("errorDeclaration", "recordTime")}
    extra = {"event": json.dumps(said, ensure_ascii=False), "namespaces": dict(spaces)}
    box = goods.container(seller_id, event) if kind.shape is Shape.AGGREGATION else None
    more = More(container=box, key=f"epcis:{name}", extra={"epcis": extra})
    facts = epcis.facts_told(event, kind, spaces)
    row = events.record(actor, kind.code, epcis.utc(event["eventTime"]), items, facts, more)
    recalls.mark(row)
    return row


def _once(told: Sequence[Told]) -> list[Told]:
    """Each class once: an event of ours names a lot in one role."""
    found: dict[str, Told] = {}
    for each in told:
        found.setdefault(each.uri, each)
    return list(found.values())


def check(event: Any, spaces: Mapping[str, str]) -> str:
    """The hash ID of an event that we can keep. Raises CannotCapture."""
    if not isinstance(event, Mapping) or event.get("type") not in _TYPES:
        raise CannotCapture(_("Chỉ nhận ObjectEvent, TransformationEvent, AggregationEvent."))
    if not _OFFSET.fullmatch(str(event.get("eventTimeZoneOffset", ""))):
        raise CannotCapture(_("eventTimeZoneOffset phải như +07:00."))
    if event["type"] != _TYPES[1] and event.get("action") not in ("ADD", "OBSERVE", "DELETE"):
        raise CannotCapture(_("action phải là ADD, OBSERVE hoặc DELETE."))
    _check_shape(event)
    try:
        epcis.utc(event["eventTime"])
        name = epcis.named(event, spaces)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise CannotCapture(_("Sự kiện này không đọc được theo EPCIS 2.0.")) from None
    told = str(event.get("eventID") or name)
    if told.startswith("ni:///sha-256;") and told != name:
        raise CannotCapture(_("eventID không khớp với nội dung sự kiện."))
    return name


def _check_shape(event: Mapping[str, Any]) -> None:
    named = [name for name in epcis.QUANTITIES if name in event]
    goods_named = [element for name in named for element in _elements(event[name])]
    if not goods_named or not all(_is_quantity(element) for element in goods_named):
        raise CannotCapture(_("Sự kiện phải nêu ít nhất một lô hàng (epcClass) đọc được."))
    for name in ("readPoint", "bizLocation"):
        if name in event and not _has_id(event[name]):
            raise CannotCapture(_("%(name)s phải có id.", name=name))
    for name in ("epcList", "childEPCs", "inputEPCList", "outputEPCList"):
        if not all(isinstance(uri, str) for uri in _elements(event.get(name, []))):
            raise CannotCapture(_("%(name)s phải là danh sách URI.", name=name))
    if not isinstance(event.get("ilmd", {}), Mapping):
        raise CannotCapture(_("ilmd phải là một đối tượng."))
    declared = event.get("errorDeclaration")
    if declared is not None and not _is_declaration(declared):
        raise CannotCapture(_("errorDeclaration không đọc được theo EPCIS 2.0."))


def _elements(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [None]


def _is_quantity(element: Any) -> bool:
    if not isinstance(element, Mapping) or not isinstance(element.get("epcClass"), str):
        return False
    quantity = element.get("quantity", 1)
    number = isinstance(quantity, int | float) and not isinstance(quantity, bool)
    return number and 0 < quantity < MOST_QUANTITY and isinstance(element.get("uom", ""), str)


def _has_id(place: Any) -> bool:
    return isinstance(place, Mapping) and isinstance(place.get("id"), str)


def _is_declaration(declared: Any) -> bool:
    if not isinstance(declared, Mapping):
        return False
    try:
        epcis.utc(str(declared.get("declarationTime")))
    except ValueError:
        return False
    instead = declared.get("correctiveEventIDs", [])
    return isinstance(instead, list) and all(isinstance(name, str) for name in instead)


def _declare(
    actor: Actor, event: Mapping[str, Any], row: TraceEvent, spaces: Mapping[str, str]
) -> None:
    """Declare an event of ours wrong where its document does; once."""
    declared = event.get("errorDeclaration")
    taken = select(TraceEvent.id).where(TraceEvent.corrects_id == row.id)
    if declared is None or db.session.scalar(taken) is not None:
        return
    reason = str(declared.get("reason", "")).rpartition("-")[2] or "incorrect_data"
    reason = reason if reason in _REASONS else "incorrect_data"
    there = statements.find(row.seller_id, declared.get("correctiveEventIDs", []))
    instead = db.session.get(TraceEvent, there.event_id) if there else None
    why = str(epcis.ours(declared, spaces).get("why", ""))
    at = epcis.utc(declared["declarationTime"])
    events.correct(actor, row, reason, why, instead, at=at)
