from datetime import timedelta
from io import BytesIO
from zipfile import ZipFile

import pytest
from PIL import Image
from sqlalchemy import select

from shop import clock, spreadsheets
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.media import documents
from tests import make, make_certificates, make_media, make_portals
from workers.portals import exports, jobs, templates, todo
from workers.portals.models import ExportState, PortalExport


@pytest.fixture
def seller(database):
    owner = make.seller()
    product = make.product(owner, name="Chè tôm nõn", description="Ngon")
    make.variant(product, on_hand=7, sku="CHE-200")
    make_media.photo(product)
    return owner


def made(connection):
    row = exports.ask(SYSTEM, connection)
    db.session.commit()
    jobs.make_export(row.id)
    db.session.expire_all()
    return db.session.get(PortalExport, row.id)


def sheet(app, row):
    data = app.extensions["storage"].read(row.sheet_key)
    return [each.cells for each in spreadsheets.read(BytesIO(data), "x.xlsx")]


def images(app, row):
    return ZipFile(BytesIO(app.extensions["storage"].read(row.images_key)))


def test_the_files_are_the_portals_template_and_its_photos(database, seller):
    row = made(make_portals.portal(seller))
    assert (row.state, row.total, row.done, row.left_out) == (ExportState.DONE, 1, 1, [])
    assert sheet(database, row) == [
        ["Mã", "Tên", "Giá", "Tồn", "Sao", "Ảnh"],
        ["CHE-200", "Chè tôm nõn, hộp 200 g", 185_000, 7, "", "CHE-200_1.jpg"],
    ]
    archive = images(database, row)
    assert archive.namelist() == ["CHE-200_1.jpg"]
    picture = Image.open(archive.open("CHE-200_1.jpg"))
    assert (picture.format, max(picture.size)) == ("JPEG", 1200)


def test_the_usual_template_takes_a_whole_row(database, seller):
    connection = make_portals.portal(seller)
    templates.of(connection).columns = [vars(column) for column in templates.usual()]
    db.session.commit()
    row = made(connection)
    headings, cells = sheet(database, row)
    told = dict(zip(headings, cells, strict=False))
    assert (told["Mã SKU"], told["Giá bán"], told["Tồn kho"]) == ("CHE-200", 185_000, 7)
    assert told["Mã truy xuất/QR"].startswith("http")
    assert (told["Khối lượng (g)"], told["Xuất xứ"]) == (200, "Việt Nam")


def test_a_name_that_looks_like_a_formula_stays_text(database):
    owner = make.seller()
    make.variant(make.product(owner, name="=HYPERLINK(1)"), sku="+1+1")
    row = made(make_portals.portal(owner))
    data = database.extensions["storage"].read(row.sheet_key)
    written = ZipFile(BytesIO(data)).read("xl/worksheets/sheet1.xml")
    assert b"<f>" not in written
    assert sheet(database, row)[1][:2] == ["+1+1", "=HYPERLINK(1), hộp 200 g"]


def test_what_a_portal_would_not_take_is_left_out_and_said(database, seller):
    make.variant(make.product(seller, name="x" * 80), sku="DAI")
    make.variant(make.product(seller), sku="GIA", price_illustrative=True)
    row = made(make_portals.portal(seller))
    assert [cells[0] for cells in sheet(database, row)[1:]] == ["CHE-200"]
    assert sorted((sku, why) for sku, _name, why in row.left_out) == [
        ("DAI", "Tên: dài 91 ký tự, cổng nhận 60."),
        ("GIA", "Giá đang là giá minh họa. Nhập giá thật rồi xuất lại."),
    ]


def test_a_star_is_told_only_while_its_certificate_holds(database, seller):
    product = db.session.scalars(select(make.Product)).one()
    paper = make_certificates.certificate(product)
    connection = make_portals.portal(seller)
    assert sheet(database, made(connection))[1][4] == 4
    paper.issued_on, paper.expires_on = clock.today() - timedelta(400), clock.today() - timedelta(1)
    db.session.commit()
    row = made(connection)
    assert sheet(database, row)[1][:5] == ["CHE-200", "Chè tôm nõn, hộp 200 g", 185_000, 7, ""]
    day = f"{clock.today() - timedelta(1):%d/%m/%Y}"
    assert row.notes == [
        [
            "CHE-200",
            "Chè tôm nõn, hộp 200 g",
            f"Chứng nhận OCOP hết hạn ngày {day}, cột sao để trống.",
        ]
    ]


def test_an_ended_food_paper_blocks_the_rows_of_a_template_that_tells_of_it(database, seller):
    taken = documents.take(BytesIO(make_media.pdf()))
    ended = clock.today() - timedelta(1)
    facts = {"kind": "food_safety", "title": "12/ATTP", "valid_until": ended}
    documents.accept(SYSTEM, seller.id, f"seller:{seller.ref}", taken, **facts)
    connection = make_portals.portal(seller)
    food = {"heading": "ATTP", "source": "food_safety"}
    templates.of(connection).columns = [*make_portals.SMALL, food]
    db.session.commit()
    row = made(connection)
    assert len(sheet(database, row)) == 1
    assert [why for _sku, _name, why in row.left_out] == [
        f"Giấy an toàn thực phẩm hết hạn ngày {ended:%d/%m/%Y}."
    ]


def test_uploaded_settles_what_the_file_said_and_nothing_newer(database, seller, run_tasks):
    connection = make_portals.portal(seller)
    [listing] = make_portals.linked(connection)
    listing.variant.price_vnd = 190_000
    db.session.commit()
    from workers.sync import jobs as sync

    sync.mark(listing.variant.product_id)
    run_tasks()
    row = made(connection)
    listing.variant.price_vnd = 195_000
    db.session.commit()
    sync.mark(listing.variant.product_id)
    todo.uploaded(SYSTEM, row)
    db.session.commit()
    assert todo.open_kinds([listing.id]) == {listing.id: ["price"]}
    row = made(connection)
    todo.uploaded(SYSTEM, row)
    assert todo.open_kinds([listing.id]) == {}


def test_a_link_pasted_after_a_file_leaves_what_changed_since(database, seller, run_tasks):
    connection = make_portals.portal(seller)
    row = made(connection)
    [listing_id] = [int(id) for id in row.told]
    [listing] = db.session.scalars(todo.waiting(connection.id)).all()
    listing.variant.price_vnd = 190_000
    db.session.commit()
    address = "https://postmart.vn/san-pham/1"
    todo.link(SYSTEM, templates.of(connection), listing, address)
    db.session.commit()
    assert todo.open_kinds([listing_id]) == {listing_id: ["price"]}


def test_making_the_files_twice_is_once(database, seller):
    row = made(make_portals.portal(seller))
    key = row.sheet_key
    jobs.make_export(row.id)
    assert db.session.get(PortalExport, row.id).sheet_key == key
