import gzip
import time
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count

import pytest
import servers
from sqlalchemy import func, select, text

from shop import broker, clock
from shop import gtin as gtins
from shop.accounts.access import SYSTEM
from shop.app import create_app
from shop.catalogue.models import Certificate, Product
from shop.database import db, transaction
from shop.media import jobs as media_jobs
from shop.media.models import Document, Photo
from shop.sellers.models import Seller
from tests import make, make_certificates, make_media, make_money, make_traceability
from traceability import events, recalls, scans, seals
from traceability.models import Household, Site
from traceability.stamp_models import ShownMark, Stamp, StampState

_next = count(1)


@pytest.fixture(scope="module")
def processes(server_urls, redis_url, tmp_path_factory):
    """A site of two processes on a database of this file's own: what one keeps, the other does not
    see. Tests change things in the first, in whose context they are.
    """
    var = tmp_path_factory.mktemp("lane")
    with servers.clone(server_urls[0]) as url, make_money.app_on(url, redis_url, var) as site:
        other = create_app(site.config["SETTINGS"])
        yield site, other
        with other.app_context():
            db.engine.dispose()


@pytest.fixture
def site(processes):
    site = processes[0]
    site.extensions["broker"].flushdb()
    yield site
    db.session.remove()


@pytest.fixture
def other(processes):
    return processes[1]


@pytest.fixture
def stamp(site):
    """A stamp of a lot of a product of a seller that no other test has."""
    body = f"89361234{next(_next):04d}"
    gtin = f"0{body}{gtins.check_digit(body)}"
    product = make.product(name_en="Green tea")
    pack = make.variant(product, gtin=gtin)
    lot = make_traceability.publishable(make_traceability.lot(product, code="CH1"))
    make_traceability.published(lot)
    lot.household = Household(seller_id=lot.seller_id, code="H1", name="Bà Đào", shown=True)
    make_certificates.certificate(product, number="12/QĐ-UBND")
    make_media.paper(product, title="Phiếu của lô").holder = f"lot:{lot.ref}"
    db.session.query(Document).update({"public": True})
    batch = make_traceability.printed(lot, count=2, pack=pack, gtin=gtin)
    db.session.query(Stamp).filter_by(batch_id=batch.id).update({"state": StampState.ACTIVE})
    db.session.commit()
    return db.session.query(Stamp).filter_by(batch_id=batch.id, number=1).one()


def seen(app, path, **headers):
    with app.test_client() as client, client.get(path, headers=headers) as answer:
        return answer.text


def settle(app, path):
    """Have the page kept. It is not while an older transaction is open, of which the server of the
    tests has some of other tests'."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with questions(app) as asked:
            seen(app, path)
        if not asked:
            return
        time.sleep(0.05)
    raise AssertionError("the page was never kept")


@contextmanager
def questions(app):
    """The statements that the application (not its lane) sends in the block."""
    asked = []
    with app.app_context():
        engine = db.engine

    def note(_connection, _cursor, statement, *_more):
        asked.append(statement)

    from sqlalchemy import event

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        event.remove(engine, "before_cursor_execute", note)


def of(stamp):
    return f"/t/{stamp.code}", f"/01/{stamp.batch.gtin}/10/CH1/21/{stamp.code}"


@pytest.mark.parametrize("at", [0, 1])
def test_a_second_scan_of_a_lot_asks_the_application_nothing(site, other, stamp, at):
    mate = db.session.query(Stamp).filter(Stamp.batch_id == stamp.batch_id, Stamp.number == 2).one()
    paths = [of(stamp)[at], of(mate)[at]]
    db.session.commit()
    with questions(other) as first:
        seen(other, paths[0])
    settle(other, paths[0])
    with questions(other) as second:
        page = seen(other, paths[1])
    assert len(first) > 1
    assert second == []
    assert f'href="{paths[1]}?lang=en"' in page
    assert stamp.code not in page


@pytest.mark.parametrize("zipped", ["gzip", "identity"])
@pytest.mark.parametrize("at", [0, 1])
@pytest.mark.parametrize("cookie", ["", "lang=en"])
@pytest.mark.parametrize("browser", ["", "en-GB,en;q=0.8"])
def test_the_lane_answers_as_the_application_does(site, other, stamp, at, zipped, cookie, browser):
    stamp.first_scan_at = stamp.claimed_at = clock.now()
    stamp.scans = 3
    db.session.commit()
    asked = {"Accept-Encoding": zipped, "X-Request-ID": "a-request-of-ours"}
    asked["Accept-Language"] = browser
    with other.test_client() as client:
        if cookie:
            client.set_cookie(*cookie.split("="))
        first = client.get(of(stamp)[at], headers=asked)
        settle(other, of(stamp)[at] + ("?lang=en" if cookie or browser else ""))
        with questions(other) as none:
            second = client.get(of(stamp)[at], headers=asked)
    assert none == []
    assert sorted(second.headers) == sorted(first.headers)
    assert second.data == first.data
    assert len(second.data) < 30_000
    if zipped == "gzip":
        assert "đến nay 3 lần" in gzip.decompress(second.data).decode() or cookie or browser


def renamed(stamp):
    stamp.batch.product.name = "Chè đinh Hảo Đạt"
    return "Chè đinh Hảo Đạt"


def told_of(stamp):
    stamp.batch.product.description = "Hái trước bình minh"
    return "Hái trước bình minh"


def moved(stamp):
    db.session.get_one(Seller, stamp.batch.seller_id).address = "xóm Mới, Thái Nguyên"
    return "xóm Mới, Thái Nguyên"


def another_telephone(stamp):
    db.session.get_one(Seller, stamp.batch.seller_id).phone = "+84912345678"
    return "0912 345 678"


def paused(stamp):
    product = stamp.batch.product
    product.status, product.on_sale = "paused", False
    return "!Mua tiếp sản phẩm này"


def star_withdrawn(_stamp):
    db.session.query(Certificate).update({"state": "withdrawn", "withdrawn_on": clock.today()})
    return "!12/QĐ-UBND"


def photo_added(stamp):
    photo = make_media.photo(stamp.batch.product, ready=False)
    db.session.query(Photo).filter(Photo.id != photo.id).delete()
    media_jobs.derive(photo.id)
    return 'class="product-photo"'


def photo_described(stamp):
    photo_added(stamp)
    db.session.query(Photo).update({"alt": "Búp chè buổi sớm"})
    return "Búp chè buổi sớm"


def paper_hidden(_stamp):
    db.session.query(Document).update({"public": False})
    return "!Phiếu của lô"


def paper_renamed(_stamp):
    db.session.query(Document).update({"title": "Phiếu kiểm nghiệm mới"})
    return "Phiếu kiểm nghiệm mới"


def household_hidden(_stamp):
    db.session.query(Household).update({"shown": False})
    return "!Bà Đào"


def place_known(_stamp):
    db.session.query(Site).update({"latitude": Decimal("21.5"), "longitude": Decimal("105.75")})
    return "21.5000, 105.7500"


def event_recorded(stamp):
    make_traceability.event(stamp.batch.lot, facts={"work": "Tưới nước"})
    return "Tưới nước"


def event_corrected(stamp):
    told = [event for event, _item in events.of_lot(stamp.batch.lot)]
    first = next(event for event in told if event.kind == "harvest")
    events.correct(SYSTEM, first, "did_not_occur", "gõ nhầm")
    return "gõ nhầm"


def sealed(_stamp):
    seals.seal(date(2026, 11, 1))
    return "Bằng chứng không sửa"


def unpublished(stamp):
    stamp.batch.lot.published_at = None
    return "!Nhật ký của lô"


def dated_anew(stamp):
    stamp.batch.lot.expires_on = date(2029, 2, 3)
    return "03/02/2029"


def recalled(stamp):
    recalls.recall(SYSTEM, stamp.batch.lot, "Có vật lạ")
    return "Có vật lạ"


def run_out(stamp):
    stamp.batch.lot.expires_on = clock.today() - timedelta(1)
    return "Tem thật nhưng hàng đã quá hạn dùng"


def voided(stamp):
    stamp.state = StampState.VOID
    return "Tem đã bị hủy"


def doubted(stamp):
    stamp.suspect = "visitors"
    return "quá nhiều người khác nhau"


def scanned(stamp):
    stamp.scans, stamp.first_scan_at = 7, datetime(2026, 11, 20, 3, 4, tzinfo=clock.VIETNAM)
    return "Quét lần đầu lúc 20/11/2026 03:04, đến nay 7 lần."


def claimed(stamp):
    stamp.claimed_at = datetime(2026, 11, 21, 3, 4, tzinfo=clock.VIETNAM)
    return "Mã cào đã được xác nhận lần đầu lúc 21/11/2026 03:04"


CHANGES = [
    *(renamed, told_of, moved, another_telephone, paused, star_withdrawn, photo_added),
    *(photo_described, paper_hidden, paper_renamed, household_hidden, place_known),
    *(event_recorded, event_corrected, sealed, unpublished, dated_anew, recalled, run_out),
    *(voided, doubted, scanned, claimed),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_changes_in_one_process_is_on_the_next_page_of_another(site, other, stamp, change):
    path = of(stamp)[0]
    db.session.commit()
    before = seen(other, path)
    assert seen(other, path) == before
    words = change(stamp)
    wanted = not words.startswith("!")
    words = words.removeprefix("!")
    assert (words in before) is not wanted
    db.session.commit()
    assert (words in seen(other, path)) is wanted
    assert (words in seen(other, path)) is wanted


@pytest.mark.parametrize(
    ("path", "words"), [("/lo/{ref}", "Tưới nước"), ("/01/{gtin}/10/CH1", "Tưới nước")]
)
def test_the_pages_of_lots_change_at_once_too(site, other, stamp, path, words):
    path = path.format(ref=stamp.batch.lot.ref, gtin=stamp.batch.gtin)
    db.session.commit()
    before = seen(other, path)
    assert words not in before
    event_recorded(stamp)
    db.session.commit()
    assert words in seen(other, path)


def test_a_page_is_not_kept_while_an_older_change_is_not_committed(site, other, stamp):
    path = of(stamp)[0]
    seller_id, product_id = stamp.batch.seller_id, stamp.batch.product_id
    db.session.commit()
    # Ours is the older transaction, and commits after the younger one.
    db.session.get_one(Seller, seller_id).address = "xóm Mới, Thái Nguyên"
    db.session.flush()
    with other.app_context(), transaction():
        db.session.get_one(Product, product_id).description = "Hái trước bình minh"
    page = seen(other, path)
    assert "Hái trước bình minh" in page
    assert "xóm Mới" not in page
    db.session.commit()
    assert "xóm Mới" in seen(other, path)


def test_a_page_is_not_kept_over_midnight(site, other, stamp):
    lot = stamp.batch.lot
    lot.expires_on = clock.today()
    path = of(stamp)[0]
    db.session.commit()
    assert "Tem thật, đã kích hoạt" in seen(other, path)
    assert "Tem thật, đã kích hoạt" in seen(other, path)
    with clock.at(clock.midnight(clock.today() + timedelta(1))):
        assert "hàng đã quá hạn dùng" in seen(other, path)


def test_marks_do_not_pile_up(site, stamp):
    for turn in range(5):
        stamp.batch.lot.quantity = Decimal(turn + 1)
        db.session.commit()
    ours = select(func.count()).where(ShownMark.seller_id == stamp.batch.seller_id)
    assert db.session.scalar(ours) == 1


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/t/{code}", {"Accept": "application/ld+json"}, 200),
        ("/t/{code}?linkType=all", {}, 200),
        ("/t/{code}?linkType=gs1:pip", {}, 307),
        ("/t/{lower}", {}, 302),
        ("/t/00000000\0", {}, 400),
        ("/t/000000000", {}, 404),
        ("/t/{code}", {"Host": "evil.example"}, 400),
        ("/01/{gtin}/10/KHAC/21/{code}", {}, 404),
        ("/01/08936123456795/21/{code}", {}, 404),
    ],
)
def test_all_else_is_for_the_application(site, other, stamp, path, headers, status):
    code = stamp.code
    path = path.format(code=code, lower=code.lower(), gtin=stamp.batch.gtin)
    db.session.commit()
    seen(other, f"/t/{code}")
    with other.test_client() as client:
        answer = client.get(path, headers=headers)
    assert answer.status_code == status


def test_a_scan_in_the_lane_is_noted_like_any_other(site, other, stamp, monkeypatch):
    path, code = of(stamp)[0], stamp.code
    db.session.commit()
    for _turn in range(2):
        seen(other, path, **{"User-Agent": "Firefox"})
    with other.app_context():
        first, second = [
            {key: value for key, value in entry.items() if key not in ("id", "at")}
            for entry in map(scans.json.loads, broker.connection().lrange(scans.WAITING, 0, -1))
        ]
    assert first == second
    assert (first["finding"], code in str(first)) == ("genuine", False)


def test_scans_that_come_close_together_are_sent_together_and_none_is_lost(
    site, stamp, monkeypatch
):
    monkeypatch.setattr(scans, "SPACING_SECONDS", 30.0)
    noted = scans.Noted(clock.now().isoformat(), "genuine", stamp.id, *[None] * 4, "a", "b")
    for _turn in range(5):
        scans.push(site, noted)
    assert broker.connection().llen(scans.WAITING) == 1
    scans.send(site)
    assert broker.connection().llen(scans.WAITING) == 5
    site.extensions["scans"].timer = None


def test_without_the_database_the_application_says_so(site, other, stamp, monkeypatch):
    code = stamp.code
    db.session.commit()
    seen(other, f"/t/{code}")
    lane = other.wsgi_app.inner
    assert len(lane.cursors.idle) == 1
    lane.cursors.idle[0].connection.close()
    assert "Tem thật" in seen(other, f"/t/{code}")
    assert lane.cursors.idle == []


def test_every_table_that_a_page_is_made_of_leaves_a_mark(site):
    found = db.session.scalars(
        text("SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger WHERE tgname ~ '^shown_'")
    ).all()
    told = {
        *("sellers", "products", "variants", "photos", "documents", "certificates"),
        *("certificate_coverage", "sites", "households", "lots", "tree_leaves"),
    }
    assert set(found) == told
