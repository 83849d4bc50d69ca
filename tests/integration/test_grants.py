"""Two persons let somebody in, one takes away, the person sets their own password, and recusal holds at once."""

from __future__ import annotations

import uuid
from dataclasses import replace

import psycopg
import pytest

from caseflow.bootstrap import NOBODY, acting_for
from caseflow.domain.access import Actor, NotPermitted, Role
from caseflow.domain.cases import CaseDates
from caseflow.domain.duties import DutiesRefused
from caseflow.domain.grants import GrantRefused, NewColleague
from caseflow.domain.stepping import StepRefused
from caseflow.services.cases import KeyReused
from caseflow.services.enrolment import Enrol
from caseflow.services.grants import Confirmed, NoSuchGrant
from caseflow.services.ports.sessions import Stage
from caseflow.services.rate_limits import ADDRESS, TooManyAttempts
from caseflow.services.recusals import Recuse
from caseflow.services.staff_access import EnrolmentWanted, SignInRefused
from tests.office import CHECKED, Office

PASSWORD = "seven tall ships went by"


def colleague(login: str = "newcomer", *roles: Role, **changes: object) -> NewColleague:
    new = NewColleague(login, "New Comer", "新来", roles or (Role.APPROVER,), "", "Joins us", str(uuid.uuid4()))
    return replace(new, **changes)  # type: ignore[arg-type]


def let_in(office: Office, *roles: Role, by: str = "administrator", confirmed_by: str = "supervisor") -> Confirmed:
    grants = office.application.grants
    staff_id = grants.let_in(office.actors[by], colleague("newcomer", *roles))
    waiting = [one.grant for one in grants.waiting(office.actors[confirmed_by]) if one.grant.staff_id == staff_id]
    first, *_ = [grants.confirm(office.actors[confirmed_by], one.id) for one in waiting]
    return first


def enrolled(office: Office, confirmed: Confirmed) -> Actor:
    assert confirmed.code is not None
    office.application.enrolment.enrol(Enrol("newcomer", confirmed.code.text, PASSWORD, PASSWORD))
    known = office.application.staff.with_login("newcomer")
    assert known is not None
    return known


def faults(refused: pytest.ExceptionInfo[GrantRefused]) -> set[str]:
    return {fault.code for fault in refused.value.faults}


def test_two_persons_let_somebody_in_who_sets_their_own_password(office: Office) -> None:
    grants, administrator = office.application.grants, office.actors["administrator"]
    new = colleague()
    staff_id = grants.let_in(administrator, new)
    assert grants.let_in(administrator, new) == staff_id
    assert office.application.staff.with_login("newcomer") is None
    [waiting] = grants.waiting(office.actors["supervisor"])
    assert waiting.may_confirm
    assert [one.may_confirm for one in grants.waiting(administrator)] == [False]
    with pytest.raises(DutiesRefused):
        grants.confirm(administrator, waiting.grant.id)
    confirmed = grants.confirm(office.actors["supervisor"], waiting.grant.id)
    newcomer = enrolled(office, confirmed)
    assert newcomer.roles == {Role.APPROVER}
    assert signed_in(office).actor == newcomer
    assert confirmed.code is not None
    with pytest.raises(GrantRefused) as again:
        office.application.enrolment.enrol(Enrol("newcomer", confirmed.code.text, PASSWORD, PASSWORD))
    assert faults(again) == {"code"}
    with psycopg.connect(office.database_url) as connection:
        kept = connection.execute("select code_hash from enrolment").fetchall()
        bodies = connection.execute("select body::text from audit_event where action like 'enrol%'").fetchall()
    assert confirmed.code.text.replace("-", "").encode() not in [bytes(row[0]) for row in kept]
    assert all(confirmed.code.text not in body for (body,) in bodies)


def test_a_code_is_dead_after_five_wrong_tries_and_after_three_days(office: Office) -> None:
    confirmed = let_in(office)
    assert confirmed.code is not None
    for _ in range(5):
        with pytest.raises(GrantRefused):
            office.application.enrolment.enrol(Enrol("newcomer", "00000-00000-00000-00000", PASSWORD, PASSWORD))
    with pytest.raises(GrantRefused) as refused:
        office.application.enrolment.enrol(Enrol("newcomer", confirmed.code.text, PASSWORD, PASSWORD))
    assert faults(refused) == {"code"}
    grants = office.application.grants
    grants.propose_code(office.actors["administrator"], confirmed.grant.staff_id, "Lost", key="again")
    [waiting] = grants.waiting(office.actors["supervisor"])
    fresh = grants.confirm(office.actors["supervisor"], waiting.grant.id)
    assert fresh.code is not None
    with psycopg.connect(office.database_url) as connection:
        # As three days later; only whoever owns the table could.
        connection.execute("alter table enrolment disable trigger guard")
        connection.execute("update enrolment set issued_at = issued_at - interval '73 hours', "
                           "expires_at = expires_at - interval '73 hours'")  # fmt: skip
        connection.execute("alter table enrolment enable trigger guard")
    with pytest.raises(GrantRefused) as late:
        office.application.enrolment.enrol(Enrol("newcomer", fresh.code.text, PASSWORD, PASSWORD))
    assert faults(late) == {"code"}


def signed_in(office: Office) -> EnrolmentWanted:
    """Sign in with the password; in an office that is no training everybody enrols a second factor then."""
    step = office.application.staff.sign_in("newcomer", PASSWORD)
    assert isinstance(step, EnrolmentWanted)
    return step


def test_a_password_set_with_a_code_ends_old_sessions_and_is_told(office: Office) -> None:
    application, confirmed = office.application, let_in(office)
    newcomer = enrolled(office, confirmed)
    old = signed_in(office)
    application.grants.propose_code(office.actors["administrator"], newcomer.id, "Lost", key="again")
    [waiting] = application.grants.waiting(office.actors["supervisor"])
    fresh = application.grants.confirm(office.actors["supervisor"], waiting.grant.id)
    assert fresh.code is not None
    for guessable in ("passwordpassword", "newcomer was here", "New Comer New"):
        with pytest.raises(GrantRefused) as refused:
            application.enrolment.enrol(Enrol("newcomer", fresh.code.text, guessable, guessable))
        assert faults(refused) == {"password"}
    assert application.staff.half_way(old.token, Stage.ENROLMENT) is not None
    # The public page asks before it is known for which office.
    with acting_for(NOBODY):
        application.enrolment.enrol(Enrol("newcomer", fresh.code.text, "four quiet owls sat", "four quiet owls sat"))
    assert application.staff.half_way(old.token, Stage.ENROLMENT) is None
    with psycopg.connect(office.database_url) as connection:
        told = connection.execute(
            "select count(*) from inbox where kind = 'sign_in_changed' and params->>'what' = 'password_changed'"
        ).fetchone()
    assert told == (2,)


def test_one_address_tries_no_codes_without_end(office: Office) -> None:
    let_in(office)
    wrong = Enrol("nobody", "00000-00000-00000-00000", PASSWORD, PASSWORD)
    for _ in range(ADDRESS.free):
        with pytest.raises(GrantRefused):
            office.application.enrolment.enrol(replace(wrong, password="x", again="x"), "192.0.2.7")
    with pytest.raises(TooManyAttempts):
        office.application.enrolment.enrol(wrong, "192.0.2.7")
    with pytest.raises(GrantRefused):
        office.application.enrolment.enrol(wrong, "192.0.2.8")


def test_whoever_leaves_is_signed_out_everywhere(office: Office) -> None:
    newcomer = enrolled(office, let_in(office))
    signed_in(office)
    office.application.grants.leave(office.actors["administrator"], newcomer.id, "Gone")
    with psycopg.connect(office.database_url) as connection:
        ended = connection.execute("select ended_why from staff_session where staff_id = %s", [newcomer.id]).fetchall()
    assert ended == [("left",)]


def test_a_second_administrator_comes_before_the_supervisor(office: Office) -> None:
    let_in(office, Role.ADMINISTRATOR)
    grants = office.application.grants
    grants.propose_role(office.actors["administrator"], office.actors["officer"].id, Role.REVIEWER, "Helps", key="k")
    [waiting] = grants.waiting(office.actors["supervisor"])
    assert not waiting.may_confirm
    with pytest.raises(NotPermitted):
        grants.confirm(office.actors["supervisor"], waiting.grant.id)
    second = office.application.staff.with_login("newcomer")
    assert second is not None
    grants.confirm(second, waiting.grant.id)
    officer = office.application.staff.signed_in(office.actors["officer"].id)
    assert officer is not None
    assert officer.roles == {Role.OFFICER, Role.REVIEWER}


def test_nobody_gives_or_takes_their_own_access(office: Office) -> None:
    grants, administrator = office.application.grants, office.actors["administrator"]
    with pytest.raises(DutiesRefused):
        grants.propose_role(administrator, administrator.id, Role.APPROVER, "Mine", key="k")
    grants.propose_role(administrator, office.actors["supervisor"].id, Role.APPROVER, "Theirs", key="k2")
    [waiting] = grants.waiting(office.actors["supervisor"])
    with pytest.raises(DutiesRefused):
        grants.confirm(office.actors["supervisor"], waiting.grant.id)
    with pytest.raises(GrantRefused):
        grants.leave(administrator, administrator.id, "Bye")
    with pytest.raises(GrantRefused):
        grants.withdraw(administrator, administrator.id, Role.ADMINISTRATOR)
    for login in ("officer", "supervisor", "auditor"):
        with pytest.raises(NotPermitted):
            grants.let_in(office.actors[login], colleague())
    with pytest.raises(NotPermitted):
        grants.confirm(office.actors["officer"], waiting.grant.id)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"login": "Über"}, "login"),
        ({"login": "officer"}, "taken"),
        ({"name_zh": ""}, "name"),
        ({"roles": ()}, "no_role"),
        ({"roles": (Role.CASHIER, Role.PAYER)}, "apart"),
        ({"roles": (Role.ADMINISTRATOR, Role.OFFICER)}, "apart"),
        ({"email": "no address"}, "email"),
        ({"reason": ""}, "reason"),
    ],
)
def test_what_is_wrong_with_a_proposal_is_named(office: Office, changes: dict[str, object], code: str) -> None:
    with pytest.raises(GrantRefused) as refused:
        office.application.grants.let_in(office.actors["administrator"], replace(colleague(), **changes))  # type: ignore[arg-type]
    assert faults(refused) == {code}


def test_a_withdrawn_role_is_gone_at_once_and_comes_back_by_two_persons_only(office: Office) -> None:
    grants, administrator, reviewer = (
        office.application.grants,
        office.actors["administrator"],
        office.actors["reviewer"],
    )
    grants.withdraw(administrator, reviewer.id, Role.REVIEWER)
    known = office.application.staff.signed_in(reviewer.id)
    assert known is not None
    assert known.roles == frozenset()
    grants.propose_role(administrator, reviewer.id, Role.REVIEWER, "Back", key="k")
    with pytest.raises(KeyReused):
        grants.propose_role(administrator, reviewer.id, Role.OFFICER, "Back", key="k")
    with pytest.raises(GrantRefused) as twice:
        grants.propose_role(administrator, reviewer.id, Role.REVIEWER, "Back", key="k2")
    assert faults(twice) == {"waiting"}
    [waiting] = grants.waiting(office.actors["supervisor"])
    grants.confirm(office.actors["supervisor"], waiting.grant.id)
    standings = [one.standing.value for one in grants.person(administrator, reviewer.id).grants]
    assert standings == ["confirmed", "withdrawn"]


def test_whoever_leaves_can_do_nothing_and_returns_by_two_persons(office: Office) -> None:
    grants, administrator, officer = office.application.grants, office.actors["administrator"], office.actors["officer"]
    case_id = office.open()
    grants.propose_role(administrator, officer.id, Role.LIAISON, "Helps", key="waits")
    grants.leave(administrator, officer.id, "Retired")
    grants.leave(administrator, officer.id, "Retired")
    assert office.application.staff.signed_in(officer.id) is None
    assert grants.waiting(office.actors["supervisor"]) == []
    found, _more = grants.left_work(office.actors["supervisor"])
    assert [(one.case_id, one.second) for one in found] == [(case_id, False)]
    with pytest.raises(GrantRefused) as gone:
        grants.propose_role(administrator, officer.id, Role.REVIEWER, "No", key="k")
    assert faults(gone) == {"left"}
    grants.propose_return(administrator, officer.id, "Is back", key="k")
    [waiting] = grants.waiting(office.actors["supervisor"])
    grants.confirm(office.actors["supervisor"], waiting.grant.id)
    known = office.application.staff.signed_in(officer.id)
    assert known is not None
    assert known.roles == {Role.OFFICER}


def test_a_grant_of_another_office_is_not_there(office: Office) -> None:
    grants = office.application.grants
    grants.let_in(office.actors["administrator"], colleague())
    [waiting] = grants.waiting(office.actors["supervisor"])
    stranger = replace(office.actors["supervisor"], office_id=office.actors["supervisor"].office_id + 1)
    assert grants.waiting(stranger) == []
    with pytest.raises(NoSuchGrant):
        grants.confirm(stranger, waiting.grant.id)


def test_a_password_that_is_too_short_or_mistyped_uses_no_code_up(office: Office) -> None:
    confirmed = let_in(office)
    assert confirmed.code is not None
    with pytest.raises(GrantRefused) as refused:
        office.application.enrolment.enrol(Enrol("newcomer", confirmed.code.text, "short", "shorter"))
    assert faults(refused) == {"password", "again"}
    with pytest.raises(SignInRefused):
        office.application.staff.sign_in("newcomer", "short")
    assert enrolled(office, confirmed).login == "newcomer"


def test_whoever_is_recused_takes_no_step_and_is_told_why(office: Office) -> None:
    recusals, supervisor, case_id = office.application.recusals, office.actors["supervisor"], office.open()
    asked = Recuse(case_id, office.actors["officer"].id, "objection", "A cousin of the owner")
    with pytest.raises(NotPermitted):
        recusals.recuse(office.actors["officer"], asked)
    recusals.recuse(supervisor, asked)
    recusals.recuse(supervisor, asked)
    with pytest.raises(StepRefused, match="recused"):
        office.advance(case_id, "check_report", CHECKED)
    office.advance(case_id, "check_report", CHECKED, actor="officer2")
    offers = office.application.pages.show(office.actors["officer"], case_id).offers
    assert not [one for one in offers if one.is_open]
    [kept] = recusals.show(office.actors["reviewer"], case_id).found
    assert (kept.reason, kept.recorded_en) == ("A cousin of the owner", "Supervisor")
    with pytest.raises(GrantRefused) as refused:
        recusals.recuse(supervisor, Recuse(case_id, office.actors["administrator"].id, "whim", ""))
    assert {fault.field for fault in refused.value.faults} == {"staff", "ground", "reason"}


def test_a_case_loads_with_who_took_what_in_which_role(office: Office) -> None:
    case_id = office.open()
    office.advance(case_id, "check_report", CHECKED)
    with office.application.store.begin() as work:
        case = work.cases.load(case_id)
    assert case is not None
    assert [one.role for one in case.history] == [Role.OFFICER, Role.OFFICER]
    assert isinstance(case.dates, CaseDates)
