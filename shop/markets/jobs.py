"""Background work of the markets."""

from shop.database import transaction
from shop.jobs import job
from shop.markets import imports, leavers, runs, sightings


@job("documents", timeout_seconds=900, given_up=runs.give_up)
def draw_plates(run_id: int) -> None:
    """Draw the payment plates of a market, read each back, keep the file."""
    runs.carry_out(run_id)


@job("documents", timeout_seconds=600, given_up=imports.give_up)
def read_booths(import_id: int) -> None:
    """Read a spreadsheet of booths and show what it would do."""
    imports.show(import_id)


@job("documents", timeout_seconds=600, given_up=imports.give_up)
def apply_booths(import_id: int) -> None:
    """Do what a spreadsheet of booths says, whole or not at all."""
    imports.carry_out(import_id)


@job("default", tries=8)
def forget_trader(seller_id: int) -> None:
    """A seller was erased, and with it who stood in the markets; safe to run twice."""
    with transaction():
        leavers.forget(seller_id)


@job("payments", tries=8)
def count_plate_money(line_ids: list[int]) -> None:
    """Money that came by the printed plate of a booth is a sale there; safe to run twice."""
    for line_id in line_ids:
        with transaction():
            sightings.count_plate_money(line_id)
