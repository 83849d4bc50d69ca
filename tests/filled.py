"""An office with a row of every kind that tests ask for by its address, made as its people would."""

from __future__ import annotations

import io
import uuid
from datetime import date

from caseflow.domain.access import Role
from caseflow.domain.case_files import Purpose
from caseflow.domain.findings import About, Severity, Subject
from caseflow.domain.ledger import Line
from caseflow.domain.reading import Allowance
from caseflow.domain.sampling import Method
from caseflow.domain.submissions import Kind
from caseflow.services.case_files import AddFile
from caseflow.services.findings import RaiseFinding
from caseflow.services.party_details import PartyTold
from caseflow.services.ports.auditing import Population
from caseflow.services.samples import DrawSample
from caseflow.services.substitutes import Arrange
from tests import wind_downs
from tests.casebook import remitted
from tests.cashier import opened, pays, served
from tests.expenditure import prepared
from tests.kept import old_case
from tests.office import Office
from tests.parties import know_as
from tests.sealed import settle
from tests.sent_books import book, checked, row
from tests.site import Site
from tests.submitted import person_of, submit

PARTY, CONTACT, ADDRESS = "Harmony Clinic", "13800138000", "Lane 7, Cloud Ridge"
IDENTITY = "11010519491231002X"


def key() -> str:
    return str(uuid.uuid4())


def filled(site: Site) -> None:
    """Let the office have cases, papers, files, money, expenditure, audit, imports, a run, and what persons submit."""
    office, today = site.office, site.office.time.day
    prepared(office)
    case_id = served(office)
    opened(office)
    pays(office, case_id, "100", "1")
    know_as(office, case_id, PartyTold(PARTY, CONTACT, IDENTITY, ADDRESS))
    wound_down = wind_downs.at_stage(office, "undecided")
    office.time.day = today
    wind_downs.prepared(office, wound_down)
    remitted(office)
    licence = AddFile(case_id, Purpose.EVIDENCE, "The licence", None, "a.txt", io.BytesIO(b"text"), "key")
    office.application.case_files.add(office.actors["officer"], licence)
    submit(office, person_of(office, case_id), Kind.STATEMENT, files={"a.txt": b"text"})
    checked(site.sign_in("officer2"), book(row(1), row(2, 决定日期="no day")))
    _staff(office)
    settle(office.database_url)
    _audit(office)
    _retention(office)


def _staff(office: Office) -> None:
    application, actors = office.application, office.actors
    application.grants.propose_role(
        actors["administrator"], actors["cashier2"].id, Role.OFFICER, "Somebody left", key=key()
    )
    today = office.time.day
    away = Arrange(actors["reviewer2"].id, actors["officer2"].id, today, today, "Away", key())
    application.substitutes.arrange(actors["administrator"], away)
    application.reading_room.approvals.ask(
        actors["officer"], Allowance.FILES, "desk.show", 3, "Many files are due at once", key()
    )


def _retention(office: Office) -> None:
    retention, today = office.application.retention, office.time.day
    held, erased = old_case(office), old_case(office)
    office.time.day = today
    retention.prepare(office.actors["supervisor"], key(), [erased])
    retention.hold(office.actors["auditor"], held, "A suit is announced.")


def _audit(office: Office) -> None:
    application, auditor = office.application, office.actors["auditor"]
    year = Population(Line.INCOME, None, date(2024, 1, 1), date(2026, 12, 31))
    application.samples.draw(auditor, DrawSample("Receipts", year, Method.RANDOM, 1, key()))
    asked = RaiseFinding(Subject(About.GENERAL), "No paper", "Not in the file.", Severity.HIGH, date(2026, 4, 1), key())
    application.findings.raise_one(auditor, asked)
