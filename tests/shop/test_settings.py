"""Settings: typed, checked at once, every bad variable named in one line."""

import os
import stat

import pytest

from shop import settings
from shop.settings import BadSettings

GIVEN = dict.fromkeys(("SECRET_KEY", "VAULT_KEY", "STAMP_KEY", "PASSWORD_SALT"), "x" * 32)


def test_a_bare_machine_needs_no_variable(tmp_path):
    ours = settings.load({"VAR_DIR": str(tmp_path)})
    assert (ours.host, ours.port, ours.demo, ours.database_url) == ("127.0.0.1", 8000, True, None)
    assert ours.base_url == "http://127.0.0.1:8000"


def test_every_bad_variable_is_named_in_one_line():
    with pytest.raises(BadSettings) as refused:
        settings.load({"PORT": "many", "DATABASE_URL": "mysql://x", "WEB_THREADS": "0"} | GIVEN)
    line = refused.value.line
    assert "\n" not in line
    assert all(name in line for name in ("PORT", "DATABASE_URL", "WEB_THREADS"))


@pytest.mark.parametrize("missing", sorted(GIVEN))
def test_a_real_database_needs_its_secrets_given(missing):
    environ = {"DATABASE_URL": "postgresql://db/ocop"} | GIVEN
    del environ[missing]
    with pytest.raises(BadSettings, match=missing):
        settings.load(environ)


def test_a_short_secret_is_refused():
    with pytest.raises(BadSettings, match="SECRET_KEY"):
        settings.load({"DATABASE_URL": "postgresql://db/ocop"} | GIVEN | {"SECRET_KEY": "short"})


def test_a_real_database_is_no_demo_unless_said():
    environ = {"DATABASE_URL": "postgresql://db/ocop"} | GIVEN
    assert settings.load(environ).demo is False
    assert settings.load(environ | {"DEMO": "1"}).demo is True
    assert settings.load(environ).database_url == "postgresql+psycopg://db/ocop"


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
