"""What people read: Vietnamese unless they chose English, libraries' messages included."""

import re

import pyotp
import pytest
from flask_babel import lazy_gettext

from shop.app import LANGUAGES
from shop.menu import MENU
from tests import make
from tests.app_fixtures import form_token

SIGN_IN = "/tai-khoan/dang-nhap"
TWO_STEPS = "/tai-khoan/hai-lop"

# What Flask-Security, WTForms, Flask-WTF and Werkzeug say when nobody translates them.
ENGLISH = (
    "Authentication failed",
    "Invalid ",
    "Not a valid",
    "Password must",
    "Passwords do not match",
    "not provided",
    "Please log in",
    "This field is required",
    "Choices cannot",
    "The CSRF",
    "Bad Request",
    "Not Found",
    "Your new password",
    "You successfully",
    "Verification Code",
    "Recovery code",
    "No recovery codes",
    "Remember Me",
    "If that email",
)


def words(answer) -> str:
    """The text of a page without its markup."""
    body = re.sub(r"(?s)<(script|style).*?</\1>|<[^>]+>", " ", answer.text)
    return re.sub(r"\s+", " ", body)


def is_vietnamese(answer) -> bool:
    assert [phrase for phrase in ENGLISH if phrase in words(answer)] == []
    return '<html lang="vi"' in answer.text


def post(client, url, data, page=None):
    return client.post(url, data={"csrf_token": form_token(client.get(page or url).text)} | data)


@pytest.fixture
def english(database):
    client = database.test_client()
    client.set_cookie("lang", "en")
    return client


def test_a_wrong_password_is_told_in_vietnamese(database):
    make.member(make.seller(), phone="+84912345678")
    wrong = {"email": "0912345678", "password": "sai-mat-khau"}
    answer = post(database.test_client(), SIGN_IN, wrong)
    assert "Số điện thoại, e-mail hoặc mật khẩu chưa đúng." in words(answer)
    assert is_vietnamese(answer)


def test_an_empty_sign_in_is_told_in_vietnamese(database):
    answer = post(database.test_client(), SIGN_IN, {"email": "", "password": ""})
    assert is_vietnamese(answer)


def test_a_malformed_e_mail_for_a_reset_is_told_in_vietnamese(database):
    answer = post(database.test_client(), "/tai-khoan/quen-mat-khau", {"email": "khong@@dung"})
    assert is_vietnamese(answer)


@pytest.mark.parametrize(
    ("new", "again", "said"),
    [
        ("ngan", "ngan", "Mật khẩu phải có ít nhất 8 ký tự."),
        ("mat-khau-moi-1", "mat-khau-moi-2", "Hai lần nhập mật khẩu không giống nhau."),
        (make.PASSWORD, make.PASSWORD, "Mật khẩu mới phải khác mật khẩu cũ."),
    ],
)
def test_a_bad_new_password_is_told_in_vietnamese(cast, new, again, said):
    typed = {"password": make.PASSWORD, "new_password": new, "new_password_confirm": again}
    answer = cast.ours.post("/tai-khoan/doi-mat-khau", typed)
    assert said in words(answer)
    assert is_vietnamese(answer)


def test_a_bad_totp_code_is_told_in_vietnamese(cast):
    page = cast.ours.post(TWO_STEPS, {"setup": "authenticator"})
    action = re.search(rf'action="({TWO_STEPS}/[^"]+)"', page.text)[1]
    secret = re.sub(r"[^A-Z2-7]", "", re.search(r"([A-Z2-7]{4}[ -]?){8,}", page.text)[0])
    wrong = f"{(int(pyotp.TOTP(secret).now()) + 500_000) % 1_000_000:06d}"
    answer = cast.ours.client.post(
        action, data={"code": wrong, "csrf_token": form_token(page.text)}, follow_redirects=True
    )
    assert "Mã không đúng. Xin nhập lại." in words(answer)
    assert is_vietnamese(answer)


def test_a_choice_outside_the_list_is_told_in_vietnamese(cast):
    answer = cast.ours.post(TWO_STEPS, {"setup": "bo-cau-dua-thu"})
    assert "Cách xác nhận đã chọn không dùng được." in words(answer)
    assert is_vietnamese(answer)


def test_a_message_of_wtforms_itself_is_vietnamese(database):
    person = make.member(make.seller(), phone="+84912345678")
    person.tf_primary_method = "authenticator"
    person.tf_totp_secret = database.extensions["security"].totp_factory.generate_totp_secret()
    client = database.test_client()
    post(client, SIGN_IN, {"email": "0912345678", "password": make.PASSWORD})
    answer = post(client, f"{TWO_STEPS}/cuu-ho", {"help_setup": "bo-cau"}, f"{TWO_STEPS}/ma")
    assert "Chọn một mục trong danh sách." in words(answer)
    assert is_vietnamese(answer)


def test_a_csrf_token_of_another_session_is_told_in_vietnamese(database):
    foreign = form_token(database.test_client().get(SIGN_IN).text)
    client = database.test_client()
    client.get(SIGN_IN)
    answer = client.post(SIGN_IN, data={"csrf_token": foreign, "email": "0", "password": "0"})
    assert answer.status_code == 400
    assert "Trang này đã mở quá lâu." in words(answer)
    assert is_vietnamese(answer)


def test_an_expired_csrf_token_is_told_in_vietnamese(database, monkeypatch):
    client = database.test_client()
    token = form_token(client.get(SIGN_IN).text)
    monkeypatch.setitem(database.config, "WTF_CSRF_TIME_LIMIT", -1)
    answer = client.post(SIGN_IN, data={"csrf_token": token, "email": "0", "password": "0"})
    assert answer.status_code == 400
    assert "Trang này đã mở quá lâu." in words(answer)
    assert is_vietnamese(answer)


@pytest.mark.parametrize(
    ("url", "status", "said"),
    [
        ("/", 200, "OCOP products sold directly by their makers"),
        (SIGN_IN, 200, "Remember me on this device"),
        ("/khong-co-trang-nay", 404, "There is no such page."),
    ],
)
def test_a_page_is_english_for_who_chose_it(english, url, status, said):
    answer = english.get(url)
    assert answer.status_code == status
    assert said in words(answer)
    assert '<html lang="en"' in answer.text


def test_a_form_error_is_english_for_who_chose_it(english):
    wrong = {"email": "0999999999", "password": "sai-mat-khau"}
    answer = post(english, SIGN_IN, wrong)
    assert "Authentication failed - identity or password/passcode invalid" in words(answer)


def test_an_empty_field_of_ours_is_english_for_who_chose_it(cast):
    cast.ours.client.set_cookie("lang", "en")
    answer = cast.ours.post("/ban-hang/san-pham/them", {"name": ""})
    assert answer.status_code == 422
    assert "Please fill in this field." in words(answer)
    assert '<html lang="en"' in answer.text


def test_the_language_switch_keeps_the_choice(database):
    client = database.test_client()
    assert '<html lang="vi"' in client.get("/").text
    client.get("/ngon-ngu/en")
    assert '<html lang="en"' in client.get("/").text
    client.get("/ngon-ngu/vi")
    assert '<html lang="vi"' in client.get("/").text


def test_a_language_we_do_not_have_is_vietnamese(database):
    client = database.test_client()
    client.set_cookie("lang", "xx")
    assert '<html lang="vi"' in client.get("/").text
    assert [code for code, _label in LANGUAGES] == ["vi", "en"]


def test_lazy_words_are_vietnamese_in_a_job_or_a_command(database):
    assert str(MENU[0][0]) == "Tổng quan"
    assert str(lazy_gettext("Đã thêm %(x)s.", x="chè")) == "Đã thêm chè."


def test_lazy_words_are_vietnamese_without_any_app():
    assert str(MENU[0][0]) == "Tổng quan"
