"""`ocop administrator`: the first way in on a new installation."""

import click
from flask import current_app, url_for
from flask.cli import with_appcontext
from flask_security.recoverable import generate_reset_password_token

from shop import phones
from shop.accounts import members
from shop.accounts.models import Membership, Role
from shop.database import db, transaction


@click.command()
@click.option("--name", required=True, help="Họ và tên.")
@click.option("--phone", required=True, help="Số điện thoại để đăng nhập.")
@with_appcontext
def administrator(name: str, phone: str) -> None:
    """Tạo quản trị nền tảng và in liên kết đặt mật khẩu dùng một lần."""
    try:
        number = phones.parse(phone)
    except ValueError:
        raise click.BadParameter("Số điện thoại chưa đúng.", param_hint="--phone") from None
    with transaction():
        user = members.person(name, phone=number)
        if not any(m.role == Role.ADMINISTRATOR for m in user.memberships):
            db.session.add(Membership(user_id=user.id, role=Role.ADMINISTRATOR))
        token = generate_reset_password_token(user)  # type: ignore[no-untyped-call]
    with current_app.test_request_context(base_url=current_app.config["SETTINGS"].base_url):
        click.echo(url_for("security.reset_password", token=token, _external=True))
