import re
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from shop import clock, wiring
from shop.accounts.models import Role
from shop.database import db
from shop.media import documents, photos
from shop.media.models import Document, Photo, PhotoState
from shop.storage import FolderStorage
from tests import make, make_media
from tests.app_fixtures import sign_in

MB = 1024 * 1024


@pytest.fixture(autouse=True)
def storage(database, tmp_path, monkeypatch):
    """A folder of this test's own."""
    folder = FolderStorage(tmp_path)
    monkeypatch.setitem(database.extensions, "storage", folder)
    return folder


@pytest.fixture
def tea(cast):
    """A product of ours, on sale."""
    product = make.product(cast.ours.seller)
    make.variant(product)
    return product


@pytest.fixture
def viewer(cast, database):
    """Somebody of ours who may only look."""
    person = make.member(cast.ours.seller, role=Role.VIEWER)
    return type(cast.ours)(None, sign_in(database, person))


def page_of(product):
    return f"/ban-hang/san-pham/{product.ref}"


def send(person, product, *files):
    return post(person.client, f"{page_of(product)}/anh", person.csrf(), *files)


def post(client, address, token, *files):
    # Encoded here: the test client leaves the temporary file of a large body open.
    parts = [FileStorage(BytesIO(data), name, "photos") for name, data in files]
    boundary, body = encode_multipart(MultiDict({"csrf_token": token, "photos": parts}))
    kind = f'multipart/form-data; boundary="{boundary}"'
    return client.post(address, data=body, content_type=kind)


def mine(product):
    return photos.of(f"product:{product.ref}")


def public(photo, width, database):
    with database.test_request_context():
        return photos.url(photo, width)


def how_many(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_photos_go_from_the_form_to_the_shop_window(cast, tea, run_tasks):
    page = cast.ours.get(page_of(tea)).text
    assert "Chưa có ảnh nào" in page
    assert 'enctype="multipart/form-data"' in page
    assert re.search(r'<input[^>]* name="photos"[^>]* type="file"[^>]* multiple', page)
    one, two = make_media.picture(size=(1200, 900)), make_media.picture("PNG")
    answer = send(cast.ours, tea, ("IMG_1.jpg", one), ("IMG_2.png", two))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{page_of(tea)}#anh")
    page = cast.ours.get(page_of(tea)).text
    assert "Đã nhận 2 ảnh" in page
    assert "0 trên 4" in page
    first, second = mine(tea)
    assert f'data-refresh="/ban-hang/anh/{first.ref}/trang-thai"' in page
    shop = f"/p/{tea.ref}/{tea.slug}"
    assert "product-photo" not in cast.visitor.get(shop).text

    run_tasks()
    page = cast.ours.get(page_of(tea)).text
    assert 'data-refresh="/ban-hang/anh' not in page
    shown = cast.visitor.get(shop).text
    assert shown.count("product-photo") == 2
    assert f"-{first.ref}-1200.webp 1200w" in shown
    assert 'width="1200" height="900"' in shown
    assert f'alt="{tea.name}"' in shown
    home = cast.visitor.get("/").text
    assert (first.ref in home, second.ref in home) == (True, False)
    assert 'loading="lazy"' in home


def test_each_file_that_is_refused_is_named_with_its_reason_and_keeps_no_other_out(cast, tea):
    heic = b"\x00\x00\x00\x18ftypheic" + b"\x00" * 400
    cut = make_media.picture()[:-300]
    files = [("a.heic", heic), ("b.jpg", make_media.picture()), ("c.jpg", cut), ("d.jpg", cut)]
    send(cast.ours, tea, *files)
    page = cast.ours.get(page_of(tea)).text
    assert "Đã nhận 1 ảnh" in page
    assert "a.heic: Ảnh HEIC của iPhone chưa nhận được." in page
    assert "c.jpg, d.jpg: Tệp bị hỏng" in page
    assert len(mine(tea)) == 1


def test_a_name_that_lies_is_not_believed(cast, tea):
    send(cast.ours, tea, ("anh.jpg", b"<html><script>alert(1)</script>"))
    assert "anh.jpg: Đây không phải ảnh JPEG, PNG hay WebP." in cast.ours.get(page_of(tea)).text
    assert mine(tea) == []


def test_a_name_with_markup_is_shown_as_it_is(cast, tea):
    send(cast.ours, tea, ("<b>x</b>.jpg", b"x"))
    assert "&lt;b&gt;x&lt;/b&gt;.jpg" in cast.ours.get(page_of(tea)).text


def test_a_form_without_a_file_says_so(cast, tea):
    assert send(cast.ours, tea, ("", b"")).status_code == 303
    assert "Chưa chọn tệp nào." in cast.ours.get(page_of(tea)).text


def test_a_form_sent_twice_adds_nothing(cast, tea):
    for _ in range(2):
        send(cast.ours, tea, ("a.jpg", make_media.picture()))
    assert len(mine(tea)) == 1


def test_what_is_told_of_many_bad_files_fits_the_cookie(cast, tea):
    names = [f"Ảnh chụp đồi chè buổi sáng {n:03d}.jpg" for n in range(40)]
    answer = send(cast.ours, tea, *((name, bytes([n])) for n, name in enumerate(names)))
    assert max(len(cookie) for cookie in answer.headers.getlist("Set-Cookie")) < 4000
    assert "012.jpg" in cast.ours.get(page_of(tea)).text


def test_a_holder_that_is_full_says_which_photos_did_not_fit(cast, tea, monkeypatch):
    monkeypatch.setattr(photos, "MOST", 1)
    send(cast.ours, tea, ("a.jpg", make_media.picture()), ("b.png", make_media.picture("PNG")))
    page = cast.ours.get(page_of(tea)).text
    assert "b.png: Nhiều nhất 1 ảnh." in page
    assert len(mine(tea)) == 1


def test_ten_photos_of_eight_megabytes_come_through_and_more_do_not(cast, tea):
    padded = make_media.picture()
    padded += b"\0" * (8 * MB - len(padded))
    assert send(cast.ours, tea, *((f"{n}.jpg", padded) for n in range(10))).status_code == 303
    assert len(mine(tea)) == 1
    answer = send(cast.ours, tea, *((f"{n}.jpg", padded) for n in range(11)))
    assert answer.status_code == 413


def test_other_forms_and_strangers_still_send_at_most_eight_mebibytes(cast, tea):
    large = [("a", b"\0" * 5 * MB), ("b", b"\0" * 5 * MB)]
    token = cast.ours.csrf()
    assert post(cast.ours.client, f"{page_of(tea)}/dang", token, *large).status_code == 413
    assert post(cast.visitor, f"{page_of(tea)}/anh", token, *large).status_code == 413


def test_a_form_without_its_token_changes_nothing(cast, tea):
    sent = {"photos": (BytesIO(make_media.picture()), "a.jpg")}
    assert cast.ours.client.post(f"{page_of(tea)}/anh", data=sent).status_code == 400
    assert mine(tea) == []


def test_words_order_and_removal(cast, tea, run_tasks):
    one, two = make_media.photo(tea), make_media.photo(tea)
    answer = cast.ours.post(f"/ban-hang/anh/{two.ref}/chuyen", {"to": "up"})
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{page_of(tea)}#anh")
    assert mine(tea) == [two, one]
    cast.ours.post(f"/ban-hang/anh/{two.ref}/chuyen", {"to": "sideways"})
    assert "Chọn một mục trong danh sách." in cast.ours.get(page_of(tea)).text
    cast.ours.post(f"/ban-hang/anh/{two.ref}/loi", {"alt": " Đồi chè “buổi sớm” "})
    assert two.alt == "Đồi chè “buổi sớm”"
    assert 'alt="Đồi chè “buổi sớm”"' in cast.visitor.get(f"/p/{tea.ref}/{tea.slug}").text
    cast.ours.post(f"/ban-hang/anh/{two.ref}/loi", {"alt": "x" * 201})
    assert "Dài từ 0 đến 200 ký tự." in cast.ours.get(page_of(tea)).text
    cast.ours.post(f"/ban-hang/anh/{two.ref}/xoa")
    assert mine(tea) == [one]
    trail = cast.ours.get("/ban-hang/nhat-ky").text
    for deed in ("thêm ảnh", "tả ảnh", "đổi thứ tự ảnh", "xóa ảnh"):
        assert deed in trail


def test_the_piece_that_keeps_itself_fresh_ends_when_the_photo_is_ready(cast, tea, run_tasks):
    photo = make_media.photo(tea, ready=False)
    state = f"/ban-hang/anh/{photo.ref}/trang-thai"
    waiting = cast.ours.get(state).text
    assert "0 trên 4" in waiting
    assert "data-done" not in waiting
    assert "thu-lai" not in waiting
    run_tasks()
    ready = cast.ours.get(state).text
    assert "data-done" in ready
    assert "<html" not in ready
    assert "-480.webp" in ready


def test_a_failed_photo_is_seen_and_can_be_tried_again(cast, tea, viewer, run_tasks):
    photo = make_media.photo(tea, ready=False)
    photo.state = PhotoState.FAILED
    db.session.commit()
    page = cast.ours.get(page_of(tea)).text
    assert "Ảnh này chưa thu nhỏ được" in page
    assert f"/ban-hang/anh/{photo.ref}/thu-lai" in page
    assert "thu-lai" not in viewer.get(page_of(tea)).text
    assert cast.ours.post(f"/ban-hang/anh/{photo.ref}/thu-lai").status_code == 303
    run_tasks()
    assert photo.state == PhotoState.READY


def test_a_photo_whose_worker_died_offers_another_try(cast, tea):
    photo = make_media.photo(tea, ready=False)
    photo.created_at = clock.now() - timedelta(hours=1)
    db.session.commit()
    assert f"/ban-hang/anh/{photo.ref}/thu-lai" in cast.ours.get(page_of(tea)).text


def test_a_public_photo_is_kept_for_ever_and_says_nothing_of_who_looks(cast, tea, database):
    photo = make_media.photo(tea, exif=make_media.exif())
    address = public(photo, 480, database)
    for client in (cast.visitor, cast.ours.client):
        answer = client.get(address)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == "image/webp"
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "noindex" not in answer.headers["X-Robots-Tag"]
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        seen = Image.open(BytesIO(answer.data))
        assert (seen.format, seen.width, dict(seen.getexif())) == ("WEBP", 480, {})
    tag = answer.headers["ETag"]
    again = cast.visitor.get(address, headers={"If-None-Match": tag})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert again.headers["Cache-Control"] == answer.headers["Cache-Control"]
    head = cast.visitor.head(address)
    assert (head.status_code, head.data) == (200, b"")
    assert int(head.headers["Content-Length"]) == len(answer.data)


def test_a_photo_asks_the_database_nothing(cast, tea, database, query_count):
    address = public(make_media.photo(tea), 160, database)
    with query_count() as queries:
        cast.visitor.get(address)
    assert queries == []


@pytest.mark.parametrize(
    "name",
    ["x", "0123456789abcdef-ABCDEFGH1-160", "..%2foriginals%2fx", "../originals/x", "a" * 300,
     "0123456789abcdef-ABCDEFGH1-160.jpg", "%00"],
)  # fmt: skip
def test_only_files_made_for_the_public_are_public(cast, name):
    assert cast.visitor.get(f"/anh/{name}.webp").status_code == 404


def test_no_original_and_no_paper_lies_under_the_public_address(cast, tea):
    photo, paper = make_media.photo(tea, kind="WEBP"), make_media.paper(tea)
    for key in (photo.original_key, paper.file_key):
        for address in (f"/anh/{key}", f"/anh/../{key}", f"/anh/{key.split('/')[1]}"):
            assert cast.visitor.get(address).status_code == 404


def test_an_original_is_for_its_sellers_people(cast, tea, viewer):
    photo = make_media.photo(tea, exif=make_media.exif())
    photo.alt = "Đồi chè"
    db.session.commit()
    address = f"/ban-hang/anh/{photo.ref}/goc"
    for person in (cast.ours, viewer):
        answer = person.get(address)
        assert answer.status_code == 200
        assert answer.headers["Content-Disposition"] == 'attachment; filename="doi-che.jpg"'
        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert len(answer.data) == photo.bytes == int(answer.headers["Content-Length"])
    assert cast.theirs.get(address).status_code == 404
    assert cast.visitor.get(address).status_code == 302


def test_a_paper_is_for_those_who_may_read_its_seller(cast, tea, viewer):
    paper = make_media.paper(tea, title="Giấy đăng ký “2026”")
    address = f"/ban-hang/giay-to/{paper.ref}"
    for person in (cast.ours, viewer, cast.administrator):
        answer = person.get(address)
        assert answer.data == make_media.pdf()
        assert answer.headers["Content-Type"] == "application/pdf"
        named = 'attachment; filename="giay-dang-ky-2026.pdf"'
        assert answer.headers["Content-Disposition"] == named
    assert cast.theirs.get(address).status_code == 404
    assert viewer.post(f"{address}/xoa").status_code == 404
    assert cast.ours.post(f"{address}/xoa").status_code == 303
    assert cast.ours.get(address).status_code == 404
    assert documents.of(f"product:{tea.ref}") == []


def test_another_cooperatives_photos_are_404_and_nothing_changes(cast, run_tasks):
    theirs = make.product(cast.theirs.seller)
    photo, paper = make_media.photo(theirs), make_media.paper(theirs)
    run_tasks()
    before = (how_many(Photo), how_many(Document), photo.alt, photo.position, photo.state)
    assert send(cast.ours, theirs, ("a.jpg", make_media.picture())).status_code == 404
    for path in ("trang-thai", "goc"):
        assert cast.ours.get(f"/ban-hang/anh/{photo.ref}/{path}").status_code == 404
    for path in ("loi", "chuyen", "xoa", "thu-lai"):
        sent = {"alt": "của chúng tôi", "to": "up"}
        assert cast.ours.post(f"/ban-hang/anh/{photo.ref}/{path}", sent).status_code == 404
    assert cast.ours.post(f"/ban-hang/giay-to/{paper.ref}/xoa").status_code == 404
    after = (how_many(Photo), how_many(Document), photo.alt, photo.position, photo.state)
    assert after == before


def test_a_viewer_sees_photos_and_may_change_none(cast, tea, viewer):
    photo = make_media.photo(tea)
    page = viewer.get(page_of(tea)).text
    assert "product-photo" in page
    assert 'name="photos"' not in page
    for path in ("loi", "chuyen", "xoa", "thu-lai"):
        sent = {"alt": "x", "to": "up"}
        assert viewer.post(f"/ban-hang/anh/{photo.ref}/{path}", sent).status_code == 404
    assert send(viewer, tea, ("a.jpg", make_media.picture())).status_code == 404
    assert (len(mine(tea)), photo.alt) == (1, "")


def test_lists_ask_no_more_for_more_photos(cast, tea, query_count):
    make_media.photo(tea)
    cast.visitor.get("/")  # what a process keeps for a while is read once
    counts = []
    for _ in range(2):
        db.session.commit()
        with query_count() as queries:
            cast.visitor.get("/")
        with query_count() as more:
            cast.ours.get(page_of(tea))
        counts.append((len(queries), len(more)))
        for name in ("Chè đinh", "Chè búp"):
            other = make.product(tea.seller, name=name)
            make.variant(other)
            make_media.photo(other)
            make_media.photo(tea)
    assert counts[0] == counts[1]


@pytest.mark.parametrize(("kind", "endpoint"), wiring.HOLDERS.items())
def test_every_holder_has_a_page(app, kind, endpoint):
    assert endpoint in app.view_functions
    with app.test_request_context():
        assert "ABC" in app.url_for(endpoint, ref="ABC")


def test_a_passed_product_with_another_photo_is_seen_again_by_a_reviewer(cast, tea, run_tasks):
    seen, version = tea.edited, tea.version
    send(cast.ours, tea, ("a.jpg", make_media.picture()))
    run_tasks()
    db.session.refresh(tea)
    assert (seen, tea.edited, tea.version) == (False, True, version + 1)
