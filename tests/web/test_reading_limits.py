"""How much somebody may read a day: the one too many is blocked, recorded and told; a second person opens more."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from caseflow import bootstrap
from caseflow.domain.reading import ReadLimits
from caseflow.web.reading_gate import LIMITS
from tests.office import Office
from tests.site import Page, Site


@pytest.fixture
def few(site: Site) -> Iterator[Site]:
    before = site.app.config[LIMITS]
    site.app.config[LIMITS] = ReadLimits(files=2, rows=4, export=2)
    yield site
    site.app.config[LIMITS] = before


def asked(office: Office, statement: str) -> list[tuple[object, ...]]:
    with psycopg.connect(office.database_url) as connection:
        return connection.execute(statement.encode()).fetchall()


def test_the_file_too_many_is_blocked_recorded_and_told_to_the_supervisor(few: Site) -> None:
    cases = [few.office.open() for _ in range(3)]
    officer = few.sign_in("officer")
    for case_id in cases[:2]:
        assert officer.get(f"/cases/{case_id}").status == 200
    blocked = officer.get(f"/cases/{cases[2]}")
    assert blocked.status == 429
    assert "Harmony" not in blocked.html
    assert officer.get(f"/cases/{cases[2]}").status == 429
    assert officer.get(f"/cases/{cases[0]}").status == 200
    assert asked(few.office, f"select count(*) from read_log where case_id = {cases[2]} and purpose = 'task'") == [(0,)]
    assert asked(few.office, "select count(*) from audit_event where action = 'reading_refused'") == [(2,)]
    delivery = bootstrap.build_delivery(few.office.database_url)
    delivery.drain()
    delivery.close()
    inbox = few.sign_in("supervisor").get("/inbox?about=reading")
    assert "was stopped: more than 2 different files opened in a day" in inbox.text
    assert "has opened four fifths of the 2 files a day allows" in inbox.text
    told = asked(few.office, "select kind, login from inbox i join staff s on s.id = i.staff_id order by 1")
    assert told == [("reading_near", "supervisor"), ("reading_over", "supervisor")]


def test_a_supervisor_opens_more_once_and_never_for_themselves(few: Site) -> None:
    cases = [few.office.open() for _ in range(6)]
    officer = few.sign_in("officer")
    for case_id in cases[:2]:
        officer.get(f"/cases/{case_id}")
    form = officer.get(f"/cases/{cases[2]}").form_to("/reading/requests")
    assert officer.send(form, reason="short").status_code == 422
    for _ in range(2):
        assert officer.send(form, reason="The yearly review of my cases").status_code == 302
    assert officer.get(f"/cases/{cases[2]}").status == 429
    supervisor = few.sign_in("supervisor")
    [decision] = [one for one in supervisor.get("/reading/requests").forms() if one.action.startswith("/reading/req")]
    assert officer.client.post(decision.action, data={**decision.values, "act": "approve"}).status_code in {400, 403}
    assert supervisor.send(decision, act="approve").status_code == 302
    assert [officer.get(f"/cases/{one}").status for one in cases[2:5]] == [200, 200, 429]
    # Their own request no supervisor decides.
    own = {**form.values, "reason": "To look at everything", "key": "another-key"}
    own["csrf_token"] = decision.values["csrf_token"]
    assert supervisor.client.post("/reading/requests", data=own).status_code == 302
    assert not [one for one in supervisor.get("/reading/requests").forms() if one.action.startswith("/reading/req")]
    assert (
        supervisor.client.post(
            decision.action.replace("/1", "/2"), data={**decision.values, "act": "approve"}
        ).status_code
        == 403
    )


def test_lists_count_by_different_cases_and_much_later(few: Site) -> None:
    for _ in range(4):
        few.office.open()
    officer = few.sign_in("officer")
    assert [officer.get("/desk").status for _ in range(3)] == [200, 200, 200]
    few.office.open()
    assert officer.get("/desk").status == 429


def test_a_file_of_many_cases_needs_a_second_person_and_goes_out_once(few: Site) -> None:
    for _ in range(3):
        few.office.open()
    officer = few.sign_in("officer")
    refused = officer.get("/desk.csv")
    assert refused.status == 429
    assert "Harmony" not in refused.html
    officer.send(refused.form_to("/reading/requests"), reason="For the meeting of the office tomorrow")
    supervisor = few.sign_in("supervisor")
    page = supervisor.get("/reading/requests")
    assert "A file of 3 cases: a desk as a file" in page.text
    supervisor.send(next(one for one in page.forms() if one.action.startswith("/reading/req")), act="approve")
    answers = [officer.client.get("/desk.csv") for _ in range(2)]
    assert [one.status_code for one in answers] == [200, 429]
    assert answers[0].get_data(as_text=True).count("Harmony") == 3
    assert asked(few.office, "select purpose, count(*) from read_log where what = 'desk.export' group by 1") == [
        ("export", 3)
    ]
    assert asked(few.office, "select count(*) from read_approval where used_at is not null") == [(1,)]


def test_two_requests_at_once_do_not_slip_past_the_limit(few: Site) -> None:
    """The count is taken under a lock of the person: what another request writes meanwhile is seen."""
    cases = [few.office.open() for _ in range(3)]
    officer = few.sign_in("officer")
    officer.get(f"/cases/{cases[0]}")
    held = (
        "select written from write_readings(%s, %s, 'x', 'task', 'list', '', '', '', '', '{}', '{}', %s, "
        "'{}', '{}', '{}', 2, 9, 9)"
    )
    first, second = (psycopg.connect(few.office.database_url) for _ in range(2))
    with first, second:
        values = (few.office.actors["officer"].id, few.office.time.today())
        assert first.execute(held, (*values, [cases[1]])).fetchone() == (1,)
        second.execute("set lock_timeout = '300ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            second.execute(held, (*values, [cases[2]]))
        second.rollback()
        first.commit()
        assert second.execute(held, (*values, [cases[2]])).fetchone() == (0,)


def test_the_log_is_read_by_supervisor_and_auditor_and_names_no_party(site: Site) -> None:
    case_id = site.office.open()
    other = site.office.open()
    site.sign_in("officer").get(f"/cases/{case_id}")
    for login in ("supervisor", "auditor"):
        visitor = site.sign_in(login)
        page = visitor.get("/reading?login=officer&purpose=task")
        assert "page of the case" in page.text
        assert f"/cases/{case_id}" in page.links()
        assert f"/cases/{other}" not in page.links()
        assert "Harmony" not in page.html
        assert "Nothing was read so." in visitor.get("/reading?login=approver").text
        assert visitor.get("/reading?day=nonsense&purpose=nonsense&before=-1").status == 200
        shown = visitor.get(f"/cases/{case_id}")
        assert "Who read the file last" in shown.text
    assert site.sign_in("officer").client.get("/reading").status_code == 403
    assert site.sign_in("supervisor").client.get("/reading.csv").status_code == 403
    table = site.sign_in("auditor").client.get("/reading.csv?login=officer")
    assert table.status_code == 200
    assert "a task on the case" in table.get_data(as_text=True)
    assert "Harmony" not in table.get_data(as_text=True)


def test_a_search_by_number_finds_cases_of_the_office_alone_and_leaves_no_number(site: Site) -> None:
    number = "11010519491231002X"
    found = site.office.open(party_identity=number)
    site.office.open()
    officer = site.sign_in("officer")
    form = officer.get("/search/identity").form_to("/search/identity")
    assert officer.send(form, number=number, reason="short").status_code == 422
    page = officer.send_page(form, number="110105 19491231-002x", reason="Asked at the counter for it")
    assert f"/cases/{found}" in page.links()
    assert "1 case of your office has this number" in page.text
    assert "Harmony" not in page.html
    assert number not in page.html
    none = officer.send_page(form, number="310101199003074514", reason="Asked at the counter for it")
    assert "0 cases" in none.text
    rows = asked(site.office, "select case_id, hits, reason from read_log where purpose = 'search' order by id")
    assert rows == [(found, 1, "Asked at the counter for it"), (None, 0, "Asked at the counter for it")]
    with psycopg.connect(site.office.database_url) as connection:
        told = connection.execute("select read_log::text from read_log").fetchall()
    assert not [row for (row,) in told if "19491231" in row]
    assert officer.client.get(f"/search/identity?number={number}").status_code == 200
    assert len(asked(site.office, "select 1 from read_log where purpose = 'search'")) == 2
    assert site.sign_in("reviewer").client.get("/search/identity").status_code == 403


def test_nobody_searches_more_than_twenty_times_an_hour(site: Site) -> None:
    officer = site.sign_in("officer")
    form = officer.get("/search/identity").form_to("/search/identity")
    typed = {"number": "310101199003074514", "reason": "Asked at the counter for it"}
    assert {officer.send(form, **typed).status_code for _ in range(20)} == {200}
    last = Page(officer.send(form, **typed))
    assert last.status == 429
    assert "Nothing was looked up" in last.text
    assert len(asked(site.office, "select 1 from read_log where purpose = 'search'")) == 20
