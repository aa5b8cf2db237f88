"""Background work of the inventory."""

from shop.database import transaction
from shop.inventory import reservations
from shop.jobs import job


@job("default")
def expire_reservations() -> None:
    """Release holds whose time is over."""
    with transaction():
        reservations.expire()
