"""Back office: the host's screen of a session, and the streams that keep screens alive."""

from flask import Blueprint
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from shop import clock, pages
from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import transaction
from shop.livestream import notices, pieces
from shop.livestream.models import Broadcast
from shop.livestream.plan_schemas import SeenSchema
from shop.livestream.views import put_on_table

bp = Blueprint("stage", __name__, url_prefix="/ban-hang/livestream")


@bp.get("/<ref>/san-khau")
@access.signed_in
def stage(actor: Actor, ref: str) -> ResponseReturnValue:
    """The host's screen, to be read from two metres."""
    row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_READ)
    return pages.page(
        "stage/stage.html",
        broadcast=row,
        piece=pieces.of(actor, row, "stage", anew=True),
        may_run=pieces.runs(actor, row),
        at=clock.now(),
    )


@bp.get("/<ref>/san-khau/nay")
@access.signed_in
def now(actor: Actor, ref: str) -> ResponseReturnValue:
    """The living part of the host's screen, as a fragment."""
    row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_READ)
    return pieces.answer(pieces.of(actor, row, "stage"))


@bp.get("/<ref>/san-khau/dong-chay")
@access.signed_in
def stage_stream(actor: Actor, ref: str) -> ResponseReturnValue:
    """The same as it changes."""
    row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_READ)
    return pieces.follow(row, "stage")


@bp.get("/<ref>/bang/dong-chay")
@access.signed_in
def board_stream(actor: Actor, ref: str) -> ResponseReturnValue:
    """The helpers' board as it changes."""
    row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_READ)
    return pieces.follow(row, "board")


@bp.post("/<ref>/san-khau/ban")
@access.signed_in
def focus(actor: Actor, ref: str) -> ResponseReturnValue:
    """Put the next code on the table, or clear it, from the host's screen."""
    return put_on_table(actor, ref, "stage.stage")


@bp.post("/<ref>/san-khau/da-doc")
@access.signed_in
def acknowledge(actor: Actor, ref: str) -> ResponseReturnValue:
    """The host has read what an operator said."""
    form = pages.form(SeenSchema())
    with transaction():
        row = access.get(actor, Broadcast, ref, Permission.LIVESTREAM_RUN)
        notices.acknowledge(actor, row, form.data.get("notice", ""))
    return pages.saved("stage.stage", _("Đã ghi là đã đọc."), ref=ref)
