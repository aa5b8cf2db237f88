"""The daily seal: a signed Merkle root over every event not sealed yet, and proofs against it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import current_app
from sqlalchemy import func, select

from shop.database import db, insert_many
from traceability import evidence
from traceability.models import TraceEvent, TreeHead, TreeLeaf

_LOCK = 7_226_017


@dataclass(frozen=True)
class Proof:
    """That the event with `leaf_hash` is leaf `index` of `size` under the root of `head`."""

    head: TreeHead
    leaf_hash: str
    index: int
    size: int
    path: list[str]


def key() -> Ed25519PrivateKey:
    """The key of this site's tree heads."""
    return evidence.signing_key(current_app.config["SETTINGS"].stamp_key)


def seal(day: date) -> TreeHead | None:
    """Seal under `day` what no head holds yet; the head of the day is made once.

    Without any event a head is made too: silence is then proven as well. Needs a transaction.
    """
    db.session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    if db.session.scalar(select(TreeHead.id).where(TreeHead.day >= day).limit(1)) is not None:
        return None
    before = latest()
    events = db.session.execute(
        select(TraceEvent.id, TraceEvent.hash)
        .outerjoin(TreeLeaf, TreeLeaf.event_id == TraceEvent.id)
        .where(TreeLeaf.event_id.is_(None))
        .order_by(TraceEvent.id)
    ).all()
    leaves = _leaves(before, [each.hash for each in events])
    head = _signed(day, before, leaves)
    db.session.add(head)
    db.session.flush()
    rows = [
        {"event_id": each.id, "head_id": head.id, "leaf": place}
        for place, each in enumerate(events, 1)
    ]
    insert_many(TreeLeaf, rows, "event_id")
    return head


def latest() -> TreeHead | None:
    """The last head."""
    return db.session.scalar(select(TreeHead).order_by(TreeHead.day.desc()).limit(1))


def _leaves(before: TreeHead | None, hashes: Sequence[str]) -> list[bytes]:
    # The root before is the first leaf: so each head holds all heads before it.
    first = bytes.fromhex(before.root) if before else evidence.EMPTY_ROOT
    return [evidence.leaf(first), *map(bytes.fromhex, hashes)]


def _signed(day: date, before: TreeHead | None, leaves: list[bytes]) -> TreeHead:
    signer = key()
    root = evidence.root(leaves).hex()
    text = evidence.canonical(
        {
            "day": day.isoformat(),
            "size": len(leaves),
            "root": root,
            "previous": before.root if before else evidence.EMPTY_ROOT.hex(),
            "key": evidence.public_hex(signer),
        }
    )
    head = TreeHead(day=day, size=len(leaves), root=root, text=text.decode())
    head.signature = signer.sign(text).hex()
    return head


def prove(event: TraceEvent) -> Proof | None:
    """That `event` is in the tree of its day; None until it is sealed."""
    at = db.session.get(TreeLeaf, event.id)
    if at is None:
        return None
    head = db.session.get_one(TreeHead, at.head_id)
    before = select(TreeHead).where(TreeHead.day < head.day).order_by(TreeHead.day.desc()).limit(1)
    hashes = db.session.scalars(
        select(TraceEvent.hash)
        .join(TreeLeaf, TreeLeaf.event_id == TraceEvent.id)
        .where(TreeLeaf.head_id == head.id)
        .order_by(TreeLeaf.leaf)
    ).all()
    leaves = _leaves(db.session.scalar(before), hashes)
    path = [each.hex() for each in evidence.proof(leaves, at.leaf)]
    return Proof(head, event.hash, at.leaf, len(leaves), path)
