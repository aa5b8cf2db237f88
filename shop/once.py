"""Client keys: a form sent twice acts once.

Every form that creates something carries a random key made with the page. The first submit
claims it inside its own transaction and notes where it led; a resend is led to the same place.
"""

import re
import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from shop.database import Mapped, Model, Recorded, db, mapped_column

_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}")


class OnceKey(Model):
    """A key that has acted. `led_to` is the address the first submit was answered with."""

    __tablename__ = "once_keys"

    key: Mapped[str] = mapped_column(primary_key=True)
    led_to: Mapped[str]
    used_at: Mapped[Recorded]


def new_key() -> str:
    """A fresh key for a form."""
    return secrets.token_urlsafe(16)


def checked(offered: str | None) -> str:
    """The key that a form brought back, or a fresh one if it is not like ours."""
    return offered if offered and _KEY.fullmatch(offered) else new_key()


def led_to(key: str) -> str | None:
    """Where the first submit with this key led, or None if there was none."""
    return db.session.scalar(select(OnceKey.led_to).where(OnceKey.key == key))


def claim(key: str, leads_to: str) -> bool:
    """Claim `key` in this transaction. False: another submit has it, roll back and follow it.

    Two submits at the same moment: the second waits here until the first has committed.
    """
    claimed = db.session.execute(
        insert(OnceKey)
        .values(key=key, led_to=leads_to)
        .on_conflict_do_nothing(index_elements=["key"])
        .returning(OnceKey.key)
    )
    return claimed.first() is not None


def forget(now: datetime) -> None:
    """Delete keys of forms sent more than 30 days ago; no browser sends those again."""
    db.session.execute(delete(OnceKey).where(OnceKey.used_at < now - timedelta(days=30)))
