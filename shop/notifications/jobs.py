"""Background work of the notifications."""

import json
from datetime import datetime
from email.message import EmailMessage

import structlog
from flask import current_app

from shop import clock, phones, vault
from shop.jobs import job
from shop.notifications import outlets
from shop.notifications.errors import TurnedDown

log = structlog.get_logger()


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


# Nine tries last some twenty minutes, longer than a code is of use.
@job("mail", tries=9)
def deliver_sms(sealed: str) -> None:
    """Send one sealed short message while it is of use; its id makes a repeat one message.

    Neither its words nor the whole number are in any log.
    """
    settings = current_app.config["SETTINGS"]
    phone, words, key, until = json.loads(vault.open_sealed(sealed, settings.vault_key))
    gateway, shown = settings.sms_gateway, phones.mask(phone)
    if gateway is None or clock.now() >= datetime.fromisoformat(until):
        log.warning("short message dropped", to=shown, off=gateway is None)
        return
    message = {"id": key, "to": phone.lstrip("+"), "from": settings.sms_sender, "text": words}
    try:
        outlets.sms(message, gateway)
    except TurnedDown as error:
        log.warning("short message turned down", to=shown, why=str(error))
