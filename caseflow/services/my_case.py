"""My case: what the person concerned reads of their own case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from caseflow.domain.assessment import CalculationSheet, FineFacts, FineRange, lighter_fine_range
from caseflow.domain.cases import Case, CaseClock
from caseflow.domain.law import LawRefusal, NoLawInForce
from caseflow.domain.law.model import Rule
from caseflow.domain.paper_life import Paper
from caseflow.domain.papers import LANGUAGES
from caseflow.domain.party_sight import (
    Stated,
    clocks_for_the_party,
    is_met_by_paying,
    papers_for_the_party,
    stated_to_the_party,
    what_to_do,
)
from caseflow.domain.receipts import Receipt
from caseflow.domain.refund_grounds import CaseFindings
from caseflow.domain.rules import Rules, regime_ended
from caseflow.domain.words import Words
from caseflow.services.added_charges import charge_to_date
from caseflow.services.cases import CaseNotFound
from caseflow.services.erased_cases import CaseErased
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.files import FileStore
from caseflow.services.ports.person_access import PersonAtCase
from caseflow.services.ports.reading import Reading
from caseflow.services.ports.service import ServiceRecord
from caseflow.services.ports.substitutes import Substitution
from caseflow.services.receipt_paper import ReceiptPapers
from caseflow.services.refund_findings import RefundFindings
from caseflow.services.refund_interest import payments_of, refund_interest
from caseflow.services.rulebook import Rulebook
from caseflow.services.views import CaseHeader, StepRecord

READINGS_A_PAGE: Final = 30
MOST_SERVICES: Final = 200
_DECIDING: Final = frozenset({"levy", "amount"})


class NotOfThisCase(LookupError):
    """No such paper or receipt that the person of the case is shown."""


@dataclass(frozen=True)
class LawApplied:
    """An article the case rests on: the rule's title, its article as a reference, the day that chose the version."""

    title: Words
    cite: Words
    version_from: date
    applied_on: date


@dataclass(frozen=True)
class ShownClock:
    """A limit with what the party may do until its end."""

    clock: CaseClock
    what_to_do: Words


@dataclass(frozen=True)
class MyPaper:
    """A paper that the party was given; ``no`` is its place in their own list, from 1."""

    no: int
    paper: Paper
    service: ServiceRecord | None


@dataclass(frozen=True)
class MyPayment:
    """A receipt of the party; ``no`` is its place in their own list, from 1."""

    no: int
    receipt: Receipt


@dataclass(frozen=True)
class MyCase:
    """The case of a person as their page shows it.

    ``decided`` tells that a decision was served; ``fine`` the range the law set for a fine, with its bracket;
    ``charge`` the added charge to date; ``interest`` what the office owes on a refund; ``refund`` what the record shows
    was taken without right; ``ended`` the refusal that names the act which ended the regime; ``stood_in`` who stands in
    for an officer who is away, by the id of that one.
    """

    header: CaseHeader
    case: Case
    rules: Rules
    today: date
    decided: bool
    stated: Sequence[Stated]
    laws: Sequence[LawApplied]
    fine: FineRange | None
    charge: CalculationSheet | None
    interest: CalculationSheet | None
    refund: CaseFindings | None
    running: Sequence[ShownClock]
    finished: Sequence[CaseClock]
    papers: Sequence[MyPaper]
    payments: Sequence[MyPayment]
    ended: NoLawInForce | None
    stood_in: Mapping[int, Substitution]
    has_passphrase: bool

    @property
    def stated_by_document(self) -> Mapping[str, Sequence[str]]:
        """Which answers each served paper states, the newest paper of the procedure first."""
        return {
            document: [one.name for one in self.stated if one.document == document]
            for document in dict.fromkeys(one.document for one in reversed(self.stated))
        }


@dataclass(frozen=True)
class Looks:
    """A page of who looked at a case, newest first, with the roles they hold now; ``next_key`` goes on below it."""

    readings: Sequence[Reading]
    roles: Mapping[int, Sequence[str]]
    next_key: int | None


@dataclass(frozen=True)
class MyCases:
    """The use cases of My case. Each reads one case alone, that of the session.

    That it was read is recorded around them, for every page of the person (web/reading_gate.py).
    """

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    files: FileStore
    receipts: ReceiptPapers
    refunds: RefundFindings

    def show(self, person: PersonAtCase) -> MyCase:
        """Return the person's case. Raises ``CaseNotFound``."""
        today = self.time.today()
        with self.store.begin() as work:
            case, header = _own(work, person)
            rules = self.rulebook.pinned(case.definition_hash, work)
            timeline = work.views.timeline(case.id)
            services = work.services.services(case.id, before_seq=None, limit=MOST_SERVICES) if case.served else ()
            papers = work.papers.of_case(case.id)
            receipts = work.receipts.of_case(case.id) if any(record.postings for record in timeline) else ()
            officers = [one for one in (case.owner_id, case.second_officer_id) if one is not None]
            stood_in = work.substitutes.in_force(officers, today)
            has_passphrase = work.person_access.has_passphrase(case.id)
            refund = self.refunds.for_the_person(work, case, timeline)
        decided = case.dates.served_on is not None
        clocks = clocks_for_the_party(case, case.clocks)
        running = [one for one in _running(clocks, today) if not is_met_by_paying(rules.law, case, one)]
        return MyCase(
            header=header,
            case=case,
            rules=rules,
            today=today,
            decided=decided,
            stated=stated_to_the_party(rules.definition, case),
            laws=_laws(rules, timeline) if decided else (),
            fine=_fine(rules, case, timeline) if decided else None,
            charge=charge_to_date(rules, case, timeline, today) if decided else None,
            interest=refund_interest(rules, case, payments_of(timeline), today),
            refund=refund,
            running=[ShownClock(one, what_to_do(rules.law, one)) for one in running],
            finished=[one for one in clocks if one not in running],
            papers=_papers(rules, case, papers, services),
            payments=_payments(receipts),
            ended=regime_ended(rules, today),
            stood_in={one.away_id: one for one in stood_in},
            has_passphrase=has_passphrase,
        )

    def pdf(self, person: PersonAtCase, no: int, language: str) -> tuple[str, bytes]:
        """Return number and file of a paper of the person's list.

        Raises :class:`NotOfThisCase`, ``CaseErased``, ``FileDamaged``.
        """
        if language not in LANGUAGES:
            raise NotOfThisCase(language)
        with self.store.begin() as work:
            case, header = _own(work, person)
            if header.erased_at is not None:
                raise CaseErased(header.erased_at)
            rules = self.rulebook.pinned(case.definition_hash, work)
            services = work.services.services(case.id, before_seq=None, limit=MOST_SERVICES)
            found = _papers(rules, case, work.papers.of_case(case.id), services)
            if not 1 <= no <= len(found):
                raise NotOfThisCase(no)
            paper = found[no - 1].paper
        number = paper.number.in_locale(language) if paper.number is not None else ""
        return number, b"".join(self.files.open(paper.pdf_sha256[language]))

    def receipt(self, person: PersonAtCase, no: int, check_at: str) -> tuple[str, bytes]:
        """Return the printed number and the PDF of a receipt of the person's list. Raises :class:`NotOfThisCase`."""
        with self.store.begin() as work:
            case, _ = _own(work, person)
            found = _payments(work.receipts.of_case(case.id))
            if not 1 <= no <= len(found) or found[no - 1].receipt.reported:
                raise NotOfThisCase(no)
            paper = self.receipts.paper_of(work, case.office_id, found[no - 1].receipt)
        return paper.number, self.receipts.printed(paper, found[no - 1].receipt, check_at)

    def looks(self, person: PersonAtCase, before: int | None) -> Looks:
        """Return who looked at the person's case, newest first."""
        with self.store.begin() as work:
            found = work.readings.of_case(person.case_id, before, READINGS_A_PAGE + 1)
            page = found[:READINGS_A_PAGE]
            roles = work.person_access.roles_of({one.actor_id for one in page if one.actor_id is not None})
        return Looks(page, roles, page[-1].id if len(found) > READINGS_A_PAGE else None)


def _own(work: UnitOfWork, person: PersonAtCase) -> tuple[Case, CaseHeader]:
    case, header = work.cases.load(person.case_id), work.views.header(person.case_id)
    if case is None or header is None or (case.office_id, case.party_id) != (person.office_id, person.party_id):
        raise CaseNotFound(person.case_id)
    return case, header


def _running(clocks: Sequence[CaseClock], today: date) -> list[CaseClock]:
    still = [one for one in clocks if one.is_running and not (one.status == "open" and one.has_run_out(today))]
    return sorted(still, key=lambda one: one.due_on)


def _papers(rules: Rules, case: Case, papers: Sequence[Paper], services: Sequence[ServiceRecord]) -> list[MyPaper]:
    last: dict[str, ServiceRecord] = {}
    for one in reversed(services):
        last[one.document] = one
    served = {kind: one.served_on for kind, one in last.items()}
    found = papers_for_the_party(rules.definition, case, papers, served)
    return [MyPaper(no, paper, last.get(paper.kind)) for no, paper in enumerate(found, start=1)]


def _payments(receipts: Sequence[Receipt]) -> list[MyPayment]:
    return [MyPayment(no, one) for no, one in enumerate(receipts, start=1)]


def _laws(rules: Rules, timeline: Sequence[StepRecord]) -> list[LawApplied]:
    """Return the articles that the levy or fine rests on, each once, in the order they were applied."""
    found: dict[tuple[str, str], LawApplied] = {}
    for used in _deciding(timeline):
        rule = rules.law.rules.get(used["rule"])
        applied, began = date.fromisoformat(used["applied_on"]), date.fromisoformat(used["version_from"])
        title = rule.title if rule is not None else Words(used["rule"], used["rule"])
        found[used["law"], used["article"]] = LawApplied(title, _cite(rule, used, began), began, applied)
    return list(found.values())


def _deciding(timeline: Sequence[StepRecord]) -> list[Mapping[str, Any]]:
    return [used for record in reversed(timeline) for used in record.law if used["kind"] in _DECIDING]


def _cite(rule: Rule | None, used: Mapping[str, Any], began: date) -> Words:
    version = rule.version_or_none(began) if rule is not None else None
    if version is not None and version.cite.law == used["law"] and version.cite.article == used["article"]:
        return version.cite.text
    bracket = next(
        (
            one.cite.text
            for one in (version.brackets if version is not None else ())
            if (one.cite.law, one.cite.article) == (used["law"], used["article"])
        ),
        None,
    )
    return bracket or Words(f"{used['law']} {used['article']}", f"{used['law']} {used['article']}")


def _fine(rules: Rules, case: Case, timeline: Sequence[StepRecord]) -> FineRange | None:
    """Return the range the law sets for the fine of the case, as its step looked it up; None for a levy of no fine."""
    used = next((one for one in reversed(_deciding(timeline)) if one["kind"] == "amount"), None)
    rule = rules.law.rules.get(used["rule"]) if used is not None else None
    decided_on = case.dates.decision_date
    if rule is None or rule.kind != "fine_range" or decided_on is None:
        return None
    act_on = case.dates.act_date or decided_on
    facts = FineFacts(case.party_kind, int(case.facts.get("gains_fen") or 0), bool(case.facts.get("serious")))
    act_on = act_on if rule.version_or_none(act_on) is not None else decided_on
    try:
        return lighter_fine_range(rule, act_on=act_on, decision_on=decided_on, facts=facts)
    except LawRefusal:
        return None
