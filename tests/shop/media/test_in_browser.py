"""Sending photos as a person does it: without JavaScript, then watching them become ready."""

import threading
from dataclasses import replace

import pytest
from sqlalchemy import select
from werkzeug.serving import make_server

from shop import settings
from shop.app import create_app
from shop.database import db, transaction
from shop.media import jobs
from shop.media.models import Photo
from tests import make, make_media

pytestmark = pytest.mark.browser


@pytest.fixture
def site(fresh_database, redis_url, tmp_path):
    """The site at a port of its own, with one cooperative's owner and one product."""
    chosen = replace(
        settings.load({"VAR_DIR": str(tmp_path / "var")}),
        database_url=fresh_database,
        redis_url=redis_url,
    )
    app = create_app(chosen)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    with app.app_context(), transaction():
        seller = make.seller()
        product = make.product(seller)
        make.variant(product)
        make.member(seller, phone="+84912345678")
        address = f"/ban-hang/san-pham/{product.ref}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield app, f"http://127.0.0.1:{server.server_port}", address
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.engine.dispose()
    app.extensions["broker"].close()


@pytest.fixture
def files(tmp_path):
    """Two photos and one that an iPhone would send, in a folder."""
    sent = {
        "IMG_1.jpg": make_media.picture(size=(1200, 900), exif=make_media.exif(6)),
        "IMG_2.png": make_media.picture("PNG"),
        "IMG_3.jpg": b"\x00\x00\x00\x18ftypheic" + bytes(400),
    }
    for name, data in sent.items():
        (tmp_path / name).write_bytes(data)
    return [tmp_path / name for name in sent]


def signed_in(context, url):
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(f"{url}/tai-khoan/dang-nhap")
    page.fill("[name=email]", "0912345678")
    page.fill("[name=password]", make.PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda there: "dang-nhap" not in there)
    return page


def test_photos_are_sent_without_a_script_and_appear_by_themselves(site, browser, files):
    app, url, address = site
    phone = {"viewport": {"width": 360, "height": 740}}
    plain = browser.new_context(java_script_enabled=False, **phone)
    page = signed_in(plain, url)
    page.goto(url + address)
    page.set_input_files("[name=photos]", files)
    page.get_by_role("button", name="Gửi ảnh").click()
    page.get_by_text("Đã nhận 2 ảnh.").wait_for()
    assert page.get_by_text("IMG_3.jpg: Ảnh HEIC của iPhone").is_visible()
    assert page.locator("#anh noscript p").count() == 2
    plain.close()

    lively = browser.new_context(**phone)
    page = signed_in(lively, url)
    page.goto(url + address)
    assert page.locator("#anh progress").count() == 2
    with app.app_context():
        for photo_id in db.session.scalars(select(Photo.id)).all():
            jobs.derive(photo_id)
        db.session.remove()
    page.locator("#anh progress").first.wait_for(state="detached")
    page.locator("#anh img").nth(1).scroll_into_view_if_needed()
    drawn = "images => images.every((i) => i.complete && i.naturalWidth > 0)"
    page.wait_for_function("document.querySelectorAll('#anh img').length == 2")
    page.wait_for_timeout(500)
    assert page.locator("#anh img").evaluate_all(drawn)
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    lively.close()
