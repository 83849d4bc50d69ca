"""Every route for every role of two offices: each gets what its permission says, and nothing of the other office.

The routes and what they ask come from the running app, so a new route is tried without being listed here; one with an
argument that nothing below gives an example for fails by name.
"""

from __future__ import annotations

import io
from dataclasses import dataclass

import psycopg
import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from caseflow import bootstrap
from caseflow.domain.access import Actor, Permission, Role, may
from caseflow.domain.case_files import Purpose
from caseflow.services.case_files import AddFile
from caseflow.services.ports import NewStaff
from caseflow.web.security import PUBLIC, declared_access
from tests.casebook import remitted
from tests.cashier import opened, pays, served
from tests.expenditure import prepared
from tests.office import Office
from tests.site import Site, Visitor, build_site

PARTY = "Harmony Clinic"
# Arguments that name no row of an office: what they lead to is the same for every office, or the reader's own.
GENERAL = {
    "regime": "two_illegal",
    "name": "check_report",
    "language": "en",
    "day": "2026-10-01",
    "kind": "event",
    "code": "1201",
    "filename": "site.css",
    "secret": "x" * 43,
}
# Where the rows are that the other arguments name; the longest beginning of the route's address that fits counts.
ROWS = {
    "case_id": {"": "select id from cases order by id limit 1"},
    "number": {
        "/cases/number/": "select number from cases order by id limit 1",
        "/record/": "select max(id) from audit_event where office_id is not null",
        "/imports/": "select 1",
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
    "run_id": {"": "select max(id) from wind_down_run"},
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
ANSWERED_BY_A_NOTICE = ("/health/notices/", "/health/mail/")
# The key and the number of a record are looked for among the office's own; a head belongs to all offices.
OF_ALL_OFFICES = ("/record/heads/",)
# The view itself asks for more than the permission of the route, and refuses these roles: the liaison sees nothing of
# the investigation, a run of the wind-down goes on by who prepares or approves one, a chart shows what its reader may.
_FILE = "/cases/<int:case_id>/files/<int:file_id>"
STRICTER = frozenset(
    {
        *((role, "POST", "/wind-down/runs/<int:run_id>/go-on") for role in ("reviewer", "liaison", "auditor")),
        ("liaison", "POST", f"{_FILE}/download"),
        ("liaison", "POST", f"{_FILE}/withdraw"),
        ("liaison", "GET", f"{_FILE}/withdraw"),
        *(
            (role, "GET", f"/charts{chart}")
            for role in ("approver", "payer")
            for chart in ("", "/outstanding.svg", "/collected.svg")
        ),
        ("cashier", "GET", "/charts/appropriations.svg"),
    }
)


@dataclass(frozen=True)
class Try:
    method: str
    rule: Rule
    address: str
    wanted: Permission
    named: bool

    def by(self, visitor: Visitor, token: str) -> TestResponse:
        if self.method == "GET":
            return visitor.client.get(self.address)
        return visitor.client.post(self.address, data={"csrf_token": token})


@dataclass
class TwoOffices:
    site: Site
    tries: list[Try]
    actors: dict[Role, Actor]
    others: dict[Role, Actor]


@pytest.fixture
def two(office: Office) -> TwoOffices:
    """An office with cases, files, money and expenditure, and staff of every role in another."""
    prepared(office)
    today = office.time.day
    case_id = served(office)
    opened(office)
    pays(office, case_id, "100", "1")
    office.time.day = today
    remitted(office)
    licence = AddFile(case_id, Purpose.EVIDENCE, "The licence", None, "a.txt", io.BytesIO(b"text"), "key")
    office.application.case_files.add(office.actors["officer"], licence)
    others = _other_office(office)
    site = build_site(office)
    actors = {role: office.actors[role.value] for role in Role if role.value in office.actors}
    return TwoOffices(site, _tries(site), actors, others)


def _other_office(office: Office) -> dict[Role, Actor]:
    logins = {role: f"other_{role.value}" for role in Role if role.value in office.actors}
    with office.application.store.begin() as work:
        other = work.staff.add_office("OTHER", "Other County", "他县", bootstrap.setup_event("other"))
        work.ledger.open_accounts(other, bootstrap.shipped_chart().accounts)
        for role, login in logins.items():
            work.staff.add(NewStaff(other, login, login, login, "", (role,)), bootstrap.setup_event(login))
        work.commit()
    with office.application.store.begin() as work:
        found = {role: work.staff.by_login(login) for role, login in logins.items()}
    return {role: member.actor for role, member in found.items() if member is not None}


def _tries(site: Site) -> list[Try]:
    declared = declared_access(site.app)
    tries = []
    with psycopg.connect(site.office.database_url) as connection:
        for rule in site.app.url_map.iter_rules():
            wanted = declared[rule.endpoint]
            if not isinstance(wanted, Permission):
                assert wanted is not None, f"{rule.rule} declares no access"
                continue
            values = {name: _example(connection, rule, name) for name in rule.arguments}
            built = rule.build(values, append_unknown=False)
            assert built is not None, f"{rule.rule} takes other arguments than {values}"
            named = bool(set(rule.arguments) - set(GENERAL)) and not rule.rule.startswith(OF_ALL_OFFICES)
            methods = sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
            tries += [Try(method, rule, built[1], wanted, named) for method in methods if rule.rule != "/sign-out"]
    return tries


def _example(connection: psycopg.Connection[tuple[object, ...]], rule: Rule, name: str) -> object:
    if name in GENERAL:
        return GENERAL[name]
    places = [place for place in ROWS.get(name, {}) if rule.rule.startswith(place)]
    assert places, f"no example for argument {name} of route {rule.rule}"
    row = connection.execute(ROWS[name][max(places, key=len)].encode()).fetchone()
    # Where the office has no such row, the first of its kind that there could be.
    return row[0] if row is not None and row[0] is not None else 1


def _signed_in(site: Site, login: str) -> tuple[Visitor, str]:
    visitor = site.sign_in(login)
    return visitor, visitor.get("/law").form_to("/sign-out").values["csrf_token"]


def test_each_role_gets_exactly_what_its_permission_says(two: TwoOffices) -> None:
    wrong = []
    for role, actor in two.actors.items():
        visitor, token = _signed_in(two.site, role.value)
        for one in two.tries:
            answer = one.by(visitor, token)
            refused = not may(actor, one.wanted) or (role.value, one.method, one.rule.rule) in STRICTER
            if answer.status_code >= 500 or (answer.status_code == 403) is not refused:
                wrong.append((role.value, one.method, one.rule.rule, answer.status_code))
            answer.close()
    assert wrong == [], "\n".join(map(str, wrong))


def test_the_other_office_gets_nothing_of_it(two: TwoOffices) -> None:
    wrong = []
    before = two.site.counts()
    with psycopg.connect(two.site.office.database_url) as connection:
        numbers = [str(number) for (number,) in connection.execute("select number from cases")]
    for role in two.others:
        visitor, token = _signed_in(two.site, f"other_{role.value}")
        for one in two.tries:
            if one.method == "POST" and not one.named:
                continue  # their own office's business
            answer = one.by(visitor, token)
            body = answer.get_data(as_text=True)
            # 400: the form is no form of ours, which is said before anything is looked for.
            allowed = (400, 403, 404) if one.named else (200, 302, 403, 404, 409, 422)
            noticed = one.rule.rule.startswith(ANSWERED_BY_A_NOTICE) and answer.status_code == 302
            answer.close()
            shown = [word for word in (PARTY, *numbers) if word in body.replace(one.address, "")]
            if (answer.status_code not in allowed and not noticed) or shown:
                wrong.append((role.value, one.method, one.address, answer.status_code, shown))
    after = two.site.counts()
    changed = {name: (before[name], after[name]) for name in after if before[name] != after[name]}
    # Signing in is in the record, and nothing else happened.
    changed.pop("audit_event", None)
    assert (wrong, changed) == ([], {}), "\n".join(map(str, (*wrong, changed)))


def test_who_is_not_signed_in_gets_nothing(two: TwoOffices) -> None:
    visitor = two.site.visitor()
    token = visitor.get("/sign-in").form_to("/sign-in").values["csrf_token"]
    before = two.site.counts()
    for one in two.tries:
        answer = one.by(visitor, token)
        led = answer.status_code == 302 and answer.location.startswith("/sign-in")
        assert led or answer.status_code == 403, (one.method, one.address, answer.status_code)
        assert PARTY not in answer.get_data(as_text=True), one.address
    assert two.site.counts() == before


def test_the_matrix_covers_every_closed_route(two: TwoOffices) -> None:
    closed = {endpoint for endpoint, wanted in declared_access(two.site.app).items() if wanted != PUBLIC}
    assert {one.rule.endpoint for one in two.tries} == closed - {"sign_in.leave"}
    assert len(two.others) == len(two.actors) == len(Role)
