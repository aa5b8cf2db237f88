"""Withdrawal periods (thời gian cách ly): how long after an input nothing may be harvested.

A production diary names dose and withdrawal period of each input; goods harvested before its end
are not published (TCVN 12850:2019, diaries of VietGAP).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import aliased

from shop import clock
from shop.database import db
from traceability import events
from traceability.models import Lot, TraceEvent, TraceItem


@dataclass(frozen=True)
class Breach:
    """Goods of the lot were taken on `harvested_on`, though `input` forbade it until `until`."""

    lot: Lot
    input: str
    until: date
    harvested_on: date
    harvest: TraceEvent

    @property
    def words(self) -> str:
        """What happened, for people."""
        said: str = _(
            "Lô %(code)s thu hoạch ngày %(day)s, còn trong thời gian cách ly của %(input)s (đến "
            "hết ngày %(until)s).",
            code=self.lot.code,
            day=self.harvested_on.strftime("%d/%m/%Y"),
            input=self.input,
            until=(self.until - timedelta(1)).strftime("%d/%m/%Y"),
        )
        return said


def breaches(lot_ids: Iterable[int]) -> list[Breach]:
    """Every harvest of these lots inside the withdrawal period of an earlier input; one query."""
    found: list[Breach] = []
    inputs: dict[int, list[tuple[TraceEvent, str, date]]] = {}
    for event, lot in _told(lot_ids):
        if event.kind != "harvest":
            said = events.facts_of(event)
            if (until := _until(event, said)) is not None:
                inputs.setdefault(lot.id, []).append((event, said.get("input", ""), until))
            continue
        day = clock.vietnam(event.happened_at).date()
        found += [
            Breach(lot, name, until, day, event)
            for _event, name, until in inputs.get(lot.id, [])
            if day < until
        ]
    return found


def _told(lot_ids: Iterable[int]) -> list[tuple[TraceEvent, Lot]]:
    """Inputs and harvests that hold, in the order in which they happened."""
    correction = aliased(TraceEvent)
    wrong = select(correction.id).where(correction.corrects_id == TraceEvent.id)
    query = (
        select(TraceEvent, Lot)
        .join(TraceItem, TraceItem.event_id == TraceEvent.id)
        .join(Lot, Lot.id == TraceItem.lot_id)
        .where(Lot.id.in_(list(lot_ids)), ~wrong.exists())
        .where(TraceEvent.kind.in_(("spraying", "treating", "harvest")))
        .order_by(TraceEvent.happened_at, TraceEvent.id)
    )
    return [(event, lot) for event, lot in db.session.execute(query)]


def _until(event: TraceEvent, said: dict[str, str]) -> date | None:
    """The first day on which goods may be taken again."""
    days = said.get("withdrawal_days", "")
    if not days.isdigit() or int(days) == 0:
        return None
    return clock.vietnam(event.happened_at).date() + timedelta(int(days))


def running(lot: Lot) -> tuple[str, date] | None:
    """The input that forbids harvesting the lot today, and the first day on which it no longer
    does; None when none does."""
    ends = [
        (until, said.get("input", ""))
        for event, _lot in _told([lot.id])
        if event.kind != "harvest"
        and (until := _until(event, said := events.facts_of(event))) is not None
        and until > clock.today()
    ]
    return (max(ends)[1], max(ends)[0]) if ends else None
