"""From when till when mail goes out, and since when a mail could have gone. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta, timezone
from typing import Any, Final

# China keeps one time all the year.
_OFFICE_ZONE: Final = timezone(timedelta(hours=8))


def hours_said(opens: time, closes: time) -> list[str]:
    """Return the hours as the sender says them with its beat."""
    return [opens.isoformat(), closes.isoformat()]


def could_go_since(due_at: datetime, now: datetime, hours: Sequence[Any] | None) -> datetime | None:
    """Return since when a mail that was due at ``due_at`` could have gone out; None while the hour is quiet.

    ``hours`` is what the sender said (None where it never did): what waits for the morning is not late.
    """
    try:
        opens, closes = (time.fromisoformat(str(one)) for one in hours or ())
    except ValueError:
        return due_at
    local = now.astimezone(_OFFICE_ZONE)
    if opens == closes:
        return due_at
    if not opens <= local.time() < closes:
        return None
    return max(due_at, datetime.combine(local.date(), opens, _OFFICE_ZONE))


__all__ = ["could_go_since", "hours_said"]
