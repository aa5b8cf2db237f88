"""What reconciliation can refuse."""

from shop.errors import DomainError


class CannotMatch(DomainError):
    """The line cannot pay that order; the message says why."""

    status = 409

    def __init__(self, why: str) -> None:
        super().__init__(why)
