"""Signing in through an OpenID provider: what a token must say, who it is here, and that it gives no role."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
import requests
from joserfc.jwk import RSAKey

from tests.office import Office, open_office
from tests.openid_provider import CLIENT_ID, CLIENT_SECRET, Provider, running
from tests.site import PASSWORD, Page, Site, Visitor, build_site


@pytest.fixture(scope="module")
def keys() -> tuple[RSAKey, RSAKey]:
    return RSAKey.generate_key(2048, {"kid": "k1"}), RSAKey.generate_key(2048, {"kid": "k1"})


@pytest.fixture
def provider(keys: tuple[RSAKey, RSAKey]) -> Iterator[Provider]:
    with running(Provider(key=keys[0])) as one:
        yield one


@pytest.fixture
def office(database_url: str, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    for name, value in {
        "CASEFLOW_ADDRESS": "http://localhost",
        "CASEFLOW_OIDC_ISSUER": provider.issuer,
        "CASEFLOW_OIDC_CLIENT_ID": CLIENT_ID,
        "CASEFLOW_OIDC_CLIENT_SECRET": CLIENT_SECRET,
    }.items():
        monkeypatch.setenv(name, value)
    built = open_office(database_url)
    yield built
    built.application.close()


@pytest.fixture
def site(office: Office) -> Site:
    return build_site(office)


def come_back(visitor: Visitor) -> Page | str:
    """Press the button, be sent to the provider and come back; return the page, or where one is led."""
    away = visitor.client.get("/sign-in/openid")
    assert away.status_code == 302
    return returned(visitor, sent_back(away.location))


def sent_back(address: str) -> str:
    back = requests.get(address, allow_redirects=False, timeout=5).headers["Location"]
    assert back.startswith("http://localhost/sign-in/openid/back?")
    return back.removeprefix("http://localhost")


def returned(visitor: Visitor, path: str) -> Page | str:
    answer = visitor.client.get(path)
    return answer.location if answer.status_code == 302 else Page(answer)


def bind(visitor: Visitor) -> None:
    assert come_back(visitor) == "/sign-in/openid/confirm"
    page = visitor.get("/sign-in/openid/confirm")
    answer = visitor.send(page.form_to("/sign-in/openid/confirm"), password=PASSWORD)
    assert answer.location == "/"


def rows(site: Site, statement: str) -> list[Any]:
    with psycopg.connect(site.office.database_url) as connection:
        return connection.execute(statement.encode()).fetchall()


def test_the_first_sign_in_is_confirmed_with_the_password_and_the_next_needs_none(site: Site) -> None:
    visitor = site.visitor()
    assert "/sign-in/openid" in visitor.get("/sign-in").links()
    assert come_back(visitor) == "/sign-in/openid/confirm"
    page = visitor.get("/sign-in/openid/confirm")
    assert "belongs to officer here" in page.text
    form = page.form_to("/sign-in/openid/confirm")
    wrong = visitor.send_page(form, password="wrong")
    assert wrong.status == 422
    assert rows(site, "select count(*) from staff_identity") == [(0,)]
    assert visitor.client.get("/desk").status_code == 302
    assert visitor.send(wrong.form_to("/sign-in/openid/confirm"), password=PASSWORD).location == "/"
    again = site.visitor()
    assert come_back(again) == "/"
    assert again.get("/desk").status == 200
    assert rows(site, "select methods from staff_session order by id") == [(["password"],), (["openid"],)]
    assert rows(site, "select count(*) from audit_event where action = 'openid_bound'") == [(1,)]


def test_the_request_names_state_nonce_and_a_challenge(site: Site, provider: Provider) -> None:
    first, second = site.visitor(), site.visitor()
    come_back(first)
    come_back(second)
    asked = provider.asked
    assert {one["code_challenge_method"] for one in asked} == {"S256"}
    assert {one["response_type"] for one in asked} == {"code"}
    for name in ("state", "nonce", "code_challenge"):
        assert len({one[name] for one in asked}) == 2
        assert all(len(one[name]) >= 43 for one in asked)


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"nonce": None},
        {"aud": "another"},
        {"aud": ["caseflow", "another"]},
        {"aud": ["caseflow", "another"], "azp": "another"},
        {"aud": None},
        {"iss": "https://login.example.org"},
        {"iss": None},
        {"exp": int(time.time()) - 60},
        {"exp": None},
        {"iat": int(time.time()) + 3600},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
    ],
)
def test_a_token_that_says_something_else_is_refused(site: Site, provider: Provider, claims: dict[str, Any]) -> None:
    bind(site.visitor())
    provider.claims = claims
    visitor = site.visitor()
    page = come_back(visitor)
    assert isinstance(page, Page)
    assert page.status == 422
    assert "proves nothing" in page.text
    assert visitor.client.get("/desk").status_code == 302
    assert rows(site, "select count(*) from audit_event where action = 'openid_refused'") == [(1,)]


@pytest.mark.parametrize("alg", ["none", "other key"])
def test_a_token_that_the_provider_did_not_sign_is_refused(
    site: Site, provider: Provider, keys: tuple[RSAKey, RSAKey], alg: str
) -> None:
    bind(site.visitor())
    if alg == "none":
        provider.alg = "none"
    else:
        provider.signs_with = keys[1]
    page = come_back(site.visitor())
    assert isinstance(page, Page)
    assert page.status == 422


def test_another_state_no_state_and_the_answer_of_another_browser_are_refused(site: Site) -> None:
    bind(site.visitor())
    mine, theirs = site.visitor(), site.visitor()
    back = sent_back(str(mine.client.get("/sign-in/openid").location))
    for visitor, path in ((theirs, back), (site.visitor(), "/sign-in/openid/back"), (mine, back + "x")):
        page = returned(visitor, path.replace("state=", "state=x") if path.endswith("x") else path)
        assert isinstance(page, Page)
        assert page.status == 422
    # The state of a browser is used up by the first answer, be it a wrong one.
    page = returned(mine, back)
    assert isinstance(page, Page)
    assert page.status == 422


def test_a_code_signs_in_once(site: Site) -> None:
    visitor = site.visitor()
    bind(visitor)
    again = site.visitor()
    back = sent_back(str(again.client.get("/sign-in/openid").location))
    assert returned(again, back) == "/"
    page = returned(again, back)
    assert isinstance(page, Page)
    assert page.status == 422


def test_nobody_is_created_and_no_claim_gives_a_role(site: Site, provider: Provider) -> None:
    before = site.counts()["staff"]
    provider.login, provider.subject = "newcomer", "person-9"
    provider.claims = {"roles": ["supervisor"], "groups": ["administrator"]}
    page = come_back(site.visitor())
    assert isinstance(page, Page)
    assert "Nobody here is known" in page.text
    assert site.counts()["staff"] == before
    provider.login, provider.subject = "officer", "person-1"
    visitor = site.visitor()
    bind(visitor)
    assert visitor.client.get("/staff").status_code == 403
    assert rows(site, "select count(*) from staff_role") == [(14,)]


def test_a_bound_subject_is_that_person_whatever_login_it_claims_later(site: Site, provider: Provider) -> None:
    bind(site.visitor())
    provider.login = "supervisor"
    visitor = site.visitor()
    assert come_back(visitor) == "/"
    assert "Officer" in visitor.get("/desk").text
    # And somebody else at the provider cannot become who is bound already.
    provider.login, provider.subject = "officer", "person-2"
    other = site.visitor()
    assert come_back(other) == "/sign-in/openid/confirm"
    form = other.get("/sign-in/openid/confirm").form_to("/sign-in/openid/confirm")
    assert other.send_page(form, password=PASSWORD).status == 422
    assert other.client.get("/desk").status_code == 302


def test_who_left_does_not_come_in(site: Site) -> None:
    bind(site.visitor())
    with psycopg.connect(site.office.database_url) as connection:
        connection.execute("update staff set active = false where login = 'officer'")
    page = come_back(site.visitor())
    assert isinstance(page, Page)
    assert "Nobody here is known" in page.text


@pytest.mark.parametrize(
    ("claims", "leads_to"),
    [
        ({}, "/sign-in/enrol"),
        ({"amr": ["pwd"]}, "/sign-in/enrol"),
        ({"amr": "mfa"}, "/sign-in/enrol"),
        ({"amr": ["pwd", "mfa"]}, "/"),
        ({"acr": "phr"}, "/"),
        ({"acr": "1"}, "/sign-in/enrol"),
    ],
)
def test_in_production_the_providers_factor_counts_only_where_it_says_so(
    site: Site, provider: Provider, claims: dict[str, Any], leads_to: str
) -> None:
    bind(site.visitor())
    with psycopg.connect(site.office.database_url) as connection:
        connection.execute("alter table installation disable trigger user")
        connection.execute("update installation set kind = 'production', date_shift_days = 0")
    provider.claims = claims
    assert come_back(site.visitor()) == leads_to


def test_the_binding_can_be_taken_back(site: Site) -> None:
    visitor = site.visitor()
    bind(visitor)
    page = visitor.get("/my-sign-in")
    [form] = [one for one in page.forms() if one.action.startswith("/my-sign-in/openid/")]
    assert "You were bound to an account of the sign-in provider." in visitor.get("/inbox").text
    assert visitor.send(form).location == "/my-sign-in"
    assert visitor.send(form).status_code == 404
    assert "The binding to your account of the sign-in provider was taken back." in visitor.get("/inbox").text
    assert come_back(site.visitor()) == "/sign-in/openid/confirm"


def test_a_provider_that_refuses_or_is_away_is_said(site: Site, provider: Provider) -> None:
    provider.refuses = "access_denied"
    page = come_back(site.visitor())
    assert isinstance(page, Page)
    assert page.status == 422
    site.office.application.__dict__.pop("openid", None)
    issuer, provider.issuer = provider.issuer, "http://127.0.0.1:1"
    answer = site.visitor().client.get("/sign-in/openid")
    assert answer.status_code == 503
    provider.issuer = issuer


def test_an_address_the_person_wanted_is_kept_and_a_foreign_one_is_not(site: Site) -> None:
    bind(site.visitor())
    for wanted, leads_to in (("/cases", "/cases"), ("https://example.org/", "/"), ("//example.org", "/")):
        visitor = site.visitor()
        away = visitor.client.get("/sign-in/openid", query_string={"next": wanted})
        assert urlsplit(str(away.location)).path == "/authorize"
        assert returned(visitor, sent_back(str(away.location))) == leads_to
