"""The demo county in a real database: whole or not at all, once, for training only, with work on every desk."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
import pytest
from psycopg import sql

from caseflow import bootstrap
from caseflow.domain.access import Actor, NotPermitted, Role
from caseflow.domain.stepping import offers
from caseflow.services.case_imports import BookFile
from caseflow.services.desks import Desks
from caseflow.services.ports.bank import LineFilter
from caseflow.services.views import Lateness
from tests.casebook import CASEBOOK, KEY
from tests.conftest import Servers, with_database
from tests.office import build_office
from tests.parties import names_kept

TODAY = date(2026, 3, 10)
PAST = date(2011, 3, 1)
PHASES = {"investigation", "assessment", "collection", "court_referral", "closed"}


@dataclass
class Loaded:
    application: bootstrap.Application
    report: bootstrap.LoadReport
    url: str

    def actor(self, login: str) -> Actor:
        with self.application.store.begin() as work:
            member = work.staff.by_login(login)
        assert member is not None
        return member.actor

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url) as connection:
            return connection.execute(query.encode()).fetchall()


@pytest.fixture(scope="module", params=[TODAY, PAST], ids=str)
def county(request: pytest.FixtureRequest, servers: Servers, template_database: str) -> Iterator[Loaded]:
    """The county as at each of two days, in a database that the tests of this module share and only read."""
    name = f"demo_{uuid.uuid4().hex[:12]}"
    command = sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template_database))
    if servers.owner is not None:
        command += sql.SQL(" owner {}").format(sql.Identifier(servers.owner))
    with psycopg.connect(servers.admin_url, autocommit=True) as connection:
        connection.execute(command)
    url = with_database(servers.admin_url, name, servers.owner)
    report = bootstrap.load_county(url, request.param)
    application = bootstrap.build_application(url)
    yield Loaded(application, report, url)
    application.close()
    with psycopg.connect(servers.admin_url, autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def test_every_login_has_an_address_and_the_office_a_head(county: Loaded) -> None:
    assert county.rows("select count(*) from staff where email is distinct from login || '@yunling.example'") == [(0,)]
    assert county.rows("select s.login from office o join staff s on s.id = o.head_id") == [("approver",)]
    assert county.rows("select count(*) from mail") == [(0,)], "the past is told to no mail server"


def test_it_has_a_hundred_cases_in_every_phase_and_runs_at_its_own_date(county: Loaded) -> None:
    assert county.report.loaded
    assert 120 <= county.report.cases <= 180
    assert county.rows("select count(*) from cases") == [(county.report.cases,)]
    assert county.rows("select count(*) from step") == [(county.report.steps,)]
    assert {phase for (phase,) in county.rows("select distinct phase from cases")} == PHASES
    regimes = {"two_illegal", "social_support_fee", "water_abstraction_fine"}
    assert {regime for (regime,) in county.rows("select distinct regime from cases")} == regimes
    assert county.application.time.today() == county.report.business_date
    assert county.application.installation.stamp_of().kind == "training"  # type: ignore[union-attr]


def test_again_it_adds_nothing_and_keeps_its_date(county: Loaded) -> None:
    before = county.rows("select count(*), max(id) from audit_event")
    again = bootstrap.load_county(county.url, date(2019, 5, 6))
    assert (again.loaded, again.business_date) == (False, county.report.business_date)
    assert county.rows("select count(*), max(id) from audit_event") == before


def test_every_desk_has_work_and_an_officer_has_all_kinds_of_lateness(county: Loaded) -> None:
    for login in ("officer", "supervisor"):
        desk = county.application.desks.my_desk(county.actor(login))
        assert [group.lateness for group in desk.groups if group.count > 0] == list(Lateness), login
    for login, _ in _desks():
        desk = county.application.desks.my_desk(county.actor(login))
        assert any(group.rows for group in desk.groups), login
    for login in ("administrator", "payer"):
        with pytest.raises(NotPermitted):
            county.application.desks.my_desk(county.actor(login))


def _desks() -> list[tuple[str, str]]:
    return [(login, role) for role, login, _ in bootstrap.demo_logins() if role not in ("administrator", "payer")]


def test_every_printed_login_signs_in_and_every_desk_has_the_staff_it_needs(county: Loaded) -> None:
    roles = set()
    for role, login, password in bootstrap.demo_logins():
        assert role in county.application.staff.sign_in(login, password).roles
        roles.add(Role(role))
    assert roles == set(Role)
    counted = dict(county.rows("select role, count(*) from staff_role group by role"))
    assert counted["officer"] >= 6
    assert min(counted[role] for role in ("reviewer", "approver", "cashier", "liaison")) >= 2


def test_its_histories_kept_the_rules_of_their_own_days(county: Loaded) -> None:
    late = f"select count(*) from step where business_date > '{county.report.business_date}'"
    assert county.rows(late) == [(0,)]
    assert county.rows("select count(*) from step where effective_on > business_date") == [(0,)]
    deciders = "('decide', 'decide_collectively')"
    same_person = (
        f"select count(*) from step a join step b using (case_id, actor_id) where a.trigger in {deciders} "
        "and b.trigger in ('propose_penalty', 'propose_levy', 'draft_decision', 'record_payment', 'pass_legal_review')"
    )
    assert county.rows(same_person) == [(0,)]
    levies = f'select count(*) from step where trigger in {deciders} and not law @> \'[{{"kind": "levy"}}]\''
    assert county.rows(levies) == [(0,)]
    audited = (
        "select count(*) from step s where not exists "
        "(select from audit_event e where e.case_id = s.case_id and e.seq = s.seq)"
    )
    assert county.rows(audited) == [(0,)]


def test_its_notices_are_delivered_and_name_no_one_twice(county: Loaded) -> None:
    assert county.rows("select count(*) from outbox where state <> 'done'") == [(0,)]
    assert county.rows("select count(*) - count(distinct (staff_id, key)) from inbox") == [(0,)]
    [(unread, told)] = county.rows("select count(*) filter (where read_at is null), count(*) from inbox")
    assert 0 < unread < told / 10, "old notices have been read"


def test_cases_are_numbered_by_the_day_they_were_opened(county: Loaded) -> None:
    numbered = county.rows(
        "select count(*) from cases a join cases b on a.regime = b.regime and a.opened_on < b.opened_on "
        "and extract(year from a.opened_on) = extract(year from b.opened_on) and a.number > b.number"
    )
    assert numbered == [(0,)]


def test_a_step_can_be_taken_today_on_every_desk_that_takes_steps(county: Loaded) -> None:
    today = county.application.time.today()
    for login, role in _desks():
        if role == "auditor":
            continue
        assert _open_steps(county, login, today) > 0, login


def _open_steps(county: Loaded, login: str, today: date) -> int:
    actor = county.actor(login)
    found = 0
    for group in Desks.my_desk(county.application.desks, actor).groups:
        for row in group.rows:
            with county.application.store.begin() as work:
                case = work.cases.load(row.case.id)
                assert case is not None
                rules = county.application.rulebook.pinned(case.definition_hash, work)
            found += any(offer.is_open for offer in offers(rules, case, actor, today))
    return found


def test_it_spends_a_year_of_the_budget_and_payments_wait(county: Loaded) -> None:
    page = county.application.spending_pages.overview(county.actor("payer"))
    assert {one.year for one in page.rows} == {county.report.business_date.year}
    assert all(0 < one.used_fen < one.amount_fen for one in page.rows)
    assert len(page.waiting) == 2
    made = county.rows("select distinct decision from payment_decision order by 1")
    assert made == [("paid",), ("refused",)]
    assert county.rows("select count(*) from payment_given_back") == [(1,)]
    late = f"select count(*) from transfer where booked_on > '{county.report.business_date}'"
    assert county.rows(late) == [(0,)]


def test_its_money_is_banked_remitted_and_advised_and_the_cashier_has_lines_to_explain(county: Loaded) -> None:
    cashier, today = county.actor("cashier"), county.report.business_date
    states = dict(county.rows("select state, count(*) from bank_line_state group by state"))
    assert (states["open"], states["suspended"]) == (1, 1)
    assert states["matched"] >= 25
    [waiting] = county.application.bank_lines.page(cashier, LineFilter("proposed")).rows
    [first, *_] = county.application.bank_lines.show(cashier, waiting.id).proposals
    assert "number differs in one digit" in first.reason.en
    remittances, more = county.application.remittances.all(cashier)
    assert more is None
    assert [one.standing for one in remittances] == ["not_advised", *["advised"] * (len(remittances) - 1)]
    assert states["remitted"] >= len(remittances) - 1 >= 15
    corrected = (
        "select m.amount_fen - min(a.amount_fen) from treasury_advice a join remittance m on m.id = remittance_id"
    )
    assert county.rows(f"{corrected} group by m.id having count(*) > 1") == [(90_000,)]
    never_shown = county.rows(
        "select count(*) from receipt r left join banked_receipt b using (lot_id, no) "
        f"where r.amount_fen is not null and r.entered_on < '{today}' and b.line_id is null"
    )
    assert never_shown == [(3,)], "two whose money is missing, one whose number the bank misread"
    stages = {stage for stage, _bucket in county.application.remittances.ageing(cashier).figures}
    assert stages >= {"collected", "remitted", "suspense"}
    assert county.rows(f"select count(*) from bank_line where booked_on >= '{today}'") == [(0,)]
    assert not county.application.ledger_check.run()


def test_the_fee_is_open_in_2011_and_only_wound_down_today(county: Loaded) -> None:
    phases = {phase for (phase,) in county.rows("select distinct phase from cases where regime = 'social_support_fee'")}
    decided_after = "select count(*) from cases where regime = 'social_support_fee' and decision_date > '2021-08-19'"
    assert county.rows(decided_after) == [(0,)]
    if county.report.business_date == PAST:
        assert phases == PHASES
        numbers = county.rows("select distinct left(number, 10) from cases where regime = 'social_support_fee'")
        assert {"YL-SF-2010", "YL-SF-2011"} <= {number for (number,) in numbers}
    else:
        frozen = county.rows(
            "select count(*) from cases where state in ('frozen_decided', 'delisting_due', 'wound_down')"
        )
        assert frozen[0][0] >= 3
        golden = [
            name for name in names_kept(county.url, bootstrap.build_field_cipher()) if name.endswith("public record")
        ]
        assert len(golden) == 3


def test_the_practice_casebook_finds_room_beside_the_countys_own_cases(county: Loaded) -> None:
    own = county.rows("select min(right(number, 4)::int) from cases where regime = 'social_support_fee'")
    assert own == [(5001,)]
    file = BookFile("casebook.csv", (CASEBOOK / "casebook.csv").read_bytes())
    report = county.application.case_imports.preview(county.actor("officer"), file)
    if county.report.business_date == PAST:
        return  # most of the book is still to come
    found = {row.number: [one.heading for one in row.findings] for row in report.rows if row.findings}
    assert found == {row["row"]: [row["field"]] for row in KEY["rows"] if not row["ok"]}
    assert (report.totals.new, report.totals.error) == (603, 37)


class StoppedError(Exception):
    """Somebody stops the loading."""


def test_an_interrupted_load_leaves_nothing_behind(database_url: str) -> None:
    def stop(done: int, _total: int) -> None:
        if done == 40:
            raise StoppedError

    with pytest.raises(StoppedError):
        bootstrap.load_county(database_url, TODAY, progress=stop)
    with psycopg.connect(database_url) as connection:
        for table in ("installation", "office", "staff", "cases", "step", "audit_event", "outbox"):
            query = sql.SQL("select count(*) from {}").format(sql.Identifier(table))
            assert connection.execute(query).fetchone() == (0,), table


def test_a_production_database_refuses_the_county_and_another_date(database_url: str) -> None:
    application = bootstrap.build_application(database_url)
    application.installation.stamp("production")
    application.close()
    for as_of in (None, PAST):
        with pytest.raises(bootstrap.DemoRefused, match="production database") as refused:
            bootstrap.load_county(database_url, as_of)
        assert "正式库" in refused.value.zh
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select count(*) from staff").fetchone() == (0,)


def test_a_database_in_use_is_never_turned_into_a_training_one(database_url: str) -> None:
    build_office(database_url).application.close()
    with pytest.raises(bootstrap.DemoRefused, match="never stamped"):
        bootstrap.load_county(database_url, TODAY)
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select count(*) from installation").fetchone() == (0,)


def test_a_date_without_a_calendar_is_refused(database_url: str) -> None:
    with pytest.raises(bootstrap.DemoRefused, match="2008-01-01 or later"):
        bootstrap.load_county(database_url, date(2002, 9, 2))
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select count(*) from installation").fetchone() == (0,)
