"""The edge of the web: what is refused before any room is asked, and how it is answered."""

import pytest

from shop import limits
from shop.errors import TooMany
from shop.storage import StorageDown
from tests import make


@pytest.fixture
def shown(cast):
    product = make.product(cast.ours.seller)
    make.variant(product)
    return f"/p/{product.ref}/{product.slug}"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example"])
def test_a_host_that_is_not_ours_is_refused(cast, host):
    answer = cast.visitor.get("/", headers={"Host": host})
    assert answer.status_code == 400
    assert "href" not in answer.text, "no link leads there"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/p/%00/che", 404),
        ("/tim?q=%00", 400),
        ("/tim?trang=99999999999999999999", 200),
        ("/tim?trang=-1", 200),
        ("/tim?trang=nhieu", 200),
        ("/ngon-ngu/%2e%2e", 404),
    ],
)
def test_an_address_nobody_honest_sends_is_no_fault_of_ours(cast, path, status):
    assert cast.visitor.get(path).status_code == status


def test_a_name_with_nul_at_the_sign_in_is_refused(cast):
    form = {"email": "a\0b", "password": "x", "csrf_token": cast.ours.csrf()}
    assert cast.ours.client.post("/tai-khoan/dang-nhap", data=form).status_code == 400


def test_json_nested_without_end_is_a_bad_request(cast, database):
    deep = "[" * 100_000
    answer = cast.visitor.post("/tai-khoan/dang-nhap", data=deep, content_type="application/json")
    assert answer.status_code in {400, 415}


def test_a_page_of_the_back_office_stays_in_no_cache_and_no_search_engine(cast, shown):
    inside = cast.ours.get("/ban-hang").headers
    assert (inside["Cache-Control"], inside["X-Robots-Tag"]) == ("no-store", "noindex")
    outside = cast.visitor.get(shown).headers
    assert "X-Robots-Tag" not in outside


def test_too_many_tries_say_when_to_come_back(database):
    with database.test_request_context():
        limits.hit("1/minute", "test", "somebody")
        limits.check("2/minute", "test", "somebody")
        with pytest.raises(TooMany) as refused:
            limits.check("1/minute", "test", "somebody")
        answer = database.make_response(database.handle_user_exception(refused.value))
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["Retry-After"]) <= 60


def test_what_the_file_server_says_stays_with_us(database):
    why = "AccessDenied: s3.internal:8333"
    headers = {"Accept": "application/json"}
    with database.test_request_context("/api/v1/products", headers=headers):
        answer = database.make_response(database.handle_user_exception(StorageDown(why)))
    assert answer.status_code == 503
    assert why not in answer.get_data(as_text=True)


def test_the_key_of_a_form_that_is_not_like_ours_is_replaced(cast):
    page = cast.ours.post("/ban-hang/san-pham/them", {"_once": "'\"><script>" * 500, "name": ""})
    assert page.status_code == 422
    assert "&lt;script" not in page.text


def test_a_strange_method_makes_no_new_series_of_figures(cast, database):
    cast.visitor.open("/", method="BREW")
    figures = cast.visitor.get("/metrics")
    assert "BREW" not in figures.text


def test_a_static_file_is_kept_a_year_only_under_an_address_with_its_version(database):
    visitor = database.test_client()
    ages = []
    for path in ("/static/js/draft.js?v=1", "/static/js/draft.js"):
        with visitor.get(path) as answer:
            ages.append(answer.cache_control.max_age)
    assert ages == [365 * 86400, 300]
