"""The pages of certificates: sellers enter, reviewers decide, others see nothing."""

import re
from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest

from shop import clock, pages
from shop.accounts.models import Role
from shop.catalogue import certificates
from shop.catalogue.models import Certificate
from shop.database import db
from shop.media import documents
from shop.storage import FolderStorage
from tests import app_fixtures, make, make_certificates, make_media

FORM = {
    "number": "12/QĐ-UBND",
    "score": "86,5",
    "criteria_set": "QD148",
    "level": "province",
    "authority": "UBND tỉnh Thái Nguyên",
    "issued_on": "2025-06-26",
}


@pytest.fixture(autouse=True)
def storage(database, tmp_path, monkeypatch):
    """A folder of this test's own."""
    folder = FolderStorage(tmp_path)
    monkeypatch.setitem(database.extensions, "storage", folder)
    return folder


@pytest.fixture
def tea(cast):
    product = make.product(cast.ours.seller)
    make.variant(product)
    return product


@pytest.fixture
def reviewer(database, cast):
    user = make.member(None, role=Role.REVIEWER, name="Người duyệt")
    return app_fixtures.Person(user, app_fixtures.sign_in(database, user))


def scan(data=None):
    return {"file": (BytesIO(make_media.pdf() if data is None else data), "giay.pdf")}


def enter(person, product, **more):
    form = FORM | {"covers": f"product:{product.ref}"} | scan() | more
    return person.post("/ban-hang/chung-nhan/them", form)


def test_a_certificate_is_entered_with_its_scan_and_waits(cast, tea):
    answer = enter(cast.ours, tea)
    row = db.session.query(Certificate).one()
    assert answer.headers["Location"] == f"/ban-hang/chung-nhan/{row.ref}"
    assert (row.state, row.score, row.expires_on) == ("waiting", Decimal("86.5"), date(2028, 6, 26))
    assert [each.product_id for each in row.coverage] == [tea.id]
    assert [paper.kind for paper in documents.of(f"certificate:{row.ref}")] == ["scan"]
    assert "★" not in cast.visitor.get(f"/p/{tea.ref}/{tea.slug}").text


def test_no_form_has_a_field_for_a_star_and_a_typed_one_is_nothing(cast, tea):
    page = cast.ours.get("/ban-hang/chung-nhan/them").text
    assert 'name="star"' not in page
    assert 'name="stars"' not in page
    enter(cast.ours, tea, star="5", stars="5")
    assert db.session.query(Certificate).one().star == 4


def test_the_same_form_sent_twice_enters_one(cast, tea):
    first = enter(cast.ours, tea, _once="khoa-cua-bieu-mau")
    second = enter(cast.ours, tea, _once="khoa-cua-bieu-mau")
    assert first.headers["Location"] == second.headers["Location"]
    assert db.session.query(Certificate).count() == 1


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"score": "86,555"}, "Ghi số điểm từ 0 đến 100, nhiều nhất hai số lẻ, ví dụ 86,5."),
        ({"score": "101"}, "Ghi số điểm từ 0 đến 100, nhiều nhất hai số lẻ, ví dụ 86,5."),
        ({"score": "49"}, "Dưới 50 điểm thì không có chứng nhận OCOP."),
        ({"covers": []}, "Chọn ít nhất một sản phẩm ghi trong chứng nhận."),
        (scan(b"PK"), "Chỉ nhận tệp PDF, hoặc ảnh chụp JPEG, PNG."),
        ({"file": (BytesIO(b""), "")}, "Chưa chọn tệp nào."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(cast, tea, more, message):
    page = enter(cast.ours, tea, **more)
    assert page.status_code == 422
    assert message in page.text
    assert db.session.query(Certificate).count() == 0


def test_nobody_covers_another_sellers_product(cast, tea):
    theirs = make.product(cast.theirs.seller)
    assert enter(cast.ours, theirs).status_code == 404
    assert db.session.query(Certificate).count() == 0


def test_a_reviewer_verifies_and_the_star_is_everywhere(cast, tea, reviewer):
    enter(cast.ours, tea)
    ref = db.session.query(Certificate).one().ref
    assert "12/QĐ-UBND" in reviewer.get("/ban-hang/chung-nhan/cho-duyet").text
    assert cast.ours.post(f"/ban-hang/chung-nhan/{ref}/xac-minh").status_code == 404
    assert reviewer.post(f"/ban-hang/chung-nhan/{ref}/xac-minh").status_code == 303
    words = "OCOP 4 sao – số 12/QĐ-UBND, cấp ngày 26/06/2025, hết hạn 26/06/2028"
    assert words in cast.ours.get(f"/ban-hang/san-pham/{tea.ref}").text
    assert "★★★★" in cast.visitor.get(f"/p/{tea.ref}/{tea.slug}").text
    shown = cast.visitor.get(f"/api/v1/products/{tea.ref}").json
    assert (shown["star"], shown["certificate"]) == (
        4,
        {
            "number": "12/QĐ-UBND",
            "authority": "UBND tỉnh Thái Nguyên",
            "issued_on": "2025-06-26",
            "last_day": "2028-06-26",
        },
    )
    assert cast.visitor.get("/api/v1/products").json["items"][0]["star"] == 4


def test_after_withdrawal_the_star_is_nowhere(cast, tea, reviewer):
    row = make_certificates.certificate(tea)
    form = {"decision": "9/QĐ-UBND", "reason": "ngừng sản xuất"}
    assert reviewer.post(f"/ban-hang/chung-nhan/{row.ref}/thu-hoi", form).status_code == 303
    assert "★" not in cast.visitor.get(f"/p/{tea.ref}/{tea.slug}").text
    shown = cast.visitor.get(f"/api/v1/products/{tea.ref}").json
    assert (shown["star"], shown["certificate"]) == (None, None)
    page = cast.ours.get(f"/ban-hang/chung-nhan/{row.ref}").text
    assert "Đã thu hồi" in page
    assert "ngừng sản xuất" in page


def test_a_page_of_the_api_asks_once_for_all_stars(cast, query_count):
    counts = []
    for number in (1, 4):
        for each in range(number):
            product = make.product(cast.ours.seller, name=f"Chè {number} {each}")
            make_certificates.certificate(product)
        db.session.commit()
        with query_count() as queries:
            cast.visitor.get("/api/v1/products")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_refused_certificate_is_corrected_and_waits_again(cast, tea, reviewer):
    enter(cast.ours, tea)
    row = db.session.query(Certificate).one()
    reviewer.post(f"/ban-hang/chung-nhan/{row.ref}/tu-choi", {"reason": "Điểm trên giấy là 80."})
    page = cast.ours.get(f"/ban-hang/chung-nhan/{row.ref}").text
    assert "Điểm trên giấy là 80." in page
    change = f"/ban-hang/chung-nhan/{row.ref}/sua"
    assert 'value="86,5"' in cast.ours.get(change).text
    form = FORM | {"score": "80", "covers": f"pack:{tea.variants[0].ref}"}
    assert cast.ours.post(change, form).status_code == 303
    db.session.expire_all()
    assert (row.state, row.score, row.reason) == ("waiting", Decimal(80), "")
    assert [each.variant_id for each in row.coverage] == [tea.variants[0].id]
    assert len(documents.of(f"certificate:{row.ref}")) == 1


def test_an_extension_needs_its_document(cast, tea, reviewer):
    today = clock.today()
    issued = today - timedelta(3 * 365 + 20)
    row = make_certificates.certificate(tea, issued_on=issued)
    url = f"/ban-hang/chung-nhan/{row.ref}/gia-han"
    form = {"until": (today + timedelta(30)).isoformat(), "decision": "55/VPĐP"}
    assert cast.ours.post(url, form | scan()).status_code == 404
    reviewer.post(url, form)
    db.session.expire_all()
    assert row.extended_until is None
    reviewer.post(url, form | scan())
    db.session.expire_all()
    assert row.extended_until == today + timedelta(30)
    assert [paper.kind for paper in documents.of(f"certificate:{row.ref}")] == ["extension"]
    assert "Gia hạn theo Điều 12.3" in cast.ours.get(f"/ban-hang/chung-nhan/{row.ref}").text


def test_what_ends_soon_is_on_the_overview_and_on_its_page(cast, tea):
    issued = clock.today() - timedelta(3 * 365 - 200)
    row = make_certificates.certificate(tea, issued_on=issued)
    assert "Việc cần làm: gia hạn chứng nhận" in cast.ours.get("/ban-hang").text
    opens = row.expires_on - timedelta(180)
    words = f"Hồ sơ đánh giá lại nộp từ {opens:%d/%m/%Y}"
    assert words in cast.ours.get(f"/ban-hang/chung-nhan/{row.ref}").text
    assert "gia hạn chứng nhận" not in cast.theirs.get("/ban-hang").text


def test_the_administrator_first_says_whose_it_is(cast, tea):
    page = cast.administrator.get("/ban-hang/chung-nhan/them").text
    assert f"nguoi-ban={cast.ours.seller.ref}" in page
    page = cast.administrator.get(f"/ban-hang/chung-nhan/them?san-pham={tea.ref}").text
    assert f'value="product:{tea.ref}" checked' in page


def test_the_list_shows_ones_own_by_state(cast, tea):
    make_certificates.certificate(tea, number="1/QĐ")
    make_certificates.certificate(make.product(cast.theirs.seller), number="2/QĐ")
    page = cast.ours.get("/ban-hang/chung-nhan").text
    assert "1/QĐ" in page
    assert "2/QĐ" not in page
    assert "1/QĐ" not in cast.ours.get("/ban-hang/chung-nhan?trang-thai=waiting").text
    assert cast.ours.get("/ban-hang/chung-nhan/cho-duyet").status_code == 404


@pytest.mark.parametrize("field", ["name", "description"])
def test_nobody_types_a_star_into_the_words_of_a_product(cast, tea, field):
    form = {"name": "Chè đinh", "pack": "hộp", "unit": "hộp", "price_vnd": "450.000"}
    page = cast.ours.post(f"/ban-hang/san-pham/{tea.ref}", form | {field: "Chè OCOP 5 sao"})
    assert page.status_code == 422
    assert "Không gõ hạng sao ở đây" in page.text


def seen_by(reviewer, row):
    page = reviewer.get(f"/ban-hang/chung-nhan/{row.ref}").text
    return {"seen": re.search(r'name="seen" value="(\w+)"', page)[1]}


def test_a_reviewer_verifies_what_was_on_the_page_and_nothing_else(cast, tea, reviewer):
    enter(cast.ours, tea, score="69,5")
    row = db.session.query(Certificate).one()
    address = f"/ban-hang/chung-nhan/{row.ref}"
    seen = seen_by(reviewer, row)
    again = FORM | {"score": "89,9", "covers": f"product:{tea.ref}"}
    cast.ours.post(f"{address}/sua", again)
    for path in ("xac-minh", "tu-choi"):
        reviewer.post(f"{address}/{path}", seen | {"reason": "Sai số điểm."})
    assert row.state == "waiting"
    assert "vừa được sửa trong lúc bạn xem" in reviewer.get(address).text
    seen = seen_by(reviewer, row)
    cast.ours.post(f"{address}/sua", again | scan(make_media.pdf(end=b"%%EOF\n\n")))
    reviewer.post(f"{address}/xac-minh", seen)
    assert row.state == "waiting"
    reviewer.post(f"{address}/xac-minh", seen_by(reviewer, row))
    assert row.state == "verified"


def test_another_name_takes_the_star_until_a_reviewer_has_looked_again(cast, tea, reviewer):
    row = make_certificates.certificate(tea)
    address = f"/ban-hang/san-pham/{tea.ref}"
    form = {"pack": "hộp 200 g", "unit": "hộp", "price_vnd": "350000"}
    cast.ours.post(address, form | {"name": tea.name.upper(), "version": tea.version})
    assert row.state == "verified"
    cast.ours.post(address, form | {"name": "Rượu ngô", "version": tea.version})
    assert row.state == "waiting"
    assert "đổi tên thành “Rượu ngô”" in reviewer.get(f"/ban-hang/chung-nhan/{row.ref}").text
    assert certificates.star_today(tea) is None


def test_a_paper_that_a_decision_rests_on_stays(cast, tea, reviewer):
    enter(cast.ours, tea)
    row = db.session.query(Certificate).one()
    (paper,) = documents.of(f"certificate:{row.ref}")
    remove = f"/ban-hang/giay-to/{paper.ref}/xoa"
    reviewer.post(f"/ban-hang/chung-nhan/{row.ref}/xac-minh")
    assert cast.ours.post(remove).status_code == 409
    assert documents.of(f"certificate:{row.ref}") == [paper]
    reviewer.post(
        f"/ban-hang/chung-nhan/{row.ref}/thu-hoi", {"decision": "9", "reason": "Thu hồi."}
    )
    assert cast.ours.post(remove).status_code == 409


def test_a_certificate_of_one_pack_gives_its_star_beside_that_pack(cast, tea):
    large = make.variant(tea, sku="CHE-500", pack="túi 500 g")
    make_certificates.certificate(large)
    page = cast.visitor.get(f"/p/{tea.ref}/{tea.slug}").text
    assert page.count("OCOP ★★★★") == 2
    assert "Chứng nhận OCOP: túi 500 g" in page
    shown = cast.visitor.get(f"/api/v1/products/{tea.ref}").json
    assert (shown["star"], [pack["star"] for pack in shown["variants"]]) == (None, [None, 4])


def test_two_certificates_of_one_number_entered_at_one_moment_are_one(cast, tea, monkeypatch):
    enter(cast.ours, tea)
    monkeypatch.setattr(certificates, "_taken", lambda _row: False)
    page = enter(cast.ours, tea)
    assert (page.status_code, "Số chứng nhận này đã được nhập." in page.text) == (422, True)
    assert db.session.query(Certificate).count() == 1


def test_the_loser_of_a_double_tap_is_led_where_the_first_one_was(cast, tea, monkeypatch):
    key = {"_once": "bam-hai-lan"}
    first = enter(cast.ours, tea, **key)
    # As if the first one committed between this one's question and its insert.
    monkeypatch.setattr(pages, "repeated", lambda _form: None)
    monkeypatch.setattr(certificates, "_taken", lambda _row: False)
    second = enter(cast.ours, tea, **key)
    assert (second.status_code, second.location) == (303, first.location)
