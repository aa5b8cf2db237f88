"""Background work of the notifications."""

import json
from email.message import EmailMessage

from flask import current_app

from shop import vault
from shop.jobs import job
from shop.notifications import outlets


@job("mail", tries=8)
def deliver_mail(sealed: str) -> None:
    """Send one sealed message; a repeat may send it twice, never lose it."""
    settings = current_app.config["SETTINGS"]
    recipient, subject, body, html = json.loads(vault.open_sealed(sealed, settings.vault_key))
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = settings.mail_from, recipient, subject
    message.set_content(body)
    if html:
        message.add_alternative(html, subtype="html")
    outlets.mail(message, settings.smtp_url, settings.var_dir / "mail")
