"""Calendar feeds as a calendar program sees them: what they hold, whose they are, and that a revoked one is gone."""

from __future__ import annotations

import logging
import re
from datetime import date, timedelta
from typing import Any

import icalendar
import psycopg
import pytest

from caseflow import bootstrap
from caseflow.domain.access import Role
from caseflow.services.ports import NewStaff
from tests.office import CHECKED
from tests.site import Page, Site, Visitor

READERS = ("officer", "officer2", "supervisor", "reviewer")


def filed(site: Site, actor: str = "officer", **changes: object) -> int:
    """Return a case of officer and officer2, filed on 2026-03-02, whose decision is due on 1 June."""
    case_id = site.office.open(actor, key=None, **changes)
    site.office.advance(case_id, "check_report", CHECKED)
    site.office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    return case_id


def make_address(visitor: Visitor) -> str:
    """Make an address on the page and return its path."""
    page = visitor.send_page(visitor.get("/reminders/calendar").form_to("/reminders/calendar"))
    if page.by_id("address") is None:
        page = visitor.send_page(page.form_to("/reminders/calendar"), act="confirm")
    return address_on(page)


def address_on(page: Page) -> str:
    address = page.by_id("address").get("value")
    assert address.startswith("http://localhost/calendar/")
    return str(address.removeprefix("http://localhost"))


def read(site: Site, path: str) -> icalendar.Calendar:
    """Fetch a feed as a stranger without a session does, and parse it strictly."""
    answer = site.visitor().client.get(path)
    assert answer.status_code == 200
    return parsed(answer.data)


def parsed(written: bytes) -> icalendar.Calendar:
    calendar = icalendar.Calendar.from_ical(written)
    assert isinstance(calendar, icalendar.Calendar)
    assert [part.errors for part in calendar.walk()] == [[] for _ in calendar.walk()]
    return calendar


def sequences(calendar: icalendar.Calendar) -> dict[str, int]:
    return {str(event["UID"]): int(str(event["SEQUENCE"])) for event in calendar.events}


def cases_in(site: Site, path: str) -> set[str]:
    return {str(event["SUMMARY"]).split(" ")[0] for event in read(site, path).events}


def number_of(site: Site, case_id: int) -> str:
    return site.office.application.pages.show(site.office.actors["supervisor"], case_id).header.number


def write(site: Site, statement: str, *values: object) -> list[Any]:
    with psycopg.connect(site.office.database_url) as connection:
        found = connection.execute(statement, values)
        rows = found.fetchall() if found.description else []
        connection.commit()
    return rows


def case_of_another_office(site: Site) -> int:
    application = site.office.application
    with application.store.begin() as work:
        office_id = work.staff.add_office("OTHER", "Other County", "他县", bootstrap.setup_event("other"))
        work.ledger.open_accounts(office_id, bootstrap.shipped_chart().accounts)
        new = NewStaff(office_id, "stranger", "Stranger", "外人", "", (Role.OFFICER,))
        work.staff.add(new, bootstrap.setup_event("stranger"))
        work.commit()
        member = work.staff.by_login("stranger")
    assert member is not None
    site.office.actors["stranger"] = member.actor
    return site.office.open("stranger", second_officer_id=None)


def test_a_person_subscribes_to_the_limits_of_their_desk(site: Site) -> None:
    case_id = filed(site)
    officer = site.sign_in("officer")
    assert "/reminders/calendar" in officer.get("/inbox").links()
    path = make_address(officer)
    answer = site.visitor().client.get(path)
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in answer.headers
    calendar = parsed(answer.data)
    assert str(calendar["X-WR-CALNAME"]) == "caseflow time limits (TRAINING DATA)"
    event = next(one for one in calendar.events if one.start == date(2026, 6, 1))
    assert str(event["SUMMARY"]).startswith(f"{number_of(site, case_id)} Decide")
    assert event.end == date(2026, 6, 2)
    assert event["DTSTART"].params["VALUE"] == "DATE"
    assert "1 June 2026. The limit binds this office." in str(event["DESCRIPTION"])
    assert "2026年6月1日届满，约束本机关。" in str(event["DESCRIPTION"])
    assert str(event["TRANSP"]) == "TRANSPARENT"
    assert "Harmony" not in answer.text
    assert "和谐" not in answer.text


def test_a_feed_is_written_by_the_letter_of_the_standard(site: Site) -> None:
    filed(site)
    write(site, "update staff set locale = 'zh'")
    written = site.visitor().client.get(make_address(site.sign_in("officer"))).data
    assert "约束本机关" in written.decode().replace("\r\n ", "")
    assert written.endswith(b"END:VCALENDAR\r\n")
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", written)
    lines = written.split(b"\r\n")
    assert max(map(len, lines)) <= 75
    for line in lines:
        line.decode()  # no character is torn by the folding


def test_a_program_asks_again_and_is_told_when_nothing_changed(site: Site) -> None:
    case_id = filed(site)
    path, client = make_address(site.sign_in("officer")), site.visitor().client
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    head = client.head(path)
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", first.headers["ETag"])
    before = sequences(parsed(first.data))
    site.office.advance(case_id, "name_officers", {"first_card_no": "1", "second_card_no": "2"}, actor="supervisor")
    after = sequences(read(site, path))
    kept = before.keys() & after.keys()
    assert kept
    assert all(after[uid] > before[uid] for uid in kept)
    assert client.get(path).headers["ETag"] != first.headers["ETag"]


def test_a_limit_that_stands_still_leaves_the_calendar_and_comes_back(site: Site) -> None:
    case_id = filed(site)
    path = make_address(site.sign_in("officer"))
    whole = read(site, path).events
    rule = "cn.apl.decision_90d"
    write(site, "update clock set status = 'tolled', next_rung_on = null where rule_id = %s", rule)
    assert len(read(site, path).events) == len(whole) - 1
    write(
        site,
        "update clock set status = 'open', due_on = due_on + 9, next_rung_on = due_on where rule_id = %s",
        rule,
    )
    back = read(site, path).events
    assert {str(event["UID"]) for event in back} == {str(event["UID"]) for event in whole}
    assert date(2026, 6, 10) in {event.start for event in back}
    write(site, "update clock set status = 'met', closed_on = due_on, next_rung_on = null where case_id = %s", case_id)
    assert read(site, path).events == []


def test_what_reminds_nobody_any_more_is_not_shown(site: Site) -> None:
    filed(site)
    path = make_address(site.sign_in("officer"))
    assert date(2026, 6, 1) in {event.start for event in read(site, path).events}
    rule = "cn.apl.decision_90d"
    # The law of its regime ended: no rung is left, or only those before the end.
    write(site, "update clock set rungs = '[]', next_rung_on = null where rule_id = %s", rule)
    assert date(2026, 6, 1) not in {event.start for event in read(site, path).events}
    # Not reckoned yet.
    write(site, "update clock set rungs = null where rule_id = %s", rule)
    assert date(2026, 6, 1) in {event.start for event in read(site, path).events}
    # Over for so long that nobody looks for it in a calendar.
    write(site, "update clock set next_rung_on = due_on where rule_id = %s", rule)
    site.office.time.day = date(2026, 6, 1) + timedelta(days=30)
    assert date(2026, 6, 1) in {event.start for event in read(site, path).events}
    site.office.time.day += timedelta(days=1)
    assert date(2026, 6, 1) not in {event.start for event in read(site, path).events}


def test_a_new_address_revokes_the_old_one_at_once(site: Site) -> None:
    case_id = filed(site)
    officer = site.sign_in("officer")
    old = make_address(officer)
    new = make_address(officer)
    assert site.visitor().client.get(old).status_code == 404
    assert site.visitor().client.get(new).status_code == 200
    page = officer.send_page(officer.get("/reminders/calendar").form_to("/reminders/calendar/revoke"))
    assert "stops at once and for ever" in page.text
    assert site.visitor().client.get(new).status_code == 200
    assert officer.send(page.form_to("/reminders/calendar/revoke"), act="confirm").status_code == 302
    gone = site.visitor().client.get(new)
    of_case = site.visitor().client.get(new.replace(".ics", f"/{case_id}.ics"))
    unknown = site.visitor().client.get("/calendar/no-such-secret.ics")
    for answer in (gone, of_case, unknown):
        assert (answer.status_code, answer.data) == (404, unknown.data)
        assert dict(answer.headers) == dict(unknown.headers)
    actions = write(site, "select action from audit_event where action like 'calendar%%' order by id")
    assert [action for (action,) in actions] == [
        "calendar_feed_made", "calendar_feed_revoked", "calendar_feed_made", "calendar_feed_revoked",
    ]  # fmt: skip
    # Neither address is kept anywhere.
    kept = str(write(site, "select to_jsonb(f) from calendar_feed f union all select to_jsonb(e) from audit_event e"))
    assert all(re.split(r"[/.]", path)[2] not in kept for path in (old, new))


def test_a_form_that_is_sent_twice_makes_one_address(site: Site) -> None:
    officer = site.sign_in("officer")
    form = officer.get("/reminders/calendar").form_to("/reminders/calendar")
    path = address_on(officer.send_page(form))
    again = officer.send_page(form)
    assert again.status == 409
    assert "in the meantime" in again.text
    assert site.visitor().client.get(path).status_code == 200
    stale = officer.get("/reminders/calendar").form_to("/reminders/calendar/revoke")
    newer = make_address(officer)
    assert officer.send(stale, act="confirm").status_code == 409
    assert officer.send(stale).status_code == 409
    assert site.visitor().client.get(newer).status_code == 200
    assert officer.send(stale, act="back").status_code == 302
    assert officer.send(stale, seen="").status_code == 400


def test_each_person_reads_their_own_desk_and_no_other_office(site: Site) -> None:
    mine = filed(site, second_officer_id=None)
    shared = filed(site, actor="officer2", second_officer_id=site.office.actors["officer"].id)
    hers = filed(site, actor="officer2", second_officer_id=None)
    foreign = case_of_another_office(site)
    numbers = {case_id: number_of(site, case_id) for case_id in (mine, shared, hers)}
    paths = {login: make_address(site.sign_in(login)) for login in READERS}
    assert cases_in(site, paths["officer"]) == {numbers[mine], numbers[shared]}
    assert cases_in(site, paths["officer2"]) == {numbers[shared], numbers[hers]}
    # The supervisor names the officers next, and sees the whole office in any case.
    assert cases_in(site, paths["supervisor"]) == {numbers[mine], numbers[shared], numbers[hers]}
    assert cases_in(site, paths["reviewer"]) == set()
    write(site, "update cases set desk_role = 'reviewer' where id in (%s, %s)", hers, foreign)
    assert cases_in(site, paths["reviewer"]) == {numbers[hers]}
    one = paths["reviewer"].replace(".ics", "/{}.ics")
    assert cases_in(site, one.format(mine)) == {numbers[mine]}
    client = site.visitor().client
    assert [client.get(one.format(case_id)).status_code for case_id in (foreign, 424242)] == [404, 404]
    assert client.get(one.format(2**70)).status_code == 404
    officer = site.sign_in("officer")
    file = officer.client.get(f"/cases/{mine}/deadlines.ics")
    assert f"{numbers[mine]}.ics" in file.headers["Content-Disposition"]
    assert {str(event["SUMMARY"]).split(" ")[0] for event in parsed(file.data).events} == {numbers[mine]}
    assert officer.client.get(f"/cases/{foreign}/deadlines.ics").status_code == 404
    assert f"/cases/{mine}/deadlines.ics" in officer.get(f"/cases/{mine}").links()


def test_a_substitute_reads_the_desk_of_whoever_is_away_while_they_are(site: Site) -> None:
    number = number_of(site, filed(site, second_officer_id=None))
    path = make_address(site.sign_in("reviewer"))
    assert cases_in(site, path) == set()
    people = [site.office.actors[login].id for login in ("officer", "reviewer", "supervisor")]
    write(
        site,
        "insert into substitution (office_id, away_id, substitute_id, from_on, until_on, reason, made_by, "
        "idempotency_key) select office_id, id, %s, '2026-03-03', '2026-03-06', 'leave', %s, 'k' from staff "
        "where id = %s",
        people[1], people[2], people[0],
    )  # fmt: skip
    found = {}
    for day in range(2, 8):
        site.office.time.day = date(2026, 3, day)
        found[day] = cases_in(site, path)
    assert found == {2: set(), 3: {number}, 4: {number}, 5: {number}, 6: {number}, 7: set()}
    site.office.time.day = date(2026, 3, 5)
    write(site, "update substitution set ended_on = '2026-03-05', ended_by = %s", people[2])
    assert cases_in(site, path) == set()


def test_an_address_ends_with_the_right_to_read_cases(site: Site) -> None:
    filed(site)
    path, client = make_address(site.sign_in("officer")), site.visitor().client
    write(site, "update staff set active = false where login = 'officer'")
    assert client.get(path).status_code == 404
    write(site, "update staff set active = true where login = 'officer'")
    assert client.get(path).status_code == 200
    write(
        site,
        "update staff_role set role = 'administrator' where staff_id = (select id from staff where login = 'officer')",
    )
    assert client.get(path).status_code == 404
    for login in ("administrator", "payer"):
        visitor = site.sign_in(login)
        assert visitor.get("/reminders/calendar").status == 403
        assert "/reminders/calendar" not in visitor.get("/inbox").links()


def test_an_address_that_the_office_gave_leads_to_the_case(site: Site) -> None:
    case_id = filed(site)
    site.app.config["CASEFLOW_ADDRESS"] = "https://cases.example.org"
    officer = site.sign_in("officer")
    page = officer.send_page(officer.get("/reminders/calendar").form_to("/reminders/calendar"))
    address = page.by_id("address").get("value")
    assert address.startswith("https://cases.example.org/calendar/")
    calendar = read(site, address.removeprefix("https://cases.example.org"))
    assert {str(event["URL"]) for event in calendar.events} == {f"https://cases.example.org/cases/{case_id}"}


def test_reading_a_feed_asks_little_of_the_database(site: Site) -> None:
    for _ in range(3):
        filed(site)
    path = make_address(site.sign_in("officer"))
    assert len(site.statements_of(site.visitor(), path)) == 4


def test_no_log_line_holds_the_address(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    path = make_address(site.sign_in("officer"))
    with caplog.at_level(logging.DEBUG):
        assert site.visitor().client.get(path).status_code == 200
    assert path not in caplog.text
