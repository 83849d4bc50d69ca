"""The person concerned gets to their own case: handing out codes, signing in, a passphrase of their own."""

from __future__ import annotations

import hmac
import secrets
import unicodedata
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from caseflow.domain.access import Actor, NotPermitted, Permission, check_permission
from caseflow.domain.audit import AuditEvent
from caseflow.domain.casebook.numbers import usual_number
from caseflow.domain.cases import Case
from caseflow.domain.paper_life import Paper
from caseflow.domain.party_sight import is_for_the_party
from caseflow.domain.passwords import GUESSABLE
from caseflow.domain.person_codes import (
    CODE_BYTES,
    GOOD_FOR_DAYS,
    LEAST_PASSPHRASE_CHARACTERS,
    MOST_PASSPHRASE_CHARACTERS,
    code_hash,
    code_of,
    grouped,
    read_code,
    token_hash,
)
from caseflow.domain.words import Words
from caseflow.domain.workflow import plain_text
from caseflow.services.cases import CaseNotFound
from caseflow.services.duties import check_duties, on_case
from caseflow.services.erased_cases import check_not_erased
from caseflow.services.installation import TRAINING
from caseflow.services.ports import AlreadyWritten, BusinessTime, PasswordHasher, Store, UnitOfWork
from caseflow.services.ports.documents import AccessSlip, SlipPrinter
from caseflow.services.ports.person_access import (
    GivenCode,
    NewCode,
    NewPersonSession,
    Occasion,
    OpenedBy,
    PersonAtCase,
    WayIn,
)
from caseflow.services.ports.rate_limits import Limit
from caseflow.services.ports.scope import SYSTEM, OfficeScope
from caseflow.services.ports.staff import PasswordJudge
from caseflow.services.rate_limits import RateLimits, counted
from caseflow.services.rulebook import Rulebook
from caseflow.services.views import CaseHeader

SESSION_LIFE: Final = timedelta(hours=2)
MOST_CODES: Final = 20
MOST_OFFICES: Final = 500
OFFICE_ZONE: Final = ZoneInfo("Asia/Shanghai")
_LONGEST_NUMBER: Final = 100
# As at the sign-in of staff: one browser that guesses at one case waits soon and long; somebody else's guesses make the
# person wait for half a minute at most; behind one address there may be a whole village.
_CASE_FROM_ADDRESS: Final = Limit("my_case_from_address", 5, timedelta(seconds=30), timedelta(minutes=15))
_CASE: Final = Limit("my_case", 50, timedelta(seconds=1), timedelta(seconds=30))
_ADDRESS: Final = Limit("my_case_address", 40, timedelta(seconds=5), timedelta(minutes=15))
_TOO_SHORT = Words(
    f"Choose at least {LEAST_PASSPHRASE_CHARACTERS} characters, for instance four words.",
    f"口令至少{LEAST_PASSPHRASE_CHARACTERS}个字符，例如四个词语。",
)
_TOO_LONG = Words("This is longer than 200 characters.", "口令不得超过200个字符。")
_LIKE_THE_NUMBER = Words("Do not use the case number.", "请勿使用案件编号作为口令。")
_LIKE_A_CODE = Words("This looks like a code of a slip; choose words of your own.", "该内容与通行码相同，请另选词语。")
_TOO_FEW_SORTS = Words("Use more different characters.", "请使用更多不同的字符。")
_LEAST_SORTS: Final = 5


class PersonSignInRefused(Exception):
    """Case number and code do not fit together, or the code was used, ended or is too old: not told apart."""


class PassphraseRefused(Exception):
    """The passphrase may not be chosen; ``words`` say why."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


class CodeAlreadyShown(Exception):
    """The request was sent before; the code it made was shown once and is kept nowhere."""


class PaperNotForThePerson(Exception):
    """No such issued paper of the case, or none that is for its party."""


@dataclass(frozen=True)
class GiveAccess:
    """What an officer asks: a code for the person of a case, alone or to go with an issued paper."""

    case_id: int
    paper_id: int | None
    key: str


@dataclass(frozen=True)
class HandedOut:
    """A code, once in plain text: for the slip and for nothing else."""

    code: str
    header: CaseHeader
    goes_with: Words | None
    made_on: date
    until: date
    training: bool


@dataclass(frozen=True)
class GivenAccess:
    """How access was given to the person of a case: the newest codes, and the issued papers one may go with."""

    header: CaseHeader
    codes: Sequence[GivenCode]
    papers: Sequence[tuple[Paper, Words]]
    has_passphrase: bool


@dataclass(frozen=True)
class PersonAccess:
    """The use cases behind the door of My case."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    passwords: PasswordHasher
    printer: SlipPrinter
    limits: RateLimits
    scope: OfficeScope
    judge: PasswordJudge

    def give(self, actor: Actor, asked: GiveAccess) -> HandedOut:
        """Make a code for the person of a case; older codes end.

        At the counter (no paper) their passphrase and open sessions end with it: whoever asks anew may have lost the
        old way in to somebody. Raises ``NotPermitted``, ``DutiesRefused`` (who is recused from the case),
        ``CaseNotFound``, ``CaseErased``, :class:`PaperNotForThePerson`, :class:`CodeAlreadyShown`. Only the
        case's own officers, or who stands in for one, may: the code opens the file in the person's name.
        """
        check_duties(actor, Permission.GIVE_ACCESS)
        code, now = code_of(secrets.token_bytes(CODE_BYTES)), self.time.real_now()
        occasion = Occasion.COUNTER if asked.paper_id is None else Occasion.WITH_PAPER
        with self.store.begin() as work:
            header, case = _header(work, actor, asked.case_id), work.cases.load(asked.case_id)
            if case is None:
                raise CaseNotFound(asked.case_id)
            check_duties(actor, Permission.GIVE_ACCESS, matter=on_case(case))
            _check_on_case(actor, case)
            check_not_erased(work, asked.case_id)
            paper = self._paper(work, actor, asked)
            body = {"case": header.number, "occasion": occasion.value, "paper": asked.paper_id}
            event = AuditEvent.by(actor, self.time.now(), f"person_code:{asked.key}", "person_code_made", body)
            if occasion is Occasion.COUNTER:
                work.person_access.end_access(asked.case_id, now)
            expires_at = now + timedelta(days=GOOD_FOR_DAYS)
            new = NewCode(
                asked.case_id, code_hash(code), occasion, asked.paper_id, actor.id, now, expires_at, asked.key
            )
            try:
                work.person_access.give(new, event)
            except AlreadyWritten:
                raise CodeAlreadyShown(asked.key) from None
            work.commit()
            stamp = work.installation.get()
        training = stamp is not None and stamp.kind == TRAINING
        return HandedOut(code, header, paper, _day(now), _day(expires_at), training)

    def slip(self, handed: HandedOut, address: str) -> bytes:
        """Return the slip with the code as PDF; ``address`` is that of My case (empty: the office tells it)."""
        header = handed.header
        return self.printer.pdf(
            AccessSlip(
                office=Words(header.office_en, header.office_zh),
                case_number=Words(header.number, header.number_zh),
                code=grouped(handed.code),
                address=address,
                made=handed.made_on,
                until=handed.until,
                goes_with=handed.goes_with,
                training=handed.training,
            )
        )

    def given(self, actor: Actor, case_id: int) -> GivenAccess:
        """Return how access was given to the person of a case. Raises ``NotPermitted``, ``CaseNotFound``."""
        check_permission(actor, Permission.GIVE_ACCESS)
        with self.store.begin() as work:
            case, header = work.cases.load(case_id), _header(work, actor, case_id)
            if case is None:
                raise CaseNotFound(case_id)
            _check_on_case(actor, case)
            definition = self.rulebook.pinned(case.definition_hash, work).definition
            papers = [
                (one, definition.documents[one.kind].title)
                for one in work.papers.of_case(case_id)
                if one.number is not None and is_for_the_party(definition, one.kind)
            ]
            codes = work.person_access.codes(case_id, MOST_CODES)
            return GivenAccess(header, codes, papers, work.person_access.has_passphrase(case_id))

    def offices(self) -> Sequence[tuple[int, Words]]:
        """Return the offices somebody may have a case with, for the form of the sign-in."""
        with self.store.begin() as work:
            return work.person_access.offices(MOST_OFFICES)

    def sign_in(self, office_id: int, number: str, secret: str, address: str) -> str:
        """Return the token of a new session. Raises :class:`PersonSignInRefused`, ``TooManyAttempts``.

        An unknown number, a wrong code and an old one take the same work: one look, one slow hash, one event.
        ``address`` is the network address that the attempt comes from.
        """
        known = _as_numbered(number)
        own = (counted(_CASE_FROM_ADDRESS, office_id, known, address), counted(_CASE, office_id, known))
        attempt = self.limits.take(*own, shared=(counted(_ADDRESS, address),))
        token = self._tried(office_id, known, secret)
        if token is None:
            raise PersonSignInRefused
        self.limits.succeeded(attempt)
        return token

    def _tried(self, office_id: int, number: str, secret: str) -> str | None:
        now, code = self.time.real_now(), read_code(secret)
        with self.scope.acting_for(SYSTEM), self.store.begin() as work:
            way = work.person_access.way_in(office_id, number, now)
            stored = way.passphrase_hash if way is not None and code is None else None
            fits = self.passwords.verify(stored or self.passwords.unknown_hash(), _spelt(secret))
            offered = code_hash(code) if code is not None else b""
            known = way.code_hash if way is not None and way.code_hash is not None else bytes(32)
            by_code = hmac.compare_digest(offered, known) and way is not None and way.code_hash is not None
            token = None
            if way is not None and (by_code or (stored is not None and fits)):
                token = self._open(work, way, way.code_id if by_code else None)
            if token is None:
                told = {"case": way.number} if way is not None else {}
                key = f"person_sign_in:{uuid.uuid4()}"
                work.person_access.note(AuditEvent(key, self.time.now(), None, office_id, "person_refused", body=told))
            work.commit()
        return token

    def signed_in(self, token: str) -> PersonAtCase | None:
        """Return whose session a token opens now; None for none."""
        with self.scope.acting_for(SYSTEM), self.store.begin() as work:
            return work.person_access.at_case(token_hash(token), self.time.real_now())

    def sign_out(self, person: PersonAtCase) -> None:
        """End the session of a person, also from a page that acts for nobody."""
        with self.scope.acting_for(person.office_id), self.store.begin() as work:
            event = self._event(person.office_id, "person_signed_out", {"session": person.session_id})
            work.person_access.end_session(person.session_id, self.time.real_now(), event)
            work.commit()

    def has_passphrase(self, person: PersonAtCase) -> bool:
        """Tell whether the person chose a passphrase."""
        with self.store.begin() as work:
            return work.person_access.has_passphrase(person.case_id)

    def choose_passphrase(self, person: PersonAtCase, text: str) -> None:
        """Keep a passphrase for the next visits. Raises :class:`PassphraseRefused`, ``CaseErased``."""
        spelt = _spelt(text)
        with self.store.begin() as work:
            check_not_erased(work, person.case_id)
            header = work.views.header(person.case_id)
            if header is None:
                raise CaseNotFound(person.case_id)
            _check_passphrase(spelt, (header.number, header.number_zh))
            if self.judge.is_guessable(spelt, (header.number, header.number_zh)):
                raise PassphraseRefused(GUESSABLE)
            event = self._event(person.office_id, "person_passphrase_chosen", {"case": header.number})
            hashed = self.passwords.hash(spelt)
            work.person_access.keep_passphrase(person.case_id, hashed, self.time.real_now(), event)
            work.commit()

    def _paper(self, work: UnitOfWork, actor: Actor, asked: GiveAccess) -> Words | None:
        if asked.paper_id is None:
            return None
        paper, case = work.papers.get(actor.office_id, asked.paper_id), work.cases.load(asked.case_id)
        if paper is None or case is None or paper.case_id != case.id or paper.number is None:
            raise PaperNotForThePerson(asked.paper_id)
        definition = self.rulebook.pinned(case.definition_hash, work).definition
        if not is_for_the_party(definition, paper.kind):
            raise PaperNotForThePerson(asked.paper_id)
        title = definition.documents[paper.kind].title
        return Words(f"{title.en}, No. {paper.number.en}", f"{title.zh}（{paper.number.zh}）")

    def _open(self, work: UnitOfWork, way: WayIn, code_id: int | None) -> str | None:
        token, now = secrets.token_urlsafe(32), self.time.real_now()
        by = OpenedBy.PASSPHRASE if code_id is None else OpenedBy.CODE
        new = NewPersonSession(way.case_id, token_hash(token), by, code_id, now, now + SESSION_LIFE)
        event = self._event(way.office_id, "person_signed_in", {"case": way.number, "with": by.value})
        return token if work.person_access.open_session(new, event) is not None else None

    def _event(self, office_id: int, action: str, body: dict[str, object]) -> AuditEvent:
        return AuditEvent(f"{action}:{uuid.uuid4()}", self.time.now(), None, office_id, action, body=body)


def _header(work: UnitOfWork, actor: Actor, case_id: int) -> CaseHeader:
    header = work.views.header(case_id)
    if header is None or header.office_id != actor.office_id:
        raise CaseNotFound(case_id)
    return header


def _day(moment: datetime) -> date:
    return moment.astimezone(OFFICE_ZONE).date()


def _as_numbered(typed: str) -> str:
    return usual_number(plain_text(typed.strip()[:_LONGEST_NUMBER]))


def _check_on_case(actor: Actor, case: Case) -> None:
    # A code opens the file in the person's name: not for any officer who finds a reason to read it.
    if not {case.owner_id, case.second_officer_id} & {actor.id, *actor.stands_in_for}:
        raise NotPermitted(actor, Permission.GIVE_ACCESS)


def _spelt(passphrase: str) -> str:
    """Return a passphrase as it is compared: the same words whatever keyboard they were typed on."""
    return " ".join(unicodedata.normalize("NFKC", passphrase[: 2 * MOST_PASSPHRASE_CHARACTERS]).split())


def _check_passphrase(spelt: str, numbers: tuple[str, str]) -> None:
    if len(spelt) < LEAST_PASSPHRASE_CHARACTERS:
        raise PassphraseRefused(_TOO_SHORT)
    if len(spelt) > MOST_PASSPHRASE_CHARACTERS:
        raise PassphraseRefused(_TOO_LONG)
    if read_code(spelt) is not None:
        raise PassphraseRefused(_LIKE_A_CODE)
    if len(set(spelt)) < _LEAST_SORTS:
        raise PassphraseRefused(_TOO_FEW_SORTS)
    if any(number.lower() in spelt.lower() for number in numbers):
        raise PassphraseRefused(_LIKE_THE_NUMBER)
