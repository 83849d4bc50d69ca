"""Units of work."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Protocol

from caseflow.services.ports.api_tokens import ApiTokenStore
from caseflow.services.ports.auditing import FindingStore, SampleStore
from caseflow.services.ports.bank import BankStore
from caseflow.services.ports.calendar_feeds import CalendarFeedStore
from caseflow.services.ports.case_beside import CaseBesideStore
from caseflow.services.ports.case_files import CaseFileStore
from caseflow.services.ports.case_imports import CaseImportStore
from caseflow.services.ports.cases import CaseStore, DefinitionStore
from caseflow.services.ports.factors import FactorStore
from caseflow.services.ports.grants import EnrolmentStore, GrantStore, RecusalStore
from caseflow.services.ports.health import HealthStore
from caseflow.services.ports.imported_history import ReportedHistoryStore
from caseflow.services.ports.installation import InstallationStore
from caseflow.services.ports.ledger import LedgerStore
from caseflow.services.ports.ledger_reads import LedgerReadStore
from caseflow.services.ports.ledger_views import LedgerViewStore
from caseflow.services.ports.liaison import LiaisonStore
from caseflow.services.ports.mail import MailStore
from caseflow.services.ports.openid import IdentityStore
from caseflow.services.ports.outbox import OutboxStore
from caseflow.services.ports.papers import PaperStore
from caseflow.services.ports.parties import PartyStore
from caseflow.services.ports.passkeys import PasskeyStore
from caseflow.services.ports.person_access import PersonAccessStore
from caseflow.services.ports.rate_limits import RateLimitStore
from caseflow.services.ports.reading import ReadStore
from caseflow.services.ports.receipt_verification import PublicReceiptStore
from caseflow.services.ports.receipts import ReceiptStore
from caseflow.services.ports.record import RecordStore
from caseflow.services.ports.recounts import RecountStore
from caseflow.services.ports.referrals import ReferralStore
from caseflow.services.ports.refunds import RefundStore
from caseflow.services.ports.reminders import MuteStore, ReminderStore
from caseflow.services.ports.remittances import RemittanceStore
from caseflow.services.ports.retention import RetentionStore
from caseflow.services.ports.service import ServiceStore
from caseflow.services.ports.sessions import SessionStore
from caseflow.services.ports.spending import SpendingStore
from caseflow.services.ports.staff import StaffStore
from caseflow.services.ports.submissions import SubmissionStore
from caseflow.services.ports.substitutes import SubstituteStore
from caseflow.services.ports.views import ViewStore
from caseflow.services.ports.wind_down import WindDownStore
from caseflow.services.ports.wind_down_lists import WindDownListStore


class UnitOfWork(Protocol):
    """One transaction. Leaving the block without :meth:`commit` rolls back whole."""

    @property
    def cases(self) -> CaseStore:
        """Cases."""
        ...

    @property
    def definitions(self) -> DefinitionStore:
        """Workflow definitions."""
        ...

    @property
    def staff(self) -> StaffStore:
        """Staff."""
        ...

    @property
    def api_tokens(self) -> ApiTokenStore:
        """API tokens."""
        ...

    @property
    def passkeys(self) -> PasskeyStore:
        """Passkeys of staff."""
        ...

    @property
    def identities(self) -> IdentityStore:
        """Who staff are at an OpenID provider."""
        ...

    @property
    def sessions(self) -> SessionStore:
        """Sessions of staff."""
        ...

    @property
    def factors(self) -> FactorStore:
        """Second factors of staff."""
        ...

    @property
    def rate_limits(self) -> RateLimitStore:
        """Counts of attempts."""
        ...

    @property
    def substitutes(self) -> SubstituteStore:
        """Who stands in for whom."""
        ...

    @property
    def grants(self) -> GrantStore:
        """Grants of two persons."""
        ...

    @property
    def enrolments(self) -> EnrolmentStore:
        """Codes to enrol with."""
        ...

    @property
    def recusals(self) -> RecusalStore:
        """Who takes no part in which case."""
        ...

    @property
    def retention(self) -> RetentionStore:
        """How long cases are kept."""
        ...

    @property
    def installation(self) -> InstallationStore:
        """The stamp of the database."""
        ...

    @property
    def outbox(self) -> OutboxStore:
        """Effects to deliver."""
        ...

    @property
    def referrals(self) -> ReferralStore:
        """Referrals to the court and their bundles."""
        ...

    @property
    def reminders(self) -> ReminderStore:
        """Rungs that are due and rungs that took effect."""
        ...

    @property
    def mail(self) -> MailStore:
        """Mail to send."""
        ...

    @property
    def calendar_feeds(self) -> CalendarFeedStore:
        """Calendar feeds."""
        ...

    @property
    def mutes(self) -> MuteStore:
        """Rungs that a person does not want to be given."""
        ...

    @property
    def health(self) -> HealthStore:
        """What works in the background, and whether it does."""
        ...

    @property
    def recounts(self) -> RecountStore:
        """Deadlines and ladders to be reckoned again, and the office's own calendar days."""
        ...

    @property
    def ledger(self) -> LedgerStore:
        """Accounts, transfers, closes."""
        ...

    @property
    def ledger_views(self) -> LedgerViewStore:
        """Lists of the ledger."""
        ...

    @property
    def samples(self) -> SampleStore:
        """Samples."""
        ...

    @property
    def findings(self) -> FindingStore:
        """Findings."""
        ...

    @property
    def ledger_reads(self) -> LedgerReadStore:
        """Long reads of the ledger."""
        ...

    @property
    def receipts(self) -> ReceiptStore:
        """Receipt lots and receipts."""
        ...

    @property
    def bank(self) -> BankStore:
        """The bank's accounts, statements and lines."""
        ...

    @property
    def remittances(self) -> RemittanceStore:
        """Remittances to the treasury and its advice."""
        ...

    @property
    def record(self) -> RecordStore:
        """The sealed record."""
        ...

    @property
    def services(self) -> ServiceStore:
        """Services of papers and attempts at them."""
        ...

    @property
    def spending(self) -> SpendingStore:
        """Appropriations, commitments, payment orders."""
        ...

    @property
    def papers(self) -> PaperStore:
        """Papers."""
        ...

    @property
    def parties(self) -> PartyStore:
        """Sealed fields of parties."""
        ...

    @property
    def public_receipts(self) -> PublicReceiptStore:
        """Receipts as anybody with the paper in hand looks them up."""
        ...

    @property
    def person_access(self) -> PersonAccessStore:
        """How the persons of cases get to them."""
        ...

    @property
    def submissions(self) -> SubmissionStore:
        """What persons submit from My case."""
        ...

    @property
    def refunds(self) -> RefundStore:
        """Paid levies that may have to go back."""
        ...

    @property
    def views(self) -> ViewStore:
        """Lists."""
        ...

    @property
    def case_beside(self) -> CaseBesideStore:
        """What stands beside a case on its page."""
        ...

    @property
    def case_files(self) -> CaseFileStore:
        """Files of cases."""
        ...

    @property
    def case_imports(self) -> CaseImportStore:
        """Imports of old casebooks."""
        ...

    @property
    def liaison(self) -> LiaisonStore:
        """The liaison's desk."""
        ...

    @property
    def reported(self) -> ReportedHistoryStore:
        """Cases of old casebooks."""
        ...

    @property
    def winddown(self) -> WindDownStore:
        """Wind-downs."""
        ...

    @property
    def wind_down_lists(self) -> WindDownListStore:
        """Lists beside the plan of a wind-down."""
        ...

    @property
    def readings(self) -> ReadStore:
        """Who read what of whom and why."""
        ...

    def commit(self) -> None:
        """Make everything written in this block permanent. Raises ``LedgerRefused`` for what is only held by now."""
        ...


class Store(Protocol):
    """Opens units of work."""

    def begin(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction."""
        ...

    def snapshot(self) -> AbstractContextManager[UnitOfWork]:
        """Open a transaction that sees the database as it is now, however long it lasts; for reading only."""
        ...

    def each_alone(self) -> AbstractContextManager[UnitOfWork]:
        """Open a block in which every statement is a transaction of its own."""
        ...
