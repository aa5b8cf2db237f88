"""The operator's page: queues, workers, and tasks that were given up."""

import structlog
from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import broker, outbox, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.admin import queues
from shop.admin.schemas import TaskSchema
from shop.database import transaction
from shop.errors import NotFound

bp = Blueprint("queues", __name__, url_prefix="/quan-tri/hang-doi")

log = structlog.get_logger()


@bp.get("")
@access.signed_in
def queue_state(actor: Actor) -> ResponseReturnValue:
    """How much waits and runs, which workers live, and what was given up."""
    access.expect(actor, Permission.OPERATE)
    return pages.page("queues/queue_state.html", page=pages.paged(queues.given_up()), **_now())


def _now() -> dict[str, object]:
    """The outbox is asked of the database, so it is told even while the queue is away."""
    try:
        live = {"queues": queues.queues(), "workers": queues.workers(), "away": False}
    except broker.OUTAGES:
        live = {"queues": [], "workers": [], "away": True}
    return {"outbox": queues.outbox_state(), **live}


@bp.get("/luc-nay")
@access.signed_in
def queue_now(actor: Actor) -> ResponseReturnValue:
    """The same numbers as a fragment that keeps itself fresh."""
    access.expect(actor, Permission.OPERATE)
    return pages.page("queues/queue_now.html", **_now())


@bp.post("/thu-lai")
@access.signed_in
def try_again(actor: Actor) -> ResponseReturnValue:
    """Run a task that was given up once more."""
    access.expect(actor, Permission.OPERATE)
    form = pages.form(TaskSchema())
    if not form.data:
        return pages.refused(".queue_state", form)
    task_id = form.data["task"]
    with transaction():
        if not outbox.reopen(task_id):
            raise NotFound
    log.info("task tried again by hand", task=task_id, by=actor.user_id)
    return pages.saved(".queue_state", _("Sẽ chạy lại ngay."))
