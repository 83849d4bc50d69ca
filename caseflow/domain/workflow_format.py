"""The shape of a workflow file: which keys it may have and what kind of value each one takes.

Names are resolved and the procedure is judged elsewhere; here only the shape counts. An unknown key is
always refused, so that a misspelt safeguard cannot pass for one.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic import Field as Key

NAME_PATTERN = r"^[a-z][a-z0-9_]*$"
RULE_PATTERN = r"^[a-z][a-z0-9_]*(\.[a-z0-9_]+)+$"
LAW_PATTERN = r"^[a-z]+/[a-z0-9_]+$"
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=64)]
RuleName = Annotated[str, StringConstraints(pattern=RULE_PATTERN, max_length=96)]
Words = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]

FieldType = Literal[
    "date", "text", "long_text", "integer", "money", "boolean", "choice", "reference", "receipt", "staff"
]  # fmt: skip
Phase = Literal["investigation", "assessment", "court_referral", "collection", "closed"]
Branch = Literal["main", "wind_down"]
CaseDate = Literal["act_date", "filed_on", "decision_date", "served_on"]
PostingEvent = Literal["assess", "confiscate", "charge", "collect", "refund", "interest", "write_off", "waive", "annul"]
BoardColumn = Literal["ready", "filed", "accepted", "refused", "ruled", "in_enforcement", "withdrawn"]
ReferralAct = Literal["sign", "file", "withdraw"]
SubmissionKind = Literal[
    "statement", "evidence", "hearing_request", "instalments", "correction", "refund_claim", "recusal"
]  # fmt: skip
AnswerSource = Literal["day", "today", "reason", "finance_paper", "kept", "outstanding", "paid_state", "known"]
Role = Literal["officer", "reviewer", "approver", "cashier", "liaison", "supervisor"]


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


def _started(value: Any) -> Any:
    return {"clock": value} if isinstance(value, str) else value


Names = Annotated[list[Name], BeforeValidator(_listed)]
Roles = Annotated[list[Role], BeforeValidator(_listed), Key(min_length=1)]
RuleNames = Annotated[list[RuleName], BeforeValidator(_listed)]


class Shape(BaseModel):
    """A part of a workflow file; refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, strict=True)


class TextShape(Shape):
    """Words for people, in both languages."""

    en: Words
    zh: Words


class FieldShape(Shape):
    """A question a step or the opening of a case asks; ``rising``: no answer lies before the case's earlier one."""

    type: FieldType
    label: TextShape
    help: TextShape | None = None
    required: bool = True
    not_after: Name | None = None
    not_before: Names = []
    rising: bool = False
    min: int | None = None
    max: int | None = None
    choices: dict[Name, TextShape] | None = None
    sensitivity: Name | None = None


class DocumentShape(Shape):
    """A document the procedure makes or receives.

    ``mark`` is the word in its number (罚告), ``number_from`` the field that holds its number when a step asks for it,
    ``template`` the Typst template that sets it (default: the one called like the document).
    """

    title: TextShape
    mark: TextShape | None = None
    number_from: Name | None = None
    template: Name | None = None


class ConditionShape(Shape):
    """A named guard and the words that tell a person what it means."""

    when: Words
    en: Words
    zh: Words


class StateShape(Shape):
    """A place a case may stand in; in one that ``pends`` a plan to pay later is asked for or kept."""

    title: TextShape
    phase: Phase
    clocks: RuleNames = []
    waiting_for: Literal["office", "party", "court", "other"] = "office"
    branch: Branch = "main"
    final: bool = False
    board: BoardColumn | None = None
    pends: Literal["instalments"] | None = None


class NeedsShape(Shape):
    """What must exist before a step opens; ``issued`` documents must have been issued as papers.

    ``served`` documents must have been served; ``failed_service`` says how often serving a document must have failed.
    """

    documents: Names = []
    issued: Names = []
    served: Names = []
    failed_service: dict[Name, Annotated[int, Key(ge=1, le=9)]] = {}
    officers: Annotated[int, Key(ge=1, le=9)] = 1
    steps: Names = []


class StartShape(Shape):
    """A clock a step starts; ``on`` a date field, or ``after`` another clock has run out."""

    clock: RuleName
    on: Name | None = None
    after: RuleName | None = None


class TollShape(Shape):
    """A clock a step stops for a legal reason."""

    clock: RuleName
    reason: TextShape


class AmountShape(Shape):
    """A money field and the rule of law its value must fit."""

    field: Name
    rule: RuleName


class PostingShape(Shape):
    """A ledger event; ``amount`` is a money field. Money that a ``collect`` ``holds`` pays nothing: it goes back."""

    event: PostingEvent
    amount: Name
    holds: bool = False


class OfficersShape(Shape):
    """The staff fields whose answers become the case's first and second officer; ``replaces``: at least one must."""

    owner: Name | None = None
    second: Name | None = None
    replaces: bool = False


class StepShape(Shape):
    """An act that moves a case."""

    title: TextShape
    from_states: Annotated[Names, Key(alias="from", min_length=1)]
    to: Name
    by: Roles
    on_behalf_of: Literal["party", "court", "other"] | None = None
    branch: Branch = "main"
    not_by: Names = []
    needs: NeedsShape = NeedsShape()
    when: Names = []
    unless: Names = []
    opens_after: RuleNames = []
    within: RuleNames = []
    asks: Names = []
    effective: Name | None = None
    reaches_back: bool = False
    sets: dict[CaseDate, Name] = {}
    says: dict[Name, bool | str] = {}
    levies: bool = False
    amount: AmountShape | None = None
    makes: Names = []
    starts: Annotated[list[Annotated[StartShape, BeforeValidator(_started)]], BeforeValidator(_listed)] = []
    meets: RuleNames = []
    stops: RuleNames = []
    tolls: list[TollShape] = []
    resumes: RuleNames = []
    posts: list[PostingShape] = []
    officers: OfficersShape | None = None
    serves: Name | None = None
    served_by: Name | None = None
    referral: ReferralAct | None = None
    on_submission: SubmissionKind | None = None
    grave: TextShape | None = None


class BookColumnShape(Shape):
    """A column an old casebook may have."""

    kind: Literal[
        "case_number", "name", "party_kind", "identity", "address", "date", "amount", "receipt", "reference", "choice"
    ]  # fmt: skip
    title: TextShape
    also: list[Words] = []
    required: bool = False
    needs: Names = []
    not_before: Names = []
    not_above: Name | None = None
    choices: dict[Name, list[Words]] = {}


class BookEventShape(Shape):
    """A step that a filled column reports as taken; ``undated``: on the day of ``on``, for want of its own."""

    step: Name
    on: Name
    when: dict[Name, Name] = {}
    takes: dict[Name, Name] = {}
    says: dict[Name, bool | int | str] = {}
    undated: bool = False


class OldBookShape(Shape):
    """What an old casebook may say of a case, and the steps that reports; ``opening`` answers the opening's fields.

    ``settled`` is the step that confirms that all is paid.
    """

    party_kind: Name
    opened_on: Name
    opening: dict[Name, Name] = {}
    columns: Annotated[dict[Name, BookColumnShape], Key(min_length=1)]
    events: list[BookEventShape]
    settled: Name | None = None


class ClassShape(Shape):
    """A class of the wind-down; ``sources`` are names of the file's own."""

    title: TextShape
    reason: TextShape
    sources: Annotated[Names, Key(min_length=1)]


class SourceShape(TextShape):
    """Where a legal reason comes from, and how that was checked."""

    checked: Literal["text_seen", "secondary", "unconfirmed"]


class ClassRuleShape(Shape):
    """Which cases a class has at one stage; what is left out makes no difference."""

    class_: Annotated[Name, Key(alias="class")]
    stage: Name
    states: Annotated[Names, Key(min_length=1)]
    paid: Literal["none", "part", "full"] | None = None
    listed: bool | None = None
    was_listed: bool | None = None
    applied: bool | None = None
    steps: Annotated[Names, Key(min_length=1)]


class WindDownShape(Shape):
    """What an ended regime still requires of its open cases."""

    cut_off: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}-\d{2}$")]
    begins: Annotated[Names, Key(min_length=1)]
    office_steps: Names
    answers: dict[Name, AnswerSource]
    begun_with: Name
    listed_by: Name
    restricted_by: Annotated[Names, Key(min_length=1)]
    measured_on: Name
    applied_on: Name
    lifted_on: Name
    stages: dict[Name, TextShape]
    sources: dict[Name, SourceShape]
    classes: Annotated[dict[Name, ClassShape], Key(min_length=1)]
    rules: Annotated[list[ClassRuleShape], Key(min_length=1)]


class RetentionShape(Shape):
    """How long the file of a closed case is kept, in years; ``rule``: a figure of the law, or the office's own."""

    years: Annotated[int, Key(ge=1, le=100)]
    rule: Literal["law", "house"]
    basis: SourceShape


class RegimeShape(Shape):
    """A whole workflow file."""

    regime: Name
    version: Annotated[int, Key(ge=1)]
    title: TextShape
    subjects: Annotated[list[Name], Key(min_length=1)]
    subject_titles: dict[Name, TextShape] = {}
    law: Annotated[str, StringConstraints(pattern=LAW_PATTERN)]
    number: TextShape
    paper_number: TextShape | None = None
    seats: dict[Role, Annotated[int, Key(ge=0)]]
    opens: Name
    opening: Names
    fields: dict[Name, FieldShape]
    documents: dict[Name, DocumentShape] = {}
    conditions: dict[Name, ConditionShape] = {}
    states: Annotated[dict[Name, StateShape], Key(min_length=1)]
    steps: Annotated[dict[Name, StepShape], Key(min_length=1)]
    properties: list[Words] = []
    old_book: OldBookShape | None = None
    wind_down: WindDownShape | None = None
    retention: RetentionShape | None = None
