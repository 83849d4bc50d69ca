"""Surcharges (late payment) and added fines: by day or whole month, with pauses, part payments and caps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from caseflow.domain.law.citations import Checked, Citation
from caseflow.domain.law.model import ChargeRate, PauseKind, Rule, RuleVersion, require_kind
from caseflow.domain.law.reckoning import add_months
from caseflow.domain.law.sheets import CalculationSheet, SheetLine
from caseflow.domain.words import Words

ROUND_DOWN = Words("rounded down to the fen, in the payer's favour", "舍去不足一分的部分，有利于缴款人")

Payment = tuple[date, int]
Pause = tuple[date, date | None, PauseKind]


@dataclass(frozen=True, slots=True)
class _Accrual:
    """A stretch of equal principal under one version: ``periods`` days or whole months."""

    from_: date
    until: date
    periods: int
    principal_fen: int
    version: RuleVersion
    charge: ChargeRate

    @property
    def amount(self) -> Fraction:
        return self.principal_fen * self.charge.share * self.periods


def added_charge(
    rule: Rule,
    *,
    principal_fen: int,
    default_on: date,
    until: date,
    payments: Sequence[Payment] = (),
    pauses: Sequence[Pause] = (),
) -> CalculationSheet:
    """Compute an added fine or surcharge over [default_on, until), in fen.

    ``default_on`` is the first day of default (the day after the due date); ``until`` is the day of payment or of
    the calculation and is itself not charged. ``payments`` are (day, fen) and lower the principal from their day on;
    ``pauses`` are (from, to, kind), half open, open-ended when ``to`` is None, and count only for the kinds the law
    of the day names. Where a version counts months, only whole months count. From the day a cap is in force the
    whole charge is capped. After the rule's end nothing accrues. Raises ``NotThisKind``, ``NoLawInForce`` (default
    before or after the rule) and ``ValueError`` for negative amounts or a span that ends before it begins.
    Source: D357 article 8, ACL article 45, APL 1996 article 51, APL 2021 articles 72 and 73.
    """
    require_kind(rule, "added_charge")
    if principal_fen < 0 or until < default_on or any(fen < 0 for _, fen in payments):
        message = "amounts must not be negative, and the span must not end before it begins"
        raise ValueError(message)
    first_version = rule.version_on(default_on)
    paused = _paused_days(rule, pauses, default_on, until)
    accruals = list(_accruals(rule, default_on, until, principal_fen, sorted(payments), paused))
    total = sum((accrual.amount for accrual in accruals), Fraction(0))
    lines = [_accrual_line(accrual) for accrual in accruals]
    capping = _capping_version(rule, default_on, until)
    if capping is not None and capping.charge is not None and capping.charge.cap_percent is not None:
        cap = Fraction(principal_fen * capping.charge.cap_percent, 100)
        if total > cap:
            lines.append(_cap_line(principal_fen, cap, capping, capping.charge))
            total = cap
    ended = rule.versions[-1].until
    if ended is not None and until > ended:
        lines.append(_end_line(rule, ended))
    if paused:
        lines.append(_pause_line(len(paused), first_version))
    return CalculationSheet(
        rule.id,
        rule.title,
        rule.digest,
        _inputs(principal_fen, default_on, until, payments, pauses),
        tuple(lines),
        ROUND_DOWN,
        int(total),
    )


def _paused_days(rule: Rule, pauses: Sequence[Pause], default_on: date, until: date) -> frozenset[date]:
    days = set()
    for from_, to, kind in pauses:
        day, end = max(from_, default_on), min(to or until, until)
        while day < end:
            version = rule.version_or_none(day)
            if version is not None and version.charge is not None and kind in version.charge.pauses:
                days.add(day)
            day += timedelta(days=1)
    return frozenset(days)


def _accruals(
    rule: Rule,
    default_on: date,
    until: date,
    principal_fen: int,
    payments: Sequence[Payment],
    paused: frozenset[date],
) -> Iterator[_Accrual]:
    counted = [day for day in _days_in_force(rule, default_on, until) if day not in paused]
    by_month = any(version.charge is not None and version.charge.per == "month" for version in rule.versions)
    stretches = _whole_months(default_on, len(counted)) if by_month else _single_days(len(counted))
    open_stretch: _Accrual | None = None
    for start, end in stretches:
        first, last = counted[start], counted[end - 1]
        owed = max(0, principal_fen - sum(fen for day, fen in payments if day <= last))
        version = rule.version_on(first)
        charge = version.charge
        if charge is None or owed == 0:
            continue
        after = last + timedelta(days=1)
        if open_stretch is not None and _continues(open_stretch, version, owed):
            open_stretch = _Accrual(open_stretch.from_, after, open_stretch.periods + 1, owed, version, charge)
            continue
        if open_stretch is not None:
            yield open_stretch
        open_stretch = _Accrual(first, after, 1, owed, version, charge)
    if open_stretch is not None:
        yield open_stretch


def _continues(stretch: _Accrual, version: RuleVersion, owed: int) -> bool:
    return stretch.version is version and stretch.principal_fen == owed


def _whole_months(default_on: date, days: int) -> Iterator[tuple[int, int]]:
    """Yield the whole months in ``days`` counted days as index ranges; a pause moves the months after it."""
    begin, month = 0, 1
    while (end := (add_months(default_on, month) - default_on).days) <= days:
        yield begin, end
        begin, month = end, month + 1


def _single_days(days: int) -> Iterator[tuple[int, int]]:
    return ((index, index + 1) for index in range(days))


def _days_in_force(rule: Rule, from_: date, until: date) -> Iterator[date]:
    for version in rule.versions:
        yield from _days(max(from_, version.from_), min(until, version.until or until))


def _days(from_: date, until: date) -> Iterator[date]:
    return (date.fromordinal(number) for number in range(from_.toordinal(), until.toordinal()))


def _capping_version(rule: Rule, default_on: date, until: date) -> RuleVersion | None:
    """Return the last version in force within [default_on, until]: its cap governs the whole charge."""
    latest = [version for version in rule.versions if version.from_ <= until]
    return latest[-1] if latest and default_on <= until else None


def _accrual_line(accrual: _Accrual) -> SheetLine:
    per = accrual.charge.per
    last = accrual.until - timedelta(days=1)
    label = Words(
        f"{accrual.from_} to {last}: {accrual.periods} {'whole month(s)' if per == 'month' else 'day(s)'}",
        f"{accrual.from_}至{last}：{accrual.periods}{'个整月' if per == 'month' else '天'}",
    )
    rate = f"{accrual.charge.share * 1000} ‰" if per == "month" else f"{float(accrual.charge.share * 100):g} %"
    formula = f"{accrual.principal_fen / 100:.2f} × {rate} × {accrual.periods}"
    return SheetLine(label, formula, int(accrual.amount), accrual.version.cite, accrual.version.checked)


def _cap_line(principal_fen: int, cap: Fraction, version: RuleVersion, charge: ChargeRate) -> SheetLine:
    label = Words("capped: never above the principal", "达到上限：不得超过应缴本金")
    formula = f"{principal_fen / 100:.2f} × {charge.cap_percent} %"
    return SheetLine(label, formula, int(cap), charge.cap_cite or version.cite, version.checked)


def _end_line(rule: Rule, ended: date) -> SheetLine:
    last = rule.versions[-1]
    repeal = rule.repealed_by
    cite = Citation(repeal.law, "", repeal.name) if repeal else last.cite
    label = Words(f"nothing accrues from {ended}: the rule ended", f"自{ended}起规则失效，不再加收")
    return SheetLine(label, "0", 0, cite, Checked(last.checked.on, last.checked.status))


def _pause_line(days: int, version: RuleVersion) -> SheetLine:
    label = Words(f"{days} day(s) paused, not counted", f"中止计收{days}天，不计入")
    return SheetLine(label, "0", 0, version.cite, version.checked)


def _inputs(
    principal_fen: int, default_on: date, until: date, payments: Sequence[Payment], pauses: Sequence[Pause]
) -> dict[str, object]:
    return {
        "principal_fen": principal_fen,
        "default_on": default_on.isoformat(),
        "until": until.isoformat(),
        "payments": [[day.isoformat(), fen] for day, fen in payments],
        "pauses": [[from_.isoformat(), to.isoformat() if to else None, kind] for from_, to, kind in pauses],
    }
