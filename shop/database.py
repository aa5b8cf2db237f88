"""The database: `db`, `Model`, and `transaction()`, the only place that commits."""

import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any
from typing import cast as cast_to

from alembic import command
from alembic.config import Config
from flask import current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    BindParameter,
    ColumnElement,
    DateTime,
    Dialect,
    LargeBinary,
    MetaData,
    Row,
    String,
    Table,
    TableValuedAlias,
    TypeDecorator,
    Update,
    bindparam,
    cast,
    column,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.orm import (
    DeclarativeBase,
    InstrumentedAttribute,
    Mapped,
    mapped_column,
    registry,
)
from sqlalchemy.orm.state import InstanceState
from sqlalchemy.sql.dml import ReturningInsert

from shop import vault
from shop.settings import ROOT

BigKey = Annotated[int, mapped_column(BigInteger, primary_key=True)]


class SealedBytes(TypeDecorator[bytes]):
    """Bytes that stand sealed in the database, with the vault's key, and open in a row.

    What was written before they were sealed is read as it is. Raises vault.CannotOpen.
    """

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, _dialect: Dialect) -> bytes | None:
        """What is kept of `value`."""
        return None if value is None else vault.seal_bytes(value, _vault_key())

    def process_result_value(self, value: bytes | None, _dialect: Dialect) -> bytes | None:
        """What was kept, opened."""
        if value is None or not vault.is_sealed(value):
            return value
        return vault.open_bytes(value, _vault_key())


def _vault_key() -> str:
    return str(current_app.config["SETTINGS"].vault_key)


Instant = Annotated[datetime, mapped_column(DateTime(timezone=True))]
Recorded = Annotated[datetime, mapped_column(DateTime(timezone=True), server_default=func.now())]
Json = Annotated[dict[str, Any], mapped_column(JSONB)]


class Base(DeclarativeBase):
    """Types and names that hold everywhere: whole numbers are BIGINT, constraints are named."""

    registry = registry(
        type_annotation_map={int: BigInteger},
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
    )


db = SQLAlchemy(model_class=Base)

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model

__all__ = [
    "BigKey",
    "Instant",
    "Json",
    "Mapped",
    "Model",
    "Recorded",
    "after_commit",
    "among",
    "among_given",
    "db",
    "insert_many",
    "mapped_column",
    "planned_anew",
    "table_of",
    "transaction",
    "with_memory",
]

_AFTER_COMMIT = "after_commit"


def _name_state_attributes() -> None:
    """Keep CPython 3.11 from crashing when a session with rows that refer to each other closes.

    CPython settles the names that the instances of a class share after some thirty instances. One
    set for the first time later moves the instance's values into a new dictionary, and until 3.12
    that allocation may collect garbage midway. When it collects the row of that same state,
    SQLAlchemy's callback writes to the state, and the values are freed twice. So every name is
    set once, before there are thirty.
    """
    first = InstanceState.__new__(InstanceState)
    for name in InstanceState.__annotations__:
        if name not in InstanceState.__slots__:
            setattr(first, name, None)


if sys.version_info < (3, 12):
    _name_state_attributes()


def engine_options(threads: int) -> dict[str, Any]:
    """Options of the engine of a process with so many threads; each uses one connection."""
    return {
        # A connection that died with the server is replaced before it is used: one round trip
        # against a page of errors after every restart of the database.
        "pool_pre_ping": True,
        "pool_size": threads,
        "max_overflow": 4,
        "pool_timeout": 5,
        # A refused statement ends in a log: without who was named in it, and without its tokens.
        "hide_parameters": True,
        "connect_args": {"connect_timeout": 5, "options": "-c timezone=UTC -c lock_timeout=10s"},
    }


@contextmanager
def transaction() -> Iterator[None]:
    """All of the block or nothing; then what asked to run after the commit.

    Edges (views, jobs, commands) open it, verbs never do. A block inside a block is a mistake:
    the inner one would commit half of the outer.
    """
    session = db.session()
    if session.info.get("in_transaction"):
        raise RuntimeError("transaction() inside transaction()")
    session.info["in_transaction"] = True
    try:
        yield
        session.commit()
    except BaseException:
        session.info.clear()
        session.rollback()
        raise
    finally:
        session.info.pop("in_transaction", None)
    acts = session.info.pop(_AFTER_COMMIT, [])
    try:
        for act in acts:
            act()
    finally:
        session.info.clear()


def after_commit(act: Callable[[], None]) -> None:
    """Run `act` once this transaction is committed; never if it is rolled back.

    For hurrying along what is already recorded in the database: `act` dies with the process.
    """
    db.session().info.setdefault(_AFTER_COMMIT, []).append(act)


def is_outage(error: BaseException) -> bool:
    """Whether the database server, not the statement, is what failed."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return isinstance(error, OperationalError | InterfaceError) and _no_sqlstate(error)


def _no_sqlstate(error: DBAPIError) -> bool:
    # Statement errors carry an SQLSTATE; 57P0x is a server shutting down, 53300 one too busy.
    state = getattr(error.orig, "sqlstate", None)
    return state is None or state[:3] in {"57P", "533"} or state[:2] == "08"


def wait_until_ready(url: str, seconds: float = 30) -> None:
    """Return once the server at `url` answers a query. Raises OperationalError after `seconds`."""
    from sqlalchemy import create_engine

    engine = create_engine(url, connect_args={"connect_timeout": 2})
    deadline = time.monotonic() + seconds
    while True:
        try:
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
            return
        except OperationalError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
        finally:
            engine.dispose()


def migrate(url: str, revision: str = "head") -> None:
    """Bring the database at `url` to `revision`; concurrent calls wait for one another."""
    command.upgrade(_alembic(url), revision)


def downgrade(url: str, revision: str = "base") -> None:
    """Take the database at `url` back to `revision`."""
    command.downgrade(_alembic(url), revision)


def _alembic(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["url"] = url
    return config


def among(where: InstrumentedAttribute[Any], values: Iterable[Any]) -> ColumnElement[bool]:
    """`where` is one of `values`: one parameter for any number, so one statement for all.

    As rows, not as `= ANY`: while a table grows the planner may take it for small, read it whole
    and compare each row with each value.
    """
    return _one_of(where, bindparam(None, list(values), type_=ARRAY(where.type), unique=True))


def among_given(where: InstrumentedAttribute[Any], name: str) -> ColumnElement[bool]:
    """The same, of the values that are given under `name` when the statement runs.

    For statements put together once (`@cache`) that run for every order: putting one together
    and finding it among those already compiled takes longer than running it.
    """
    return _one_of(where, bindparam(name, type_=ARRAY(where.type)))


def _one_of(where: InstrumentedAttribute[Any], listed: BindParameter[Any]) -> ColumnElement[bool]:
    return where.in_(select(func.unnest(listed).column_valued()))


@contextmanager
def planned_anew() -> Iterator[None]:
    """Statements of the block are planned for the tables as they are now.

    The plan of a prepared statement that was made while a table was empty is kept until somebody
    analyses the table. Only for statements of many rows: what the database asks of itself, as for
    foreign keys, is planned anew too.
    """
    db.session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    yield
    db.session.execute(text("SET LOCAL plan_cache_mode = auto"))


@contextmanager
def with_memory(*, megabytes: int) -> Iterator[None]:
    """Each sort and hash of the block's statements may take so much, and need not go to disk."""
    set_to = text("SELECT set_config('work_mem', :value, true)")
    before = db.session.scalar(text("SHOW work_mem"))
    db.session.execute(set_to, {"value": f"{megabytes}MB"})
    yield
    db.session.execute(set_to, {"value": before})


def table_of(model: type[Base]) -> Table:
    """The table of a model: a statement on it is none of the ORM's, which costs half as much."""
    return cast_to(Table, model.__table__)


def insert_many(
    model: type[Base], rows: Sequence[Mapping[str, Any]], *returning: str
) -> Sequence[Row[Any]]:
    """Insert rows that name the same columns, in one statement that is the same for any number.

    `returning`: columns of what was made, in no order. Columns not named take the server's default.
    """
    if not rows:
        return []
    # One text is sent in a tenth of the time that lists of each column take.
    sent = json.dumps(list(map(dict, rows)), default=str)
    result = db.session.execute(_insert(model, tuple(rows[0]), returning), {"sent": sent})
    return result.all()


def update_many(model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Set the columns that the rows name beside `id`, in one statement for any number of them.

    What the session holds of them is the caller's to set.
    """
    if rows:
        sent = json.dumps(list(map(dict, rows)), default=str)
        db.session.execute(_update(model, tuple(rows[0])), {"sent": sent})


@lru_cache(maxsize=200)
def _update(model: type[Base], names: tuple[str, ...]) -> Update:
    table, given = table_of(model), _given(model, names)
    values = {name: given.c[name] for name in names if name != "id"}
    return update(table).where(table.c.id == given.c.id).values(values)


@lru_cache(maxsize=200)
def _insert(
    model: type[Base], names: tuple[str, ...], returning: tuple[str, ...]
) -> ReturningInsert[Any]:
    """Put together once: for a single row that takes longer than the row does."""
    table, given = table_of(model), _given(model, names)
    # Of the table: with parameters beside it the ORM would take a model's insert for a bulk one.
    made = insert(table).from_select(names, select(*(given.c[name] for name in names)))
    return made.returning(*(table.c[name] for name in returning or ("id",)))


def _given(model: type[Base], names: tuple[str, ...]) -> TableValuedAlias:
    """The rows that were sent as one text, with the types of the model's columns."""
    table = table_of(model)
    named = (column(name, table.c[name].type) for name in names)
    sent = cast(bindparam("sent", type_=String), JSON)
    return func.json_to_recordset(sent).table_valued(*named).render_derived(with_types=True)
