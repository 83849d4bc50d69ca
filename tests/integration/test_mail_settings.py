"""Where reminders go by mail: chosen by oneself, or set from the command line; and who is head of the office."""

from __future__ import annotations

import pytest
from click.testing import CliRunner, Result

from caseflow.cli import main
from caseflow.services.mail_settings import MailSettingsRefused
from caseflow.services.ports.staff import MailWish
from tests.mailroom import rows
from tests.office import Office

EVENTS = (
    "select action, body from audit_event "
    "where action in ('mail_settings_chosen', 'staff_email_set', 'office_head_named') order by id"
)


def test_one_chooses_an_address_and_a_mode_and_the_record_says_so(office: Office) -> None:
    settings, officer = office.application.reminding.mail_settings, office.actors["officer"]
    assert settings.own(officer) == MailWish(None, "digest")
    settings.choose(officer, " lin@yunling.example ", "each")
    settings.choose(officer, "lin@yunling.example", "each")
    assert settings.own(officer) == MailWish("lin@yunling.example", "each")
    settings.choose(officer, "", "digest")
    assert settings.own(officer) == MailWish(None, "digest")
    assert rows(office, EVENTS) == [
        ("mail_settings_chosen", {"email": "lin@yunling.example", "mail_mode": "each"}),
        ("mail_settings_chosen", {"email": None, "mail_mode": "digest"}),
    ]


def test_what_is_no_address_and_no_mode_is_told_at_each_input(office: Office) -> None:
    settings, officer = office.application.reminding.mail_settings, office.actors["officer"]
    with pytest.raises(MailSettingsRefused, match="Write an address like") as refused:
        settings.choose(officer, "lin@yunling.example\nBcc: x@y", "never")
    assert [name for name, _ in refused.value.faults] == ["email", "mail_mode"]
    assert settings.own(officer) == MailWish(None, "digest")


@pytest.fixture
def environment(office: Office, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASEFLOW_DATABASE_URL", office.database_url)
    monkeypatch.setenv("CASEFLOW_REDIS_URL", redis_url)
    monkeypatch.setenv("CASEFLOW_SECRET_KEYS", "a-key-that-only-tests-use-0123456789")


def staff(*words: str) -> Result:
    return CliRunner().invoke(main, ["staff", *words])


@pytest.mark.usefixtures("environment")
def test_the_command_line_sets_an_address_takes_it_away_and_names_the_head(office: Office) -> None:
    added = [
        "--role",
        "officer",
        "--name-en",
        "Lin",
        "--name-zh",
        "林",
        "--office",
        "TEST",
        "--password",
        "seven tall ships",
    ]
    assert staff("add", "lin", *added, "--email", "lin@yunling.example").exit_code == 0
    told = staff("mail", "officer", "--email", "officer@yunling.example")
    assert "Reminders of officer go to officer@yunling.example" in told.output
    assert "to the inbox only" in staff("mail", "officer2", "--none").output
    assert staff("head", "approver").exit_code == 0
    assert rows(office, "select login, email from staff where email is not null order by login") == [
        ("lin", "lin@yunling.example"),
        ("officer", "officer@yunling.example"),
    ]
    assert rows(office, "select s.login from office o join staff s on s.id = o.head_id") == [("approver",)]
    assert [action for action, _ in rows(office, EVENTS)] == ["staff_email_set", "staff_email_set", "office_head_named"]


@pytest.mark.usefixtures("environment", "office")
@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["mail", "officer", "--email", "officer"], "'officer' is no mail address: write an address like"),
        (["mail", "nobody", "--none"], "nobody with the login nobody works here"),
        (["mail", "officer"], "give either --email ADDRESS or --none"),
        (["mail", "officer", "--none", "--email", "a@b.example"], "give either --email ADDRESS or --none"),
        (["head", "administrator"], "escalations cannot go there"),
        (["head", "nobody"], "nobody with the login nobody works here"),
    ],
)
def test_what_cannot_be_set_is_a_sentence(words: list[str], sentence: str) -> None:
    refused = staff(*words)
    assert refused.exit_code in (1, 2)
    assert sentence in refused.output
