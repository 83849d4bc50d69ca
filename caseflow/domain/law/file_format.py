"""The shape of a law file, as pydantic models; the meaning is checked in ``parsing``."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from caseflow.domain.law import model
from caseflow.domain.law.citations import CheckedStatus
from caseflow.domain.ledger import Component

NonEmpty = Annotated[str, Field(min_length=1)]
Fen = Annotated[int, Field(ge=0)]


class _Spec(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class WordsSpec(_Spec):
    """A phrase in both languages."""

    en: NonEmpty
    zh: NonEmpty


class CiteSpec(WordsSpec):
    """A citation."""

    law: NonEmpty
    article: NonEmpty


class CheckedSpec(_Spec):
    """The mark of the last check."""

    on: date
    status: CheckedStatus


class RepealSpec(WordsSpec):
    """The act that ended a rule."""

    law: NonEmpty
    on: date


class LateSpec(WordsSpec):
    """The consequence of a missed limit."""

    effect: NonEmpty
    inferred: bool = False


class RateSpec(_Spec):
    """A rate: exactly one of per mille and per cent, a period."""

    per_mille: Annotated[int, Field(gt=0)] | None = None
    percent: Annotated[int, Field(gt=0)] | None = None
    per: model.Period


class BracketSpec(_Spec):
    """One bracket of a fine range."""

    when: NonEmpty
    text: WordsSpec
    min_fen: Fen | None = None
    max_fen: Fen | None = None
    min_times_gains: Fen | None = None
    max_times_gains: Fen | None = None
    optional: bool = False
    cite: CiteSpec | None = None
    checked: CheckedSpec | None = None


class VersionSpec(_Spec):
    """One dated version of a rule."""

    from_: date = Field(alias="from")
    until: date | None = None
    length: Annotated[int, Field(gt=0)] | None = None
    unit: model.Unit | None = None
    act_date_until: date | None = None
    act_date_repeal: RepealSpec | None = None
    reviews: list[str] = []
    rate: RateSpec | None = None
    cap_percent: Annotated[int, Field(gt=0)] | None = None
    cap_cite: CiteSpec | None = None
    pauses: list[model.PauseKind] = []
    whole_months_only: bool = False
    allocation: list[Component] = ["principal", "charge"]
    annual_basis_points: Annotated[int, Field(gt=0)] | None = None
    brackets: list[BracketSpec] = []
    cite: CiteSpec
    checked: CheckedSpec
    dates_checked: CheckedStatus | None = None
    note: WordsSpec | None = None


class GapSpec(WordsSpec):
    """A declared gap between two versions, half open."""

    from_: date = Field(alias="from")
    until: date


class ExampleSpec(_Spec):
    """A worked example; which fields it needs follows from the kind of the rule."""

    trigger: date | None = None
    applies_on: date | None = None
    due: date | None = None
    on: date | None = None
    refused: bool = False
    principal_fen: Fen | None = None
    default_on: date | None = None
    until: date | None = None
    charge_fen: Fen | None = None
    taken_on: date | None = None
    interest_fen: Fen | None = None
    gains_fen: Fen = 0
    serious: bool = False
    role: str = ""
    min_fen: Fen | None = None
    max_fen: Fen | None = None
    act_date: date | None = None
    decision_date: date | None = None


class RuleSpec(_Spec):
    """One rule."""

    id: Annotated[str, Field(pattern=r"^[a-z0-9]+(\.[a-z0-9_]+){2,}$")]
    row: Annotated[str, Field(pattern=r"^[A-Z]{1,2}[0-9]{0,2}$")] | None = None
    primary: bool = False
    kind: model.Kind
    title: WordsSpec
    binds: model.Binds
    trigger: WordsSpec
    applies_by: model.AppliesBy = "trigger_date"
    start_day: model.StartDay = "excluded"
    roll: model.Roll = "none"
    month_end: Literal["last_day"] | None = None
    straddling: model.Straddling = "by_trigger"
    direction: model.Direction = "after"
    late: LateSpec | None = None
    ladder: str | None = None
    regime: str | None = None
    pends: model.Remedy | None = None
    charge: NonEmpty | None = None
    from_service: bool = False
    notices: list[WordsSpec] = []
    versions: Annotated[list[VersionSpec], Field(min_length=1)]
    before_first: Literal["refuse", "no_limit"]
    after_last: Literal["refuse"]
    repealed_by: RepealSpec | None = None
    gaps: list[GapSpec] = []
    examples: list[ExampleSpec] = []


class LawFileSpec(_Spec):
    """A law file: the rules of one statute."""

    statute: NonEmpty
    title: WordsSpec
    ladder: NonEmpty
    rules: Annotated[list[RuleSpec], Field(min_length=1)]


class RungSpec(_Spec):
    """One rung of a ladder."""

    offset_days: int
    unit: Literal["calendar_day", "working_day"]
    to: model.RungTo
    escalate: bool = False


class LadderSpec(_Spec):
    """A named ladder."""

    title: WordsSpec
    rungs: Annotated[list[RungSpec], Field(min_length=1)]


class LaddersFileSpec(_Spec):
    """The file of ladders."""

    ladders: Annotated[dict[str, LadderSpec], Field(min_length=1)]
