"""`ocop demo` and `ocop welcome`."""

import fcntl
import json
from pathlib import Path
from typing import IO

import click
import requests
from flask import current_app
from flask.cli import with_appcontext

from shop.database import db
from shop.demo import area, counts, gateways, goods, marketplaces, markets, people, sale
from shop.demo.browser import Browser
from shop.settings import Settings

STEPS = (
    ("Nhập kho", goods.receive_stock),
    ("Đặt phí giao hàng", goods.open_delivery),
    ("Mở tài khoản nhận tiền, nối nguồn báo có", goods.open_accounts),
    ("Nối cổng thanh toán thử", gateways.connect),
    ("In tem truy xuất", goods.print_stamps),
    ("Giới thiệu vùng chè, ghi một buổi tập huấn", area.introduce),
    ("Nối gian hàng, đăng sản phẩm lên ba sàn giả lập", marketplaces.push_listings),
    ("Khai thêm điều sàn đòi", marketplaces.tell_strength),
    ("Người mua trên ba sàn đặt hàng, đơn tự về", marketplaces.sell),
    ("Livestream: đọc bình luận, chốt đơn", sale.go_live),
    ("Người mua xác nhận đơn", sale.confirm_orders),
    ("Mở chợ, sạp và quầy, in biển thu tiền, bán tại sạp", markets.open_markets),
    ("Người mua quét mã chuyển khoản, ngân hàng báo có, đối soát", sale.pay),
)


@click.command()
@with_appcontext
def welcome() -> None:
    """In các tài khoản chạy thử (tạo nếu chưa có)."""
    for name, phone, password in people.ensure(_settings()):
        click.echo(f"Đăng nhập: {phone}  mật khẩu: {password}  {name}")


def _settings() -> Settings:
    settings: Settings = current_app.config["SETTINGS"]
    if not settings.demo:
        raise click.ClickException("Chỉ chạy được khi DEMO=true.")
    return settings


def _only_one(var_dir: Path) -> IO[str]:
    lock = (var_dir / "run" / "demo.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.close()
        raise click.ClickException("Một `ocop demo` khác đang chạy, xin đợi nó xong.") from None
    return lock


@click.command()
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
@with_appcontext
def demo(as_json: bool) -> None:
    """Chạy cả chuỗi: sản phẩm → tem → ba sàn → livestream → chuyển khoản → đối soát."""
    settings = _settings()
    lock = _only_one(settings.var_dir)
    _name, phone, password = people.ensure(settings)[0]
    try:
        browser = Browser(settings.base_url)
        browser.sign_in(phone, password)
        for title, step in STEPS:
            click.echo(f"• {title} …", err=True)
            step(browser, settings)
            db.session.rollback()
    except requests.ConnectionError as error:
        raise click.ClickException(
            f"Không gọi được {error.request.url if error.request else ''}"
        ) from None
    lock.close()
    result = counts.counted()
    click.echo(json.dumps(result, ensure_ascii=False) if as_json else counts.as_table(result))
