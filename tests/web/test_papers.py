"""Papers before a browser: drafted with what was typed kept, reviewed, issued after a confirmation, corrected."""

from __future__ import annotations

from datetime import date

import psycopg
import pytest

from caseflow.domain.paper_life import PaperStatus
from caseflow.services.papers import PaperAct, ReviewPaper
from tests.office import Office
from tests.papers import begun, issued, page, reviewed, submitted, with_gate
from tests.site import Page, Site, Visitor

REPORT = "investigation_report"
MOST_STATEMENTS = 14


@pytest.fixture
def case_id(office: Office) -> int:
    return office.walk("two_illegal_paid", until="conclude_investigation")


def test_a_paper_goes_its_whole_way(site: Site, case_id: int) -> None:
    officer, reviewer = site.sign_in("officer"), site.sign_in("reviewer")
    case_page = officer.get(f"/cases/{case_id}")
    assert "Investigation report" in case_page.text
    assert "not drafted yet" in case_page.text
    assert f"/cases/{case_id}/papers" in case_page.links()
    listed = officer.get(f"/cases/{case_id}/papers")
    [form] = [one for one in listed.forms() if one.action == f"/cases/{case_id}/papers"][:1]
    answer = officer.send(form, kind=REPORT)
    assert answer.status_code == 302
    address = answer.location
    draft = officer.get(address)
    name = next(key for key in draft.form_to(address).values if key.endswith("-zh"))[:-3]
    kept = officer.send(draft.form_to(address), act="keep", **{f"{name}__zh": "事实清楚。", f"{name}__en": "Clear."})
    assert kept.status_code == 302
    assert officer.get(address).form_to(address).values[f"{name}-en"] == "Clear."
    assert officer.send(officer.get(address).form_to(address), act="submit").status_code == 302
    assert "in review" in officer.get(f"/cases/{case_id}").text
    waiting = reviewer.get("/papers/review")
    assert address in waiting.links()
    assert "/papers/review" in reviewer.get("/desk").links()
    to_read = reviewer.get(address)
    assert "Clear." in to_read.text
    assert reviewer.send(to_read.form_to(f"{address}/review"), verdict="approve").location == "/papers/review"
    assert "No paper waits for a review" in reviewer.get("/papers/review").text
    ready = officer.get(address)
    asked = officer.send_page(ready.form_to(f"{address}/issue"), act="check")
    assert "can never be changed" in asked.text
    assert "0001" in asked.text
    assert officer.send(asked.form_to(f"{address}/issue"), act="confirm").status_code == 302
    done = officer.get(address)
    assert "issued" in done.text
    paper = page(site.office, int(address.rsplit("/", 1)[1])).paper
    assert paper.number is not None
    assert paper.number.en in done.text
    assert paper.pdf_sha256["zh"] in done.text
    for language in ("zh", "en"):
        file = officer.client.get(f"{address}/{language}.pdf")
        assert (file.status_code, file.mimetype) == (200, "application/pdf")
        assert file.data.startswith(b"%PDF-")
    assert f"issued: No. {paper.number.en}" in officer.get(f"/cases/{case_id}").text


def test_what_was_typed_stays_when_somebody_was_first(site: Site, case_id: int) -> None:
    officer = site.sign_in("officer")
    paper_id = begun(site.office, case_id, REPORT)
    form = officer.get(f"/papers/{paper_id}").form_to(f"/papers/{paper_id}")
    name = next(key for key in form.values if key.endswith("-zh"))
    second = site.sign_in("officer2")
    own = second.get(f"/papers/{paper_id}").form_to(f"/papers/{paper_id}")
    assert second.send(own, act="keep", **{name.replace("-", "__"): "乙"}).status_code == 302
    answer = officer.send(form, act="keep", **{name.replace("-", "__"): "甲"})
    assert answer.status_code == 409
    again = Page(answer)
    assert "nothing of yours was recorded" in again.text
    assert again.form_to(f"/papers/{paper_id}").values[name] == "甲"
    assert officer.send(again.form_to(f"/papers/{paper_id}"), act="keep").status_code == 302


def test_what_is_wrong_stands_at_its_section(site: Site, case_id: int) -> None:
    officer = site.sign_in("officer")
    paper_id = begun(site.office, case_id, REPORT)
    form = officer.get(f"/papers/{paper_id}").form_to(f"/papers/{paper_id}")
    name = next(key for key in form.values if key.endswith("-zh"))
    answer = officer.send(form, act="submit", **{name.replace("-", "__"): "缺 ＿＿＿＿"})
    assert answer.status_code == 422
    wrong = Page(answer)
    assert wrong.by_id(f"{name}-fault-1") is not None
    assert f"#{name}" in wrong.links()
    assert wrong.form_to(f"/papers/{paper_id}").values[name] == "缺 ＿＿＿＿"
    # The form goes on from what was kept.
    assert officer.send(wrong.form_to(f"/papers/{paper_id}"), act="keep").status_code == 302


def test_a_returned_paper_shows_the_remarks(site: Site, case_id: int) -> None:
    paper_id = submitted(site.office, begun(site.office, case_id, REPORT)).paper.id
    reviewer, officer = site.sign_in("reviewer"), site.sign_in("officer")
    form = reviewer.get(f"/papers/{paper_id}").form_to(f"/papers/{paper_id}/review")
    refused = reviewer.send(form, verdict="return")
    assert refused.status_code == 422
    assert Page(refused).by_id("note-fault-1") is not None
    assert reviewer.send(form, verdict="return", note="State the date.").status_code == 302
    shown = officer.get(f"/papers/{paper_id}")
    assert "State the date." in shown.text
    assert "Returned by Reviewer" in shown.text


def test_an_issued_paper_is_corrected(site: Site, case_id: int) -> None:
    [old] = issued(site.office, case_id, REPORT)
    officer = site.sign_in("officer")
    shown = officer.get(f"/papers/{old.id}")
    assert f"/papers/{old.id}/correct" in shown.links()
    form = officer.get(f"/papers/{old.id}/correct").form_to(f"/papers/{old.id}/correct")
    assert officer.send(form, reason=" ").status_code == 422
    new_id = int(officer.send(form, reason="The date was wrong.").location.rsplit("/", 1)[1])
    shown_new = reviewed(site.office, new_id)
    form = officer.get(f"/papers/{new_id}").form_to(f"/papers/{new_id}/issue")
    assert "The date was wrong." in officer.get(f"/papers/{new_id}").text
    assert officer.send(form, act="confirm").status_code == 302
    after = officer.get(f"/papers/{old.id}")
    assert "This paper was corrected." in after.text
    assert f"/papers/{new_id}" in after.links()
    assert f"/papers/{old.id}/correct" not in after.links()
    assert shown_new.paper.corrects_id == old.id


def test_a_paper_is_dropped_after_asking_and_taken_back(site: Site, case_id: int) -> None:
    officer = site.sign_in("officer")
    paper_id = submitted(site.office, begun(site.office, case_id, REPORT)).paper.id
    assert officer.send(officer.get(f"/papers/{paper_id}").form_to(f"/papers/{paper_id}/take-back")).status_code == 302
    assert page(site.office, paper_id).paper.status is PaperStatus.DRAFT
    form = officer.get(f"/papers/{paper_id}").form_to(f"/papers/{paper_id}/drop")
    asked = officer.send_page(form, act="check")
    assert "cannot be taken up again" in asked.text
    assert page(site.office, paper_id).paper.status is PaperStatus.DRAFT
    gone = officer.send(asked.form_to(f"/papers/{paper_id}/drop"), act="confirm")
    assert gone.location == f"/cases/{case_id}/papers"
    assert page(site.office, paper_id).paper.status is PaperStatus.DROPPED


def test_a_notice_is_prepared_and_the_step_that_serves_it_is_filled(site: Site) -> None:
    office, notice = site.office, "penalty_notice"
    with_gate(office, "serve_penalty_notice", serves=notice)
    case_id = office.walk("two_illegal_paid", until="pass_legal_review")
    office.time.day = date(2024, 2, 1)
    officer, step = site.sign_in("officer"), f"/cases/{case_id}/steps/serve_penalty_notice"
    warned = officer.get(step)
    assert "is not issued yet" in warned.text
    assert f"/cases/{case_id}/papers" in warned.links()
    listed = officer.get(f"/cases/{case_id}/papers")
    assert "still to be taken" in listed.text
    form = next(one for one in listed.forms() if one.action == f"/cases/{case_id}/papers")
    address = officer.send(form, kind=notice).location
    draft = officer.get(address)
    sections = {key.replace("-", "__"): "已填写。" for key in draft.form_to(address).values if key.endswith("-zh")}
    answers = {"answer__notified_fine": "many", "answer__defence_until": "2024-02-06"}
    # The English text of the rights has a blank until the date is answered, and follows it then.
    wrong = officer.send_page(draft.form_to(address), act="submit", **sections, **answers)
    assert wrong.by_id("answer-notified_fine-fault-1") is not None
    assert wrong.form_to(address).values["answer-notified_fine"] == "many"
    answers |= {"answer__notified_fine": "15,000.00", "answer__notified_gains": "3000"}
    assert officer.send(wrong.form_to(address), act="submit", **answers).status_code == 302
    paper_id = int(address.rsplit("/", 1)[1])
    seen = page(office, paper_id)
    verdict = ReviewPaper(paper_id, seen.paper.version, seen.seen, approved=True)
    office.application.papers.drafting.review(office.actors["reviewer"], verdict)
    office.application.papers.issuing.issue(office.actors["officer"], PaperAct(paper_id, verdict.version + 1))
    ready = officer.get(step)
    assert "is not issued yet" not in ready.text
    values = ready.form_to(step).values
    assert (values["answer-notified_fine"], values["answer-defence_until"]) == ("15,000.00", "2024-02-06")
    refused = officer.send_page(
        ready.form_to(step),
        answer__defence_until="2024-02-20",
        answer__notice_served_on="2024-02-01",
        answer__service_method="direct",
        answer__service_record_no="1",
    )
    assert refused.by_id("answer-defence_until-fault-1") is not None
    assert "must be as the issued paper" in refused.text


def test_each_desk_reaches_what_is_its_own(site: Site, case_id: int) -> None:
    draft = begun(site.office, case_id, REPORT)
    answers = {
        login: tuple(
            site.sign_in(login).client.get(path).status_code
            for path in (f"/papers/{draft}", f"/papers/{draft}/zh.pdf", f"/cases/{case_id}/papers", "/papers/review")
        )
        for login in ("officer", "reviewer", "cashier", "auditor", "liaison", "payer", "administrator")
    }
    assert answers == {
        "officer": (200, 200, 200, 403),
        "reviewer": (200, 200, 200, 200),
        "cashier": (200, 200, 200, 403),
        "auditor": (200, 200, 200, 403),
        "liaison": (404, 404, 200, 403),
        "payer": (403, 403, 403, 403),
        "administrator": (403, 403, 403, 403),
    }
    assert site.sign_in("officer").get("/papers/4242").status == 404
    assert site.sign_in("officer").client.get(f"/papers/{draft}/fr.pdf").status_code == 404


def test_a_paper_whose_seal_does_not_open_says_so_and_hands_out_its_file(site: Site, case_id: int) -> None:
    [paper] = issued(site.office, case_id, REPORT)
    with psycopg.connect(site.office.database_url) as connection:
        connection.execute("alter table paper disable trigger user")
        connection.execute("update paper set inputs_sealed = inputs_sealed || 'x'::bytea")
        connection.execute("alter table paper enable trigger user")
    officer = site.sign_in("officer")
    assert "What this paper says cannot be opened" in officer.get(f"/papers/{paper.id}").text
    preview = officer.client.get(f"/papers/{paper.id}/preview/zh")
    assert (preview.status_code, "not what was issued" in preview.text) == (500, True)
    assert officer.client.get(f"/papers/{paper.id}/zh.pdf").data.startswith(b"%PDF")


def test_pages_of_papers_write_nothing(site: Site, case_id: int) -> None:
    [paper] = issued(site.office, case_id, REPORT)
    draft = begun(site.office, case_id, "inspection_record")
    officer = site.sign_in("officer")
    before = site.counts()
    for number in (paper.id, draft):
        for path in ("", "/zh.pdf", "/en.pdf", "/preview/zh", "/preview/en", "/correct"):
            assert officer.client.get(f"/papers/{number}{path}").status_code == 200, path
    assert officer.get(f"/cases/{case_id}/papers").status == 200
    assert site.counts() == before


def test_a_training_database_says_so_across_its_papers(site: Site, case_id: int) -> None:
    [paper] = issued(site.office, case_id, REPORT)
    assert paper.training
    assert "data:image/png;base64," in site.sign_in("officer").get(f"/papers/{paper.id}/preview/zh").html


def test_the_pages_ask_a_bounded_number_of_statements(site: Site, case_id: int) -> None:
    issued(site.office, case_id)
    officer = site.sign_in("officer")
    assert _asked(site, officer, f"/cases/{case_id}/papers") <= MOST_STATEMENTS
    assert _asked(site, officer, f"/cases/{case_id}") <= MOST_STATEMENTS
    reviewer = site.sign_in("reviewer")
    assert _asked(site, reviewer, "/papers/review") <= MOST_STATEMENTS


def _asked(site: Site, visitor: Visitor, path: str) -> int:
    return len(site.statements_of(visitor, path))
