"""One message to one person. It leaves from a worker, so a slow mail server slows nobody."""

import json

from flask import current_app

from shop import outbox, vault


def mail(
    recipient: str, subject: str, body: str, html: str | None = None, *, once: str | None = None
) -> None:
    """Queue one mail in the caller's transaction, sealed against readers of the queue.

    A mail with the same `once` as one before is not queued again.
    """
    message = json.dumps([recipient, subject, body, html])
    sealed = vault.seal(message, current_app.config["SETTINGS"].vault_key)
    outbox.record("mail_wanted", once=once, sealed=sealed)
