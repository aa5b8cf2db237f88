"""What a platform's source of comments offers, and the ways in which a platform refuses.

A source is a module with `HOST`, and `batches(account, cursor, until)`: a generator of `Heard`. It
keeps nothing, knows no database, and may be begun again from any cursor that it gave: comments
then come twice, which changes nothing, but none is left out.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol


@dataclass(frozen=True)
class Account:
    """What is listened to, and with what. `hosts`: other addresses than the platform's own."""

    external_id: str
    token: str = field(repr=False)
    hosts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Heard:
    """Comments in the shape of CommentIn (instants as text), and where to go on after them.

    Empty comments are a sign of life: the platform answered and said nothing new.
    """

    comments: tuple[dict[str, Any], ...]
    cursor: str


class Source(Protocol):
    """A platform's module."""

    def batches(self, account: Account, cursor: str, until: Callable[[], bool]) -> Iterator[Heard]:
        """Comments as they come, until `until()` is true. Raises Away, Barred, Ended."""


class Trouble(Exception):
    """`said`: the platform's own words, for people; never a token."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self.said = said


class Away(Trouble):
    """No answer, too many calls, or a passing fault: the same again a little later."""


class Barred(Trouble):
    """The token or key is no longer good, or lacks a right: a person must bring another."""


class Missing(Trouble):
    """There is no such video or chat, or this token cannot see it."""


class Ended(Trouble):
    """The broadcast is over: nothing will come any more."""
