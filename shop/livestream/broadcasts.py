"""Sessions: plan, rehearse, go live, pause, close; what each code meant and what lay there when.

Every move is made under the lock of the session's row.
"""

import secrets
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import select, update

from shop import clock, outbox, quantities, vault
from shop.accounts import access, audit
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.errors import BadInput
from shop.livestream import checklist, festivals, screens
from shop.livestream.errors import Closed, NotNow
from shop.livestream.models import Broadcast, BroadcastState, Comment, CommentState, Focus, Pin
from shop.livestream.plan_models import Host
from shop.livestream.understanding.reading import PinnedCode
from shop.orders import vouchers
from shop.sellers.models import Seller

PLANNED, REHEARSING = BroadcastState.PLANNED, BroadcastState.REHEARSING
LIVE, PAUSED, CLOSED = BroadcastState.LIVE, BroadcastState.PAUSED, BroadcastState.CLOSED

# Pins change by platform time while it is one of these, and in place before.
RUNNING = (LIVE, PAUSED)


def plan(actor: Actor, seller: Seller, data: dict[str, Any]) -> Broadcast:
    """A new session of `seller` with a fresh ingest key. `data` as PlanSchema gives it, with rows.

    Raises BadInput, as `change` does.
    """
    broadcast = Broadcast(
        seller_id=seller.id,
        title=data["title"],
        platform=data["platform"],
        state=PLANNED,
        sealed_ingest_key=vault.seal(secrets.token_urlsafe(32), _vault_key()),
    )
    _fill(broadcast, data)
    db.session.add(broadcast)
    db.session.flush()
    audit.note(actor, "livestream.plan", broadcast, broadcast.title)
    screens.tell(broadcast)
    return broadcast


def change(actor: Actor, broadcast: Broadcast, data: dict[str, Any]) -> None:
    """Plan it otherwise; what `data` does not name stays. While it runs, what it is planned with
    holds for what is said from now on.

    `data` as PlanSchema gives it, with the rows `host` and `festival`. Raises Closed, BadInput
    (`host`, `festival`, `voucher_code`, `ask_from`).
    """
    must_be_open(broadcast)
    _fill(broadcast, data)
    audit.note(actor, "livestream.change", broadcast, broadcast.title)
    screens.tell(broadcast)


def named(actor: Actor, data: dict[str, Any]) -> dict[str, Any]:
    """`data` with the rows that its references name: a host of the actor's, a festival.

    Raises NotFound.
    """
    rows: dict[str, Any] = {}
    if "host" in data:
        ref = data["host"]
        rows["host"] = access.get(actor, Host, ref, Permission.LIVESTREAM_RUN) if ref else None
    if "festival" in data:
        rows["festival"] = festivals.get(data["festival"]) if data["festival"] else None
    return data | rows


_COLUMNS = ("title", "platform", "starts_at", "hold_minutes", "unpaid", "claim_from", "ask_from")


def _fill(broadcast: Broadcast, data: dict[str, Any]) -> None:
    for name in _COLUMNS:
        if name in data:
            setattr(broadcast, name, data[name])
    if "voucher_code" in data:
        broadcast.voucher_code = _voucher(broadcast, data["voucher_code"])
    if "host" in data:
        _take_host(broadcast, data["host"])
    if "festival" in data:
        broadcast.festival = data["festival"]
    if broadcast.festival is not None:
        festivals.expect_on(broadcast.festival, broadcast.starts_at)
    _expect_thresholds(broadcast)


def _voucher(broadcast: Broadcast, code: str) -> str:
    if code and not vouchers.exists(broadcast.seller_id, code):
        raise BadInput({"voucher_code": [_("Đơn vị chưa có mã giảm giá này.")]})
    return code.upper()


def _take_host(broadcast: Broadcast, host: Host | None) -> None:
    if host is not None and (host.seller_id != broadcast.seller_id or host.ended_at is not None):
        raise BadInput({"host": [_("Chọn người dẫn của đơn vị mở phiên.")]})
    if broadcast.state in RUNNING and not checklist.stands(host):
        raise BadInput({"host": [_("Phiên đang chạy: chọn người đã được đối chiếu.")]})
    broadcast.host = host


def _expect_thresholds(broadcast: Broadcast) -> None:
    # A new row has its defaults from the database, and they are in order.
    ask, claim = broadcast.ask_from, broadcast.claim_from
    if ask is not None and claim is not None and ask > claim:
        said = _("Mức “cần xác nhận” không được cao hơn mức “chốt ngay”.")
        raise BadInput({"ask_from": [said]})


def rehearse(actor: Actor, broadcast: Broadcast) -> None:
    """Comments are read and shown from now on, and nothing is held. Raises Closed, NotNow."""
    if _comes_from(broadcast, REHEARSING, (PLANNED,)):
        broadcast.state = REHEARSING
        broadcast.rehearsed_at = broadcast.rehearsed_at or clock.now()
        broadcast.rehearsal_ended_at = None
        outbox.record("comments_arrived", broadcast_id=broadcast.id)
        audit.note(actor, "livestream.rehearse", broadcast, broadcast.title)
        screens.tell(broadcast)


def end_rehearsal(actor: Actor, broadcast: Broadcast) -> None:
    """Back to planned; what was said in the rehearsal never becomes an order. Raises NotNow."""
    if _comes_from(broadcast, PLANNED, (REHEARSING,)):
        broadcast.state = PLANNED
        _clear_rehearsal(broadcast)
        audit.note(actor, "livestream.end_rehearsal", broadcast, broadcast.title)
        screens.tell(broadcast)


def _clear_rehearsal(broadcast: Broadcast) -> None:
    now = broadcast.rehearsal_ended_at = clock.now()
    mine = update(Comment).where(Comment.broadcast_id == broadcast.id)
    # What was taken in and not read yet was said to the rehearsal too, whatever its clock says.
    db.session.execute(mine.where(Comment.state == CommentState.NEW).values(rehearsal=True))
    # Nothing of it waits for anybody.
    waits = (Comment.rehearsal, Comment.handled_at.is_(None))
    db.session.execute(mine.where(*waits).values(handled_at=now))


def listens(broadcast: Broadcast) -> bool:
    """Whether what is said may be read: it rehearses, or it was on the air at some time."""
    return broadcast.state == REHEARSING or broadcast.live_at is not None


def rehearses(broadcast: Broadcast, comment: Comment) -> bool:
    """Whether `comment` was said to the rehearsal, by platform time or because it is on now."""
    if comment.rehearsal or broadcast.state == REHEARSING:
        return True
    began, ended = broadcast.rehearsed_at, broadcast.rehearsal_ended_at
    return began is not None and ended is not None and began <= comment.posted_at < ended


def go_live(actor: Actor, broadcast: Broadcast) -> None:
    """The session is on the air; twice is once.

    Raises NotReady with all that is missing, Closed, NotNow.
    """
    if not _comes_from(broadcast, LIVE, (PLANNED, REHEARSING)):
        return
    checklist.expect_ready(broadcast)
    if broadcast.state == REHEARSING:
        _clear_rehearsal(broadcast)
    broadcast.state, broadcast.live_at = LIVE, clock.now()
    # What came before it began was kept, and is read now.
    outbox.record("comments_arrived", broadcast_id=broadcast.id)
    audit.note(actor, "livestream.go_live", broadcast, broadcast.title)
    screens.tell(broadcast)


def go_on(actor: Actor, broadcast: Broadcast) -> None:
    """The picture is back after a pause; twice is once. Raises Closed, NotNow."""
    if _comes_from(broadcast, LIVE, (PAUSED,)):
        broadcast.state = LIVE
        audit.note(actor, "livestream.go_on", broadcast, broadcast.title)
        screens.tell(broadcast)


def pause(actor: Actor, broadcast: Broadcast) -> None:
    """The picture is away; comments are still taken. Raises Closed, NotNow."""
    if _comes_from(broadcast, PAUSED, (LIVE,)):
        broadcast.state = PAUSED
        audit.note(actor, "livestream.pause", broadcast, broadcast.title)
        screens.tell(broadcast)


def close(actor: Actor, broadcast: Broadcast) -> None:
    """The session is over; twice is once. What was said before is still read and held."""
    if broadcast.state == CLOSED:
        return
    if broadcast.state == REHEARSING:
        _clear_rehearsal(broadcast)
    broadcast.state, broadcast.closed_at = CLOSED, clock.now()
    audit.note(actor, "livestream.close", broadcast, broadcast.title)
    screens.tell(broadcast)


def keep_replay(actor: Actor, broadcast: Broadcast, url: str) -> None:
    """Where the recording can be watched; empty: nowhere."""
    broadcast.replay_url = url
    audit.note(actor, "livestream.keep_replay", broadcast, broadcast.title)
    screens.tell(broadcast)


def must_be_open(broadcast: Broadcast) -> None:
    """Raises Closed once the session is over."""
    if broadcast.state == CLOSED:
        raise Closed


def _comes_from(broadcast: Broadcast, to: BroadcastState, states: Sequence[BroadcastState]) -> bool:
    """Whether `to` is still to be reached; False: it is so already. Raises Closed, NotNow."""
    must_be_open(broadcast)
    if broadcast.state == to:
        return False
    if broadcast.state not in states:
        raise NotNow
    return True


def ingest_key(broadcast: Broadcast) -> str:
    """The key that signs the batches of comments of this session."""
    return vault.open_sealed(broadcast.sealed_ingest_key, _vault_key())


def _vault_key() -> str:
    key: str = current_app.config["SETTINGS"].vault_key
    return key


@dataclass
class Codes:
    """What each code of a session meant when, by platform time."""

    pins: Sequence[Pin]
    turns: list[datetime] = field(init=False)
    _known: dict[int, tuple[tuple[PinnedCode, ...], dict[str, Pin]]] = field(init=False)

    def __post_init__(self) -> None:
        """Note the instants at which something changed: between two of them nothing does."""
        ends = {at for pin in self.pins for at in (pin.from_at, pin.until_at) if at is not None}
        self.turns, self._known = sorted(ends), {}

    def read_as(self, at: datetime) -> tuple[PinnedCode, ...]:
        """The codes as the reader wants them."""
        return self._at(at)[0]

    def pin(self, code: str, at: datetime) -> Pin | None:
        """What `code` meant at that instant, or None."""
        return self._at(at)[1].get(code)

    def _at(self, at: datetime) -> tuple[tuple[PinnedCode, ...], dict[str, Pin]]:
        turn = bisect_right(self.turns, at)
        if turn not in self._known:
            there = [pin for pin in self.pins if pin.holds_at(at)]
            self._known[turn] = tuple(map(_as_read, there)), {pin.code: pin for pin in there}
        return self._known[turn]


def _as_read(pin: Pin) -> PinnedCode:
    return PinnedCode(pin.code, canonical_unit(pin.unit), tuple(pin.aliases), tuple(pin.variants))


def codes(broadcast: Broadcast) -> Codes:
    """Everything that was ever pinned in this session."""
    query = select(Pin).where(Pin.broadcast_id == broadcast.id).order_by(Pin.code, Pin.id)
    return Codes(list(db.session.scalars(query)))


def pinned(broadcast: Broadcast, at: datetime | None = None) -> tuple[PinnedCode, ...]:
    """The codes on sale at `at` (platform time; now), as the reader wants them."""
    return codes(broadcast).read_as(at or clock.now())


def canonical_unit(unit: str) -> str:
    """The canonical spelling of a unit; one we do not know stays as it is."""
    try:
        return quantities.unit(unit)
    except ValueError:
        return unit


def sold_by_the_piece(unit: str) -> bool:
    """Whether goods in this unit cannot be parted: everything but weights and litres."""
    known = canonical_unit(unit)
    return known not in quantities.GRAMS and known != "lít"


@dataclass(frozen=True)
class Table:
    """What lay on the host's table when: instants (platform time) and codes, in order."""

    instants: list[datetime]
    codes: list[str | None]

    def at(self, instant: datetime) -> str | None:
        """The code on the table at `instant`, or None."""
        index = bisect_right(self.instants, instant)
        return self.codes[index - 1] if index else None


def table(broadcast: Broadcast) -> Table:
    """Everything that lay on the table in this session."""
    query = select(Focus.at, Focus.code).where(Focus.broadcast_id == broadcast.id)
    rows = db.session.execute(query.order_by(Focus.at, Focus.id)).all()
    return Table([at for at, _code in rows], [code for _at, code in rows])
