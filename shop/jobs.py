"""@job: a plain function that a worker runs, named by its dotted path, safe to run twice."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import ParamSpec

P = ParamSpec("P")

# In the order in which workers serve them. Quick jobs touch our own servers only, in moments, so
# one process runs them one after the other without forking. Slow ones call outside, or make files.
QUICK = ("payments", "livestream", "default")
SLOW = ("documents", "mail", "channels")
# A job that listens runs all the time: a worker of its own, so that it keeps nobody waiting.
LISTENING = ("listening",)
ALL = QUICK + SLOW + LISTENING
QUICK_SECONDS, SLOW_SECONDS = 30, 180


@dataclass(frozen=True)
class Spec:
    """How a job is run: its queue, how many tries, seconds until it is stopped.

    `given_up` is called with the same arguments when the last try has failed.
    """

    queue: str
    tries: int
    timeout_seconds: int
    given_up: Callable[..., None] | None


def job(
    queue: str,
    *,
    tries: int = 5,
    timeout_seconds: int | None = None,
    given_up: Callable[..., None] | None = None,
) -> Callable[[Callable[P, None]], Callable[P, None]]:
    """Mark a function as a job. It takes ids, claims or locks first, and may run twice.

    Without `timeout_seconds` it is stopped after what its queue allows.
    """
    if queue not in ALL:
        raise ValueError(f"no such queue: {queue}")
    allowed = timeout_seconds or (QUICK_SECONDS if queue in QUICK else SLOW_SECONDS)

    def mark(function: Callable[P, None]) -> Callable[P, None]:
        function.spec = Spec(queue, tries, allowed, given_up)  # type: ignore[attr-defined]
        return function

    return mark


def spec(name: str) -> Spec:
    """The spec of the job with this dotted name. Raises AttributeError if there is none."""
    found: Spec = function(name).spec  # type: ignore[attr-defined]
    return found


def function(name: str) -> Callable[..., None]:
    """The function with this dotted name."""
    module, _, attribute = name.rpartition(".")
    found: Callable[..., None] = getattr(import_module(module), attribute)
    return found
