"""Every route and what it asks; nothing is open that is not listed here."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping

import psycopg
import pytest
from flask import Flask

from caseflow.domain.access import Permission
from caseflow.domain.case_files import Purpose
from caseflow.domain.submissions import Kind
from caseflow.services.case_files import AddFile
from caseflow.web.app import create_app
from caseflow.web.person_access import PERSON
from caseflow.web.security import PUBLIC, declared_access
from tests.casebook import remitted
from tests.cashier import opened, pays, served
from tests.expenditure import prepared
from tests.site import Site, settings_for
from tests.submitted import person_of, submit

# The route table of the house: path, methods, and the permission (or nobody in particular).
ROUTES: Mapping[tuple[str, str], str] = {
    ("GET", "/static/<path:filename>"): PUBLIC,
    ("GET", "/bootstrap/static/<path:filename>"): PUBLIC,
    ("GET", "/sign-in"): PUBLIC,
    ("POST", "/sign-in"): PUBLIC,
    ("GET", "/sign-in/second"): PUBLIC,
    ("POST", "/sign-in/second"): PUBLIC,
    ("GET", "/sign-in/enrol"): PUBLIC,
    ("POST", "/sign-in/enrol"): PUBLIC,
    ("GET", "/my-sign-in"): Permission.SEE_DESK,
    ("GET", "/my-sign-in/password"): Permission.SEE_DESK,
    ("POST", "/my-sign-in/password"): Permission.SEE_DESK,
    ("GET", "/my-sign-in/app"): Permission.SEE_DESK,
    ("POST", "/my-sign-in/app"): Permission.SEE_DESK,
    ("POST", "/my-sign-in/app/code"): Permission.SEE_DESK,
    ("POST", "/my-sign-in/app/remove"): Permission.SEE_DESK,
    ("POST", "/my-sign-in/recovery-codes"): Permission.SEE_DESK,
    ("POST", "/my-sign-in/sessions/<int:session_id>/end"): Permission.SEE_DESK,
    ("POST", "/my-sign-in/sessions/end-others"): Permission.SEE_DESK,
    ("POST", "/confirm"): Permission.SEE_DESK,
    ("POST", "/language"): PUBLIC,
    ("POST", "/sign-out"): Permission.SEE_DESK,
    ("GET", "/my-case/sign-in"): PUBLIC,
    ("POST", "/my-case/sign-in"): PUBLIC,
    ("POST", "/my-case/sign-out"): PERSON,
    ("GET", "/my-case"): PERSON,
    ("GET", "/my-case/documents/<int:no>/<language>.pdf"): PERSON,
    ("GET", "/my-case/receipts/<int:no>.pdf"): PERSON,
    ("GET", "/my-case/readers"): PERSON,
    ("GET", "/my-case/passphrase"): PERSON,
    ("POST", "/my-case/passphrase"): PERSON,
    ("GET", "/verify"): PUBLIC,
    ("POST", "/verify"): PUBLIC,
    ("GET", "/cases/<int:case_id>/access"): Permission.GIVE_ACCESS,
    ("POST", "/cases/<int:case_id>/access"): Permission.GIVE_ACCESS,
    ("GET", "/"): Permission.SEE_DESK,
    ("GET", "/desk"): Permission.READ_CASES,
    ("GET", "/desk.csv"): Permission.READ_CASES,
    ("GET", "/cases"): Permission.READ_CASES,
    ("GET", "/cases/<int:case_id>"): Permission.READ_CASES,
    ("GET", "/cases/number/<path:number>"): Permission.READ_CASES,
    ("GET", "/cases/<int:case_id>/steps/<name>"): Permission.TAKE_STEP,
    ("POST", "/cases/<int:case_id>/steps/<name>"): Permission.TAKE_STEP,
    ("GET", "/cases/<int:case_id>/files"): Permission.READ_FILES,
    ("POST", "/cases/<int:case_id>/files"): Permission.ADD_FILES,
    ("POST", "/cases/<int:case_id>/files/<int:file_id>/download"): Permission.READ_FILES,
    ("GET", "/cases/<int:case_id>/files/<int:file_id>/withdraw"): Permission.ADD_FILES,
    ("POST", "/cases/<int:case_id>/files/<int:file_id>/withdraw"): Permission.ADD_FILES,
    ("GET", "/cases/new"): Permission.OPEN_CASE,
    ("GET", "/cases/new/<regime>"): Permission.OPEN_CASE,
    ("POST", "/cases/new/<regime>"): Permission.OPEN_CASE,
    ("GET", "/imports"): Permission.IMPORT_CASES,
    ("GET", "/imports/new"): Permission.IMPORT_CASES,
    ("POST", "/imports/new"): Permission.IMPORT_CASES,
    ("GET", "/imports/<int:import_id>"): Permission.IMPORT_CASES,
    ("POST", "/imports/<int:import_id>/annotated"): Permission.IMPORT_CASES,
    ("POST", "/imports/<int:import_id>/check"): Permission.IMPORT_CASES,
    ("GET", "/imports/<int:import_id>/columns"): Permission.IMPORT_CASES,
    ("POST", "/imports/<int:import_id>/columns"): Permission.IMPORT_CASES,
    ("GET", "/imports/<int:import_id>/commit"): Permission.IMPORT_CASES,
    ("POST", "/imports/<int:import_id>/commit"): Permission.IMPORT_CASES,
    ("GET", "/imports/<int:import_id>/drop"): Permission.IMPORT_CASES,
    ("POST", "/imports/<int:import_id>/drop"): Permission.IMPORT_CASES,
    ("GET", "/imports/<int:import_id>/quarantine"): Permission.IMPORT_CASES,
    ("POST", "/imports/<int:import_id>/quarantine"): Permission.IMPORT_CASES,
    ("GET", "/imports/<int:import_id>/rows/<int:number>"): Permission.IMPORT_CASES,
    ("POST", "/imports/<int:import_id>/rows/<int:number>"): Permission.IMPORT_CASES,
    ("GET", "/imports/<int:import_id>/rows/<int:number>/leave-out"): Permission.IMPORT_CASES,
    ("POST", "/imports/<int:import_id>/rows/<int:number>/leave-out"): Permission.IMPORT_CASES,
    ("GET", "/referrals/<int:case_id>/bundle"): Permission.READ_CASES,
    ("POST", "/referrals/<int:case_id>/bundle"): Permission.MAKE_BUNDLES,
    ("POST", "/referrals/<int:case_id>/evidence"): Permission.CHOOSE_EVIDENCE,
    ("GET", "/money"): Permission.SEE_MONEY,
    ("GET", "/ledger"): Permission.READ_LEDGER,
    ("GET", "/ledger/entries/<path:key>"): Permission.READ_LEDGER,
    ("GET", "/ledger/balance"): Permission.READ_LEDGER,
    ("GET", "/ledger/accounts/<code>"): Permission.READ_LEDGER,
    ("GET", "/ledger/receipts"): Permission.READ_LEDGER,
    ("GET", "/ledger/close"): Permission.CLOSE_PERIOD,
    ("POST", "/ledger/close"): Permission.CLOSE_PERIOD,
    ("GET", "/samples"): Permission.AUDIT,
    ("GET", "/samples/new"): Permission.AUDIT,
    ("POST", "/samples/new"): Permission.AUDIT,
    ("GET", "/samples/<int:sample_id>"): Permission.AUDIT,
    ("POST", "/samples/<int:sample_id>/verdicts"): Permission.AUDIT,
    ("GET", "/samples/<int:sample_id>/again"): Permission.AUDIT,
    ("GET", "/findings"): Permission.READ_FINDINGS,
    ("GET", "/findings/new"): Permission.AUDIT,
    ("POST", "/findings/new"): Permission.AUDIT,
    ("GET", "/findings/<int:finding_id>"): Permission.READ_FINDINGS,
    ("POST", "/findings/<int:finding_id>/reply"): Permission.ANSWER_FINDINGS,
    ("POST", "/findings/<int:finding_id>/audit"): Permission.AUDIT,
    ("GET", "/charts"): Permission.SEE_MONEY,
    ("GET", "/charts/collected.svg"): Permission.READ_LEDGER,
    ("GET", "/charts/outstanding.svg"): Permission.READ_LEDGER,
    ("GET", "/charts/appropriations.svg"): Permission.READ_SPENDING,
    ("GET", "/exports"): Permission.SEE_MONEY,
    ("POST", "/exports"): Permission.SEE_MONEY,
    ("GET", "/receipts"): Permission.READ_LEDGER,
    ("GET", "/receipts/lots"): Permission.READ_LEDGER,
    ("GET", "/receipts/lots/<int:lot_id>"): Permission.READ_LEDGER,
    ("GET", "/receipts/lots/<int:lot_id>/<int:no>"): Permission.READ_LEDGER,
    ("GET", "/receipts/lots/<int:lot_id>/<int:no>.pdf"): Permission.READ_LEDGER,
    ("GET", "/receipts/lots/new"): Permission.KEEP_RECEIPTS,
    ("POST", "/receipts/lots/new"): Permission.KEEP_RECEIPTS,
    ("GET", "/receipts/lots/<int:lot_id>/blanks"): Permission.KEEP_RECEIPTS,
    ("POST", "/receipts/lots/<int:lot_id>/blanks"): Permission.KEEP_RECEIPTS,
    ("GET", "/receipts/lots/<int:lot_id>/check-off"): Permission.KEEP_RECEIPTS,
    ("POST", "/receipts/lots/<int:lot_id>/check-off"): Permission.KEEP_RECEIPTS,
    ("GET", "/receipts/lots/<int:lot_id>/<int:no>/void"): Permission.KEEP_RECEIPTS,
    ("POST", "/receipts/lots/<int:lot_id>/<int:no>/void"): Permission.KEEP_RECEIPTS,
    ("GET", "/receipts/lots/<int:lot_id>/<int:no>/lose"): Permission.KEEP_RECEIPTS,
    ("POST", "/receipts/lots/<int:lot_id>/<int:no>/lose"): Permission.KEEP_RECEIPTS,
    ("GET", "/bank"): Permission.READ_LEDGER,
    ("POST", "/bank/accounts"): Permission.RECONCILE,
    ("POST", "/bank/files"): Permission.RECONCILE,
    ("GET", "/bank/files/<int:file_id>"): Permission.RECONCILE,
    ("POST", "/bank/files/<int:file_id>/columns"): Permission.RECONCILE,
    ("POST", "/bank/files/<int:file_id>/enter"): Permission.RECONCILE,
    ("GET", "/bank/lines"): Permission.READ_LEDGER,
    ("POST", "/bank/lines/match-again"): Permission.RECONCILE,
    ("POST", "/bank/lines/suspend"): Permission.RECONCILE,
    ("GET", "/bank/lines/<int:line_id>"): Permission.READ_LEDGER,
    ("POST", "/bank/lines/<int:line_id>/match"): Permission.RECONCILE,
    ("POST", "/bank/lines/<int:line_id>/remittance"): Permission.RECONCILE,
    ("POST", "/bank/lines/<int:line_id>/suspend"): Permission.RECONCILE,
    ("POST", "/bank/lines/<int:line_id>/refund"): Permission.RECONCILE,
    ("POST", "/bank/lines/<int:line_id>/note"): Permission.RECONCILE,
    ("POST", "/bank/lines/<int:line_id>/undo"): Permission.RECONCILE,
    ("GET", "/remittances"): Permission.READ_LEDGER,
    ("GET", "/remittances/new"): Permission.RECONCILE,
    ("POST", "/remittances/new"): Permission.RECONCILE,
    ("GET", "/remittances/<int:remittance_id>"): Permission.READ_LEDGER,
    ("POST", "/remittances/<int:remittance_id>/advice"): Permission.RECONCILE,
    ("POST", "/remittances/<int:remittance_id>/take-back"): Permission.RECONCILE,
    ("GET", "/ageing"): Permission.READ_LEDGER,
    ("GET", "/ageing/receipts"): Permission.READ_LEDGER,
    ("GET", "/record"): Permission.READ_LEDGER,
    ("GET", "/record/find"): Permission.READ_LEDGER,
    ("GET", "/record/check"): Permission.READ_LEDGER,
    ("GET", "/record/<kind>/<int:number>"): Permission.READ_LEDGER,
    ("GET", "/record/heads/<int:tree_size>.json"): Permission.READ_LEDGER,
    ("GET", "/inbox"): Permission.SEE_DESK,
    ("POST", "/inbox/read"): Permission.SEE_DESK,
    ("GET", "/cases/<int:case_id>/service"): Permission.READ_CASES,
    ("POST", "/cases/<int:case_id>/service"): Permission.RECORD_SERVICE,
    ("GET", "/calendar/<secret>.ics"): PUBLIC,
    ("GET", "/calendar/<secret>/<int:case_id>.ics"): PUBLIC,
    ("GET", "/cases/<int:case_id>/deadlines.ics"): Permission.READ_CASES,
    ("GET", "/reminders/calendar"): Permission.READ_CASES,
    ("POST", "/reminders/calendar"): Permission.READ_CASES,
    ("POST", "/reminders/calendar/revoke"): Permission.READ_CASES,
    ("GET", "/reminders/settings"): Permission.SEE_DESK,
    ("POST", "/reminders/mail"): Permission.SEE_DESK,
    ("POST", "/reminders/mute"): Permission.SEE_DESK,
    ("POST", "/reminders/unmute"): Permission.SEE_DESK,
    ("GET", "/cases/<int:case_id>/papers"): Permission.READ_CASES,
    ("POST", "/cases/<int:case_id>/papers"): Permission.TAKE_STEP,
    ("GET", "/papers/review"): Permission.REVIEW_PAPERS,
    ("GET", "/papers/<int:paper_id>"): Permission.READ_CASES,
    ("POST", "/papers/<int:paper_id>"): Permission.TAKE_STEP,
    ("GET", "/papers/<int:paper_id>/preview/<language>"): Permission.READ_CASES,
    ("GET", "/papers/<int:paper_id>/<language>.pdf"): Permission.READ_CASES,
    ("POST", "/papers/<int:paper_id>/review"): Permission.REVIEW_PAPERS,
    ("POST", "/papers/<int:paper_id>/take-back"): Permission.TAKE_STEP,
    ("POST", "/papers/<int:paper_id>/drop"): Permission.TAKE_STEP,
    ("POST", "/papers/<int:paper_id>/issue"): Permission.TAKE_STEP,
    ("GET", "/papers/<int:paper_id>/correct"): Permission.TAKE_STEP,
    ("POST", "/papers/<int:paper_id>/correct"): Permission.TAKE_STEP,
    ("GET", "/submissions"): Permission.READ_SUBMISSIONS,
    ("GET", "/submissions/<int:submission_id>"): Permission.READ_SUBMISSIONS,
    ("POST", "/submissions/<int:submission_id>/answer"): Permission.ANSWER_SUBMISSIONS,
    ("POST", "/submissions/<int:submission_id>/files/<int:position>/download"): Permission.READ_SUBMISSIONS,
    ("GET", "/my-case/submissions"): PERSON,
    ("GET", "/my-case/submit/<name>"): PERSON,
    ("POST", "/my-case/submit/<name>"): PERSON,
    ("GET", "/my-case/submissions/<int:case_no>"): PERSON,
    ("GET", "/my-case/submissions/<int:case_no>/receipt/<language>.pdf"): PERSON,
    ("GET", "/my-case/submissions/<int:case_no>/withdraw"): PERSON,
    ("POST", "/my-case/submissions/<int:case_no>/withdraw"): PERSON,
    ("GET", "/law"): Permission.SEE_LAW,
    ("GET", "/training/date"): Permission.SEE_DESK,
    ("POST", "/training/date"): Permission.SEE_DESK,
    ("GET", "/staff"): Permission.MANAGE_STAFF,
    ("GET", "/staff/new"): Permission.MANAGE_STAFF,
    ("POST", "/staff/new"): Permission.MANAGE_STAFF,
    ("GET", "/staff/<int:staff_id>"): Permission.MANAGE_STAFF,
    ("POST", "/staff/<int:staff_id>/propose"): Permission.MANAGE_STAFF,
    ("POST", "/staff/<int:staff_id>/withdraw"): Permission.MANAGE_STAFF,
    ("GET", "/staff/<int:staff_id>/leave"): Permission.MANAGE_STAFF,
    ("POST", "/staff/<int:staff_id>/leave"): Permission.MANAGE_STAFF,
    ("GET", "/grants"): Permission.CONFIRM_GRANTS,
    ("POST", "/grants/<int:grant_id>/confirm"): Permission.CONFIRM_GRANTS,
    ("POST", "/grants/<int:grant_id>/refuse"): Permission.CONFIRM_GRANTS,
    ("GET", "/left-work"): Permission.RECUSE,
    ("GET", "/enrol"): PUBLIC,
    ("POST", "/enrol"): PUBLIC,
    ("GET", "/cases/<int:case_id>/recusals"): Permission.READ_CASES,
    ("POST", "/cases/<int:case_id>/recusals"): Permission.RECUSE,
    ("GET", "/health"): Permission.SEE_HEALTH,
    ("POST", "/health/notices/<int:number>/retry"): Permission.SEE_HEALTH,
    ("POST", "/health/mail/<int:number>/retry"): Permission.SEE_HEALTH,
    ("POST", "/health/mail/retry"): Permission.SEE_HEALTH,
    ("GET", "/metrics"): PUBLIC,
    ("GET", "/tokens"): Permission.SEE_DESK,
    ("POST", "/tokens"): Permission.SEE_DESK,
    ("GET", "/tokens/<int:token_id>/revoke"): Permission.SEE_DESK,
    ("POST", "/tokens/<int:token_id>/revoke"): Permission.SEE_DESK,
    ("GET", "/tokens/office"): Permission.MANAGE_STAFF,
    ("POST", "/sign-in/passkey"): PUBLIC,
    ("POST", "/sign-in/enrol/passkey"): PUBLIC,
    ("GET", "/my-sign-in/passkeys"): Permission.SEE_DESK,
    ("POST", "/my-sign-in/passkeys"): Permission.SEE_DESK,
    ("GET", "/my-sign-in/passkeys/<int:passkey_id>/remove"): Permission.SEE_DESK,
    ("POST", "/my-sign-in/passkeys/<int:passkey_id>/remove"): Permission.SEE_DESK,
    ("GET", "/sign-in/openid"): PUBLIC,
    ("GET", "/sign-in/openid/back"): PUBLIC,
    ("GET", "/sign-in/openid/confirm"): PUBLIC,
    ("POST", "/sign-in/openid/confirm"): PUBLIC,
    ("POST", "/my-sign-in/openid/<int:identity_id>/unbind"): Permission.SEE_DESK,
    ("GET", "/api/v1/openapi.json"): PUBLIC,
    ("GET", "/api/v1/token"): Permission.SEE_DESK,
    ("GET", "/api/v1/desk"): Permission.READ_CASES,
    ("GET", "/api/v1/cases"): Permission.READ_CASES,
    ("GET", "/api/v1/cases/<int:case_id>"): Permission.READ_CASES,
    ("GET", "/api/v1/ledger/<line>/trial-balance"): Permission.READ_LEDGER,
    ("GET", "/api/v1/ledger/accounts/<code>"): Permission.READ_LEDGER,
    ("GET", "/api/v1/law"): Permission.SEE_LAW,
    ("GET", "/api/v1/law/due"): Permission.SEE_LAW,
    ("GET", "/substitutes"): Permission.SEE_DESK,
    ("GET", "/substitutes/new"): Permission.SEE_DESK,
    ("POST", "/substitutes/new"): Permission.SEE_DESK,
    ("GET", "/substitutes/<int:substitution_id>/end"): Permission.SEE_DESK,
    ("POST", "/substitutes/<int:substitution_id>/end"): Permission.SEE_DESK,
    ("GET", "/calendar"): Permission.MANAGE_CALENDAR,
    ("GET", "/calendar/new"): Permission.MANAGE_CALENDAR,
    ("POST", "/calendar/new"): Permission.MANAGE_CALENDAR,
    ("GET", "/calendar/<day>/remove"): Permission.MANAGE_CALENDAR,
    ("POST", "/calendar/<day>/remove"): Permission.MANAGE_CALENDAR,
    ("GET", "/referrals"): Permission.READ_REFERRALS,
    ("GET", "/referrals/<int:case_id>"): Permission.READ_REFERRALS,
    ("GET", "/referrals/replies"): Permission.REFER,
    ("POST", "/referrals/replies"): Permission.REFER,
    ("GET", "/referrals/replies/<int:file_id>"): Permission.REFER,
    ("POST", "/referrals/replies/<int:file_id>/record"): Permission.REFER,
    ("GET", "/referrals/withdrawals"): Permission.READ_REFERRALS,
    ("GET", "/referrals/withdrawals/new"): Permission.REFER,
    ("POST", "/referrals/withdrawals/new"): Permission.REFER,
    ("GET", "/referrals/withdrawals/<int:batch_id>"): Permission.READ_REFERRALS,
    ("POST", "/referrals/withdrawals/<int:batch_id>/go-on"): Permission.REFER,
    ("GET", "/wind-down/refunds"): Permission.READ_WIND_DOWN,
    ("GET", "/wind-down/refunds/<int:case_id>"): Permission.READ_WIND_DOWN,
    ("GET", "/wind-down"): Permission.READ_WIND_DOWN,
    ("GET", "/wind-down.csv"): Permission.READ_WIND_DOWN,
    ("GET", "/wind-down/letters"): Permission.READ_WIND_DOWN,
    ("GET", "/wind-down/runs"): Permission.READ_WIND_DOWN,
    ("GET", "/wind-down/runs/new"): Permission.PREPARE_WIND_DOWN,
    ("POST", "/wind-down/runs/new"): Permission.PREPARE_WIND_DOWN,
    ("GET", "/wind-down/runs/<int:run_id>"): Permission.READ_WIND_DOWN,
    ("GET", "/wind-down/runs/<int:run_id>/decide"): Permission.APPROVE_WIND_DOWN,
    ("POST", "/wind-down/runs/<int:run_id>/decide"): Permission.APPROVE_WIND_DOWN,
    # Whoever may prepare or approve a run may have it go on: the page asks for one of the two.
    ("POST", "/wind-down/runs/<int:run_id>/go-on"): Permission.READ_WIND_DOWN,
    ("GET", "/wind-down/released"): Permission.READ_WIND_DOWN,
    ("GET", "/wind-down/released/people.svg"): Permission.READ_WIND_DOWN,
    ("GET", "/wind-down/released/money.svg"): Permission.READ_WIND_DOWN,
    ("GET", "/wind-down/released/cases"): Permission.READ_WIND_DOWN,
    ("GET", "/spending"): Permission.READ_SPENDING,
    ("GET", "/spending/payments"): Permission.READ_SPENDING,
    ("GET", "/spending/<int:appropriation_id>"): Permission.READ_SPENDING,
    ("GET", "/spending/commitments/<int:commitment_id>"): Permission.READ_SPENDING,
    ("GET", "/spending/payments/<int:order_id>"): Permission.READ_SPENDING,
    ("GET", "/spending/new"): Permission.APPROPRIATE,
    ("POST", "/spending/new"): Permission.APPROPRIATE,
    ("GET", "/spending/<int:subject_id>/lapse"): Permission.APPROPRIATE,
    ("POST", "/spending/<int:subject_id>/lapse"): Permission.APPROPRIATE,
    ("GET", "/spending/<int:subject_id>/commit"): Permission.SPEND,
    ("POST", "/spending/<int:subject_id>/commit"): Permission.SPEND,
    ("GET", "/spending/commitments/<int:subject_id>/release"): Permission.SPEND,
    ("POST", "/spending/commitments/<int:subject_id>/release"): Permission.SPEND,
    ("GET", "/spending/commitments/<int:subject_id>/prepare"): Permission.SPEND,
    ("POST", "/spending/commitments/<int:subject_id>/prepare"): Permission.SPEND,
    ("GET", "/spending/payments/<int:subject_id>/approve"): Permission.APPROVE_SPENDING,
    ("POST", "/spending/payments/<int:subject_id>/approve"): Permission.APPROVE_SPENDING,
    ("GET", "/spending/payments/<int:subject_id>/refuse"): Permission.APPROVE_SPENDING,
    ("POST", "/spending/payments/<int:subject_id>/refuse"): Permission.APPROVE_SPENDING,
    ("GET", "/spending/payments/<int:subject_id>/give-back"): Permission.SPEND,
    ("POST", "/spending/payments/<int:subject_id>/give-back"): Permission.SPEND,
    ("POST", "/cases/<int:case_id>/why"): Permission.READ_CASES,
    ("GET", "/reading"): Permission.READ_READINGS,
    ("GET", "/reading.csv"): Permission.AUDIT,
    # Anybody who reads cases asks, and sees their own asking; the page shows the office's to who reads the log.
    ("GET", "/reading/requests"): Permission.READ_CASES,
    ("POST", "/reading/requests"): Permission.READ_CASES,
    ("POST", "/reading/requests/<int:approval_id>"): Permission.APPROVE_READING,
    ("GET", "/search/identity"): Permission.SEARCH_IDENTITY,
    ("POST", "/search/identity"): Permission.SEARCH_IDENTITY,
}
CASE_PAGES = (
    "/desk", "/desk.csv", "/cases", "/cases/{case}", "/cases/number/{number}", "/cases/{case}/steps/check_report",
    "/cases/new", "/cases/new/two_illegal",
)  # fmt: skip
# Per desk: which of the case pages answer. An administrator and a payer read no case, an auditor takes no step.
READERS = (True, True, True, True, True)
MATRIX: Mapping[str, tuple[bool, ...]] = {
    "officer": (*READERS, True, True, True),
    "reviewer": (*READERS, True, False, False),
    "approver": (*READERS, True, False, False),
    "cashier": (*READERS, True, False, False),
    "liaison": (*READERS, True, False, False),
    "supervisor": (*READERS, True, False, False),
    "auditor": (*READERS, False, False, False),
    "administrator": (False,) * 8,
    "payer": (False,) * 8,
}


def routes_of(app: Flask) -> dict[tuple[str, str], str | None]:
    declared = declared_access(app)
    return {
        (method, rule.rule): declared[rule.endpoint]
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }


def test_every_route_is_listed_with_what_it_asks(site: Site) -> None:
    assert routes_of(site.app) == ROUTES


def test_a_route_without_a_declaration_is_refused(site: Site) -> None:
    app = create_app(settings_for(site.office.database_url), application=site.office.application)
    app.add_url_rule("/forgotten", "forgotten", lambda: "open to all")
    assert routes_of(app)["GET", "/forgotten"] is None
    assert Site(site.office, app).sign_in("supervisor").client.get("/forgotten").status_code == 403


@pytest.mark.parametrize("login", MATRIX)
def test_each_desk_reaches_its_own_pages_and_no_other(site: Site, login: str) -> None:
    case_id = site.office.open()
    number = site.office.application.pages.show(site.office.actors["officer"], case_id).header.number
    visitor = site.sign_in(login)
    paths = [path.format(case=case_id, number=number) for path in CASE_PAGES]
    answered = tuple(visitor.client.get(path).status_code in (200, 302) for path in paths)
    assert answered == MATRIX[login]
    assert (visitor.client.get("/staff").status_code == 200) is (login == "administrator")
    assert visitor.client.get("/law").status_code == 200


@pytest.mark.parametrize("path", ["/cases/{case}/steps/check_report", "/cases/new/two_illegal"])
def test_an_auditor_writes_nothing(site: Site, path: str) -> None:
    case_id = site.office.open()
    visitor = site.sign_in("auditor")
    form = visitor.get("/law").form_to("/sign-out")
    before = site.counts()
    assert visitor.client.post(path.format(case=case_id), data=form.values).status_code == 403
    assert site.counts() == before


def test_who_is_not_signed_in_is_led_to_sign_in_and_back(site: Site) -> None:
    visitor = site.visitor()
    answer = visitor.client.get("/cases?q=YL")
    assert answer.status_code == 302
    assert answer.location == "/sign-in?next=/cases?q%3DYL"
    form = visitor.get(answer.location).form_to("/sign-in")
    assert form.values["next"] == "/cases?q=YL"


def test_the_administrator_lands_on_the_staff_list(site: Site) -> None:
    visitor = site.sign_in("administrator")
    assert visitor.client.get("/").location == "/staff"
    page = visitor.get("/staff")
    assert "approver2" in page.text
    assert "/desk" not in page.links()


def test_the_payer_lands_on_expenditure_and_sees_no_case(site: Site) -> None:
    visitor = site.sign_in("payer")
    assert visitor.client.get("/").location == "/spending"
    page = visitor.get("/spending")
    assert not {"/desk", "/cases", "/staff"} & set(page.links())
    assert {"/spending", "/money", "/inbox", "/law"} <= set(page.links())
    assert visitor.get("/inbox").status == 200


def test_no_page_writes_when_it_is_read(site: Site) -> None:
    prepared(site.office)
    today = site.office.time.day
    case_id, lot_id = served(site.office), opened(site.office)
    pays(site.office, case_id, "100", "1")
    site.office.time.day = today
    remitted(site.office)
    with psycopg.connect(site.office.database_url) as connection:
        (entry_key,) = connection.execute("select key from transfer where line = 'income' limit 1").fetchone() or ("",)
    licence = AddFile(case_id, Purpose.EVIDENCE, "The licence", None, "a.txt", io.BytesIO(b"text"), "key")
    site.office.application.case_files.add(site.office.actors["officer"], licence)
    submit(site.office, person_of(site.office, case_id), Kind.STATEMENT)
    parts = {
        "<int:case_id>": str(case_id), "<path:key>": entry_key, "<name>": "check_report", "<regime>": "two_illegal",
        "<code>": "1201", "<path:number>": "YL-TI-2024-0001", "<kind>": "event", "<int:lot_id>": str(lot_id),
    }  # fmt: skip
    for login in ("officer", "administrator", "auditor", "payer", "approver", "supervisor", "cashier", "liaison"):
        visitor = site.sign_in(login)
        visitor.client.get(f"/cases/{case_id}")  # whoever has to say why has said it
        before = site.counts()
        for method, path in ROUTES:
            if method != "GET" or "static" in path:
                continue
            address = path
            for name, value in parts.items():
                address = address.replace(name, value)
            address = re.sub("<[^>]*>", "1", address)
            # No sample, finding, head, feed, substitute, paper, run or metrics yet: not found, and nothing is written.
            absent = address.startswith(
                (
                    "/record/",
                    "/samples/",
                    "/findings/",
                    "/calendar/",
                    "/metrics",
                    "/substitutes/",
                    "/tokens/",
                    "/my-sign-in/passkeys/",
                    "/sign-in/openid",
                    "/papers/",
                    "/referrals/",
                    "/imports/",
                    "/wind-down/refunds/",
                    "/wind-down/runs/",
                    "/wind-down/released/cases",
                )
            )
            answers: tuple[int, ...] = (200, 302, 403, 404) if absent else (200, 302, 403)
            if address.startswith("/api/") and not address.endswith("openapi.json"):
                answers = (401,)  # a session opens nothing of the API
            assert visitor.client.get(address).status_code in answers, address
        assert site.counts() == before


def test_a_case_of_another_office_is_not_found(site: Site) -> None:
    officer = site.sign_in("officer")
    assert officer.get("/cases/424242").status == 404
    assert officer.get("/cases/424242/steps/check_report").status == 404
    assert officer.get("/cases/number/NO-SUCH").status == 404
    assert officer.get(f"/cases/{site.office.open()}/steps/no_such_step").status == 404
    assert officer.get("/cases/new/no_such_regime").status == 404
