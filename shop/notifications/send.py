"""One message to one person. It leaves from a worker, so a slow mail server slows nobody."""

import json

from flask import current_app

from shop import outbox, vault
from shop.database import db, transaction


def mail(recipient: str, subject: str, body: str, html: str | None = None) -> None:
    """Queue one mail. Joins the caller's transaction, or makes its own."""
    if db.session().info.get("in_transaction"):
        _queue(recipient, subject, body, html)
        return
    with transaction():
        _queue(recipient, subject, body, html)


def _queue(recipient: str, subject: str, body: str, html: str | None) -> None:
    # Sealed, because a reset link in a task would let in whoever reads the table.
    message = json.dumps([recipient, subject, body, html])
    sealed = vault.seal(message, current_app.config["SETTINGS"].vault_key)
    outbox.add("shop.notifications.jobs.deliver_mail", {"sealed": sealed})
