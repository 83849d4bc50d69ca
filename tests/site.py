"""The web face over a test's office: visitors who sign in, read pages strictly and send forms as a browser does."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import html5lib
import psycopg
import pyotp
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from caseflow.config import Settings
from caseflow.web.app import create_app
from caseflow.web.context import BANNER_GRACE_SECONDS, EXTENSION, start_watching_the_sweep
from tests.office import Office

PASSWORD = "correct horse battery"
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
SECRET_KEY = "a-key-that-only-tests-use-0123456789"


def settings_for(database_url: str, *, https: bool = False) -> Settings:
    return Settings(
        home=Path(os.environ["CASEFLOW_TEST_HOME"]) / "site",
        database_url=database_url,
        redis_url=None,
        secret_keys=(SECRET_KEY,),
        host="127.0.0.1",
        port=8080,
        https=https,
        log_level="warning",
    )


@dataclass
class Form:
    """A form of a page: where it leads and what it holds when nobody types."""

    action: str
    values: dict[str, str] = field(default_factory=dict)


class Page:
    """An HTML answer, parsed by the letter of the standard."""

    def __init__(self, response: TestResponse) -> None:
        self.status = response.status_code
        self.response = response
        self.html = response.get_data(as_text=True)
        parser = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False)
        self.tree: Any = parser.parse(self.html)

    @property
    def text(self) -> str:
        return " ".join("".join(self.tree.itertext()).split())

    def forms(self) -> list[Form]:
        return [_form(one) for one in self.tree.iter("form")]

    def form_to(self, action: str) -> Form:
        return next(form for form in self.forms() if form.action == action)

    def links(self) -> list[str]:
        return [one.get("href", "") for one in self.tree.iter("a")]

    def by_id(self, wanted: str) -> Any:
        return next((one for one in self.tree.iter() if one.get("id") == wanted), None)


def _form(node: Any) -> Form:
    form = Form(node.get("action", ""))
    for one in node.iter("input"):
        if one.get("type") in ("radio", "checkbox") and one.get("checked") is None:
            continue
        if one.get("name"):
            form.values[one.get("name")] = one.get("value", "")
    for one in node.iter("textarea"):
        # The standard drops the line break right after the tag.
        form.values[one.get("name")] = (one.text or "").removeprefix("\r\n").removeprefix("\n")
    for one in node.iter("select"):
        chosen = [option for option in one.iter("option") if option.get("selected") is not None]
        form.values[one.get("name")] = chosen[0].get("value", "") if chosen else ""
    return form


STATED = {"kind": "other", "reason": "Looked at it for a test of the office"}


class AnsweringClient(FlaskClient):
    """A browser whose user says why they open a file when they are asked, and then goes on to what they wanted."""

    answered = 0

    def open(self, *args: Any, **kwargs: Any) -> TestResponse:
        response = super().open(*args, **kwargs)
        if response.status_code != 403 or "/why" not in response.get_data(as_text=True):
            return response
        form = next((one for one in Page(response).forms() if one.action.endswith("/why")), None)
        if form is None:
            return response
        assert super().open(form.action, method="POST", data={**form.values, **STATED}).status_code in {200, 302}
        self.answered += 1
        return super().open(*args, **kwargs)


class Visitor:
    """Somebody at a browser."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str) -> Page:
        return Page(self.client.get(path))

    def send(self, form: Form, **typed: str) -> TestResponse:
        values = {name.replace("__", "-"): value for name, value in typed.items()}
        return self.client.post(form.action, data={**form.values, **values})

    def send_page(self, form: Form, **typed: str) -> Page:
        return Page(self.send(form, **typed))


# A page that was refused is recorded, and counted so that nobody floods the record with it.
BUT_REFUSALS = {"audit_event": " where action <> 'access_denied'", "attempt_limit": " where kind <> 'denied'"}


def secret_on(page: Page) -> str:
    """Return the secret that a page offers to an authenticator app, as it stands there for typing."""
    shown = next(one for one in page.tree.iter("code") if one.get("class") == "secret")
    return str(shown.text).replace(" ", "")


def enrolled(visitor: Visitor) -> str:
    """Set up an app at the first sign-in, as its owner would; return its secret."""
    visitor.send(visitor.get("/sign-in/enrol").form_to("/sign-in/enrol"))
    page = visitor.get("/sign-in/enrol")
    secret = secret_on(page)
    codes = visitor.send_page(page.form_to("/sign-in/enrol"), code=pyotp.TOTP(secret).now())
    assert codes.status == 200, codes.text
    return secret


@contextmanager
def sent_to_the_database() -> Iterator[list[str]]:
    """Collect every statement that this process sends, through SQLAlchemy or straight through psycopg as the hot ones.

    The pool's ping of a connection that lay idle is no page's doing.
    """
    asked: list[str] = []
    plain, plain_many = psycopg.Cursor.execute, psycopg.Cursor.executemany

    def note(query: Any) -> None:
        text = query.decode() if isinstance(query, bytes) else str(query)
        if text != "select 1":
            asked.append(text)

    def execute(cursor: psycopg.Cursor[Any], query: Any, *rest: Any, **how: Any) -> psycopg.Cursor[Any]:
        note(query)
        return plain(cursor, query, *rest, **how)

    def executemany(cursor: psycopg.Cursor[Any], query: Any, *rest: Any, **how: Any) -> None:
        note(query)
        plain_many(cursor, query, *rest, **how)

    listened: Any = psycopg.Cursor
    listened.execute, listened.executemany = execute, executemany
    try:
        yield asked
    finally:
        listened.execute, listened.executemany = plain, plain_many


@dataclass
class Site:
    office: Office
    app: Flask

    def visitor(self, language: str = "en", *, answers: bool = True) -> Visitor:
        """Return a new visitor; with ``answers`` one who says why when a file asks it."""
        kind = AnsweringClient if answers else FlaskClient
        client = kind(self.app, self.app.response_class, use_cookies=True)
        client.environ_base["HTTP_ACCEPT_LANGUAGE"] = language
        return Visitor(client)

    def sign_in(self, login: str, *, answers: bool = True) -> Visitor:
        visitor = self.visitor(answers=answers)
        form = visitor.get("/sign-in").form_to("/sign-in")
        answer = visitor.send(form, login=login, password=PASSWORD)
        assert answer.status_code == 302
        if answer.location.startswith("/sign-in/enrol"):
            enrolled(visitor)
        return visitor

    def counts(self) -> dict[str, int]:
        """Count the rows of every table but the read log, which alone grows with what is only looked at.

        What a refusal records about itself is no change.
        """
        with psycopg.connect(self.office.database_url) as connection:
            tables = connection.execute("select tablename from pg_tables where schemaname = 'public'").fetchall()
            return {
                table: connection.execute(f'select count(*) from "{table}"{BUT_REFUSALS.get(table, "")}').fetchone()[0]  # type: ignore[index]
                for (table,) in tables
                if table != "read_log"
            }

    def statements_of(self, visitor: Visitor, path: str) -> list[str]:
        """Return the SQL that one page asks when its look at the office's own days is due: the most it ever asks."""
        self.office.application.rulebook.look_again()
        answered = getattr(visitor.client, "answered", 0)
        with sent_to_the_database() as asked:
            assert visitor.client.get(path).status_code == 200
        # Saying why is another page's doing: the page itself is asked once more.
        return asked if getattr(visitor.client, "answered", 0) == answered else self.statements_of(visitor, path)


def build_site(office: Office, *, training: bool = True) -> Site:
    """Give everybody of the office a password and put the web face before it."""
    application = office.application
    # Hashes are made at the cost of the one below, so that a sign-in does not take longer than all the rest of a test.
    application.passwords.hasher = CHEAP
    if training:
        application.installation.stamp("training")
    with psycopg.connect(office.database_url) as connection:
        connection.execute("update staff set password_hash = %s, locale = 'en'", (password_hash(),))
        connection.commit()
    return Site(office, _face(office))


@cache
def password_hash() -> str:
    # A hash carries its own cost. At the cost caseflow asks for (test_staff_access.py signs in at it) hashing takes
    # longer than all the rest of a sign-in, and most tests of pages begin with one.
    return CHEAP.hash(PASSWORD)


_FACES: list[Flask] = []


def _face(office: Office) -> Flask:
    """Return the worker's one face, turned to this office; a test that changes a face makes its own.

    Making one compiles every route, and then every template when it is first shown: as a running caseflow does it,
    once for all requests.
    """
    if not _FACES:
        _FACES.append(create_app(settings_for(office.database_url), application=office.application))
    [app] = _FACES
    app.extensions[EXTENSION] = office.application
    app.extensions.pop("caseflow_stamp", None)
    app.extensions.pop("caseflow_api_allowance", None)
    app.config.pop(BANNER_GRACE_SECONDS, None)
    start_watching_the_sweep(app)
    app.testing = True
    return app
