"""A real Chromium before a real server: Waitress, as caseflow runs it, over the worker's own database."""

from __future__ import annotations

import random
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any

import pytest
import waitress
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, Response, sync_playwright

from tests.office import Office, open_office
from tests.site import PASSWORD, Site, build_site

ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-background-networking")


@contextmanager
def serve(app: Flask) -> Iterator[str]:
    """Serve on a port below the ephemeral range, where a client might be given the server's own port."""
    with serve_at(app, _free_port()) as address:
        yield address


@contextmanager
def serve_at(app: Flask, port: int) -> Iterator[str]:
    """Serve on a port that was chosen before, because the site's own address names it."""
    server = waitress.create_server(app, host="127.0.0.1", port=port, threads=4)
    thread = threading.Thread(target=server.run)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    # The answers in hand are finished first, and the loop closes what it polls: closed under it, both would fail.
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(server.close)
    thread.join()


def _free_port() -> int:
    while True:
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) != 0:
                return port


def _say_why(form: Locator) -> None:
    """Answer as a user who is asked why they open a file, and go on to it."""
    form.locator("input[value=other]").check()
    form.locator("textarea").fill("Looked at it for a test of the office")
    form.locator("button[type=submit]").click()


def says_why(page: Page) -> None:
    """Let whoever uses the page say why whenever a file asks it: where they went, and wherever a click leads them."""
    asked = page.locator("form[action$='/why']")
    page.add_locator_handler(asked, _say_why)
    plain = page.goto

    @wraps(plain)
    def goto(url: str, **options: Any) -> Response | None:
        # A handler is only asked before something is clicked or expected; what is read at once needs the page itself.
        answer = plain(url, **options)
        if asked.count():
            # Answered here, not by the handler within what answers.
            page.remove_locator_handler(asked)
            with page.expect_navigation():
                _say_why(asked)
            page.add_locator_handler(asked, _say_why)
        return answer

    page.goto = goto  # type: ignore[method-assign]


@dataclass
class Served:
    """A site with its address and the browser that visits it."""

    site: Site
    address: str
    browser: Browser

    def visit(self, login: str | None = None, *, locale: str = "en", width: int = 1280) -> Page:
        """Open a window; with a login, sign in first and choose the language."""
        context = self.browser.new_context(
            base_url=self.address,
            viewport={"width": width, "height": 800},
            locale="zh-CN" if locale == "zh" else "en-GB",
        )
        context.set_default_timeout(10_000)
        page = context.new_page()
        says_why(page)
        page.goto("/sign-in")
        if login is not None:
            page.fill("#login", login)
            page.fill("#password", PASSWORD)
            page.click("main button[type=submit]")
            switch = page.locator(f"button[name=locale][value={locale}]")
            if switch.count():
                switch.click()
        return page


@pytest.fixture
def port() -> int:
    """Return a port to serve on."""
    return _free_port()


def phone(served: Served, language: str, *, scripts: bool) -> Page:
    """Open a window of a phone, signed in as nobody."""
    context = served.browser.new_context(
        base_url=served.address,
        viewport={"width": 390, "height": 844},
        locale="zh-CN" if language == "zh" else "en-GB",
        java_script_enabled=scripts,
        accept_downloads=True,
    )
    context.set_default_timeout(20_000)
    return context.new_page()


# Two Playwrights cannot live in one thread, so each module ends its own before the next begins.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium")
    assert found is not None, "the browser tests need Chromium; on Debian: apt-get install chromium fonts-noto-cjk"
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        yield launched
        launched.close()


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    built = open_office(database_url)
    yield built
    built.application.close()


@pytest.fixture
def served(office: Office, chromium: Browser) -> Iterator[Served]:
    site = build_site(office)
    with serve(site.app) as address:
        yield Served(site, address, chromium)
        for context in chromium.contexts:
            context.close()
