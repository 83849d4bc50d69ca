"""The API as a program meets it: which token opens what, and that nothing else opens anything."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

import psycopg
import pytest
from werkzeug.test import TestResponse

from caseflow.domain.access import Role
from caseflow.services.api_tokens import AskedToken
from caseflow.services.desks import GROUP_SIZE
from caseflow.web.api_access import CALLS_A_MINUTE, Allowance
from tests.office import STAFF
from tests.site import Site
from tests.web.test_calendar_feeds import case_of_another_office, filed, write

# Per role: token, desk, cases, a case, the income line, the expenditure line, an account, law.
PATHS = (
    "/token", "/desk", "/cases", "/cases/{case}", "/ledger/income/trial-balance", "/ledger/expenditure/trial-balance",
    "/ledger/accounts/1201", "/law", "/law/due?rule=P5&on=2026-03-02",
)  # fmt: skip
READS_CASES = (200, 200, 200, 200, 403, 403, 403, 200, 200)
MATRIX: Mapping[str, tuple[int, ...]] = {
    "officer": READS_CASES,
    "reviewer": READS_CASES,
    "approver": READS_CASES,
    "liaison": READS_CASES,
    "cashier": (200, 200, 200, 200, 200, 403, 200, 200, 200),
    "auditor": (200,) * 9,
    "supervisor": (200,) * 9,
    "payer": (200, 403, 403, 403, 403, 403, 403, 200, 200),
    "administrator": (200, 403, 403, 403, 403, 403, 403, 200, 200),
}


def token_of(site: Site, login: str, role: str = "") -> str:
    asked = AskedToken(role or STAFF[login].value, "A dashboard", "90", secrets.token_hex(8))
    return site.office.application.api_tokens.make(site.office.actors[login], asked)


def call(site: Site, path: str, token: str | None, **sent: Any) -> TestResponse:
    headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
    return site.visitor().client.open(f"/api/v1{path}", headers=headers, **sent)


def refused(answer: TestResponse, code: int) -> bool:
    body = answer.get_json(force=True)
    assert answer.content_type == "application/problem+json"
    assert set(body) == {"type", "title", "status", "detail"}
    assert "Traceback" not in answer.text
    return bool(answer.status_code == body["status"] == code)


@pytest.mark.parametrize("login", MATRIX)
def test_the_token_of_each_role_opens_what_the_role_reads(site: Site, login: str) -> None:
    case_id, token = filed(site), token_of(site, login)
    # Who has no task on the case says on its page why they open it; the token then opens it too.
    site.sign_in(login).get(f"/cases/{case_id}")
    answers = [call(site, path.format(case=case_id), token) for path in PATHS]
    assert tuple(one.status_code for one in answers) == MATRIX[login]
    assert all(refused(one, 403) for one in answers if one.status_code != 200)
    assert all("Set-Cookie" not in one.headers for one in answers)


def test_a_case_is_told_with_its_limits_and_money_and_a_list_names_nobody(site: Site) -> None:
    case_id, token = filed(site), token_of(site, "officer")
    told = call(site, f"/cases/{case_id}", token).get_json()
    assert told["party"] == "Harmony Clinic 和谐诊所"
    assert told["money"]["outstanding_fen"] == 0
    assert "2026-06-01" in {clock["due_on"] for clock in told["clocks"]}
    listed = call(site, "/cases", token)
    assert listed.get_json()["cases"][0]["next_due_on"] == told["clocks"][0]["due_on"]
    assert "Harmony" not in listed.text
    desk = call(site, "/desk?group=later", token)
    assert [one["id"] for one in desk.get_json()["groups"][0]["cases"]] == [case_id]
    assert "Harmony" not in desk.text


def test_the_case_list_goes_on_from_its_key(site: Site) -> None:
    made = [site.office.open() for _ in range(52)]
    token = token_of(site, "officer")
    first = call(site, "/cases", token).get_json()
    rest = call(site, f"/cases?before={first['next']}", token).get_json()
    assert [one["id"] for one in (*first["cases"], *rest["cases"])] == made[::-1]
    assert rest["next"] is None


def test_the_ledger_and_the_law_are_told_as_the_pages_tell_them(site: Site) -> None:
    token = token_of(site, "auditor")
    balance = call(site, "/ledger/income/trial-balance?as_of=2026-03-02", token).get_json()
    assert balance["debit_fen"] == balance["credit_fen"] == 0
    assert {one["side"] for one in balance["accounts"]} == {"debit", "credit"}
    due = call(site, "/law/due?rule=P5&on=2026-03-02", token).get_json()
    assert date.fromisoformat(due["due_on"]) > date(2026, 3, 2)
    assert due["explanation"][0]["zh"]
    assert refused(call(site, "/law/due?rule=NO&on=2026-03-02", token), 422)
    assert refused(call(site, "/law/due?rule=P5", token), 422)
    assert refused(call(site, "/law/due?rule=P5&on=9999-12-31", token), 422)
    assert call(site, "/law/due?rule=P5&on=2099-12-31", token).status_code == 200
    assert refused(call(site, "/law/due?on=2026-03-02", token), 422)
    assert refused(call(site, "/ledger/both/trial-balance", token), 404)
    assert refused(call(site, "/ledger/accounts/9999", token), 404)


@pytest.mark.parametrize(
    ("path", "named"),
    [
        ("/cases?before=x", "before"), ("/cases?before=", "before"), ("/cases?before=-1", "before"),
        ("/cases?phase=no", "phase"), ("/cases?phase=", "phase"), ("/cases?regime=no", "regime"),
        ("/desk?group=no", "group"), ("/desk?regime=no", "regime"),
        ("/desk?group=later&after=x", "after"), ("/desk?group=later&after=", "after"),
        ("/desk?group=later&after=2026-06-01", "after"), ("/desk?group=later&after=2026-02-30_1", "after"),
        ("/desk?group=later&after=2026-06-01_x", "after"), ("/desk?group=later&after=x_1", "after"),
        ("/desk?group=later&after=2026-06-01_99999999999999999999", "after"), ("/desk?after=2026-06-01_1", "after"),
        ("/law?on=yesterday", "on"), ("/law?on=", "on"),
        ("/cases?unknown=1", "unknown"), ("/cases?before=1&before=2", "before"), ("/cases?phase=&phase=", "phase"),
        ("/token?x", "x"), ("/law/due?rule=P5&on=2026-03-02&on=2026-03-02", "on"), ("/law/due?rule=P5&o=1", "o"),
        ("/law?on=20260101", "on"), ("/law?on=2026-W01-1", "on"), ("/law?on=%202026-01-01", "on"),
        ("/law?on=2026-01-0%EF%BC%91", "on"), ("/law/due?rule=P5&on=20260302", "on"),
        ("/cases?before=%EF%BC%91", "before"), ("/ledger/accounts/1201?as_of=20260101", "as_of"),
        ("/ledger/income/trial-balance?as_of=x", "as_of"), ("/ledger/accounts/1201?as_of=2026-13-01", "as_of"),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_read_is_named_and_nothing_is_answered_in_its_place(
    site: Site, path: str, named: str
) -> None:
    answer = call(site, path, token_of(site, "auditor"))
    assert refused(answer, 400)
    assert f"'{named}'" in answer.get_json(force=True)["detail"]


@pytest.mark.parametrize("spelt", ["%EF%BC%91", "0{case}", "%2B{case}", "{case}.0", "%20{case}"])
def test_a_case_has_one_address(site: Site, spelt: str) -> None:
    case_id = filed(site)
    token = token_of(site, "officer")
    assert call(site, f"/cases/{case_id}", token).status_code == 200
    assert refused(call(site, f"/cases/{spelt.format(case=case_id)}", token), 404)


def test_a_group_of_the_desk_goes_on_from_its_key(site: Site) -> None:
    made = {filed(site) for _ in range(GROUP_SIZE + 2)}
    token = token_of(site, "officer")
    first = call(site, "/desk?group=later", token).get_json()["groups"][0]
    rest = call(site, f"/desk?group=later&after={first['next']}", token).get_json()["groups"][0]
    assert (len(first["cases"]), len(rest["cases"]), rest["next"]) == (GROUP_SIZE, 2, None)
    assert {one["id"] for one in (*first["cases"], *rest["cases"])} == made


def test_a_case_of_another_office_is_not_there(site: Site) -> None:
    other = case_of_another_office(site)
    for login in ("officer", "auditor", "supervisor"):
        token = token_of(site, login)
        assert refused(call(site, f"/cases/{other}", token), 404)
        assert other not in {one["id"] for one in call(site, "/cases", token).get_json()["cases"]}


@pytest.mark.parametrize("shown", [None, "", "caseflow_", "caseflow_" + "A" * 43, "x" * 5000, "caseflow_%00"])
def test_what_is_no_token_opens_nothing(site: Site, shown: str | None) -> None:
    answer = call(site, "/law", shown)
    assert refused(answer, 401)
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_session_opens_nothing_of_the_api_and_a_token_nothing_else(site: Site) -> None:
    visitor = site.sign_in("supervisor")
    assert refused(visitor.client.get("/api/v1/law"), 401)
    token = token_of(site, "supervisor")
    stranger = site.visitor().client
    answer = stranger.get("/desk", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.location) == (302, "/sign-in?next=/desk")
    # Both at once: the token alone counts.
    headers = {"Authorization": f"Bearer {token_of(site, 'payer')}"}
    assert refused(visitor.client.get("/api/v1/desk", headers=headers), 403)


def test_who_guesses_is_slowed_and_a_good_token_from_the_same_address_is_not(site: Site) -> None:
    token = token_of(site, "officer")
    codes = [call(site, "/law", f"caseflow_{secrets.token_urlsafe(32)}").status_code for _ in range(31)]
    assert codes == [401] * 30 + [429]
    assert call(site, "/law", token).status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_nothing_can_be_written(site: Site, method: str) -> None:
    token, case_id = token_of(site, "officer"), filed(site)
    call(site, "/law", token)
    before = site.counts()
    for path in ("/law", f"/cases/{case_id}", "/cases"):
        assert refused(call(site, path, token, method=method, json={}), 405)
    headers = {"Authorization": f"Bearer {token}"}
    assert site.visitor().client.open("/tokens", method=method, headers=headers).status_code in (302, 400, 405)
    assert site.counts() == before


def test_a_revoked_token_stops_at_once(site: Site) -> None:
    token = token_of(site, "officer")
    assert call(site, "/law", token).status_code == 200
    ((token_id,),) = write(site, "select id from api_token")
    site.office.application.api_tokens.revoke(site.office.actors["administrator"], token_id)
    assert refused(call(site, "/law", token), 401)


def test_a_token_stops_with_its_end(site: Site) -> None:
    living, over = kept_token(site, "1 minute"), kept_token(site, "-1 second")
    assert call(site, "/law", living).status_code == 200
    assert refused(call(site, "/law", over), 401)


def kept_token(site: Site, ends_in: str) -> str:
    """Keep a token that was made yesterday and ends ``ends_in`` from now."""
    officer, token = site.office.actors["officer"], "caseflow_" + secrets.token_urlsafe(32)
    write(
        site,
        "insert into api_token (office_id, staff_id, created_by, key, role, name, begins_with, token_hash, made_at, "
        "expires_at) values (%s, %s, %s, %s, 'officer', 'n', 'caseflow_abcd', %s, now() - interval '1 day', "
        "now() + %s::interval)",
        officer.office_id, officer.id, officer.id, token, hashlib.sha256(token.encode()).digest(), ends_in,
    )  # fmt: skip
    return token


def test_a_token_stops_when_its_owner_leaves_or_loses_the_role(site: Site) -> None:
    officer = site.office.actors["officer2"]
    with psycopg.connect(site.office.database_url, autocommit=True) as connection:
        # Only an extra role can be taken from somebody here: the last one of a person stays.
        connection.execute("insert into staff_role (staff_id, role) values (%s, 'reviewer')", (officer.id,))
        both = site.office.application.staff.signed_in(officer.id)
        assert both is not None
        asked = AskedToken("reviewer", "A dashboard", "90", secrets.token_hex(8))
        as_reviewer = site.office.application.api_tokens.make(both, asked)
        as_officer = token_of(site, "officer2")
        assert call(site, "/token", as_reviewer).get_json()["role"] == "reviewer"
        connection.execute("delete from staff_role where staff_id = %s and role = 'reviewer'", (officer.id,))
        assert refused(call(site, "/law", as_reviewer), 401)
        assert call(site, "/law", as_officer).status_code == 200
        connection.execute("update staff set active = false where id = %s", (officer.id,))
        assert refused(call(site, "/law", as_officer), 401)


def test_a_role_that_is_lent_gives_no_token_and_a_token_lends_nothing(site: Site) -> None:
    payer = site.office.actors["payer"]
    token = token_of(site, "payer")
    write(
        site,
        "insert into substitution (office_id, away_id, substitute_id, from_on, until_on, reason, made_by, "
        "idempotency_key) values (%s, %s, %s, '2026-03-01', '2026-03-09', 'leave', %s, 'k')",
        payer.office_id, site.office.actors["reviewer"].id, payer.id, site.office.actors["administrator"].id,
    )  # fmt: skip
    now = site.office.application.staff.signed_in(payer.id)
    assert now is not None
    assert Role.REVIEWER in now.roles
    assert refused(call(site, "/cases", token), 403)


def test_the_day_of_the_last_use_is_kept_once(site: Site) -> None:
    token = token_of(site, "officer")
    assert write(site, "select last_used_on from api_token") == [(None,)]
    for _ in range(3):
        assert call(site, "/law", token).status_code == 200
    today = site.office.application.time.real_today()
    assert write(site, "select last_used_on from api_token") == [(today,)]
    assert write(site, "select count(*) from audit_event where action = 'api_token_used'") == [(1,)]


def test_calls_are_counted_by_the_minute(site: Site) -> None:
    token = token_of(site, "officer")
    codes = [call(site, "/token", token).status_code for _ in range(CALLS_A_MINUTE + 1)]
    assert codes == [200] * CALLS_A_MINUTE + [429]
    last = call(site, "/token", token)
    assert refused(last, 429)
    assert last.headers["Retry-After"] == "60"
    assert call(site, "/token", token_of(site, "reviewer")).status_code == 200


def test_an_allowance_begins_anew_after_a_minute() -> None:
    now = [0.0]
    allowance = Allowance(lambda: now[0])
    assert [allowance.take("a", 2) for _ in range(3)] == [True, True, False]
    assert allowance.take("b", 2)
    now[0] = 59.9
    assert not allowance.take("a", 2)
    now[0] = 60.1
    assert allowance.take("a", 2)


def test_the_description_is_that_of_the_routes(site: Site) -> None:
    described = site.visitor().client.get("/api/v1/openapi.json").get_json()
    routes = {
        rule.rule.replace("<int:", "{").replace("<", "{").replace(">", "}")
        for rule in site.app.url_map.iter_rules()
        if rule.rule.startswith("/api/")
    }
    assert set(described["paths"]) == routes - {"/api/v1/openapi.json"}
    assert "names it" in described["paths"]["/api/v1/desk"]["get"]["responses"]["400"]["description"]
    assert "400" in described["info"]["description"]
    schemas = described["components"]["schemas"]
    case_id, token = filed(site), token_of(site, "auditor")
    site.sign_in("auditor").get(f"/cases/{case_id}")
    for path, methods in described["paths"].items():
        asked = path.replace("{case_id}", str(case_id)).replace("{line}", "income").replace("{code}", "1201")
        asked = asked.removeprefix("/api/v1") + ("?rule=P5&on=2026-03-02" if path.endswith("due") else "")
        answer = call(site, asked, token)
        assert answer.status_code == 200
        name = methods["get"]["responses"]["200"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
        assert set(answer.get_json()) == set(schemas[name]["properties"])
        assert methods["get"]["summary"]
