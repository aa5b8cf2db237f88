"""What the author of a comment has said since: words of later that were read before it.

Comments come late and out of order, and what counts is the platform's time. So a late one must know
what of the same goods was settled after it, whatever code they were under by then.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, select

from shop.database import among, db
from shop.livestream.broadcasts import Codes
from shop.livestream.models import Broadcast, Claim, Comment, CommentState
from shop.livestream.outcomes import Reason
from shop.livestream.understanding.reading import Item


@dataclass(frozen=True)
class Line:
    """One line of such a comment.

    `goods`: the variant its code meant then, the code itself where there was none under it, None
    for everything. `counted`: it went into a claim, or was taken off one.
    """

    goods: int | str | None
    kind: str
    quantity: Decimal | None
    op: str | None
    counted: bool

    @property
    def settles(self) -> bool:
        """Whether it says how much there shall be, whatever was said before it."""
        return self.quantity is None if self.kind == "cancel" else self.op != "add"


class Later:
    """All that the authors of a batch said later than its comments; two queries."""

    def __init__(self, broadcast: Broadcast, speaking: Sequence[Comment], codes: Codes) -> None:
        self._codes = codes
        self._mine: dict[str, list[Comment]] = defaultdict(list)
        for comment in _acted_after(broadcast, speaking):
            self._mine[comment.author_id].append(comment)
        self._made = _made_by_hand([c for mine in self._mine.values() for c in mine])

    def lines(self, comment: Comment, code: str | None) -> list[Line]:
        """Of what `code` meant when `comment` was written; of everything when it is None."""
        found = [line for said in self._after(comment) for line in self._lines(said)]
        if code is None:
            return found
        goods = self._goods(code, comment)
        return [line for line in found if line.goods in (goods, None)]

    def unmet(self, comment: Comment) -> list[tuple[Comment, list[Item]]]:
        """Cancels of a part that were read when there was nothing to take it from."""
        found = []
        for said in self._after(comment):
            parts = _items(said) if said.reason == Reason.NOTHING_TO_CANCEL else []
            if parts and all(part.quantity is not None for part in parts):
                found.append((said, parts))
        return found

    def _after(self, comment: Comment) -> list[Comment]:
        at = (comment.posted_at, comment.id)
        return [c for c in self._mine.get(comment.author_id, []) if (c.posted_at, c.id) > at]

    def _lines(self, said: Comment) -> list[Line]:
        if said.id in self._made:
            made = self._made[said.id]
            return [Line(self._goods(c.code, said), "order", c.quantity, None, True) for c in made]
        kind, counted = (
            (said.reading or {}).get("kind", "noise"),
            said.reason != Reason.NOTHING_TO_CANCEL,
        )
        items = _items(said) or [Item(None, None, None)]
        return [
            Line(self._goods(item.code, said), kind, item.quantity, item.op, counted)
            for item in items
            if item.code is not None or kind == "cancel"
        ]

    def _goods(self, code: str | None, said: Comment) -> int | str | None:
        pin = self._codes.pin(code or "", said.posted_at)
        return pin.variant_id if pin is not None and pin.variant_id is not None else code


def _acted_after(broadcast: Broadcast, speaking: Sequence[Comment]) -> list[Comment]:
    """Comments of these authors that were acted on though they may be later than the batch."""
    if not speaking:
        return []
    query = select(Comment).where(
        Comment.broadcast_id == broadcast.id,
        Comment.posted_at >= min(c.posted_at for c in speaking),
        among(Comment.author_id, {c.author_id for c in speaking}),
        _was_acted_on(),
        Comment.rehearsal.is_(False),
    )
    return list(db.session.scalars(query.order_by(Comment.posted_at, Comment.id)))


def _was_acted_on() -> ColumnElement[bool]:
    acted = Comment.state.in_([CommentState.CLAIMED, CommentState.CANCELLED])
    in_vain = (Comment.state == CommentState.IGNORED) & (Comment.reason == Reason.NOTHING_TO_CANCEL)
    return acted | in_vain


def _made_by_hand(said: Sequence[Comment]) -> dict[int, list[Claim]]:
    """Comment id → claims that a person made of it, whatever was read in it."""
    made: dict[int, list[Claim]] = {
        c.id: [] for c in said if c.handled_by and c.state == CommentState.CLAIMED
    }
    if made:
        for claim in db.session.scalars(select(Claim).where(Claim.comment_id.in_(made))):
            made[claim.comment_id or 0].append(claim)
    return made


def _items(said: Comment) -> list[Item]:
    return [
        Item(line["code"], line["quantity"] and Decimal(line["quantity"]), None, None, line["op"])
        for line in (said.reading or {}).get("items", [])
    ]
