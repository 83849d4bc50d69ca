from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from caseflow.config import ConfigurationError, read_settings

KEY = "k" * 32


def test_an_empty_environment_means_embedded_servers_on_this_machine() -> None:
    settings = read_settings({})
    assert settings.embedded
    assert settings.home.is_absolute()
    assert settings.home.name == "caseflow"
    assert (settings.host, settings.port, settings.secret_keys) == ("127.0.0.1", 8080, ())
    assert not settings.https
    assert (settings.proxies, settings.prepared_statements) == (0, True)
    assert settings.log_level == "info"


def test_every_variable_is_read(tmp_path: Path) -> None:
    settings = read_settings(
        {
            "CASEFLOW_HOME": str(tmp_path),
            "CASEFLOW_DATABASE_URL": "postgres://a@b/c",
            "CASEFLOW_REDIS_URL": "unix:///run/x.sock?db=0",
            "CASEFLOW_SECRET_KEYS": f"{KEY}1, {KEY}2",
            "CASEFLOW_HOST": "::",
            "CASEFLOW_PORT": "9000",
            "CASEFLOW_HTTPS": "yes",
            "CASEFLOW_PROXIES": "2",
            "CASEFLOW_PREPARED_STATEMENTS": "off",
            "CASEFLOW_LOG_LEVEL": "WARNING",
        }
    )
    assert settings.home == tmp_path
    assert settings.database_url == "postgresql://a@b/c"
    assert settings.redis_url == "unix:///run/x.sock?db=0"
    assert settings.secret_keys == (f"{KEY}1", f"{KEY}2")
    assert (settings.host, settings.port, settings.https, settings.log_level) == ("::", 9000, True, "warning")
    assert (settings.proxies, settings.prepared_statements) == (2, False)
    assert not settings.embedded


def test_sqlalchemy_s_spelling_of_an_address_is_read_too() -> None:
    environment = {"CASEFLOW_DATABASE_URL": "postgresql+psycopg://h/d", "CASEFLOW_SECRET_KEYS": KEY}
    assert read_settings(environment).database_url == "postgresql://h/d"


@pytest.mark.parametrize(
    ("environment", "advice"),
    [
        ({"CASEFLOW_PROT": "80"}, "did you mean CASEFLOW_PORT"),
        ({"CASEFLOW_ZZZZZZ": "80"}, "known are CASEFLOW_HOME"),
        ({"CASEFLOW_PORT": "http"}, "from 1 to 65535"),
        ({"CASEFLOW_PORT": "70000"}, "from 1 to 65535"),
        ({"CASEFLOW_PORT": "٨٠"}, "from 1 to 65535"),
        ({"CASEFLOW_DATABASE_URL": "mysql://x", "CASEFLOW_SECRET_KEYS": KEY}, "must look like postgresql://"),
        ({"CASEFLOW_DATABASE_URL": "postgresql://x"}, "CASEFLOW_SECRET_KEYS is missing"),
        ({"CASEFLOW_REDIS_URL": "http://x"}, "must look like redis://"),
        ({"CASEFLOW_SECRET_KEYS": "short"}, "token_urlsafe"),
        ({"CASEFLOW_HTTPS": "perhaps"}, "write yes or no"),
        ({"CASEFLOW_PREPARED_STATEMENTS": "never"}, "write yes or no"),
        ({"CASEFLOW_PROXIES": "yes"}, "how many proxies pass each request on, from 0 to 9"),
        ({"CASEFLOW_LOG_LEVEL": "loud"}, "debug, info, warning, error"),
        ({"CASEFLOW_HOME": __file__}, "not a folder"),
    ],
)
def test_a_wrong_variable_is_refused_with_a_way_to_mend_it(environment: dict[str, str], advice: str) -> None:
    with pytest.raises(ConfigurationError, match=advice):
        read_settings(environment)


def test_the_test_suite_s_own_variables_are_none_of_ours() -> None:
    assert read_settings({"CASEFLOW_TEST_HOME": "/x", "CASEFLOW_PORT": "  "}).port == 8080


def test_settings_are_completed_without_changing_the_first_ones() -> None:
    settings = read_settings({})
    complete = settings.completed(database_url="postgresql://d", redis_url="redis://r", secret_keys=(KEY,))
    assert settings.embedded
    assert not complete.embedded
    assert complete.secret_keys == (KEY,)


MAIL = {"CASEFLOW_SMTP_URL": "smtp://mail.example.org", "CASEFLOW_MAIL_FROM": "cases@example.org"}


def test_mail_goes_out_by_day_and_digests_gather_unless_the_office_says_otherwise() -> None:
    usual = read_settings(MAIL)
    assert (usual.mail_hours, usual.mail_gather_seconds) == ((time(8), time(20)), 300)
    other = read_settings(MAIL | {"CASEFLOW_MAIL_HOURS": "7:30-23:00", "CASEFLOW_MAIL_GATHER_SECONDS": "0"})
    assert (other.mail_hours, other.mail_gather_seconds) == ((time(7, 30), time(23)), 0)
    assert read_settings(MAIL | {"CASEFLOW_MAIL_HOURS": "Always"}).mail_hours == (time(0), time(0))


@pytest.mark.parametrize(
    ("environment", "advice"),
    [
        ({"CASEFLOW_MAIL_HOURS": "20:00-08:00"}, "like 08:00-20:00, or always"),
        ({"CASEFLOW_MAIL_HOURS": "08:00-24:30"}, "like 08:00-20:00, or always"),
        ({"CASEFLOW_MAIL_HOURS": "by day"}, "like 08:00-20:00, or always"),
        ({"CASEFLOW_MAIL_GATHER_SECONDS": "-1"}, "from 0 to 86400"),
        ({"CASEFLOW_MAIL_GATHER_SECONDS": "99999"}, "from 0 to 86400"),
    ],
)
def test_hours_and_seconds_of_mail_are_checked(environment: dict[str, str], advice: str) -> None:
    with pytest.raises(ConfigurationError, match=advice):
        read_settings(MAIL | environment)


@pytest.mark.parametrize(
    "url",
    [
        "smtp://localhost:99999", "smtp://localhost:abc", "smtp://localhost:0", "smtp://a..b:25", "smtp://[::1",
        "smtp://[abc]:25", "smtp://-a.b", "smtp://é.example", "smtp://", "smtp://mail.example.org/path",
        "smtp://mail.example.org?tls=1", "smtp://mail.example.org#x", "smtp://u:p#w@mail.example.org",
        "smtp://u:p/w@mail.example.org", "smtp://mail.exam ple.org", "smtp://mail.exa\nmple.org", "smtp://a\tb:25",
        "http://mail.example.org", "smtp://" + "a" * 64,
    ],
)  # fmt: skip
def test_a_mail_server_that_cannot_be_reached_as_written_is_refused_and_no_password_is_shown(url: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^CASEFLOW_SMTP_URL must look like smtp://") as refused:
        read_settings(MAIL | {"CASEFLOW_SMTP_URL": url})
    assert "p#w" not in str(refused.value)
    assert refused.value.__cause__ is refused.value.__context__ is None


@pytest.mark.parametrize(
    "url",
    ["smtp://[::1]:2525", "smtp://127.0.0.1", "smtps://u%40x:p%23w@mail.example.org:465/", "smtp://mail_1:25",
     "smtp://mail.example.org."],
)  # fmt: skip
def test_a_mail_server_is_taken_as_written(url: str) -> None:
    assert read_settings(MAIL | {"CASEFLOW_SMTP_URL": url}).smtp_url == url


@pytest.mark.parametrize(
    "address", ["a..b@c", "a(b)@c", "a@[b", "é@ö.c", "a@b c", "a@b\nc", "Cases <a@b.org>", "a@b@c", ".a@b", "a@-b"]
)
def test_a_sender_no_server_would_take_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^CASEFLOW_MAIL_FROM is .*like cases@example\.org\.$"):
        read_settings(MAIL | {"CASEFLOW_MAIL_FROM": address})


@pytest.mark.parametrize(
    "address",
    [
        "http://[::1", "http://host?x=1", "http://host?", "http://host/#top", "http://user:password@host",
        "http://host:99999", "http://host:abc", "http://ho st", "http://host/a b", "http://ho\nst", "http://a..b",
        "ftp://host", "host", 'http://host/"x', "http://host:0", "http://",
    ],
)  # fmt: skip
def test_an_address_that_makes_no_links_is_refused(address: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^CASEFLOW_ADDRESS is .*like https://cases\.example\.org") as refused:
        read_settings({"CASEFLOW_ADDRESS": address})
    assert "password@" not in str(refused.value)


@pytest.mark.parametrize(
    ("address", "kept"),
    [
        ("https://cases.example.org/", "https://cases.example.org"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("http://10.0.0.7:8080/caseflow/", "http://10.0.0.7:8080/caseflow"),
    ],
)
def test_an_address_ends_without_a_slash(address: str, kept: str) -> None:
    assert read_settings({"CASEFLOW_ADDRESS": address}).address == kept


AGE_KEY = "AGE-SECRET-KEY-1" + "Q" * 58


def test_files_have_keys_limits_and_a_scanner(tmp_path: Path) -> None:
    settings = read_settings({})
    assert (settings.file_keys, settings.file_limit_mib, settings.file_quota_mib) == ((), 256, 4096)
    assert settings.scan_command == ()
    program = tmp_path / "scan"
    program.write_text("#!/bin/sh\n", encoding="ascii")
    program.chmod(0o700)
    settings = read_settings(
        {
            "CASEFLOW_FILE_KEYS": f"{AGE_KEY}, {AGE_KEY}",
            "CASEFLOW_FILE_LIMIT_MIB": "10",
            "CASEFLOW_FILE_QUOTA_MIB": "20",
            "CASEFLOW_SCAN_COMMAND": f"{program} --quick 'two words'",
        }
    )
    assert (settings.file_keys, settings.file_limit_mib, settings.file_quota_mib) == ((AGE_KEY, AGE_KEY), 10, 20)
    assert settings.scan_command == (str(program), "--quick", "two words")


@pytest.mark.parametrize(
    ("environment", "advice"),
    [
        ({"CASEFLOW_FILE_KEYS": f"{AGE_KEY},secret"}, "no age key"),
        ({"CASEFLOW_FILE_KEYS": "AGE-SECRET-KEY-1BIO"}, "no age key"),
        ({"CASEFLOW_FILE_LIMIT_MIB": "0"}, "number of MiB from 1"),
        ({"CASEFLOW_FILE_LIMIT_MIB": "1.5"}, "number of MiB from 1"),
        ({"CASEFLOW_FILE_QUOTA_MIB": "9999999"}, "number of MiB from 1"),
        ({"CASEFLOW_SCAN_COMMAND": "/no/such/program --x"}, "cannot be run"),
        ({"CASEFLOW_SCAN_COMMAND": "clamscan 'half"}, "cannot be read"),
    ],
)
def test_settings_of_files_are_checked_and_no_key_is_shown(environment: dict[str, str], advice: str) -> None:
    with pytest.raises(ConfigurationError, match=advice) as refused:
        read_settings(environment)
    assert "secret" not in str(refused.value)
    assert "BIO" not in str(refused.value)


OPENID = {
    "CASEFLOW_ADDRESS": "https://cases.example.org",
    "CASEFLOW_OIDC_ISSUER": "https://login.example.org/realms/office/",
    "CASEFLOW_OIDC_CLIENT_ID": "caseflow",
    "CASEFLOW_OIDC_CLIENT_SECRET": "s",
}


def test_an_openid_provider_is_read(tmp_path: Path) -> None:
    openid = read_settings(OPENID).openid
    assert openid is not None
    assert openid.issuer == "https://login.example.org/realms/office"
    assert (openid.client_id, openid.client_secret, openid.login_claim) == ("caseflow", "s", "preferred_username")
    secret = tmp_path / "secret"
    secret.write_text("in the file\n")
    named = {**OPENID, "CASEFLOW_OIDC_CLIENT_SECRET": "", "CASEFLOW_OIDC_CLIENT_SECRET_FILE": str(secret)}
    openid = read_settings({**named, "CASEFLOW_OIDC_LOGIN_CLAIM": "uid"}).openid
    assert openid is not None
    assert (openid.client_secret, openid.login_claim) == ("in the file", "uid")
    assert read_settings({}).openid is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"CASEFLOW_OIDC_ISSUER": ""}, "CASEFLOW_OIDC_ISSUER is missing"),
        ({"CASEFLOW_OIDC_ISSUER": "http://login.example.org"}, "CASEFLOW_OIDC_ISSUER must be"),
        ({"CASEFLOW_OIDC_ISSUER": "https://a:b@login.example.org"}, "CASEFLOW_OIDC_ISSUER must be"),
        ({"CASEFLOW_OIDC_ISSUER": "https://login.example.org?x"}, "CASEFLOW_OIDC_ISSUER must be"),
        ({"CASEFLOW_OIDC_CLIENT_ID": ""}, "CASEFLOW_OIDC_CLIENT_ID is missing"),
        ({"CASEFLOW_OIDC_CLIENT_SECRET": ""}, "Give the secret of the OpenID client once"),
        ({"CASEFLOW_OIDC_CLIENT_SECRET_FILE": "/no/such/file"}, "cannot be read"),
        ({"CASEFLOW_OIDC_CLIENT_SECRET_FILE": __file__}, "Give the secret of the OpenID client once"),
        ({"CASEFLOW_ADDRESS": ""}, "CASEFLOW_ADDRESS is missing"),
    ],
)
def test_half_an_openid_provider_is_refused(change: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        read_settings({**OPENID, **change})
