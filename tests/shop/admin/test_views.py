"""Reviewers' pages: who sees them, what an answer does, and who is told."""

import json
import re

import pytest
from sqlalchemy import select

from shop import outbox, vault
from shop.accounts.models import AuditEntry, Role
from shop.catalogue.models import Status
from shop.database import db
from shop.sellers.models import Review, ReviewState
from tests import make, make_media, make_sellers
from tests.app_fixtures import Person, sign_in

SELLERS, PRODUCTS = "/quan-tri/duyet/nguoi-ban", "/quan-tri/duyet/san-pham"
WAITING, PASSED, REFUSED = ReviewState.WAITING, ReviewState.PASSED, ReviewState.REFUSED


@pytest.fixture
def reviewer(database, cast):
    """A reviewer of the platform, who may change nothing else."""
    user = make.member(None, role=Role.REVIEWER, name="Lê Duyệt")
    return Person(user, sign_in(database, user))


@pytest.fixture
def tea(cast):
    """A product of ours that its seller has published and nobody has passed."""
    product = make.product(cast.ours.seller, review=WAITING)
    make.variant(product)
    return product


def mails(database):
    """(recipient, subject, body) of every mail that waits."""
    tasks = db.session.scalars(select(outbox.Task).where(outbox.Task.event == "mail_wanted"))
    key = database.config["SETTINGS"].vault_key
    return [tuple(json.loads(vault.open_sealed(t.arguments["sealed"], key))[:3]) for t in tasks]


def test_the_queue_is_for_reviewers_alone(cast, reviewer):
    for path in (SELLERS, PRODUCTS, "/quan-tri/duyet"):
        assert cast.ours.get(path).status_code == 404
        assert reviewer.get(path, follow_redirects=True).status_code == 200
        assert cast.administrator.get(path, follow_redirects=True).status_code == 200
        assert cast.visitor.get(path).status_code == 302


def test_the_menu_leads_reviewers_there_and_nobody_else(cast, reviewer):
    assert f'href="{SELLERS}"' in reviewer.get("/ban-hang").text
    assert f'href="{SELLERS}"' not in cast.ours.get("/ban-hang").text


def test_owners_cannot_answer_for_themselves(cast, tea):
    cast.ours.seller.review = WAITING
    for path in (f"{SELLERS}/{cast.ours.seller.ref}", f"{PRODUCTS}/{tea.ref}"):
        assert cast.ours.get(path).status_code == 404
        assert cast.ours.post(path, {"outcome": "passed"}).status_code == 404
    assert (cast.ours.seller.review, tea.review) == (WAITING, WAITING)


def test_a_reviewer_changes_nothing_of_a_seller(cast, reviewer):
    answer = reviewer.post(f"/ban-hang/nguoi-ban/{cast.ours.seller.ref}", {"name": "Tên khác"})
    assert answer.status_code == 404
    assert cast.ours.seller.name == "HTX Chè Hảo Đạt"


def test_what_waits_is_in_the_queue_and_leaves_it_with_the_answer(cast, reviewer, tea):
    page = f"{PRODUCTS}/{tea.ref}"
    assert f'href="{page}"' in reviewer.get(PRODUCTS).text
    reviewer.post(page, {"outcome": "passed"})
    assert f'href="{page}"' not in reviewer.get(PRODUCTS).text


def test_a_passed_product_is_on_sale(cast, reviewer, tea):
    assert tea.name not in cast.visitor.get("/").text
    answer = reviewer.post(f"{PRODUCTS}/{tea.ref}", {"outcome": "passed"})
    assert answer.headers["Location"] == PRODUCTS
    assert (tea.review, tea.on_sale) == (PASSED, True)
    assert tea.name in cast.visitor.get("/").text


def edit(cast, product, **more):
    address = f"/ban-hang/san-pham/{product.ref}"
    data = {"name": product.name, "pack": "hộp 200 g", "unit": "hộp", "price_vnd": "350000"}
    return cast.ours.post(address, data | {"version": product.version} | more)


def test_what_changed_after_it_passed_is_seen_again_and_stays_on_sale(cast, reviewer, tea):
    page = f"{PRODUCTS}/{tea.ref}"
    reviewer.post(page, {"outcome": "passed"})
    edit(cast, tea)
    assert f'href="{page}"' not in reviewer.get(PRODUCTS).text  # a price is the seller's own
    edit(cast, tea, description="Chữa bách bệnh")
    assert "Đã sửa sau khi duyệt" in reviewer.get(PRODUCTS).text
    assert (tea.edited, tea.on_sale) == (True, True)
    reviewer.post(page, {"outcome": "refused", "reason": "Không nói thực phẩm chữa bệnh."})
    assert (tea.edited, tea.on_sale) == (False, False)
    assert f'href="{page}"' not in reviewer.get(PRODUCTS).text


def test_a_refusal_needs_a_reason(reviewer, tea):
    page = reviewer.post(f"{PRODUCTS}/{tea.ref}", {"outcome": "refused", "reason": "  "})
    assert page.status_code == 422
    assert "Ghi lý do" in page.text
    assert (tea.review, db.session.query(Review).count()) == (WAITING, 0)


def test_a_refused_product_tells_its_seller_why_and_what_comes_next(cast, reviewer, tea):
    reason = "Ảnh bìa không phải sản phẩm này."
    reviewer.post(f"{PRODUCTS}/{tea.ref}", {"outcome": "refused", "reason": reason})
    page = cast.ours.get(f"/ban-hang/san-pham/{tea.ref}").text
    assert reason in page
    assert "Gửi duyệt lại" in page
    assert "Bị từ chối" in cast.ours.get("/ban-hang/san-pham").text
    cast.ours.post(f"/ban-hang/san-pham/{tea.ref}/dang")
    assert (tea.review, tea.status) == (WAITING, Status.PUBLISHED)
    assert "đang chờ người duyệt" in cast.ours.get(f"/ban-hang/san-pham/{tea.ref}").text


def test_with_its_seller_everything_it_sells_comes_and_goes(cast, reviewer, tea):
    other = make.product(cast.ours.seller, name="Chè đinh", status=Status.DRAFT)
    make_sellers.fill(cast.ours.seller)
    tea.review, cast.ours.seller.review = PASSED, WAITING
    assert (
        "đã được duyệt nhưng đơn vị thì chưa" in cast.ours.get(f"/ban-hang/san-pham/{tea.ref}").text
    )
    address = f"{SELLERS}/{cast.ours.seller.ref}"
    reviewer.post(address, {"outcome": "passed"})
    assert (tea.on_sale, other.on_sale) == (True, False)
    reviewer.post(address, {"outcome": "refused", "reason": "Giấy đăng ký đã bị thu hồi."})
    assert (tea.on_sale, tea.review) == (False, PASSED)
    assert tea.name not in cast.visitor.get("/").text


def test_only_what_changes_is_told_to_other_rooms(cast, reviewer, tea):
    make.product(cast.ours.seller, name="Chè đinh", status=Status.DRAFT)
    make_sellers.fill(cast.ours.seller)
    tea.review, cast.ours.seller.review = PASSED, WAITING
    reviewer.post(f"{SELLERS}/{cast.ours.seller.ref}", {"outcome": "passed"})
    told = select(outbox.Task.arguments).where(outbox.Task.job == "workers.sync.jobs.mark_many")
    assert db.session.scalars(told).all() == [{"product_ids": [tea.id]}]


def test_what_was_published_in_that_very_moment_is_caught(cast, reviewer, run_tasks, tea):
    reviewer.post(
        f"{SELLERS}/{cast.ours.seller.ref}", {"outcome": "refused", "reason": "Giấy giả."}
    )
    tea.review, tea.on_sale = PASSED, True
    db.session.commit()
    run_tasks()
    assert tea.on_sale is False


def test_what_is_on_sale_can_be_taken_down_with_a_reason(cast, reviewer):
    product = make.product(cast.ours.seller)
    make.variant(product)
    assert product.on_sale
    sent = {"outcome": "refused", "reason": "Hàng giả nhãn hiệu."}
    assert reviewer.post(f"{PRODUCTS}/{product.ref}", sent).status_code == 303
    assert (product.review, product.on_sale) == (REFUSED, False)


def test_an_answer_is_kept_and_audited(cast, reviewer):
    seller = cast.ours.seller
    reviewer.post(f"{SELLERS}/{seller.ref}", {"outcome": "refused", "reason": "Thiếu giấy."})
    kept = db.session.query(Review).one()
    assert (kept.subject, kept.outcome) == (f"seller:{seller.ref}", REFUSED)
    assert (kept.reason, kept.reviewer) == ("Thiếu giấy.", "Lê Duyệt")
    noted = db.session.query(AuditEntry).one()
    assert (noted.action, noted.actor_name) == ("review.decide", "Lê Duyệt")
    assert "Thiếu giấy." in reviewer.get(f"{SELLERS}/{seller.ref}").text


def test_owners_with_an_e_mail_are_told_once(cast, reviewer, database, tea):
    cast.ours.user.email = "hao@haodat.vn"
    reason = "Giá ghi nhầm đơn vị."
    reviewer.post(f"{PRODUCTS}/{tea.ref}", {"outcome": "refused", "reason": reason})
    ((recipient, subject, body),) = mails(database)
    assert (recipient, subject) == ("hao@haodat.vn", f"Chưa được duyệt: {tea.name}")
    assert reason in body
    assert f"/ban-hang/san-pham/{tea.ref}" in body


def test_without_one_the_mail_goes_to_the_seller(cast, reviewer, database):
    make_sellers.fill(cast.ours.seller, email="lienhe@haodat.vn", review=WAITING)
    reviewer.post(f"{SELLERS}/{cast.ours.seller.ref}", {"outcome": "passed"})
    ((recipient, subject, _body),) = mails(database)
    assert (recipient, subject) == ("lienhe@haodat.vn", "Đã duyệt: HTX Chè Hảo Đạt")


def mark_of(reviewer, page):
    """What the reviewer's form on `page` says it showed."""
    return re.search(r'name="seen" value="(\w+)"', reviewer.get(page).text)[1]


def test_an_answer_to_a_product_that_changed_meanwhile_is_not_taken(cast, reviewer, tea):
    page = f"{PRODUCTS}/{tea.ref}"
    for change in (
        lambda: edit(cast, tea, description="Khác"),
        lambda: make.variant(tea, sku="CHE-500"),
        lambda: make_media.photo(tea),
    ):
        seen = mark_of(reviewer, page)
        change()
        db.session.commit()
        answer = reviewer.post(page, {"outcome": "passed", "seen": seen})
        assert (answer.status_code, "Trong lúc bạn xem" in answer.text) == (422, True)
        assert tea.review == WAITING
    assert reviewer.post(page, {"outcome": "passed", "seen": mark_of(reviewer, page)}).location


def test_an_answer_to_a_seller_that_changed_meanwhile_is_not_taken(cast, reviewer):
    seller = make_sellers.fill(cast.ours.seller, review=WAITING)
    page = f"{SELLERS}/{seller.ref}"
    for change in (
        lambda: setattr(seller, "legal_name", "CTCP Sữa"),
        lambda: make_sellers.paper(seller, kind="food_safety", sha256="2" * 64),
        lambda: make.bank_account(seller, account_name="NGUYEN VAN A"),
    ):
        seen = mark_of(reviewer, page)
        change()
        db.session.commit()
        assert reviewer.post(page, {"outcome": "passed", "seen": seen}).status_code == 422
    assert seller.review == WAITING


@pytest.mark.parametrize("review", [ReviewState.DRAFT, WAITING, REFUSED])
def test_a_seller_that_lacks_what_is_required_does_not_pass(cast, reviewer, review):
    cast.ours.seller.review = review
    page = reviewer.post(f"{SELLERS}/{cast.ours.seller.ref}", {"outcome": "passed"})
    assert (page.status_code, "còn thiếu" in page.text) == (422, True)
    assert cast.ours.seller.review == review


def test_two_reviewers_give_one_answer(cast, reviewer, tea):
    page = f"{PRODUCTS}/{tea.ref}"
    seen = {"seen": mark_of(reviewer, page)}
    cast.administrator.post(page, seen | {"outcome": "refused", "reason": "Chưa có ảnh."})
    assert reviewer.post(page, seen | {"outcome": "passed"}).status_code == 422
    assert (tea.review, db.session.query(Review).count()) == (REFUSED, 1)


def test_the_page_of_a_seller_has_what_it_takes(cast, reviewer):
    seller = make_sellers.fill(cast.ours.seller, review=WAITING, representative=None)
    make.bank_account(seller, account_number="1234567890123")
    page = reviewer.get(f"{SELLERS}/{seller.ref}").text
    assert "Hợp tác xã Chè Hảo Đạt" in page
    assert "Giấy chứng nhận đăng ký hợp tác xã" in page
    assert "Hồ sơ còn thiếu: Người đại diện." in page
    assert "HTX CHE HAO DAT" in page
    assert "1234567890123" not in page, "reviewers need no account numbers"


def test_who_compared_the_identity_papers_is_noted_and_no_picture_kept(cast, reviewer):
    seller = cast.ours.seller
    address = f"{SELLERS}/{seller.ref}"
    reviewer.post(f"{address}/doi-chieu", {"note": "Căn cước bản gốc, gọi hình"})
    kept = db.session.query(Review).one()
    assert (kept.subject, kept.outcome) == (f"identity:{seller.ref}", "checked")
    assert "Đã đối chiếu giấy tờ tùy thân: Lê Duyệt" in reviewer.get(address).text
    assert "Đã đối chiếu" in cast.ours.get(f"/ban-hang/nguoi-ban/{seller.ref}").text
    assert cast.ours.post(f"{address}/doi-chieu", {"note": "Tự đối chiếu"}).status_code == 404
    assert reviewer.post(f"{address}/doi-chieu", {"note": "."}).status_code == 303
    assert db.session.query(Review).count() == 1


def test_answered_rows_are_found_by_name(cast, reviewer):
    make.product(cast.ours.seller, name="Chè tôm nõn")
    assert "Chè tôm nõn" in reviewer.get(f"{PRODUCTS}?q=che+tom").text
    assert cast.ours.seller.name in reviewer.get(f"{SELLERS}?q=hao+dat").text


@pytest.mark.parametrize("address", [SELLERS, PRODUCTS])
def test_the_queue_takes_as_many_questions_however_long(cast, reviewer, query_count, address):
    def queue(count):
        for n in range(count):
            seller = make.seller(name=f"HTX {count}-{n}", review=WAITING)
            make.variant(make.product(seller, name=f"Chè {count}-{n}", review=WAITING))
        db.session.commit()

    queue(2)
    with query_count() as few:
        reviewer.get(address)
    queue(15)
    with query_count() as many:
        assert "15-14" in reviewer.get(address).text
    assert len(many) == len(few) <= 7
