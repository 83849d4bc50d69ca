"""An office on a real database: staff for every desk and a business date that a test sets."""

from __future__ import annotations

import os
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from caseflow import bootstrap
from caseflow.config import read_settings
from caseflow.domain.access import Actor, Role
from caseflow.domain.workflow import Definition, money_text
from caseflow.resources import read_yaml
from caseflow.services.cases import Moved, OpenCase, TakeStep
from caseflow.services.demo.papers import issue_all
from caseflow.services.ports import NewStaff
from caseflow.services.ports.files import FileRoom
from caseflow.services.ports.privacy import FieldCipher
from caseflow.services.receipts import OpenLot
from caseflow.services.service_attempts import RecordAttempt

WALKS = Path(__file__).parent / "data" / "walks.yaml"
STAFF: Mapping[str, Role] = {
    "officer": Role.OFFICER,
    "officer2": Role.OFFICER,
    "reviewer": Role.REVIEWER,
    "reviewer2": Role.REVIEWER,
    "approver": Role.APPROVER,
    "approver2": Role.APPROVER,
    "cashier": Role.CASHIER,
    "cashier2": Role.CASHIER,
    "payer": Role.PAYER,
    "payer2": Role.PAYER,
    "liaison": Role.LIAISON,
    "auditor": Role.AUDITOR,
    "supervisor": Role.SUPERVISOR,
    "administrator": Role.ADMINISTRATOR,
}
OPENING = {"act_date": "2026-02-01", "act_place": "County seat", "source": "inspection", "conduct_summary": "As found."}
CHECKED = {"jurisdiction_basis": "place_of_act", "checked_on": "2026-03-02"}


@dataclass
class Office:
    application: bootstrap.Application
    time: bootstrap.SetTime
    actors: dict[str, Actor]
    database_url: str

    def open(self, actor: str = "officer", *, key: str | None = None, **changes: object) -> int:
        return self.open_moved(actor, key=key, **changes).case_id

    def open_moved(self, actor: str = "officer", *, key: str | None = None, **changes: object) -> Moved:
        fields: dict[str, object] = {
            "regime": "two_illegal",
            "party_kind": "institution",
            "party_name": "Harmony Clinic 和谐诊所",
            "answers": OPENING,
            "second_officer_id": self.actors["officer2"].id,
            "idempotency_key": key or str(uuid.uuid4()),
            **changes,
        }
        return self.application.cases.open(self.actors[actor], OpenCase(**fields))  # type: ignore[arg-type]

    def advance(
        self,
        case_id: int,
        trigger: str,
        answers: Mapping[str, str] | None = None,
        *,
        actor: str = "officer",
        version: int | None = None,
        key: str | None = None,
    ) -> Moved:
        request = TakeStep(case_id, trigger, version or self.version(case_id), answers or {}, key or str(uuid.uuid4()))
        return self.application.cases.advance(self.actors[actor], request)

    def walk(self, name: str, *, until: str) -> int:
        """Replay a walk of tests/data/walks.yaml up to and including the step ``until``; return the case."""
        walk = next(walk for walk in read_yaml(WALKS).data["walks"] if walk["name"] == name)
        definition = self.application.rulebook.regime(walk["regime"])
        self.time.day = walk["start"]
        opening = typed(definition, walk["opening"])
        case_id = self.open(regime=walk["regime"], party_kind=walk["subject_kind"], answers=opening)
        for step in walk["steps"]:
            self.time.day = step["on"]
            login = step["by"].replace("_1", "").replace("_2", "2")
            if tried := step.get("tried"):
                self.application.service.record(self.actors[login], attempt(case_id, tried, self.actors[login]))
            answers = dict(with_receipt(self.application, definition, step, self.actors["cashier"]))
            if "decision_no" in answers:
                # Two papers of an office cannot have one number.
                answers["decision_no"] = f"决定书第{case_id}号"
            self.issue(case_id, *definition.steps[step["step"]].needs.issued)
            self.advance(case_id, step["step"], typed(definition, answers), actor=login)
            if step["step"] == until:
                return case_id
        raise LookupError(until)

    def issue(self, case_id: int, *kinds: str) -> None:
        """Issue the papers of these kinds that the case has made: draft, review, issue."""
        if kinds:
            logins = [login for login, role in STAFF.items() if role is not Role.ADMINISTRATOR]
            issue_all(self.application.papers, case_id, [self.actors[login] for login in logins], kinds)

    def next_receipt(self) -> str:
        return next_receipt(self.application, self.actors["cashier"])

    def version(self, case_id: int) -> int:
        with self.application.store.begin() as work:
            case = work.cases.load(case_id)
        assert case is not None
        return case.version


def attempt(case_id: int, tried: Mapping[str, Any], by: Actor) -> RecordAttempt:
    """Return the request that records an attempt to serve as a walk tells of it."""
    return RecordAttempt(
        case_id, tried["document"], tried["method"], tried["result"], str(tried["on"]), str(tried["hour"]), str(by.id),
        tried.get("note", ""), str(uuid.uuid4()),
    )  # fmt: skip


def next_receipt(application: bootstrap.Application, cashier: Actor) -> str:
    """Return the next receipt number of the cashier's lot, opening a lot where there is none."""
    lot = application.receipt_book.open_lot_of(cashier)
    if lot is None:
        asked = OpenLot("general 通用票据", "云财A00001", "云财A09999", 3, str(uuid.uuid4()))
        application.receipts.open_lot(cashier, asked)
        lot = application.receipt_book.open_lot_of(cashier)
    assert lot is not None
    assert lot.next_number is not None
    return lot.next_number


def with_receipt(
    application: bootstrap.Application, definition: Definition, row: Mapping[str, Any], cashier: Actor
) -> Mapping[str, Any]:
    """Return the answers of a walk's step; the walks' own receipt numbers give way to the next one of the book."""
    field = definition.receipt_field(definition.steps[row["step"]])
    return row["answers"] if field is None else {**row["answers"], field: next_receipt(application, cashier)}


def typed(definition: Definition, answers: Mapping[str, Any]) -> dict[str, str]:
    """Return answers as a person would type them."""
    shown = {}
    for name, value in answers.items():
        if isinstance(value, bool):
            shown[name] = "on" if value else ""
        else:
            shown[name] = money_text(value) if definition.fields[name].type == "money" else str(value)
    return shown


def fill_office(database_url: str) -> None:
    """Write the office and its staff into a migrated database."""
    application = bootstrap.build_application(database_url)
    with application.store.begin() as work:
        office_id = work.staff.add_office("TEST", "Test County", "测试县", bootstrap.setup_event("office"))
        work.ledger.open_accounts(office_id, bootstrap.shipped_chart().accounts)
        for login, role in STAFF.items():
            new = NewStaff(office_id, login, login.title(), login, "", (role,))
            work.staff.add(new, bootstrap.setup_event(login))
        work.commit()
    application.close()


def file_room(home: Path, **environment: str) -> FileRoom:
    """Wire the files of a home folder, with further variables of the environment."""
    return bootstrap.build_file_room(read_settings({"CASEFLOW_HOME": str(home), **environment}))


def kept_files() -> FileRoom:
    """Wire the files of this run of the tests."""
    return file_room(Path(os.environ["CASEFLOW_TEST_HOME"]) / "files")


def kept_cipher() -> FieldCipher:
    """Wire what seals names and numbers in this run of the tests, with a key of the run."""
    home = Path(os.environ["CASEFLOW_TEST_HOME"]) / "files"
    return bootstrap.build_field_cipher(read_settings({"CASEFLOW_HOME": str(home)}))


def kept_keys() -> str:
    """Return the keys of :func:`kept_cipher`, as CASEFLOW_DATA_KEYS holds them."""
    kept_cipher().seal("test", 0, "makes the file")
    home = Path(os.environ["CASEFLOW_TEST_HOME"]) / "files"
    return ",".join((home / "keys" / "data.keys").read_text(encoding="ascii").split())


def open_office(database_url: str, day: date = date(2026, 3, 2)) -> Office:
    """Wire an application to a database that holds the office."""
    time = bootstrap.SetTime(day)
    application = bootstrap.build_application(database_url, time=time, files=kept_files(), cipher=kept_cipher())
    actors = {}
    with application.store.begin() as work:
        for login in STAFF:
            member = work.staff.by_login(login)
            assert member is not None
            actors[login] = member.actor
    return Office(application, time, actors, database_url)


def build_office(database_url: str, day: date = date(2026, 3, 2)) -> Office:
    """Write the office into an empty database and open it."""
    fill_office(database_url)
    return open_office(database_url, day)
