"""What a law file may not say: overlaps, undeclared gaps, limits without unit, charges without rate and the like."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from caseflow.domain.law import file_format as spec
from caseflow.domain.law.model import Ladder, Rule
from caseflow.domain.sources import Problem, SourceDocument, SourcePath

_PATIENT_WORDS = ("patient", "woman", "women", "wife", "mother", "孕妇", "患者", "妇女")
_ROLES = ("institution", "practitioner", "intermediary", "drug_seller")

Found = Iterator[tuple[SourcePath, str]]


def rule_problems(rule: spec.RuleSpec) -> list[tuple[SourcePath, str]]:
    """Return what is wrong inside one rule, each with its path below the rule."""
    return [*_version_order(rule), *_kind_problems(rule), *_ending(rule)]


def book_problems(
    rules: Mapping[str, Rule], ladders: Mapping[str, Ladder], places: Mapping[str, tuple[SourceDocument, int]]
) -> list[Problem]:
    """Return what is wrong between rules: unknown ladders and reviews, rows and regimes claimed twice."""
    problems: list[Problem] = []
    regimes: dict[str, str] = {}

    def refuse(rule: Rule, where: SourcePath, reason: str) -> None:
        document, index = places[rule.id]
        problems.append(document.problem(("rules", index, *where), reason))

    for rule in rules.values():
        for where, reason in _name_problems(rule, rules, ladders):
            refuse(rule, where, reason)
        if rule.kind == "levy" and rule.regime:
            if rule.regime in regimes:
                refuse(rule, ("regime",), f"regime '{rule.regime}' already has the levy {regimes[rule.regime]}")
            regimes.setdefault(rule.regime, rule.id)
    for rule in [rule for rule in rules.values() if rule.kind == "deposit_interest"][1:]:
        refuse(rule, ("kind",), "there is one rule of deposit interest already")
    for rule, reason in _row_problems(rules):
        refuse(rule, ("row",), reason)
    return problems


def _name_problems(rule: Rule, rules: Mapping[str, Rule], ladders: Mapping[str, Ladder]) -> Found:
    if rule.ladder not in ladders:
        known = ", ".join(sorted(ladders)) or "none"
        yield ("ladder",), f"ladder '{rule.ladder}' is not known (known: {known})"
    if rule.charge is not None and (rule.charge not in rules or rules[rule.charge].kind != "added_charge"):
        yield ("charge",), f"charge '{rule.charge}' is not a known added charge"
    for number, version in enumerate(rule.versions):
        for name in version.reviews:
            if name not in rules:
                yield ("versions", number, "reviews"), f"review '{name}' is not a known rule"


def _row_problems(rules: Mapping[str, Rule]) -> Iterator[tuple[Rule, str]]:
    by_row: defaultdict[str, list[Rule]] = defaultdict(list)
    for rule in rules.values():
        if rule.row:
            by_row[rule.row].append(rule)
    for row, sharers in by_row.items():
        primaries = [rule for rule in sharers if rule.primary]
        if len(sharers) > 1 and len(primaries) != 1:
            reason = f"row {row} is shared by {len(sharers)} rules: exactly one must say 'primary: true'"
            yield (primaries[-1] if primaries else sharers[0]), reason


def _version_order(rule: spec.RuleSpec) -> Found:
    declared = {(gap.from_, gap.until) for gap in rule.gaps}
    used = set()
    for number, version in enumerate(rule.versions):
        here: SourcePath = ("versions", number)
        if version.until is not None and version.until <= version.from_:
            yield (*here, "until"), f"ends on {version.until}, not after its beginning {version.from_}"
        if number == 0:
            continue
        before = rule.versions[number - 1]
        if before.until is None:
            yield here, f"overlaps the version from {before.from_}, which has no end"
        elif version.from_ < before.until:
            yield here, f"overlaps the version from {before.from_}, which ends on {before.until}"
        elif version.from_ > before.until:
            gap = (before.until, version.from_)
            used.add(gap)
            if gap not in declared:
                yield here, f"leaves an undeclared gap from {before.until} to {version.from_}"
    for number, (gap_from, gap_until) in enumerate((gap.from_, gap.until) for gap in rule.gaps):
        if (gap_from, gap_until) not in used:
            yield ("gaps", number), f"declares a gap from {gap_from} to {gap_until} that does not exist"


def _kind_problems(rule: spec.RuleSpec) -> Found:
    if rule.before_first == "no_limit" and rule.kind != "time_limit":
        yield ("before_first",), "only a time limit may say no_limit"
    if rule.kind == "levy" and not rule.regime:
        yield ("regime",), "a levy must name its regime"
    for number, version in enumerate(rule.versions):
        here: SourcePath = ("versions", number)
        if rule.kind == "time_limit":
            yield from _limit_problems(rule, version, here)
        elif version.length is not None or version.unit is not None:
            yield here, f"a rule of kind {rule.kind} has no length or unit"
        yield from _charge_problems(rule, version, here)
        if (rule.kind == "deposit_interest") != (version.annual_basis_points is not None):
            yield here, "deposit interest, and nothing else, needs annual_basis_points"
        if (rule.kind == "fine_range") != bool(version.brackets):
            yield here, "a fine range, and nothing else, needs brackets"
        for index, bracket in enumerate(version.brackets):
            yield from _bracket_problems(bracket, (*here, "brackets", index))


def _charge_problems(rule: spec.RuleSpec, version: spec.VersionSpec, here: SourcePath) -> Found:
    rate = version.rate
    if (rule.kind == "added_charge") != (rate is not None):
        yield here, "an added charge, and nothing else, needs a rate"
    if rate is None:
        return
    if (rate.per_mille is None) == (rate.percent is None):
        yield (*here, "rate"), "a rate is given either per mille or in per cent"
    if (rate.per == "month") != version.whole_months_only:
        yield here, "whole_months_only: true belongs to a rate by the month, for which no rule on part months is known"


def _limit_problems(rule: spec.RuleSpec, version: spec.VersionSpec, here: SourcePath) -> Found:
    if version.length is None or version.unit is None:
        yield here, "a time limit needs a length and a unit"
    if version.unit in ("month", "year") and rule.month_end is None:
        yield (*here, "unit"), f"a limit in {version.unit}s must name its month-end rule (month_end: last_day)"
    if version.unit == "hour" and version.length is not None and version.length % 24:
        yield (*here, "length"), "dates carry no hour here: a limit in hours must be a multiple of 24"


def _bracket_problems(bracket: spec.BracketSpec, here: SourcePath) -> Found:
    import cel

    lowered = bracket.when.lower()
    for word in _PATIENT_WORDS:
        if word in lowered:
            yield (*here, "when"), f"a fine never reaches a patient: '{word}' is refused"
    try:
        program = cel.compile(bracket.when)
        for role in _ROLES:
            answer = program.execute({"gains_fen": 0, "serious": False, "role": role})
            if not isinstance(answer, bool):
                yield (*here, "when"), "must answer true or false"
                break
    except Exception as error:  # noqa: BLE001 - the library raises many kinds for a wrong expression
        yield (*here, "when"), f"cannot be evaluated over gains_fen, serious and role: {error}"
    fixed = (bracket.min_fen, bracket.max_fen)
    times = (bracket.min_times_gains, bracket.max_times_gains)
    if (None in fixed) == (None in times):
        yield here, "needs min_fen and max_fen, or min_times_gains and max_times_gains"
    for low, high in (fixed, times):
        if low is not None and high is not None and low > high:
            yield here, "has a minimum above its maximum"


def _ending(rule: spec.RuleSpec) -> Found:
    last = rule.versions[-1]
    if rule.repealed_by is not None and last.until != rule.repealed_by.on:
        yield ("repealed_by",), f"names {rule.repealed_by.on}, but the last version ends on {last.until}"
    if rule.kind == "levy" and last.until is not None and rule.repealed_by is None:
        yield ("versions", len(rule.versions) - 1), "a levy that has ended must name the repealing act (repealed_by)"
