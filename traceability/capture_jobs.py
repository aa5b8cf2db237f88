"""Background work of captures: keeping the events that a document told."""

from sqlalchemy import select

from shop import clock
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.accounts.models import User
from shop.database import db, transaction
from shop.jobs import job
from traceability import capturing
from traceability.epcis_models import Capture
from traceability.errors import CannotCapture


@job("documents")
def capture(capture_id: int) -> None:
    """Keep a document's events, all or none; what could not be kept is noted on the capture."""
    try:
        with transaction():
            row = _claimed(capture_id)
            if row is not None:
                capturing.keep(_actor(row), row)
                _finish(row)
    except CannotCapture as error:
        with transaction():
            row = _claimed(capture_id)
            if row is not None:
                row.success, row.kept = False, 0
                row.errors = [capturing.problem(error.message, error.place)]
                _finish(row)


def _claimed(capture_id: int) -> Capture | None:
    query = select(Capture).where(Capture.id == capture_id, Capture.running)
    return db.session.scalar(query.with_for_update())


def _actor(row: Capture) -> Actor:
    """Who sent it, as far as they may still act for the seller. Raises CannotCapture."""
    user = db.session.get(User, row.user_id) if row.user_id else None
    whole = access.of(user) if user else access.SYSTEM
    if user and not (user.active and whole.may(Permission.STAMPS_PRINT, row.seller_id)):
        raise CannotCapture("Người gửi không còn quyền ghi cho đơn vị này.")
    return Actor(whole.user_id, row.by, whole.allowed)


def _finish(row: Capture) -> None:
    row.running, row.document, row.finished_at = False, None, clock.now()
