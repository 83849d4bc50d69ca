"""Reads caseflow's configuration, which comes from the environment and from nowhere else."""

from __future__ import annotations

import difflib
import os
import re
import shlex
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import time
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import platformdirs

from caseflow.config.addresses import HIGHEST_PORT, mail_address, smtp_url, web_address
from caseflow.config.openid import OpenIdSettings as OpenIdSettings
from caseflow.config.openid import openid_settings
from caseflow.config.reading import ConfigurationError as ConfigurationError
from caseflow.config.reading import optional, yes_or_no
from caseflow.config.reading import prepared_statements as prepared_statements
from caseflow.domain.reading import DEFAULT_READ_LIMITS, ReadLimits, limits_of_text

DEFAULT_PORT: Final = 8080
SHORTEST_SECRET_KEY_CHARACTERS: Final = 32
SHORTEST_TOKEN_CHARACTERS: Final = 16
LOG_LEVELS: Final = ("debug", "info", "warning", "error")
OWNER_ROLE: Final = "caseflow"
APPLICATION_ROLE: Final = "caseflow_application"
SPENDING_ROLE: Final = "caseflow_spending"
AUDITOR_ROLE: Final = "caseflow_auditor"
DATABASE_ROLES: Final = (APPLICATION_ROLE, SPENDING_ROLE, AUDITOR_ROLE)

_VARIABLES: Final = (
    "CASEFLOW_HOME",
    "CASEFLOW_DATABASE_URL",
    "CASEFLOW_PREPARED_STATEMENTS",
    "CASEFLOW_REDIS_URL",
    "CASEFLOW_SECRET_KEYS",
    "CASEFLOW_HOST",
    "CASEFLOW_PORT",
    "CASEFLOW_HTTPS",
    "CASEFLOW_PROXIES",
    "CASEFLOW_LOG_LEVEL",
    "CASEFLOW_SESSION_IDLE_MINUTES",
    "CASEFLOW_SESSION_HOURS",
    "CASEFLOW_SIGNING_KEY",
    "CASEFLOW_HEADS_DIR",
    "CASEFLOW_FILE_KEYS",
    "CASEFLOW_DATA_KEYS",
    "CASEFLOW_FILE_LIMIT_MIB",
    "CASEFLOW_FILE_QUOTA_MIB",
    "CASEFLOW_SCAN_COMMAND",
    "CASEFLOW_SMTP_URL",
    "CASEFLOW_MAIL_FROM",
    "CASEFLOW_MAIL_HOURS",
    "CASEFLOW_MAIL_GATHER_SECONDS",
    "CASEFLOW_ADDRESS",
    "CASEFLOW_METRICS_TOKEN",
    "CASEFLOW_OIDC_ISSUER",
    "CASEFLOW_OIDC_CLIENT_ID",
    "CASEFLOW_OIDC_CLIENT_SECRET",
    "CASEFLOW_OIDC_CLIENT_SECRET_FILE",
    "CASEFLOW_OIDC_LOGIN_CLAIM",
    "CASEFLOW_READ_LIMITS",
)
_FOREIGN_PREFIX: Final = "CASEFLOW_TEST_"  # the test suite and .ci/run have variables of their own

DEFAULT_MAIL_HOURS: Final = (time(8), time(20))
DEFAULT_GATHER_SECONDS: Final = 300
LONGEST_GATHER_SECONDS: Final = 86_400
_MAIL_HOURS: Final = re.compile(r"(\d{1,2}:\d{2})-(\d{1,2}:\d{2})")
DEFAULT_FILE_LIMIT_MIB: Final = 256
DEFAULT_FILE_QUOTA_MIB: Final = 4096
LARGEST_MIB: Final = 1 << 20
DEFAULT_IDLE_MINUTES, DEFAULT_SESSION_HOURS = 30, 12
MOST_PROXIES: Final = 9
_AGE_KEY: Final = re.compile(r"AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}")
_DATA_KEY: Final = re.compile(r"caseflow-data-1-[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the environment says, checked.

    ``database_url`` and ``redis_url`` are ``None`` where caseflow starts the embedded servers itself.
    ``secret_keys``: the first signs, all verify; empty means that the adapters layer keeps a key file in
    ``home``. ``https`` says that people reach caseflow through TLS, so cookies are marked Secure.
    ``proxies`` is how many servers of the office pass each request on before it is here; so many of the entries in the
    headers X-Forwarded-* are believed. ``signing_key`` is the PEM file that signs the heads of the
    record and ``heads_dir`` the folder they are dropped into; ``None`` means ``keys/record.pem`` and ``heads`` in
    ``home``. ``smtp_url`` is the server that takes mail (``None``: none is sent),
    ``mail_from`` the sender, ``mail_hours`` from when till when mail goes out (equal: at any hour),
    ``mail_gather_seconds`` how long a digest waits for more, ``address`` where people reach caseflow (for links in mail
    and calendars; no slash at its end), ``metrics_token`` what a reader of ``/metrics`` must show (``None``: there
    are no metrics). ``file_keys`` encrypt the files of cases (the first one; all decrypt; empty: a key file in
    ``home``), ``file_limit_mib`` is the largest file in MiB, ``file_quota_mib`` the most one case may hold, and
    ``scan_command`` the program with its arguments that looks for viruses (empty: none does). ``data_keys`` seal the
    identity numbers and addresses of parties (the first one; all open; empty: a key file in ``home``). ``openid`` is
    the provider that staff may sign in through beside their local accounts (``None``: none). ``read_limits`` says how
    much of people's data a member of staff may read a day.
    ``prepared_statements`` is False behind a pooler that loses them.
    A session ends after ``session_idle_minutes`` without a request, and after ``session_hours`` in any case.
    """

    home: Path
    database_url: str | None
    redis_url: str | None
    secret_keys: tuple[str, ...]
    host: str
    port: int
    https: bool
    log_level: str
    signing_key: Path | None = None
    heads_dir: Path | None = None
    smtp_url: str | None = None
    mail_from: str | None = None
    mail_hours: tuple[time, time] = DEFAULT_MAIL_HOURS
    mail_gather_seconds: int = DEFAULT_GATHER_SECONDS
    address: str | None = None
    metrics_token: str | None = None
    file_keys: tuple[str, ...] = ()
    data_keys: tuple[str, ...] = ()
    file_limit_mib: int = DEFAULT_FILE_LIMIT_MIB
    file_quota_mib: int = DEFAULT_FILE_QUOTA_MIB
    scan_command: tuple[str, ...] = ()
    openid: OpenIdSettings | None = None
    read_limits: ReadLimits = DEFAULT_READ_LIMITS
    session_idle_minutes: int = DEFAULT_IDLE_MINUTES
    session_hours: int = DEFAULT_SESSION_HOURS
    proxies: int = 0
    prepared_statements: bool = True

    @property
    def embedded(self) -> bool:
        """Whether caseflow starts at least one of its two servers itself."""
        return self.database_url is None or self.redis_url is None

    def completed(self, *, database_url: str, redis_url: str, secret_keys: tuple[str, ...]) -> Settings:
        """Return the same settings with the addresses and keys that the running servers gave."""
        return replace(self, database_url=database_url, redis_url=redis_url, secret_keys=secret_keys)


def read_settings(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from ``environment`` (default: the process's own).

    Raises :class:`ConfigurationError` at the first variable that is unknown, malformed or missing.
    """
    values = os.environ if environment is None else environment
    _refuse_unknown(values)
    database_url = optional(values, "CASEFLOW_DATABASE_URL", _database_url)
    secret_keys = optional(values, "CASEFLOW_SECRET_KEYS", _secret_keys) or ()
    if database_url is not None and not secret_keys:
        message = (
            "CASEFLOW_SECRET_KEYS is missing: with CASEFLOW_DATABASE_URL set, give at least one key of "
            f"{SHORTEST_SECRET_KEY_CHARACTERS} characters (several are separated by commas; the first signs)."
        )
        raise ConfigurationError(message)
    mail_server = optional(values, "CASEFLOW_SMTP_URL", smtp_url)
    sender = optional(values, "CASEFLOW_MAIL_FROM", mail_address)
    if mail_server is not None and sender is None:
        message = "CASEFLOW_MAIL_FROM is missing: with CASEFLOW_SMTP_URL set, say who the mail comes from."
        raise ConfigurationError(message)
    gather = optional(values, "CASEFLOW_MAIL_GATHER_SECONDS", _gather_seconds)
    return Settings(
        home=optional(values, "CASEFLOW_HOME", _home) or platformdirs.user_data_path("caseflow"),
        database_url=database_url,
        redis_url=optional(values, "CASEFLOW_REDIS_URL", _redis_url),
        secret_keys=secret_keys,
        host=values.get("CASEFLOW_HOST", "").strip() or "127.0.0.1",
        port=optional(values, "CASEFLOW_PORT", _port) or DEFAULT_PORT,
        https=optional(values, "CASEFLOW_HTTPS", yes_or_no) or False,
        log_level=optional(values, "CASEFLOW_LOG_LEVEL", _log_level) or "info",
        signing_key=optional(values, "CASEFLOW_SIGNING_KEY", _key_file),
        heads_dir=optional(values, "CASEFLOW_HEADS_DIR", _home),
        smtp_url=mail_server,
        mail_from=sender,
        mail_hours=optional(values, "CASEFLOW_MAIL_HOURS", _mail_hours) or DEFAULT_MAIL_HOURS,
        mail_gather_seconds=DEFAULT_GATHER_SECONDS if gather is None else gather,
        address=optional(values, "CASEFLOW_ADDRESS", web_address),
        metrics_token=optional(values, "CASEFLOW_METRICS_TOKEN", _token),
        file_keys=optional(values, "CASEFLOW_FILE_KEYS", _file_keys) or (),
        data_keys=optional(values, "CASEFLOW_DATA_KEYS", _data_keys) or (),
        file_limit_mib=optional(values, "CASEFLOW_FILE_LIMIT_MIB", _mebibytes) or DEFAULT_FILE_LIMIT_MIB,
        file_quota_mib=optional(values, "CASEFLOW_FILE_QUOTA_MIB", _mebibytes) or DEFAULT_FILE_QUOTA_MIB,
        scan_command=optional(values, "CASEFLOW_SCAN_COMMAND", _command) or (),
        openid=openid_settings(values),
        read_limits=optional(values, "CASEFLOW_READ_LIMITS", _read_limits) or DEFAULT_READ_LIMITS,
        session_idle_minutes=optional(values, "CASEFLOW_SESSION_IDLE_MINUTES", _idle_minutes) or DEFAULT_IDLE_MINUTES,
        session_hours=optional(values, "CASEFLOW_SESSION_HOURS", _session_hours) or DEFAULT_SESSION_HOURS,
        proxies=optional(values, "CASEFLOW_PROXIES", _proxies) or 0,
        prepared_statements=prepared_statements(values),
    )


def _refuse_unknown(values: Mapping[str, str]) -> None:
    for name in sorted(values):
        if not name.startswith("CASEFLOW_") or name.startswith(_FOREIGN_PREFIX) or name in _VARIABLES:
            continue
        known = {variable.removeprefix("CASEFLOW_"): variable for variable in _VARIABLES}
        near = difflib.get_close_matches(name.removeprefix("CASEFLOW_"), known, n=1)
        advice = f"did you mean {known[near[0]]}?" if near else f"known are {', '.join(_VARIABLES)}."
        message = f"{name} is not a setting of caseflow: {advice}"
        raise ConfigurationError(message)


def _home(name: str, text: str) -> Path:
    home = Path(text).expanduser().absolute()
    if home.exists() and not home.is_dir():
        message = f"{name} is {text}, which is not a folder: name a folder that caseflow may create and fill."
        raise ConfigurationError(message)
    return home


def _key_file(name: str, text: str) -> Path:
    path = Path(text).expanduser().absolute()
    if not path.is_file():
        message = f"{name} is {text}, which is no file: name a PEM file with an Ed25519 key, or leave it out."
        raise ConfigurationError(message)
    return path


def _database_url(name: str, text: str) -> str:
    scheme = urlsplit(text).scheme
    if scheme not in {"postgresql", "postgres", "postgresql+psycopg"}:
        message = f"{name} must look like postgresql://USER:PASSWORD@HOST/DATABASE; it begins with '{scheme}'."
        raise ConfigurationError(message)
    # psycopg and SQLAlchemy 2.1 both read this spelling, and psycopg reads no other.
    return "postgresql" + text[len(scheme) :]


def _redis_url(name: str, text: str) -> str:
    scheme = urlsplit(text).scheme
    if scheme not in {"redis", "rediss", "unix"}:
        message = (
            f"{name} must look like redis://HOST:PORT/0, rediss://... or unix:///PATH?db=0; it begins with '{scheme}'."
        )
        raise ConfigurationError(message)
    return text


def _secret_keys(name: str, text: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(",") if key.strip())
    if any(len(key) < SHORTEST_SECRET_KEY_CHARACTERS for key in keys):
        message = (
            f"{name} holds a key shorter than {SHORTEST_SECRET_KEY_CHARACTERS} characters: make one with "
            "python3 -c 'import secrets; print(secrets.token_urlsafe(48))'."
        )
        raise ConfigurationError(message)
    return keys


def _keys(shape: re.Pattern[str], wrong: str) -> Callable[[str, str], tuple[str, ...]]:
    """Return what reads keys separated by commas, each of one shape; ``wrong`` says what is refused and wanted."""

    def read(name: str, text: str) -> tuple[str, ...]:
        keys = tuple(key.strip() for key in text.split(",") if key.strip())
        if not all(shape.fullmatch(key) for key in keys):
            message = f"{name} holds {wrong}"
            raise ConfigurationError(message)
        return keys

    return read


_file_keys = _keys(
    _AGE_KEY,
    "what is no age key: give keys that begin with AGE-SECRET-KEY-1, separated by commas; the first encrypts, all "
    "decrypt.",
)
_data_keys = _keys(
    _DATA_KEY,
    "what is no data key: give keys like caseflow-data-1- and 64 hexadecimal digits, separated by commas; the first "
    "seals, all open.",
)


def _read_limits(name: str, text: str) -> ReadLimits:
    limits = limits_of_text(text)
    if limits is None:
        message = f"{name} is '{text}': give files, listed cases and cases of an export a day, like 200,5000,500."
        raise ConfigurationError(message)
    return limits


def _command(name: str, text: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        message = (
            f"{name} cannot be read ({error}): write a program and its arguments, like /usr/bin/clamscan --no-summary."
        )
        raise ConfigurationError(message) from None
    if not words or shutil.which(words[0]) is None:
        message = f"{name} names the program '{words[0] if words else ''}', which cannot be run: give its full path."
        raise ConfigurationError(message)
    return words


def _mail_hours(name: str, text: str) -> tuple[time, time]:
    if text.lower() == "always":
        return time(0), time(0)
    found = _MAIL_HOURS.fullmatch(text)
    try:
        opens, closes = (time.fromisoformat(part.zfill(5)) for part in found.groups()) if found else (None, None)
    except ValueError:
        opens = closes = None
    if opens is None or closes is None or opens >= closes:
        message = f"{name} is '{text}': write from when till when mail goes out, like 08:00-20:00, or always."
        raise ConfigurationError(message)
    return opens, closes


def _token(name: str, text: str) -> str:
    if len(text) < SHORTEST_TOKEN_CHARACTERS:
        message = (
            f"{name} is shorter than {SHORTEST_TOKEN_CHARACTERS} characters: write a longer secret, or leave it out."
        )
        raise ConfigurationError(message)
    return text


def _log_level(name: str, text: str) -> str:
    if text.lower() not in LOG_LEVELS:
        message = f"{name} is '{text}': write one of {', '.join(LOG_LEVELS)}."
        raise ConfigurationError(message)
    return text.lower()


def _whole(least: int, most: int, what: str) -> Callable[[str, str], int]:
    """Return what reads a whole number between two bounds; ``what`` names it in the refusal."""

    def read(name: str, text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            message = f"{name} is '{text}': give {what} from {least} to {most}."
            raise ConfigurationError(message)
        return int(text)

    return read


_mebibytes = _whole(1, LARGEST_MIB, "a number of MiB")
_port = _whole(1, HIGHEST_PORT, "a port number")
_gather_seconds = _whole(0, LONGEST_GATHER_SECONDS, "seconds")
_idle_minutes = _whole(2, 240, "minutes")
_proxies = _whole(0, MOST_PROXIES, "how many proxies pass each request on,")
_session_hours = _whole(1, 24, "hours")
