"""Settings: typed, checked at once, every bad variable named in one line."""

import os
import stat

import pytest

from shop import settings
from shop.settings import BadSettings

GIVEN = dict.fromkeys(("SECRET_KEY", "VAULT_KEY", "STAMP_KEY", "PASSWORD_SALT"), "x" * 32)
PUBLIC = {"BASE_URL": "https://cho.example.vn"}


def test_a_bare_machine_needs_no_variable(tmp_path):
    ours = settings.load({"VAR_DIR": str(tmp_path)})
    assert (ours.host, ours.port, ours.demo, ours.database_url) == ("127.0.0.1", 8000, True, None)
    assert ours.base_url == "http://127.0.0.1:8000"


@pytest.mark.parametrize(
    "server",
    [
        {"DATABASE_URL": "postgresql://db/ocop"},
        {"REDIS_URL": "redis://queue:6379/0"},
        {"S3_BUCKET": "ocop", "S3_ENDPOINT_URL": "http://files:8333"},
    ],
)
def test_a_real_server_replaces_its_part_with_no_other_change(tmp_path, server):
    bare = settings.load({"VAR_DIR": str(tmp_path)})
    ours = settings.load({"VAR_DIR": str(tmp_path)} | server)
    assert (ours.demo, ours.secret_key) == (True, bare.secret_key)


def test_every_bad_variable_is_named_in_one_line():
    with pytest.raises(BadSettings) as refused:
        settings.load({"PORT": "many", "DATABASE_URL": "mysql://x", "WEB_THREADS": "0"} | GIVEN)
    line = refused.value.line
    assert "\n" not in line
    assert all(name in line for name in ("PORT", "DATABASE_URL", "WEB_THREADS"))


@pytest.mark.parametrize("missing", sorted(GIVEN))
def test_a_public_address_needs_its_secrets_given(missing):
    environ = PUBLIC | GIVEN
    del environ[missing]
    with pytest.raises(BadSettings, match=missing):
        settings.load(environ)


def test_a_short_secret_is_refused():
    with pytest.raises(BadSettings, match="SECRET_KEY"):
        settings.load(GIVEN | {"SECRET_KEY": "short"})


def test_a_public_address_is_no_demo_unless_said():
    assert settings.load(PUBLIC | GIVEN).demo is False
    assert settings.load(PUBLIC | GIVEN | {"DEMO": "1"}).demo is True


@pytest.mark.parametrize(
    "address", ["http://localhost:9000", "http://127.0.0.2", "http://[::1]:80"]
)
def test_an_address_of_this_machine_is_no_public_one(tmp_path, address):
    assert settings.load({"VAR_DIR": str(tmp_path), "BASE_URL": address}).demo is True


@pytest.mark.parametrize(
    "wrong", ["DATABASE_URL=postgresql://", "REDIS_URL=redis:", "BASE_URL=cho.example.vn"]
)
def test_an_address_that_names_no_server_is_refused(wrong):
    name, _, value = wrong.partition("=")
    with pytest.raises(BadSettings, match=name):
        settings.load(GIVEN | {name: value})


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(BadSettings, match="VAR_DIR"):
        settings.load({"VAR_DIR": str(tmp_path / "file")})


def test_the_driver_is_named_in_the_database_url():
    ours = settings.load(GIVEN | {"DATABASE_URL": "postgresql://db/ocop"})
    assert ours.database_url == "postgresql+psycopg://db/ocop"


def test_an_empty_variable_is_one_not_set(tmp_path):
    ours = settings.load({"VAR_DIR": str(tmp_path), "PORT": "", "REDIS_URL": ""})
    assert (ours.port, ours.redis_url) == (8000, None)


def test_secrets_of_a_bare_machine_are_made_once_and_private(tmp_path):
    first = settings.load({"VAR_DIR": str(tmp_path)})
    second = settings.load({"VAR_DIR": str(tmp_path)})
    assert first.secret_key == second.secret_key != first.vault_key
    mode = stat.S_IMODE(os.stat(tmp_path / "secrets" / "secret_key").st_mode)
    assert mode == 0o600


def test_secrets_stay_out_of_the_printed_settings(tmp_path):
    ours = settings.load({"VAR_DIR": str(tmp_path)})
    for secret in (ours.secret_key, ours.vault_key, ours.stamp_key, ours.password_salt):
        assert secret not in repr(ours)


def test_short_messages_leave_only_where_a_gateway_is_named_or_in_a_demo():
    named = {"SMS_URL": "https://sms.example/messages", "SMS_TOKEN": "key"}
    assert settings.load(PUBLIC | GIVEN).sms_gateway is None
    ours = settings.load(PUBLIC | GIVEN | named)
    assert ours.sms_gateway == ("https://sms.example/messages", "key")
    assert settings.load(GIVEN).sms_gateway[0] == "http://127.0.0.1:8010/sms/messages"
    assert "key" not in repr(ours).replace("_key", "")


@pytest.mark.parametrize(
    "wrong",
    [{"SMS_URL": "https://sms.example"}, {"SMS_URL": "http://x"}, {"SMS_SENDER": "CHO OCOP VIET"}],
)
def test_a_gateway_without_its_key_is_refused(wrong):
    with pytest.raises(BadSettings, match="SMS_"):
        settings.load(PUBLIC | GIVEN | wrong)
