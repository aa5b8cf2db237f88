"""Comments that were pasted without an id, and are heard from their platform afterwards."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import exists, select, update

from shop import text
from shop.database import db
from shop.livestream.models import Broadcast, Buyer, Comment

SOURCE = "paste"
NEAR = timedelta(hours=1)


def words(author: str, said: str) -> tuple[str, str]:
    """By what a comment without an id is known: who said what, but for marks and case."""
    return text.fold(author), text.fold(said)


def author_of(name: str, known: set[str]) -> str:
    """Who a folded name is: the one person of that name in the session, or a name alone."""
    return next(iter(known)) if len(known) == 1 else f"name:{name[:180]}"


def adopt(broadcast: Broadcast, batch: Sequence[dict[str, Any]]) -> None:
    """Give comments that were pasted without an id the id under which the platform now says them.

    Their author gets the platform's id too, unless the platform's author is a buyer already.
    """
    pasted = (Comment.broadcast_id == broadcast.id, Comment.source == SOURCE)
    if not db.session.scalar(select(exists().where(*pasted))):
        return
    given = {said["id"] for said in batch}
    heard = set(
        db.session.scalars(
            select(Comment.platform_id).where(
                Comment.broadcast_id == broadcast.id, Comment.platform_id.in_(given)
            )
        )
    )
    rows = db.session.scalars(select(Comment).where(*pasted).order_by(Comment.posted_at))
    waiting: dict[tuple[str, str], list[Comment]] = defaultdict(list)
    for row in rows:
        if row.platform_id.startswith(f"{SOURCE}:"):
            waiting[words(row.author_name, row.text)].append(row)
    for said in batch:
        if said["id"] in heard:
            continue
        mine = waiting.get(words(said["author_name"], said["text"]), [])
        near = [row for row in mine if abs(row.posted_at - said["posted_at"]) <= NEAR]
        if near:
            row = min(near, key=lambda r: abs(r.posted_at - said["posted_at"]))
            mine.remove(row)
            _rename(broadcast, row.author_id, said["author_id"])
            row.platform_id = said["id"]
            heard.add(said["id"])
    db.session.flush()


def _rename(broadcast: Broadcast, old: str, new: str) -> None:
    if not old.startswith("name:"):
        return
    there = select(Buyer.id).where(Buyer.broadcast_id == broadcast.id, Buyer.author_id == new)
    if db.session.scalar(there) is not None:
        return
    for model in (Buyer, Comment):
        db.session.execute(
            update(model)
            .where(model.broadcast_id == broadcast.id, model.author_id == old)
            .values(author_id=new)
        )
