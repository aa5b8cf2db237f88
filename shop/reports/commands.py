"""`ocop figures`: reckon the nightly sheets anew."""

import click
from flask.cli import with_appcontext

from shop.database import transaction
from shop.reports import jobs, sheets


@click.command()
@click.option(
    "--all", "every", is_flag=True, help="Mọi tháng đã giữ, không chỉ tháng này và trước."
)
@with_appcontext
def figures(every: bool) -> None:
    """Tính lại số liệu của các vùng đã giao cho cán bộ."""
    jobs.refresh()
    found = sheets.kept() if every else []
    for scope in found:
        with transaction():
            sheets.keep(scope)
    click.echo(f"Đã tính lại {len(found)} bảng đã giữ." if every else "Đã tính xong.")
