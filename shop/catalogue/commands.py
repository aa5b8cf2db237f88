"""`ocop seed`: load a starter catalogue."""

from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import exists, select

from shop.catalogue import starter
from shop.catalogue.errors import BadStarterFile
from shop.catalogue.models import Product
from shop.database import db, transaction


@click.command()
@click.argument("file", type=click.Path(path_type=Path), default=starter.FILE)
@click.option("--if-empty", is_flag=True, help="Chỉ nạp khi chưa có sản phẩm nào.")
@with_appcontext
def seed(file: Path, if_empty: bool) -> None:
    """Nạp danh mục khởi đầu (người bán, sản phẩm) từ FILE; hỏng một dòng thì không nạp gì."""
    if if_empty and db.session.scalar(select(exists(select(Product)))):
        db.session.rollback()
        return
    db.session.rollback()
    try:
        with transaction():
            sellers, products = starter.load(file)
    except BadStarterFile as error:
        for row in error.rows:
            click.echo(row, err=True)
        raise click.ClickException(error.message) from None
    click.echo(f"Đã nạp {sellers} người bán, {products} sản phẩm mới từ {file.name}.")
