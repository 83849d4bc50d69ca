"""Judges one paid levy: does the record itself show that money was taken without right, and how much goes back. Pure.

It decides nothing: each finding is for an officer to look at, with the sheet that shows how the sum comes about.
Sources: D357 articles 3, 5 and 8; ACL article 45; the end of the regime on 2021-08-20 (law.md 1.2, 1.3); State
Compensation Law articles 36 and 39; Decree 427 articles 3 and 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from caseflow.domain.assessment import CalculationSheet, SheetLine
from caseflow.domain.cases import Case
from caseflow.domain.law import NoLawInForce
from caseflow.domain.refund_claims import claim_period, interest_on, newest_first
from caseflow.domain.refund_grounds import (
    CORRECT,
    PROPOSE,
    PROPOSE_HELD,
    CaseFindings,
    Cited,
    Ground,
    Input,
    RefundFinding,
    SameFact,
    Taken,
)
from caseflow.domain.rules import Rules
from caseflow.domain.words import Words

ONE_LEVY = "cn.d357.one_levy"
STANDARD = "cn.d357.standard"
REGIME_END = "cn.d357.regime_end"
SURCHARGE = "cn.d357.surcharge"
DUTY = "cn.d427.unlawful_income"
_TENTHS = 10
_EXACT = Words("no rounding: whole fen throughout", "全部以分为单位计算，未作舍入")
_UP = Words(
    "the standard is rounded up to the fen, in the office's favour", "标准数额不足一分的进为一分（有利于征收机关）"
)
_STEPS = (CORRECT, PROPOSE, PROPOSE_HELD)


@dataclass(frozen=True)
class LevyRecord:
    """A case with what was taken on it.

    ``taken`` are its payments, oldest first, without those taken back; ``same_fact`` other levied cases of the same
    person for the same day; ``lawful_charge`` the surcharge that the law files allow up to the last payment (None:
    none), and ``charged_on`` the days on which a surcharge was entered. ``charge_unknown``: what is lawful cannot be
    reckoned, because nothing on file tells when the default began; then nothing is found of the surcharge.
    """

    case: Case
    taken: tuple[Taken, ...]
    same_fact: tuple[SameFact, ...] = ()
    lawful_charge: CalculationSheet | None = None
    charged_on: tuple[date, ...] = ()
    charge_unknown: bool = False

    @property
    def principal_paid_fen(self) -> int:
        """What payments settled of the fee itself and was not refunded, in fen."""
        money = self.case.money
        assessed_fen = money.assessed_fen - money.charged_fen
        written_off_fen = money.written_off_fen - money.charge_written_off_fen
        return max(0, assessed_fen - written_off_fen - money.principal_open_fen)

    @property
    def charge_paid_fen(self) -> int:
        """What payments settled of the surcharge, in fen."""
        money = self.case.money
        return max(0, money.charged_fen - money.charge_written_off_fen - money.charge_open_fen)

    @property
    def kept_fen(self) -> int:
        """What the office keeps as its own, in fen: neither refunded nor held for the payer nor ordered to go back."""
        return self.principal_paid_fen + self.charge_paid_fen

    def late_fen(self, ended: date | None) -> tuple[int, int]:
        """Return what came in from ``ended`` on and has not gone back, in fen, and how much of it is merely held.

        What came in before is taken as kept first, and what is held as having come in last.
        """
        late_fen = 0 if ended is None else sum(one.fen for one in self.taken if one.on >= ended)
        early_fen = sum(one.fen for one in self.taken) - late_fen
        held_fen = max(0, self.case.money.held_fen)
        late_fen = min(late_fen, max(0, self.kept_fen + held_fen - early_fen))
        return late_fen, min(late_fen, held_fen)


def judge_levy(rules: Rules, record: LevyRecord, today: date) -> CaseFindings | None:
    """Return what is found of a case, or None where the record shows nothing unlawful.

    ``today`` is the day up to which interest is reckoned. Raises ``UnknownRule`` where a law file is missing.
    """
    judge = _Judge(rules, record, today)
    findings = tuple(
        one
        for found in (judge.double_levy, judge.after_end, judge.over_cap, judge.over_standard, judge.overpaid)
        for one in found()
    )
    if not findings:
        return None
    duty = rules.law.rule(DUTY)
    opens = tuple(
        name
        for name in _STEPS
        if (step := rules.definition.steps.get(name)) is not None and record.case.state in step.from_states
    )
    return CaseFindings(findings, judge.together(findings), opens, _first(opens), Cited.of(duty, duty.versions[-1]))


def _first(opens: Sequence[str]) -> Words | None:
    if opens:
        return None
    return Words(
        "No step that corrects it leaves the state the case is in: take the case on first (wind it down or close it), "
        "then annul the unlawful levy and propose the refund.",
        "案件当前状态下不能直接办理更正：请先推进案件（清理或者结案），再撤销违法征收并提出退付申请。",
    )


class _Basis(NamedTuple):
    """What a finding says beside its sum."""

    ground: Ground
    shown: tuple[Words, ...]
    laws: tuple[Cited, ...]
    inputs: tuple[Input, ...]
    lines: tuple[SheetLine, ...]
    rounding: Words = _EXACT


class _Judge:
    """One case before the grounds, one after the other."""

    def __init__(self, rules: Rules, record: LevyRecord, today: date) -> None:
        self._rules, self._record, self._today = rules, record, today
        self._case, self._law = record.case, rules.law
        self._ended = self._law.levy_rule(rules.definition.law).versions[-1].until

    def together(self, findings: Sequence[RefundFinding]) -> int:
        """Return the sum of all grounds, what they have in common counted once: never more than the office has."""
        owed_fen = sum(one.back_fen for one in findings if one.ground is Ground.OVERPAID) + self._late_held_fen()
        unlawful_fen = sum(one.back_fen for one in findings if one.ground is not Ground.OVERPAID)
        return owed_fen + min(self._record.kept_fen, unlawful_fen - self._late_held_fen())

    def _late_held_fen(self) -> int:
        """Return what of the money held came in after the end: a ground of its own where a law stood before."""
        dates = self._case.dates
        if dates.decision_date is None or self._no_basis(dates.act_date, dates.decision_date) is not None:
            return 0
        return self._record.late_fen(self._ended)[1]

    def double_levy(self) -> Iterator[RefundFinding]:
        """Find a second levy for the same fact (D357 article 5): the later decision should fall, whole."""
        case, decided = self._case, self._case.dates.decision_date
        if decided is None or case.money.assessed_fen == 0:
            return
        earlier = [one for one in self._record.same_fact if (one.decided_on, one.case_id) < (decided, case.id)]
        if not earlier:
            return
        first = min(earlier, key=lambda one: (one.decided_on, one.case_id))
        law = self._cited(ONE_LEVY, decided) or self._cited(ONE_LEVY, first.decided_on)
        shown = Words(
            f"the same person was levied for the same day before, by case {first.number} decided on "
            f"{first.decided_on}; the later decision should fall",
            f"同一当事人同日行为已由{first.number_zh}（{first.decided_on}决定）征收，后作出的决定应予撤销",
        )
        inputs = (
            Input(Words("Date of the conduct in both cases", "两案行为日期"), day=case.dates.act_date),
            Input(Words("The earlier case", "在先案件"), text=f"{first.number_zh} ({first.number})"),
            Input(Words("Decided on, in the earlier case", "在先案件决定日期"), day=first.decided_on),
            Input(Words("Collected in the earlier case", "在先案件已收"), fen=first.collected_fen),
            Input(Words("Decided on, in this case", "本案决定日期"), day=decided),
        )
        doubt = Words(
            "the officer checks in both files that they are about one fact; the record knows only person and day",
            "系统仅比对当事人和行为日期，是否属于同一事实由承办人核对两案案卷",
        )
        yield from self._whole(Ground.DOUBLE_LEVY, (shown, doubt), law, inputs)

    def after_end(self) -> Iterator[RefundFinding]:
        """Find a levy decided without a law in force, or money that came in after the regime's end."""
        dates, ended = self._case.dates, self._ended
        if ended is None or dates.decision_date is None:
            return
        end = self._law.rule(REGIME_END)
        law = (Cited.of(end, end.version_on(ended)),)
        refused = self._no_basis(dates.act_date, dates.decision_date)
        if refused is not None:
            inputs = (
                Input(Words("Date of the conduct", "行为日期"), day=dates.act_date),
                Input(Words("Decided on", "决定日期"), day=dates.decision_date),
                Input(Words("The regime ended on", "制度终止日期"), day=ended),
            )
            yield from self._whole(Ground.AFTER_END, (refused,), law, inputs)
            return
        late = tuple(one for one in self._record.taken if one.on >= ended)
        early_fen = sum(one.fen for one in self._record.taken) - sum(one.fen for one in late)
        back_fen, held_fen = self._record.late_fen(ended)
        lines = [_line(f"收款 {one.on}", f"paid on {one.on}", one.fen, law[0]) for one in late]
        if late and back_fen < sum(one.fen for one in late):
            en, zh = "of it still kept by the office", "其中尚未退还的部分"
            lines.append(_line(zh, en, back_fen, law[0]))
        shown = Words(
            f"money came in on or after {ended}, when what was not collected was no longer to be collected",
            f"{ended}起未征收部分不再征收，此后仍有款项入账",
        )
        before = (
            Input(Words("The regime ended on", "制度终止日期"), day=ended),
            Input(Words("Collected before that day", "此前已收"), fen=early_fen),
        )
        yield from self._finding(
            _Basis(Ground.AFTER_END, (shown,), law, before, tuple(lines)), back_fen, late, back_fen - held_fen
        )

    def over_cap(self) -> Iterator[RefundFinding]:
        """Find a surcharge above the law's own reckoning: whole months, the cap, nothing after the end."""
        record, paid_fen = self._record, self._record.charge_paid_fen
        if paid_fen == 0 or not record.taken or record.charge_unknown:
            return
        sheet, last = record.lawful_charge, record.taken[-1].on
        lawful_fen = 0 if sheet is None else sheet.result_fen
        rule = self._law.rule(SURCHARGE)
        version = rule.version_or_none(last) or rule.versions[-1]
        law = Cited.of(rule, version)
        money = self._case.money
        principal_fen = money.assessed_fen - money.charged_fen
        shown = [
            Words(
                "more was collected as surcharge than whole months at the lawful rate come to",
                "所收滞纳金超过按整月和法定比例计算的数额",
            )
        ]
        laws = [law]
        capped = version.charge is not None and version.charge.cap_percent is not None
        if capped and paid_fen > principal_fen and version.charge is not None and version.charge.cap_cite is not None:
            shown.append(Words("the surcharge is above the principal", "滞纳金超过应缴本金"))
            laws.append(Cited(rule.id, rule.title, version.from_, version.charge.cap_cite, version.checked))
        if self._ended is not None and any(on >= self._ended for on in record.charged_on):
            shown.append(
                Words(
                    f"surcharge was entered on or after {self._ended}", f"{self._ended}起仍计收滞纳金，该日起应停止计收"
                )
            )
        lines = (
            *(() if sheet is None else sheet.lines),
            _line("已收滞纳金", "collected as surcharge", paid_fen, law),
        )
        inputs = (
            Input(Words("Principal", "应缴本金"), fen=principal_fen),
            Input(Words("Collected as surcharge", "已收滞纳金"), fen=paid_fen),
            Input(Words("Lawful until the last payment", "截至最后缴款日依法应收"), fen=lawful_fen),
            Input(Words("Last payment", "最后缴款日期"), day=last),
        )
        back_fen = max(0, paid_fen - lawful_fen)
        basis = _Basis(
            Ground.OVER_CAP, tuple(shown), tuple(laws), inputs, lines, _EXACT if sheet is None else sheet.rounding
        )
        yield from self._finding(basis, back_fen, record.taken)

    def over_standard(self) -> Iterator[RefundFinding]:
        """Find a fee above base times multiple, where both are on record (D357 article 3)."""
        facts, decided = self._case.facts, self._case.dates.decision_date
        base_fen, tenths = facts.get("base_income"), facts.get("multiple_tenths")
        if not isinstance(base_fen, int) or not isinstance(tenths, int) or decided is None:
            return
        standard_fen = -(-base_fen * tenths // _TENTHS)
        back_fen = max(0, self._record.principal_paid_fen - standard_fen)
        law = self._cited(STANDARD, decided)
        shown = Words(
            "the fee collected is above the base times the multiple on record",
            "所收社会抚养费超过在案计征基数与倍数之积",
        )
        inputs = (
            Input(Words("Base: published income per head", "计征基数"), fen=base_fen),
            Input(Words("Multiple, in tenths", "征收倍数（以十分之一倍计）"), text=str(tenths)),
            Input(Words("Fee collected", "已收社会抚养费"), fen=self._record.principal_paid_fen),
        )
        lines: tuple[SheetLine, ...] = ()
        if law:
            formula = f"{base_fen / 100:.2f} × {tenths} / {_TENTHS}"
            lines = (
                SheetLine(Words("standard", "标准数额"), formula, standard_fen, law[0].cite, law[0].checked),
                _line("已收社会抚养费", "fee collected", self._record.principal_paid_fen, law[0]),
            )
        basis = _Basis(Ground.OVER_STANDARD, (shown,), law, inputs, lines, _UP)
        yield from self._finding(basis, back_fen, self._record.taken)

    def overpaid(self) -> Iterator[RefundFinding]:
        """Find money beyond what is owed that has not gone back: held, or ordered to go back and not paid yet."""
        money = self._case.money
        rule = self._law.only_rule_of("deposit_interest")
        law = () if rule is None else (Cited.of(rule, rule.version_or_none(self._today) or rule.versions[-1]),)
        held_fen = max(0, money.held_fen) - self._late_held_fen()
        shown = []
        if held_fen > 0:
            shown.append(Words("more was collected than was assessed", "收款多于核定应缴数额"))
        if money.refund_due_fen > 0:
            shown.append(
                Words("a refund was ordered and has not been paid to the payer", "已决定退还，尚未退付给缴款人")
            )
        inputs = (
            Input(Words("Assessed, surcharge included", "核定应缴（含滞纳金）"), fen=money.assessed_fen),
            Input(Words("Collected", "已收"), fen=money.collected_fen),
            Input(Words("Gone back already", "已退"), fen=money.refunded_fen),
        )
        back_fen = held_fen + max(0, money.refund_due_fen)
        lines: tuple[SheetLine, ...] = ()
        if law:
            lines = (
                _line("暂存的多收款项", "held for the payer", held_fen, law[0]),
                _line("已决定退还款项", "ordered to go back", money.refund_due_fen, law[0]),
            )
        basis = _Basis(Ground.OVERPAID, tuple(shown), law, inputs, lines)
        # What the office merely holds was never demanded, so it bears none.
        yield from self._finding(basis, back_fen, self._record.taken, max(0, money.refund_due_fen))

    def _no_basis(self, act_date: date | None, decided: date) -> Words | None:
        """Return why no law supported the decision any more; None where one did, or none was on file yet."""
        rule = self._law.levy_rule(self._rules.definition.law)
        if self._ended is None or self._case.money.assessed_fen == 0:
            return None
        if decided >= self._ended:
            return Words(
                f"it was decided on {decided}; the law had ended on {self._ended}",
                f"决定于{decided}作出，其时（{self._ended}起）已无征收依据",
            )
        version = rule.version_or_none(decided)
        if act_date is None or version is None or version.act_date_until is None or act_date <= version.act_date_until:
            return None
        try:
            self._law.levy_basis(self._rules.definition.law, act_date=act_date, decision_date=decided)
        except NoLawInForce as refusal:
            return Words(refusal.message_en, refusal.message_zh)
        return None

    def _whole(
        self, ground: Ground, shown: tuple[Words, ...], laws: tuple[Cited, ...], inputs: tuple[Input, ...]
    ) -> Iterator[RefundFinding]:
        """Return the finding that all which the office keeps of this case should go back."""
        record = self._record
        lines: tuple[SheetLine, ...] = ()
        if laws:
            lines = tuple(_line(f"收款 {one.on}", f"paid on {one.on}", one.fen, laws[0]) for one in record.taken)
            if record.kept_fen != sum(one.fen for one in record.taken):
                kept = "of it kept by the office (not refunded, not held for the payer)"
                lines = (*lines, _line("其中征收机关仍保留的部分", kept, record.kept_fen, laws[0]))
        return self._finding(_Basis(ground, shown, laws, inputs, lines), record.kept_fen, record.taken)

    def _finding(
        self, basis: _Basis, back_fen: int, taken: Sequence[Taken], interest_on_fen: int | None = None
    ) -> Iterator[RefundFinding]:
        if back_fen <= 0:
            return
        going = newest_first(taken, back_fen, self._today)
        bears = newest_first(taken, back_fen if interest_on_fen is None else interest_on_fen, self._today)
        interest, why = interest_on(self._rules, bears, self._today)
        paid_on = max((day for day, _ in going), default=self._today)
        claim = claim_period(self._rules, self._case, paid_on, self._today)
        yield RefundFinding(
            basis.ground,
            basis.shown,
            basis.laws,
            basis.inputs,
            basis.lines,
            basis.rounding,
            back_fen,
            interest,
            why,
            claim,
        )

    def _cited(self, rule_id: str, on: date) -> tuple[Cited, ...]:
        rule = self._law.rule(rule_id)
        version = rule.version_or_none(on)
        return () if version is None else (Cited.of(rule, version),)


def _line(zh: str, en: str, fen: int, law: Cited) -> SheetLine:
    return SheetLine(Words(en, zh), "", fen, law.cite, law.checked)
