"""Ways out: mail over SMTP, or into var/mail where no mail server is set; short messages (SMS)
over a gateway that speaks what docs/sms.md says."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from shop import http
from shop.notifications.errors import NotTaken, TurnedDown


def mail(message: EmailMessage, smtp_url: str | None, folder: Path) -> None:
    """Hand one mail to the server at `smtp_url` (smtp:// with STARTTLS offered, or smtps://).

    Without a server the mail is written into `folder` as a file for the operator to read.
    Raises OSError or smtplib.SMTPException; the job tries again.
    """
    if smtp_url is None:
        _keep(message, folder)
        return
    where = urlsplit(smtp_url)
    with _connected(where) as server:
        if where.username:
            server.login(unquote(where.username), unquote(where.password or ""))
        server.send_message(message)


def sms(message: dict[str, str], gateway: tuple[str, str]) -> None:
    """Hand one short message (`id`, `to`, `from`, `text`) to the gateway: its address and key.

    The same `id` again is one message. Raises NotTaken, TurnedDown.
    """
    url, token = gateway
    headers = {"Authorization": f"Bearer {token}"}
    try:
        status = http.call("POST", url, json=message, headers=headers).status_code
    except http.CallFailed:
        raise NotTaken("no answer") from None
    if status == 429 or status >= 500:
        raise NotTaken(f"status {status}")
    if not 200 <= status < 300:
        raise TurnedDown(f"status {status}")


def _connected(where: SplitResult) -> smtplib.SMTP:
    host, port, trusted = (
        where.hostname or "localhost",
        where.port or 0,
        ssl.create_default_context(),
    )
    if where.scheme == "smtps":
        return smtplib.SMTP_SSL(host, port, timeout=20, context=trusted)
    server = smtplib.SMTP(host, port, timeout=20)
    if server.has_extn("starttls"):
        server.starttls(context=trusted)
    return server


def _keep(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = make_msgid().strip("<>").split("@")[0]
    (folder / f"{name}.eml").write_bytes(message.as_bytes())
