"""The administrator's working calendar: read by month, changed after seeing what moves, without a case."""

from __future__ import annotations

import psycopg
import pytest

from caseflow.services.outbox_delivery import OutboxDelivery
from tests.office import CHECKED
from tests.site import Page, Site, Visitor


def filed(site: Site) -> int:
    case_id = site.office.open()
    site.office.advance(case_id, "check_report", CHECKED)
    site.office.advance(case_id, "file_case", {"filed_on": "2026-03-02"}, actor="approver")
    return case_id


def asked(visitor: Visitor, **typed: str) -> Page:
    form = visitor.get("/calendar/new").form_to("/calendar/new")
    values = {"day": "2026-06-01", "working": "off", "title_en": "Flood", "title_zh": "洪灾停工", **typed}
    return visitor.send_page(form, **values)


def confirmed(visitor: Visitor, page: Page, address: str) -> Page:
    answer = visitor.send(page.form_to(address), act="confirm")
    assert answer.status_code == 302
    return visitor.get(answer.location)


def due(site: Site) -> list[str]:
    with psycopg.connect(site.office.database_url) as connection:
        found = connection.execute("select due_on::text from clock where rule_id = 'cn.apl.decision_90d'").fetchall()
    return [day for (day,) in found]


def test_a_year_is_listed_by_month_and_says_where_it_is_provisional(site: Site) -> None:
    visitor = site.sign_in("administrator")
    page = visitor.get("/calendar")
    assert "Working calendar of 2026" in page.text
    assert "The published calendar ends on 31 December 2026" in page.text
    assert "National Day" in page.text
    later = visitor.get("/calendar?year=2027")
    assert "statute, not published yet" in later.text
    assert visitor.get("/calendar?year=99999").status == 200
    chinese = site.visitor("zh")
    chinese.client = visitor.client
    visitor.client.post("/language", data={**page.form_to("/language").values, "locale": "zh"})
    assert "2026年工作日历" in visitor.get("/calendar").text


def test_a_day_is_added_after_seeing_what_moves_and_taken_away_again(site: Site) -> None:
    filed(site)
    visitor = site.sign_in("administrator")
    before = site.counts()
    page = asked(visitor)
    assert "1 running deadline would move" in page.text
    assert "1 June 2026, then 2 June 2026" in page.text
    assert "YL-TI" not in page.text
    assert site.counts() == before
    after = confirmed(visitor, page, "/calendar/new")
    assert "1 deadline moved" in after.text
    assert "Flood" in after.text
    assert due(site) == ["2026-06-02"]
    removal = visitor.get("/calendar/2026-06-01/remove")
    assert "2 June 2026, then 1 June 2026" in removal.text
    assert "Flood" not in confirmed(visitor, removal, "/calendar/2026-06-01/remove").text
    assert due(site) == ["2026-06-01"]


def test_a_form_sent_twice_writes_once(site: Site) -> None:
    visitor = site.sign_in("administrator")
    form = asked(visitor).form_to("/calendar/new")
    assert visitor.send(form, act="confirm").status_code == 302
    assert visitor.send(form, act="confirm").status_code == 302
    assert visitor.send(form, act="confirm", day="2026-06-02").status_code == 422
    with psycopg.connect(site.office.database_url) as connection:
        events = "select count(*) from audit_event where action = 'calendar_day_set'"
        assert connection.execute(events).fetchone() == (1,)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"day": "soon"}, "Give a day such as"),
        ({"working": ""}, "Choose whether the day is off or worked"),
        ({"working": "worked"}, "That day is a working day already"),
        ({"title_zh": ""}, "Give a name of up to 100 characters"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_is_kept(
    site: Site, typed: dict[str, str], said: str
) -> None:
    page = asked(site.sign_in("administrator"), **typed)
    assert page.status == 422
    assert said in page.text
    assert page.form_to("/calendar/new").values["title_en"] == "Flood"


def test_going_back_keeps_what_was_typed(site: Site) -> None:
    visitor = site.sign_in("administrator")
    page = visitor.send_page(asked(visitor).form_to("/calendar/new"), act="back")
    assert page.form_to("/calendar/new").values["title_zh"] == "洪灾停工"


def test_a_day_that_is_not_the_offices_own_leads_back(site: Site) -> None:
    visitor = site.sign_in("administrator")
    assert visitor.client.get("/calendar/2026-06-01/remove").status_code == 302
    assert visitor.client.get("/calendar/soon/remove").status_code == 302
    page = visitor.get("/calendar/new").form_to("/calendar/new")
    assert visitor.client.post("/calendar/2026-06-01/remove", data=page.values).status_code == 302
    assert "Nothing was changed" in visitor.get("/calendar").text
    assert visitor.client.post("/calendar/soon/remove", data=page.values).status_code == 302


@pytest.mark.parametrize("login", ["officer", "supervisor", "auditor"])
def test_nobody_else_reaches_the_calendar(site: Site, login: str) -> None:
    visitor = site.sign_in(login)
    assert visitor.client.get("/calendar").status_code == 403
    assert "/calendar" not in visitor.get("/inbox").links()


def test_the_owner_reads_what_moved_in_the_inbox(site: Site) -> None:
    filed(site)
    visitor = site.sign_in("administrator")
    confirmed(visitor, asked(visitor), "/calendar/new")
    OutboxDelivery(site.office.application.store).drain()
    text = site.sign_in("officer").get("/inbox").text
    assert "Decide the case: now due 2 June 2026, not 1 June 2026" in text
