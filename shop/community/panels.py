"""What the community room lends to other rooms' pages."""

from flask import render_template
from sqlalchemy import func, select

from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.accounts.models import Delegation
from shop.community import todo
from shop.database import db


def overview(actor: Actor) -> str:
    """For a seller who helps and who asks to; for a helper what is to do in the area."""
    if actor.may(Permission.HELP):
        return render_template("community/overview.html", counts=todo.counts(actor))
    if None in actor.allowed or not actor.may(Permission.MEMBERS_MANAGE):
        return ""
    rows = access.rows(actor, Delegation, Permission.MEMBERS_MANAGE)
    mine = rows.where(Delegation.ended_at.is_(None)).subquery()
    live = func.count().filter(mine.c.consented_at.is_not(None))
    total, helping = db.session.execute(select(func.count(), live).select_from(mine)).one()
    if not total:
        return ""
    return render_template("consents/overview.html", helping=helping, asking=total - helping)
