"""Whatever changes how somebody signs in is told to them, and to nobody else, by their own inbox, in both languages."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pyotp
import pytest

from tests.authenticator import Authenticator
from tests.office import Office, open_office
from tests.site import PASSWORD, Visitor, build_site

NEW = "four loose words here"
TOLD = {
    "en": (
        "A passkey was added for you.", "One of your passkeys was removed.", "An authenticator app was set up for you.",
        "New recovery codes were made for you.", "Your password was changed.",
    ),
    "zh": (
        "已为您添加一个通行密钥。", "您的一个通行密钥已被移除。", "已为您设置验证器应用。",
        "已为您生成新的恢复码。", "您的密码已被修改。",
    ),
}  # fmt: skip


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch, database_url: str) -> Iterator[Office]:
    monkeypatch.setenv("CASEFLOW_ADDRESS", "http://localhost:8080")  # passkeys are made for an address
    built = open_office(database_url)
    yield built
    built.application.close()


def in_inbox(visitor: Visitor, language: str) -> set[str]:
    """Return which of the messages are in the inbox as it is shown in a language."""
    assert visitor.send(visitor.get("/inbox").form_to("/language"), locale=language).status_code == 302
    shown = visitor.get("/inbox").text
    return {words for words in TOLD[language] if words in shown}


def open_session(office: Office, login: str) -> int:
    with psycopg.connect(office.database_url) as connection:
        query = "select max(s.id) from staff_session s join staff m on m.id = s.staff_id where m.login = %s"
        [(session_id,)] = connection.execute(query, [login]).fetchall()
    return int(session_id)


def test_each_change_is_told_to_its_owner_and_to_nobody_else(office: Office) -> None:
    site, app, officer = build_site(office), office.application, office.actors["officer"]
    visitor, other = site.sign_in("officer"), site.sign_in("officer2")
    here = open_session(office, "officer")

    def add_passkey() -> None:
        options, kept = app.passkeys.ask_new(officer)
        app.passkeys.register(officer, "The phone", Authenticator().make(options), kept)

    def remove_passkey() -> None:
        [passkey] = app.passkeys.mine(officer)
        assert app.passkeys.remove(officer, passkey.id, here)

    def set_up_app() -> None:
        app.own_sign_in.totp.offer(officer)
        offer = app.own_sign_in.totp.offered(officer)
        assert offer is not None
        app.own_sign_in.totp.enrol(officer, pyotp.TOTP(offer.secret.replace(" ", "")).now(), here)

    def change_password() -> None:
        form = visitor.get("/my-sign-in/password").form_to("/my-sign-in/password")
        assert visitor.send(form, old=PASSWORD, new=NEW, again=NEW).status_code == 302

    acts = (add_passkey, remove_passkey, set_up_app, lambda: app.own_sign_in.recovery.make(officer), change_password)
    for done, act in enumerate(acts, start=1):
        act()
        for language, words in TOLD.items():
            assert in_inbox(visitor, language) == set(words[:done])
    assert in_inbox(other, "en") == set()


def test_five_wrong_old_passwords_are_told_as_five_wrong_sign_ins_are(office: Office) -> None:
    site = build_site(office)
    visitor, other = site.sign_in("officer"), site.sign_in("officer2")
    form = visitor.get("/my-sign-in/password").form_to("/my-sign-in/password")
    words = "to show that it is you, were refused"
    for attempt in range(1, 7):
        assert visitor.send_page(form, old="wrong", new=NEW, again=NEW).status == 422
        assert (words in visitor.get("/inbox").text) == (attempt >= 5)
    with psycopg.connect(office.database_url) as connection:
        [(told,)] = connection.execute("select count(*) from inbox where kind = 'sign_in_changed'").fetchall()
    assert told == 1
    assert words not in other.get("/inbox").text
