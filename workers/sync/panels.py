"""What the sync room lends to the pages of the shops."""

from flask import render_template
from sqlalchemy import func, select

from shop.accounts import access
from shop.accounts.access import Actor, Permission
from shop.database import db
from workers.channels.models import Connection, Listing
from workers.channels.order_models import ChannelOrder, Intake
from workers.sync.models import Difference, Lane, Letter, LetterState


def overview(actor: Actor) -> str:
    """What waits for a hand, and the ways to it, over all shops of the actor."""
    letters = access.rows(actor, Letter, Permission.CHANNELS_READ)
    letters = letters.where(Letter.state == LetterState.OPEN)
    orders = access.rows(actor, ChannelOrder, Permission.CHANNELS_READ)
    orders = orders.where(ChannelOrder.intake.in_([Intake.NEEDS_LINK, Intake.TROUBLE]))
    counted = [
        db.session.scalar(query.with_only_columns(func.count(), maintain_column_froms=True))
        for query in (letters, orders)
    ]
    return render_template("sync/overview.html", letters=counted[0], orders=counted[1])


def on_connection(connection: Connection, actor: Actor) -> str:
    """How much of one shop is on its way, was refused, or differs."""
    of_shop = Listing.connection_id == connection.id
    lanes = select(func.count(Lane.id)).join(Listing, Listing.id == Lane.listing_id).where(of_shop)
    letters = select(func.count(Letter.id)).join(Listing, Listing.id == Letter.listing_id)
    differences = select(func.count(Difference.id))
    return render_template(
        "sync/on_connection.html",
        connection=connection,
        waiting=db.session.scalar(lanes.where(Lane.wanted > Lane.settled)),
        letters=db.session.scalar(letters.where(of_shop, Letter.state == LetterState.OPEN)),
        differences=db.session.scalar(differences.where(Difference.connection_id == connection.id)),
    )
