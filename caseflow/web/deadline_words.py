"""A notice of moved deadlines in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from caseflow.web import display
from caseflow.web.phrases import _


def deadlines_moved(params: Mapping[str, Any]) -> str:
    """Say which limits of a case end on another day now, because the working days have changed."""
    said = [
        _(
            "%(title)s: now due %(new)s, not %(old)s",
            title=display.rule_title(str(one["rule"])),
            new=display.day(str(one["new"])),
            old=display.day(str(one["old"])),
        )
        for one in params["moves"]
    ]
    return _("The calendar of working days has changed. %(moves)s", moves=display.pick("; ", "；").join(said))
