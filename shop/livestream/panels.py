"""What the livestream room lends to other rooms' pages."""

from flask import render_template
from sqlalchemy import func, select

from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db
from shop.livestream.models import Broadcast, BroadcastState


def overview(actor: Actor) -> str:
    """How many sessions are on the air, and how many there were."""
    if not actor.may(Permission.LIVESTREAM_READ):
        return ""
    mine = access.rows(actor, Broadcast, Permission.LIVESTREAM_READ).subquery()
    live = func.count().filter(mine.c.state == BroadcastState.LIVE)
    total, on_air = db.session.execute(select(func.count(), live).select_from(mine)).one()
    return render_template("livestream/overview.html", total=total, on_air=on_air)
