import re
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from sqlalchemy import func, select

from shop.accounts.models import Role
from shop.database import db
from shop.media.models import Document
from tests import make, make_media, make_traceability
from tests.app_fixtures import Person, sign_in
from traceability.models import Household, Lot, Site

LOTS = "/ban-hang/lo"


@pytest.fixture
def tea(cast):
    return make.product(cast.ours.seller)


def form(product, **more):
    sent = {"product": product.ref, "code": "ch261101", "quantity": "50", "unit": "kg"}
    return sent | {"produced_on": "2026-11-01", "expires_on": "2028-11-01", "_once": "k1"} | more


def how_many(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_a_lot_goes_from_the_form_to_its_page(cast, tea):
    place = make_traceability.site(tea.seller)
    db.session.commit()
    answer = cast.ours.post(f"{LOTS}/them", form(tea, site=place.ref))
    lot = db.session.scalars(select(Lot)).one()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{LOTS}/{lot.ref}")
    assert (lot.code, lot.quantity, lot.site_id) == ("CH261101", Decimal(50), place.id)
    assert (lot.produced_on, lot.expires_on) == (date(2026, 11, 1), date(2028, 11, 1))
    again = cast.ours.post(f"{LOTS}/them", form(tea, site=place.ref))
    assert again.headers["Location"] == answer.headers["Location"]
    page = cast.ours.get(f"{LOTS}/{lot.ref}").text
    assert "Thiếu ảnh sản phẩm." in page
    assert "50 kg" in page
    assert "Đồi chè Soi Vàng" in page
    assert "CH261101" in cast.ours.get(f"{LOTS}?q=ch").text
    assert "CH261101" not in cast.ours.get(f"{LOTS}?q=x").text


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"code": "lô một"}, "Mã lô chỉ gồm chữ không dấu"),
        ({"expires_on": "2026-10-01"}, "Hạn sử dụng phải sau ngày sản xuất."),
        ({"quantity": "nhiều"}, "Ghi số lượng"),
        ({"produced_on": "2999-01-01"}, "Ngày này chưa tới."),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_opened(cast, tea, wrong, message):
    answer = cast.ours.post(f"{LOTS}/them", form(tea, **wrong))
    assert answer.status_code == 422
    assert message in answer.text
    assert how_many(Lot) == 0


def test_another_cooperatives_place_cannot_be_named(cast, tea):
    theirs = make_traceability.site(cast.theirs.seller)
    db.session.commit()
    assert cast.ours.post(f"{LOTS}/them", form(tea, site=theirs.ref)).status_code == 404
    assert how_many(Lot) == 0


def test_a_lot_is_published_from_its_page_once_nothing_is_missing(cast, tea):
    lot = make_traceability.lot(tea)
    url = f"{LOTS}/{lot.ref}"
    page = cast.ours.post(f"{url}/cong-bo", follow_redirects=True).text
    assert "Chưa công bố được: Thiếu ảnh sản phẩm." in page
    assert cast.visitor.get(f"/lo/{lot.ref}").status_code == 404
    make_traceability.publishable(lot)
    db.session.commit()
    assert f'action="{url}/cong-bo"' in cast.ours.get(url).text
    cast.ours.post(f"{url}/cong-bo")
    assert cast.visitor.get(f"/lo/{lot.ref}").status_code == 200
    cast.ours.post(f"{url}/sua", {"produced_on": "", "expires_on": "", "unit": "kg"})
    db.session.refresh(lot)
    assert (lot.produced_on, lot.expires_on) == (date(2026, 11, 1), date(2028, 11, 1))
    cast.ours.post(f"{url}/thoi-cong-bo", {"reason": "ghi nhầm vườn"})
    assert cast.visitor.get(f"/lo/{lot.ref}").status_code == 404


def test_a_public_lot_says_what_has_gone_wrong_since(cast, tea):
    lot = make_traceability.publishable(make_traceability.lot(tea))
    make_traceability.published(lot)
    page = cast.ours.get(f"{LOTS}/{lot.ref}").text
    assert "nay còn thiếu hoặc sai" not in page
    make_traceability.event(lot, "test", {"lab": "Quatest 1", "result": "fail"})
    db.session.commit()
    page = cast.ours.get(f"{LOTS}/{lot.ref}").text
    assert "nay còn thiếu hoặc sai" in page
    assert "Kiểm nghiệm không đạt." in page


def test_a_viewer_reads_and_writes_nothing(cast, tea, database):
    lot = make_traceability.lot(tea)
    user = make.member(tea.seller, role=Role.VIEWER)
    viewer = Person(user, sign_in(database, user), tea.seller)
    page = viewer.get(f"{LOTS}/{lot.ref}").text
    assert "/ghi" not in page
    for path in ("/sua", "/ghi", "/ghi/harvest"):
        assert viewer.get(f"{LOTS}/{lot.ref}{path}").status_code == 404
    assert viewer.post(f"{LOTS}/{lot.ref}/cong-bo").status_code == 404
    assert viewer.get(f"{LOTS}/them").status_code == 404


def test_the_list_asks_the_database_no_more_for_more_lots(cast, tea, query_count):
    make_traceability.harvested(make_traceability.lot(tea))
    db.session.commit()
    db.session.expire_all()
    with query_count() as few:
        assert cast.ours.get(LOTS).status_code == 200
    for name in ("Chè đinh", "Chè móc câu", "Chè búp"):
        lot = make_traceability.lot(make.product(tea.seller, name=name))
        lot.site = make_traceability.site(tea.seller, name)
    db.session.commit()
    db.session.expire_all()
    with query_count() as many:
        page = cast.ours.get(LOTS).text
    assert len(many) == len(few)
    assert len(re.findall(r'<td role="cell" data-label="Lô"', page)) == 4


def test_a_paper_is_public_only_when_marked_and_its_lot_is(cast, tea):
    lot = make_traceability.lot(tea)
    url = f"{LOTS}/{lot.ref}/giay-to"
    for kind, public in (("vietgap", {"public": "1"}), ("test", {})):
        file = (BytesIO(make_media.pdf()), "giay.pdf")
        sent = {"kind": kind, "title": f"Giấy {kind}", "file": file} | public
        assert cast.ours.post(url, sent | {"valid_until": "2027-01-31"}).status_code == 303
    shown, hidden = db.session.scalars(select(Document).order_by(Document.id))
    assert (shown.holder, shown.valid_until) == (f"lot:{lot.ref}", date(2027, 1, 31))
    assert cast.visitor.get(f"/giay-to/{shown.ref}").status_code == 404
    make_traceability.published(lot)
    answer = cast.visitor.get(f"/giay-to/{shown.ref}")
    assert (answer.status_code, answer.data) == (200, make_media.pdf())
    assert cast.visitor.get(f"/giay-to/{hidden.ref}").status_code == 404
    page = cast.visitor.get(f"/lo/{lot.ref}").text
    assert f"/giay-to/{shown.ref}" in page
    assert "Giấy test" not in page
    assert cast.ours.post(f"/ban-hang/giay-to/{shown.ref}/xoa").status_code == 303
    assert cast.visitor.get(f"/giay-to/{shown.ref}").status_code == 404


def test_a_place_is_added_and_changed(cast, tea):
    url = "/ban-hang/noi-san-xuat"
    sent = {"seller": tea.seller.ref, "name": "Đồi chè", "kind": "growing_area", "_once": "k1"}
    sent |= {"where": "xã Tân Cương, tỉnh Thái Nguyên", "point": "21.5571, 105.7603"}
    assert cast.ours.post(f"{url}/them", sent).status_code == 303
    row = db.session.scalars(select(Site)).one()
    assert (row.commune, row.province) == ("Xã Tân Cương", "Tỉnh Thái Nguyên")
    assert (row.latitude, row.longitude) == (Decimal("21.5571"), Decimal("105.7603"))
    assert "Đồi chè" in cast.ours.get(url).text
    twice = cast.ours.post(f"{url}/them", sent | {"_once": "k2"})
    assert (twice.status_code, how_many(Site)) == (422, 1)
    del sent["_once"]
    unclear = cast.ours.post(f"{url}/{row.ref}", sent | {"where": "đâu đó"})
    assert "Không rõ xã nào" in unclear.text
    assert cast.ours.post(f"{url}/{row.ref}", sent | {"retired": "1"}).status_code == 303
    db.session.refresh(row)
    assert row.retired_at is not None


def test_a_household_keeps_its_code_and_may_lose_its_name(cast, tea):
    url = "/ban-hang/noi-san-xuat/ho"
    sent = {"seller": tea.seller.ref, "code": "H07", "name": "Bà Đào", "_once": "k1"}
    cast.ours.post(f"{url}/them", sent | {"shown": "1"})
    row = db.session.scalars(select(Household)).one()
    assert (row.code, row.name, row.shown) == ("H07", "Bà Đào", True)
    cast.ours.post(f"{url}/{row.ref}", {"code": "H99", "name": ""})
    db.session.refresh(row)
    assert (row.code, row.name, row.shown) == ("H07", None, False)
