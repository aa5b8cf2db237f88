"""What a visitor sees, and what every answer carries."""

import pytest

from shop import broker
from shop.database import db
from tests import make


def test_a_product_page_has_one_address(cast):
    product = make.product(cast.ours.seller, name="Chè tôm nõn")
    make.variant(product)
    answer = cast.visitor.get(f"/p/{product.ref}/ten-cu")
    assert (answer.status_code, answer.headers["Location"]) == (
        301,
        f"/p/{product.ref}/che-tom-non",
    )


def test_a_draft_is_not_there(cast):
    product = make.product(cast.ours.seller, status="draft")
    assert cast.visitor.get(f"/p/{product.ref}").status_code == 404


def test_every_answer_carries_the_security_headers_and_a_request_id(cast):
    for url in ("/", "/khong-co", "/api/v1/products", "/tai-khoan/dang-nhap"):
        headers = cast.visitor.get(url).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe-inline" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert len(headers["X-Request-ID"]) == 16


def test_a_callers_request_id_is_kept_when_it_is_harmless(cast):
    answer = cast.visitor.get("/healthz", headers={"X-Request-ID": "tu-proxy-12345678"})
    assert answer.headers["X-Request-ID"] == "tu-proxy-12345678"
    answer = cast.visitor.get("/healthz", headers={"X-Request-ID": "x{}<script>"})
    assert answer.headers["X-Request-ID"] != "x{}<script>"


def test_the_browser_gets_a_page_and_a_program_gets_problem_details(cast):
    page = cast.visitor.get("/khong-co")
    assert page.status_code == 404
    assert "Không có trang này" in page.text
    problem = cast.visitor.get("/api/v1/products/KHONGCO")
    assert problem.status_code == 404
    assert problem.content_type == "application/problem+json"
    assert problem.json["type"] == "urn:ocop:problem:not-found"
    assert problem.json["status"] == 404


def test_a_bad_query_of_the_api_names_the_field(cast):
    answer = cast.visitor.get("/api/v1/products?limit=khong")
    assert answer.status_code == 422
    assert "limit" in str(answer.json["errors"])


def test_the_language_is_kept_in_a_cookie_and_leads_only_inside(cast):
    answer = cast.visitor.get("/ngon-ngu/en?next=/p/x")
    assert answer.headers["Location"] == "/p/x"
    for outside in ("https://evil.example", "//evil.example", "/\\evil.example"):
        answer = cast.visitor.get("/ngon-ngu/en", query_string={"next": outside})
        assert answer.headers["Location"] == "/"


def test_health_and_readiness(cast, monkeypatch, database):
    assert cast.visitor.get("/healthz").json == {"status": "ok"}
    assert cast.visitor.get("/readyz").json == {"status": "ok", "database": "ok", "queue": "ok"}
    monkeypatch.setitem(database.extensions, "broker", broker.connect("redis://127.0.0.1:1/0"))
    answer = cast.visitor.get("/readyz")
    assert answer.status_code == 503
    assert answer.json["queue"] == "away"


def test_without_redis_the_catalogue_still_shows_and_sign_in_says_503(cast, monkeypatch, database):
    monkeypatch.setitem(database.extensions, "broker", broker.connect("redis://127.0.0.1:1/0"))
    database.extensions.pop("limiter", None)
    page = cast.visitor.get("/tai-khoan/dang-nhap")
    assert cast.visitor.get("/").status_code == 200
    from tests.app_fixtures import form_token

    form = {"email": "0912345678", "password": "x", "csrf_token": form_token(page.text)}
    answer = cast.visitor.post("/tai-khoan/dang-nhap", data=form)
    database.extensions.pop("limiter", None)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "10"
    assert "đọc mã này" in answer.text


@pytest.mark.parametrize("url", ["/metrics"])
def test_metrics_are_for_this_machine_only(cast, url):
    assert "outbox_open_tasks" in cast.visitor.get(url).text
    far = cast.visitor.get(url, environ_base={"REMOTE_ADDR": "203.0.113.9"})
    assert far.status_code == 404


def test_home_asks_the_same_number_of_questions_however_long(cast, query_count):
    for n in range(2):
        make.variant(make.product(cast.ours.seller, name=f"Chè {n}"))
    db.session.commit()
    with query_count() as few:
        cast.visitor.get("/")
    for n in range(2, 20):
        make.variant(make.product(cast.ours.seller, name=f"Chè {n}"))
    db.session.commit()
    with query_count() as many:
        cast.visitor.get("/")
    assert len(many) <= len(few) <= 10
