"""Rules of law with their dated versions. Asking outside every version is a refusal, never a default."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Literal

from caseflow.domain.law.citations import Checked, CheckedStatus, Citation
from caseflow.domain.law.refusals import NoLawInForce, NoLimitThen, NotThisKind, Repeal, UnknownRule
from caseflow.domain.law.service_law import ServiceLaw
from caseflow.domain.ledger import PRINCIPAL_FIRST, Component
from caseflow.domain.words import Words

Kind = Literal["time_limit", "added_charge", "levy", "fine_range", "deposit_interest", "fact"]
Binds = Literal["agency", "person", "court", "other"]
AppliesBy = Literal["trigger_date", "decision_date", "act_date", "filing_date"]
Unit = Literal["hour", "calendar_day", "working_day", "month", "year"]
StartDay = Literal["excluded", "included"]
Roll = Literal["next_working_day", "none"]
Straddling = Literal["by_trigger", "refuse"]
BeforeFirst = Literal["refuse", "no_limit"]
Direction = Literal["after", "before"]
PauseKind = Literal["reconsideration", "litigation", "instalment"]
Remedy = Literal["reconsideration", "litigation"]
Period = Literal["day", "month"]
RungTo = Literal["owner", "supervisor", "office_head"]

CHECKED_WORDS: Mapping[CheckedStatus, Words] = {
    "text_seen": Words("statute text read", "已核对法条原文"),
    "secondary": Words("from a secondary source", "依据二手资料"),
    "unconfirmed": Words("unconfirmed", "尚未核实"),
}
APPLIES_BY_WORDS: Mapping[AppliesBy, Words] = {
    "trigger_date": Words("date of the triggering event", "起算事由发生日"),
    "decision_date": Words("date of the decision", "决定作出日"),
    "act_date": Words("date of the act", "行为发生日"),
    "filing_date": Words("date of filing", "立案日"),
}


@dataclass(frozen=True, slots=True)
class Late:
    """What the law attaches to a missed limit; ``inferred`` when the text does not state it itself."""

    effect: str
    text: Words
    inferred: bool


@dataclass(frozen=True, slots=True)
class ChargeRate:
    """An added charge: ``share`` of the principal a period, a cap in per cent of it, and what pauses it.

    A charge by the month counts whole months only; the loader refuses any other.
    """

    share: Fraction
    per: Period
    cap_percent: int | None
    pauses: frozenset[PauseKind]
    cap_cite: Citation | None
    allocation: tuple[Component, ...] = PRINCIPAL_FIRST


@dataclass(frozen=True, slots=True)
class Bracket:
    """One bracket of a fine: when it applies (CEL) and its bounds, in fen or in multiples of the gains."""

    when: str
    text: Words
    min_fen: int | None
    max_fen: int | None
    min_times_gains: int | None
    max_times_gains: int | None
    optional: bool
    cite: Citation
    checked: Checked


@dataclass(frozen=True)
class RuleVersion:
    """A rule as it stood from ``from_`` to the day before ``until`` (open when None)."""

    from_: date
    until: date | None
    cite: Citation
    checked: Checked
    dates_checked: CheckedStatus
    length: int | None = None
    unit: Unit | None = None
    act_date_until: date | None = None
    act_date_repeal: Repeal | None = None
    reviews: tuple[str, ...] = ()
    charge: ChargeRate | None = None
    brackets: tuple[Bracket, ...] = ()
    annual_basis_points: int = 0
    note: Words | None = None

    def covers(self, on: date) -> bool:
        """Say whether this version was in force on ``on``."""
        return self.from_ <= on and (self.until is None or on < self.until)


@dataclass(frozen=True)
class Rule:
    """One rule of law with all its versions, oldest first; ``digest`` is the SHA-256 of its text in the file.

    ``pends`` says which remedy is pending while a clock of this rule runs; ``charge`` names the rule of the surcharge
    or added fine that missing this limit starts. One that runs ``from_service`` starts with the service of a paper and
    with nothing else.
    """

    id: str
    row: str
    primary: bool
    statute: str
    kind: Kind
    title: Words
    binds: Binds
    trigger: Words
    applies_by: AppliesBy
    start_day: StartDay
    roll: Roll
    month_end: Literal["last_day"] | None
    straddling: Straddling
    before_first: BeforeFirst
    direction: Direction
    late: Late | None
    ladder: str
    regime: str | None
    notices: tuple[Words, ...]
    versions: tuple[RuleVersion, ...]
    repealed_by: Repeal | None
    digest: str
    pends: Remedy | None = None
    charge: str | None = None
    from_service: bool = False

    @cached_property
    def _starts(self) -> tuple[date, ...]:
        return tuple(version.from_ for version in self.versions)

    def version_on(self, on: date) -> RuleVersion:
        """Return the version in force on ``on``.

        Raises :class:`NoLawInForce` before the first version, in a gap and after the last; the refusal quotes the
        repealing act.
        """
        version = self.version_or_none(on)
        if version is None:
            raise self._refusal(on)
        return version

    def version_or_none(self, on: date) -> RuleVersion | None:
        """Return the version in force on ``on``, or None; for listings, never for a decision."""
        index = bisect_right(self._starts, on) - 1
        if index < 0 or not self.versions[index].covers(on):
            return None
        return self.versions[index]

    def boundary_within(self, starts: date, ends: date) -> date | None:
        """Return the first day in (starts, ends] on which a version begins or ends, or None."""
        days = {version.from_ for version in self.versions}
        days |= {version.until for version in self.versions if version.until is not None}
        return min((day for day in days if starts < day <= ends), default=None)

    def _refusal(self, on: date) -> NoLawInForce:
        first, last = self.versions[0], self.versions[-1]
        if on < first.from_:
            why = Words(f"The rule begins on {first.from_}.", f"该规则自{first.from_}起施行。")
            refusal = NoLimitThen if self.before_first == "no_limit" else NoLawInForce
            return refusal(self.id, self.title, on, why=why, repealed_by=None)
        if last.until is not None and on >= last.until:
            repeal = self.repealed_by
            if repeal is None:
                why = Words(f"The rule ended on {last.until}.", f"该规则已于{last.until}失效。")
            else:
                why = Words(
                    f"It was repealed from {repeal.on} by the {repeal.name.en}.",
                    f"自{repeal.on}起由{repeal.name.zh}废止。",
                )
            return NoLawInForce(self.id, self.title, on, why=why, repealed_by=repeal)
        why = Words("The law has a gap on this day.", "该日处于法律空档期。")
        return NoLawInForce(self.id, self.title, on, why=why, repealed_by=None)


@dataclass(frozen=True, slots=True)
class Rung:
    """One reminder of a ladder: so many days before (negative) or after the due date, to whom."""

    offset_days: int
    unit: Literal["calendar_day", "working_day"]
    to: RungTo
    escalate: bool


@dataclass(frozen=True, slots=True)
class Ladder:
    """The reminders of a family of clocks, in order of their offset."""

    name: str
    title: Words
    rungs: tuple[Rung, ...]

    @property
    def escalates(self) -> bool:
        """Say whether some rung escalates to a superior."""
        return any(rung.escalate for rung in self.rungs)


@dataclass(frozen=True)
class LevyBasis:
    """The law that supports a levy or fine, with what must still happen before it is decided.

    ``reviews`` are facts that force a supervisor's review (the policy stop of 2021-07-20, for instance).
    """

    rule: Rule
    version: RuleVersion
    at_act: RuleVersion
    reviews: tuple[Rule, ...] = ()


@dataclass(frozen=True)
class LawBook:
    """All rules and ladders, as read from the law files; ``digest`` is the SHA-256 of their content."""

    rules: Mapping[str, Rule]
    ladders: Mapping[str, Ladder]
    digest: str
    _rows: Mapping[str, str] = field(default_factory=dict)
    service: ServiceLaw = field(default_factory=ServiceLaw)

    def rule(self, name_or_row: str) -> Rule:
        """Return the rule of this name, or the primary rule of this row (``F1``). Raises :class:`UnknownRule`."""
        rule = self.rules.get(name_or_row) or self.rules.get(self._rows.get(name_or_row.upper(), ""))
        if rule is None:
            raise UnknownRule(name_or_row, [*self.rules, *self._rows])
        return rule

    def ladder_of(self, rule_id: str) -> Ladder:
        """Return the reminder ladder of a rule. Raises :class:`UnknownRule`."""
        return self.ladders[self.rule(rule_id).ladder]

    def only_rule_of(self, kind: Kind) -> Rule | None:
        """Return the rule of a kind that the law has at most one of, or None."""
        return next((rule for rule in self.rules.values() if rule.kind == kind), None)

    def levy_rule(self, regime_law: str) -> Rule:
        """Return the levy rule of a regime (``prc/two_illegal``). Raises :class:`UnknownRule`."""
        rule = self._levies.get(regime_law)
        if rule is None:
            raise UnknownRule(regime_law, self._levies)
        return rule

    @cached_property
    def _levies(self) -> Mapping[str, Rule]:
        return {rule.regime: rule for rule in self.rules.values() if rule.kind == "levy" and rule.regime}

    def levy_basis(self, regime_law: str, *, act_date: date, decision_date: date) -> LevyBasis:
        """Return the law in force for a levy or fine decided on ``decision_date`` for conduct on ``act_date``.

        Raises :class:`NoLawInForce` when no version was in force on the decision date or on the act date, or when
        the act lies after the last day the version still reaches. Source: law.md 1.2; APL 2021 article 37.
        """
        rule = self.levy_rule(regime_law)
        version = rule.version_on(decision_date)
        if version.act_date_until is not None and act_date > version.act_date_until:
            repeal = version.act_date_repeal or rule.repealed_by
            named_en = f" ({repeal.name.en}, {repeal.on})" if repeal else ""
            named_zh = f"（{repeal.name.zh}，{repeal.on}）" if repeal else ""
            why = Words(
                f"Acts after {version.act_date_until} may no longer be levied{named_en}.",
                f"{version.act_date_until}之后的行为不得再征收{named_zh}。",
            )
            raise NoLawInForce(rule.id, rule.title, act_date, why=why, repealed_by=repeal)
        at_act = rule.version_on(act_date)
        reviews = tuple(
            self.rule(name) for name in version.reviews if self.rule(name).version_or_none(decision_date) is not None
        )
        return LevyBasis(rule, version, at_act, reviews)


def require_kind(rule: Rule, kind: Kind) -> None:
    """Raise :class:`NotThisKind` unless the rule is of this kind."""
    if rule.kind != kind:
        message = Words(
            f"{rule.title.en} ({rule.id}) is of kind {rule.kind}, not {kind}.",
            f"{rule.title.zh}（{rule.id}）的规则类型为{rule.kind}，不是{kind}。",
        )
        raise NotThisKind(message)
