"""A bounded load on a server of this machine: closed loop, kept-open connections."""

import http.client
import math
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
    return _asked(server, _turns(paths, connections), seconds)


def once(server: str, paths: Sequence[str], *, connections: int = 8) -> Measured:
    """The same with each of `paths` asked for a single time."""
    return _asked(server, [iter(paths[at::connections]) for at in range(connections)], None)


def _asked(server: str, turns: Sequence[Iterator[str]], seconds: float | None) -> Measured:
    times: list[list[float]] = [[] for _ in turns]
    wrong: list[int] = []
    started = time.perf_counter()
    until = started + seconds if seconds else math.inf
    threads = [
        threading.Thread(target=_ask, args=(server, mine, until, taken, wrong), daemon=True)
        for mine, taken in zip(turns, times, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lasted = seconds or time.perf_counter() - started
    if wrong:
        raise RuntimeError(f"{server} answered {wrong[0]}")
    every = sorted(one for mine in times for one in mine)
    return Measured(len(every) / lasted, _at(every, 0.50), _at(every, 0.99))


def _turns(paths: Sequence[str], connections: int) -> list[Iterator[str]]:
    """For each connection all paths over and over, each beginning at another one."""
    starts = [at * len(paths) // connections for at in range(connections)]
    return [cycle([*paths[start:], *paths[:start]]) for start in starts]


def _ask(
    server: str, turns: Iterator[str], until: float, taken: list[float], wrong: list[int]
) -> None:
    where = urlsplit(server)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    for path in turns:
        if (started := time.perf_counter()) >= until:
            break
        status = _status(connection, path)
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
