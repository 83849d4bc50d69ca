"""Around every request: a file is opened for a task or a stated reason, and what was read is written down first.

Whatever a page opens of people's data (services/opened_fields.py) is written to the read log before the answer leaves,
and so is every page of My case that its person is shown. Where that fails, or would be more than is allowed, nothing of
the answer leaves.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Final

import structlog
from flask import Flask, Response, current_app, g, make_response, request
from flask.typing import ResponseReturnValue
from flask_login import current_user

from caseflow.domain.access import Permission
from caseflow.domain.reading import Purpose, ReadLimits
from caseflow.services.opened_fields import Opened, note_case, opened_so_far, start_noting, stop_noting
from caseflow.services.ports.reading import NewReadings
from caseflow.services.reading import TooMuchRead
from caseflow.web.api_access import is_for_programs, problem
from caseflow.web.context import actor, application
from caseflow.web.errors import SHOWS_NOTHING, not_recorded
from caseflow.web.person_access import person_of_request
from caseflow.web.reading_reason import ask_why
from caseflow.web.reading_requests import too_much
from caseflow.web.security import declared_access, note_asked

log = structlog.get_logger()
LIMITS: Final = "CASEFLOW_READ_LIMITS"
# Files that leave with many people's data at once.
EXPORTS: Final = frozenset({"desk.export", "wind_down.export"})
# Pages of a case that show nothing of its party.
_SHOW_NOTHING_PERSONAL: Final = frozenset({"reading_reason.state"})
_READING: Final = "caseflow_reading"
_REDIRECTION: Final = 3
# A program cannot state a reason: the person whose token it is does, on the pages.
_STATE_WHY: Final = (
    "No task of the token's role leads to this case. Whoever made the token opens the case on its page and states why; "
    "then it can be read here until the end of the day."
)
_TOO_MUCH: Final = (
    "More was asked for than the person of this token may read in a day. Nothing was handed out. They ask a supervisor "
    "for more on the page of the same list."
)


@dataclass
class _Asked:
    """Why this request reads: of a case whose page it is, its task or reason; of everything else, what it shows."""

    request_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    case_id: int | None = None
    purpose: Purpose = Purpose.LIST
    reason_kind: str = ""
    reason: str = ""


def watch(app: Flask, limits: ReadLimits) -> None:
    """Set up the gate and the log; after :func:`caseflow.web.security.secure`, so that who acts is known."""
    app.config[LIMITS] = limits
    app.before_request(_before)
    app.after_request(_after)
    app.teardown_request(_forget)


def _before() -> ResponseReturnValue | None:
    start_noting()
    asked = _Asked()
    g.setdefault(_READING, asked)
    wanted = declared_access(current_app).get(request.endpoint or "")
    given = request.view_args or {}
    case_id, paper_id = given.get("case_id"), given.get("paper_id")
    if not isinstance(wanted, Permission) or (case_id is None and paper_id is None):
        return None
    if request.endpoint in _SHOW_NOTHING_PERSONAL or not current_user.is_authenticated:
        return None
    opening = application().reading_room.log.opening(actor(), case_id, paper_id)
    if opening is None:
        return None  # the page itself says that there is no such case
    if opening.purpose is None:
        note_asked()
        return problem(403, _STATE_WHY) if is_for_programs() else ask_why(opening.case)
    asked.case_id, asked.purpose = opening.case.case_id, opening.purpose
    if opening.purpose is Purpose.REASON:
        asked.reason_kind, asked.reason = opening.case.reason_kind, opening.case.reason
    # A page of a case shows of its party what its papers, files and remarks hold, whatever it opens besides.
    note_case(opening.case.case_id)
    return None


def _after(response: Response) -> Response:
    asked: _Asked | None = g.get(_READING)
    opened = opened_so_far()
    stop_noting()
    visitor = person_of_request()
    if asked is None or not _shows(response) or not (visitor or (opened and current_user.is_authenticated)):
        return response
    try:
        if visitor is not None:
            application().reading_room.log.record_person(visitor, request.endpoint or "", asked.request_id)
            return response
        application().reading_room.log.record(actor(), _readings(asked, opened), current_app.config[LIMITS])
    except TooMuchRead as refusal:
        response.close()
        if is_for_programs():
            return problem(429, _TOO_MUCH, retry_after_seconds=None)
        return make_response(too_much(refusal, request.endpoint or ""))
    except Exception:
        # Whatever keeps the log from being written: what cannot be recorded is not shown.
        log.exception("reading_not_recorded", endpoint=request.endpoint)
        response.close()
        return make_response(not_recorded())
    return response


def _readings(asked: _Asked, opened: Opened) -> NewReadings:
    export = request.endpoint in EXPORTS
    return NewReadings(
        actor_id=actor().id,
        day=application().time.today(),
        what=request.endpoint or "",
        purpose=Purpose.EXPORT if export else asked.purpose,
        reason_kind=asked.reason_kind,
        reason=asked.reason,
        request_id=asked.request_id,
        parties=frozenset(opened.parties),
        cases=frozenset(opened.cases),
        lines=frozenset(opened.lines),
        receipts=frozenset(opened.receipts),
        opened=frozenset() if asked.case_id is None else frozenset({asked.case_id}),
    )


def _shows(response: Response) -> bool:
    """Whether an answer shows what was opened: a redirection does not, nor does an error page."""
    return response.status_code // 100 != _REDIRECTION and not g.get(SHOWS_NOTHING, False)


def _forget(_error: BaseException | None) -> None:
    stop_noting()
