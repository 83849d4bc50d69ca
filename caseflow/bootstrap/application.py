"""Every use case, wired to one database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

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
from caseflow.bootstrap.clock import clock_of
from caseflow.bootstrap.databases import make_engine
from caseflow.bootstrap.file_room import build_file_room
from caseflow.bootstrap.files import shipped_chart, shipped_definitions, shipped_law
from caseflow.bootstrap.letting_in import build_enrolment, build_grants
from caseflow.bootstrap.liaison import Liaison, build_liaison
from caseflow.bootstrap.papers import Papers, build_papers
from caseflow.bootstrap.person_access import build_person_access, build_verification
from caseflow.bootstrap.privacy import build_field_cipher
from caseflow.bootstrap.reading import ReadingRoom, build_reading_room
from caseflow.bootstrap.referral_room import build_referral_bundles
from caseflow.bootstrap.reminding import Reminding, build_reminding
from caseflow.bootstrap.retention import build_erasing
from caseflow.bootstrap.signing_in import OwnSignIn, build_own_sign_in, build_staff_access
from caseflow.bootstrap.submissions import SubmissionRoom, build_submissions
from caseflow.bootstrap.ways_in import build_openid, build_passkeys
from caseflow.bootstrap.wind_down import build_wind_downs
from caseflow.config import SPENDING_ROLE
from caseflow.domain.access import Actor
from caseflow.persistence.office_scope import ContextScope, SystemStore
from caseflow.persistence.unit_of_work import SqlStore
from caseflow.services.accrual import Accrual
from caseflow.services.api_tokens import ApiTokens
from caseflow.services.bank import BankLines, Remittances, StatementImports
from caseflow.services.case_files import CaseFiles
from caseflow.services.case_imports import CaseImports
from caseflow.services.case_pages import CasePages
from caseflow.services.cases import Cases
from caseflow.services.desks import Desks
from caseflow.services.enrolment import Enrolment
from caseflow.services.findings import Findings
from caseflow.services.grants import Grants
from caseflow.services.health import Health
from caseflow.services.installation import Installations
from caseflow.services.ledger import Ledger
from caseflow.services.ledger_check import LedgerCheck
from caseflow.services.ledger_exports import LedgerExports
from caseflow.services.ledger_reading import LedgerReading
from caseflow.services.money_figures import MoneyFigures
from caseflow.services.my_case import MyCases
from caseflow.services.office_staffing import OfficeStaffing
from caseflow.services.opened_fields import NotingCipher
from caseflow.services.openid_sign_in import OpenIdSignIn
from caseflow.services.outbox_delivery import OutboxDelivery, WakingCases
from caseflow.services.party_details import PartyDetails
from caseflow.services.passkeys import Passkeys
from caseflow.services.person_access import PersonAccess
from caseflow.services.ports import BusinessTime, Wake
from caseflow.services.ports.files import FileRoom, FileStore
from caseflow.services.ports.mail import NO_MAIL, MailRules
from caseflow.services.ports.privacy import FieldCipher
from caseflow.services.receipt_book import ReceiptBook
from caseflow.services.receipt_paper import ReceiptPapers, SealedProofs
from caseflow.services.receipt_verification import ReceiptVerification
from caseflow.services.receipts import Receipts
from caseflow.services.recusals import Recusals
from caseflow.services.referral_bundles import ReferralBundles
from caseflow.services.refund_findings import RefundFindings
from caseflow.services.retention import Retentions
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
    def api_tokens(self) -> ApiTokens:
        """The tokens of the API."""
        return ApiTokens(self.store, self.time, ContextScope())

    @property
    def passkeys(self) -> Passkeys:
        """Passkeys, beside the second factor that they are."""
        return build_passkeys(SystemStore(self.store), self.time, self.staff)

    @cached_property
    def openid(self) -> OpenIdSignIn:
        """Signing in through an OpenID provider; what the provider says of itself is kept meanwhile."""
        return build_openid(SystemStore(self.store), self.time, self.staff)

    @property
    def person_access(self) -> PersonAccess:
        """How the persons of cases get to them."""
        return build_person_access(self.store, self.rulebook, self.time, self.passwords)

    @property
    def verification(self) -> ReceiptVerification:
        """The public check of receipts."""
        return build_verification(self.store, self.time)

    @property
    def my_case(self) -> MyCases:
        """What the person of a case reads of it."""
        return MyCases(self.store, self.rulebook, self.time, self.files, self.receipt_papers, self.refunds)

    @property
    def submissions(self) -> SubmissionRoom:
        """What persons submit from My case, and how the office answers."""
        return build_submissions(self.store, self.rulebook, self.time, self.parties.cipher, self.case_files.room)

    @property
    def own_sign_in(self) -> OwnSignIn:
        """What everybody does about their own ways of signing in."""
        return build_own_sign_in(SystemStore(self.store), self.time, self.passwords, self.parties.cipher)

    @property
    def wind_down_lists(self) -> WindDownLists:
        """The lists beside the plan of a wind-down."""
        return WindDownLists(self.store, self.rulebook)

    @property
    def reading_room(self) -> ReadingRoom:
        """The read log and what belongs to it."""
        return build_reading_room(self.store, self.rulebook, self.time, self.parties.cipher)

    @property
    def grants(self) -> Grants:
        """Letting people in, roles, leaving."""
        return build_grants(self.store, self.time, self.passwords)

    @property
    def enrolment(self) -> Enrolment:
        """Setting a password with a code."""
        return build_enrolment(self.store, self.time, self.passwords)

    @property
    def retention(self) -> Retentions:
        """How long cases are kept, and what is erased afterwards."""
        erasing = build_erasing(self.store, self.time, self.parties.cipher, self.case_files.room.store)
        return Retentions(self.store, self.rulebook, self.time, erasing, self.winddown.wake)

    @property
    def recusals(self) -> Recusals:
        """Who takes no part in which case."""
        return Recusals(self.store, self.time)

    @property
    def office_staffing(self) -> OfficeStaffing:
        """Whether the people of an office are enough for every step."""
        return OfficeStaffing(self.store, self.rulebook)

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
    (room, cipher), passwords = _keepers(files, cipher), Argon2Passwords()
    engine, store, spending_engine, spending_store = _stores(database_url, pool_size, cipher)
    rules, clock = _rules_in_force(store, rulebook), time or clock_of(store)
    ledger, record = Ledger(store, spending_store, rules, clock), SealedRecord(store, clock, signature_holds)
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
        staff=build_staff_access(SystemStore(store), clock, passwords, cipher),
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
        health=Health(SystemStore(store), clock, wake if isinstance(wake, RedisWake) else None),
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


def _stores(database_url: str, pool_size: int, cipher: FieldCipher) -> tuple[Engine, SqlStore, Engine, SqlStore]:
    """Return engine and store of income and cases, and those of the role that spends."""
    engine = make_engine(database_url, pool_size=pool_size)
    spending_engine = make_engine(database_url, pool_size=1, role=SPENDING_ROLE)
    return engine, SqlStore(engine, cipher), spending_engine, SqlStore(spending_engine)


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

    return Health(store, clock_of(store), queue, release)
