"""Passkeys in a real Chromium with a virtual authenticator: made, signed in with, confirmed with, and not replayed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg
import pytest
from playwright.sync_api import Browser, CDPSession, Page, Request, expect

from tests.browser.conftest import serve_at
from tests.browser.looking import looked_at
from tests.office import Office, open_office
from tests.site import PASSWORD, Site, build_site

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@dataclass
class Desk:
    """A browser with an authenticator before the site."""

    office: Office
    site: Site
    page: Page
    cdp: CDPSession
    authenticator: str


@pytest.fixture
def office(database_url: str, port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    # WebAuthn asks for a domain: localhost and not its number.
    monkeypatch.setenv("CASEFLOW_ADDRESS", f"http://localhost:{port}")
    built = open_office(database_url)
    yield built
    built.application.close()


@pytest.fixture
def desk(office: Office, chromium: Browser, port: int) -> Iterator[Desk]:
    address = f"http://localhost:{port}"
    site = build_site(office)
    with serve_at(site.app, port):
        context = chromium.new_context(base_url=address, locale="en-GB")
        context.set_default_timeout(10_000)
        page = context.new_page()
        cdp = context.new_cdp_session(page)
        cdp.send("WebAuthn.enable")
        made = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
        yield Desk(office, site, page, cdp, made["authenticatorId"])
        context.close()


def sign_in_by_password(page: Page) -> None:
    page.goto("/sign-in")
    page.fill("#login", "officer")
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")


def make_passkey(page: Page, name: str = "Office laptop") -> None:
    page.goto("/my-sign-in/passkeys")
    page.fill("#name", name)
    page.get_by_role("button", name="Make a passkey on this device").click()
    expect(page.get_by_role("status").first).to_contain_text("The passkey is registered")


def sign_out(page: Page) -> None:
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url("/sign-in")


def test_a_passkey_is_made_and_signs_in_alone_and_after_the_password(desk: Desk) -> None:
    page = desk.page
    page.goto("/sign-in")
    looked_at(page)
    sign_in_by_password(page)
    make_passkey(page)
    for locale in ("zh", "en"):
        page.locator(f"button[name=locale][value={locale}]").click()
        for path in ("/my-sign-in", "/tokens", "/my-sign-in/passkeys"):
            page.goto(path)
            looked_at(page)
    expect(page.get_by_role("cell", name="Office laptop", exact=True)).to_be_visible()
    sign_out(page)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url("/desk")
    page.goto("/my-sign-in")
    expect(page.get_by_role("row", name="here and now")).to_contain_text("Passkey")
    sign_out(page)
    sign_in_by_password(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Second factor")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url("/desk")
    with psycopg.connect(desk.office.database_url) as connection:
        found = connection.execute("select methods from staff_session where stage = 'open' order by id").fetchall()
    assert [methods for (methods,) in found] == [["password"], ["passkey"], ["password", "passkey"]]


def test_an_answer_that_was_sent_is_refused_when_it_is_sent_again(desk: Desk) -> None:
    page = desk.page
    sign_in_by_password(page)
    make_passkey(page)
    sign_out(page)
    sent: list[str] = []

    def note(request: Request) -> None:
        if request.url.endswith("/sign-in/passkey") and request.post_data:
            sent.append(request.post_data)

    page.on("request", note)
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url("/desk")
    sign_out(page)
    answer = page.evaluate("(sent) => new URLSearchParams(sent).get('passkey')", sent[0])
    assert json.loads(answer)["response"]["signature"]
    page.locator("input[name=passkey]").evaluate("(field, answer) => { field.value = answer; }", answer)
    page.locator("form", has=page.locator("input[name=passkey]")).evaluate("(form) => form.submit()")
    expect(page.get_by_role("alert")).to_contain_text("The passkey was not taken")


def test_another_origin_gets_no_answer_and_none_of_its_answers_is_taken(desk: Desk, port: int) -> None:
    page = desk.page
    sign_in_by_password(page)
    make_passkey(page)
    sign_out(page)
    # The same server under another name: the browser refuses to ask for a passkey of localhost there.
    page.goto(f"http://127.0.0.1:{port}/sign-in")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.locator("[data-passkey-says]")).to_contain_text("No passkey was used")
    page.goto(f"http://other.localhost:{port}/sign-in")
    page.get_by_role("button", name="Use a passkey").click()
    # A subdomain may ask for the domain's passkey by the rules of browsers: it is the origin that is refused here.
    expect(page.locator("[data-passkey-says], [role=alert]").filter(has_text="No").first).to_be_visible()
    expect(page.get_by_role("button", name="Sign out")).to_have_count(0)
    with psycopg.connect(desk.office.database_url) as connection:
        [(count,)] = connection.execute("select count(*) from staff_session where 'passkey' = any(methods)").fetchall()
    assert count == 0


def test_a_passkey_shows_that_it_is_still_the_same_person(desk: Desk) -> None:
    page = desk.page
    sign_in_by_password(page)
    make_passkey(page)
    with psycopg.connect(desk.office.database_url) as connection:
        connection.execute("alter table staff_session disable trigger user")
        connection.execute("update staff_session set confirmed_at = now() - interval '20 minutes'")
        connection.execute("alter table staff_session enable trigger user")
    page.goto("/tokens")
    page.fill("#name", "A dashboard")
    page.get_by_role("button", name="Make the token").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it still you?")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Is it still you?")
    page.locator("main button[type=submit]").first.click()
    assert page.locator("#made").input_value().startswith("caseflow_")


@pytest.mark.usefixtures("desk")
def test_without_javascript_the_other_ways_stay(chromium: Browser, port: int) -> None:
    context = chromium.new_context(base_url=f"http://localhost:{port}", java_script_enabled=False, locale="en-GB")
    page = context.new_page()
    page.goto("/sign-in")
    expect(page.get_by_text("A passkey needs JavaScript")).to_be_visible()
    expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)
    sign_in_by_password(page)
    expect(page).to_have_url("/desk")
    context.close()
