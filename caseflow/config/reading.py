"""Reading one variable of the environment, and the refusal of what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeVar

# What the path of an address may be made of.
PATH: Final = re.compile(r"[A-Za-z0-9/._~%-]*")

_Parsed = TypeVar("_Parsed")


class ConfigurationError(Exception):
    """The environment is wrong; the message is one sentence that says how to mend it."""


def optional(values: Mapping[str, str], name: str, parse: Callable[[str, str], _Parsed]) -> _Parsed | None:
    """Return what ``parse`` makes of a variable; None where it is not set."""
    text = values.get(name, "").strip()
    return parse(name, text) if text else None
