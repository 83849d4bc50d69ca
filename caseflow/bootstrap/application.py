"""Every use case, wired to one database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Engine

from caseflow.adapters.bank_formats import BankFormats
from caseflow.adapters.business_time import ShiftedTime
from caseflow.adapters.ledger_files import FORMATS
from caseflow.adapters.passwords import Argon2Passwords
from caseflow.adapters.pdf import TypstReceipts
from caseflow.adapters.published_calendar import published_calendar
from caseflow.adapters.queue import RedisWake
from caseflow.adapters.signing_key import signature_holds
from caseflow.bootstrap.case_imports import build_case_imports
from caseflow.bootstrap.databases import make_engine
from caseflow.bootstrap.file_room import build_file_room
from caseflow.bootstrap.files import shipped_chart, shipped_definitions, shipped_law
from caseflow.bootstrap.liaison import Liaison, build_liaison
from caseflow.bootstrap.papers import Papers, build_papers
from caseflow.bootstrap.privacy import build_field_cipher
from caseflow.bootstrap.referral_room import build_referral_bundles
from caseflow.bootstrap.reminding import Reminding, build_reminding
from caseflow.bootstrap.signing_in import OwnSignIn, build_own_sign_in, build_staff_access
from caseflow.bootstrap.wind_down import build_wind_downs
from caseflow.config import SPENDING_ROLE
from caseflow.domain.access import Actor
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.accrual import Accrual
from caseflow.services.bank import BankLines, Remittances, StatementImports
from caseflow.services.case_files import CaseFiles
from caseflow.services.case_imports import CaseImports
from caseflow.services.case_pages import CasePages
from caseflow.services.cases import Cases
from caseflow.services.desks import Desks
from caseflow.services.findings import Findings
from caseflow.services.health import Health
from caseflow.services.installation import Installations
from caseflow.services.ledger import Ledger
from caseflow.services.ledger_check import LedgerCheck
from caseflow.services.ledger_exports import LedgerExports
from caseflow.services.ledger_reading import LedgerReading
from caseflow.services.money_figures import MoneyFigures
from caseflow.services.opened_fields import NotingCipher
from caseflow.services.outbox_delivery import OutboxDelivery, WakingCases
from caseflow.services.party_details import PartyDetails
from caseflow.services.ports import BusinessTime, Wake
from caseflow.services.ports.files import FileRoom, FileStore
from caseflow.services.ports.mail import NO_MAIL, MailRules
from caseflow.services.ports.privacy import FieldCipher
from caseflow.services.receipt_book import ReceiptBook
from caseflow.services.receipt_paper import ReceiptPapers, SealedProofs
from caseflow.services.receipts import Receipts
from caseflow.services.referral_bundles import ReferralBundles
from caseflow.services.refund_findings import RefundFindings
from caseflow.services.rulebook import Rulebook
from caseflow.services.samples import Samples
from caseflow.services.sealed_record import SealedRecord
from caseflow.services.service_attempts import ServiceAttempts
from caseflow.services.spending import Spending
from caseflow.services.spending_pages import SpendingPages
from caseflow.services.staff_access import StaffAccess
from caseflow.services.substitutes import Substitutes
from caseflow.services.wind_down import WindDowns
from caseflow.services.wind_down_lists import WindDownLists


@dataclass(frozen=True)
class Application:
    """Everything a face of caseflow may call, wired to one database."""

    engine: Engine
    store: SqlStore
    spending_engine: Engine
    spending_store: SqlStore
    time: BusinessTime
    rulebook: Rulebook
    passwords: Argon2Passwords
    cases: Cases
    service: ServiceAttempts
    pages: CasePages
    desks: Desks
    staff: StaffAccess
    substitutes: Substitutes
    installation: Installations
    ledger: Ledger
    reading: LedgerReading
    samples: Samples
    findings: Findings
    exports: LedgerExports
    figures: MoneyFigures
    receipts: Receipts
    receipt_book: ReceiptBook
    receipt_papers: ReceiptPapers
    statements: StatementImports
    bank_lines: BankLines
    remittances: Remittances
    record: SealedRecord
    spending: Spending
    spending_pages: SpendingPages
    accrual: Accrual
    ledger_check: LedgerCheck
    reminding: Reminding
    health: Health
    referral_bundles: ReferralBundles
    case_files: CaseFiles
    case_imports: CaseImports
    papers: Papers
    liaison: Liaison
    parties: PartyDetails
    refunds: RefundFindings
    winddown: WindDowns

    @property
    def files(self) -> FileStore:
        """Where the bytes of files are kept."""
        return self.case_files.room.store

    @property
    def own_sign_in(self) -> OwnSignIn:
        """What everybody does about their own ways of signing in."""
        return build_own_sign_in(self.store, self.time, self.passwords, self.parties.cipher)

    @property
    def wind_down_lists(self) -> WindDownLists:
        """The lists beside the plan of a wind-down."""
        return WindDownLists(self.store, self.rulebook)

    def move_training_date(self, day: date, actor: Actor | None = None) -> date:
        """Let a training database run at ``day``; this process follows at once. Raises ``DateRefused``."""
        moved = self.installation.move_date(day, actor)
        if isinstance(self.time, ShiftedTime):
            self.time.forget()
        return moved

    def close(self) -> None:
        """Give the database connections back."""
        self.engine.dispose()
        self.spending_engine.dispose()


def build_application(
    database_url: str,
    *,
    time: BusinessTime | None = None,
    pool_size: int = 5,
    rulebook: Rulebook | None = None,
    wake: Wake | None = None,
    files: FileRoom | None = None,
    cipher: FieldCipher | None = None,
) -> Application:
    """Wire the use cases; ``time`` (real, or shifted in training) sets the date, ``wake`` hears of each commit."""
    engine, store, spending_engine, spending_store = _stores(database_url, pool_size)
    rules, clock = _rules_in_force(store, rulebook), time or ShiftedTime(lambda: date_shift_days(store))
    passwords, ledger = Argon2Passwords(), Ledger(store, spending_store, rules, clock)
    record, (room, cipher) = SealedRecord(store, clock, signature_holds), _keepers(files, cipher)
    cases, papers = _cases(store, rules, clock, wake, cipher), build_papers(store, rules, clock, room.store)
    return Application(
        engine=engine,
        store=store,
        spending_engine=spending_engine,
        spending_store=spending_store,
        time=clock,
        rulebook=rules,
        passwords=passwords,
        cases=cases,
        service=ServiceAttempts(store, rules, clock),
        pages=CasePages(store, rules, clock),
        desks=Desks(store, rules, clock),
        staff=build_staff_access(store, clock, passwords, cipher),
        substitutes=Substitutes(store, clock),
        installation=Installations(store, clock),
        ledger=ledger,
        receipts=Receipts(store, clock, ledger),
        receipt_book=ReceiptBook(store, clock),
        receipt_papers=ReceiptPapers(store, rules, TypstReceipts(), SealedProofs(record)),
        record=record,
        reading=LedgerReading(store, clock),
        samples=Samples(store, clock),
        findings=Findings(store, clock),
        exports=LedgerExports(store, clock, FORMATS),
        figures=MoneyFigures(store, clock, rules.chart.reported_codes),
        statements=StatementImports(store, clock, BankFormats()),
        bank_lines=BankLines(store, clock, ledger),
        remittances=Remittances(store, clock, ledger),
        spending=Spending(spending_store, rules.chart, clock),
        spending_pages=SpendingPages(store, clock),
        accrual=Accrual(store, rules, clock),
        ledger_check=LedgerCheck(store),
        reminding=build_reminding(store, rules, clock),
        health=Health(store, clock, wake if isinstance(wake, RedisWake) else None),
        liaison=build_liaison(store, rules, clock, cases, papers.drafting),
        winddown=build_wind_downs(store, rules, clock, cases, papers.drafting, wake),
        case_files=CaseFiles(store, rules, clock, room),
        case_imports=build_case_imports(store, rules, clock, room, cipher, wake),
        papers=papers,
        parties=PartyDetails(cipher),
        refunds=RefundFindings(store, rules, clock),
        referral_bundles=build_referral_bundles(store, rules, clock, room.store),
    )


def _cases(store: SqlStore, rules: Rulebook, clock: BusinessTime, wake: Wake | None, cipher: FieldCipher) -> Cases:
    return Cases(store, rules, clock, cipher) if wake is None else WakingCases(store, rules, clock, cipher, wake)


def _keepers(files: FileRoom | None, cipher: FieldCipher | None) -> tuple[FileRoom, FieldCipher]:
    """Return what keeps files and what seals fields and notes whose it opens: those given, else the environment's."""
    return files or build_file_room(), NotingCipher(cipher or build_field_cipher())


def _stores(database_url: str, pool_size: int) -> tuple[Engine, SqlStore, Engine, SqlStore]:
    """Return engine and store of income and cases, and those of the role that spends."""
    engine = make_engine(database_url, pool_size=pool_size)
    spending_engine = make_engine(database_url, pool_size=1, role=SPENDING_ROLE)
    return engine, SqlStore(engine), spending_engine, SqlStore(spending_engine)


def _rules_in_force(store: SqlStore, rulebook: Rulebook | None) -> Rulebook:
    """Return the rules, the shipped ones unless others are given, with the office's own days; open their accounts."""
    rules = rulebook or Rulebook(shipped_law(), published_calendar(), shipped_definitions(), shipped_chart())
    with store.begin() as work:
        rules.refresh_calendar(work)
        rules.follow(store)
        work.ledger.open_accounts(None, rules.chart.accounts)
        work.commit()
    return rules


def build_delivery(database_url: str, mail: MailRules = NO_MAIL) -> OutboxDelivery:
    """Wire the delivery of notices; the database is asked for only when something is delivered."""
    engine = make_engine(database_url, pool_size=1)
    return OutboxDelivery(SqlStore(engine), release=engine.dispose, mail=mail)


def build_health(database_url: str, redis_url: str | None = None) -> Health:
    """Wire the look at the background work alone; nothing is written and nothing asked before something looks."""
    engine = make_engine(database_url, pool_size=1)
    store = SqlStore(engine)
    queue = RedisWake(redis_url) if redis_url is not None else None

    def release() -> None:
        engine.dispose()
        if queue is not None:
            queue.close()

    return Health(store, ShiftedTime(lambda: date_shift_days(store)), queue, release)


def date_shift_days(store: SqlStore) -> int:
    """Return how many days the database runs away from the real date (0 in production)."""
    with store.begin() as work:
        stamp = work.installation.get()
    return stamp.date_shift_days if stamp is not None else 0
