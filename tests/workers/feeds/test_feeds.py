import csv
import xml.etree.ElementTree as ET
from datetime import timedelta
from io import StringIO

import pytest
from sqlalchemy import select

from shop import clock
from shop.accounts.access import SYSTEM
from shop.database import db
from shop.outbox import Task
from shop.wiring import REACTIONS
from tests import make, make_media
from workers.feeds import files, items, jobs
from workers.feeds.models import Feed
from workers.marketplaces.shopping_feeds import GOOGLE, META, NAMESPACE

G = f"{{{NAMESPACE}}}"


@pytest.fixture
def seller(database):
    owner = make.seller()
    product = make.product(owner, name="Chè tôm nõn", description="Ngon & sạch")
    make.variant(product, on_hand=7, sku="CHE-200", gtin="8938505970011", weight_g=200)
    make_media.photo(product)
    return owner


@pytest.fixture
def feed(seller, run_tasks):
    run_tasks()
    row = files.open(SYSTEM, seller)
    db.session.commit()
    run_tasks()
    return row


def google(app, feed):
    data = app.extensions["storage"].read(feed.files[GOOGLE]["key"])
    return [
        {child.tag.removeprefix(G): child.text for child in item}
        for item in ET.fromstring(data).findall("channel/item")
    ]


def meta(app, feed):
    data = app.extensions["storage"].read(feed.files[META]["key"]).decode()
    return list(csv.DictReader(StringIO(data, newline="")))


def test_both_files_tell_what_can_be_bought(database, feed):
    [told], [row] = google(database, feed), meta(database, feed)
    assert (told["id"], told["title"], told["description"]) == (
        "CHE-200",
        "Chè tôm nõn, hộp 200 g",
        "Ngon & sạch",
    )
    assert (told["price"], told["availability"], told["gtin"], told["brand"]) == (
        "185000 VND",
        "in_stock",
        "8938505970011",
        "HTX Chè Hảo Đạt",
    )
    assert told["unit_pricing_measure"] == "200g"
    assert told["link"].startswith(database.config["SETTINGS"].base_url + "/")
    assert (row["availability"], row["quantity_to_sell_on_facebook"]) == ("in stock", "7")
    assert (feed.items, feed.left_out, feed.changed_at) == (1, [], None)


def test_the_addresses_in_a_feed_open(cast, database, feed):
    [told] = google(database, feed)
    base = database.config["SETTINGS"].base_url
    for name in ("link", "image_link"):
        assert cast.visitor.get(told[name].removeprefix(base)).status_code == 200, name


def test_only_real_offers_stand_in_a_feed_and_the_page_says_what_does_not(database, seller):
    make.variant(make.product(seller, status="paused"), sku="NGHI")
    made_up = make.product(seller)
    make_media.photo(made_up)
    make.variant(made_up, sku="GIA", price_illustrative=True)
    make.variant(made_up, sku="CU", active=False)
    make.variant(make.product(seller, name="Không ảnh"), sku="ANH")
    found = items.snapshot(seller.id)
    assert [item.id for item in found.items[GOOGLE]] == ["CHE-200"]
    assert [(sku, why) for sku, _name, why, _feed in found.left_out] == [
        ("GIA", "Giá đang là giá minh họa. Nhập giá thật."),
        ("ANH", "Chưa có ảnh."),
    ]


def test_each_engine_has_its_own_limits(database, seller):
    small = make.product(seller, name="Nhỏ")
    make_media.photo(small, size=(400, 300))
    make.variant(small, sku="A" * 51)
    found = items.snapshot(seller.id)
    assert [(why, feed) for _sku, _name, why, feed in found.left_out] == [
        ("Mã hàng dài quá 50 ký tự.", "google"),
        ("Ảnh đầu nhỏ hơn 500 × 500 điểm ảnh.", "meta"),
    ]


def test_what_is_sold_out_stays_in_the_feed_as_out_of_stock(database, seller):
    gone = make.product(seller, name="Hết")
    make_media.photo(gone)
    make.variant(gone, on_hand=0, sku="HET")
    assert {item.id: item.availability for item in items.snapshot(seller.id).items[META]} == {
        "CHE-200": "in_stock",
        "HET": "out_of_stock",
    }


def test_packs_of_one_product_are_a_group(database, seller):
    product = db.session.scalars(select(make.Product)).one()
    make.variant(product, sku="CHE-500")
    groups = {item.group for item in items.snapshot(seller.id).items[GOOGLE]}
    assert groups == {product.ref}


def test_many_changes_in_a_moment_are_written_once(database, feed, seller, run_tasks):
    variant = db.session.scalars(select(make.Variant)).one()
    variant.price_vnd = 190_000
    for _ in range(3):
        jobs.note_product(variant.product_id)
    assert files.due() == []
    fresh = db.session.get(Feed, feed.id)
    fresh.changed_at = clock.now() - files.QUIET
    db.session.commit()
    assert files.due() == [feed.id]
    for _ in range(2):
        jobs.write_due()
    asked = select(Task.id).where(
        Task.job == "workers.feeds.jobs.write", Task.finished_at.is_(None)
    )
    assert len(db.session.scalars(asked).all()) == 1
    run_tasks()
    db.session.expire_all()
    [told] = google(database, db.session.get(Feed, feed.id))
    assert told["price"] == "190000 VND"
    assert files.due() == []


def test_a_change_during_the_writing_is_written_after_it(database, feed, monkeypatch):
    real = files._put

    def change_meanwhile(*args):
        files.note([feed.seller_id])
        return real(*args)

    monkeypatch.setattr(files, "_put", change_meanwhile)
    files.write(feed.id)
    db.session.expire_all()
    assert db.session.get(Feed, feed.id).changed_at is not None


def test_an_older_writing_never_replaces_a_newer_one(database, feed):
    found = items.Snapshot()
    before = dict(feed.files)
    feed.written = feed.changes + 1
    db.session.commit()
    files._show(feed.id, feed.changes, {}, found)
    assert db.session.get(Feed, feed.id).files == before


def test_what_nothing_changed_is_written_once_a_day(database, feed):
    feed.written_at = clock.now() - timedelta(hours=24)
    db.session.commit()
    assert files.due() == [feed.id]


def test_the_old_file_is_deleted_an_hour_later(database, feed, run_tasks):
    old = feed.files[GOOGLE]["key"]
    db.session.scalars(select(make.Variant)).one().price_vnd = 190_000
    db.session.commit()
    files.write(feed.id)
    [task] = db.session.scalars(select(Task).where(Task.job == "workers.feeds.jobs.discard"))
    assert task.due_at >= clock.now() + timedelta(minutes=59)
    assert database.extensions["storage"].exists(old)
    jobs.discard(**task.arguments)
    db.session.expire_all()
    assert not database.extensions["storage"].exists(old)
    assert len(google(database, db.session.get(Feed, feed.id))) == 1


def test_every_change_of_goods_makes_a_feed_stale():
    for event in ("product_changed", "products_changed", "photos_changed", "stock_changed"):
        assert [name for name in REACTIONS[event] if name.startswith("workers.feeds.")], event
