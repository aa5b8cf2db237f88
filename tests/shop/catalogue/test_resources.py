"""The JSON API of products: reading, creating once, changing without losing a change."""

from decimal import Decimal

import pytest

from shop.catalogue.models import Product, Status
from shop.database import db
from tests import make, make_media, make_tokens

TEA = {"name": "Chè đinh", "pack": "hộp 100 g", "unit": "hộp", "price_vnd": 450_000}


@pytest.fixture
def program(cast):
    return make_tokens.program(cast.visitor, cast.ours.user)


@pytest.fixture
def tea(cast):
    """A published product of ours."""
    product = make.product(cast.ours.seller, name="Chè tôm nõn")
    make.variant(product)
    return product


def address(product):
    return f"/api/v1/products/{product.ref}"


def test_the_catalogue_is_walked_piece_by_piece(cast):
    made = [make.product(cast.ours.seller, name=f"Chè số {n}") for n in range(1, 8)]
    make.product(cast.ours.seller, status=Status.DRAFT)
    assert make_tokens.walk(cast.visitor.get, "/api/v1/products", limit=3) == make.refs(made)


def test_a_product_that_comes_while_one_reads_shifts_nothing(cast):
    for name in ("Bưởi", "Cam", "Dứa"):
        make.product(cast.ours.seller, name=name)
    first = cast.visitor.get("/api/v1/products?limit=2").json
    make.product(cast.ours.seller, name="Ấu")
    then = cast.visitor.get(f"/api/v1/products?limit=2&cursor={first['next_cursor']}").json
    assert [item["name"] for item in first["items"] + then["items"]] == ["Bưởi", "Cam", "Dứa"]


@pytest.mark.parametrize("query", ["cursor=abc", "cursor=v1.AAAA", "limit=0", "limit=101"])
def test_a_bad_piece_is_refused_with_the_field_named(cast, query):
    answer = cast.visitor.get(f"/api/v1/products?{query}")
    assert answer.status_code == 422
    assert answer.content_type == "application/problem+json"
    assert query.split("=")[0] in str(answer.json["errors"])


def test_a_cursor_belongs_to_its_words(cast, tea):
    make.product(cast.ours.seller, name="Chè xanh")
    cursor = cast.visitor.get("/api/v1/products?limit=1&q=che").json["next_cursor"]
    assert cast.visitor.get(f"/api/v1/products?limit=1&cursor={cursor}").status_code == 422


def test_a_list_costs_the_same_for_one_product_and_for_twenty(cast, query_count):
    def count():
        with query_count() as queries:
            cast.visitor.get("/api/v1/products?limit=50")
        return len(queries)

    make.variant(make.product(cast.ours.seller))
    few = count()
    for n in range(20):
        make.variant(make.product(cast.ours.seller, name=f"Chè {n}"))
    assert count() == few


def test_what_one_has_is_not_sent_again(cast, tea):
    first = cast.visitor.get(address(tea))
    etag = first.headers["ETag"]
    assert etag.startswith('"')
    again = cast.visitor.get(address(tea), headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    tea.variants[0].price_vnd = 999_000
    db.session.flush()
    changed = cast.visitor.get(address(tea), headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def test_a_draft_is_seen_by_its_own_people_alone(cast, program):
    draft = make.product(cast.ours.seller, status=Status.DRAFT)
    theirs = make_tokens.program(cast.visitor, cast.theirs.user)
    assert program.get(address(draft)).json["status"] == "draft"
    assert cast.ours.get(address(draft)).status_code == 200
    assert theirs.get(address(draft)).status_code == 404
    assert cast.visitor.get(address(draft)).status_code == 404
    assert make_tokens.walk(program.get, "/api/v1/my/products", limit=10) == [draft.ref]
    assert make_tokens.walk(theirs.get, "/api/v1/my/products", limit=10) == []


def test_a_product_is_created_as_a_draft_with_its_address(cast, program):
    answer = program.post("/api/v1/products", TEA | {"seller": cast.ours.seller.ref})
    assert answer.status_code == 201
    product = db.session.query(Product).one()
    assert answer.headers["Location"] == address(product)
    assert (answer.json["status"], answer.json["on_sale"]) == ("draft", False)
    assert answer.json["variants"][0]["price_vnd"] == 450_000
    assert program.get(address(product)).headers["ETag"] == answer.headers["ETag"]


def test_the_same_key_creates_once_and_gives_the_same_answer(cast, program):
    body = TEA | {"seller": cast.ours.seller.ref}
    first = program.post("/api/v1/products", body, Idempotency_Key="don-1")
    second = program.post("/api/v1/products", body, Idempotency_Key="don-1")
    assert (second.status_code, second.json) == (201, first.json)
    assert second.headers["Location"] == first.headers["Location"]
    assert db.session.query(Product).count() == 1
    other = program.post("/api/v1/products", body | {"name": "Chè khác"}, Idempotency_Key="don-1")
    assert (other.status_code, other.json["type"]) == (422, "urn:ocop:problem:same-key")
    program.post("/api/v1/products", body, Idempotency_Key="don-2")
    assert db.session.query(Product).count() == 2


def test_the_key_of_one_caller_says_nothing_to_another(cast, program):
    theirs = make_tokens.program(cast.visitor, cast.theirs.user)
    program.post("/api/v1/products", TEA | {"seller": cast.ours.seller.ref}, Idempotency_Key="k")
    answer = theirs.post(
        "/api/v1/products", TEA | {"seller": cast.theirs.seller.ref}, Idempotency_Key="k"
    )
    assert answer.status_code == 201
    assert answer.json["seller"]["ref"] == cast.theirs.seller.ref


def test_a_key_without_end_is_refused(cast, program):
    body = TEA | {"seller": cast.ours.seller.ref}
    answer = program.post("/api/v1/products", body, Idempotency_Key="k" * 256)
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["Idempotency-Key"])


def test_nobody_creates_for_another_seller_or_without_the_scope(cast, program):
    assert (
        program.post("/api/v1/products", TEA | {"seller": cast.theirs.seller.ref}).status_code
        == 404
    )
    reader = make_tokens.program(cast.visitor, cast.ours.user, "catalogue:read")
    assert (
        reader.post("/api/v1/products", TEA | {"seller": cast.ours.seller.ref}).status_code == 403
    )
    assert cast.visitor.post("/api/v1/products", json=TEA).status_code == 401
    assert db.session.query(Product).count() == 0


def test_a_patch_changes_what_it_names_and_nothing_else(cast, program, tea):
    etag = program.get(address(tea)).headers["ETag"]
    answer = program.patch(address(tea), {"price_vnd": 190_000}, If_Match=etag)
    assert answer.status_code == 200
    assert answer.json["variants"][0]["price_vnd"] == 190_000
    assert answer.json["name"] == "Chè tôm nõn"
    assert answer.headers["ETag"] != etag
    assert (
        program.patch(address(tea), {"name": "Chè móc câu"}, If_Match=answer.headers["ETag"]).json[
            "version"
        ]
        == answer.json["version"] + 1
    )


def test_a_lost_update_is_refused(cast, program, tea):
    etag = program.get(address(tea)).headers["ETag"]
    assert program.patch(address(tea), {"name": "Tên một"}, If_Match=etag).status_code == 200
    late = program.patch(address(tea), {"name": "Tên hai"}, If_Match=etag)
    assert (late.status_code, late.json["type"]) == (412, "urn:ocop:problem:stale")
    assert program.patch(address(tea), {"name": "Tên ba"}).status_code == 428
    weak = program.patch(address(tea), {"name": "Tên tư"}, If_Match=f"W/{etag}")
    assert weak.status_code == 412
    assert program.get(address(tea)).json["name"] == "Tên một"


def test_a_patch_is_checked_like_the_form(cast, program, tea):
    etag = program.get(address(tea)).headers["ETag"]
    answer = program.patch(address(tea), {"price_vnd": "rẻ thôi"}, If_Match=etag)
    assert answer.status_code == 422
    assert answer.json["errors"]["json"]["price_vnd"] == ["Ghi số đồng, ví dụ 185.000."]
    bare = make.product(cast.ours.seller)
    etag = program.get(address(bare)).headers["ETag"]
    assert program.patch(address(bare), {"name": "Chè mới"}, If_Match=etag).status_code == 200
    etag = program.get(address(bare)).headers["ETag"]
    answer = program.patch(address(bare), {"pack": "hộp"}, If_Match=etag)
    assert answer.status_code == 422
    assert "price_vnd" in answer.json["errors"]["json"]


def test_nobody_patches_what_is_not_theirs(cast, tea):
    theirs = make_tokens.program(cast.visitor, cast.theirs.user)
    etag = cast.visitor.get(address(tea)).headers["ETag"]
    assert theirs.patch(address(tea), {"name": "Của tôi"}, If_Match=etag).status_code == 404
    assert tea.name == "Chè tôm nõn"


def test_what_was_written_can_be_read(cast, program):
    about = {
        "name_en": "Bud tea",
        "ingredients": "Búp chè",
        "months": [3, 4],
        "shelf_life": "1 năm",
    }
    pack = {"gtin": "8938505974194", "weight_g": 100, "least": "2"}
    body = TEA | about | pack | {"seller": cast.ours.seller.ref}
    made = program.post("/api/v1/products", body).json
    assert {name: made[name] for name in about} == about
    assert {name: made["variants"][0][name] for name in ("gtin", "weight_g")} == {
        "gtin": "8938505974194",
        "weight_g": 100,
    }
    assert Decimal(made["variants"][0]["least"]) == 2


def test_photos_that_are_ready_have_their_address(cast, tea):
    make_media.photo(tea, ready=False)
    make_media.photo(tea).alt = "Đồi chè"
    db.session.commit()
    (photo,) = cast.visitor.get(address(tea)).json["photos"]
    assert photo["alt"] == "Đồi chè"
    assert photo["url"].startswith("http")


def test_a_product_is_published_paused_and_archived(cast, program, tea):
    def put(status):
        etag = program.get(address(tea)).headers["ETag"]
        return program.put(f"{address(tea)}/status", {"status": status}, If_Match=etag).json

    assert [put(s)["status"] for s in ("paused", "archived", "archived", "paused")] == [
        *("paused", "archived", "archived", "paused"),
    ]
    assert put("published")["on_sale"] is True
    assert put("draft")["status"] == 422
    assert program.put(f"{address(tea)}/status", {"status": "paused"}).status_code == 428


def test_a_program_publishes_nothing_that_lacks_a_price(cast, program):
    bare = make.product(cast.ours.seller, status=Status.DRAFT)
    etag = program.get(address(bare)).headers["ETag"]
    answer = program.put(f"{address(bare)}/status", {"status": "published"}, If_Match=etag)
    assert (answer.status_code, bare.status) == (409, Status.DRAFT)


def test_packs_are_added_changed_and_retired(cast, program, tea):
    body = {"pack": "túi 1 kg", "unit": "túi", "price_vnd": 900_000, "sku": "CHE-1KG"}
    made = program.post(f"{address(tea)}/packs", body, Idempotency_Key="quy-cach-1")
    again = program.post(f"{address(tea)}/packs", body, Idempotency_Key="quy-cach-1")
    assert (made.status_code, again.json) == (201, made.json)
    page, etag = made.headers["Location"], made.headers["ETag"]
    assert program.get(page).headers["ETag"] == etag
    changed = program.patch(page, {"price_vnd": 950_000, "active": False}, If_Match=etag)
    assert (changed.json["price_vnd"], changed.json["active"]) == (950_000, False)
    assert changed.json["sku"] == "CHE-1KG"
    assert program.patch(page, {"price_vnd": 1_000_000}, If_Match=etag).status_code == 412
    theirs = make_tokens.program(cast.visitor, cast.theirs.user)
    assert theirs.get(page).status_code == 404
    assert theirs.patch(page, {"active": True}, If_Match="*").status_code == 404
    assert theirs.post(f"{address(tea)}/packs", body).status_code == 404


def test_what_was_read_may_be_sent_back(program, tea):
    tea.variants[0].least = Decimal("1000")
    db.session.commit()
    pack = f"/api/v1/packs/{tea.variants[0].ref}"
    read = program.get(pack)
    body = {name: read.json[name] for name in ("pack", "unit", "price_vnd", "sku", "least")}
    assert body["least"] == "1000"
    sent = program.patch(pack, body, If_Match=read.headers["ETag"])
    assert (sent.status_code, sent.json) == (200, read.json)


def test_a_pack_of_several_is_changed_by_its_own_address(program, tea):
    make.variant(tea, sku="CHE-500")
    answer = program.patch(address(tea), {"price_vnd": 90_000}, If_Match="*")
    assert (answer.status_code, list(answer.json["errors"])) == (422, ["price_vnd"])
    assert program.patch(address(tea), {"name": "Chè mới"}, If_Match="*").status_code == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ('{"prise_vnd": 1000}', 422),
        ('{"star": 5}', 422),
        ('{"description": "\\ud800"}', 422),
        ('{"weight_g": ' + "9" * 5000 + "}", 400),
        ("[" * 100_000, 400),
    ],
)
def test_what_cannot_be_kept_is_refused_and_not_overlooked(cast, program, tea, body, status):
    headers = {"Authorization": f"Bearer {program.word}", "If-Match": "*"}
    answer = cast.visitor.patch(
        address(tea), data=body, headers=headers, content_type="application/json"
    )
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")


def test_a_body_that_is_not_called_json_is_refused(cast, program, tea):
    headers = {"Authorization": f"Bearer {program.word}", "If-Match": "*"}
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        answer = cast.visitor.patch(
            address(tea), data='{"name": "Khác hẳn"}', headers=headers, content_type=kind
        )
        assert answer.status_code == 415
    assert tea.name == "Chè tôm nõn"


def test_the_form_refuses_a_lost_update_and_keeps_what_was_typed(cast, tea):
    form = {name: str(value) for name, value in TEA.items()} | {"version": str(tea.version)}
    assert cast.ours.post(f"/ban-hang/san-pham/{tea.ref}", form).status_code == 303
    late = form | {"name": "Chè đến muộn"}
    page = cast.ours.post(f"/ban-hang/san-pham/{tea.ref}", late)
    assert page.status_code == 422
    assert "có người khác vừa lưu" in page.text
    assert "Chè đến muộn" in page.text
    assert tea.name == "Chè đinh"
    knowing = late | {"version": str(tea.version)}
    assert f'name="version" value="{tea.version}"' in page.text
    assert cast.ours.post(f"/ban-hang/san-pham/{tea.ref}", knowing).status_code == 303
    assert tea.name == "Chè đến muộn"
