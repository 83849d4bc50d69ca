"""The API for programs: it reads as the person whose token it is, in the token's one role, and writes nothing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Final

from flask import Blueprint, Response, abort, current_app, g, request
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.calendar import LAST_RECKONED_DAY, CalendarNotPublished
from caseflow.domain.clocks import explain, reckon
from caseflow.domain.law import LawRefusal, Rule
from caseflow.domain.ledger import NORMAL_SIDES, Line
from caseflow.domain.words import Words
from caseflow.domain.workflow import PHASES
from caseflow.services.desks import group_key
from caseflow.services.ledger_reading import NotInLedger
from caseflow.services.views import Lateness, ListFilter
from caseflow.web.api_access import api, problem
from caseflow.web.api_description import Parameter, answers, description_of, stray_parameter
from caseflow.web.api_models import (
    AccountAnswer,
    Answer,
    BalanceAnswer,
    CaseAnswer,
    CasesAnswer,
    CaseSummary,
    DeskAnswer,
    DueAnswer,
    LawAnswer,
    RuleAnswer,
    Text,
    TokenAnswer,
    TrialBalanceAnswer,
)
from caseflow.web.context import actor, application
from caseflow.web.ledger_asked import read_day
from caseflow.web.security import needs, public

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
_LARGEST_ID: Final = 2**63 - 1
_ABOUT: Final = (
    "Reads the cases, the ledger and the law of one office as the person who made the token, in the one role of the "
    "token. Nothing can be written. Money is in fen. A list is continued with the key that its page ends with. "
    "A parameter that cannot be read, is unknown or comes twice is answered with 400 and its name, and never as if it "
    "were not there."
)
_IN_PATHS: Final = {"case_id": "The id of a case, from a list.", "line": "income or expenditure.", "code": "Its code."}
_REGIME = Parameter("regime", "Only cases of this regime.")
_PHASE = Parameter("phase", "Only cases in this phase.", known=tuple(PHASES))
_AS_OF = Parameter("as_of", "The last day that counts; today without it.", "date")


class Unreadable(Exception):
    """A parameter holds what it does not take."""


@blueprint.get("/openapi.json")
@public
def description() -> ResponseReturnValue:
    """Describe the API; the description says nothing of any office."""
    return current_app.json.response(description_of(current_app, _ABOUT, _IN_PATHS))


class Missing(Exception):
    """A parameter without which there is no answer was not sent."""


@blueprint.errorhandler(Missing)
def _missing(error: Missing) -> Response:
    return problem(422, f"The parameter '{error}' is missing: see /api/v1/openapi.json.")


@blueprint.errorhandler(Unreadable)
def _unreadable(error: Unreadable) -> Response:
    return problem(400, f"The parameter '{error}' cannot be read: see /api/v1/openapi.json for what it takes.")


@blueprint.before_request
def _refuse_stray_parameters() -> None:
    """Refuse what the route does not take, and what came twice: neither is answered as if it were not there."""
    stray = stray_parameter(current_app.view_functions[request.endpoint or ""], request.args.items(multi=True))
    if stray is not None:
        raise Unreadable(stray)


@blueprint.get("/token")
@api
@needs(Permission.SEE_DESK)
@answers(TokenAnswer)
def token() -> ResponseReturnValue:
    """Say for whom the token reads, in which role and until when."""
    shown = g.caseflow_api_token
    return _json(TokenAnswer(login=actor().login, role=shown.role.value, name=shown.name, expires_at=shown.expires_at))


@blueprint.get("/desk")
@api
@needs(Permission.READ_CASES)
@answers(
    DeskAnswer,
    _REGIME,
    _PHASE,
    Parameter("group", "Only this group.", known=[one.value for one in Lateness]),
    Parameter("after", "Continues the group that 'group' names with the key its page ended with."),
)
def desk() -> ResponseReturnValue:
    """List the desk of the token's role by how late things are."""
    group = _one_of("group", [one.value for one in Lateness])
    found = application().desks.my_desk(
        actor(),
        regime=_one_of("regime", application().rulebook.definitions),
        phase=_one_of("phase", PHASES),
        only=Lateness(group) if group else None,
        after=_key_within("after", group),
    )
    return _json(DeskAnswer.of(found))


@blueprint.get("/cases")
@api
@needs(Permission.READ_CASES)
@answers(
    CasesAnswer,
    _REGIME,
    _PHASE,
    Parameter("before", "Continues the list with the key its page ended with.", "integer"),
)
def cases() -> ResponseReturnValue:
    """List the cases of the office, newest first."""
    chosen = ListFilter(regime=_one_of("regime", application().rulebook.definitions), phase=_one_of("phase", PHASES))
    found = application().desks.case_list(actor(), chosen, before_id=_number("before"))
    return _json(CasesAnswer(cases=[CaseSummary.of(row) for row in found.rows], next=found.next_key))


@blueprint.get("/cases/<int:case_id>")
@api
@needs(Permission.READ_CASES)
@answers(CaseAnswer)
def case(case_id: int) -> ResponseReturnValue:
    """Read one case: where it stands, its time limits, its money, and who its party is."""
    if case_id > _LARGEST_ID:
        abort(404)
    return _json(CaseAnswer.of(application().pages.show(actor(), case_id)))


@blueprint.get("/ledger/<line>/trial-balance")
@api
@needs(Permission.READ_LEDGER)
@answers(TrialBalanceAnswer, _AS_OF)
def trial_balance(line: str) -> ResponseReturnValue:
    """Read every account of one line at the end of a day."""
    known, as_of = _line(line), _day("as_of")
    application().reading.check_line(actor(), known)
    rows = application().ledger.trial_balance(actor(), known, as_of)
    return _json(
        TrialBalanceAnswer(
            line=known.value,
            as_of=as_of,
            accounts=[_balance(known, one.code, one.kind, one.name, one.debit_fen, one.credit_fen) for one in rows],
            debit_fen=sum(one.debit_fen for one in rows),
            credit_fen=sum(one.credit_fen for one in rows),
        )
    )


@blueprint.get("/ledger/accounts/<code>")
@api
@needs(Permission.READ_LEDGER)
@answers(AccountAnswer, _AS_OF)
def account(code: str) -> ResponseReturnValue:
    """Read the balance of one account at the end of a day."""
    as_of = _day("as_of")
    try:
        found = application().reading.account(actor(), code, as_of)
    except NotInLedger:
        abort(404)
    of, totals = found.account, found.totals
    balance = _balance(of.line, of.code, of.kind, of.name, totals.debit_fen, totals.credit_fen)
    return _json(AccountAnswer(line=of.line.value, as_of=as_of, account=balance))


@blueprint.get("/law")
@api
@needs(Permission.SEE_LAW)
@answers(LawAnswer, Parameter("on", "The day; today without it.", "date"))
def law() -> ResponseReturnValue:
    """List the rules of law with what each is on a day."""
    on = _day("on")
    return _json(LawAnswer(on=on, rules=[_rule(one, on) for one in application().rulebook.law.rules.values()]))


@blueprint.get("/law/due")
@api
@needs(Permission.SEE_LAW)
@answers(
    DueAnswer,
    Parameter("rule", "The id of a rule or its row, such as F1.", required=True),
    Parameter("on", "The day of the triggering event.", "date", required=True),
)
def law_due() -> ResponseReturnValue:
    """Reckon when a time limit falls due by the office's calendar."""
    name, on = _text("rule"), _day("on", required=True)
    if on > LAST_RECKONED_DAY:
        return problem(422, f"No time limit that begins after {LAST_RECKONED_DAY.isoformat()} is reckoned.")
    rules = application().rulebook
    try:
        rule = rules.law.rule(name)
        found = reckon(rule, trigger_on=on, calendar=rules.calendar)
    except LawRefusal as refusal:
        return problem(422, refusal.message("en"))
    except CalendarNotPublished:
        return problem(422, "The calendar of that year is not known.")
    sentences = zip(explain(found, "en"), explain(found, "zh"), strict=True)
    return _json(
        DueAnswer(
            rule=rule.id,
            trigger_on=on,
            due_on=found.due_on,
            provisional=found.provisional,
            explanation=[Text(en=en, zh=zh) for en, zh in sentences],
        )
    )


def _json(answer: Answer) -> Response:
    return Response(answer.model_dump_json() + "\n", content_type="application/json")


def _balance(line: Line, code: str, kind: str, name: Words, debit_fen: int, credit_fen: int) -> BalanceAnswer:
    side = NORMAL_SIDES[line, kind]
    grown_fen = debit_fen - credit_fen if side == "debit" else credit_fen - debit_fen
    return BalanceAnswer(
        code=code,
        kind=kind,
        name=Text.of(name),
        debit_fen=debit_fen,
        credit_fen=credit_fen,
        balance_fen=grown_fen,
        side=side,
    )


def _rule(rule: Rule, on: date) -> RuleAnswer:
    held = rule.version_or_none(on)
    return RuleAnswer(
        id=rule.id,
        row=rule.row,
        statute=rule.statute,
        kind=rule.kind,
        title=Text.of(rule.title),
        binds=rule.binds,
        in_force=held is not None,
        since=held.from_ if held else None,
        until=held.until if held else None,
        length=held.length if held else None,
        unit=held.unit if held else None,
        cite=Text.of(held.cite.text) if held else None,
    )


def _line(named: str) -> Line:
    if named not in {one.value for one in Line}:
        abort(404)
    return Line(named)


def _day(name: str, *, required: bool = False) -> date:
    typed = request.args.get(name)
    if typed is None:
        if required:
            raise Missing(name)
        return application().time.today()
    found = read_day(typed)
    # One way to write a day: what else Python reads (20260308, 2026-W10-7) no description names.
    if found is None or found.isoformat() != typed:
        raise Unreadable(name)
    return found


def _text(name: str) -> str:
    typed = request.args.get(name, "")
    if not typed:
        raise Missing(name)
    return typed


def _key_within(name: str, group: str | None) -> str | None:
    typed = request.args.get(name)
    if typed is not None and (group is None or group_key(typed) is None):
        raise Unreadable(name)
    return typed


def _number(name: str) -> int | None:
    typed = request.args.get(name)
    if typed is None:
        return None
    if not typed.isascii() or not typed.isdigit() or len(typed) > len(str(_LARGEST_ID)) or int(typed) > _LARGEST_ID:
        raise Unreadable(name)
    return int(typed)


def _one_of(name: str, known: Collection[str]) -> str | None:
    typed = request.args.get(name)
    if typed is not None and typed not in known:
        raise Unreadable(name)
    return typed
