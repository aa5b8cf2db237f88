"""Batches of every level and kind of file, and what becomes of single stamps."""

import csv
import io
import re
import zipfile

import pypdfium2
import pytest
import zxingcpp
from PIL import Image
from sqlalchemy import select

from shop.accounts.access import SYSTEM
from shop.accounts.models import AuditEntry
from shop.database import db
from shop.storage import FolderStorage
from tests import make, make_traceability
from traceability import (
    addresses,
    identifiers,
    jobs,
    lots,
    printing,
    resolver,
    runs,
    stamps,
    verdicts,
)
from traceability import batches as verbs
from traceability.batches import Wanted
from traceability.digital_link import Identity, parse
from traceability.errors import CannotPrint, NotOfThisBatch
from traceability.stamp_models import BatchState, Level, Stamp, StampState

PAGE = "/ban-hang/tem"
GTIN = "8936123456788"


@pytest.fixture
def storage(database, tmp_path, monkeypatch):
    folder = FolderStorage(tmp_path)
    monkeypatch.setitem(database.extensions, "storage", folder)
    return folder


@pytest.fixture
def tea(cast):
    return make.product(cast.ours.seller)


@pytest.fixture
def pack(tea):
    return make.variant(tea, gtin=GTIN)


def asked(tea, count=3, layout="a4-5x8", **more):
    lot = lots.open_lot(SYSTEM, tea, "CH261101") if more.get("level") != Level.PRODUCT else None
    row = verbs.request(SYSTEM, Wanted(tea, count, layout, lot=lot, **more))
    db.session.commit()
    return row


def made(tea, **more):
    row = asked(tea, **more)
    jobs.print_batch(row.id)
    assert row.state == BatchState.READY
    return row


def texts(storage, batch, dpi=300):
    document = pypdfium2.PdfDocument(storage.read(batch.file_key))
    found = []
    for page in document:
        found += zxingcpp.read_barcodes(page.render(scale=dpi / 72).to_pil())
    return sorted(code.text for code in found)


def codes(batch):
    query = select(Stamp.code).where(Stamp.batch_id == batch.id).order_by(Stamp.number)
    return list(db.session.scalars(query))


def resolved(address):
    return resolver.resolve(parse(address))


def test_stamps_of_a_pack_with_a_gtin_are_gs1_digital_links(storage, tea, pack):
    batch = made(tea, pack=pack, gtin=f"0{GTIN}", count=2)
    read = texts(storage, batch)
    first, second = sorted(codes(batch))
    start = f"/01/0{GTIN}/10/CH261101/21/"
    assert [text.partition("/01/")[1] + text.partition("/01/")[2] for text in read] == [
        start + first,
        start + second,
    ]
    assert resolved(read[0]).stamp.code == first
    # The short form of the same stamp is the same stamp.
    assert resolver.resolve(Identity(serial=first)).stamp.code == first
    wrong = Identity(gtin=f"0{GTIN}", lot="CH261102", serial=first)
    assert resolver.resolve(wrong) is resolver.NOTHING
    assert resolver.resolve(Identity(gtin="04006381333931", serial=first)) is resolver.NOTHING


def test_what_is_on_paper_is_found_though_the_pack_has_another_number_today(storage, tea, pack):
    batch = made(tea, pack=pack, gtin=f"0{GTIN}", count=1)
    pack.gtin = "8936123456801"
    db.session.commit()
    (address,) = texts(storage, batch)
    assert resolved(address).stamp.code == codes(batch)[0]
    assert resolver.resolve(Identity(gtin=f"0{GTIN}")).product_id == tea.id


@pytest.mark.parametrize("level", [Level.LOT, Level.PRODUCT])
def test_stamps_of_a_lot_or_a_product_all_say_the_same(storage, tea, level):
    batch = made(tea, level=level, count=5)
    read = texts(storage, batch)
    assert (len(read), len(set(read))) == (5, 1)
    found = resolved(read[0])
    assert found.product_id == tea.id
    assert (found.lot is not None) is (level == Level.LOT)
    finding = verdicts.judge(found).finding
    assert finding == (verdicts.Finding.LOT if level == Level.LOT else verdicts.Finding.PRODUCT)
    assert codes(batch) == []


def test_our_own_code_of_a_product_cannot_be_taken_for_a_gtin(tea):
    code = addresses.product_code(tea)
    assert addresses.product_code(tea) == code
    assert not code.isdigit()
    assert resolver.resolve(Identity(code=code)).product_id == tea.id
    assert resolver.resolve(Identity(code=code, lot="KHONG")).lot_missing == "KHONG"


def test_a_range_is_numbered_as_it_was_asked_for(storage, tea):
    batch = made(tea, count=3, first=101)
    query = select(Stamp.number).where(Stamp.batch_id == batch.id).order_by(Stamp.number)
    assert list(db.session.scalars(query)) == [101, 102, 103]


def test_an_outside_printer_gets_a_row_for_each_stamp(storage, tea):
    batch = made(tea, format="csv", scratch=True)
    rows = list(csv.DictReader(io.StringIO(storage.read(batch.file_key).decode("utf-8-sig"))))
    assert [row["Mã tem"] for row in rows] == codes(batch)
    assert [row["Nội dung mã QR"] for row in rows] == [addresses.of(batch, c) for c in codes(batch)]
    key = addresses.stamp_key()
    assert [row["Mã cào"] for row in rows] == [
        identifiers.scratch_code(key, code) for code in codes(batch)
    ]


def picture(kind, data):
    """The picture in a file, of an SVG by its path, a module four pixels wide."""
    if kind == "png":
        with Image.open(io.BytesIO(data)) as image:
            return image.convert("L")
    assert re.search(rb'width="[0-9.]+mm" height="[0-9.]+mm"', data)
    side = int(re.search(rb'viewBox="0 0 ([0-9]+) ', data)[1])
    drawn = Image.new("L", (side, side), 255)
    path = data.decode().partition('fill="#000" d="')[2].partition('"')[0]
    for x, y, width in re.findall(r"M([0-9]+) ([0-9]+)h([0-9]+)v1", path):
        drawn.paste(0, (int(x), int(y), int(x) + int(width), int(y) + 1))
    return drawn.resize((side * 4, side * 4), Image.Resampling.NEAREST)


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_every_single_symbol_of_a_zip_is_read_and_is_the_one_of_its_name(storage, tea, kind):
    batch = made(tea, format=kind, count=12)
    with zipfile.ZipFile(io.BytesIO(storage.read(batch.file_key))) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        read = [zxingcpp.read_barcodes(picture(kind, archive.read(name))) for name in names]
    assert names == [f"{number:06d}-{code}.{kind}" for number, code in enumerate(codes(batch), 1)]
    assert [[each.text for each in found] for found in read] == [
        [addresses.of(batch, code)] for code in codes(batch)
    ]


def test_a_hidden_code_needs_a_box_that_covers_it(tea):
    with pytest.raises(CannotPrint):
        asked(tea, scratch=True)
    assert asked(tea, scratch=True, layout="a4-3x7-cao").scratch


def test_a_run_is_named_by_two_codes_in_either_order_or_by_numbers(storage, tea):
    batch = made(tea, count=5)
    second, fourth = codes(batch)[1], codes(batch)[3]
    assert runs.between(batch, second, fourth) == (2, 4)
    assert runs.between(batch, addresses.of(batch, fourth), second.lower()) == (2, 4)
    assert runs.between(batch, "3") == (3, 3)
    other = made(make.product(tea.seller, name="Chè đinh"), level=Level.PRODUCT)
    for wrong in ("999", "ABCDEFGHJ", "https://x.vn/khac", addresses.of(other)):
        with pytest.raises(NotOfThisBatch):
            runs.between(batch, wrong)


def test_stamps_go_on_goods_and_out_of_use_run_by_run(cast, storage, tea):
    batch = made(tea, count=6)
    make_traceability.published(batch.lot)
    url, given = f"{PAGE}/{batch.ref}", codes(batch)
    cast.ours.post(f"{url}/kich-hoat", {"first": given[0], "last": given[3]})
    out = {"first": "2", "last": "3", "state": "lost", "reason": "rơi mất một tờ"}
    page = cast.ours.post(f"{url}/loai-bo", out, follow_redirects=True).text
    assert "Đã loại 2 tem." in page
    assert "rơi mất một tờ" in page
    cast.ours.post(f"{url}/kich-hoat", {})
    assert stamps.states(batch) == {StampState.ACTIVE: 4, StampState.LOST: 2}
    answer = cast.ours.post(f"{url}/loai-bo", out | {"first": "77", "last": ""})
    assert answer.status_code == 422
    assert "Đợt tem này không có tem “77”" in answer.text
    assert cast.theirs.post(f"{url}/loai-bo", out).status_code == 404


def test_every_download_and_every_new_file_is_noted_with_its_number(cast, storage, tea):
    batch = made(tea)
    before = codes(batch)
    for _time in range(2):
        assert cast.ours.get(f"{PAGE}/{batch.ref}/tep").status_code == 200
    cast.ours.post(f"{PAGE}/{batch.ref}/in-lai", {"layout": "cuon-25x25", "format": "pdf"})
    jobs.print_batch(batch.id)
    assert (batch.state, batch.layout, codes(batch)) == (BatchState.READY, "cuon-25x25", before)
    query = select(AuditEntry.action, AuditEntry.changes).where(AuditEntry.subject_ref == batch.ref)
    noted = [
        (action, changes["number"][1])
        for action, changes in db.session.execute(query.order_by(AuditEntry.id))
        if "number" in changes
    ]
    assert noted == [("stamps.download", 1), ("stamps.download", 2), ("stamps.reprint", 1)]
    page = cast.ours.get(f"{PAGE}/{batch.ref}").text
    assert "tải tệp tem (lần 2)" in page


def test_how_far_it_is_shows_on_its_page_while_it_is_drawn(cast, storage, tea, monkeypatch):
    monkeypatch.setattr(jobs, "PIECE", 4)
    batch, said = asked(tea, count=10), []

    def watched(work, numbered, out):
        for _stamp in numbered:
            page = cast.ours.get(f"{PAGE}/{batch.ref}").text
            said.append(int(re.search(r'<progress value="([0-9]+)" max="10">', page)[1]))

    monkeypatch.setattr(printing, "write", watched)
    jobs.print_batch(batch.id)
    assert said == [10, 10, 10, 10, 4, 4, 4, 4, 8, 8]
    assert (batch.made, len(codes(batch))) == (10, 10)
    assert "<progress" not in cast.ours.get(f"{PAGE}/{batch.ref}").text


def test_a_star_stands_on_the_stamp_only_while_its_certificate_is_in_force(storage, tea):
    face = make_traceability.face(asked(tea))
    assert face.star is None
    make_traceability.starred(tea, 4)
    assert make_traceability.face(asked(tea)).star == 4


def test_the_form_offers_the_gtin_and_says_what_our_own_code_lacks(cast, tea):
    plain = cast.ours.get(f"{PAGE}/them?product={tea.ref}").text
    make.variant(tea)
    without = cast.ours.get(f"{PAGE}/them?product={tea.ref}").text
    assert "Thông tư 02/2024/TT-BKHCN" in without
    make.variant(tea, gtin=GTIN)
    page = cast.ours.get(f"{PAGE}/them?product={tea.ref}").text
    assert f"GTIN {GTIN}" in page
    assert "GTIN của quy cách (chuẩn GS1)" in page
    assert GTIN not in plain
