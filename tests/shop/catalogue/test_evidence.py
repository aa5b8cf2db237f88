"""The evidence pack of a product."""

import csv
from datetime import date
from decimal import Decimal
from io import BytesIO, StringIO
from zipfile import ZipFile

import pytest

from shop import clock
from shop.accounts.access import SYSTEM
from shop.accounts.models import Role
from shop.database import db
from shop.media import documents
from shop.orders.models import Order, OrderLine, State
from shop.storage import FolderStorage
from tests import app_fixtures, make, make_certificates, make_media
from traceability.models import Lot
from traceability.stamp_models import Stamp, StampBatch


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


def keep(product, holder, title, kind="contract"):
    taken = documents.take(BytesIO(make_media.pdf()))
    documents.accept(SYSTEM, product.seller_id, holder, taken, kind=kind, title=title)


def sold(variant, *, source, state=State.PAID, quantity=2):
    order = Order(
        seller_id=variant.seller_id,
        state=state,
        source=source,
        source_key=source,
        buyer_name="Chị Mai Lan",
        buyer_phone="+84912000000",
        address="Xóm 5",
        goods_vnd=370_000,
        total_vnd=370_000,
        placed_at=clock.midnight(date(2026, 10, 1)),
    )
    db.session.add(order)
    db.session.flush()
    line = {"name": "Chè", "pack": "hộp 200 g", "unit": "hộp", "unit_price_vnd": 185_000}
    db.session.add(
        OrderLine(
            order_id=order.id,
            variant_id=variant.id,
            quantity=Decimal(quantity),
            amount_vnd=185_000 * quantity,
            **line,
        )
    )
    db.session.commit()


def unpacked(answer):
    assert answer.status_code == 200
    assert int(answer.headers["Content-Length"]) == len(answer.data)
    return ZipFile(BytesIO(answer.data))


def rows(archive, name):
    return list(csv.reader(StringIO(archive.read(name).decode("utf-8-sig"))))[1:]


def test_the_pack_holds_what_the_dossier_asks_for(cast, tea):
    certificate = make_certificates.certificate(tea, number="12/QĐ-UBND")
    keep(tea, f"certificate:{certificate.ref}", "Bản chụp chứng nhận", kind="scan")
    keep(tea, f"product:{tea.ref}", "../../Hợp đồng = siêu thị")
    lot = Lot(
        seller_id=tea.seller_id, product_id=tea.id, code="CH2610", produced_on=date(2026, 10, 1)
    )
    db.session.add(lot)
    db.session.flush()
    batch = StampBatch(
        seller_id=tea.seller_id, product_id=tea.id, lot_id=lot.id, count=2, layout="a4-5x8"
    )
    db.session.add(batch)
    db.session.flush()
    db.session.add(Stamp(batch_id=batch.id, number=1, code="A1", state="active"))
    db.session.add(Stamp(batch_id=batch.id, number=2, code="A2"))
    sold(tea.variants[0], source="livestream:ABC")
    sold(tea.variants[0], source="shop", state=State.CANCELLED)
    archive = unpacked(cast.ours.get(f"/ban-hang/minh-chung/{tea.ref}/tai-ve"))
    assert archive.testzip() is None
    assert archive.namelist() == [
        "index.html",
        "01-san-pham.csv",
        "02-chung-nhan.csv",
        "03-truy-xuat.csv",
        "04-ban-hang.csv",
        "giay-to/01-ban-chup-chung-nhan.pdf",
        "giay-to/02-hop-dong-sieu-thi.pdf",
    ]
    assert archive.read("giay-to/02-hop-dong-sieu-thi.pdf") == make_media.pdf()
    [line] = rows(archive, "02-chung-nhan.csv")
    assert (line[:2], line[6]) == (["12/QĐ-UBND", "86,50"], "Đã xác minh")
    assert rows(archive, "03-truy-xuat.csv") == [["CH2610", "01/10/2026", "2", "1", ""]]
    assert rows(archive, "04-ban-hang.csv") == [
        ["2026-10", "livestream", "hộp", "1", "2,000", "370000"]
    ]
    index = archive.read("index.html").decode()
    assert tea.name in index
    assert "Chị Mai Lan" not in index  # buyers are nobody's evidence
    facts = dict(rows(archive, "01-san-pham.csv"))
    assert facts["Sao đang có hiệu lực"] == "4"
    assert facts["Trang gian hàng số"].endswith(f"/p/{tea.ref}/{tea.slug}")


def test_who_may_not_read_orders_gets_no_sales(cast, tea, database):
    client = app_fixtures.sign_in(
        database, make.member(None, role=Role.REVIEWER, name="Người duyệt")
    )
    archive = unpacked(client.get(f"/ban-hang/minh-chung/{tea.ref}/tai-ve"))
    assert "04-ban-hang.csv" not in archive.namelist()


def test_contracts_are_added_on_its_page(cast, tea):
    url = f"/ban-hang/minh-chung/{tea.ref}"
    form = {"kind": "contract", "title": "Hợp đồng siêu thị"}
    sent = form | {"file": (BytesIO(make_media.pdf()), "x.pdf")}
    assert cast.ours.post(f"{url}/giay-to", sent).status_code == 303
    page = cast.ours.get(url).text
    assert "Hợp đồng siêu thị" in page
    assert f"/ban-hang/minh-chung/{tea.ref}" in cast.ours.get(f"/ban-hang/san-pham/{tea.ref}").text
    assert cast.theirs.get(url).status_code == 404
    assert cast.theirs.get(f"{url}/tai-ve").status_code == 404
