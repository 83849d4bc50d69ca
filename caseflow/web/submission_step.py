"""The step that takes a submission into the case: its form begins with the day and the number of the submission."""

from __future__ import annotations

from collections.abc import Mapping

from flask import abort, request

from caseflow.services.submissions import NoSuchSubmission
from caseflow.web.context import actor, application

FIELD = "submission"
_LARGEST = 2**63 - 1


def asked_submission() -> int | None:
    """Return the id of the submission that this request is about, from address or form; None: about none."""
    given = request.args if request.method == "GET" else request.form
    found = given.get(FIELD, type=int)
    return found if found is not None and 0 < found <= _LARGEST else None


def known_answers(case_id: int, trigger: str) -> Mapping[str, str]:
    """Return what the form of a step already knows from the submission in the address; nothing where none is."""
    submission_id = asked_submission()
    if submission_id is None:
        return {}
    try:
        return application().submissions.desk.prefill(actor(), submission_id, case_id, trigger)
    except NoSuchSubmission:
        abort(404)


def note_recorded(case_id: int, seq: int) -> None:
    """Note with the submission that this step recorded it. Sending the form again mends what broke off between."""
    submission_id = asked_submission()
    if submission_id is None:
        return
    try:
        application().submissions.desk.record(actor(), submission_id, case_id, seq)
    except NoSuchSubmission:
        # Withdrawn while the form was open: the step stands, and the page of the submission says so.
        return
