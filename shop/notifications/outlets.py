"""Ways out: mail over SMTP, or into var/mail where no mail server is set."""

import smtplib
from email.message import EmailMessage
from email.utils import make_msgid
from pathlib import Path
from urllib.parse import unquote, urlsplit


def mail(message: EmailMessage, smtp_url: str | None, folder: Path) -> None:
    """Hand one mail to the server at `smtp_url` (smtp:// with STARTTLS offered, or smtps://).

    Without a server the mail is written into `folder` as a file for the operator to read.
    Raises OSError or smtplib.SMTPException; the job tries again.
    """
    if smtp_url is None:
        _keep(message, folder)
        return
    where = urlsplit(smtp_url)
    kind = smtplib.SMTP_SSL if where.scheme == "smtps" else smtplib.SMTP
    with kind(where.hostname or "localhost", where.port or 0, timeout=20) as server:
        if where.scheme == "smtp" and server.has_extn("starttls"):
            server.starttls()
        if where.username:
            server.login(unquote(where.username), unquote(where.password or ""))
        server.send_message(message)


def _keep(message: EmailMessage, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    name = make_msgid().strip("<>").split("@")[0]
    (folder / f"{name}.eml").write_bytes(message.as_bytes())
