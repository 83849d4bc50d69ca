"""Sets structured logging up: one JSON object a line on standard error, UTC, without personal data."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

# What identifies a person never enters a log line (reliability V16.2.5); cases are named by number and people by
# the id of their account.
_WITHHELD: Final = frozenset(
    {
        "address",
        "answers",
        "code_hash",
        "contact",
        "counterparty",
        "data_keys",
        "database_url",
        "email",
        "file_keys",
        "full_name",
        "hash",
        "identity",
        "identity_no",
        "end_reason",
        "identity_number",
        "login",
        "looked_for",
        "name",
        "name_en",
        "name_zh",
        "offered",
        "party",
        "party_address",
        "party_contact",
        "party_identity",
        "party_name",
        "password",
        "password_hash",
        "payee",
        "payee_account",
        "payer",
        "phone",
        "reasons",
        "receiver",
        "redis_url",
        "remark",
        "said",
        "salt",
        "secret",
        "secret_hash",
        "secret_keys",
        "session",
        "statement",
        "subject",
        "token",
        "token_hash",
    }
)

# The address of a calendar feed is a key: whoever reads it in a log could read the feed.
_FEED_ADDRESS: Final = re.compile(r"(/calendar/)[^/.\s\"'?]+")

# What PostgreSQL quotes of rows and values in an error: its details, up to whatever stands behind them in a traceback.
_DETAILS: Final = re.compile(
    r"(DETAIL:\s).*?(?=^(?:HINT|CONTEXT|QUERY):|^\[SQL|^\(Background|^\s*\||^[\w.]+(?:Error|Exception|Violation|Refused)\b"
    r"|^The above|^During handling|^Traceback|\Z)",
    re.DOTALL | re.MULTILINE,
)
_QUOTED: Final = re.compile(r'((?:invalid|malformed|out of range)[^"\n]*")[^\n]*(")')

_CHATTY: Final = ("alembic", "rq", "transitions", "waitress")  # they report the ordinary at info


def set_up_logs(level: str, *, process: str) -> None:
    """Send structlog and the standard library's loggers to standard error from ``level`` upwards.

    ``level`` is one of ``config.LOG_LEVELS``; ``process`` (web, worker, ...) is put on every line.
    """
    number = getattr(logging, level.upper())
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        withhold_personal_data,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(number),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                withhold_values,
                # JSON escapes line breaks, so nobody can forge a log line (V16.4.1).
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(number)
    for library in _CHATTY:
        logging.getLogger(library).setLevel(max(number, logging.WARNING))


def withhold_personal_data(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Replace the value of every key that names personal data or a secret, and of a feed's address, by ``withheld``."""
    for key in _WITHHELD.intersection(event):
        event[key] = "withheld"
    for key, value in event.items():
        if isinstance(value, str) and "/calendar/" in value:
            event[key] = _FEED_ADDRESS.sub(r"\1withheld", value)
    return event


def withhold_values(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Leave out of every text what PostgreSQL quotes of rows in an error."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = without_values(value)
    return event


def without_values(told: str) -> str:
    """Return the text of an error without the rows and values that PostgreSQL quotes in it."""
    return _QUOTED.sub(r"\1withheld\2", _DETAILS.sub(r"\1withheld\n", told))
