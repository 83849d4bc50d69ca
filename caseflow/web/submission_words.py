"""Submissions in words, for the pages of the person and of the office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for

from caseflow.domain.submissions import DESK_WORDS, KINDS, OUTCOME_WORDS, PARTS, STATE_WORDS, Kind
from caseflow.services.submissions import clock_words
from caseflow.web import display
from caseflow.web.phrases import _


def shown_words() -> dict[str, Any]:
    """Return what every page about submissions shows by."""
    return {
        "kind_words": KINDS,
        "parts_of": PARTS,
        "state_words": STATE_WORDS,
        "desk_words": DESK_WORDS,
        "outcome_words": OUTCOME_WORDS,
        "clock_words": clock_words,
    }


def told_of_submission(kind: str, params: Mapping[str, Any]) -> str:
    """Return a message of the inbox about a submission in words."""
    what = display.words(KINDS[Kind(params["kind"])].title)
    named = {"number": params["number"], "what": what}
    if kind == "submission_withdrawn":
        return _("%(number)s was withdrawn by the person: %(what)s", **named)
    if kind == "submission_overdue":
        return _("%(number)s is not answered in time: %(what)s", **named)
    return _("%(number)s came from the person: %(what)s", **named)


def submission_link(params: Mapping[str, Any]) -> str:
    """Return the page of the submission that a message is about."""
    return url_for("submissions.one", submission_id=params["submission_id"])
