"""Signing in by phone or e-mail, and what keeps others out."""

import re

import pyotp
import pytest
from sqlalchemy import select

from shop.database import db
from shop.outbox import Task
from tests import make

PAGE = "/tai-khoan/dang-nhap"


def token(answer):
    return re.search(r'name="csrf_token"[^>]* value="([^"]+)"', answer.text)[1]


def sign_in(client, identity, password=make.PASSWORD):
    form = {"email": identity, "password": password, "csrf_token": token(client.get(PAGE))}
    return client.post(PAGE, data=form)


@pytest.fixture
def hao(database):
    return make.member(
        make.seller(), name="Đào Thanh Hảo", phone="+84912345678", email="hao@example.vn"
    )


@pytest.mark.parametrize(
    "identity",
    ["0912345678", "+84 912 345 678", "0912.345.678", "hao@example.vn", "HAO@example.vn"],
)
def test_a_phone_number_however_typed_or_an_e_mail_signs_in(database, hao, identity):
    client = database.test_client()
    answer = sign_in(client, identity)
    assert answer.status_code == 302
    assert answer.headers["Location"] == "/ban-hang"
    assert client.get("/ban-hang").status_code == 200


@pytest.mark.parametrize(
    ("identity", "password"),
    [("0912345678", "sai-mat-khau"), ("0999999999", make.PASSWORD), ("", make.PASSWORD)],
)
def test_a_wrong_password_and_an_unknown_number_look_alike(database, hao, identity, password):
    client = database.test_client()
    answer = sign_in(client, identity, password)
    assert answer.status_code in (200, 400, 422)
    assert client.get("/ban-hang").status_code == 302


def test_an_unknown_number_is_not_told_apart_from_a_wrong_password(database, hao):
    wrong = sign_in(database.test_client(), "0912345678", "sai-mat-khau").text
    unknown = sign_in(database.test_client(), "0912345679", "sai-mat-khau").text
    strip = lambda page: re.sub(r'value="[^"]*"|09123456\d\d|[0-9a-f]{16}', "", page)  # noqa: E731
    assert strip(wrong) == strip(unknown)


def test_the_session_cookie_is_secure_httponly_and_samesite(database, hao):
    answer = sign_in(database.test_client(), "0912345678")
    cookie = next(c for c in answer.headers.getlist("Set-Cookie") if c.startswith("ocop="))
    assert {"Secure", "HttpOnly", "SameSite=Lax"} <= {part.strip() for part in cookie.split(";")}


def test_a_form_without_its_token_is_refused(database, hao):
    form = {"identity": "0912345678", "password": make.PASSWORD}
    answer = database.test_client().post(PAGE, data=form)
    assert answer.status_code == 400


def test_the_password_is_kept_as_argon2(hao):
    assert hao.password.startswith("$argon2id$")


def test_right_passwords_are_not_counted(database, hao):
    for _ in range(12):
        assert sign_in(database.test_client(), "0912345678").status_code == 302


def test_json_is_no_second_way_in(database, hao):
    client = database.test_client()
    headers = {"X-CSRFToken": token(client.get(PAGE))}
    body = {"email": "0912345678", "password": make.PASSWORD}
    assert client.post(PAGE, json=body, headers=headers).status_code == 415
    assert client.get("/ban-hang").status_code == 302


def test_a_token_in_a_header_signs_nobody_in(database, hao):
    headers = {"Authentication-Token": hao.get_auth_token()}
    assert database.test_client().get("/ban-hang", headers=headers).status_code == 302


def test_ten_tries_on_one_account_close_the_door_for_a_while(database, hao):
    for _ in range(10):
        assert sign_in(database.test_client(), "0912345678", "sai").status_code != 429
    answer = sign_in(database.test_client(), "0912345678")
    assert answer.status_code == 429
    assert "đợi" in answer.text


def test_a_reset_link_is_mailed_and_sets_a_new_password(database, hao, run_tasks):
    client = database.test_client()
    page = client.get("/tai-khoan/quen-mat-khau")
    client.post(
        "/tai-khoan/quen-mat-khau",
        data={"email": "hao@example.vn", "csrf_token": token(page)},
    )
    sealed = db.session.scalar(select(Task.arguments).where(Task.job.contains("deliver_mail")))
    assert "quen-mat-khau" not in str(sealed), "a link in a task would let its reader in"
    assert run_tasks() == 1
    folder = database.config["SETTINGS"].var_dir / "mail"
    newest = max(folder.iterdir(), key=lambda path: path.stat().st_mtime)
    import email

    message = email.message_from_bytes(newest.read_bytes())
    body = next(p for p in message.walk() if p.get_content_type() == "text/plain")
    text = body.get_payload(decode=True).decode()
    link = re.search(r"/tai-khoan/quen-mat-khau/\S+", text)[0]
    page = client.get(link, follow_redirects=True)
    new = {"password": "mat-khau-moi-toanh", "password_confirm": "mat-khau-moi-toanh"}
    client.post(page.request.path, data=new | {"csrf_token": token(page)})
    fresh = database.test_client()
    assert sign_in(fresh, "0912345678", "mat-khau-moi-toanh").status_code == 302
    assert (
        "đặt lại"
        in str(email.header.make_header(email.header.decode_header(message["Subject"]))).lower()
    )


def test_asking_for_a_link_does_not_tell_whether_the_address_is_known(database, hao):
    client = database.test_client()
    answers = []
    for address in ("hao@example.vn", "la@example.vn"):
        page = client.get("/tai-khoan/quen-mat-khau")
        sent = client.post(
            "/tai-khoan/quen-mat-khau", data={"email": address, "csrf_token": token(page)}
        )
        answers.append(
            (sent.status_code, re.sub(rf'{address}|value="[^"]*"|[0-9a-f]{{16}}', "", sent.text))
        )
    assert answers[0] == answers[1]


def test_a_second_factor_is_asked_for_once_it_is_set_up(database, hao):
    client = database.test_client()
    sign_in(client, "0912345678")
    page = client.get("/tai-khoan/hai-lop")
    page = client.post(
        "/tai-khoan/hai-lop", data={"setup": "authenticator", "csrf_token": token(page)}
    )
    secret = re.sub(r"[^A-Z2-7]", "", re.search(r"([A-Z2-7]{4}[ -]?){8,}", page.text)[0])
    action = re.search(r'action="(/tai-khoan/hai-lop/[^"]+)"', page.text)[1]
    code = {"code": pyotp.TOTP(secret).now(), "csrf_token": token(page)}
    client.post(action, data=code)
    db.session.expire_all()
    assert hao.tf_primary_method == "authenticator"
    fresh = database.test_client()
    assert "/hai-lop/" in sign_in(fresh, "0912345678").headers["Location"]
    assert fresh.get("/ban-hang").status_code == 302, "the password alone opens nothing"


def test_the_actor_follows_a_change_of_membership_at_once(cast):
    assert cast.ours.get("/ban-hang/san-pham").status_code == 200
    from shop.accounts.models import Membership

    db.session.execute(Membership.__table__.delete().where(Membership.user_id == cast.ours.user.id))
    db.session.commit()
    page = cast.ours.get("/ban-hang")
    assert "chưa được giao việc gì" in page.text


def test_signing_out_needs_the_form(cast):
    assert cast.ours.get("/tai-khoan/dang-xuat").status_code == 405
    cast.ours.post("/tai-khoan/dang-xuat")
    assert cast.ours.get("/ban-hang").status_code == 302
