"""Every environment variable, typed, read once and checked at once."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import marshmallow
from environs import Env, EnvValidationError
from marshmallow import validate

ROOT = Path(__file__).resolve().parent.parent

_SECRETS = ("SECRET_KEY", "VAULT_KEY", "STAMP_KEY", "PASSWORD_SALT")


class BadSettings(SystemExit):
    """A missing or malformed variable. Its one line names every bad variable; exit code 2."""

    def __init__(self, line: str) -> None:
        super().__init__(line)
        self.line = line


@dataclass(frozen=True)
class Settings:
    """What the operator decided. `secret` fields never appear in `repr` or logs."""

    var_dir: Path
    database_url: str | None = field(repr=False)
    redis_url: str | None = field(repr=False)
    s3_bucket: str | None
    s3_endpoint_url: str | None
    s3_access_key_id: str | None = field(repr=False)
    s3_secret_access_key: str | None = field(repr=False)
    s3_region: str
    secret_key: str = field(repr=False)
    password_salt: str = field(repr=False)
    vault_key: str = field(repr=False)
    stamp_key: str = field(repr=False)
    host: str
    port: int
    base_url: str
    web_workers: int
    web_threads: int
    worker_count: int
    cookie_secure: bool
    trusted_proxies: int
    demo: bool
    sandbox_port: int
    smtp_url: str | None = field(repr=False)
    mail_from: str
    sms_url: str | None
    sms_token: str | None = field(repr=False)
    sms_sender: str
    metrics_token: str | None = field(repr=False)
    log_format: str
    hold_minutes: int
    scan_days: int
    scan_area_header: str | None
    shopee_partner_id: int | None
    shopee_partner_key: str | None = field(repr=False)
    shopee_host: str
    shopee_push_key: str | None = field(repr=False)
    lazada_app_key: str | None
    lazada_app_secret: str | None = field(repr=False)
    lazada_host: str
    tiktok_app_key: str | None
    tiktok_app_secret: str | None = field(repr=False)
    tiktok_service_id: str | None
    tiktok_host: str
    vnpay_host: str | None
    momo_host: str | None
    zalopay_host: str | None
    sepay_host: str | None
    casso_host: str | None
    facebook_host: str | None
    facebook_stream_host: str | None
    youtube_host: str | None
    household_tax_rules: Path | None
    collector: str | None
    collector_licence: str | None

    @property
    def gateway_hosts(self) -> dict[str, str]:
        """Where each payment gateway and bank feed is, if not at the address of its module."""
        return self._hosts("vnpay", "momo", "zalopay", "sepay", "casso")

    @property
    def sms_gateway(self) -> tuple[str, str] | None:
        """Address and key of the gateway that takes short messages; None: none leave.

        Of a demo it is the sandbox's.
        """
        if self.sms_url and self.sms_token:
            return self.sms_url, self.sms_token
        sandbox = f"http://127.0.0.1:{self.sandbox_port}/sms/messages"
        return (sandbox, "sandbox-sms-token-opens-nothing-real") if self.demo else None

    @property
    def live_hosts(self) -> dict[str, str]:
        """Where comments of a livestream come from, if not from the address of its module."""
        return self._hosts("facebook", "facebook_stream", "youtube")

    def _hosts(self, *names: str) -> dict[str, str]:
        sandbox = f"http://127.0.0.1:{self.sandbox_port}"
        hosts = {
            name: getattr(self, f"{name}_host") or (f"{sandbox}/{name}" if self.demo else "")
            for name in names
        }
        return {name: host for name, host in hosts.items() if host}


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment (or from `environ` alone, for tests).

    Raises BadSettings, one line naming every missing or malformed variable.
    """
    env = _Source(environ)
    read = _read(env)
    try:
        env.seal()
    except EnvValidationError as error:
        why_of = dict(error.error_messages) if not isinstance(error.error_messages, list) else {}
        named = "; ".join(f"{name}: {' '.join(why)}" for name, why in why_of.items())
        raise BadSettings(f"Sai cấu hình / bad settings — {named}") from None
    if read["collector"] and not read["collector_licence"]:
        raise BadSettings(
            "Sai cấu hình / bad settings — COLLECTOR_LICENCE: who collects money for others "
            "needs a payment licence; name it (Decree 52/2024/NĐ-CP)"
        )
    if read["sms_url"] and not read["sms_token"]:
        raise BadSettings("Sai cấu hình / bad settings — SMS_TOKEN: the key of the SMS gateway")
    return Settings(**_with_secrets(read))


class _Source(Env):
    """An `Env` that reads a given mapping when there is one, and names every bad variable."""

    def __init__(self, environ: Mapping[str, str] | None) -> None:
        super().__init__(eager=False)
        self.environ = environ

    def _get_value(self, env_key: str, default: Any) -> Any:
        source = os.environ if self.environ is None else self.environ
        # An empty variable, as compose files produce, means "not set".
        return source.get(env_key) or default


def _read(env: Env) -> dict[str, Any]:
    port = env.int("PORT", 8000, validate=validate.Range(1, 65535))
    base_url = env.str("BASE_URL", f"http://127.0.0.1:{port}", validate=_scheme("http", "https"))
    local = _is_local(base_url)
    read: dict[str, Any] = {
        "var_dir": env.path("VAR_DIR", ROOT / "var"),
        "database_url": env.str("DATABASE_URL", None, validate=_scheme("postgresql")),
        "redis_url": env.str("REDIS_URL", None, validate=_scheme("redis", "rediss", "unix")),
        "s3_bucket": env.str("S3_BUCKET", None),
        "s3_endpoint_url": env.str("S3_ENDPOINT_URL", None, validate=_scheme("http", "https")),
        "s3_access_key_id": env.str("S3_ACCESS_KEY_ID", None),
        "s3_secret_access_key": env.str("S3_SECRET_ACCESS_KEY", None),
        "s3_region": env.str("S3_REGION", "us-east-1"),
        "host": env.str("HOST", "127.0.0.1"),
        "port": port,
        "base_url": base_url,
        "web_workers": env.int("WEB_WORKERS", 1, validate=validate.Range(1, 64)),
        "web_threads": env.int("WEB_THREADS", 16, validate=validate.Range(1, 512)),
        "worker_count": env.int("WORKERS", 1, validate=validate.Range(1, 64)),
        "cookie_secure": env.bool("COOKIE_SECURE", True),
        "trusted_proxies": env.int("TRUSTED_PROXIES", 0, validate=validate.Range(0, 5)),
        "demo": env.bool("DEMO", local),
        "sandbox_port": env.int("SANDBOX_PORT", 8010, validate=validate.Range(1, 65535)),
        "smtp_url": env.str("SMTP_URL", None, validate=_scheme("smtp", "smtps")),
        "mail_from": env.str("MAIL_FROM", "Chợ OCOP <no-reply@localhost>"),
        "sms_url": env.str("SMS_URL", None, validate=_scheme("https")),
        "sms_token": env.str("SMS_TOKEN", None),
        "sms_sender": env.str(
            "SMS_SENDER", "CHO OCOP", validate=validate.Regexp(r"[A-Za-z0-9 ._-]{1,11}\Z")
        ),
        "metrics_token": env.str("METRICS_TOKEN", None),
        "log_format": env.str(
            "LOG_FORMAT", "console", validate=validate.OneOf(["console", "json"])
        ),
        "hold_minutes": env.int("HOLD_MINUTES", 15, validate=validate.Range(1, 1440)),
        "scan_days": env.int("SCAN_DAYS", 90, validate=validate.Range(1, 3650)),
        "scan_area_header": env.str("SCAN_AREA_HEADER", None),
        "shopee_partner_id": env.int("SHOPEE_PARTNER_ID", None),
        "shopee_partner_key": env.str("SHOPEE_PARTNER_KEY", None),
        "shopee_host": env.str(
            "SHOPEE_HOST", "https://partner.shopeemobile.com", validate=_scheme("https")
        ),
        "shopee_push_key": env.str("SHOPEE_PUSH_KEY", None),
        "lazada_app_key": env.str("LAZADA_APP_KEY", None),
        "lazada_app_secret": env.str("LAZADA_APP_SECRET", None),
        "lazada_host": env.str(
            "LAZADA_HOST", "https://api.lazada.vn/rest", validate=_scheme("https")
        ),
        "tiktok_app_key": env.str("TIKTOK_APP_KEY", None),
        "tiktok_app_secret": env.str("TIKTOK_APP_SECRET", None),
        "tiktok_service_id": env.str("TIKTOK_SERVICE_ID", None),
        "tiktok_host": env.str(
            "TIKTOK_HOST", "https://open-api.tiktokglobalshop.com", validate=_scheme("https")
        ),
        "vnpay_host": env.str("VNPAY_HOST", None, validate=_scheme("https")),
        "momo_host": env.str("MOMO_HOST", None, validate=_scheme("https")),
        "zalopay_host": env.str("ZALOPAY_HOST", None, validate=_scheme("https")),
        "sepay_host": env.str("SEPAY_HOST", None, validate=_scheme("https")),
        "casso_host": env.str("CASSO_HOST", None, validate=_scheme("https")),
        "facebook_host": env.str("FACEBOOK_HOST", None, validate=_scheme("https")),
        "facebook_stream_host": env.str("FACEBOOK_STREAM_HOST", None, validate=_scheme("https")),
        "youtube_host": env.str("YOUTUBE_HOST", None, validate=_scheme("https")),
        "household_tax_rules": env.path("HOUSEHOLD_TAX_RULES", None),
        "collector": env.str("COLLECTOR", None),
        "collector_licence": env.str("COLLECTOR_LICENCE", None),
    }
    # Behind a public address there may be several machines: secrets made on one of them would
    # not open what another sealed, so they must be given.
    for name in _SECRETS:
        given: dict[str, Any] = {"default": None} if local else {}
        read[name.lower()] = env.str(name, validate=_long_enough, **given)
    if isinstance(read["base_url"], str):
        read["base_url"] = read["base_url"].rstrip("/")
    return read


def _is_local(base_url: str) -> bool:
    """Whether only people at this machine can reach the address (RFC 6761 §6.3, RFC 1122)."""
    host = urlsplit(base_url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


def _scheme(*allowed: str) -> Any:
    def check(url: str | None) -> None:
        if url is None:
            return
        named = urlsplit(url)
        if named.scheme.split("+")[0] not in allowed or not (named.netloc or named.path):
            raise marshmallow.ValidationError(f"must begin with {' or '.join(allowed)}://")

    return check


def _long_enough(secret: str | None) -> None:
    if secret is not None and len(secret) < 32:
        raise marshmallow.ValidationError("needs at least 32 characters")


def _with_secrets(read: dict[str, Any]) -> dict[str, Any]:
    read = dict(read, var_dir=Path(read["var_dir"]).absolute())
    if read["database_url"]:
        read["database_url"] = _psycopg(read["database_url"])
    for name in _SECRETS:
        if read[name.lower()] is None:
            try:
                read[name.lower()] = _kept_secret(read["var_dir"] / "secrets" / name.lower())
            except OSError as error:
                raise BadSettings(f"Sai cấu hình / bad settings — VAR_DIR: {error}") from None
    return read


def _psycopg(url: str) -> str:
    scheme, rest = url.split("://", 1)
    return f"postgresql+psycopg://{rest}" if scheme == "postgresql" else url


def _kept_secret(path: Path) -> str:
    """A random secret made at the first start of a bare machine, readable by its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with open(path, "x", opener=_private) as new:
            new.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text().strip()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
