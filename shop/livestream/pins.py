"""Codes of a session: put goods under them, change them while it runs, say what is on the table.

What a comment means by a code is what the code meant when it was written (the platform's time).
"""

from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import func, select

from shop import clock, outbox
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.catalogue.models import Variant
from shop.database import db
from shop.errors import BadInput
from shop.livestream import broadcasts, checklist, screens
from shop.livestream.errors import CannotPin, NoSuchCode, NotWhole
from shop.livestream.models import Broadcast, Claim, Focus, Pin

_WORDS = ("label", "unit", "aliases", "variants")
_TERMS = ("price_vnd", "cap", "per_buyer")


def pin(actor: Actor, broadcast: Broadcast, data: dict[str, Any], variant: Variant | None) -> Pin:
    """Put goods under a code, or change what is under it. `data` as PinSchema gives it.

    Without `variant` the code is understood, but a person must say what is sold under it. Terms
    that `data` does not name stay as they were, if the goods do. While the session runs, a change
    holds from now on: what was said before keeps its goods and its price. The first pin of a code
    also holds for what was said before it, when the host was quicker than the helper: nothing else
    was ever meant by the code.

    Raises CannotPin for goods that are not on sale, NotWhole, BadInput (`label`, `unit`,
    `per_buyer`), NotReady on the air for goods that lack papers, Closed after the session.
    """
    broadcasts.must_be_open(broadcast)
    if variant is not None and not (variant.active and variant.product.on_sale):
        raise CannotPin(variant.product.name)
    if variant is not None and broadcast.state in broadcasts.RUNNING:
        checklist.expect_papers(broadcast, variant.product)
    before = _current(broadcast, data["code"])
    values = _values(before, data, variant)
    _expect_sensible(values, variant)
    if before is not None and all(getattr(before, name) == v for name, v in values.items()):
        return before
    row = _row(broadcast, before, data["code"])
    for name, value in values.items():
        setattr(row, name, value)
    db.session.flush()
    db.session.expire(broadcast, ["pins"])
    if variant is not None:
        # A higher cap may have room for who waits.
        outbox.record("pin_changed", variant_ids=[variant.id])
    audit.note(actor, "livestream.pin", broadcast, f"{broadcast.title}: {row.code}")
    screens.tell(broadcast)
    return row


def _current(broadcast: Broadcast, code: str) -> Pin | None:
    query = select(Pin).where(
        Pin.broadcast_id == broadcast.id, Pin.code == code, Pin.until_at.is_(None)
    )
    return db.session.scalar(query)


def _values(before: Pin | None, data: dict[str, Any], variant: Variant | None) -> dict[str, Any]:
    values = {name: data.get(name) or [] for name in ("aliases", "variants")}
    values["label"] = data.get("label") or (variant.product.name if variant else "")
    values["unit"] = data.get("unit") or (variant.unit if variant else "")
    values["variant_id"] = variant.id if variant else None
    same = before is not None and before.variant_id == values["variant_id"]
    for name in _TERMS:
        values[name] = data.get(name, getattr(before, name) if same else None)
    return values


def _expect_sensible(values: dict[str, Any], variant: Variant | None) -> None:
    said = {
        "label": _("Chọn hàng bán dưới mã này, hoặc ghi tên gọi trong phiên."),
        "unit": _("Chọn hàng bán dưới mã này, hoặc ghi đơn vị."),
    }
    missing = {name: [words] for name, words in said.items() if not values[name]}
    if missing:
        raise BadInput(missing)
    cap, per_buyer = values["cap"], values["per_buyer"]
    if cap is not None and per_buyer is not None and per_buyer > cap:
        raise BadInput({"per_buyer": [_("Mỗi người không thể mua quá số bán trong phiên.")]})
    parted = any(limit is not None and limit % 1 for limit in (cap, per_buyer))
    if parted and variant is not None and broadcasts.sold_by_the_piece(variant.unit):
        raise NotWhole(variant.unit)


def _row(broadcast: Broadcast, before: Pin | None, code: str) -> Pin:
    """The row to write into: the current one before the session runs, else one that begins now."""
    runs = broadcast.state in broadcasts.RUNNING
    if before is not None and not runs:
        return before
    now = clock.now()
    if before is not None:
        before.until_at = now
        db.session.flush()  # one current row a code: the old one ends before the new one comes
    was_pinned = before is not None or _ever(broadcast, code)
    row = Pin(broadcast_id=broadcast.id, code=code, from_at=now if was_pinned else None)
    db.session.add(row)
    return row


def _ever(broadcast: Broadcast, code: str) -> bool:
    query = select(func.count()).where(Pin.broadcast_id == broadcast.id, Pin.code == code)
    return bool(db.session.scalar(query))


def unpin(actor: Actor, broadcast: Broadcast, code: str) -> None:
    """The code means nothing from now on; what was said before keeps its meaning.

    Off the table it goes too. Raises NoSuchCode, Closed.
    """
    broadcasts.must_be_open(broadcast)
    row = _current(broadcast, code)
    if row is None:
        raise NoSuchCode(code)
    now = clock.now()
    if broadcast.state in broadcasts.RUNNING or _is_used(row):
        row.until_at = now
    else:
        db.session.delete(row)
    if broadcasts.table(broadcast).at(now) == code:
        db.session.add(Focus(broadcast_id=broadcast.id, code=None, at=now))
    db.session.flush()
    db.session.expire(broadcast, ["pins"])
    audit.note(actor, "livestream.unpin", broadcast, f"{broadcast.title}: {code}")
    screens.tell(broadcast)


def _is_used(row: Pin) -> bool:
    return bool(db.session.scalar(select(func.count()).where(Claim.pin_id == row.id)))


def focus(actor: Actor, broadcast: Broadcast, code: str | None, *, at: datetime) -> None:
    """From `at` on (platform time) `code` is on the table, or nothing when it is None.

    Raises NoSuchCode, Closed.
    """
    broadcasts.must_be_open(broadcast)
    if code is not None and _current(broadcast, code) is None:
        raise NoSuchCode(code)
    db.session.add(Focus(broadcast_id=broadcast.id, code=code, at=at))
    audit.note(actor, "livestream.focus", broadcast, f"{broadcast.title}: {code or '–'}")
    screens.tell(broadcast)


def at(broadcast: Broadcast, code: str, instant: datetime) -> Pin | None:
    """What `code` meant at that instant (platform time), or None."""
    return broadcasts.codes(broadcast).pin(code, instant)


def past(broadcast: Broadcast) -> list[Pin]:
    """What was under codes and is no more, the latest first."""
    query = select(Pin).where(Pin.broadcast_id == broadcast.id, Pin.until_at.is_not(None))
    return list(db.session.scalars(query.order_by(Pin.until_at.desc(), Pin.id.desc())))
