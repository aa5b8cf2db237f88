import re
from dataclasses import replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from shop import broker, clock
from shop.database import db
from shop.settings import ROOT
from tests import make, make_certificates, make_traceability
from traceability import identifiers, public, stamps
from traceability.stamp_models import StampState

KEY = b"0123456789abcdef0123456789abcdef"
NEVER_ISSUED = identifiers.serial(KEY, "B1", 1)
GTIN = "08936123456788"


def tampered(code):
    """Another code of right form, from one changed character and its check character."""
    first = "7" if code[0] != "7" else "8"
    body = first + code[1:-1]
    return body + identifiers.check_character(body)


@pytest.mark.parametrize(
    ("state", "tone", "words"),
    [
        (StampState.ACTIVE, "good", "Tem thật, đã kích hoạt"),
        (StampState.PRINTED, "warn", "Tem có thật nhưng chưa kích hoạt"),
        (StampState.VOID, "bad", "Tem đã bị hủy"),
    ],
)
def test_a_scan_says_first_what_the_stamp_is_and_then_whose(cast, state, tone, words):
    stamp = make_traceability.stamp(state)
    answer = cast.visitor.get(f"/t/{stamp.code}")
    assert answer.status_code == 200
    main = answer.text.split("<main")[1]
    assert f'<section class="verdict {tone}">' in main
    told = [words, "Chè tôm nõn Hảo Đạt", "HTX Chè Hảo Đạt", stamp.batch.lot.code, "01/11/2026"]
    places = [main.index(part) for part in told]
    assert places == sorted(places)


@pytest.mark.parametrize("base_url", ["http://localhost:8000", "https://cho.example.vn"])
def test_the_printed_address_resolves_as_it_is_written(cast, database, monkeypatch, base_url):
    settings = replace(database.config["SETTINGS"], base_url=base_url)
    monkeypatch.setitem(database.config, "SETTINGS", settings)
    monkeypatch.setitem(database.config, "TRUSTED_HOSTS", [urlsplit(base_url).hostname])
    stamp = make_traceability.stamp()
    printed = stamps.address(stamp.code)
    assert printed == printed.upper()
    path = printed.split("://")[1].partition("/")[2]
    assert path == f"T/{stamp.code}"
    assert "Tem thật" in cast.visitor.get(f"/{path}", base_url=base_url).text


def test_a_tampered_serial_is_unknown(cast):
    stamp = make_traceability.stamp()
    answer = cast.visitor.get(f"/t/{tampered(stamp.code)}")
    assert answer.status_code == 404
    assert "Không có tem nào mang mã này" in answer.text
    assert "đừng dùng" in answer.text
    assert "HTX Chè Hảo Đạt" not in answer.text


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        (f"/t/{NEVER_ISSUED}", 404, "Không có tem nào mang mã này"),
        (f"/01/{GTIN}/21/{NEVER_ISSUED}", 404, "Không có tem nào mang mã này"),
        (f"/01/{GTIN}?17=261231&utm_source=zalo", 404, "Không có tem nào mang mã này"),
        (f"/t/{NEVER_ISSUED[:-1]}I", 400, "Mã tem không đúng, xin kiểm tra lại từng chữ."),
        ("/t/KHONG-PHAI-MA", 400, "Mã tem không đúng, xin kiểm tra lại từng chữ."),
        ("/01/08936123456789", 400, "Mã GTIN sai số kiểm tra hoặc sai độ dài."),
        (f"/01/{GTIN}?17=2612", 400, "Địa chỉ có ký tự không được phép."),
        (f"/01/{GTIN}/10/", 400, "Địa chỉ thiếu giá trị."),
        (f"/01/{GTIN}/10/%C3%A8", 400, "Địa chỉ có ký tự không được phép."),
        (f"/01/{GTIN}/10/%ZZ%00", 400, "Địa chỉ có ký tự không được phép."),
        ("/t/<script>alert(1)</script>", 400, "Địa chỉ"),
    ],
)
def test_unknown_and_malformed_codes_are_told_apart(cast, path, status, words):
    answer = cast.visitor.get(path)
    assert answer.status_code == status
    assert words in answer.text
    assert "Gõ mã bằng tay" in answer.text
    assert "<script>alert" not in answer.text


@pytest.mark.parametrize("typed", ["{0}-{1}-{2}", "{0} {1} {2}"])
def test_a_code_typed_off_the_label_is_led_to_its_page(cast, typed):
    stamp = make_traceability.stamp()
    groups = re.findall("...", stamp.code.lower())
    answer = cast.visitor.get(f"/t/{typed.format(*groups)}", follow_redirects=True)
    assert answer.status_code == 200
    assert answer.request.path == f"/t/{stamp.code}"


@pytest.mark.parametrize("code", ["known", NEVER_ISSUED, "x"])
def test_the_page_is_small_sets_no_cookie_and_needs_no_script(cast, code):
    stamp = make_traceability.stamp()
    answer = cast.visitor.get(f"/t/{stamp.code if code == 'known' else code}")
    assert "Set-Cookie" not in answer.headers
    style = (ROOT / "static/css/app.css").stat().st_size
    assert len(answer.data) < 30_000
    assert len(answer.data) + style < 60_000
    main = answer.text.split("<main")[1].split("</main>")[0]
    assert "<script" not in main
    assert "csrf_token" not in main
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_scan_asks_for_the_stamp_and_for_the_star(cast, query_count):
    stamp = make_traceability.stamp()
    make.variant(stamp.batch.lot.product)
    code = stamp.code
    db.session.commit()
    db.session.expunge_all()
    with query_count() as queries:
        assert cast.visitor.get(f"/t/{code}").status_code == 200
    assert len(queries) == 2


@pytest.mark.parametrize(
    ("state", "shown"),
    [(StampState.ACTIVE, True), (StampState.PRINTED, False), (StampState.VOID, False)],
)
def test_only_a_genuine_stamp_shows_the_star_in_force(cast, state, shown):
    stamp = make_traceability.stamp(state)
    certificate = make_certificates.certificate(stamp.batch.lot.product, number="12/QĐ-UBND")
    page = cast.visitor.get(f"/t/{stamp.code}").text
    assert ("OCOP 4 sao – số 12/QĐ-UBND" in page) is shown
    certificate.expires_on = clock.today() - timedelta(1)
    assert "sao" not in cast.visitor.get(f"/t/{stamp.code}").text


def test_a_paused_product_is_named_but_not_linked(cast):
    stamp = make_traceability.stamp()
    product = stamp.batch.lot.product
    product.status, product.on_sale = "paused", False
    db.session.commit()
    page = cast.visitor.get(f"/t/{stamp.code}").text
    assert product.name in page
    assert product.ref not in page


def test_a_made_up_lot_is_said_to_be_one(cast):
    stamp = make_traceability.stamp()
    assert "Lô minh họa" not in cast.visitor.get(f"/t/{stamp.code}").text
    stamp.batch.lot.illustrative = True
    db.session.commit()
    assert "Lô minh họa" in cast.visitor.get(f"/t/{stamp.code}").text


def test_guessing_is_slowed_down_and_real_stamps_still_answer(cast, monkeypatch):
    monkeypatch.setattr(public, "UNKNOWN_RATE", "2/minute")
    stamp = make_traceability.stamp()
    guesses = [identifiers.serial(KEY, "B2", number) for number in range(3)]
    statuses = [cast.visitor.get(f"/t/{guess}").status_code for guess in guesses]
    assert statuses == [404, 404, 429]
    assert cast.visitor.get(f"/t/{stamp.code}").status_code == 200


def test_without_redis_the_page_still_answers(cast, database, monkeypatch):
    stamp = make_traceability.stamp()
    monkeypatch.setitem(database.extensions, "broker", broker.connect("redis://127.0.0.1:1/0"))
    monkeypatch.delitem(database.extensions, "limiter", raising=False)
    assert cast.visitor.get(f"/t/{NEVER_ISSUED}").status_code == 404
    assert cast.visitor.get(f"/t/{stamp.code}").status_code == 200
    monkeypatch.delitem(database.extensions, "limiter", raising=False)
