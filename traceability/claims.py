"""The hidden second code (mã cào): the first buyer who gives it is the first, and it is noted."""

import hmac

from shop import clock
from shop.database import db
from traceability import addresses, identifiers
from traceability.stamp_models import Stamp, StampState


def claim(stamp: Stamp, given: str) -> bool | None:
    """Whether this is the first time that the hidden code of an active stamp is given.

    True: the first, noted in `claimed_at`. False: the code is right but was given before. None:
    it is not the code, or the stamp is not on goods. The comparison takes the same time whatever
    was typed.
    """
    secret = identifiers.scratch_code(addresses.stamp_key(), stamp.code)
    right = hmac.compare_digest(identifiers.typed(given).encode(), secret.encode())
    db.session.refresh(stamp, with_for_update={"of": Stamp})
    if not right or stamp.state != StampState.ACTIVE or not stamp.batch.scratch:
        return None
    if stamp.claimed_at is not None:
        return False
    stamp.claimed_at = clock.now()
    db.session.flush()
    return True
