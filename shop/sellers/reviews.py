"""Screening before display: ask, pass, refuse. Every answer is kept with its reason.

A platform for many sellers screens who sells and what before it is shown (Law 122/2025/QH15 on
e-commerce); sellers and products carry the state in `review`.
"""

from collections.abc import Sequence
from typing import Any, Protocol, cast

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, literal_column, or_, select

from shop.accounts import audit
from shop.accounts.access import Actor
from shop.database import db
from shop.errors import BadInput
from shop.sellers.models import Review, ReviewState


class Screened(Protocol):
    """A row that is screened: a seller or a product."""

    review: Any
    edited: Any
    name: Any
    ref: Any

    @property
    def seller_id(self) -> Any:
        """The seller whose row it is; of a seller, its own."""


def ask(actor: Actor, row: Screened) -> None:
    """Put the row before a reviewer, unless it waits or has passed already."""
    if row.review in {ReviewState.DRAFT, ReviewState.REFUSED}:
        row.review = ReviewState.WAITING
        audit.note(actor, "review.ask", cast(Any, row), row.name)


def edited(row: Screened) -> None:
    """The row changed: if it had passed, a reviewer sees it again. It stays public meanwhile."""
    row.edited = row.review == ReviewState.PASSED


def to_see(model: Any) -> ColumnElement[bool]:
    """Rows that wait for an answer, or changed after a good one."""
    # Written as the index of products says it, or the planner would not see that it serves.
    waiting = model.review == literal_column(f"'{ReviewState.WAITING}'")
    found: ColumnElement[bool] = or_(waiting, model.edited)
    return found


def decide(actor: Actor, row: Screened, *, passed: bool, reason: str) -> Review:
    """A reviewer passes or refuses the row; a refusal says why. Raises BadInput without it."""
    if not passed and not reason.strip():
        raise BadInput({"reason": [_("Ghi lý do để người bán biết cần sửa gì.")]})
    row.review = ReviewState.PASSED if passed else ReviewState.REFUSED
    row.edited = False
    answer = Review(
        seller_id=row.seller_id,
        subject=subject(row),
        outcome=row.review,
        reason=reason.strip(),
        reviewer=actor.name,
    )
    db.session.add(answer)
    audit.note(actor, "review.decide", cast(Any, row), row.name)
    return answer


def subject(row: Screened) -> str:
    """How reviews name the row: "seller:7Q2M9K4TX"."""
    return f"{type(row).__name__.lower()}:{row.ref}"


def last(row: Screened) -> Review | None:
    """The newest answer about the row."""
    query = select(Review).where(Review.subject == subject(row))
    return db.session.scalar(query.order_by(Review.at.desc(), Review.id.desc()).limit(1))


def history(row: Screened) -> Sequence[Review]:
    """The answers about the row, newest first."""
    query = select(Review).where(Review.subject == subject(row))
    return db.session.scalars(query.order_by(Review.at.desc(), Review.id.desc()).limit(20)).all()
