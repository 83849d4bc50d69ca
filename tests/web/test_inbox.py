"""The inbox and the reminder settings: what is said, what is marked, what may be muted and what may not."""

from __future__ import annotations

from datetime import date

import pytest

from caseflow.domain.mail_words import SETTINGS_PATH
from caseflow.services import desks as desks_module
from tests.office import CHECKED
from tests.reminded import LONG_OVER, execute, filed, name_head, sweep
from tests.site import Form, Page, Site

MUTE = "/reminders/mute"
WARNED = "Decide the case: due 1 June 2026; reminder 7 days before the end"
ENDED = "Decide the case: the time of this office ran out on 1 June 2026; unlawful delay"

FORGED = (
    ("agency", "+1w", "An escalation is always given"),
    ("agency", "ran_out", "The end of a limit is always told"),
    ("agency", "-8d", "The law has no such reminder."),
    ("nonsense", "-7d", "The law has no such reminder."),
    ("", "", "The law has no such reminder."),
)


def rows(page: Page) -> list[str]:
    """Return the rows of the list as text, the newest first."""
    bodies = list(page.tree.iter("tbody"))
    return [" ".join("".join(row.itertext()).split()) for body in bodies for row in body.iter("tr")]


def row_with(page: Page, words: str) -> str:
    return next(row for row in rows(page) if words in row)


def mute_forms(page: Page) -> list[Form]:
    return [form for form in page.forms() if form.action == MUTE]


@pytest.fixture
def case_id(site: Site) -> int:
    found = filed(site.office)
    sweep(site.office)
    return found


def test_a_reminder_stands_in_words_with_its_case_and_due_date(site: Site, case_id: int) -> None:
    visitor = site.sign_in("officer")
    page = visitor.get("/inbox?about=reminders")
    assert row_with(page, WARNED).startswith("YL-TI-2026-0001 1 June 2026")
    assert "1 June 2026" in [cell.text for cell in page.tree.iter("td") if cell.get("data-label") == "Due"]
    assert ENDED in page.text
    assert "+1w" not in page.text
    assert f"/cases/{case_id}" in page.links()
    assert "Escalated" not in page.text
    visitor.send(page.form_to("/language"), locale="zh")
    assert "2026年6月1日届满（届满前7天提醒）" in visitor.get("/inbox").text


def test_an_escalation_is_marked_in_words_and_cannot_be_muted(site: Site, case_id: int) -> None:
    name_head(site.office, "approver2")
    page = site.sign_in("supervisor").get("/inbox?about=reminders")
    row = row_with(page, "reminder 1 working day after the end")
    assert "Escalated to the supervisor" in row
    assert "Mute" not in row
    assert "Mute" not in row_with(page, ENDED)
    assert "Mute reminders like this: YL-TI-2026-0001" in row_with(page, WARNED)
    assert case_id


def test_who_stands_in_is_told_for_whom(site: Site) -> None:
    filed(site.office)
    execute(
        site.office,
        "insert into substitution (office_id, away_id, substitute_id, from_on, until_on, reason, made_by, "
        "idempotency_key) select office_id, %(away)s, %(here)s, business_date(), business_date(), 'leave', %(here)s, "
        "'one' from staff where id = %(away)s",
        away=site.office.actors["officer"].id,
        here=site.office.actors["reviewer"].id,
    )
    sweep(site.office, date(2026, 5, 25))
    row = row_with(site.sign_in("reviewer").get("/inbox"), WARNED)
    assert "You hear this standing in for Officer." in row
    assert "standing in" not in site.sign_in("officer").get("/inbox").text


def test_the_inbox_is_narrowed_by_matter_and_to_what_is_unread(site: Site, case_id: int) -> None:
    site.office.time.day = date(2026, 3, 2)
    other = site.office.open()
    site.office.advance(other, "check_report", CHECKED, actor="officer2")
    sweep(site.office, LONG_OVER)
    visitor = site.sign_in("officer")
    matters = {about: rows(visitor.get(f"/inbox?about={about}")) for about in ("reminders", "steps", "findings", "")}
    assert len(matters["reminders"]) == 4
    assert matters["steps"]
    assert all("→" in row for row in matters["steps"])
    assert matters["findings"] == []
    assert matters[""] == rows(visitor.get("/inbox"))
    assert len(matters[""]) == len(matters["reminders"]) + len(matters["steps"])
    assert "No message fits." in visitor.get("/inbox?about=findings").text
    page = visitor.get("/inbox?about=reminders&unread=yes")
    answer = visitor.send(page.form_to("/inbox/read"))
    assert answer.location == "/inbox?about=reminders&unread=yes"
    told = visitor.get(answer.location).text
    assert "4 messages are marked as read." in told
    assert "No message fits." in told
    assert len(rows(visitor.get("/inbox?unread=yes"))) == len(matters["steps"])
    assert case_id


def test_one_message_is_marked_as_read_and_never_that_of_somebody_else(site: Site, case_id: int) -> None:
    visitor = site.sign_in("officer")
    page = visitor.get("/inbox")
    every, first = [form for form in page.forms() if form.action == "/inbox/read"][:2]
    assert every.values["ids"].split(",")[0] == first.values["ids"]
    visitor.send(first)
    assert [row.count("unread") for row in rows(visitor.get("/inbox"))] == [0] + [1] * (len(rows(page)) - 1)
    theirs = site.sign_in("supervisor")
    before = rows(theirs.get("/inbox"))
    mine = theirs.get("/inbox").form_to("/inbox/read")
    visitor.send(first, ids=mine.values["ids"])
    assert rows(theirs.get("/inbox")) == before
    assert case_id


def test_the_inbox_pages_by_key_within_what_it_is_narrowed_to(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desks_module, "PAGE_SIZE", 2)
    filed(site.office)
    sweep(site.office)
    visitor = site.sign_in("officer")
    seen: list[str] = []
    path = "/inbox?about=reminders&unread=yes"
    while True:
        page = visitor.get(path)
        seen += rows(page)
        older = [link for link in page.links() if "before=" in link]
        if not older:
            break
        (path,) = older
        assert "about=reminders" in path
        assert "unread=yes" in path
    assert len(seen) == len(set(seen)) == 4
    assert visitor.get(f"/inbox?before={2**70}&about=nonsense").status == 200


def test_every_page_says_how_many_messages_are_unread_and_asks_once(site: Site, case_id: int) -> None:
    visitor = site.sign_in("officer")
    count = len([row for row in rows(visitor.get("/inbox")) if "unread" in row])
    for path in ("/desk", "/cases", f"/cases/{case_id}", "/inbox", "/law", "/reminders/settings"):
        assert f"Inbox {count} {count} unread messages" in visitor.get(path).text, path
    for path in ("/desk", "/cases", f"/cases/{case_id}", "/inbox", "/law", "/reminders/settings"):
        asked = site.statements_of(visitor, path)
        assert sum("read_at is null" in one and "count(*)" in one for one in asked) == 1, path
        assert len(asked) <= 12, path
    execute(site.office, "update inbox set read_at = now()")
    assert "unread message" not in visitor.get("/cases").text


def test_a_reminder_is_muted_from_the_inbox_and_heard_again(site: Site, case_id: int) -> None:
    visitor = site.sign_in("officer")
    form = next(form for form in mute_forms(visitor.get("/inbox?about=reminders")) if form.values["rung"] == "-7d")
    answer = visitor.send(form)
    assert answer.location == "/inbox?about=reminders"
    told = visitor.get(answer.location)
    assert "Muted for you: The office must act, 7 days before the end." in told.text
    assert "/reminders/settings#ladder-agency" in told.links()
    assert "Reminders like this are muted." in row_with(told, WARNED)
    settings = visitor.get("/reminders/settings")
    assert "7 days before the end the officer of the case muted Hear it again" in row_with(settings, "Hear it again")
    site.office.time.day = date(2026, 3, 2)
    filed(site.office)
    sweep(site.office, date(2026, 5, 25))
    assert sum(WARNED in row for row in rows(visitor.get("/inbox"))) == 1
    assert sum(WARNED in row for row in rows(site.sign_in("supervisor").get("/inbox"))) == 2
    back = visitor.send(settings.form_to("/reminders/unmute"))
    assert back.location == "/reminders/settings#ladder-agency"
    assert "You hear it again: The office must act, 7 days before the end." in visitor.get("/reminders/settings").text
    assert site.office.application.reminding.mutes.own(site.office.actors["officer"]) == frozenset()
    assert case_id


def test_the_settings_list_every_ladder_and_say_why_an_escalation_is_always_on(site: Site) -> None:
    visitor = site.sign_in("officer")
    page = visitor.get(SETTINGS_PATH)
    ladders = site.office.application.rulebook.law.ladders.values()
    for ladder in ladders:
        assert page.by_id(f"ladder-{ladder.name}") is not None, ladder.name
    always = [row for row in rows(page) if "always on" in row]
    escalations = [row for row in always if "An escalation is always given" in row]
    assert len(escalations) == sum(rung.escalate for ladder in ladders for rung in ladder.rungs)
    assert all("escalated to the" in row for row in escalations)
    assert sum("The end of a limit is always told" in row for row in always) == len(ladders)
    answer = visitor.send(mute_forms(page)[0])
    assert answer.location == "/reminders/settings#ladder-agency"
    assert "“Hear it again” takes it back." in visitor.get("/reminders/settings").text


def test_what_must_be_heard_is_not_muted_by_a_forged_form(site: Site) -> None:
    visitor = site.sign_in("officer")
    form = mute_forms(visitor.get("/reminders/settings"))[0]
    before = site.counts()
    for ladder, rung, words in FORGED:
        page = visitor.send_page(form, ladder=ladder, rung=rung)
        assert page.status == 422, rung
        assert words in page.text, rung
        assert visitor.send(Form("/reminders/unmute", form.values), ladder=ladder, rung=rung).status_code == 302, rung
    assert site.counts() == before


def test_a_person_chooses_how_their_mail_comes(site: Site) -> None:
    visitor = site.sign_in("officer")
    form = visitor.get("/reminders/settings").form_to("/reminders/mail")
    assert form.values["email"] == ""
    assert form.values["mail_mode"] == "digest"
    wrong = visitor.send_page(form, email="no address", mail_mode="pigeon")
    assert wrong.status == 422
    assert wrong.by_id("email").get("value") == "no address"
    assert {"#email", "#mail_mode"} <= set(wrong.links())
    assert visitor.send(form, email=" officer@county.example ", mail_mode="each").location == "/reminders/settings"
    page = visitor.get("/reminders/settings")
    assert "The mail settings are saved." in page.text
    kept = page.form_to("/reminders/mail").values
    assert (kept["email"], kept["mail_mode"]) == ("officer@county.example", "each")
    assert visitor.send(form, email="").status_code == 302
    assert visitor.get("/reminders/settings").form_to("/reminders/mail").values["email"] == ""
