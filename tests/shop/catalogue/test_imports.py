"""Spreadsheets of products: shown first, whole or not at all, and twice is once."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from shop import settings
from shop.accounts import access
from shop.accounts.models import AuditEntry, Membership, Role
from shop.app import create_app
from shop.catalogue import imports, jobs
from shop.catalogue.errors import CannotImport
from shop.catalogue.models import Product, ProductImport, Variant
from shop.database import db
from shop.outbox import Task
from shop.spreadsheets import BadSheet
from tests import make
from tests.make_spreadsheets import TEA, applied, packs, result, taken_in, xlsx

REPRICED = {"sku": "CHE-2", "name": "Chè tôm nõn Hảo Đạt", "pack": "hộp 200 g", "unit": "hộp"}


def faults(row):
    return [(fault["row"], fault["column"], fault["why"]) for fault in row.faults]


def test_a_file_is_shown_before_anything_changes(cast, run_tasks):
    make.variant(make.product(cast.ours.seller), sku="CHE-2", price_vnd=90_000)
    make.variant(make.product(cast.ours.seller, name="Mật ong"), sku="MAT-1", price_vnd=200_000)
    data = xlsx(
        TEA,
        {"sku": "CHE-2", "name": "Chè tôm nõn Hảo Đạt"}
        | {"pack": "hộp 200 g", "unit": "hộp"}
        | {"price_vnd": 95_000},
        {"sku": "MAT-1", "name": "Mật ong", "pack": "hộp 200 g", "unit": "hộp"}
        | {"price_vnd": 200_000},
    )
    row = taken_in(cast.ours, data)
    run_tasks()
    assert (row.state, row.total, row.done, row.created, row.changed) == ("shown", 3, 3, 1, 1)
    assert [line[-1] for line in result(row)] == [
        "Kết quả",
        "Sẽ thêm",
        "Sẽ sửa: Giá (đồng): 90.000\u00a0₫ → 95.000\u00a0₫",
        "Không đổi",
    ]
    assert [pack.price_vnd for pack in packs(cast.ours.seller)] == [90_000, 200_000]


def test_applying_adds_and_changes_and_says_what_became_of_each_row(cast, run_tasks):
    pack = make.variant(make.product(cast.ours.seller), sku="CHE-2", price_vnd=90_000)
    price = {"sku": "CHE-2", "name": "Chè tôm nõn Hảo Đạt", "pack": "hộp 200 g", "unit": "hộp"}
    row = applied(cast.ours, xlsx(TEA, price | {"price_vnd": 95_000}), run_tasks)
    assert (row.state, row.created, row.changed, row.ended_at is None) == ("done", 1, 1, False)
    new, old = packs(cast.ours.seller)
    assert (new.sku, new.price_vnd, new.product.name) == ("CHE-1", 185_000, "Chè tôm nõn")
    assert (new.product.status, new.product.slug, new.price_illustrative) == (
        "draft",
        "che-tom-non",
        False,
    )
    assert (old.id, old.price_vnd) == (pack.id, 95_000)
    assert [line[-1] for line in result(row)] == [
        "Kết quả",
        "Thêm mới",
        "Đã sửa: Giá (đồng): 90.000\u00a0₫ → 95.000\u00a0₫",
    ]


def test_the_cells_that_will_change_are_shown_and_a_price_far_off_is_marked(cast, run_tasks):
    make.variant(make.product(cast.ours.seller), sku="CHE-2", price_vnd=199_000)
    row = taken_in(cast.ours, xlsx(REPRICED | {"price_vnd": 19_900}))
    run_tasks()
    assert [(c["row"], c["column"], c["before"], c["after"], c["far"]) for c in row.changes] == [
        (2, "Giá (đồng)", "199.000\u00a0₫", "19.900\u00a0₫", True)
    ]
    assert "giá đổi nhiều" in cast.ours.get(f"/ban-hang/nhap-bang/tep/{row.ref}").text


def test_what_changed_since_it_was_shown_is_shown_again_and_not_overwritten(cast, run_tasks):
    pack = make.variant(make.product(cast.ours.seller), sku="CHE-2", price_vnd=199_000)
    row = taken_in(cast.ours, xlsx(REPRICED | {"price_vnd": 210_000}))
    run_tasks()
    pack.price_vnd = 555_000
    imports.apply(access.of(cast.ours.user), row)
    run_tasks()
    assert (row.state, row.stale, pack.price_vnd) == ("shown", True, 555_000)
    assert row.changes[0]["before"] == "555.000\u00a0₫"
    imports.apply(access.of(cast.ours.user), row)
    run_tasks()
    assert (row.state, pack.price_vnd) == ("done", 210_000)


def test_the_same_file_again_changes_nothing(cast, run_tasks):
    full = TEA | {"gtin": "8938505970011", "weight_g": 200, "least": Decimal("0.5")}
    full |= {"months": "9-11", "criteria_set": "QD26-14", "name_en": "Green tea", "active": "có"}
    data = xlsx(full, full | {"sku": "CHE-2", "pack": "túi 1 kg", "gtin": ""})
    applied(cast.ours, data, run_tasks)
    before = db.session.execute(select(Product.version, Product.updated_at)).all()
    again = applied(cast.ours, data, run_tasks)
    assert (again.total, again.created, again.changed) == (2, 0, 0)
    assert db.session.execute(select(Product.version, Product.updated_at)).all() == before
    assert [line[-1] for line in result(again)[1:]] == ["Không đổi", "Không đổi"]


def test_rows_of_one_name_are_packs_of_one_product_in_order(cast, run_tasks):
    second = {"sku": "CHE-2", "name": TEA["name"], "pack": "túi 1 kg"}
    rows = (TEA | {"description": "Sao tay."}, second | {"unit": "túi", "price_vnd": "600k"})
    applied(cast.ours, xlsx(*rows), run_tasks)
    (product,) = db.session.scalars(select(Product))
    assert product.description == "Sao tay."
    assert [(p.sku, p.position, p.price_vnd) for p in product.variants] == [
        ("CHE-1", 0, 185_000),
        ("CHE-2", 1, 600_000),
    ]
    applied(cast.ours, xlsx(TEA | {"sku": "CHE-3", "pack": "hộp 50 g"}), run_tasks)
    db.session.expire_all()
    assert [p.sku for p in product.variants] == ["CHE-1", "CHE-2", "CHE-3"]


def test_every_wrong_cell_is_named_and_nothing_is_saved(cast, run_tasks):
    data = xlsx(
        TEA,
        TEA | {"sku": "CHE-2", "price_vnd": "rẻ", "unit": "cục", "gtin": "8938505970012"},
        TEA | {"sku": "CHE-1", "months": "13", "name": ""},
    )
    row = taken_in(cast.ours, data)
    run_tasks()
    assert faults(row) == [
        (3, "Đơn vị tính", "Chưa có đơn vị này. Ví dụ: hộp, gói, túi, chai, hũ, lọ, kg, lạng, g,"
         " yến, tạ, tấn."),
        (3, "Giá (đồng)", "Ghi số đồng, ví dụ 185.000."),
        (3, "Mã vạch (GTIN)", "Mã vạch gõ nhầm: số cuối phải là 1 nếu các số trước đúng."),
        (4, "Tên sản phẩm", "Ô này cần điền."),
        (4, "Mùa vụ (tháng)", "Ghi các tháng có hàng, ví dụ 9, 10, 11 hoặc 9-11."),
        (4, "Mã hàng (SKU)", "Trùng với dòng 2."),
    ]  # fmt: skip
    assert [line[-1] for line in result(row)[1:3]][0:1] == [""]
    with pytest.raises(CannotImport):
        imports.apply(access.of(cast.ours.user), row)
    assert packs(cast.ours.seller) == []


def test_a_price_list_needs_only_skus_and_prices_but_a_new_sku_needs_more(cast, run_tasks):
    pack = make.variant(make.product(cast.ours.seller), sku="A", price_illustrative=True)
    applied(cast.ours, xlsx({"sku": "A", "price_vnd": 210_000}), run_tasks)
    db.session.refresh(pack)
    assert (pack.price_vnd, pack.price_illustrative, pack.pack) == (210_000, False, "hộp 200 g")
    row = taken_in(cast.ours, xlsx({"sku": "B", "price_vnd": 210_000}))
    run_tasks()
    assert [fault[1] for fault in faults(row)] == ["Tên sản phẩm", "Quy cách", "Đơn vị tính"]


def test_packs_may_change_their_barcodes_with_each_other_but_not_take_anothers(cast, run_tasks):
    product = make.product(cast.ours.seller)
    codes = ("8938505970011", "8938505970028", "8938505970035")
    for sku, gtin in zip("ABC", codes, strict=True):
        make.variant(product, sku=sku, gtin=gtin)
    swap = xlsx({"sku": "A", "gtin": codes[1]}, {"sku": "B", "gtin": codes[0]})
    applied(cast.ours, swap, run_tasks)
    assert [pack.gtin for pack in packs(cast.ours.seller)] == [codes[1], codes[0], codes[2]]
    row = taken_in(cast.ours, xlsx({"sku": "A", "gtin": codes[2]}))
    run_tasks()
    assert faults(row) == [(2, "Mã vạch (GTIN)", "Quy cách có mã hàng C đã dùng mã vạch này.")]


def test_what_is_exported_comes_back_without_a_change(cast, run_tasks):
    odd = make.product(cast.ours.seller, name="=1+1 chè", description="một\r\nhai  ", months=[1, 2])
    make.variant(odd, sku="+84", least=Decimal("1.125"), weight_g=50, price_illustrative=True)
    make.variant(odd, sku="00123", gtin="89385050", active=False, unit="tệp")
    db.session.commit()
    for data, name in (
        (imports.export_xlsx(cast.ours.seller), "x.xlsx"),
        (imports.export_csv(cast.ours.seller), "x.csv"),
    ):
        row = applied(cast.ours, data, run_tasks, name)
        assert (row.total, row.created, row.changed) == (2, 0, 0)
    assert packs(cast.ours.seller)[0].price_illustrative is True


def test_the_template_can_be_read_as_it_is(cast, run_tasks):
    row = applied(cast.ours, imports.blank(), run_tasks)
    assert (row.created, packs(cast.ours.seller)[0].sku) == (1, "CHE-TOM-200")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("Tên sản phẩm,Giá\nChè,1", "no-sku"),
        ("SKU,Giá,Màu sắc\nA,1,đỏ", "strange"),
        ("SKU,Giá,Giá bán\nA,1,2", "twice"),
    ],
)
def test_headings_that_will_not_do_are_refused_at_once(database, data, why):
    with pytest.raises(BadSheet) as refusal:
        imports.take(data.encode(), "x.csv")
    assert refusal.value.why == why


def test_headings_are_known_without_accents_in_capitals_and_in_any_order(cast, run_tasks):
    said = "GIA BAN;ten san pham ; Don  vi;QUY CÁCH;ma hang\n185.000 đ;Chè;HOP;hộp 200 g;X1\n"
    row = applied(cast.ours, said.encode(), run_tasks, "x.csv")
    (pack,) = packs(cast.ours.seller)
    assert (row.created, pack.sku, pack.unit, pack.price_vnd) == (1, "X1", "hộp", 185_000)


def test_a_table_without_rows_fails_and_says_why(cast, run_tasks):
    row = taken_in(cast.ours, b"SKU,Gia\n", "x.csv")
    run_tasks()
    assert (row.state, faults(row)) == (
        "failed",
        [(0, "", "Dưới dòng tiêu đề không có dòng nào.")],
    )


def test_jobs_that_run_twice_act_once(cast, run_tasks):
    row = applied(cast.ours, xlsx(TEA), run_tasks)
    jobs.read_import(row.id)
    jobs.apply_import(row.id)
    assert (row.state, row.created, len(packs(cast.ours.seller))) == ("done", 1, 1)


def test_what_changed_since_it_was_shown_stops_it_whole(cast, run_tasks):
    row = taken_in(cast.ours, xlsx(TEA, TEA | {"sku": "CHE-2", "gtin": "8938505970011"}))
    run_tasks()
    other = make.product(cast.ours.seller, name="Mật ong")
    make.variant(other, sku="M", gtin="8938505970011")
    imports.apply(access.of(cast.ours.user), row)
    db.session.commit()
    run_tasks()
    assert (row.state, faults(row)[0][:2]) == ("failed", (3, "Mã vạch (GTIN)"))
    assert [pack.sku for pack in packs(cast.ours.seller)] == ["M"]


def test_who_lost_the_right_meanwhile_changes_nothing(cast, run_tasks):
    row = taken_in(cast.ours, xlsx(TEA))
    run_tasks()
    imports.apply(access.of(cast.ours.user), row)
    db.session.query(Membership).filter_by(user_id=cast.ours.user.id).update({"role": Role.VIEWER})
    db.session.commit()
    run_tasks()
    assert (row.state, packs(cast.ours.seller)) == ("failed", [])


def test_changed_goods_are_told_to_the_channels_and_the_trail(cast, run_tasks):
    product = make.product(cast.ours.seller)
    make.variant(product, sku="A", price_vnd=90_000)
    applied(cast.ours, xlsx({"sku": "A", "price_vnd": 91_000}), run_tasks)
    applied(cast.ours, xlsx(TEA), run_tasks)
    db.session.refresh(product)
    assert product.version == 2
    told = db.session.scalars(select(Task.arguments).where(Task.event == "products_changed"))
    assert next(iter(told)) == {"product_ids": [product.id]}
    entries = db.session.scalars(
        select(AuditEntry).where(AuditEntry.action.in_(["product.update", "product.create"]))
    )
    assert sorted((e.action, e.changes.get("price_vnd")) for e in entries) == [
        ("product.create", None),
        ("product.update", [90_000, 91_000]),
    ]


def test_a_thousand_rows_take_few_statements(cast, run_tasks, query_count):
    rows = [TEA | {"sku": f"S{n:04d}", "name": f"Chè số {n}"} for n in range(1000)]
    row = taken_in(cast.ours, xlsx(*rows))
    run_tasks()
    imports.apply(access.of(cast.ours.user), row)
    db.session.commit()
    with query_count() as queries:
        run_tasks()
    assert (row.created, db.session.scalar(select(func.count(Variant.id)))) == (1000, 1000)
    assert len(queries) < 60


def test_two_files_of_one_seller_wait_for_each_other(fresh_database, redis_url, tmp_path):
    """In threads with connections of their own: both add the same SKUs, neither fails."""
    ours = settings.load({"VAR_DIR": str(tmp_path)})
    app = create_app(replace(ours, database_url=fresh_database, redis_url=redis_url))
    rows = [TEA | {"sku": f"S{n}", "name": f"Chè {n}"} for n in range(200)]
    with app.app_context():
        seller = make.seller()
        user = make.member(seller)
        db.session.commit()
        ids = [_agreed(user, seller, xlsx(*rows)) for _ in range(2)]

    def run(import_id):
        with app.app_context():
            imports.carry_out(import_id)
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(run, ids)) == ["done", "done"]
    with app.app_context():
        counts = select(ProductImport.created, ProductImport.changed)
        assert sorted(db.session.execute(counts).all()) == [(0, 0), (200, 0)]
        assert db.session.scalar(select(func.count(Variant.id))) == 200
        db.session.remove()
        db.engine.dispose()
    app.extensions["broker"].close()


def _agreed(user, seller, data):
    row = imports.start(access.of(user), seller, imports.take(data, "x.xlsx"))
    db.session.commit()
    imports.show(row.id)
    imports.apply(access.of(user), row)
    db.session.commit()
    return row.id
