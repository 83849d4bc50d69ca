"""What works in the background and whether it does; what was given up can be tried again. No case is seen from here."""

from __future__ import annotations

import re

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.health import GROUP_WORDS, STATE_WORDS, Group, Line, State
from caseflow.services.ports.health import DeadLetter
from caseflow.services.ports.mail import NO_SERVER, NOBODY, UNWRITTEN
from caseflow.web.context import actor, application
from caseflow.web.display import pick
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("health", __name__)
# What PostgreSQL's bigint holds.
LARGEST_NUMBER = 2**63 - 1
# PostgreSQL quotes the value it could not read at the end of a sentence; that value may be of a case.
_QUOTED_VALUE = re.compile(r':\s*"[^"]*"?.*$', re.DOTALL)
# How an answer of a mail server begins.
_ANSWER = re.compile(r"[2-5]\d\d ")


@blueprint.get("/health")
@needs(Permission.SEE_HEALTH)
def show() -> ResponseReturnValue:
    """Show every finding with its judgement, and what was given up."""
    health = application().health
    notices_before, mail_before = _key("notices_before"), _key("mail_before")
    lines = health.lines(actor())
    return render_template(
        "health.html",
        groups=[(group, [line for line in lines if line.group is group]) for group in Group],
        group_words=GROUP_WORDS,
        state_words=STATE_WORDS,
        worst=_worst(lines),
        bad=[line for line in lines if line.state in (State.WRONG, State.ATTENTION)],
        now=application().time.real_now(),
        notices=health.dead_notices(actor(), notices_before),
        notices_before=notices_before,
        mail=health.dead_mail(actor(), mail_before),
        mail_before=mail_before,
        kind_of=_kind_of,
        for_whom=_for_whom,
        error_of=_error_of,
    )


@blueprint.post("/health/notices/<int:number>/retry")
@needs(Permission.SEE_HEALTH)
def retry_notice(number: int) -> ResponseReturnValue:
    """Let a notice that was given up be tried again."""
    return _say(done=application().health.retry_notice(actor(), min(number, LARGEST_NUMBER)))


@blueprint.post("/health/mail/<int:number>/retry")
@needs(Permission.SEE_HEALTH)
def retry_mail(number: int) -> ResponseReturnValue:
    """Let mail that was given up be tried again."""
    return _say(done=application().health.retry_mail(actor(), min(number, LARGEST_NUMBER)))


@blueprint.post("/health/mail/retry")
@needs(Permission.SEE_HEALTH)
def retry_all_mail() -> ResponseReturnValue:
    """Let all mail that was given up be tried again."""
    return _say(done=application().health.retry_all_mail(actor()) > 0)


def _say(*, done: bool) -> ResponseReturnValue:
    flash(_("It will be tried again within seconds.") if done else _("It is not among what was given up any more."))
    return redirect(url_for("health.show"))


def _key(name: str) -> int | None:
    asked = request.args.get(name, type=row_id)
    return min(max(asked, 0), LARGEST_NUMBER) if asked is not None else None


def _worst(lines: list[Line]) -> State:
    return max((line.state for line in lines), key=list(State).index, default=State.GOOD)


def _kind_of(letter: DeadLetter) -> str:
    known = {
        "reminder": _("Reminder"),
        "case_moved": _("Step of a case"),
        "wind_down_waits": _("Run of the wind-down to be approved"),
        "wind_down_decided": _("Run of the wind-down decided on"),
        "notice": _("Mail about one reminder"),
        "digest": _("Daily mail"),
    }
    if letter.kind.startswith("finding"):
        return _("Audit finding")
    return known.get(letter.kind, letter.kind.replace("_", " "))


def _for_whom(letter: DeadLetter) -> str:
    if letter.name_en or letter.name_zh:
        return pick(letter.name_en, letter.name_zh)
    known = {
        "owner": _("the owner of the case"),
        "supervisor": _("the supervisors"),
        "office_head": _("the head of the office"),
    }
    return known.get(letter.addressee, _("whose turn it is"))


def _error_of(letter: DeadLetter) -> str:
    error = _QUOTED_VALUE.sub("", letter.error)
    if letter.kind not in {"notice", "digest"}:
        return error
    if error == NOBODY:
        return _("There is nobody to send it to: the person has left or has no mail address.")
    if error.startswith(UNWRITTEN):
        return _("It could not be written: %(error)s", error=error.removeprefix(UNWRITTEN))
    if error.startswith(NO_SERVER):
        return _("For days the mail server could not be had. The last error: %(error)s",
                 error=error.removeprefix(NO_SERVER))  # fmt: skip
    if _ANSWER.match(error):
        return _("The mail server said: %(error)s", error=error)
    return _("It failed: %(error)s", error=error)
