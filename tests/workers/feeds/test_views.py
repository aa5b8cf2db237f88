import pytest
from sqlalchemy import select

from shop.accounts.models import Role
from shop.database import db
from tests import make, make_media
from tests.app_fixtures import sign_in
from workers.feeds.models import Feed


@pytest.fixture
def goods(cast):
    product = make.product(cast.ours.seller, name="Chè tôm nõn")
    make.variant(product, on_hand=7, sku="CHE-200")
    make.variant(make.product(cast.ours.seller, name="Không ảnh"), sku="ANH")
    make_media.photo(product)
    return f"/ban-hang/nguon/{cast.ours.seller.ref}"


def addresses(app, page):
    base = app.config["SETTINGS"].base_url
    return [part.split("</code>")[0].removeprefix(base) for part in page.split("<code>")[1:]]


def opened(cast, goods, run_tasks, app):
    cast.ours.post(f"{goods}/mo")
    run_tasks()
    return addresses(app, cast.ours.get(goods).text)


def test_a_feed_is_opened_and_read_by_whoever_knows_its_address(cast, goods, run_tasks, database):
    assert cast.ours.get("/ban-hang/nguon").headers["Location"] == goods
    assert "Mở nguồn" in cast.ours.get(goods).text
    google, meta = opened(cast, goods, run_tasks, database)
    page = cast.ours.get(goods).text
    assert "<strong>ANH</strong> Không ảnh, hộp 200 g: Chưa có ảnh." in page
    rss, table = cast.visitor.get(google), cast.visitor.get(meta)
    assert (rss.status_code, rss.content_type) == (200, "application/rss+xml; charset=utf-8")
    assert b"<g:id>CHE-200</g:id>" in rss.data
    assert table.content_type == "text/csv; charset=utf-8"
    assert table.data.startswith(b'"id","title"')
    assert rss.headers["X-Robots-Tag"] == "noindex"
    assert len(google.split("/")[2]) == 32


def test_who_has_the_file_already_gets_304(cast, goods, run_tasks, database):
    google, _meta = opened(cast, goods, run_tasks, database)
    tag = cast.visitor.get(google).headers["ETag"]
    again = cast.visitor.get(google, headers={"If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")
    head = cast.visitor.head(google)
    assert (head.status_code, head.headers["ETag"], head.data) == (200, tag, b"")


def test_a_new_address_ends_the_old_one(cast, goods, run_tasks, database):
    old, _meta = opened(cast, goods, run_tasks, database)
    new, _meta = opened(cast, goods, run_tasks, database)
    assert new != old
    assert cast.visitor.get(old).status_code == 404
    assert cast.visitor.get(new).status_code == 200


def test_a_revoked_feed_answers_no_more_and_leaves_no_file(cast, goods, run_tasks, database):
    google, _meta = opened(cast, goods, run_tasks, database)
    keys = [file["key"] for file in db.session.scalars(select(Feed)).one().files.values()]
    cast.ours.post(f"{goods}/thu-hoi")
    run_tasks()
    assert cast.visitor.get(google).status_code == 404
    assert [database.extensions["storage"].exists(key) for key in keys] == [False, False]


def test_a_wrong_word_or_another_name_is_not_found(cast, goods, run_tasks, database):
    google, _meta = opened(cast, goods, run_tasks, database)
    for path in ("/nguon/khong-co/google.xml", google.replace("google.xml", "google.csv")):
        assert cast.visitor.get(path).status_code == 404, path


def test_the_word_stands_sealed_and_is_shown_only_to_who_may_change_it(
    cast, goods, run_tasks, database
):
    google, _meta = opened(cast, goods, run_tasks, database)
    word = google.split("/")[2]
    row = db.session.scalars(select(Feed)).one()
    assert word not in (row.sealed_word, row.digest)
    viewer = sign_in(database, make.member(cast.ours.seller, role=Role.VIEWER))
    page = viewer.get(goods)
    assert page.status_code == 200
    assert word not in page.text


def test_another_sellers_feed_is_not_found_and_not_touched(cast, goods):
    for path in ("mo", "thu-hoi"):
        assert cast.theirs.post(f"{goods}/{path}").status_code == 404
    assert cast.theirs.get(goods).status_code == 404
    assert db.session.scalars(select(Feed)).all() == []
