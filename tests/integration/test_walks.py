"""Replays the case histories of tests/data/walks.yaml through the services, and at each step tries what must fail."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
import pytest

from caseflow import bootstrap
from caseflow.domain.access import Actor, NotPermitted, Role
from caseflow.domain.cases import Case
from caseflow.domain.stepping import StepRefused
from caseflow.domain.workflow import Definition, Field, Step
from caseflow.resources import read_yaml
from caseflow.services.cases import CaseMovedOn, OpenCase, TakeStep
from caseflow.services.demo.papers import issue_all
from caseflow.services.ports import NewStaff
from tests.office import kept_files, with_receipt

WALKS: Mapping[str, Any] = {
    walk["name"]: walk for walk in read_yaml(Path(__file__).parents[1] / "data" / "walks.yaml").data["walks"]
}
ROLES = (Role.OFFICER, Role.REVIEWER, Role.APPROVER, Role.CASHIER, Role.LIAISON)
# Somebody of each of these desks tries every step that is not theirs.
STRANGERS = {"cashier": "reviewer_1", "reviewer": "cashier_1"}


class Player:
    """A case on a real database, moved by the staff of the walk."""

    def __init__(self, database_url: str, walk: Mapping[str, Any]) -> None:
        self.time = bootstrap.SetTime(walk["start"])
        self.application = bootstrap.build_application(database_url, time=self.time, files=kept_files())
        self.definition: Definition = self.application.rulebook.regime(walk["regime"])
        self.seats = self._staff()
        self.case_id = self._open(walk)
        self.four_eyes_tried = 0

    def _staff(self) -> dict[str, Actor]:
        seats = {f"{role}_{number}": role for role in ROLES for number in (1, 2)}
        seats |= {"supervisor_1": Role.SUPERVISOR, "auditor_1": Role.AUDITOR}
        with self.application.store.begin() as work:
            office_id = work.staff.add_office("WALK", "Walk County", "步行县", bootstrap.setup_event("office"))
            work.ledger.open_accounts(office_id, self.application.rulebook.chart.accounts)
            ids = {
                seat: work.staff.add(NewStaff(office_id, seat, seat, seat, "", (role,)), bootstrap.setup_event(seat))
                for seat, role in seats.items()
            }
            work.commit()
        return {seat: Actor(ids[seat], office_id, seat, seat, seat, frozenset({role})) for seat, role in seats.items()}

    def _open(self, walk: Mapping[str, Any]) -> int:
        request = OpenCase(
            regime=walk["regime"],
            party_kind=walk["subject_kind"],
            party_name="当事人 Party",
            answers=self.typed(self.definition.opening, walk["opening"]),
            idempotency_key=str(uuid.uuid4()),
            second_officer_id=self.seats["officer_2"].id,
        )
        return self.application.cases.open(self.seats["officer_1"], request).case_id

    def typed(self, asked: tuple[str, ...], answers: Mapping[str, Any]) -> dict[str, str]:
        assert set(answers) <= set(asked), "an answer nobody asked for"
        return {name: typed_text(value, self.definition.fields[name]) for name, value in answers.items()}

    def answers(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        return with_receipt(self.application, self.definition, row, self.seats["cashier_1"])

    def case(self) -> Case:
        with self.application.store.begin() as work:
            case = work.cases.load(self.case_id)
        assert case is not None
        return case

    def take(self, row: Mapping[str, Any]) -> None:
        self.time.day = row["on"]
        step = self.definition.steps[row["step"]]
        if step.needs.issued:
            issue_all(self.application.papers, self.case_id, self.seats.values(), step.needs.issued)
        case = self.case()
        request = TakeStep(
            self.case_id, step.name, case.version, self.typed(step.asks, self.answers(row)), str(uuid.uuid4())
        )
        self.try_what_must_fail(case, step, request)
        assert self.case() == case, f"a refused {step.name} changed the case"
        moved = self.application.cases.advance(self.seats[row["by"]], request)
        assert moved.seq == case.version + 1
        again = self.application.cases.advance(self.seats[row["by"]], request)
        assert (again.seq, again.repeated) == (moved.seq, True)

    def try_what_must_fail(self, case: Case, step: Step, request: TakeStep) -> None:
        with pytest.raises(NotPermitted):
            self.application.cases.advance(self.seats["auditor_1"], request)
        stranger = self.seats[STRANGERS["reviewer" if "reviewer" in step.by else "cashier"]]
        if not any(role in step.by for role in stranger.roles):
            assert "role" in self.refusal(stranger, request)
        for taker in {taker for other in step.not_by for taker in case.takers_of(other)}:
            # The person who took a step that excludes this one, were they to sit at this desk too.
            person = next(actor for actor in self.seats.values() if actor.id == taker)
            both = replace(person, roles=person.roles | {Role(step.by[0])})
            assert "four_eyes" in self.refusal(both, request), f"{person.login} took {step.name} after {step.not_by}"
            self.four_eyes_tried += 1
        stale = replace(request, version=case.version - 1, idempotency_key=str(uuid.uuid4()))
        with pytest.raises(CaseMovedOn):
            self.application.cases.advance(self.seats["officer_1"], stale)

    def refusal(self, actor: Actor, request: TakeStep) -> set[str]:
        with pytest.raises(StepRefused) as refused:
            self.application.cases.advance(actor, request)
        return {reason.code for reason in refused.value.reasons}


def typed_text(value: Any, field: Field) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date):
        return value.isoformat()
    return f"{value // 100}.{value % 100:02d}" if field.type == "money" else str(value)


@pytest.mark.parametrize("name", list(WALKS))
def test_a_walk_reaches_its_end_and_nobody_else_could_have_taken_its_steps(name: str, database_url: str) -> None:
    walk = WALKS[name]
    player = Player(database_url, walk)
    try:
        for row in walk["steps"]:
            player.take(row)
        case = player.case()
        disagreements = player.application.ledger_check.run()
    finally:
        player.application.close()
    assert disagreements == []
    assert case.phase == "closed"
    assert case.state == player.definition.steps[walk["steps"][-1]["step"]].to
    assert case.money.outstanding_fen == 0
    assert player.four_eyes_tried > 0
    rows = [("open_case", walk["start"]), *((row["step"], row["on"]) for row in walk["steps"])]
    with psycopg.connect(database_url) as connection:
        history = connection.execute("select trigger, business_date from step order by seq").fetchall()
        events = connection.execute(
            "select seq, leaf from audit_event where case_id is not null order by seq"
        ).fetchall()
        notices = connection.execute("select count(*) from outbox").fetchone()
    assert history == rows
    assert [seq for seq, _ in events] == list(range(1, len(rows) + 1))
    assert len({bytes(leaf) for _, leaf in events}) == len(rows)
    assert notices == (len(rows),)


def test_a_levy_after_the_end_of_the_fee_is_refused_and_names_the_act(database_url: str) -> None:
    walk = WALKS["golden_wuqing"]
    player = Player(database_url, walk)
    try:
        for row in walk["steps"]:
            if row["step"] == "decide":
                break
            player.take(row)
        player.time.day = date(2021, 8, 20)
        answers = {**row["answers"], "decided_on": date(2021, 8, 20)}
        step = player.definition.steps["decide"]
        request = TakeStep(
            player.case_id, "decide", player.case().version, player.typed(step.asks, answers), str(uuid.uuid4())
        )
        with pytest.raises(StepRefused, match="2021") as refused:
            player.application.cases.advance(player.seats["approver_2"], request)
        assert {"regime_ended", "no_law"} <= {reason.code for reason in refused.value.reasons}
    finally:
        player.application.close()
