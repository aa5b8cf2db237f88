"""A person's browser, driven by the demo."""

import re
import time
from collections.abc import Callable
from http.cookiejar import Cookie
from typing import Any

import click
import requests
from requests.cookies import RequestsCookieJar

from shop.database import db

# On two busy cores the many shops of the demo are listed in more than a minute.
WAIT_SECONDS = 180


class _Jar(RequestsCookieJar):
    """The session cookie is Secure; browsers send it to loopback over http, and so does this."""

    def set_cookie(self, cookie: Cookie, *args: Any, **kwargs: Any) -> None:
        cookie.secure = False
        super().set_cookie(cookie, *args, **kwargs)


class Browser:
    """What a person's browser does: keep cookies, follow links, send forms with their token."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.session = requests.Session()
        self.session.cookies = _Jar()

    def sign_in(self, phone: str, password: str) -> None:
        """Fill in the sign-in form."""
        page = self.get("/tai-khoan/dang-nhap")
        self.post("/tai-khoan/dang-nhap", {"email": phone, "password": password}, page)

    def get(self, path: str, **more: Any) -> requests.Response:
        """A page; anything but success is an error."""
        return checked(self.session.get(self.base_url + path, timeout=30, **more))

    def post(
        self,
        path: str,
        data: dict[str, Any],
        page: requests.Response | None = None,
        files: dict[str, tuple[str, bytes]] | None = None,
    ) -> requests.Response:
        """Send a form, with the token of `page` or of one's account page."""
        return checked(
            self.session.post(
                self.base_url + path,
                data=_hidden(page, data) | data | {"csrf_token": self.token(page)},
                files=files,
                headers={"Referer": self.base_url + path},
                timeout=60,
            )
        )

    def token(self, page: requests.Response | None = None) -> str:
        """The form token of `page`, or of one's account page."""
        found = re.search(
            r'name="csrf_token"[^>]* value="([^"]+)"', (page or self.get("/tai-khoan")).text
        )
        return found.group(1) if found else ""


def _hidden(page: requests.Response | None, data: dict[str, Any]) -> dict[str, str]:
    """What the form of `page` that asks for `data` sends along unseen; of several the first."""
    forms = re.findall(r"<form.*?</form>", page.text if page else "", re.DOTALL)
    asks = (form for form in forms if any(f'name="{name}"' in form for name in data))
    return dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', next(asks, "")))


def checked(answer: requests.Response) -> requests.Response:
    """The answer, if it is a success. Raises click.ClickException naming the call."""
    if answer.status_code >= 400:
        raise click.ClickException(f"{answer.request.method} {answer.url}: {answer.status_code}")
    return answer


def wait(what: str, is_done: Callable[[], bool]) -> None:
    """Look again until `is_done`. Raises click.ClickException after WAIT_SECONDS."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_done():
        if time.monotonic() > deadline:
            raise click.ClickException(f"Chờ quá {WAIT_SECONDS} giây: {what}")
        time.sleep(0.2)
        db.session.rollback()
