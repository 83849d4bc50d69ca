"""Both languages everywhere, the training banner and its date."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po

from caseflow import bootstrap
from caseflow.domain.workflow_format import PostingEvent
from caseflow.services.installation import DateRefused
from caseflow.web import display
from tests.office import Office
from tests.site import PASSWORD, Site, build_site

ROOT = Path(__file__).parents[2]
CATALOGUE = ROOT / "caseflow" / "web" / "translations" / "zh" / "LC_MESSAGES"
SOURCES = ((ROOT / "caseflow" / "web", "python"), (ROOT / "templates" / "pages", "jinja2"))


def words_of_the_source() -> set[str | tuple[str, ...]]:
    keywords = {"_": None, "ngettext": (1, 2)}
    return {
        message
        for folder, method in SOURCES
        for _, _, message, _, _ in extract_from_dir(folder, [_pattern(method)], keywords=keywords)
    }


def _pattern(method: str) -> tuple[str, str]:
    return ("**.py" if method == "python" else "**.html", method)


def catalogue() -> Catalog:
    with (CATALOGUE / "messages.po").open("rb") as file:
        return read_po(file, locale="zh")


def test_every_phrase_has_its_chinese_and_no_phrase_is_left_over() -> None:
    written = phrases(catalogue())
    assert set(written) == words_of_the_source()
    assert [phrase for phrase, chinese in written.items() if not chinese or not all(chinese)] == []
    assert [message.id for message in catalogue() if message.id and message.fuzzy] == []


def phrases(known: Catalog) -> dict[str | tuple[str, ...], tuple[str, ...]]:
    return {
        message.id if isinstance(message.id, str) else tuple(message.id): _strings(message.string)
        for message in known
        if message.id
    }


def _strings(string: str | Sequence[str] | None) -> tuple[str, ...]:
    return (string or "",) if isinstance(string, str) or string is None else tuple(string)


def test_placeholders_survive_translation() -> None:
    known = catalogue()
    assert [error for message in known for error in message.check(known)] == []


def test_the_compiled_catalogue_is_the_written_one() -> None:
    with (CATALOGUE / "messages.mo").open("rb") as file:
        assert phrases(read_mo(file)) == phrases(catalogue())


def test_every_kind_of_party_and_ledger_event_has_a_name(site: Site) -> None:
    for definition in bootstrap.shipped_definitions().values():
        assert set(definition.subject_titles) == set(definition.subjects), definition.regime
    with site.app.test_request_context():
        assert [event for event in get_args(PostingEvent) if display.posting(event) == event] == []


@pytest.mark.parametrize("path", ["/desk", "/cases", "/cases/{case}", "/cases/{case}/steps/check_report", "/cases/new",
    "/cases/new/two_illegal", "/inbox", "/law", "/training/date"])  # fmt: skip
def test_a_chosen_language_stays(site: Site, path: str) -> None:
    case_id = site.office.open()
    visitor = site.sign_in("officer")
    path = path.format(case=case_id)
    page = visitor.get(path)
    assert page.tree.get("lang") == "en"
    switch = page.form_to("/language")
    assert switch.values["back"] == path
    assert visitor.send(switch, locale="zh").location == path
    chinese = visitor.get(path)
    assert chinese.tree.get("lang") == "zh-Hans"
    assert "我的工作台" in chinese.text
    assert "My desk" not in chinese.text
    later = site.sign_in("officer")
    assert later.get(path).tree.get("lang") == "zh-Hans"


def test_before_sign_in_the_browser_then_the_session_decide(site: Site) -> None:
    assert site.visitor("zh-CN,zh;q=0.9").get("/sign-in").tree.get("lang") == "zh-Hans"
    visitor = site.visitor("en-GB")
    page = visitor.get("/sign-in")
    assert page.tree.get("lang") == "en"
    visitor.send(page.form_to("/language"), locale="zh")
    assert visitor.get("/sign-in").tree.get("lang") == "zh-Hans"
    assert visitor.send_page(visitor.get("/sign-in").form_to("/language"), locale="fr").status == 400


def test_a_language_chosen_before_sign_in_survives_it_and_is_kept(site: Site) -> None:
    visitor = site.visitor("en-GB")
    visitor.send(visitor.get("/sign-in").form_to("/language"), locale="zh")
    visitor.send(visitor.get("/sign-in").form_to("/sign-in"), login="officer", password=PASSWORD)
    assert visitor.get("/desk").tree.get("lang") == "zh-Hans"
    assert site.sign_in("officer").get("/desk").tree.get("lang") == "zh-Hans"
    assert site.sign_in("approver").get("/desk").tree.get("lang") == "en"


def test_dates_and_money_are_written_out(site: Site) -> None:
    with site.app.test_request_context(headers={"Accept-Language": "en"}):
        assert display.day(date(2026, 3, 8)) == "8 March 2026"
        assert display.yuan(123456789) == "1,234,567.89 yuan"
        assert display.prose("Due on 2026-03-08; 2026-99-08 is no day.") == "Due on 8 March 2026; 2026-99-08 is no day."
        assert (
            display.document_title(bootstrap.shipped_definitions()["two_illegal"], "unknown_paper") == "unknown_paper"
        )
        assert display.subject("river_user", bootstrap.shipped_definitions()["two_illegal"]) == "river user"
        assert display.rule_title("cn.gone.rule") == "cn.gone.rule"
    with site.app.test_request_context(headers={"Accept-Language": "zh"}):
        assert display.day("2026-03-08") == "2026年3月8日"
        assert display.yuan(123456789) == "1,234,567.89元"
        assert display.day(None) == ""


def test_training_is_written_on_every_page(site: Site) -> None:
    assert "Training data" in site.visitor().get("/sign-in").text
    page = site.sign_in("administrator").get("/staff")
    assert "The business date is 2 March 2026." in page.text
    assert "/training/date" in page.links()


def test_a_production_database_has_no_training_date(office: Office) -> None:
    office.application.installation.stamp("production")
    visitor = build_site(office, training=False).sign_in("officer")
    page = visitor.get("/desk")
    assert "Training" not in page.text
    assert visitor.get("/training/date").status == 404
    form = page.form_to("/sign-out")
    form.action = "/training/date"
    assert visitor.send_page(form, day="2027-01-01", act="confirm").status == 404


@pytest.fixture
def running(office: Office) -> Iterator[Site]:
    """The same office at the machine's own date, as a running caseflow has it."""
    application = bootstrap.build_application(office.database_url)
    yield build_site(Office(application, office.time, office.actors, office.database_url))
    application.close()


def test_the_training_date_moves_after_a_second_look(running: Site) -> None:
    visitor = running.sign_in("officer")
    today = running.office.application.time.today()
    chosen = today + timedelta(days=40)
    form = visitor.get("/training/date").form_to("/training/date")
    look = visitor.send_page(form, day=chosen.isoformat())
    assert "become overdue for everybody" in look.text
    assert running.office.application.time.today() == today
    confirmation = look.form_to("/training/date")
    kept = visitor.send_page(confirmation, act="back").form_to("/training/date")
    assert kept.values["day"] == chosen.isoformat()
    assert visitor.send(confirmation, act="confirm").location == "/"
    assert f"The training date is now {chosen.day} " in visitor.get("/desk").text
    assert running.office.application.time.today() == chosen


def test_a_training_date_that_cannot_be_is_refused_at_its_field(running: Site) -> None:
    today = running.office.application.time.today()
    running.office.open(
        answers={"act_date": today.isoformat(), "act_place": "x", "source": "inspection", "conduct_summary": "y"}
    )
    visitor = running.sign_in("officer")
    form = visitor.get("/training/date").form_to("/training/date")
    wrong = visitor.send_page(form, day="soon")
    assert (wrong.status, wrong.form_to("/training/date").values["day"]) == (422, "soon")
    back = visitor.send_page(form, day=(today - timedelta(days=1)).isoformat(), act="confirm")
    assert back.status == 422
    assert "cannot go back before the newest step" in back.text
    assert "#day" in back.links()


def test_a_training_date_past_what_the_clocks_can_reckon_is_refused_at_its_field(running: Site) -> None:
    visitor = running.sign_in("officer")
    form = visitor.get("/training/date").form_to("/training/date")
    for act in ({}, {"act": "confirm"}):
        far = visitor.send_page(form, day="9999-12-31", **act)
        assert far.status == 422
        assert "The date cannot be later than 31 December 2099" in far.text
        assert far.form_to("/training/date").values["day"] == "9999-12-31"
    for day in ("2100-01-01", "9999-12-31"):
        with pytest.raises(DateRefused):
            running.office.application.move_training_date(date.fromisoformat(day))
    last = date(2099, 12, 31)
    assert visitor.send(form, day=last.isoformat(), act="confirm").location == "/"
    assert visitor.get("/desk").status == 200
    opening = {"act_date": last.isoformat(), "act_place": "x", "source": "inspection", "conduct_summary": "y"}
    case_id = running.office.open(answers=opening)
    assert visitor.get(f"/cases/{case_id}").status == 200
    assert visitor.get("/desk").status == 200
