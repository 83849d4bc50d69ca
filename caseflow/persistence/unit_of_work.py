"""One transaction and the repositories that share it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Engine

from caseflow.persistence.api_tokens import ApiTokens
from caseflow.persistence.bank import Bank, Remittances
from caseflow.persistence.calendar_feeds import CalendarFeeds
from caseflow.persistence.case_beside import CaseBeside
from caseflow.persistence.case_files import CaseFiles
from caseflow.persistence.case_imports import CaseImports
from caseflow.persistence.cases import Cases
from caseflow.persistence.definitions import Definitions
from caseflow.persistence.factors import Factors
from caseflow.persistence.findings import Findings
from caseflow.persistence.grants import Enrolments, Grants, Recusals
from caseflow.persistence.health import Health
from caseflow.persistence.installation import Installations
from caseflow.persistence.ledger import AccountIds, Ledger, ledger_errors
from caseflow.persistence.ledger_reads import LedgerReads
from caseflow.persistence.ledger_views import LedgerViews
from caseflow.persistence.mail import Mail
from caseflow.persistence.outbox import Outbox
from caseflow.persistence.papers import Papers
from caseflow.persistence.parties import NoKeys, Parties, PartyNames
from caseflow.persistence.passkeys import Identities, Passkeys
from caseflow.persistence.person_access import PersonAccess
from caseflow.persistence.public_receipts import PublicReceipts
from caseflow.persistence.rate_limits import RateLimits
from caseflow.persistence.reading import Readings
from caseflow.persistence.receipts import Receipts
from caseflow.persistence.record import Record
from caseflow.persistence.recounts import Recounts
from caseflow.persistence.referral_board import LiaisonDesk
from caseflow.persistence.referrals import Referrals
from caseflow.persistence.refunds import Refunds
from caseflow.persistence.reminder_mutes import ReminderMutes
from caseflow.persistence.reminders import Reminders
from caseflow.persistence.reported_history import ReportedHistories
from caseflow.persistence.retention import Retentions
from caseflow.persistence.samples import Samples
from caseflow.persistence.services_of_papers import ServicesOfPapers
from caseflow.persistence.sessions import Sessions
from caseflow.persistence.spending import Spending
from caseflow.persistence.staff import Staff
from caseflow.persistence.submissions import Submissions
from caseflow.persistence.substitutes import Substitutes
from caseflow.persistence.views import Views
from caseflow.persistence.wind_down import WindDownDesk
from caseflow.persistence.wind_down_lists import WindDownLists
from caseflow.services.ports.privacy import FieldCipher


class SqlUnitOfWork:
    """Fulfils :class:`caseflow.services.ports.UnitOfWork` on one connection."""

    def __init__(self, connection: Connection, account_ids: AccountIds, cipher: FieldCipher) -> None:
        self._connection, names = connection, PartyNames(cipher)
        self.ledger = Ledger(connection, account_ids)
        self.cases = Cases(connection, self.ledger)
        self.definitions = Definitions(connection)
        self.staff = Staff(connection)
        self.api_tokens = ApiTokens(connection)
        self.passkeys = Passkeys(connection)
        self.identities = Identities(connection)
        self.sessions = Sessions(connection)
        self.factors = Factors(connection)
        self.rate_limits = RateLimits(connection)
        self.substitutes = Substitutes(connection)
        self.submissions = Submissions(connection)
        self.grants = Grants(connection)
        self.enrolments = Enrolments(connection)
        self.recusals = Recusals(connection)
        self.installation = Installations(connection)
        self.outbox = Outbox(connection)
        self.referrals = Referrals(connection)
        self.reminders = Reminders(connection)
        self.mail = Mail(connection)
        self.calendar_feeds = CalendarFeeds(connection)
        self.mutes = ReminderMutes(connection)
        self.health = Health(connection)
        self.recounts = Recounts(connection)
        self.ledger_views = LedgerViews(connection)
        self.samples = Samples(connection)
        self.findings = Findings(connection)
        self.ledger_reads = LedgerReads(connection)
        self.receipts = Receipts(connection, names)
        self.bank = Bank(connection, cipher)
        self.remittances = Remittances(connection, names)
        self.record = Record(connection)
        self.services = ServicesOfPapers(connection)
        self.spending = Spending(connection)
        self.papers = Papers(connection, names, cipher)
        self.parties = Parties(connection)
        self.person_access = PersonAccess(connection)
        self.public_receipts = PublicReceipts(connection)
        self.refunds = Refunds(connection, names)
        self.views = Views(connection, names)
        self.case_files = CaseFiles(connection)
        self.case_beside = CaseBeside(connection)
        self.case_imports = CaseImports(connection)
        self.liaison = LiaisonDesk(connection, names, cipher)
        self.reported = ReportedHistories(connection, self.ledger)
        self.wind_down_lists = WindDownLists(connection, names)
        self.winddown = WindDownDesk(connection, names)
        self.readings = Readings(connection)
        self.retention = Retentions(connection)

    def commit(self) -> None:
        """Make everything written in this block permanent. Raises ``LedgerRefused`` for what is only held by now."""
        if not self._connection.in_transaction():
            # SQLAlchemy does not see what the hot statements send through psycopg, and would commit nothing.
            self._connection.begin()
        with ledger_errors():
            self._connection.commit()
        self.ledger.keep_account_ids()


class SqlStore:
    """Fulfils :class:`caseflow.services.ports.Store` on an engine; without ``cipher`` no name can be read by it."""

    def __init__(self, engine: Engine, cipher: FieldCipher | None = None) -> None:
        self._engine = engine
        self._cipher = cipher or NoKeys()
        self._snapshot = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._account_ids: AccountIds = {}

    @contextmanager
    def each_alone(self) -> Iterator[SqlUnitOfWork]:
        """Open a block in which every statement that writes is a transaction of its own."""
        with self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            with driver.each_alone():
                work = SqlUnitOfWork(connection, self._account_ids, self._cipher)
                yield work
                work.ledger.keep_account_ids()

    @contextmanager
    def snapshot(self) -> Iterator[SqlUnitOfWork]:
        """Open a transaction that sees the database as it is now, however long it lasts; it may not write."""
        with self._snapshot.connect() as connection:
            yield SqlUnitOfWork(connection, self._account_ids, self._cipher)

    @contextmanager
    def begin(self) -> Iterator[SqlUnitOfWork]:
        """Open a transaction; leaving the block without ``commit`` rolls back whole."""
        with self._engine.connect() as connection:
            yield SqlUnitOfWork(connection, self._account_ids, self._cipher)
