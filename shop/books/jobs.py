"""Background work of the books."""

from shop.books import files
from shop.jobs import job


@job("documents", timeout_seconds=600, given_up=files.give_up)
def make_file(export_id: int) -> None:
    """Make the file of a long book."""
    files.carry_out(export_id)
