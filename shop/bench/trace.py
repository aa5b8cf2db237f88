"""A graph of lots in a database of its own, and how long recalls take to find their way in it."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, text

from shop import clock
from shop.bench import catalogue
from shop.catalogue.models import Product
from shop.database import db, transaction
from shop.settings import Settings
from traceability import recalls
from traceability.models import Lot, TraceEvent, TraceItem

# A house works eight lots in four steps, two into two, so that its last lots hold of all the first.
WIDTH, STEPS = 8, 4
DEEP = WIDE = 1_000
_HOUSE = WIDTH * (STEPS + 1)
_EVENTS_A_HOUSE = _HOUSE + STEPS * WIDTH // 2

Edges = tuple[Sequence[int], Sequence[int]]  # lots that went in, lots that came out


@dataclass(frozen=True)
class Timed:
    """Tracing from many lots. `reached`: most lots found; `scans`: tables read through."""

    case: str
    roots: int
    reached: int
    p50_ms: float
    p99_ms: float
    scans: str


@dataclass(frozen=True)
class Measured:
    """All cases, and how large the graph is."""

    events: int
    lots: int
    cases: list[Timed]


def measure(settings: Settings, events: int, roots: int) -> Measured:
    """Trace both ways from `roots` lots of a graph of at least so many events."""
    with _filled(settings, events) as (made, houses):
        last = houses * _HOUSE
        usual = random.Random(7).choices(range(1, last + 1), k=roots)
        cases = [
            _timed("forward", usual, recalls.forward, recalls.FORWARD),
            _timed("backward", usual, recalls.backward, recalls.BACKWARD),
        ]
        few = max(1, roots // 10)
        deep, wide = last + 1, last + DEEP + 2
        far = [deep + DEEP] * few
        cases += [
            _timed("forward, deep", [deep] * few, recalls.forward, recalls.FORWARD),
            _timed("backward, deep", far, recalls.backward, recalls.BACKWARD),
            _timed("forward, wide", [wide] * few, recalls.forward, recalls.FORWARD),
            _timed("backward, wide", [wide + WIDE + 1] * few, recalls.backward, recalls.BACKWARD),
        ]
        return Measured(made, wide + WIDE + 1, cases)


def _timed(
    case: str, lots: Sequence[int], ask: Callable[[Lot], recalls.Reach], query: str
) -> Timed:
    taken, reached = [], 0
    for lot_id in lots:
        lot = db.session.get_one(Lot, lot_id)
        started = time.perf_counter()
        found = ask(lot)
        taken.append((time.perf_counter() - started) * 1000)
        reached = max(reached, len(found.lots))
    taken.sort()
    p50, p99 = taken[len(taken) // 2], taken[len(taken) * 99 // 100]
    return Timed(case, len(lots), reached, p50, p99, _scans(query, lots[0]))


def _scans(query: str, lot_id: int) -> str:
    plan = db.session.scalar(text(f"EXPLAIN (FORMAT JSON) {query}"), {"lot": lot_id})
    tree: Any = json.loads(plan) if isinstance(plan, str) else plan
    return ", ".join(sorted(set(_tables(tree[0]["Plan"])))) or "none"


def _tables(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for inner in plan.get("Plans", ()):
        yield from _tables(inner)


@contextmanager
def _filled(settings: Settings, events: int) -> Iterator[tuple[int, int]]:
    """A database with the graph, dropped in the end: its events, its houses."""
    from shop.app import create_app

    with (
        catalogue.filled(settings, 1) as (ours, _sellers, _taken),
        create_app(ours).test_request_context(),
    ):
        try:
            houses = -(-max(0, events - DEEP - WIDE - 1) // _EVENTS_A_HOUSE)
            made = fill(houses)
            _settle()
            yield made, houses
        finally:
            db.session.remove()
            db.engine.dispose()


def _settle() -> None:
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def fill(houses: int) -> int:
    """Write the graph with so many houses into a database without lots; its events."""
    edges = [*_houses(houses), *_deep(houses * _HOUSE + 1), *_wide(houses * _HOUSE + DEEP + 2)]
    product = db.session.scalars(select(Product)).first()
    assert product is not None  # noqa: S101 - the market was filled with one
    seller, product_id, now = product.seller_id, product.id, clock.now()
    last = max(max(*went, *came, 0) for went, came in edges)
    lots = [
        {"id": n, "ref": f"L{n}", "seller_id": seller, "product_id": product_id, "code": f"L{n}"}
        for n in range(1, last + 1)
    ]
    said = {"seller_id": seller, "happened_at": now, "recorded_at": now}
    said |= {"payload": "{}", "signature": ""}
    events = [
        said
        | {"id": n, "ref": f"E{n}", "hash": f"{n:064x}"}
        | {"kind": "processing" if went else "harvest"}
        for n, (went, _came) in enumerate(edges, 1)
    ]
    with transaction():
        db.session.execute(insert(Lot), lots)
        db.session.execute(insert(TraceEvent), events)
        db.session.execute(insert(TraceItem), list(_items(edges)))
    return len(edges)


def _items(edges: Sequence[Edges]) -> Iterator[dict[str, Any]]:
    numbers: Counter[int] = Counter()
    for event_id, (went, came) in enumerate(edges, 1):
        made = "output" if went else "subject"
        for role, lots in (("input", went), (made, came)):
            for lot in lots:
                numbers[lot] += 1
                yield {"event_id": event_id, "lot_id": lot, "number": numbers[lot], "role": role}


def _houses(houses: int) -> Iterator[Edges]:
    for house in range(houses):
        first = house * _HOUSE + 1
        yield from (((), (first + n,)) for n in range(_HOUSE))
        for step in range(STEPS):
            here, apart = first + step * WIDTH, (1, 2, 4)[step % 3]
            for n in range(WIDTH):
                if not n & apart:
                    pair = (here + n, here + n + apart)
                    yield pair, tuple(lot + WIDTH for lot in pair)


def _deep(first: int) -> Iterator[Edges]:
    yield from (((lot,), (lot + 1,)) for lot in range(first, first + DEEP))


def _wide(first: int) -> Iterator[Edges]:
    """One lot into very many, and all of these into one."""
    many = range(first + 1, first + WIDE + 1)
    yield from (((first,), (lot,)) for lot in many)
    yield many, (first + WIDE + 1,)
