"""My case: the person reads their own case and nothing else."""

from __future__ import annotations

import uuid
from datetime import date

import psycopg
import pytest

from caseflow.domain.submissions import Kind
from caseflow.web.person_access import PERSON
from tests.attack.roles import as_superuser
from tests.cashier import DAY, opened, pays, served
from tests.fee_cases import fee_cases
from tests.office import Office
from tests.persons import PASSPHRASE, code_for, number_of, person_at, try_in
from tests.site import Site
from tests.submitted import person_of, submit
from tests.web.route_table import ROUTES


def test_a_code_opens_the_case_once_and_a_passphrase_the_next_time(site: Site) -> None:
    case_id = site.office.open()
    number, code = number_of(site.office, case_id), code_for(site.office, case_id)
    phone = site.visitor()
    form = phone.get("/my-case/sign-in").form_to("/my-case/sign-in")
    assert phone.send(form, number=number.lower(), code=code.lower().replace("-", " ")).location == "/my-case"
    page = phone.get("/my-case")
    assert number in page.text
    assert "Nothing is decided yet" in page.text
    choose = phone.get("/my-case/passphrase").form_to("/my-case/passphrase")
    wrong = phone.send_page(choose, passphrase="short", again="short")
    assert wrong.status == 422
    assert "at least 12 characters" in wrong.text
    assert phone.send(choose, passphrase=PASSPHRASE, again=PASSPHRASE).location == "/my-case"
    phone.send(phone.get("/my-case").form_to("/my-case/sign-out"))
    assert phone.client.get("/my-case").location == "/my-case/sign-in"

    assert try_in(site.visitor(), number, code=code).status == 422
    again = site.visitor()
    form = again.get("/my-case/sign-in").form_to("/my-case/sign-in")
    assert again.send(form, number=number, passphrase=PASSPHRASE).location == "/my-case"


def test_whatever_does_not_fit_gets_the_same_answer(site: Site) -> None:
    case_id, other = site.office.open(), site.office.open()
    number = number_of(site.office, case_id)
    old, right = code_for(site.office, case_id), code_for(site.office, case_id)
    expired, foreign = code_for(site.office, other), "AAAA-BBBB-CCCC-DDDD"
    with psycopg.connect(site.office.database_url) as owner:
        owner.execute("alter table person_code disable trigger guard")
        owner.execute("update person_code set made_at = made_at - interval '61 days', expires_at = made_at"
                      " where case_id = %s", (other,))  # fmt: skip
        owner.commit()
    tries = [(number, old), (number, foreign), ("YL-TI-1999-0001", right), (number_of(site.office, other), expired),
             (number, expired), (number, "")]  # fmt: skip
    said = set()
    for given, code in tries:
        page = try_in(site.visitor(), given, code=code)
        assert page.status == 422
        said.add(page.html.replace(given, "N").replace(page.form_to("/my-case/sign-in").values["csrf_token"], "T"))
    shown = {text.split('name="csrf_token"')[-1].split("/>", 1)[1] for text in said}
    assert len(shown) == 1


def test_guessing_is_slowed_down_and_the_code_is_never_in_the_address(site: Site) -> None:
    case_id = site.office.open()
    number, phone = number_of(site.office, case_id), site.visitor()
    answers = [try_in(phone, number, code="AAAA-BBBB-CCCC-DDDD").status for _one in range(8)]
    assert answers[:5] == [422] * 5
    assert answers[-1] == 429
    assert try_in(phone, number, code=code_for(site.office, case_id)).status == 429
    assert phone.client.get(f"/my-case/sign-in?number={number}&code=X").status_code == 200
    assert "X" not in phone.get("/my-case/sign-in?code=XYZ").form_to("/my-case/sign-in").values.values()


def test_one_browser_is_a_member_of_staff_or_a_person(site: Site) -> None:
    case_id = site.office.open()
    browser = site.sign_in("officer")
    form = browser.get("/my-case/sign-in").form_to("/my-case/sign-in")
    answer = browser.send(form, number=number_of(site.office, case_id), code=code_for(site.office, case_id))
    assert answer.location == "/my-case"
    assert browser.client.get("/desk").status_code == 302
    assert browser.client.get("/my-case").status_code == 200
    form = browser.get("/sign-in").form_to("/sign-in")
    browser.send(form, login="officer", password="correct horse battery")
    assert browser.client.get("/my-case").location == "/my-case/sign-in"
    with psycopg.connect(site.office.database_url) as connection:
        assert connection.execute("select count(*) from person_session where ended_at is null").fetchone() == (0,)


def test_a_visit_ends_by_itself_and_a_copy_of_the_cookie_is_worth_nothing(site: Site) -> None:
    phone = person_at(site, site.office.open())
    thief = site.visitor()
    with phone.client.session_transaction() as kept, thief.client.session_transaction() as copied:
        copied["person"] = kept["person"]
    assert thief.client.get("/my-case").status_code == 200
    phone.send(phone.get("/my-case").form_to("/my-case/sign-out"))
    assert thief.client.get("/my-case").status_code == 302
    phone = person_at(site, site.office.open())
    with phone.client.session_transaction() as kept:
        kept["person"] = {**kept["person"], "seen": kept["person"]["seen"] - 21 * 60}
    assert phone.client.get("/my-case").status_code == 302
    phone = person_at(site, site.office.open())
    with psycopg.connect(site.office.database_url) as owner:
        owner.execute("alter table person_session disable trigger guard")
        owner.execute("update person_session set opened_at = opened_at - interval '2 hours',"
                      " ends_at = ends_at - interval '2 hours'")  # fmt: skip
        owner.commit()
    assert phone.client.get("/my-case").status_code == 302


def test_the_person_sees_claim_law_limits_money_papers_and_receipts(site: Site) -> None:
    case_id = site.office.walk("two_illegal_paid", until="serve_decision")
    site.office.issue(case_id, "penalty_decision")
    site.office.time.day = DAY
    opened(site.office)
    pays(site.office, case_id, "100", "1")
    phone = person_at(site, case_id)
    page = phone.get("/my-case")
    for wanted in (
        "A decision was made and served on you",
        "The office set 15,000.00 yuan",
        "article 40",
        "Apply for reconsideration at the people's government",
        "17,900.00 yuan",
        "云财A000001",
        "Penalty decision",
        "Officer",
    ):
        assert wanted in page.text, wanted
    pdfs = [link for link in page.links() if link.endswith(".pdf")]
    assert len(pdfs) == 3
    for link in pdfs:
        assert phone.client.get(link).data.startswith(b"%PDF"), link
    assert phone.client.get("/my-case/documents/99/zh.pdf").status_code == 404
    lost = phone.get("/my-case/receipts/99.pdf")
    assert (lost.status, lost.links()) == (404, ["/my-case"]), "the way back is the person's own, not the office's"
    assert not [link for link in page.links() if link.startswith("/cases")]
    chinese = person_at(site, case_id, "zh").get("/my-case").text
    assert "向本机关的本级人民政府" in chinese


def test_what_the_office_keeps_to_itself_is_nowhere_on_the_page(site: Site) -> None:
    case_id = site.office.walk("two_illegal_paid", until="pass_legal_review")
    with site.office.application.store.begin() as work:
        case = work.cases.load(case_id)
    assert case is not None
    inner = [value for value in case.facts.values() if isinstance(value, str) and len(value) > 3]
    phone = person_at(site, case_id)
    said = phone.get("/my-case").html
    assert inner
    assert [value for value in inner if value in said] == []
    for title in ("Report of inquiry", "Legal review", "Investigation report", "Penalty proposed"):
        assert title not in said
    for kind in ("investigation_report", "questioning_record", "legal_review", "filing_approval"):
        site.office.issue(case_id, kind)
    assert not [link for link in phone.get("/my-case").links() if link.endswith(".pdf")]


def test_a_paper_is_shown_when_it_is_served_and_not_before(site: Site) -> None:
    office = site.office
    case_id = office.walk("two_illegal_paid", until="enter_confiscation")
    office.issue(case_id, "penalty_decision")
    phone = person_at(site, case_id)
    before = phone.get("/my-case").text
    assert "Penalty decision" not in before
    assert "A decision was made" not in before
    office.time.day = date(2024, 2, 21)
    served_on = {"served_on": "2024-02-21", "service_method": "direct", "service_record_no": "送达回证第7号"}
    office.advance(case_id, "serve_decision", served_on, actor="officer2")
    after = phone.get("/my-case")
    assert "Penalty decision" in after.text
    pdf = next(link for link in after.links() if link.endswith(".pdf"))
    assert phone.client.get(pdf).data.startswith(b"%PDF")


def test_a_closed_fee_case_says_that_nothing_is_owed_and_by_which_law(site: Site) -> None:
    case_id = fee_cases(site.office, "part")["part"]
    text = person_at(site, case_id).get("/my-case").text
    assert "You owe nothing more in this case." in text
    assert "abolished" in text
    assert "It is not collected any more." in text
    assert "Still to be paid 0.00 yuan" in text


def test_my_case_does_not_offer_what_it_says_is_not_owed(site: Site) -> None:
    phone = person_at(site, fee_cases(site.office, "part")["part"])
    assert "You owe nothing more in this case." in phone.get("/my-case").text
    offered = phone.get("/my-case/submissions")
    assert "/my-case/submit/instalments" not in offered.links()
    assert "/my-case/submit/refund_claim" in offered.links()
    page = phone.get("/my-case/submit/instalments")
    assert "Nothing is collected in this case any more" in page.text
    assert not [form for form in page.forms() if "/submit/" in form.action]


def test_every_look_at_the_case_is_shown_with_name_role_and_reason(site: Site) -> None:
    case_id = site.office.open()
    officer = site.sign_in("officer")
    officer.get(f"/cases/{case_id}")
    phone = person_at(site, case_id)
    phone.get("/my-case")
    readers = phone.get("/my-case/readers").text
    assert "you, on this site" in readers
    assert "Officer" in readers
    assert "looked at: the page of the case" in readers
    assert "a task on the case" in readers


# What stands for the arguments of the person's routes: each names something that the case of a test has.
EXAMPLES = {"<int:no>": "1", "<int:case_no>": "1", "<language>": "en", "<name>": "statement"}


def addresses(method: str) -> list[str]:
    """Return every address of the person's window, by the route table; who leaves comes last."""
    found = [path for (one, path), access in ROUTES.items() if (one, access) == (method, PERSON)]
    for argument, example in EXAMPLES.items():
        found = [path.replace(argument, example) for path in found]
    assert not [path for path in found if "<" in path], "an argument without an example"
    return sorted(found, key=lambda path: path.endswith("/sign-out"))


def with_something_of_each(office: Office) -> int:
    """Return a case with a served paper, a receipt and a submission."""
    case_id = office.walk("two_illegal_paid", until="serve_decision")
    office.issue(case_id, "penalty_decision")
    office.time.day = DAY
    opened(office)
    pays(office, case_id, "100", "1")
    submit(office, person_of(office, case_id), Kind.STATEMENT)
    return case_id


def test_whatever_the_person_opens_leaves_a_row_of_that_request(site: Site) -> None:
    case_id = with_something_of_each(site.office)
    phone, adapter = person_at(site, case_id), site.app.url_map.bind("localhost")
    logged = "select what, case_id, actor_id, purpose from read_log where id > %s and purpose = 'person'"
    with psycopg.connect(site.office.database_url, autocommit=True) as connection:
        for path in addresses("GET"):
            [before] = connection.execute("select coalesce(max(id), 0) from read_log").fetchone() or (0,)
            assert phone.client.get(path).status_code == 200, path
            found = connection.execute(logged, (before,)).fetchall()
            assert found == [(adapter.match(path)[0], case_id, None, "person")], path


@pytest.mark.parametrize(
    ("language", "said", "again"),
    [
        ("en", "Nothing is shown: the reading could not be recorded", "Try again"),
        ("zh", "本次查阅未能登记，因此未显示任何内容", "重试"),
    ],
)
def test_what_cannot_be_recorded_is_not_shown(site: Site, language: str, said: str, again: str) -> None:
    case_id = with_something_of_each(site.office)
    phone = person_at(site, case_id, language)
    assert "/my-case/receipts/1.pdf" in phone.get("/my-case").links()
    token = phone.get("/my-case").form_to("/my-case/sign-out").values["csrf_token"]
    with psycopg.connect(as_superuser(site.office.database_url)) as connection:
        connection.execute("revoke insert on read_log from caseflow_application")
    for path in (*addresses("GET"), "/my-case/readers?before=9"):
        page = phone.get(path)
        assert page.status == 503, path
        assert said in page.text
        assert number_of(site.office, case_id) not in page.html
        assert next(one.text for one in page.tree.iter("a") if one.get("href") == path) == again
    # What is sent may be done; a page that shows anything does not come of it.
    sent = {"csrf_token": token, "key": str(uuid.uuid4())}
    answers = {path: phone.client.post(path, data=sent).status_code for path in addresses("POST")}
    assert set(answers.values()) == {302, 503}
    assert [path for path, status in answers.items() if status == 302] == [
        "/my-case/submissions/1/withdraw",
        "/my-case/sign-out",
    ]
    with psycopg.connect(as_superuser(site.office.database_url)) as connection:
        connection.execute("grant insert on read_log to caseflow_application")
    assert person_at(site, case_id).get("/my-case").status == 200


def test_the_page_asks_few_statements(site: Site) -> None:
    case_id = served(site.office)
    opened(site.office)
    pays(site.office, case_id, "100", "1")
    asked = site.statements_of(person_at(site, case_id), "/my-case")
    assert len(asked) <= 12, asked


def test_giving_access_prints_a_slip_once_and_ends_what_was_before(site: Site) -> None:
    case_id = served(site.office)
    site.office.issue(case_id, "penalty_decision")
    officer = site.sign_in("officer")
    path = f"/cases/{case_id}/access"
    page = officer.get(path)
    assert path in officer.get(f"/cases/{case_id}").links()
    form = next(one for one in page.forms() if one.action == path and not one.values["paper_id"])
    slip = officer.send(form)
    assert slip.mimetype == "application/pdf"
    assert officer.send(form).status_code == 409
    with_paper = next(one for one in page.forms() if one.action == path and one.values["paper_id"])
    assert officer.send(with_paper).mimetype == "application/pdf"
    after = officer.get(path).text
    assert "with a document" in after
    assert "ended on" in after
    phone = person_at(site, case_id)
    phone.get("/my-case/passphrase")
    officer.send(next(one for one in officer.get(path).forms() if one.action == path and not one.values["paper_id"]))
    assert phone.client.get("/my-case").status_code == 302
    assert officer.client.post(path, data={**form.values, "key": "k1", "paper_id": "999999"}).status_code == 404
    assert site.sign_in("cashier").client.get(path).status_code == 403


def test_what_proves_a_submission_is_not_called_as_a_receipt_for_money_is(site: Site) -> None:
    """In Chinese the one is 回执 and the other 票据; English has one word for both."""
    case_id = site.office.open()
    sent = submit(site.office, person_of(site.office, case_id), Kind.STATEMENT)
    person = person_at(site, case_id, "zh")
    assert "回执" in person.get("/my-case/submissions").text
    page = person.get(f"/my-case/submissions/{sent.case_no}")
    assert "提交回执" in [said.text for said in page.tree.iter("h2")]
    assert "票据" not in page.text
