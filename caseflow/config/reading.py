"""Reading one variable of the environment, and the refusal of what it says."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

# What the path of an address may be made of.
PATH: Final = re.compile(r"[A-Za-z0-9/._~%-]*")

_Parsed = TypeVar("_Parsed")


class ConfigurationError(Exception):
    """The environment is wrong; the message is one sentence that says how to mend it."""


def yes_or_no(name: str, text: str) -> bool:
    """Return whether a setting is switched on. Raises :class:`ConfigurationError`."""
    known = {"1": True, "yes": True, "true": True, "on": True, "0": False, "no": False, "false": False, "off": False}
    if text.lower() not in known:
        message = f"{name} is '{text}': write yes or no."
        raise ConfigurationError(message)
    return known[text.lower()]


def prepared_statements(values: Mapping[str, str] | None = None) -> bool:
    """Tell whether statements may be prepared: a pooler in transaction mode may not know them on the next connection.

    ``values`` is the environment (default: the process's own). Raises :class:`ConfigurationError`.
    """
    found = optional(os.environ if values is None else values, "CASEFLOW_PREPARED_STATEMENTS", yes_or_no)
    return found is not False


def optional(values: Mapping[str, str], name: str, parse: Callable[[str, str], _Parsed]) -> _Parsed | None:
    """Return what ``parse`` makes of a variable; None where it is not set."""
    text = values.get(name, "").strip()
    return parse(name, text) if text else None
