"""Background work of the livestream room."""

import time

from shop import outbox
from shop.database import db, transaction
from shop.jobs import job
from shop.livestream import broadcasts, claims, comments, desk, hosts, screens, waiting
from shop.livestream.models import Broadcast
from shop.orders import shortage

BATCH = 300
# Far below the time limit of a quick job: a crowd is read in turns, and others have theirs between.
READ_SECONDS = 5


@job("livestream", tries=8)
def read_comments(broadcast_id: int) -> None:
    """Read every comment of a session that nobody has read, and act on it.

    What is left after READ_SECONDS is asked for again. Of a session that has not begun nothing is
    read: its gate is still to be passed.
    """
    end = time.monotonic() + READ_SECONDS
    while _read_some(broadcast_id):
        if time.monotonic() >= end:
            with transaction():
                outbox.record("comments_arrived", broadcast_id=broadcast_id)
            return


def _read_some(broadcast_id: int) -> bool:
    with transaction():
        # One reader a session. NO KEY: comments that refer to the row still come in meanwhile.
        broadcast = db.session.get(
            Broadcast, broadcast_id, with_for_update={"key_share": True}, populate_existing=True
        )
        if broadcast is None or not broadcasts.listens(broadcast):
            return False
        batch = comments.unread(broadcast, BATCH)
        if batch:
            desk.serve(broadcast, batch)
            screens.tell(broadcast)
        return len(batch) == BATCH


@job("livestream")
def lapse_claims() -> None:
    """Give back what was held too long, and offer whatever else came free unnoticed."""
    with transaction():
        claims.lapse()
    with transaction():
        waiting.end_lines()
        waiting.offer_all()


@job("livestream")
def offer_waiting(variant_ids: list[int]) -> None:
    """The stock of these variants changed: what came free goes to who waits, in order.

    Before all to who has paid for it, and found it gone.
    """
    with transaction():
        shortage.serve(variant_ids)
    with transaction():
        waiting.offer(variant_ids)


@job("default")
def forget_hosts(seller_id: int) -> None:
    """A seller was erased, and with it who spoke in its sessions."""
    with transaction():
        hosts.forget(seller_id)
