"""The plates of a whole market in one run: drawn, read back, kept as one file."""

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, update
from sqlalchemy.orm import joinedload

from shop import clock, outbox
from shop.accounts.access import Actor
from shop.database import db, transaction
from shop.errors import NotFound
from shop.markets import booths, plates, registry
from shop.markets.errors import NoPlate
from shop.markets.models import Booth, Market, PlateRun, RunState
from shop.markets.plates import Plate

# Plates between two words of progress.
TICK = 25


@dataclass(frozen=True)
class Work:
    """What a run draws: the numbers of the booths and their plates, and whom it passes over."""

    run_id: int
    ref: str
    paper: str
    title: str
    numbers: Sequence[str]
    plates: Sequence[Plate]
    skipped: list[list[str]]


def start(actor: Actor, market: Market, paper: str) -> PlateRun:
    """Have a worker draw the plates of all booths in use."""
    if actor.user_id is None:
        raise ValueError("a run is somebody's")
    row = PlateRun(market_id=market.id, paper=paper, requested_by=actor.user_id)
    db.session.add(row)
    db.session.flush()
    outbox.add("shop.markets.jobs.draw_plates", {"run_id": row.id})
    return row


def get(actor: Actor, ref: str) -> PlateRun:
    """A run of a market that the actor keeps. Raises NotFound."""
    mine = registry.kept(actor).with_only_columns(Market.id).order_by(None)
    query = select(PlateRun).where(PlateRun.ref == ref, PlateRun.market_id.in_(mine))
    row = db.session.scalar(query.options(joinedload(PlateRun.market)))
    if row is None:
        raise NotFound(ref=ref)
    return row


def of_market(market: Market, most: int = 10) -> Sequence[PlateRun]:
    """The latest runs of a market, newest first."""
    query = select(PlateRun).where(PlateRun.market_id == market.id)
    return db.session.scalars(query.order_by(PlateRun.id.desc()).limit(most)).all()


def carry_out(run_id: int) -> None:
    """Draw, read back and keep the file. Commits, also on the way, for the progress; twice is once.

    A plate whose code is not read back as the account on file is left out and named.
    """
    work = _work(run_id)
    if work is None:
        return
    sound = list(work.plates)
    if not sound:
        _end(work, None, _("Chưa sạp nào có tài khoản nhận tiền, nên chưa có biển để in."))
        return
    data, wrong = _drawn(work, sound)
    if wrong:
        said = _("Mã đã vẽ không đọc lại được đúng tài khoản.")
        work.skipped.extend([work.numbers[at], said] for at in wrong)
        sound = [plate for at, plate in enumerate(sound) if at not in set(wrong)]
        data, wrong = _drawn(work, sound) if sound else (b"", [0])
    if wrong:
        _end(work, None, _("Mã đã vẽ không đọc lại được đúng tài khoản."))
        return
    key = f"plates/{work.ref}.pdf"
    current_app.extensions["storage"].put(key, data, "application/pdf")
    _end(work, key, "", made=len(sound))


def _work(run_id: int) -> Work | None:
    with transaction():
        row = db.session.get(PlateRun, run_id, with_for_update=True)
        if row is None or row.state != RunState.DRAWING:
            return None
        found = db.session.scalars(
            booths.of_market(row.market).options(joinedload(Booth.market))
        ).all()
        payees = booths.payees(found)
        numbers, drawn, skipped = [], [], []
        for booth in found:
            try:
                drawn.append(plates.of(booth, payees.get(booth.id)))
                numbers.append(booth.number)
            except NoPlate as error:
                skipped.append([booth.number, error.message])
        row.total, row.done = len(drawn), 0
        title = f"VietQR {row.market.name}"
        return Work(row.id, row.ref, row.paper, title, numbers, drawn, skipped)


def _drawn(work: Work, wanted: Sequence[Plate]) -> tuple[bytes, list[int]]:
    """The file, and which of `wanted` are not read back from it."""
    paper, out = plates.PAPERS[work.paper], BytesIO()
    # Drawing is half of the way, reading back the other.
    plates.draw(wanted, paper, out, title=work.title, tick=lambda done: _tell(work, done // 2))
    half = len(wanted) // 2
    data = out.getvalue()
    wrong = plates.read_back(
        data, wanted, paper, tick=lambda done: _tell(work, half + (done + 1) // 2)
    )
    return data, wrong


def _tell(work: Work, done: int) -> None:
    if done % TICK:
        return
    with transaction():
        told = update(PlateRun).where(PlateRun.id == work.run_id, PlateRun.done < done)
        db.session.execute(told.values(done=done))


def _end(work: Work, key: str | None, refused: str, made: int = 0) -> None:
    with transaction():
        row = db.session.get_one(PlateRun, work.run_id, with_for_update=True)
        if row.state != RunState.DRAWING:
            return
        row.state = RunState.DONE if key else RunState.FAILED
        row.file_key, row.refused, row.skipped = key, refused, work.skipped
        row.total = row.done = made
        row.ended_at = clock.now()


def give_up(run_id: int) -> None:
    """Every try failed: say so on its page. Commits."""
    with transaction():
        row = db.session.get(PlateRun, run_id, with_for_update=True)
        if row is not None and row.state == RunState.DRAWING:
            row.state, row.ended_at = RunState.FAILED, clock.now()
            row.refused = _("Chưa vẽ được, xin thử lại.")
