"""Connecting a shop as a person does it: form, the marketplace's own page, and back."""

import threading
from dataclasses import replace

import pytest
from werkzeug.serving import make_server

from shop import settings
from shop.app import create_app
from shop.database import db, transaction
from tests import make
from workers.channels.models import Connection

pytestmark = pytest.mark.browser


@pytest.fixture
def site(fresh_database, redis_url, sandbox, tmp_path):
    """The site at a port of its own, with one cooperative's owner to sign in."""
    chosen = replace(
        settings.load({"VAR_DIR": str(tmp_path)}),
        database_url=fresh_database,
        redis_url=redis_url,
        sandbox_port=sandbox.port,
        demo=True,
    )
    app = create_app(chosen)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    url = f"http://127.0.0.1:{server.server_port}"
    app.config["SETTINGS"] = replace(chosen, base_url=url)
    with app.app_context(), transaction():
        seller = make.seller()
        make.variant(make.product(seller))
        make.member(seller, phone="+84912345678")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield app, url
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.engine.dispose()
    app.extensions["broker"].close()


def test_a_person_connects_a_shop_over_the_marketplaces_own_page(site, browser):
    app, url = site
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(f"{url}/tai-khoan/dang-nhap")
    page.set_default_timeout(30_000)
    page.fill("[name=email]", "0912345678")
    page.fill("[name=password]", make.PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda there: "dang-nhap" not in there)
    page.goto(f"{url}/ban-hang/san/ket-noi")
    page.get_by_role("button", name="Sang trang của sàn").click()
    page.get_by_role("link", name="Mở gian hàng thử mới").click()
    page.wait_for_url(f"{url}/ban-hang/san/*")
    assert page.get_by_text("Đã kết nối gian hàng.").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    with app.app_context():
        ref = db.session.query(Connection.ref).scalar()
        db.session.remove()
    assert page.url == f"{url}/ban-hang/san/{ref}"
    page.get_by_role("button", name="Đẩy lên sàn").click()
    page.get_by_text("Chờ đăng").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.close()
