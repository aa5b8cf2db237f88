"""What reconciliation can refuse."""

from shop.errors import DomainError


class CannotMatch(DomainError):
    """The line cannot pay that order; the message says why."""

    status = 409

    def __init__(self, why: str) -> None:
        super().__init__(why)


class CannotClose(DomainError):
    """The day cannot be signed off; the message says why."""

    status = 409

    def __init__(self, why: str) -> None:
        super().__init__(why)


class CannotImport(DomainError):
    """The file cannot be taken in; the message says why and what to do."""

    status = 409

    def __init__(self, why: str) -> None:
        super().__init__(why)
