"""The hidden second code (mã cào): the first buyer who gives it is the first, and it is noted."""

import hmac

from flask import current_app

from shop import clock
from shop.database import db
from traceability import identifiers
from traceability.stamp_models import Stamp, StampState

LENGTH = 6  # characters of 5 bits: a guess among tries that are limited is hopeless


def secret(code: str) -> str:
    """The hidden code of the stamp `code`: six characters, never stored."""
    key = current_app.config["SETTINGS"].stamp_key.encode()
    digest = hmac.digest(key, f"scratch\n{code}".encode(), "sha256")
    bits = int.from_bytes(digest[:4], "big")
    return "".join(identifiers.ALPHABET[bits >> shift & 31] for shift in range(25, -5, -5))


def claim(stamp: Stamp, given: str) -> bool | None:
    """Whether this is the first time that the hidden code of an active stamp is given.

    True: the first, noted in `claimed_at`. False: the code is right but was given before. None:
    it is not the code, or the stamp is not on goods. The comparison takes the same time whatever
    was typed.
    """
    right = hmac.compare_digest(identifiers.typed(given).encode(), secret(stamp.code).encode())
    db.session.refresh(stamp, with_for_update={"of": Stamp})
    if not right or stamp.state != StampState.ACTIVE or not stamp.batch.scratch:
        return None
    if stamp.claimed_at is not None:
        return False
    stamp.claimed_at = clock.now()
    db.session.flush()
    return True
