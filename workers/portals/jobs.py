"""Background work of the portals room."""

from shop.database import transaction
from shop.jobs import job
from workers.portals import exports, files, todo


@job("documents", timeout_seconds=600, given_up=exports.give_up)
def make_export(export_id: int) -> None:
    """Make the sheet and the photos for a portal."""
    exports.carry_out(export_id)


@job("documents", timeout_seconds=600, given_up=files.give_up)
def read_file(file_id: int) -> None:
    """Read a file of a portal and show what it would do."""
    files.show(file_id)


@job("documents", timeout_seconds=1200, given_up=files.give_up)
def apply_file(file_id: int) -> None:
    """Take in the orders of a portal's file."""
    files.carry_out(file_id)


@job("default")
def tidy(connection_id: int) -> None:
    """Something changed on a portal worked by hand: strike what needs nobody from the list."""
    with transaction():
        todo.tidy(connection_id)


@job("default", tries=1)
def forget_files() -> None:
    """Delete the files of portals that nobody took in for days."""
    with transaction():
        files.forget()
