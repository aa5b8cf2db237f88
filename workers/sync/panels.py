"""What the sync room lends to the pages of the shops."""

from collections import defaultdict

from flask import render_template
from sqlalchemy import func, literal, select, union_all

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


def open_work(connection_ids: list[int]) -> dict[int, dict[str, int]]:
    """Connection id → how many changes are `waiting` to be told there, and how many refusals
    (`letters`) nobody has answered; what there is none of is left out. One query.
    """
    lanes = select(Lane.connection_id, literal("waiting"), func.count())
    lanes = lanes.where(Lane.wanted > Lane.settled, Lane.connection_id.in_(connection_ids))
    refused = select(Listing.connection_id, literal("letters"), func.count())
    refused = refused.join(Letter, Letter.listing_id == Listing.id).where(
        Letter.state == LetterState.OPEN, Listing.connection_id.in_(connection_ids)
    )
    each = union_all(lanes.group_by(Lane.connection_id), refused.group_by(Listing.connection_id))
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for connection_id, what, count in db.session.execute(each):
        found[connection_id][what] = count
    return found


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
