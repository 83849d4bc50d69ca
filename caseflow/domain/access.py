"""Who somebody is and what their desk may do. Deny by default: what is not listed is refused."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from caseflow.domain.words import Words


class Role(StrEnum):
    """The desks of a caseflow office (design part 1)."""

    OFFICER = "officer"
    REVIEWER = "reviewer"
    APPROVER = "approver"
    CASHIER = "cashier"
    PAYER = "payer"
    LIAISON = "liaison"
    AUDITOR = "auditor"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"


class Permission(StrEnum):
    """What a page or a use case asks for."""

    SEE_DESK = "see_desk"
    READ_CASES = "read_cases"
    OPEN_CASE = "open_case"
    TAKE_STEP = "take_step"
    RECORD_SERVICE = "record_service"
    SUPERVISE = "supervise"
    MANAGE_STAFF = "manage_staff"
    SEE_LAW = "see_law"
    SEE_MONEY = "see_money"
    KEEP_RECEIPTS = "keep_receipts"
    RECONCILE = "reconcile"
    READ_LEDGER = "read_ledger"
    AUDIT = "audit"
    CLOSE_PERIOD = "close_period"
    READ_FINDINGS = "read_findings"
    ANSWER_FINDINGS = "answer_findings"
    READ_SPENDING = "read_spending"
    APPROPRIATE = "appropriate"
    SPEND = "spend"
    APPROVE_SPENDING = "approve_spending"
    ACCRUE = "accrue"
    SEE_HEALTH = "see_health"
    MANAGE_CALENDAR = "manage_calendar"
    READ_FILES = "read_files"
    ADD_FILES = "add_files"
    REVIEW_PAPERS = "review_papers"
    READ_REFERRALS = "read_referrals"
    REFER = "refer"
    MAKE_BUNDLES = "make_bundles"
    CHOOSE_EVIDENCE = "choose_evidence"
    IMPORT_CASES = "import_cases"
    READ_WIND_DOWN = "read_wind_down"
    PREPARE_WIND_DOWN = "prepare_wind_down"
    APPROVE_WIND_DOWN = "approve_wind_down"
    GIVE_ACCESS = "give_access"
    READ_SUBMISSIONS = "read_submissions"
    ANSWER_SUBMISSIONS = "answer_submissions"
    READ_READINGS = "read_readings"
    APPROVE_READING = "approve_reading"
    SEARCH_IDENTITY = "search_identity"
    CONFIRM_GRANTS = "confirm_grants"
    RECUSE = "recuse"
    READ_RETENTION = "read_retention"
    PREPARE_RETENTION = "prepare_retention"
    APPROVE_RETENTION = "approve_retention"
    HOLD_CASES = "hold_cases"


_CASE_ROLES = frozenset({Role.OFFICER, Role.REVIEWER, Role.APPROVER, Role.CASHIER, Role.LIAISON})

GRANTS: dict[Permission, frozenset[Role]] = {
    Permission.SEE_DESK: frozenset(Role),
    Permission.READ_CASES: _CASE_ROLES | {Role.AUDITOR, Role.SUPERVISOR},
    Permission.OPEN_CASE: frozenset({Role.OFFICER}),
    Permission.TAKE_STEP: _CASE_ROLES | {Role.SUPERVISOR},
    Permission.RECORD_SERVICE: frozenset({Role.OFFICER}),
    Permission.SUPERVISE: frozenset({Role.SUPERVISOR}),
    Permission.MANAGE_STAFF: frozenset({Role.ADMINISTRATOR}),
    Permission.SEE_LAW: frozenset(Role),
    Permission.SEE_MONEY: frozenset({Role.CASHIER, Role.PAYER, Role.APPROVER, Role.AUDITOR, Role.SUPERVISOR}),
    Permission.KEEP_RECEIPTS: frozenset({Role.CASHIER}),
    Permission.RECONCILE: frozenset({Role.CASHIER}),
    Permission.READ_LEDGER: frozenset({Role.CASHIER, Role.AUDITOR, Role.SUPERVISOR}),
    Permission.AUDIT: frozenset({Role.AUDITOR}),
    Permission.ACCRUE: frozenset({Role.OFFICER, Role.SUPERVISOR}),
    Permission.CLOSE_PERIOD: frozenset({Role.SUPERVISOR}),
    Permission.READ_FINDINGS: frozenset({Role.AUDITOR, Role.SUPERVISOR}),
    Permission.ANSWER_FINDINGS: frozenset({Role.SUPERVISOR}),
    Permission.READ_SPENDING: frozenset({Role.PAYER, Role.APPROVER, Role.AUDITOR, Role.SUPERVISOR}),
    Permission.APPROPRIATE: frozenset({Role.SUPERVISOR}),
    Permission.SPEND: frozenset({Role.PAYER}),
    Permission.APPROVE_SPENDING: frozenset({Role.APPROVER}),
    Permission.SEE_HEALTH: frozenset({Role.ADMINISTRATOR}),
    Permission.MANAGE_CALENDAR: frozenset({Role.ADMINISTRATOR}),
    Permission.READ_REFERRALS: frozenset({Role.LIAISON, Role.APPROVER, Role.AUDITOR, Role.SUPERVISOR}),
    Permission.REFER: frozenset({Role.LIAISON}),
    # Who signs, prepares and files an application to the court.
    Permission.MAKE_BUNDLES: frozenset({Role.LIAISON, Role.OFFICER, Role.APPROVER}),
    Permission.CHOOSE_EVIDENCE: frozenset({Role.OFFICER}),
    Permission.IMPORT_CASES: frozenset({Role.OFFICER, Role.SUPERVISOR}),
    Permission.READ_WIND_DOWN: frozenset(
        {Role.OFFICER, Role.REVIEWER, Role.APPROVER, Role.LIAISON, Role.AUDITOR, Role.SUPERVISOR}
    ),
    Permission.PREPARE_WIND_DOWN: frozenset({Role.OFFICER, Role.SUPERVISOR}),
    Permission.APPROVE_WIND_DOWN: frozenset({Role.APPROVER}),
    Permission.REVIEW_PAPERS: frozenset({Role.REVIEWER, Role.APPROVER}),
    # Which files of a case a desk reads and adds is told by caseflow.domain.case_files.
    Permission.READ_FILES: frozenset(
        {Role.OFFICER, Role.REVIEWER, Role.APPROVER, Role.LIAISON, Role.AUDITOR, Role.SUPERVISOR}
    ),
    Permission.ADD_FILES: frozenset({Role.OFFICER, Role.LIAISON}),
    Permission.GIVE_ACCESS: frozenset({Role.OFFICER}),
    # Whose submission a desk reads and answers is told by caseflow.domain.submissions.
    Permission.READ_SUBMISSIONS: frozenset({Role.OFFICER, Role.REVIEWER, Role.APPROVER, Role.SUPERVISOR}),
    Permission.ANSWER_SUBMISSIONS: frozenset({Role.OFFICER, Role.REVIEWER, Role.APPROVER, Role.SUPERVISOR}),
    Permission.READ_READINGS: frozenset({Role.AUDITOR, Role.SUPERVISOR}),
    Permission.APPROVE_READING: frozenset({Role.SUPERVISOR}),
    Permission.SEARCH_IDENTITY: frozenset({Role.OFFICER, Role.LIAISON, Role.SUPERVISOR, Role.AUDITOR}),
    # The second person of a grant; a supervisor only where there is no other administrator (domain/grants.py).
    Permission.CONFIRM_GRANTS: frozenset({Role.ADMINISTRATOR, Role.SUPERVISOR}),
    Permission.RECUSE: frozenset({Role.SUPERVISOR}),
    Permission.READ_RETENTION: frozenset({Role.SUPERVISOR, Role.APPROVER, Role.AUDITOR}),
    Permission.PREPARE_RETENTION: frozenset({Role.SUPERVISOR}),
    Permission.APPROVE_RETENTION: frozenset({Role.APPROVER, Role.AUDITOR}),
    Permission.HOLD_CASES: frozenset({Role.SUPERVISOR, Role.AUDITOR}),
}


# Who holds both could help themselves: income taken in by the hand that pays out; an administrator who reads a case.
_KEPT_APART = frozenset({Role.CASHIER, Role.PAYER})


def roles_apart(roles: Collection[Role]) -> Words | None:
    """Return why one person may not hold all of ``roles``; None where they may (the database holds it too)."""
    if Role.ADMINISTRATOR in roles and len(set(roles)) > 1:
        return Words(
            "an administrator sees no case content, so that role goes with no other",
            "系统管理员不接触案件内容，不得兼任其他岗位",
        )
    if set(roles) >= _KEPT_APART:
        return Words(
            "who takes income in pays nothing out: cashier and payer are two persons",
            "收支两条线：收费员与支出出纳不得由一人兼任",
        )
    return None


# Whoever is away lends these to their substitute. Money desks and audit are never lent: who holds such a role is stood
# in for by somebody who holds it already.
LENDABLE = frozenset({Role.OFFICER, Role.REVIEWER, Role.APPROVER, Role.LIAISON, Role.SUPERVISOR})

# What a lent role carries: it reads, takes the steps of cases and adds their files. Whatever else a role may do asks
# for a role of one's own, and the database asks for it too (a period close, an appropriation, the approval of a
# payment, a reply to a finding look into ``staff_role``). A case is opened by an officer of one's own right: who opens
# it owns it afterwards.
_LENT_CARRIES = frozenset(
    {
        Permission.SEE_DESK,
        Permission.READ_CASES,
        Permission.TAKE_STEP,
        Permission.RECORD_SERVICE,
        Permission.SUPERVISE,
        Permission.SEE_LAW,
        Permission.SEE_MONEY,
        Permission.READ_LEDGER,
        Permission.READ_FINDINGS,
        Permission.READ_SPENDING,
        Permission.READ_FILES,
        Permission.ADD_FILES,
        Permission.READ_REFERRALS,
        Permission.REFER,
        Permission.READ_SUBMISSIONS,
        Permission.ANSWER_SUBMISSIONS,
    }
)

# Whoever reads cases only as the court liaison reads the referral and not how the case was investigated.
_SEE_INVESTIGATION = GRANTS[Permission.READ_CASES] - {Role.LIAISON}


@dataclass(frozen=True)
class Lent:
    """A role that somebody away (``by``, their id) lends to their substitute, who does not hold it."""

    role: Role
    by: int


@dataclass(frozen=True)
class Actor:
    """The person acting, as the session knows them: one member of staff of one office.

    ``roles`` are those they hold now, lent ones (``lent``) among them. ``stands_in_for`` are the ids of those they
    stand in for on the business date.
    """

    id: int
    office_id: int
    login: str
    name_en: str
    name_zh: str
    roles: frozenset[Role]
    locale: str = "zh"
    stands_in_for: frozenset[int] = frozenset()
    lent: frozenset[Lent] = frozenset()

    @property
    def own_roles(self) -> frozenset[Role]:
        """The roles they hold in their own right."""
        return self.roles - {one.role for one in self.lent}


class NotPermitted(Exception):
    """The actor's roles do not include one that may do this."""

    def __init__(self, actor: Actor, permission: Permission) -> None:
        self.permission = permission
        super().__init__(f"{actor.login} may not {permission.value.replace('_', ' ')}")


def may(actor: Actor, permission: Permission) -> bool:
    """Tell whether one of the actor's roles carries ``permission``; a lent role carries less than one's own."""
    held = actor.roles if permission in _LENT_CARRIES else actor.own_roles
    return bool(held & GRANTS[permission])


def check_permission(actor: Actor, permission: Permission) -> None:
    """Raise :class:`NotPermitted` unless the actor carries ``permission``."""
    if not may(actor, permission):
        raise NotPermitted(actor, permission)


def sees_investigation(actor: Actor) -> bool:
    """Tell whether the actor may read answers, reasons, papers and files of investigation and assessment.

    Somebody who reads cases as the liaison alone, in their own right or lent, may not. Which steps those are is said by
    :func:`caseflow.domain.referral_sight.before_the_decision`.
    """
    return bool(actor.roles & _SEE_INVESTIGATION)
