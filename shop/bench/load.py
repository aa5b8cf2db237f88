"""A bounded load on a server of this machine: closed loop, kept-open connections."""

import http.client
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Measured:
    """`per_second`: answers a second; `p50_ms`, `p99_ms`: time to an answer in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float


def measure(
    server: str, paths: Sequence[str], *, seconds: float = 5.0, connections: int = 8
) -> Measured:
    """Ask `server` for `paths` in turns for `seconds` on `connections` kept-open connections.

    Raises RuntimeError when any answer is not 200: a fast error page is no result.
    """
    times: list[list[float]] = [[] for _ in range(connections)]
    wrong: list[int] = []
    until = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=_ask, args=(server, turns, until, mine, wrong), daemon=True)
        for turns, mine in zip(_turns(paths, connections), times, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(f"{server} answered {wrong[0]}")
    taken = sorted(taken for mine in times for taken in mine)
    return Measured(len(taken) / seconds, _at(taken, 0.50), _at(taken, 0.99))


def _turns(paths: Sequence[str], connections: int) -> list[Iterator[str]]:
    """For each connection all paths over and over, each beginning at another one."""
    starts = [at * len(paths) // connections for at in range(connections)]
    return [cycle([*paths[start:], *paths[:start]]) for start in starts]


def _ask(
    server: str, turns: Iterator[str], until: float, taken: list[float], wrong: list[int]
) -> None:
    where = urlsplit(server)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    while (started := time.perf_counter()) < until:
        status = _status(connection, next(turns))
        if status != 200:
            wrong.append(status)
            return
        taken.append(time.perf_counter() - started)
    connection.close()


def _status(connection: http.client.HTTPConnection, path: str) -> int:
    """The status of a whole answer; 0 when the server went away."""
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
    except (OSError, http.client.HTTPException):
        return 0
    return answer.status


def _at(taken: list[float], share: float) -> float:
    return round(1000 * taken[min(len(taken) - 1, int(len(taken) * share))], 2)
