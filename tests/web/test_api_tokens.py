"""The page of API tokens: a token is shown once, kept as a hash, and revoked by its owner or the administrator."""

from __future__ import annotations

import hashlib

import pytest

from tests.site import Page, Site, Visitor
from tests.web.test_calendar_feeds import write


def make(visitor: Visitor, name: str = "A dashboard", **typed: str) -> Page:
    return visitor.send_page(visitor.get("/tokens").form_to("/tokens"), name=name, **typed)


def test_a_token_is_shown_once_and_kept_as_a_hash(site: Site) -> None:
    officer = site.sign_in("officer")
    assert "You have made no token" in officer.get("/tokens").text
    page = make(officer)
    token = page.by_id("made").get("value")
    assert token.startswith("caseflow_")
    assert len(token) == len("caseflow_") + 43
    assert token not in officer.get("/tokens").html
    ((kept, everything),) = write(site, "select token_hash, to_jsonb(t)::text from api_token t")
    assert kept == hashlib.sha256(token.encode()).digest()
    assert token not in everything
    assert token not in str(write(site, "select to_jsonb(e) from audit_event e"))
    ((days,),) = write(site, "select expires_at::date - made_at::date from api_token")
    assert days == 90
    assert [one for (one,) in write(site, "select action from audit_event order by id desc limit 1")] == [
        "api_token_made"
    ]


def test_a_form_that_is_sent_twice_makes_one_token(site: Site) -> None:
    officer = site.sign_in("officer")
    form = officer.get("/tokens").form_to("/tokens")
    assert officer.send(form, name="A dashboard").status_code == 200
    again = officer.send_page(form, name="A dashboard")
    assert again.status == 409
    assert again.by_id("made") is None
    assert write(site, "select count(*) from api_token") == [(1,)]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "ok", "role": "supervisor"}, "role"),
        ({"name": "ok", "role": ""}, "role"),
        ({"name": "ok", "days": "366"}, "days"),
        ({"name": "ok", "days": "0"}, "days"),
        ({"name": "ok", "days": "²"}, "days"),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_kept(site: Site, typed: dict[str, str], field: str) -> None:
    page = make(site.sign_in("officer"), **typed)
    assert page.status == 422
    assert page.by_id(field).get("aria-invalid") == "true"
    kept = page.form_to("/tokens").values
    assert all(kept[name] == value for name, value in typed.items() if name != "role")
    assert write(site, "select count(*) from api_token") == [(0,)]


def test_the_owner_revokes_a_token(site: Site) -> None:
    officer = site.sign_in("officer")
    make(officer)
    [link] = [one for one in officer.get("/tokens").links() if one.endswith("/revoke")]
    asked = officer.get(link)
    assert "stops at once and for ever" in asked.text
    assert officer.send(asked.form_to(link)).location == "/tokens"
    assert "revoked on" in officer.get("/tokens").text
    # Once more, from another window.
    assert officer.send(asked.form_to(link)).status_code == 302
    assert write(site, "select count(*) from audit_event where action = 'api_token_revoked'") == [(1,)]
    assert "Back to the tokens" in officer.get(link).text


def test_the_administrator_sees_and_revokes_every_token_of_the_office_and_no_colleague_does(site: Site) -> None:
    make(site.sign_in("officer"), "The officer's own")
    ((token_id,),) = write(site, "select id from api_token")
    colleague = site.sign_in("officer2")
    assert colleague.get(f"/tokens/{token_id}/revoke").status == 404
    assert colleague.client.post(f"/tokens/{token_id}/revoke").status_code == 400  # no form token
    form = colleague.get("/tokens").form_to("/tokens")
    form.action = f"/tokens/{token_id}/revoke"
    assert colleague.send(form).status_code == 404
    assert colleague.get("/tokens/office").status == 403
    administrator = site.sign_in("administrator")
    listed = administrator.get("/tokens/office")
    assert "The officer's own" in listed.text
    [link] = [one for one in listed.links() if "/revoke" in one]
    asked = administrator.get(link)
    [form] = [one for one in asked.forms() if "revoke" in one.action]
    assert administrator.send(form).location == "/tokens/office"
    assert write(site, "select revoked_by from api_token") == [(site.office.actors["administrator"].id,)]


def test_nobody_keeps_more_than_twenty_in_use(site: Site) -> None:
    officer = site.sign_in("officer")
    form = officer.get("/tokens").form_to("/tokens")
    for number in range(20):
        assert officer.send(form, name="n", key=f"k{number}").status_code == 200
    page = officer.send_page(form, name="n", key="k20")
    assert page.status == 422
    assert "You have 20 tokens in use" in page.text
