"""Every route for every role of two offices: each gets what its permission says, and nothing of the other office.

The routes and what they ask come from the running app, so a new route is tried without being listed here; one with an
argument that nothing below gives an example for fails by name. The two offices are made once and each role signs in
once, because what is proven takes thousands of requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg
import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from caseflow import bootstrap
from caseflow.domain.access import Actor, Permission, may
from caseflow.services.api_tokens import AskedToken
from caseflow.services.ports import NewStaff
from caseflow.web.person_access import PERSON
from caseflow.web.security import PUBLIC, declared_access
from tests.conftest import Servers, drop_database, recreate_database, with_database
from tests.filled import ADDRESS, CONTACT, IDENTITY, PARTY, filled
from tests.office import STAFF, Office, open_office
from tests.site import Site, Visitor, build_site

# What says who the person is, whole or in part; no page of another office holds any of it.
WHO = (PARTY, IDENTITY, f"*{IDENTITY[-4:]}", CONTACT, ADDRESS)
ROLES = ("officer", "reviewer", "approver", "cashier", "payer", "liaison", "auditor", "supervisor", "administrator")
# Arguments that name no row of an office: what they lead to is the same for every office, or the reader's own.
GENERAL = {
    "regime": "two_illegal",
    "name": "check_report",
    "language": "en",
    "day": "2026-10-01",
    "kind": "event",
    "line": "income",
    "code": "1201",
    "filename": "site.css",
    "secret": "x" * 43,
}
# Where the rows are that the other arguments name; the longest beginning of the route's address that fits counts.
ROWS = {
    "case_id": {"": "select min(id) from cases"},
    "position": {"": "select max(position) from submission_file"},
    "submission_id": {"": "select max(id) from submission"},
    "staff_id": {"": "select id from staff where login = 'reviewer2'"},
    "grant_id": {"": "select max(id) from role_grant where confirmed_at is null"},
    "token_id": {"": "select min(id) from api_token"},
    "passkey_id": {"": "select max(id) from passkey"},
    "identity_id": {"": "select max(id) from staff_identity"},
    "session_id": {"": "select s.id from staff_session s join staff p on p.id = s.staff_id where p.login = 'officer2'"},
    "approval_id": {"": "select max(id) from read_approval"},
    "number": {
        "/cases/number/": "select number from cases order by id limit 1",
        "/record/": "select max(id) from audit_event where office_id = (select min(office_id) from staff)",
        "/imports/": "select max(number) from casebook_row",
        "/health/": "select 1",
    },
    "file_id": {
        "/cases/": "select max(id) from case_file",
        "/bank/": "select max(id) from bank_file",
        "/referrals/": "select max(id) from court_reply_file",
    },
    "paper_id": {"": "select max(id) from paper"},
    "import_id": {"": "select max(id) from casebook_import"},
    "key": {"": "select min(key) from transfer where line = 'income'"},
    "sample_id": {"": "select max(id) from sample"},
    "finding_id": {"": "select max(id) from finding"},
    "lot_id": {"": "select min(lot_id) from receipt"},
    "no": {"": "select min(no) from receipt where lot_id = (select min(lot_id) from receipt)"},
    "line_id": {"": "select max(id) from bank_line"},
    "remittance_id": {"": "select max(id) from remittance"},
    "tree_size": {"": "select max(tree_size) from signed_head"},
    "substitution_id": {"": "select max(id) from substitution"},
    "batch_id": {"": "select max(id) from withdrawal_batch"},
    "run_id": {"": "select max(id) from wind_down_run", "/retention/": "select max(id) from retention_run"},
    "hold_id": {"": "select max(id) from legal_hold"},
    "appropriation_id": {"": "select max(id) from appropriation"},
    "commitment_id": {"": "select max(id) from commitment"},
    "order_id": {"": "select max(id) from payment_order"},
    "subject_id": {
        "/spending/": "select max(id) from appropriation",
        "/spending/commitments/": "select max(id) from commitment",
        "/spending/payments/": "select max(id) from payment_order",
    },
}
# They answer by a notice and a way back, whatever they were asked for.
ANSWERED_BY_A_NOTICE = ("/health/notices/", "/health/mail/", "/my-sign-in/sessions/")
# The key and the number of a record are looked for among the office's own; a head belongs to all offices.
OF_ALL_OFFICES = ("/record/heads/",)
# The view itself asks for more than the permission of the route, and refuses these roles: the liaison sees nothing of
# the investigation, and a run of the wind-down goes on by who prepares or approves one.
_FILE = "/cases/<int:case_id>/files/<int:file_id>"
STRICTER = frozenset(
    {
        *((role, "POST", "/wind-down/runs/<int:run_id>/go-on") for role in ("reviewer", "liaison", "auditor")),
        ("liaison", "POST", f"{_FILE}/download"),
        ("liaison", "POST", f"{_FILE}/withdraw"),
        ("liaison", "GET", f"{_FILE}/withdraw"),
        # The grant of the example was proposed by this administrator, who does not confirm it too.
        ("administrator", "POST", "/grants/<int:grant_id>/confirm"),
    }
)


@dataclass(frozen=True)
class Try:
    method: str
    rule: Rule
    address: str
    wanted: Permission | str
    named: bool

    def by(self, visitor: Visitor, token: str, key: str = "") -> TestResponse:
        # A program shows its token where the API is, and a browser its session everywhere else.
        headers = {"Authorization": f"Bearer {key}"} if self.rule.rule.startswith("/api/") and key else {}
        if self.method == "GET":
            return visitor.client.get(self.address, headers=headers)
        return visitor.client.post(self.address, data={"csrf_token": token}, headers=headers)


def text_of(answer: TestResponse) -> str:
    """Return what an answer holds as text; of a file, what of it can be read so."""
    return answer.get_data().decode(errors="replace")


@dataclass(frozen=True)
class SignedIn:
    """Somebody of a role with their browser, the token of its forms, and their token of the API."""

    role: str
    actor: Actor
    visitor: Visitor
    token: str
    key: str

    def tries(self, one: Try) -> TestResponse:
        return one.by(self.visitor, self.token, self.key)


@dataclass
class TwoOffices:
    site: Site
    own: list[SignedIn]
    others: list[SignedIn]
    tries: list[Try] = field(default_factory=list)
    of_persons: list[Try] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def two(servers: Servers, office_template: str, worker_id: str) -> Iterator[TwoOffices]:
    """An office with rows of every kind that is made cheaply, and staff of every role in it and in another."""
    name = f"matrix_{office_template}_{worker_id}"
    recreate_database(servers, name, office_template)
    office = open_office(with_database(servers.admin_url, name, servers.owner))
    try:
        site = build_site(office)
        filled(site)
        others = _other_office(office)
        build_site(office)  # they have the same password
        own = {role: office.actors[role] for role in ROLES}
        site.sign_in("officer2")  # whose session is nobody else's to end
        made = TwoOffices(site, [_signed_in(site, *one) for one in own.items()], [])
        made.others = [_signed_in(site, role, actor) for role, actor in others.items()]
        with psycopg.connect(office.database_url) as connection:
            tries = _tries(site, connection)
            made.numbers = [str(number) for (number,) in connection.execute("select number from cases")]
        made.tries = [one for one in tries if one.wanted != PERSON]
        made.of_persons = [one for one in tries if one.wanted == PERSON]
        yield made
    finally:
        office.application.close()
        drop_database(servers, name)


def _other_office(office: Office) -> dict[str, Actor]:
    with office.application.store.begin() as work:
        other = work.staff.add_office("OTHER", "Other County", "他县", bootstrap.setup_event("other"))
        work.ledger.open_accounts(other, bootstrap.shipped_chart().accounts)
        for role in ROLES:
            login = f"other_{role}"
            new = NewStaff(other, login, login, login, "", (STAFF[role],))
            work.staff.add(new, bootstrap.setup_event(login))
        work.commit()
    with office.application.store.begin() as work:
        found = {role: work.staff.by_login(f"other_{role}") for role in ROLES}
    return {role: member.actor for role, member in found.items() if member is not None}


def _signed_in(site: Site, role: str, actor: Actor) -> SignedIn:
    visitor = site.sign_in(actor.login)
    token = visitor.get("/law").form_to("/sign-out").values["csrf_token"]
    asked = AskedToken(STAFF[role].value, "matrix", "1", f"matrix-{actor.login}")
    return SignedIn(role, actor, visitor, token, site.office.application.api_tokens.make(actor, asked))


def _tries(site: Site, connection: psycopg.Connection[tuple[object, ...]]) -> list[Try]:
    declared = declared_access(site.app)
    tries = []
    for rule in site.app.url_map.iter_rules():
        wanted = declared[rule.endpoint]
        assert wanted is not None, f"{rule.rule} declares no access"
        if wanted == PUBLIC or rule.rule == "/sign-out":
            continue
        # What a person's address names is counted within their own case.
        values = {name: 1 if name in ("no", "case_no") and wanted == PERSON else _example(connection, rule, name)
                  for name in rule.arguments}  # fmt: skip
        built = rule.build(values, append_unknown=False)
        assert built is not None, f"{rule.rule} takes other arguments than {values}"
        named = bool(set(rule.arguments) - set(GENERAL)) and not rule.rule.startswith(OF_ALL_OFFICES)
        methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        tries += [Try(method, rule, built[1], wanted, named) for method in methods]
    return tries


def _example(connection: psycopg.Connection[tuple[object, ...]], rule: Rule, name: str) -> object:
    if name in GENERAL:
        return GENERAL[name]
    places = [place for place in ROWS.get(name, {}) if rule.rule.startswith(place)]
    assert places, f"no example for argument {name} of route {rule.rule}"
    row = connection.execute(ROWS[name][max(places, key=len)].encode()).fetchone()
    # Where the office has no such row, the first of its kind that there could be.
    return row[0] if row is not None and row[0] is not None else 1


def _living(two: TwoOffices) -> int:
    with psycopg.connect(two.site.office.database_url) as connection:
        living = f"{ROWS['session_id']['']} and s.ended_at is null"
        return connection.execute(living.encode()).rowcount


def test_the_other_office_gets_nothing_of_it(two: TwoOffices) -> None:
    wrong = []
    before, open_before = two.site.counts(), _living(two)
    for who in two.others:
        for one in two.tries:
            if one.method == "POST" and not one.named:
                continue  # their own office's business
            answer = who.tries(one)
            body = text_of(answer)
            # 400: the form is no form of ours, which is said before anything is looked for.
            allowed = (400, 403, 404) if one.named else (200, 302, 403, 404, 409, 422)
            noticed = one.rule.rule.startswith(ANSWERED_BY_A_NOTICE) and answer.status_code == 302
            answer.close()
            shown = [word for word in (*WHO, *two.numbers) if word in body.replace(one.address, "")]
            if (answer.status_code not in allowed and not noticed) or shown:
                wrong.append((who.role, one.method, one.address, answer.status_code, shown))
    assert _living(two) == open_before > 0, "nobody ended a session of the other office"
    after = two.site.counts()
    changed = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
    # A program's first call of a day is in the record, and nothing else happened.
    assert changed.pop("audit_event", (0, 0))[1] - before["audit_event"] <= len(ROLES)
    assert (wrong, changed) == ([], {}), "\n".join(map(str, (*wrong, changed)))


def test_who_is_not_signed_in_gets_nothing(two: TwoOffices) -> None:
    visitor = two.site.visitor()
    token = visitor.get("/sign-in").form_to("/sign-in").values["csrf_token"]
    before = two.site.counts()
    for one in (*two.tries, *two.of_persons):
        answer = one.by(visitor, token)
        door = "/my-case/sign-in" if one.wanted == PERSON else "/sign-in"
        led = answer.status_code == 302 and answer.location.startswith(door)
        refused = 401 if one.rule.rule.startswith("/api/") else 403
        assert led or answer.status_code == refused, (one.method, one.address, answer.status_code)
        assert not [word for word in WHO if word in text_of(answer)], one.address
    assert two.site.counts() == before


def test_no_desk_gets_what_is_the_persons(two: TwoOffices) -> None:
    for who in (*two.own, *two.others):
        for one in two.of_persons:
            answer = who.tries(one)
            assert answer.status_code in (302, 403), (who.role, one.method, one.address, answer.status_code)
            assert not [word for word in WHO if word in text_of(answer)], one.address


def test_each_role_gets_exactly_what_its_permission_says(two: TwoOffices) -> None:
    wrong, seen = [], set()
    for who in two.own:
        # One of the tries revokes the token of who tries it: that one last.
        for one in sorted(two.tries, key=lambda one: one.rule.rule.endswith("/revoke")):
            answer = who.tries(one)
            assert isinstance(one.wanted, Permission)
            refused = not may(who.actor, one.wanted) or (who.role, one.method, one.rule.rule) in STRICTER
            if answer.status_code >= 500 or (answer.status_code == 403) is not refused:
                wrong.append((who.role, one.method, one.rule.rule, answer.status_code))
            seen |= {word for word in WHO if word in text_of(answer)}
            answer.close()
    assert wrong == [], "\n".join(map(str, wrong))
    assert seen >= {*WHO} - {IDENTITY}, "what no other office may see is on pages of this one"


def test_the_matrix_covers_every_closed_route(two: TwoOffices) -> None:
    closed = {endpoint for endpoint, wanted in declared_access(two.site.app).items() if wanted != PUBLIC}
    assert {one.rule.endpoint for one in (*two.tries, *two.of_persons)} == closed - {"sign_in.leave"}
    assert {STAFF[who.role] for who in two.own} == {STAFF[who.role] for who in two.others} == set(STAFF.values())
