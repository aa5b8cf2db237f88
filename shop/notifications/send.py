"""One message to one person. It leaves from a worker, so a slow mail server slows nobody."""

import json

from flask import current_app
from sqlalchemy import select

from shop import outbox, vault
from shop.accounts.models import Membership, Role
from shop.database import db


def mail(
    recipient: str, subject: str, body: str, html: str | None = None, *, once: str | None = None
) -> None:
    """Queue one mail in the caller's transaction, sealed against readers of the queue.

    A mail with the same `once` as one before is not queued again.
    """
    message = json.dumps([recipient, subject, body, html])
    sealed = vault.seal(message, current_app.config["SETTINGS"].vault_key)
    outbox.record("mail_wanted", once=once, sealed=sealed)


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
