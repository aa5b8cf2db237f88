"""Landmarks: edited by reviewers, seen by everybody, with what is sold near."""

import io
import json
import re
from decimal import Decimal

import pypdfium2
import pytest
import zxingcpp
from sqlalchemy import func, select

from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry, Role
from shop.database import db
from shop.landmarks import nearby, sights
from shop.landmarks.models import Landmark
from shop.landmarks.schemas import LandmarkSchema
from shop.media import jobs, photos
from tests import make, make_media
from tests.app_fixtures import Person, sign_in
from tests.make_community import LA_BANG, TAN_CUONG

ABOUT = {
    "kind": "craft_village",
    "name": "Làng nghề chè Tân Cương",
    "commune_code": TAN_CUONG,
    "words": "Vùng chè đặc sản, nghề sao chè có từ đầu thế kỷ XX.",
    "point": "21.567100, 105.750200",
    "video_url": "https://www.youtube.com/watch?v=abc",
    "shown": "1",
}


def landmark(**more):
    row = sights.make(SYSTEM, LandmarkSchema().load(ABOUT | more))
    db.session.commit()
    return row


def page_of(row):
    return f"/diem-den/{row.ref}/lang-nghe-che-tan-cuong"


@pytest.fixture
def reviewer(database):
    user = make.member(None, role=Role.REVIEWER, name="Người duyệt")
    return Person(user, sign_in(database, user))


def test_reviewers_make_landmarks_and_sellers_do_not(cast, reviewer):
    assert cast.ours.post("/quan-tri/diem-den/them", ABOUT).status_code == 404
    assert db.session.scalar(select(func.count(Landmark.id))) == 0
    assert reviewer.post("/quan-tri/diem-den/them", ABOUT).status_code == 303
    row = db.session.scalar(select(Landmark))
    assert (row.name, row.latitude, row.shown) == (ABOUT["name"], Decimal("21.5671"), True)
    entry = db.session.scalar(select(AuditEntry).where(AuditEntry.action == "landmark.make"))
    assert (entry.actor_name, entry.seller_id) == ("Người duyệt", None)


@pytest.mark.parametrize(
    "link",
    [
        "http://www.youtube.com/watch?v=abc",
        "https://youtube.com.ke-gian.vn/x",
        "https://youtube.com@ke-gian.vn/x",
        "https://www.youtube.com:8443/x",
        "javascript:alert(1)",
        "https://www.youtube.com/redirect?q=https://evil.example",
        "https://www.facebook.com/l.php?u=https://evil.example",
        "https://ke-gian.vn/youtube.com",
        "https://www.youtube.com",
        'https://youtu.be/x" onclick="y',
    ],
)
def test_a_video_is_https_of_a_known_host(database, link):
    assert list(LandmarkSchema().validate(ABOUT | {"video_url": link})) == ["video_url"]


@pytest.mark.parametrize(
    "link", ["https://youtu.be/abc", "https://fb.watch/x1/", "https://www.tiktok.com/@a/video/1"]
)
def test_the_usual_links_of_videos_are_taken(database, link):
    assert LandmarkSchema().load(ABOUT | {"video_url": link})["video_url"] == link


def test_the_page_tells_engines_and_chats_what_it_is(cast):
    row = landmark()
    page = cast.visitor.get(page_of(row))
    assert page.status_code == 200
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page.text)
    about, crumbs = (json.loads(each) for each in found)
    assert about == {
        "@context": "https://schema.org",
        "@type": "TouristAttraction",
        "name": "Làng nghề chè Tân Cương",
        "description": ABOUT["words"],
        "url": f"http://localhost/diem-den/{row.ref}/lang-nghe-che-tan-cuong",
        "address": {
            "@context": "https://schema.org",
            "@type": "PostalAddress",
            "addressLocality": "Xã Tân Cương",
            "addressRegion": "Tỉnh Thái Nguyên",
            "addressCountry": "VN",
        },
        "geo": {
            "@context": "https://schema.org",
            "@type": "GeoCoordinates",
            "latitude": "21.567100",
            "longitude": "105.750200",
        },
        "subjectOf": "https://www.youtube.com/watch?v=abc",
    }
    assert crumbs["@type"] == "BreadcrumbList"
    assert '<meta property="og:title" content="Làng nghề chè Tân Cương">' in page.text


@pytest.mark.parametrize(
    ("kind", "said"),
    [("relic", "Di tích"), ("craft_village", "Làng nghề"), ("growing_area", "Vùng trồng")],
)
def test_the_page_says_what_it_is_tells_of_it_and_leads_to_the_film(cast, kind, said):
    page = cast.visitor.get(page_of(landmark(kind=kind))).text
    body = page[page.index("<main") :]
    assert f"{said} · " in body
    assert ABOUT["words"] in body
    assert f'href="{ABOUT["video_url"]}">Xem video</a>' in body
    assert "Chỉ đường" in body


def test_the_short_link_and_old_names_lead_to_the_one_address(cast):
    row = landmark()
    assert cast.visitor.get(f"/d/{row.ref}").headers["Location"] == page_of(row)
    assert cast.visitor.get(f"/diem-den/{row.ref}/ten-cu").headers["Location"] == page_of(row)
    assert cast.visitor.get(f"/d/{row.ref}/ma.svg").mimetype == "image/svg+xml"


def test_a_hidden_landmark_is_nowhere(cast):
    row = landmark(shown="")
    for url in (page_of(row), f"/d/{row.ref}", f"/d/{row.ref}/ma.svg"):
        assert cast.visitor.get(url).status_code == 404
    assert row.name not in cast.visitor.get("/diem-den").text
    assert row.ref not in cast.visitor.get("/sitemap-0.xml").text


def test_the_sitemap_names_what_is_shown(cast):
    row = landmark()
    assert f"{page_of(row)}</loc>" in cast.visitor.get("/sitemap-0.xml").text


def test_a_photo_of_a_landmark_is_nobodys_and_its_reviewers_look_after_it(cast, reviewer):
    row = landmark()
    sent = {"photos": (io.BytesIO(make_media.picture(size=(1200, 900))), "che.jpg")}
    url = f"/quan-tri/diem-den/{row.ref}/anh"
    assert cast.ours.post(url, sent, content_type="multipart/form-data").status_code == 404
    sent = {"photos": (io.BytesIO(make_media.picture(size=(1200, 900))), "che.jpg")}
    assert reviewer.post(url, sent, content_type="multipart/form-data").status_code == 303
    (photo,) = photos.of(f"landmark:{row.ref}")
    assert photo.seller_id is None
    jobs.derive(photo.id)
    assert "/anh/" in cast.visitor.get(page_of(row)).text
    say = f"/ban-hang/anh/{photo.ref}/loi"
    assert cast.ours.post(say, {"alt": "của tôi"}).status_code == 404
    assert cast.ours.get(f"/ban-hang/anh/{photo.ref}/goc").status_code == 404
    assert reviewer.post(say, {"alt": "Đồi chè"}).status_code == 303
    assert photos.of(f"landmark:{row.ref}")[0].alt == "Đồi chè"
    assert reviewer.post(f"/ban-hang/anh/{photo.ref}/xoa").status_code == 303
    assert photos.of(f"landmark:{row.ref}") == []


def test_a_reviewer_still_does_not_touch_a_sellers_photos(cast, reviewer):
    photo = make_media.photo(make.product(cast.ours.seller))
    answer = reviewer.post(f"/ban-hang/anh/{photo.ref}/xoa")
    assert answer.status_code == 404
    assert photos.of(photo.holder) == [photo]


def seller(name, commune, point=None, **more):
    values = {"commune_code": commune} | more
    if point:
        values |= {"latitude": Decimal(point[0]), "longitude": Decimal(point[1])}
    return make.seller(name=name, **values)


def test_what_is_near_is_of_the_commune_first_and_then_by_distance(database):
    row = landmark()
    far_inside = seller("Trong xã, xa", TAN_CUONG, ("21.600000", "105.750200"))
    unknown_inside = seller("Trong xã, chưa rõ", TAN_CUONG)
    close = seller("Xã bên, gần", LA_BANG, ("21.567100", "105.760200"))
    farther = seller("Xã bên, xa hơn", LA_BANG, ("21.667100", "105.750200"))
    seller("Ngoài 30 km", LA_BANG, ("21.840000", "105.750200"))
    seller("Chưa duyệt", TAN_CUONG, review="draft")
    seller("Giữ chỗ", TAN_CUONG, placeholder=True)
    near = nearby.sellers(row)
    assert [(each.seller.name, each.km) for each in near] == [
        (far_inside.name, 3.7),
        (unknown_inside.name, None),
        (close.name, 1.0),
        (farther.name, 11.1),
    ]


def test_a_landmark_without_a_point_shows_its_commune_alone(database):
    row = landmark(point="")
    inside = seller("Trong xã", TAN_CUONG, ("21.567100", "105.750200"))
    seller("Xã bên", LA_BANG, ("21.567100", "105.750200"))
    assert [each.seller for each in nearby.sellers(row)] == [inside]


def test_only_what_is_on_sale_near_is_shown(cast):
    row = landmark()
    inside = seller("Hộ bà Lan", TAN_CUONG)
    sold = make.product(inside, name="Chè tôm nõn")
    make.variant(sold)
    make.product(inside, name="Chè nháp", status="draft")
    page = cast.visitor.get(page_of(row)).text
    assert "Chè tôm nõn" in page
    assert "Chè nháp" not in page
    assert "Hộ bà Lan" in page


def test_programs_read_what_is_shown_and_nothing_hidden(cast):
    row, hidden = landmark(), landmark(name="Đình làng", shown="")
    listed = cast.visitor.get("/api/v1/landmarks").json["items"]
    assert [each["ref"] for each in listed] == [row.ref]
    assert cast.visitor.get(f"/api/v1/landmarks/{row.ref}").json == {
        "ref": row.ref,
        "kind": "craft_village",
        "name": ABOUT["name"],
        "words": ABOUT["words"],
        "commune_code": TAN_CUONG,
        "latitude": "21.567100",
        "longitude": "105.750200",
        "video_url": ABOUT["video_url"],
    }
    assert cast.visitor.get(f"/api/v1/landmarks/{hidden.ref}").status_code == 404


LONGEST = "Khu di tích lịch sử và danh lam thắng cảnh quốc gia đặc biệt " + ", ".join(
    ["xã Định Hóa"] * 7
)


@pytest.mark.parametrize("name", ["Đình làng", LONGEST])
def test_the_sign_to_hang_up_says_the_whole_name_and_its_code_leads_to_the_page(
    cast, reviewer, name
):
    row = landmark(name=name)
    answer = reviewer.get(f"/quan-tri/diem-den/{row.ref}/bang-treo.pdf")
    assert answer.mimetype == "application/pdf"
    document = pypdfium2.PdfDocument(answer.data)
    (page,) = document
    said = " ".join(page.get_textpage().get_text_range().split())
    (code,) = zxingcpp.read_barcodes(page.render(scale=1).to_pil())
    document.close()
    assert said.startswith(f"{name} Làng nghề")
    assert said.endswith(code.text)
    assert cast.visitor.get(code.text).headers["Location"].startswith(f"/diem-den/{row.ref}/")


def test_the_sign_is_for_reviewers(cast):
    row = landmark()
    assert cast.ours.get(f"/quan-tri/diem-den/{row.ref}/bang-treo.pdf").status_code == 404
