"""Ways out: mail over SMTP, or into var/mail where no mail server is set."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit


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
