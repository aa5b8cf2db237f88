"""Documents: papers of a seller, a certificate, a product, a lot; private unless marked public."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import IO

from flask import current_app
from sqlalchemy import func, select

from shop import clock, outbox, references, uploads
from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.media.models import Document


@dataclass(frozen=True)
class Taken:
    """A paper in the store that no row speaks of yet; `ref` is its row's to be."""

    ref: str
    key: str
    content_type: str
    sha256: str
    bytes: int


def take(stream: IO[bytes]) -> Taken:
    """Check a paper and put it into the store; slow, so before the transaction.

    A file that no row comes to speak of does no harm. Raises BadFile, StorageDown.
    """
    sent, ref = uploads.check_document(stream), references.new()
    key = f"documents/{ref}.{sent.extension}"
    current_app.extensions["storage"].put(key, sent.data, sent.content_type)
    return Taken(ref, key, sent.content_type, sent.sha256, len(sent.data))


def accept(
    actor: Actor,
    seller_id: int,
    holder: str,
    taken: Taken,
    *,
    kind: str,
    title: str,
    valid_until: date | None = None,
    public: bool = False,
) -> Document:
    """The paper as one of `holder`. Who calls has made sure that the holder is the seller's.

    The same paper of the same kind sent again is the one that is there.
    """
    same = _same(holder, kind, taken.sha256)
    if same:
        outbox.add("shop.media.jobs.discard", {"keys": [taken.key]})
        return same
    paper = Document(ref=taken.ref, seller_id=seller_id, holder=holder, kind=kind, title=title)
    paper.file_key, paper.content_type = taken.key, taken.content_type
    paper.sha256, paper.bytes, paper.valid_until = taken.sha256, taken.bytes, valid_until
    paper.public = public
    db.session.add(paper)
    db.session.flush()
    said = {"holder": [None, holder], "kind": [None, kind]}
    audit.write(actor, "document.accept", seller_id, title, paper.ref, said)
    outbox.record("papers_changed", holder=holder)
    return paper


def _same(holder: str, kind: str, sha256: str) -> Document | None:
    # Two submits at the same moment: the second waits here until the first has committed.
    db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(holder, 0))))
    return next((p for p in of(holder) if (p.kind, p.sha256) == (kind, sha256)), None)


def remove(actor: Actor, paper: Document) -> None:
    """Show it no more; twice is once. The file stays for what was decided on it."""
    if paper.removed_at is None:
        paper.removed_at = clock.now()
        audit.note(actor, "document.remove", paper, paper.title)
        outbox.record("papers_changed", holder=paper.holder)


def of(holder: str) -> list[Document]:
    """The papers of `holder`, oldest first."""
    return of_many([holder])[holder]


def of_many(holders: Iterable[str]) -> dict[str, list[Document]]:
    """The papers of each of many holders, in one query."""
    query = select(Document).where(Document.holder.in_(holders), Document.removed_at.is_(None))
    found: dict[str, list[Document]] = defaultdict(list)
    for paper in db.session.scalars(query.order_by(Document.id)):
        found[paper.holder].append(paper)
    return found
