"""API tokens: what they open, what they never open, and how they end."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from shop import clock
from shop.accounts import access, tokens
from shop.accounts.access import Permission
from shop.accounts.errors import BadToken
from shop.accounts.models import ApiToken, AuditEntry, Membership, Role
from shop.database import db
from shop.errors import BadInput
from tests import make, make_livestream, make_tokens

MINE = "/api/v1/my/products"


@pytest.fixture
def program(cast):
    make.variant(make.product(cast.ours.seller))
    return make_tokens.program(cast.visitor, cast.ours.user)


def test_a_token_looks_like_one_and_only_its_digest_is_kept(cast):
    row, word = make_tokens.token(cast.ours.user, "catalogue:read")
    assert re.fullmatch(r"ocop_[A-Za-z0-9_-]{32}[0-9a-f]{8}", word)
    assert row.tail == word[-4:]
    assert word not in str([getattr(row, c.key) for c in ApiToken.__table__.columns])


def test_a_token_reads_what_its_person_may_read(cast, program):
    make.product(cast.theirs.seller, name="Miến dong")
    answer = program.get(MINE)
    assert [item["name"] for item in answer.json["items"]] == ["Chè tôm nõn Hảo Đạt"]
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert "Authorization" in answer.headers["Vary"]


@pytest.mark.parametrize(
    "page", ["/ban-hang", "/tai-khoan", "/ban-hang/san-pham", "/tai-khoan/khoa-api"]
)
def test_a_token_opens_no_page(program, page):
    answer = program.get(page)
    assert answer.status_code == 302
    assert "/tai-khoan/dang-nhap" in answer.headers["Location"]


@pytest.mark.parametrize(
    "header",
    [
        "Bearer ",
        "Bearer ocop_khongdung",
        "Bearer ocop_" + "a" * 32 + "00000000",
        "Basic dTpw",
        "Bearer é",
        "nothing",
    ],
)
def test_a_wrong_token_is_401_with_problem_details_even_where_none_is_needed(cast, header):
    for path in (MINE, "/api/v1/products"):
        answer = cast.visitor.get(path, headers={"Authorization": header})
        assert answer.status_code == 401
        assert answer.content_type == "application/problem+json"
        assert answer.json["type"] == "urn:ocop:problem:bad-token"
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="ocop", error="invalid_token"'


def test_without_token_and_session_the_answer_says_what_is_wanted(cast):
    answer = cast.visitor.get(MINE)
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="ocop"'


def test_a_wrong_token_is_not_helped_by_a_session(cast):
    answer = cast.ours.get(MINE, headers={"Authorization": "Bearer ocop_x"})
    assert answer.status_code == 401


def test_a_revoked_token_ends_at_once_and_the_trail_says_so(cast, program):
    row = db.session.query(ApiToken).one()
    answer = cast.ours.post(f"/tai-khoan/khoa-api/{row.ref}/thu-hoi")
    assert answer.status_code == 303
    assert program.get(MINE).status_code == 401
    actions = [entry.action for entry in db.session.query(AuditEntry).order_by(AuditEntry.id)]
    assert actions == ["token.create", "token.revoke"]


def test_nobody_revokes_the_token_of_another(cast, program):
    row = db.session.query(ApiToken).one()
    assert cast.theirs.post(f"/tai-khoan/khoa-api/{row.ref}/thu-hoi").status_code == 404
    assert cast.administrator.post(f"/tai-khoan/khoa-api/{row.ref}/thu-hoi").status_code == 404
    assert program.get(MINE).status_code == 200


def test_a_token_works_through_its_last_day_in_vietnam(cast):
    made_at = datetime(2026, 11, 23, 5, 0, tzinfo=UTC)
    with clock.at(made_at):
        row, word = make_tokens.token(cast.ours.user, lifetime=timedelta(days=30))
    assert str(row.expires_on) == "2026-12-23"
    with clock.at(datetime(2026, 12, 23, 16, 59, tzinfo=UTC)):
        assert tokens.actor_of(word).user_id == cast.ours.user.id
    with clock.at(datetime(2026, 12, 23, 17, 0, tzinfo=UTC)), pytest.raises(BadToken):
        tokens.actor_of(word)


def test_the_token_of_a_closed_account_opens_nothing(cast, program):
    cast.ours.user.active = False
    assert program.get(MINE).status_code == 401


def test_who_leaves_the_seller_leaves_with_the_token(cast, program):
    db.session.query(Membership).filter_by(user_id=cast.ours.user.id).delete()
    answer = program.get(MINE)
    assert answer.status_code == 403
    assert answer.headers["WWW-Authenticate"].endswith('scope="catalogue:read"')


def test_scopes_narrow_and_never_widen(cast):
    viewer = make.member(cast.ours.seller, role=Role.VIEWER)
    word = make_tokens.token(viewer)[1]
    mine = cast.ours.seller.id
    reads = {Permission.CATALOGUE_READ, Permission.ORDERS_READ, Permission.STAMPS_READ}
    reads |= {Permission.LIVESTREAM_READ}
    assert tokens.actor_of(word).allowed == {mine: frozenset({Permission.SELLER_READ, *reads})}
    narrow = make_tokens.token(cast.ours.user, "orders:read")[1]
    assert not tokens.actor_of(narrow).may(Permission.CATALOGUE_READ)
    answer = make_tokens.Program(cast.visitor, narrow).get(MINE)
    assert (answer.status_code, answer.json["scope"]) == (403, "catalogue:read")


def test_no_scope_lets_a_program_manage_people_bank_accounts_or_reviews():
    granted = frozenset().union(*tokens.SCOPES.values())
    assert not granted & {
        Permission.MEMBERS_MANAGE,
        Permission.BANK_MANAGE,
        Permission.REVIEW,
    }


def test_an_administrators_token_is_no_administrator(cast):
    word = make_tokens.token(cast.administrator.user)[1]
    acting = tokens.actor_of(word)
    assert not acting.administers
    assert not acting.may(Permission.REVIEW)


@pytest.mark.parametrize(
    ("scopes", "days"),
    [([], 30), (["all:write"], 30), (["orders:read"], 731), (["orders:read"], 0)],
)
def test_a_token_needs_known_scopes_and_lives_two_years_at_most(cast, scopes, days):
    with pytest.raises(BadInput):
        tokens.create(access.of(cast.ours.user), "x", scopes, lifetime=timedelta(days=days))
    assert db.session.query(ApiToken).count() == 0


def test_the_day_of_the_last_use_is_written_once_a_day(cast, program, query_count):
    assert program.get(MINE).status_code == 200
    assert db.session.query(ApiToken).one().last_used_on == clock.today()
    with query_count() as queries:
        program.get(MINE)
    assert not [q for q in queries if q.startswith("UPDATE")]
    assert len(queries) == 7, queries


def test_a_token_has_a_rate_and_so_has_guessing(cast, program, monkeypatch):
    monkeypatch.setattr(tokens, "MOST_CALLS", "2/minute")
    monkeypatch.setattr(tokens, "REFUSED_PER_ADDRESS", "2/minute")
    assert [program.get(MINE).status_code for _ in range(3)] == [200, 200, 429]
    wrong = {"Authorization": "Bearer ocop_x"}
    answers = [cast.visitor.get(MINE, headers=wrong) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert int(answers[2].headers["Retry-After"]) > 0


def test_a_token_is_made_on_the_page_shown_once_and_works(cast):
    page = cast.ours.get("/tai-khoan/khoa-api/them").text
    key = re.search(r'name="_once" value="([^"]+)"', page)[1]
    form = {"name": "Kế toán", "days": "365", "catalogue:read": "1", "_once": key}
    shown = cast.ours.post("/tai-khoan/khoa-api/them", form)
    word = re.search(r"ocop_[\w-]{40}", shown.text)[0]
    assert shown.headers["Cache-Control"] == "no-store"
    row = db.session.query(ApiToken).one()
    assert (row.scopes, row.expires_on) == (["catalogue:read"], clock.today() + timedelta(days=365))
    again = cast.ours.post("/tai-khoan/khoa-api/them", form)
    assert again.headers["Location"] == "/tai-khoan/khoa-api"
    assert db.session.query(ApiToken).count() == 1
    listed = cast.ours.get("/tai-khoan/khoa-api").text
    assert "Kế toán" in listed
    assert word not in listed
    assert "Kế toán" not in cast.theirs.get("/tai-khoan/khoa-api").text
    assert make_tokens.Program(cast.visitor, word).get(MINE).status_code == 200


def test_a_token_without_a_scope_is_refused_in_words(cast):
    page = cast.ours.post("/tai-khoan/khoa-api/them", {"name": "Kế toán", "days": "365"})
    assert page.status_code == 422
    assert "Chọn ít nhất một việc" in page.text


def test_a_session_reads_the_api_but_changes_nothing_without_the_csrf_token(cast):
    body = {"seller": cast.ours.seller.ref, "name": "Chè", "pack": "hộp", "unit": "hộp"}
    body["price_vnd"] = 100_000
    assert cast.ours.get(MINE).status_code == 200
    refused = cast.ours.client.post("/api/v1/products", json=body)
    assert refused.status_code == 403
    assert refused.json["type"] == "urn:ocop:problem:not-from-our-page"
    assert cast.ours.get(MINE).json["items"] == []
    proof = {"X-CSRFToken": cast.ours.csrf()}
    assert cast.ours.client.post("/api/v1/products", json=body, headers=proof).status_code == 201


def test_a_signed_request_is_judged_by_its_signature_alone(cast):
    live = make_livestream.broadcast(cast.ours.seller)
    answer = cast.ours.client.post(f"/api/v1/livestreams/{live.ref}/comments", json={})
    assert answer.json["type"] == "urn:ocop:problem:not-trusted"


def test_a_foreign_form_cannot_use_the_session(cast):
    form = {"seller": cast.ours.seller.ref, "name": "Chè", "csrf_token": "x"}
    assert cast.ours.client.post("/api/v1/products", data=form).status_code == 403


def test_the_trail_tells_a_program_from_its_person(cast, program):
    body = {"seller": cast.ours.seller.ref, "name": "Chè", "pack": "hộp", "unit": "hộp"}
    assert program.post("/api/v1/products", body | {"price_vnd": 100_000}).status_code == 201
    names = {e.actor_name for e in db.session.query(AuditEntry).filter_by(action="product.create")}
    assert names == {"Đào Thanh Hảo (API: Phần mềm kho)"}
