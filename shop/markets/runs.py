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

    A plate whose code is not read back as the account on file is left out and named, and so is one
    whose account or booth changed meanwhile: a paper that pays somebody else is not handed out.
    """
    work = _work(run_id)
    if work is None:
        return
    sound = list(zip(work.numbers, work.plates, strict=True))
    if not sound:
        _end(work, None, _("Chưa sạp nào có tài khoản nhận tiền, nên chưa có biển để in."))
        return
    key, kept, why_last = f"plates/{work.ref}.pdf", False, ""
    while sound:
        data, wrong = _drawn(work, [plate for _number, plate in sound])
        unread = _("Mã đã vẽ không đọc lại được đúng tài khoản.")
        left_out = {sound[at][0]: unread for at in wrong}
        if not left_out:
            current_app.extensions["storage"].put(key, data, "application/pdf")
            kept = True
            left_out = _end_or_changed(work, key, sound)
            if not left_out:
                return
        work.skipped.extend([number, why] for number, why in left_out.items())
        why_last = next(iter(left_out.values()))
        sound = [each for each in sound if each[0] not in left_out]
    _end(work, None, why_last, forget=key if kept else "")


def _work(run_id: int) -> Work | None:
    with transaction():
        row = db.session.get(PlateRun, run_id, with_for_update=True)
        if row is None or row.state != RunState.DRAWING:
            return None
        drawn, skipped = _plates(row.market)
        row.total, row.done = len(drawn), 0
        title = f"VietQR {row.market.name}"
        numbers = list(drawn)
        return Work(row.id, row.ref, row.paper, title, numbers, list(drawn.values()), skipped)


def _plates(market: Market) -> tuple[dict[str, Plate], list[list[str]]]:
    """Number → plate of each booth in use, and [number, why] of those without one."""
    found = db.session.scalars(booths.of_market(market).options(joinedload(Booth.market))).all()
    payees = booths.payees(found)
    drawn, skipped = {}, []
    for booth in found:
        try:
            drawn[booth.number] = plates.of(booth, payees.get(booth.id))
        except NoPlate as error:
            skipped.append([booth.number, error.message])
    return drawn, skipped


def _end_or_changed(work: Work, key: str, sound: Sequence[tuple[str, Plate]]) -> dict[str, str]:
    """Number → why of the plates that would be drawn otherwise by now; if there are none, the run
    is done."""
    with transaction():
        row = db.session.get_one(PlateRun, work.run_id, with_for_update=True)
        if row.state != RunState.DRAWING:
            # Somebody left and the file was forgotten, or the same job ran twice and it is kept.
            if row.file_key != key:
                current_app.extensions["storage"].delete(key)
            return {}
        now, _skipped = _plates(row.market)
        said = _("Tài khoản hoặc chỗ bán vừa đổi. Xin in lại biển này.")
        changed = {number: said for number, plate in sound if now.get(number) != plate}
        if not changed:
            _done(row, work, key, len(sound))
        return changed


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


def _end(work: Work, key: str | None, refused: str, *, forget: str = "") -> None:
    with transaction():
        row = db.session.get_one(PlateRun, work.run_id, with_for_update=True)
        if row.state == RunState.DRAWING:
            if forget:  # the file of a try before everything changed
                current_app.extensions["storage"].delete(forget)
            _done(row, work, key, 0, refused)


def _done(row: PlateRun, work: Work, key: str | None, made: int, refused: str = "") -> None:
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
