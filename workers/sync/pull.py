"""Orders of a marketplace brought here."""

from decimal import Decimal


def before_push(connection_id: int) -> None:
    """Bring in what was sold there since the last look, so that the stock we tell is true."""


def promised(connection_id: int) -> dict[int, Decimal]:
    """Variant id → units that the channel sold and our books do not hold yet."""
    return {}
