"""The profile pages: who fills them in, and what they make of it."""

import re
from decimal import Decimal
from io import BytesIO

import pytest
from sqlalchemy import select

from shop.accounts.models import AuditEntry, Role
from shop.database import db
from shop.media.models import Document, Photo
from shop.sellers.models import ReviewState, Seller
from shop.storage import FolderStorage
from tests import make, make_media, make_sellers
from tests.app_fixtures import Person, sign_in

ALL = "/ban-hang/nguoi-ban"
FORM = {
    "name": "HTX Chè Hảo Đạt",
    "kind": "cooperative",
    "legal_name": "Hợp tác xã Chè Hảo Đạt",
    "tax_code": "4601 234 567",
    "registered_on": "2016-09-01",
    "representative": "Đào Thanh Hảo",
    "phone": "0912 345 678",
    "email": "lienhe@haodat.vn",
    "address": "Xóm Nam Đồng, xã Tân Cương, TP Thái Nguyên",
    "point": "21.5671, 105.7502",
    "story": "Ba đời làm chè.",
    "colour": "#1f5c3c",
}
SPLIT = "phường Gia Sàng, TP Thái Nguyên"


@pytest.fixture(autouse=True)
def storage(database, tmp_path, monkeypatch):
    """A folder of this test's own."""
    monkeypatch.setitem(database.extensions, "storage", FolderStorage(tmp_path))


def page_of(seller):
    return f"{ALL}/{seller.ref}"


def actions(seller):
    query = select(AuditEntry.action).where(AuditEntry.seller_id == seller.id)
    return db.session.scalars(query.order_by(AuditEntry.id)).all()


def test_a_passed_seller_that_changes_its_profile_is_seen_again_by_a_reviewer(cast):
    seller = cast.ours.seller
    seller.review = ReviewState.PASSED
    cast.ours.post(page_of(seller), FORM)
    assert (seller.review, seller.edited) == (ReviewState.PASSED, True)


def test_an_owner_fills_in_the_whole_profile(cast):
    seller = cast.ours.seller
    assert cast.ours.post(page_of(seller), FORM).status_code == 303
    assert (seller.legal_name, seller.tax_code) == ("Hợp tác xã Chè Hảo Đạt", "4601234567")
    assert (seller.phone, seller.email) == ("+84912345678", "lienhe@haodat.vn")
    assert (seller.commune, seller.commune_code) == ("Xã Tân Cương", "05503")
    assert (seller.province, seller.street) == ("Tỉnh Thái Nguyên", "Xóm Nam Đồng")
    assert seller.address == FORM["address"], "the text as written is kept"
    assert (seller.latitude, seller.longitude) == (Decimal("21.5671"), Decimal("105.7502"))
    assert (seller.colour, seller.story) == ("#1f5c3c", "Ba đời làm chè.")
    assert actions(seller) == ["seller.update"]


def test_the_saved_profile_is_shown_and_saved_again_without_a_question(cast):
    seller = cast.ours.seller
    cast.ours.post(page_of(seller), FORM)
    page = cast.ours.get(page_of(seller)).text
    assert "Xóm Nam Đồng, Xã Tân Cương, Tỉnh Thái Nguyên" in page
    assert "21.567100, 105.750200" in page
    assert cast.ours.post(page_of(seller), FORM).status_code == 303
    assert actions(seller) == ["seller.update"], "nothing changed, nothing to note"


def test_a_split_old_ward_asks_and_the_choice_is_kept_with_the_old_text(cast):
    seller = cast.ours.seller
    asked = cast.ours.post(page_of(seller), FORM | {"address": SPLIT})
    assert asked.status_code == 422
    assert asked.text.count('type="radio" name="commune_code"') == 2
    assert "Phường Phan Đình Phùng, Tỉnh Thái Nguyên" in asked.text
    assert "Ba đời làm chè." in asked.text, "what was typed is kept"
    assert seller.commune_code is None
    chosen = cast.ours.post(page_of(seller), FORM | {"address": SPLIT, "commune_code": "05443"})
    assert chosen.status_code == 303
    assert (seller.commune, seller.address) == ("Phường Phan Đình Phùng", SPLIT)
    again = cast.ours.post(page_of(seller), FORM | {"address": SPLIT})
    assert again.status_code == 303, "the same text asks nothing again"
    assert seller.commune_code == "05443"


def test_a_choice_survives_another_mistake_in_the_form(cast):
    sent = FORM | {"address": SPLIT, "commune_code": "05443", "phone": "12"}
    page = cast.ours.post(page_of(cast.ours.seller), sent)
    assert page.status_code == 422
    assert 'value="05443" checked' in page.text


def test_a_choice_left_from_another_address_answers_nothing(cast):
    address = "Ấp 3, xã Tân Hòa, huyện Châu Thành A, tỉnh Hậu Giang"
    cast.ours.post(page_of(cast.ours.seller), FORM | {"address": address, "commune_code": "05443"})
    assert cast.ours.seller.province != "Tỉnh Thái Nguyên"


def test_a_province_alone_leads_to_its_communes(cast):
    page = cast.ours.post(page_of(cast.ours.seller), FORM | {"address": "", "province_code": "19"})
    assert page.status_code == 422
    assert '<option value="05503">Xã Tân Cương</option>' in page.text
    sent = FORM | {"address": "", "province_code": "19", "commune_code": "05503"}
    assert cast.ours.post(page_of(cast.ours.seller), sent).status_code == 303
    assert cast.ours.seller.commune == "Xã Tân Cương"


def test_an_address_that_names_no_place_is_said_to(cast):
    page = cast.ours.post(page_of(cast.ours.seller), FORM | {"address": "nhà tôi"})
    assert "Chưa nhận ra xã, phường" in page.text


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("tax_code", "12345", "Mã số thuế có 10 hoặc 13 chữ số"),
        ("email", "haodat", "E-mail chưa đúng"),
        ("point", "48.85, 2.35", "không ở Việt Nam"),
        ("point", "https://maps.app.goo.gl/x", "Liên kết rút gọn"),
        ("colour_code", "#ffff00", "nhạt quá"),
        ("colour_code", "vàng", "Ghi mã màu"),
        ("registered_on", "01/01/2099", "Ngày cấp còn ở tương lai"),
        ("registered_on", "31/02/2020", "Ghi ngày, tháng, năm"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_saved(cast, field, typed, said):
    page = cast.ours.post(page_of(cast.ours.seller), FORM | {field: typed})
    assert page.status_code == 422
    assert said in page.text
    assert cast.ours.seller.legal_name is None


def test_a_half_filled_profile_can_be_saved(cast):
    assert cast.ours.post(page_of(cast.ours.seller), {"name": "HTX Mới"}).status_code == 303
    assert (cast.ours.seller.name, cast.ours.seller.commune_code) == ("HTX Mới", None)


def test_products_are_found_by_the_new_name(cast, run_tasks):
    make.variant(make.product(cast.ours.seller, name="Chè tôm nõn"))
    cast.ours.post(page_of(cast.ours.seller), FORM | {"name": "HTX Trà Hoa Vàng"})
    run_tasks()
    assert "Chè tôm nõn" in cast.ours.get("/ban-hang/san-pham?q=tra+hoa+vang").text


def test_who_may_only_look_sees_facts_and_no_form(cast, database):
    make_sellers.fill(cast.ours.seller)
    viewer = make.member(cast.ours.seller, role=Role.VIEWER)
    person = Person(viewer, sign_in(database, viewer))
    page = person.get(page_of(cast.ours.seller)).text
    assert "4601234567" in page
    assert 'name="legal_name"' not in page
    assert person.post(page_of(cast.ours.seller), FORM).status_code == 404


def test_another_sellers_profile_is_not_there(cast):
    theirs = page_of(cast.theirs.seller)
    assert cast.ours.get(theirs).status_code == 404
    assert cast.ours.post(theirs, FORM).status_code == 404
    assert cast.ours.post(f"{theirs}/xin-duyet").status_code == 404
    assert cast.theirs.seller.legal_name is None


def test_who_has_one_seller_is_led_to_it(cast):
    answer = cast.ours.get(ALL)
    assert answer.headers["Location"] == page_of(cast.ours.seller)


def test_the_administrator_finds_sellers_without_accents(cast):
    make.seller(name="HTX Miến Việt Cường 2", tax_code="4609999999")
    page = cast.administrator.get(f"{ALL}?q=mien+viet").text
    assert ("Miến Việt Cường 2" in page, "Hảo Đạt" in page) == (True, False)
    assert "Miến Việt Cường 2" in cast.administrator.get(f"{ALL}?q=4609999999").text


def test_the_list_of_sellers_takes_as_many_questions_however_long(cast, query_count):
    db.session.commit()
    with query_count() as few:
        cast.administrator.get(ALL)
    for n in range(20):
        make.seller(name=f"HTX {n}")
    db.session.commit()
    with query_count() as many:
        assert "HTX 19" in cast.administrator.get(ALL).text
    assert len(many) == len(few) <= 5


def test_the_administrator_adds_a_seller_once(cast):
    form = {"name": "Tổ hợp tác Chè La Bằng", "kind": "cooperative_group", "_once": "k-1"}
    first = cast.administrator.post(f"{ALL}/them", form)
    second = cast.administrator.post(f"{ALL}/them", form)
    assert first.headers["Location"] == second.headers["Location"]
    seller = db.session.query(Seller).filter_by(name=form["name"]).one()
    assert (seller.kind, seller.review) == ("cooperative_group", ReviewState.DRAFT)
    assert actions(seller) == ["seller.create"]


def test_nobody_else_adds_sellers(cast):
    assert cast.ours.get(f"{ALL}/them").status_code == 404
    assert cast.ours.post(f"{ALL}/them", {"name": "HTX Lạ"}).status_code == 404
    assert db.session.query(Seller).filter_by(name="HTX Lạ").count() == 0


def test_a_seller_asks_for_review_when_nothing_required_is_missing(cast):
    seller = cast.ours.seller
    seller.review = ReviewState.DRAFT
    page = cast.ours.get(page_of(seller)).text
    assert "Còn thiếu" in page
    assert "/xin-duyet" not in page
    cast.ours.post(f"{page_of(seller)}/xin-duyet")
    assert seller.review == ReviewState.DRAFT
    assert "còn thiếu: Loại hình; Tên pháp lý" in cast.ours.get(page_of(seller)).text
    make_sellers.fill(seller)
    assert "/xin-duyet" in cast.ours.get(page_of(seller)).text
    cast.ours.post(f"{page_of(seller)}/xin-duyet")
    assert seller.review == ReviewState.WAITING
    assert "đang chờ người duyệt" in cast.ours.get(page_of(seller)).text


def test_a_refused_seller_reads_why_and_what_to_do(cast):
    seller = make_sellers.fill(cast.ours.seller, review=ReviewState.REFUSED)
    make_sellers.review(seller, outcome="refused", reason="Tên pháp lý chưa khớp giấy đăng ký.")
    page = cast.ours.get(page_of(seller)).text
    assert "Lý do: Tên pháp lý chưa khớp giấy đăng ký." in page
    assert "Gửi xin duyệt" in page


def test_the_overview_shows_what_is_missing_until_all_is_done(cast):
    seller = make_sellers.fill(cast.ours.seller)
    assert "Câu chuyện của đơn vị" in cast.ours.get("/ban-hang").text
    seller.story = "Ba đời làm chè."
    make.bank_account(seller)
    make.product(seller)
    assert "Việc cần làm" not in cast.ours.get("/ban-hang").text


def send(person, address, name, data, **more):
    form = {"csrf_token": person.csrf(), name: (BytesIO(data), "tep"), **more}
    return person.client.post(address, data=form, content_type="multipart/form-data")


def test_a_paper_is_kept_with_its_kind_and_last_day(cast):
    seller = cast.ours.seller
    sent = {"kind": "registration", "title": "", "valid_until": "31/12/2030"}
    send(cast.ours, f"{page_of(seller)}/giay-to", "file", make_media.pdf(), **sent)
    paper = db.session.query(Document).one()
    assert (paper.holder, paper.kind) == (f"seller:{seller.ref}", "registration")
    assert str(paper.valid_until) == "2030-12-31"
    assert "có hiệu lực đến 31/12/2030" in cast.ours.get(page_of(seller)).text


def test_a_paper_of_no_kind_is_refused_in_words(cast):
    seller = cast.ours.seller
    send(cast.ours, f"{page_of(seller)}/giay-to", "file", make_media.pdf(), kind="cccd")
    assert db.session.query(Document).count() == 0
    assert "Chọn một mục trong danh sách." in cast.ours.get(page_of(seller)).text


def test_a_new_logo_takes_the_place_of_the_one_before(cast):
    seller = cast.ours.seller
    for size in ((400, 300), (300, 300)):
        picture = make_media.picture(size=size)
        send(cast.ours, f"{page_of(seller)}/logo", "photos", picture)
    (photo,) = db.session.query(Photo).filter_by(holder=f"logo:{seller.ref}")
    assert (photo.width, photo.height) == (300, 300)


def test_photos_hang_on_the_seller(cast):
    seller = cast.ours.seller
    send(cast.ours, f"{page_of(seller)}/anh", "photos", make_media.picture())
    assert db.session.query(Photo).one().holder == f"seller:{seller.ref}"
    assert 'id="anh"' in cast.ours.get(page_of(seller)).text


def test_a_stale_profile_overwrites_nothing(cast):
    seller = cast.ours.seller
    seen = re.search(r'name="seen" value="(\w+)"', cast.ours.get(page_of(seller)).text)[1]
    assert cast.ours.post(page_of(seller), FORM | {"seen": seen}).status_code == 303
    late = cast.ours.post(page_of(seller), FORM | {"story": "Đến muộn", "seen": seen})
    assert (late.status_code, "có người khác vừa lưu" in late.text) == (422, True)
    assert seller.story == FORM["story"]
