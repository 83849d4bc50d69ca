"""Whose address is counted and which scheme is believed, with and without proxies in front."""

from __future__ import annotations

from dataclasses import replace
from http.client import HTTPConnection
from pathlib import Path

import pytest
from flask import request

from caseflow.web.api_access import REFUSALS_A_MINUTE
from caseflow.web.app import create_app
from tests.office import Office
from tests.served import served_alone
from tests.site import PASSWORD, Site, Visitor, build_site, settings_for

WAIT = "Too many attempts were wrong"
TRIES = 5  # from one address at one login, before it waits


def behind(office: Office, proxies: int, *, https: bool = False) -> Site:
    build_site(office)
    settings = replace(settings_for(office.database_url, https=https), proxies=proxies)
    return Site(office, create_app(settings, application=office.application))


def guess(site: Site, forwarded: str) -> str:
    """Guess at the officer's password as the request comes through the proxies; return what the page says."""
    visitor: Visitor = site.visitor()
    visitor.client.environ_base["HTTP_X_FORWARDED_FOR"] = forwarded
    form = visitor.get("/sign-in").form_to("/sign-in")
    return visitor.send_page(form, login="officer", password="wrong").text


@pytest.mark.parametrize("proxies", [0, 1, 2])
def test_nobody_escapes_the_limit_of_an_address_by_a_forged_one(office: Office, proxies: int) -> None:
    site = behind(office, proxies)
    added = ["203.0.113.7", "10.0.0.2"][:proxies]  # what the proxies write behind whatever the visitor sent
    for number in range(TRIES):
        assert WAIT not in guess(site, ", ".join([f"198.51.100.{number}", *added]))
    assert WAIT in guess(site, ", ".join(["198.51.100.99", *added]))


@pytest.mark.parametrize("proxies", [1, 2])
def test_behind_a_proxy_one_guessing_visitor_locks_nobody_else_out(office: Office, proxies: int) -> None:
    site = behind(office, proxies)
    others = ["10.0.0.2"][: proxies - 1]
    for _ in range(TRIES):
        guess(site, ", ".join(["203.0.113.7", *others]))
    assert WAIT in guess(site, ", ".join(["203.0.113.7", *others]))
    assert WAIT not in guess(site, ", ".join(["203.0.113.8", *others]))


@pytest.mark.parametrize(
    ("proxies", "seen"),
    [(0, ("127.0.0.1", "http", "localhost")), (1, ("203.0.113.7", "https", "cases.example.org"))],
)
def test_headers_of_a_proxy_count_only_where_one_is_named(
    office: Office, proxies: int, seen: tuple[str, str, str]
) -> None:
    site, met = behind(office, proxies), []

    def note() -> None:
        met.append((request.remote_addr, request.scheme, request.host))

    site.app.before_request(note)
    site.app.test_client().get(
        "/sign-in",
        headers={
            "X-Forwarded-For": "198.51.100.1, 203.0.113.7",
            "X-Forwarded-Proto": "ftp, https",
            "X-Forwarded-Host": "evil.example, cases.example.org",
            "X-Forwarded-Prefix": "/evil",
            "X-Forwarded-Port": "99",
            "Forwarded": "for=198.51.100.2;proto=https;host=evil.example",
        },
    )
    assert met == [seen]


def test_behind_a_proxy_that_speaks_tls_the_referrer_of_a_form_is_compared_with_the_public_name(office: Office) -> None:
    visitor = behind(office, 1, https=True).visitor()
    told = visitor.client.environ_base
    told |= {"HTTP_X_FORWARDED_PROTO": "https", "HTTP_X_FORWARDED_HOST": "cases.example.org"}
    form = visitor.get("/sign-in").form_to("/sign-in")
    told["HTTP_REFERER"] = "https://evil.example/sign-in"
    assert visitor.send(form, login="officer", password=PASSWORD).status_code == 400
    told["HTTP_REFERER"] = "https://cases.example.org/sign-in"
    assert visitor.send(form, login="officer", password=PASSWORD).status_code == 302


@pytest.mark.parametrize(("proxies", "waits"), [("0", True), ("1", False)])
def test_the_server_hands_on_what_a_proxy_says_where_one_is_named(
    office: Office, tmp_path: Path, proxies: str, waits: bool
) -> None:
    """A program whose token is wrong waits after thirty; each of these comes from another address, says the proxy."""
    with served_alone(office, tmp_path, CASEFLOW_PROXIES=proxies) as (address, _process):
        calling = HTTPConnection(address.removeprefix("http://"), timeout=30)
        met = set()
        for number in range(REFUSALS_A_MINUTE + 2):
            headers = {"Authorization": "Bearer caseflow_wrong", "X-Forwarded-For": f"203.0.113.{number}"}
            calling.request("GET", "/api/v1/cases", headers=headers)
            answer = calling.getresponse()
            answer.read()
            met.add(answer.status)
        calling.close()
    assert met == ({401, 429} if waits else {401})
