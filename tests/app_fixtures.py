"""The app over a real database, every test rolled back; and a cast with an outsider."""

import re
from collections.abc import Iterator
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, has_app_context
from flask.globals import _cv_app
from flask.testing import FlaskClient
from flask_security.utils import login_user
from sqlalchemy import event, select

from shop import jobs, outbox, settings
from shop.accounts.models import Role, User
from shop.app import create_app
from shop.database import db
from shop.outbox import Task
from shop.sellers.models import Seller
from tests import make


class Client(FlaskClient):
    """A browser whose requests stand alone, though the test has an app context of its own.

    Without this, Flask would run them in the test's context, and `g` (who is signed in, the CSRF
    token) would leak from one person's request into the next one's.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        if not has_app_context():
            return super().open(*args, **kwargs)
        db.session.commit()
        answer = copy_context().run(self._alone, args, kwargs)
        db.session.expire_all()
        return answer

    def _alone(self, args: Any, kwargs: Any) -> Any:
        _cv_app.set(None)
        return super().open(*args, **kwargs)


@pytest.fixture(scope="session")
def app(
    postgres_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Flask]:
    """One app per test process, on its own database and Redis database."""
    var: Path = tmp_path_factory.mktemp("var")
    ours = replace(
        settings.load({"VAR_DIR": str(var)}), database_url=postgres_url, redis_url=redis_url
    )
    app = create_app(ours)
    app.config["TESTING"] = True
    app.test_client_class = Client
    yield app
    with app.app_context():
        db.engine.dispose()
    app.extensions["broker"].close()


@pytest.fixture
def database(app: Flask) -> Iterator[Flask]:
    """An app context in which every commit is a savepoint of one transaction, rolled back."""
    with app.app_context():
        connection = db.engine.connect()
        outer = connection.begin()
        engines = db._app_engines[app]
        engine, engines[None] = engines[None], connection
        db.session.remove()
        db.session.configure(join_transaction_mode="create_savepoint")
        app.extensions["broker"].flushdb()
        app.extensions.pop("facets", None)
        try:
            yield app
        finally:
            db.session.remove()
            outer.rollback()
            connection.close()
            engines[None] = engine


@dataclass
class Person:
    """Somebody of the cast with a browser of their own."""

    user: User
    client: FlaskClient
    seller: Seller | None = None

    def get(self, url: str, **more: Any) -> Any:
        return self.client.get(url, **more)

    def post(self, url: str, data: dict[str, Any] | None = None, **more: Any) -> Any:
        return self.client.post(url, data={"csrf_token": self.csrf()} | (data or {}), **more)

    def csrf(self) -> str:
        """A token as a form of this person's pages would carry it."""
        return form_token(self.client.get("/tai-khoan").text)


def form_token(page: str) -> str:
    """The CSRF token in a page's forms."""
    found = re.search(r'name="csrf_token"[^>]* value="([^"]+)"', page)
    assert found, "the page has no form"
    return found[1]


@dataclass
class Cast:
    """Two cooperatives that must not see each other, a visitor, and the administrator."""

    ours: Person
    theirs: Person
    administrator: Person
    visitor: FlaskClient = field(repr=False)


def sign_in(app: Flask, user: User) -> FlaskClient:
    """A client with the session that signing in gives (the form itself is tested apart)."""
    client = app.test_client()
    with app.test_request_context():
        login_user(user)
        from flask import session

        signed = dict(session)
    with client.session_transaction() as kept:
        kept.update(signed)
    return client


@pytest.fixture
def cast(database: Flask) -> Cast:
    """Ours, theirs, the visitor, the administrator."""
    ours = make.seller(name="HTX Chè Hảo Đạt")
    theirs = make.seller(name="HTX Miến Việt Cường")
    people = [
        make.member(ours, name="Đào Thanh Hảo"),
        make.member(theirs, name="Nguyễn Văn Cường"),
        make.member(None, role=Role.ADMINISTRATOR, name="Quản trị"),
    ]
    clients = [sign_in(database, person) for person in people]
    return Cast(
        Person(people[0], clients[0], ours),
        Person(people[1], clients[1], theirs),
        Person(people[2], clients[2]),
        database.test_client(),
    )


@pytest.fixture
def run_tasks(database: Flask) -> Any:
    """Run what the outbox holds, in order, until it is empty, in this process."""

    def run() -> int:
        done = 0
        while task := db.session.scalar(
            select(Task)
            .where(Task.finished_at.is_(None), Task.failed_at.is_(None))
            .order_by(Task.id)
            .limit(1)
        ):
            name, arguments, task_id = task.job, task.arguments, task.id
            assert outbox.begin(task_id)
            jobs.function(name)(**arguments)
            outbox.finish(task_id)
            done += 1
        return done

    return run


@pytest.fixture
def query_count(database: Flask) -> Any:
    """`with query_count() as queries:` collects the statements sent in the block."""
    from contextlib import contextmanager

    @contextmanager
    def counting() -> Iterator[list[str]]:
        statements: list[str] = []

        def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
            if not statement.startswith(("SAVEPOINT", "RELEASE", "ROLLBACK")):
                statements.append(statement)

        connection = db.engines[None]
        event.listen(connection, "before_cursor_execute", note)
        try:
            yield statements
        finally:
            event.remove(connection, "before_cursor_execute", note)

    return counting
