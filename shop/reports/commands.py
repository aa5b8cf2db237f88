"""`ocop figures`: reckon the nightly sheets anew."""

import click
from flask.cli import with_appcontext

from shop.database import transaction
from shop.reports import jobs, nights, sheets


@click.command()
@click.option("--all", "every", is_flag=True, help="Từ đầu, cả những tháng mà không có gì đổi.")
@with_appcontext
def figures(every: bool) -> None:
    """Tính lại số liệu của các vùng đã giao cho cán bộ."""
    if every:
        # As after a release in which a figure is defined otherwise.
        with transaction():
            nights.distrust()
    jobs.refresh()
    found = sheets.kept() if every else []
    for together in nights.groups(found):
        with transaction():
            if not nights.alone():
                raise click.ClickException("Tiến trình khác đang tính số liệu: hãy thử lại sau.")
            nights.keep(together)
    click.echo(f"Đã tính lại {len(found)} bảng đã giữ." if every else "Đã tính xong.")
