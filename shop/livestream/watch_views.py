"""Operators' pages: sessions that run, a warning to one, a stop."""

from collections.abc import Callable

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import joinedload

from shop import pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.livestream import broadcasts, complaints, notices
from shop.livestream.models import Broadcast
from shop.livestream.plan_schemas import WordsSchema
from shop.livestream.schemas import PLATFORMS

bp = Blueprint("watch", __name__, url_prefix="/quan-tri/livestream")

OPERATE = Permission.OPERATE
Say = Callable[[Actor, Broadcast, str], object]


@bp.get("")
@access.signed_in
def running(actor: Actor) -> ResponseReturnValue:
    """The sessions of all sellers that run now, the newest first."""
    access.expect(actor, OPERATE)
    query = access.rows(actor, Broadcast, OPERATE)
    query = query.options(joinedload(Broadcast.seller))
    query = query.where(Broadcast.state.in_(broadcasts.RUNNING)).order_by(Broadcast.id.desc())
    return pages.page("watch/running.html", page=pages.paged(query), where=PLATFORMS)


@bp.get("/<ref>")
@access.signed_in
def watched(actor: Actor, ref: str) -> ResponseReturnValue:
    """One session, what was said to it, and the two things that can be said."""
    row = access.get(actor, Broadcast, ref, OPERATE)
    return _page(row, pages.Form(), "warn")


def _page(row: Broadcast, form: pages.Form, asked: str) -> ResponseReturnValue:
    empty = pages.Form()
    forms = {"warn": empty, "stop": empty} | {asked: form}
    for name, each in forms.items():
        each.prefix = name
    return pages.page(
        "watch/watched.html",
        broadcast=row,
        notices=notices.of(row),
        complaints=complaints.counted(row),
        runs=row.state in broadcasts.RUNNING,
        form=form,
        **forms,
    )


@bp.post("/<ref>/canh-bao")
@access.signed_in
def warn(actor: Actor, ref: str) -> ResponseReturnValue:
    """Show a warning to the session."""
    return _say(actor, ref, "warn", notices.warn, _("Đã gửi cảnh báo đến phiên."))


@bp.post("/<ref>/dung")
@access.signed_in
def stop(actor: Actor, ref: str) -> ResponseReturnValue:
    """End the session with a reason."""
    return _say(actor, ref, "stop", notices.stop, _("Đã dừng phiên."))


def _say(actor: Actor, ref: str, which: str, verb: Say, said: str) -> ResponseReturnValue:
    row = access.get(actor, Broadcast, ref, OPERATE)
    form = pages.form(WordsSchema())
    if (answer := pages.repeated(form)) is not None:
        return answer
    if form.data:
        with form.guard(), transaction():
            row = access.get(actor, Broadcast, ref, OPERATE, lock=True)
            verb(actor, row, form.data["words"])
            pages.claim(form, ".watched", ref=ref)
        if not form.errors:
            return pages.saved(".watched", said, ref=ref)
        row = access.get(actor, Broadcast, ref, OPERATE)
    return _page(row, form, which)
