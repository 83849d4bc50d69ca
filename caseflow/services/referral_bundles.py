"""The referral of a case to the court: its conditions, the evidence chosen for it, its bundle."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from caseflow.domain.access import Actor, Permission, check_permission, may
from caseflow.domain.audit import AuditEvent
from caseflow.domain.bundle_contents import missing_papers
from caseflow.domain.case_files import Purpose
from caseflow.domain.cases import Case
from caseflow.domain.referrals import ReferralCondition, may_refer, referral_conditions
from caseflow.domain.rules import Rules
from caseflow.domain.words import Words
from caseflow.services.bundle_drafting import BundleMatter, draft_bundle, unsealed_steps
from caseflow.services.cases import CaseNotFound
from caseflow.services.duties import check_duties, on_case
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.case_files import CaseFile
from caseflow.services.ports.files import FileStore
from caseflow.services.ports.privacy import CANNOT_BE_OPENED
from caseflow.services.ports.referrals import BundleWriter, MadeBundle, NotOfTheCase, ReferralRow, WrittenBundle
from caseflow.services.rulebook import Rulebook
from caseflow.services.views import CaseHeader

MOST_FILES, MOST_BUNDLES = 200, 10
NOT_SIGNED = Words("The application to the court is not signed yet", "强制执行申请书尚未签署")
WITHDRAWN = Words("The application was withdrawn", "强制执行申请已撤回")
ENDED = Words("The court has done with the application, or it never reached it", "法院程序已终结或者申请未提交")
FOREIGN = Words("Choose only files of this case that were not withdrawn", "只能选择本案未撤回的文件")


NAME_SHUT = Words(
    "The party's name cannot be opened: what is sealed was changed outside caseflow, or its key is missing.",
    "当事人姓名或名称无法打开：密封内容在系统之外被改动，或者缺少密钥。",
)


class BundleRefused(Exception):
    """The bundle is incomplete, or nothing is to be referred; ``missing`` says all of it. Nothing was written."""

    def __init__(self, *missing: Words) -> None:
        self.missing = missing
        super().__init__("; ".join(words.en for words in missing))


@dataclass(frozen=True)
class ReferralPage:
    """A referral as its page shows it.

    ``missing`` is what keeps the bundle from being made, ``files`` the files that may go to the court (None: the actor
    does not choose them), ``chosen`` the numbers of those that were.
    """

    header: CaseHeader
    case: Case
    rules: Rules
    today: date
    conditions: tuple[ReferralCondition, ...]
    referral: ReferralRow | None
    missing: tuple[Words, ...]
    bundles: Sequence[MadeBundle]
    files: Sequence[CaseFile] | None
    chosen: frozenset[int]
    may_make: bool

    @property
    def offered(self) -> bool:
        """Whether every condition holds."""
        return may_refer(self.conditions)


@dataclass(frozen=True)
class ReferralBundles:
    """The use cases of one case's referral."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    files: FileStore
    writer: BundleWriter

    def show(self, actor: Actor, case_id: int) -> ReferralPage:
        """Return the referral of a case of the actor's office. Raises ``NotPermitted`` and ``CaseNotFound``."""
        check_permission(actor, Permission.READ_CASES)
        today = self.time.today()
        with self.store.begin() as work:
            case, header = _case(work, actor, case_id)
            rules = self.rulebook.pinned(case.definition_hash, work)
            referral = work.referrals.newest(case_id)
            waits = unsealed_steps(work.referrals.events_of_case(case_id))
            bundles = work.referrals.bundles(case_id, MOST_BUNDLES)
            choosing = may(actor, Permission.CHOOSE_EVIDENCE)
            files = work.case_files.of_case(case_id, tuple(Purpose), before_id=None, limit=MOST_FILES)
            chosen = frozenset(work.referrals.chosen(case_id))
        return ReferralPage(
            header=header,
            case=case,
            rules=rules,
            today=today,
            conditions=referral_conditions(rules, case, today),
            referral=referral,
            missing=_missing(rules, case, referral, waits),
            bundles=bundles,
            files=[one for one in files if one.withdrawn_at is None] if choosing else None,
            chosen=chosen,
            may_make=may(actor, Permission.MAKE_BUNDLES),
        )

    def choose(self, actor: Actor, case_id: int, files: Collection[int]) -> None:
        """Let exactly these files of the case go to the court.

        Raises ``NotPermitted``, ``CaseNotFound`` and :class:`BundleRefused` (a file of another case).
        """
        check_duties(actor, Permission.CHOOSE_EVIDENCE)
        with self.store.begin() as work:
            case, _ = _case(work, actor, case_id)
            check_duties(actor, Permission.CHOOSE_EVIDENCE, (), on_case(case))
            event = self._event(actor, case, "referral_evidence_chosen", {"files": sorted(files)})
            try:
                work.referrals.choose(case_id, files, event)
            except NotOfTheCase as error:
                raise BundleRefused(FOREIGN) from error
            work.commit()

    def make(self, actor: Actor, case_id: int) -> WrittenBundle:
        """Write the bundle of a case and note that it was made; whoever gets it discards it.

        Raises ``NotPermitted``, ``CaseNotFound``, :class:`BundleRefused` (with everything that is missing),
        ``FileDamaged``, ``OSError``.
        """
        check_duties(actor, Permission.MAKE_BUNDLES)
        with self.store.begin() as work:
            case, _ = _case(work, actor, case_id)
        check_duties(actor, Permission.MAKE_BUNDLES, (), on_case(case))
        return self._make(case.id, actor)

    def make_by_number(self, number: str) -> WrittenBundle:
        """Write the bundle of the case with this number, asked for on the command line. Raises as :meth:`make`."""
        with self.store.begin() as work:
            case_id = work.views.find_number(None, number)
        if case_id is None:
            raise CaseNotFound(number)
        return self._make(case_id, None)

    def _make(self, case_id: int, actor: Actor | None) -> WrittenBundle:
        with self.store.begin() as work:
            work.record.steady()
            case, header = work.cases.load(case_id), work.views.header(case_id)
            if case is None or header is None:
                raise CaseNotFound(case_id)
            rules = self.rulebook.pinned(case.definition_hash, work)
            referral, events = work.referrals.newest(case_id), work.referrals.events_of_case(case_id)
            missing = _missing(rules, case, referral, unsealed_steps(events))
            if header.party_name == CANNOT_BE_OPENED:
                missing = (*missing, NAME_SHUT)
            if missing or referral is None:
                raise BundleRefused(*missing)
            chosen = frozenset(work.referrals.chosen(case_id))
            files = work.case_files.of_case(case_id, tuple(Purpose), before_id=None, limit=MOST_FILES) if chosen else ()
            matter = BundleMatter(
                rules=rules,
                case=case,
                header=header,
                timeline=work.views.timeline(case_id),
                referral=referral,
                papers=work.papers.of_case(case_id),
                files=[one for one in files if one.id in chosen and one.withdrawn_at is None],
                events=events,
            )
            name, parts = draft_bundle(matter, work.record, self.files)
        bundle = self.writer.write(name, parts, _info(matter))
        try:
            self._note(actor, case, referral, bundle)
        except BaseException:
            self.writer.discard(bundle)
            raise
        return bundle

    def _note(self, actor: Actor | None, case: Case, referral: ReferralRow, bundle: WrittenBundle) -> None:
        body = {"case": case.number, "tagmanifest_sha256": bundle.tagmanifest_sha256.hex()}
        with self.store.begin() as work:
            event = self._event(actor, case, "referral_bundle_made", body)
            work.referrals.note_bundle(referral, bundle.tagmanifest_sha256, event)
            work.commit()

    def _event(self, actor: Actor | None, case: Case, action: str, body: Mapping[str, object]) -> AuditEvent:
        return AuditEvent(
            key=f"{action}:{uuid.uuid4()}",
            at=self.time.now(),
            actor_id=None if actor is None else actor.id,
            office_id=case.office_id,
            action=action,
            body={"case": case.number, **body},
        )


def _case(work: UnitOfWork, actor: Actor, case_id: int) -> tuple[Case, CaseHeader]:
    case, header = work.cases.load(case_id), work.views.header(case_id)
    if case is None or header is None or case.office_id != actor.office_id:
        raise CaseNotFound(case_id)
    return case, header


def _missing(rules: Rules, case: Case, referral: ReferralRow | None, unsealed: Sequence[int]) -> tuple[Words, ...]:
    if referral is None:
        return (NOT_SIGNED,)
    if referral.withdrawn_seq is not None:
        return (WITHDRAWN,)
    if referral.ended_seq is not None:
        return (ENDED,)
    missing = missing_papers(rules.definition, case)
    if unsealed:
        steps = ", ".join(str(step) for step in unsealed[:20])
        words = Words(
            f"the record is not sealed yet (steps {steps}): it is within a minute, or by `caseflow audit seal`",
            f"记录尚未封存（步骤{steps}）：一分钟内自动封存，也可执行 caseflow audit seal",
        )
        missing = (*missing, words)
    return missing


def _info(matter: BundleMatter) -> dict[str, str]:
    """Return what bag-info.txt says; ASCII only where readers expect labels, the day is that of the signature."""
    return {
        "Bagging-Date": matter.step_on(matter.referral.signed_seq).isoformat(),
        "External-Identifier": matter.case.number,
        "External-Description": f"强制执行申请材料 {matter.header.number_zh}",
        "Source-Organization": f"{matter.header.office_zh} {matter.header.office_en}",
        "Bag-Software-Agent": "caseflow",
    }
