"""The screens of a session: who changes what they show tells them.

Their topic is what orders of the session name as their source, so an order that is paid or falls
through tells them too, without knowing of them.
"""

from collections.abc import Collection

from sqlalchemy import select

from shop import streams
from shop.database import among, db
from shop.livestream.models import Broadcast


def topic(broadcast: Broadcast) -> str:
    """The topic of a session's screens."""
    return f"livestream:{broadcast.ref}"


def tell(broadcast: Broadcast) -> None:
    """What the screens of this session show has changed."""
    streams.tell(topic(broadcast))


def tell_of(broadcast_ids: Collection[int]) -> None:
    """The same, of sessions by their ids."""
    if broadcast_ids:
        refs = select(Broadcast.ref).where(among(Broadcast.id, set(broadcast_ids)))
        for ref in db.session.scalars(refs):
            streams.tell(f"livestream:{ref}")
