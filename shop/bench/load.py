"""A bounded load on a server of this machine: closed loop, kept-open connections."""

import http.client
import threading
import time
from dataclasses import dataclass
from urllib.parse import urlsplit


@dataclass(frozen=True)
class Measured:
    """`per_second`: answers a second; `p50_ms`, `p99_ms`: time to an answer in milliseconds."""

    per_second: float
    p50_ms: float
    p99_ms: float


def measure(url: str, *, seconds: float = 5.0, connections: int = 8) -> Measured:
    """Ask `url` over and over for `seconds` on `connections` kept-open connections.

    Raises RuntimeError when any answer is not 200: a fast error page is no result.
    """
    times: list[list[float]] = [[] for _ in range(connections)]
    wrong: list[int] = []
    until = time.perf_counter() + seconds
    threads = [
        threading.Thread(target=_ask, args=(url, until, mine, wrong), daemon=True) for mine in times
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(f"{url} answered {wrong[0]}")
    taken = sorted(taken for mine in times for taken in mine)
    return Measured(len(taken) / seconds, _at(taken, 0.50), _at(taken, 0.99))


def _ask(url: str, until: float, taken: list[float], wrong: list[int]) -> None:
    where = urlsplit(url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
    while (started := time.perf_counter()) < until:
        connection.request("GET", where.path or "/")
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            wrong.append(answer.status)
            return
        taken.append(time.perf_counter() - started)
    connection.close()


def _at(taken: list[float], share: float) -> float:
    return round(1000 * taken[min(len(taken) - 1, int(len(taken) * share))], 2)
