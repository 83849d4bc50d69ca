"""Two people act on one submission in the same moment: one act stands, the other is told and loses nothing typed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg

from caseflow.domain.submissions import Kind, State
from caseflow.services.ports.submissions import Submission
from tests.attack.roles import as_superuser
from tests.persons import person_at
from tests.site import Page, Site
from tests.submitted import person_of, submit

WAITS = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"


@contextmanager
def held(site: Site, submission_id: int) -> Iterator[Callable[[int], None]]:
    """Hold the row of a submission; what is yielded waits until so many others wait for it, then lets them go on."""
    with psycopg.connect(site.office.database_url) as holder:
        holder.execute("select from submission where id = %s for update", (submission_id,))

        def release(many: int) -> None:
            until = time.monotonic() + 30
            with psycopg.connect(as_superuser(site.office.database_url), autocommit=True) as watcher:
                while watcher.execute(WAITS).fetchone() != (many,):
                    assert time.monotonic() < until, f"never {many} at once"
                    time.sleep(0.01)
            holder.rollback()

        yield release


def answers(site: Site, login: str, one: Submission, reasons: str) -> Callable[[], Page]:
    """Return the sending of a confirmed answer, typed by somebody who is signed in."""
    visitor = site.sign_in(login)
    path = f"/submissions/{one.id}/answer"
    form = visitor.get(f"/submissions/{one.id}").form_to(path)
    checked = visitor.send_page(form, outcome="noted", reasons=reasons, act="check")
    confirm = checked.form_to(path)
    return lambda: visitor.send_page(confirm, act="confirm")


def at_once(site: Site, one: Submission, *acts: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(acts)) as pool, held(site, one.id) as release:
        futures: list[Future[Any]] = [pool.submit(act) for act in acts]
        release(len(acts))
        return [future.result() for future in futures]


def state_of(site: Site, one: Submission) -> State:
    with site.office.application.store.begin() as work:
        found = work.submissions.get(one.office_id, one.id)
    assert found is not None
    return found.state


def test_of_two_answers_one_is_told_that_it_was_answered_meanwhile(site: Site) -> None:
    one = submit(site.office, person_of(site.office, site.office.open()), Kind.STATEMENT)
    typed = {"officer": "First words 甲", "supervisor": "Second words 乙"}
    acts = [answers(site, login, one, reasons) for login, reasons in typed.items()]
    pages = at_once(site, one, *acts)
    assert sorted(page.status for page in pages) == [302, 422]
    told, lost = next((page, words) for page, words in zip(pages, typed.values(), strict=True) if page.status == 422)
    assert "It was answered or withdrawn meanwhile." in told.text
    assert lost in told.text
    assert state_of(site, one) is State.ANSWERED


def test_an_answer_to_what_is_withdrawn_at_once_is_told_so_either_way(site: Site) -> None:
    case_id = site.office.open()
    one = submit(site.office, person_of(site.office, case_id), Kind.STATEMENT)
    act = answers(site, "officer", one, "Weighed. 已复核。")
    phone = person_at(site, case_id)
    path = f"/my-case/submissions/{one.case_no}/withdraw"
    form = phone.get(path).form_to(path)
    answered, withdrawn = at_once(site, one, act, lambda: phone.send(form))
    assert withdrawn.status_code == 302
    said = phone.get(f"/my-case/submissions/{one.case_no}").text
    if state_of(site, one) is State.WITHDRAWN:
        assert answered.status == 422
        assert "It was answered or withdrawn meanwhile." in answered.text
        assert "Weighed. 已复核。" in answered.text
    else:
        assert answered.status == 302
        assert "It was answered meanwhile and cannot be withdrawn any more." in said


def test_what_is_withdrawn_in_two_windows_at_once_is_withdrawn(site: Site) -> None:
    case_id = site.office.open()
    person = person_of(site.office, case_id)
    one, intake = submit(site.office, person, Kind.STATEMENT), site.office.application.submissions.intake
    assert at_once(site, one, *[lambda: intake.withdraw(person, one.case_no)] * 2) == [True, True]


def test_a_step_that_takes_in_what_is_answered_or_withdrawn_at_once_stands(site: Site) -> None:
    case_id = site.office.walk("water_instalments", until="serve_decision")
    person = person_of(site.office, case_id)
    one = submit(site.office, person, Kind.INSTALMENTS)
    desk, officer = site.office.application.submissions.desk, site.office.actors["officer"]
    known = desk.prefill(officer, one.id, case_id, "request_instalments")
    moved = site.office.advance(case_id, "request_instalments", known)
    intake = site.office.application.submissions.intake
    at_once(
        site,
        one,
        lambda: desk.record(officer, one.id, case_id, moved.seq),
        lambda: intake.withdraw(person, one.case_no),
    )
    assert state_of(site, one) is State.WITHDRAWN
    with site.office.application.store.begin() as work:
        case = work.cases.load(case_id)
    assert case is not None
    assert case.history[-1].seq == moved.seq
