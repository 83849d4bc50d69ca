"""Copies of frozen dataclasses, for where a hundred thousand cases are told."""

from __future__ import annotations

from typing import Any, TypeVar

T = TypeVar("T")


def changed(one: T, **changes: Any) -> T:
    """Return a copy of a frozen dataclass with other values, several times as fast as ``dataclasses.replace``.

    It sets what the dataclass holds and runs nothing: only for one without ``__slots__``, ``__post_init__`` and cached
    properties. Raises
    ``TypeError`` for a field that it has not.
    """
    copy = object.__new__(type(one))
    held = copy.__dict__
    held.update(one.__dict__)
    known = len(held)
    held.update(changes)
    if len(held) != known:
        message = f"{type(one).__name__} has no {', '.join(sorted(changes.keys() - one.__dict__.keys()))}"
        raise TypeError(message)
    return copy
