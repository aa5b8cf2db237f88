"""Sign-in by phone number or e-mail, password reset, TOTP: Flask-Security, in our words."""

import json
from typing import Any

from flask import Flask, Request, abort, current_app, request
from flask_babel import lazy_gettext as _l
from flask_security import (
    ForgotPasswordForm,
    LoginForm,
    MailUtil,
    Security,
    SQLAlchemyUserDatastore,
    lookup_identity,
    uia_email_mapper,
)
from wtforms import StringField
from wtforms.validators import DataRequired

from shop import limits, outbox, phones, vault
from shop.accounts.models import Membership, User
from shop.database import db, transaction
from shop.settings import ROOT, Settings

# A person mistypes a few times; a guesser needs thousands. Counted per address and per account,
# so that neither one machine nor many reach far.
TRIES_PER_ADDRESS, TRIES_PER_ACCOUNT = "30/10minutes", "10/10minutes"
_GUARDED = {
    "security.login",
    "security.forgot_password",
    "security.reset_password",
    "security.two_factor_token_validation",
    "security.mf_recovery",
    "security.verify",
}

datastore = SQLAlchemyUserDatastore(db, User, Membership)  # type: ignore[arg-type]


def phone_mapper(identity: str) -> str | None:
    """`identity` as E.164 when it is a phone number, else None (Flask-Security's contract)."""
    try:
        return phones.parse(identity)
    except ValueError:
        return None


class SignInForm(LoginForm):
    """One box for phone number or e-mail, one for the password."""

    # Flask-Security looks for its errors on a field of this name.
    email = StringField(  # type: ignore[assignment]
        _l("Số điện thoại hoặc e-mail"),
        validators=[DataRequired(_l("Ô này cần điền."))],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )

    def validate(self, **kwargs: Any) -> bool:
        """Find the person by either identity, then let Flask-Security check the password."""
        self.ifield = self.email
        if self.email.data:
            self.user = lookup_identity(self.email.data.strip())
        right = bool(super().validate(**kwargs))
        if not right:
            _count_wrong()
        return right


class ResetForm(ForgotPasswordForm):
    """Ask for a reset link by e-mail."""


class Mail(MailUtil):
    """Flask-Security's mails leave through our own outlet."""

    def send_mail(
        self,
        template: str,
        subject: str,
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],
        body: str | None,
        html: str | None,
        **kwargs: Any,
    ) -> None:
        """Ask for one mail; who sends it stands in the wiring."""
        address = recipient[1] if isinstance(recipient, tuple) else recipient
        if not address:  # a person without e-mail; who handed over the link knows
            return
        message = json.dumps([address, str(subject), body or "", html])
        # Sealed, because a reset link in a task would let in whoever reads the table.
        sealed = vault.seal(message, current_app.config["SETTINGS"].vault_key)
        with transaction():
            outbox.record("mail_wanted", sealed=sealed)


def init_app(app: Flask, settings: Settings) -> None:
    """Give the app sign-in, and the limits on trying."""
    app.config.update(_config(settings))
    app.before_request(_limit_tries)
    Security(app, datastore, login_form=SignInForm, mail_util_cls=Mail)
    # Flask-Security would also let in by a token in a header; nobody here is given one.
    app.login_manager.request_loader(lambda _request: None)  # type: ignore[attr-defined]


def _config(settings: Settings) -> dict[str, Any]:
    return {
        "SECRET_KEY": settings.secret_key,
        "SECURITY_PASSWORD_SALT": settings.password_salt,
        "SECURITY_PASSWORD_HASH": "argon2",
        "SECURITY_PASSWORD_SCHEMES": ["argon2"],
        "SECURITY_PASSWORD_LENGTH_MIN": 8,
        "SECURITY_PASSWORD_NORMALIZE_FORM": "NFC",
        "SECURITY_USER_IDENTITY_ATTRIBUTES": [
            {"email": {"mapper": uia_email_mapper, "case_insensitive": True}},
            {"phone": {"mapper": phone_mapper}},
        ],
        "SECURITY_URL_PREFIX": "/tai-khoan",
        "SECURITY_LOGIN_URL": "/dang-nhap",
        "SECURITY_LOGOUT_URL": "/dang-xuat",
        "SECURITY_LOGOUT_METHODS": ["POST"],
        "SECURITY_RESET_URL": "/quen-mat-khau",
        "SECURITY_CHANGE_URL": "/doi-mat-khau",
        "SECURITY_VERIFY_URL": "/xac-nhan-lai",
        "SECURITY_TWO_FACTOR_SETUP_URL": "/hai-lop",
        "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/hai-lop/ma",
        "SECURITY_TWO_FACTOR_SELECT_URL": "/hai-lop/chon",
        "SECURITY_TWO_FACTOR_RESCUE_URL": "/hai-lop/cuu-ho",
        "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/ma-du-phong/dung",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/ma-du-phong",
        "SECURITY_POST_LOGIN_VIEW": "/ban-hang",
        "SECURITY_POST_LOGOUT_VIEW": "/",
        "SECURITY_POST_CHANGE_VIEW": "/tai-khoan",
        "SECURITY_JOIN_USER_ROLES": False,
        "SECURITY_RECOVERABLE": True,
        "SECURITY_CHANGEABLE": True,
        "SECURITY_TRACKABLE": True,
        "SECURITY_RETURN_GENERIC_RESPONSES": True,
        "SECURITY_TWO_FACTOR": True,
        "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
        "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
        "SECURITY_TOTP_SECRETS": {"1": settings.vault_key},
        "SECURITY_TOTP_ISSUER": "Chợ OCOP",
        "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
        "SECURITY_EMAIL_VALIDATOR_ARGS": {"check_deliverability": False},
        "SECURITY_EMAIL_SENDER": settings.mail_from,
        "SECURITY_EMAIL_SUBJECT_PASSWORD_RESET": _l("Đặt lại mật khẩu Chợ OCOP"),
        "SECURITY_EMAIL_SUBJECT_PASSWORD_NOTICE": _l("Mật khẩu Chợ OCOP đã được đặt lại"),
        "SECURITY_EMAIL_SUBJECT_PASSWORD_CHANGE_NOTICE": _l("Mật khẩu Chợ OCOP đã được đổi"),
        "SECURITY_I18N_DIRNAME": ["builtin", str(ROOT / "shop" / "translations")],
        "SECURITY_STATIC_FOLDER": None,
        "SESSION_COOKIE_NAME": "ocop",
        "SESSION_COOKIE_SECURE": settings.cookie_secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "REMEMBER_COOKIE_SECURE": settings.cookie_secure,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "REMEMBER_COOKIE_SAMESITE": "Lax",
        "WTF_CSRF_TIME_LIMIT": None,
        "SECURITY_CSRF_IGNORE_UNAUTH_ENDPOINTS": False,
    }


def _limit_tries() -> None:
    if request.method != "POST" or request.endpoint not in _GUARDED:
        return
    if request.is_json:
        abort(415)  # the pages are forms; a second way in would need its own guards
    if request.endpoint == "security.login":
        limits.check(TRIES_PER_ADDRESS, "signin", request.remote_addr or "?")
        limits.check(TRIES_PER_ACCOUNT, "signin", _account(request))
    else:
        limits.hit(TRIES_PER_ADDRESS, "signin", request.remote_addr or "?")


def _count_wrong() -> None:
    """Only wrong tries count, so that an office behind one address can sign in all morning."""
    limits.hit(TRIES_PER_ADDRESS, "signin", request.remote_addr or "?")
    limits.hit(TRIES_PER_ACCOUNT, "signin", _account(request))


def _account(sent: Request) -> str:
    typed = sent.form.get("email", "").strip()
    return phone_mapper(typed) or typed.lower()[:200] or "-"
