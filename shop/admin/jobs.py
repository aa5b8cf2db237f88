"""Background work of the administrator's room."""

from shop.admin import leaving
from shop.database import transaction
from shop.jobs import job


@job("default", tries=1)
def forget_departures() -> None:
    """Who left is known no longer than the law asks."""
    with transaction():
        leaving.forget_over()
