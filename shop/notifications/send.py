"""One message to one person. It leaves from a worker, so a slow mail server slows nobody."""

import json
import re
from datetime import datetime

from flask import current_app
from sqlalchemy import select

from shop import outbox, references, vault
from shop.accounts.models import Membership, Role
from shop.database import db
from shop.text import unmarked


def mail(
    recipient: str, subject: str, body: str, html: str | None = None, *, once: str | None = None
) -> None:
    """Queue one mail in the caller's transaction, sealed against readers of the queue.

    A mail with the same `once` as one before is not queued again.
    """
    message = json.dumps([recipient, subject, body, html])
    sealed = vault.seal(message, current_app.config["SETTINGS"].vault_key)
    outbox.record("mail_wanted", once=once, sealed=sealed)


def is_mailed(once: str) -> bool:
    """Whether a mail with this `once` was queued in the last 30 days."""
    return outbox.is_recorded("mail_wanted", once)


# One message of the plain alphabet; a longer one is sent, and paid for, as several.
SMS_LONGEST = 160
# Signs that the plain alphabet (3GPP TS 23.038, section 6.2.1) has not, or counts twice, and what
# stands for them; others are left out. One that stayed would turn the message into three.
_PLAIN = str.maketrans("–—“”„‘’`•[]{}~\\|", "--" + '"' * 3 + "'" * 3 + "*()()-//")
_NOT_PLAIN = re.compile(r"[^ -Z_a-z\n]")


def sms_is_on() -> bool:
    """Whether short messages leave from here."""
    return current_app.config["SETTINGS"].sms_gateway is not None


def sms(phone: str, words: str, *, until: datetime) -> None:
    """Queue one short message to a mobile number (E.164), sealed as a mail is.

    It is written in the plain alphabet, without marks, and cut at SMS_LONGEST. After `until` it is
    worth nothing and not sent any more.
    """
    text_ = _NOT_PLAIN.sub("", unmarked(words).translate(_PLAIN))[:SMS_LONGEST]
    message = json.dumps([phone, text_, references.new(), until.isoformat()])
    sealed = vault.seal(message, current_app.config["SETTINGS"].vault_key)
    outbox.record("sms_wanted", sealed=sealed)


def owners(seller_id: int, subject: str, body: str, *, once: str) -> None:
    """Mail the owners of a seller; those without an address see it on their pages.

    Each of them once for the same `once`.
    """
    query = select(Membership).where(
        Membership.seller_id == seller_id, Membership.role == Role.OWNER
    )
    for each in db.session.scalars(query):
        if each.user.email:
            mail(each.user.email, subject, body, once=f"{once}:{each.user_id}")
