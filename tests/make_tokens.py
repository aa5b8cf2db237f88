"""Factories: API tokens, and a client that carries one."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask.testing import FlaskClient

from shop.accounts import access, tokens
from shop.accounts.models import ApiToken, User
from shop.database import db

YEAR = timedelta(days=365)


def token(
    user: User,
    *scopes: str,
    name: str = "Phần mềm kho",
    lifetime: timedelta = YEAR,
) -> tuple[ApiToken, str]:
    """A token of `user` (of every scope, when none is named): its row and the token itself."""
    made = tokens.create(access.of(user), name, scopes or tuple(tokens.SCOPES), lifetime=lifetime)
    db.session.flush()
    return made


class Program:
    """A program that calls the API with a token and keeps no cookies."""

    def __init__(self, client: FlaskClient, word: str) -> None:
        self.client, self.word = client, word

    def get(self, path: str, **headers: str) -> Any:
        return self._send("GET", path, headers)

    def post(self, path: str, body: Any, **headers: str) -> Any:
        return self._send("POST", path, headers, body)

    def patch(self, path: str, body: Any, **headers: str) -> Any:
        return self._send("PATCH", path, headers, body)

    def put(self, path: str, body: Any, **headers: str) -> Any:
        return self._send("PUT", path, headers, body)

    def _send(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        named.setdefault("Authorization", f"Bearer {self.word}")
        return self.client.open(path, method=method, headers=named, json=body)


def program(client: FlaskClient, user: User, *scopes: str, **more: Any) -> Program:
    """A program with a new token of `user`."""
    return Program(client, token(user, *scopes, **more)[1])


def walk(get: Any, path: str, *, limit: int) -> Sequence[str]:
    """References of a whole list, piece by piece."""
    refs: list[str] = []
    cursor = ""
    while True:
        page = get(f"{path}?limit={limit}&cursor={cursor}").json
        refs += [item["ref"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return refs
