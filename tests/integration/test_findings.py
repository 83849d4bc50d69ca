"""Findings go back and forth in turn, tell whose turn it is, and are closed by somebody who did not reply."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import psycopg
import pytest

from caseflow import bootstrap
from caseflow.domain.access import Actor, NotPermitted, Role
from caseflow.domain.findings import About, Note, Severity, Standing, Subject
from caseflow.domain.ledger import Account, Line
from caseflow.domain.sampling import Method
from caseflow.services.cases import KeyReused
from caseflow.services.findings import AddNote, FindingRefused, NoSuchFinding, RaiseFinding
from caseflow.services.ledger import Posting
from caseflow.services.ports import NewStaff
from caseflow.services.ports.auditing import AuditRefused, Population
from caseflow.services.samples import DrawSample
from tests.office import Office
from tests.sealed import settle

GENERAL = Subject(About.GENERAL)
DUE = date(2026, 4, 1)


def raised(office: Office, subject: Subject = GENERAL, **changes: object) -> int:
    asked = RaiseFinding(subject, "No paper", "The paper is not in the file.", Severity.HIGH, DUE, str(uuid.uuid4()))
    return office.application.findings.raise_one(
        office.actors["auditor"],
        replace(asked, **changes),  # type: ignore[arg-type]
    )


def note(office: Office, actor: Actor | str, finding_id: int, kind: Note, **changes: object) -> None:
    who = office.actors[actor] if isinstance(actor, str) else actor
    seen = len(office.application.findings.show(office.actors["auditor"], finding_id).notes)
    due_on = DUE if kind is Note.FOLLOW_UP else None
    asked = AddNote(finding_id, kind, "Words.", seen, str(uuid.uuid4()), due_on)
    office.application.findings.add(who, replace(asked, **changes))  # type: ignore[arg-type]


def standing(office: Office, finding_id: int) -> Standing:
    return office.application.findings.show(office.actors["auditor"], finding_id).finding.standing


def told(office: Office, login: str) -> Sequence[tuple[str, object]]:
    delivery = bootstrap.build_delivery(office.database_url)
    try:
        delivery.drain()
    finally:
        delivery.close()
    items, _more = office.application.desks.inbox(office.actors[login])
    return sorted((item.kind, item.params["number"]) for item in items)


def both_roles(office: Office) -> Actor:
    """Somebody who is auditor and supervisor at once."""
    roles = (Role.AUDITOR, Role.SUPERVISOR)
    new = NewStaff(office.actors["auditor"].office_id, "both", "Both", "both", "", roles)
    with office.application.store.begin() as work:
        staff_id = work.staff.add(new, bootstrap.setup_event("both"))
        work.commit()
    return replace(office.actors["auditor"], id=staff_id, login="both", roles=frozenset(roles))


def test_a_finding_goes_back_and_forth_until_the_auditor_closes_it(office: Office) -> None:
    finding_id = raised(office)
    findings = office.application.findings
    assert findings.open_counts(office.actors["supervisor"]) == {
        Standing.AWAITS_REPLY: 1,
        Standing.AWAITS_AUDITOR: 0,
    }
    note(office, "supervisor", finding_id, Note.REPLY)
    assert standing(office, finding_id) is Standing.AWAITS_AUDITOR
    note(office, "auditor", finding_id, Note.FOLLOW_UP, due_on=date(2026, 5, 1))
    page = findings.show(office.actors["supervisor"], finding_id)
    assert (page.finding.standing, page.finding.reply_due_on) == (Standing.AWAITS_REPLY, date(2026, 5, 1))
    assert page.may_add == {Note.REPLY}
    note(office, "supervisor", finding_id, Note.REPLY)
    note(office, "auditor", finding_id, Note.CLOSING)
    assert standing(office, finding_id) is Standing.CLOSED
    assert not any(findings.open_counts(office.actors["auditor"]).values())
    page = findings.show(office.actors["auditor"], finding_id)
    assert [one.kind for one in page.notes] == [Note.REPLY, Note.FOLLOW_UP, Note.REPLY, Note.CLOSING]
    assert page.may_add == frozenset()
    assert told(office, "supervisor") == [
        ("finding_closed", 1), ("finding_followed_up", 1), ("finding_raised", 1),
    ]  # fmt: skip
    assert told(office, "auditor") == [("finding_replied", 1), ("finding_replied", 1)]
    with psycopg.connect(office.database_url) as connection:
        actions = connection.execute(
            "select action from audit_event where action like 'finding%' order by id"
        ).fetchall()
    assert [action for (action,) in actions] == [
        "finding_raised", "finding_replied", "finding_followed_up", "finding_replied", "finding_closed",
    ]  # fmt: skip


def test_out_of_turn_nothing_is_added(office: Office) -> None:
    finding_id = raised(office)
    for kind in (Note.FOLLOW_UP, Note.CLOSING):
        with pytest.raises(FindingRefused, match="as it stands now"):
            note(office, "auditor", finding_id, kind)
    note(office, "supervisor", finding_id, Note.REPLY)
    for actor, kind in (("supervisor", Note.REPLY), ("auditor", Note.WITHDRAWAL)):
        with pytest.raises(FindingRefused, match="as it stands now"):
            note(office, actor, finding_id, kind)
    with pytest.raises(FindingRefused, match="as it stands now"):
        note(office, "auditor", finding_id, Note.CLOSING, seen=0)


def test_only_who_raised_a_finding_withdraws_it(office: Office) -> None:
    finding_id = raised(office)
    with pytest.raises(FindingRefused):
        note(office, both_roles(office), finding_id, Note.WITHDRAWAL)
    note(office, "auditor", finding_id, Note.WITHDRAWAL)
    assert standing(office, finding_id) is Standing.WITHDRAWN


def test_who_replied_does_not_close_even_with_both_roles(office: Office) -> None:
    finding_id = raised(office)
    both = both_roles(office)
    note(office, both, finding_id, Note.REPLY)
    assert Note.CLOSING not in office.application.findings.show(both, finding_id).may_add
    with pytest.raises(FindingRefused):
        note(office, both, finding_id, Note.CLOSING)
    note(office, "auditor", finding_id, Note.CLOSING)
    assert standing(office, finding_id) is Standing.CLOSED


def test_each_side_has_its_own_part(office: Office) -> None:
    finding_id = raised(office)
    with pytest.raises(NotPermitted):
        note(office, "auditor", finding_id, Note.REPLY)
    note(office, "supervisor", finding_id, Note.REPLY)
    for kind in (Note.FOLLOW_UP, Note.CLOSING):
        with pytest.raises(NotPermitted):
            note(office, "supervisor", finding_id, kind)
    with pytest.raises(NotPermitted):
        office.application.findings.show(office.actors["cashier"], finding_id)
    with pytest.raises(NoSuchFinding):
        office.application.findings.show(replace(office.actors["auditor"], office_id=4242), finding_id)


def test_a_finding_names_what_it_is_about_and_only_what_the_office_has(office: Office) -> None:
    case_id = office.walk("two_illegal_paid", until="record_payment")
    auditor = office.actors["auditor"]
    number = office.application.pages.show(auditor, case_id).header.number
    office.time.day = date(2026, 3, 2)
    moved = office.application.ledger.post(
        office.actors["cashier"],
        Posting(
            "paid-in", Line.INCOME, [("suspend", Account("1201", "collecting_bank"), Account("2103", "suspense"), 9)]
        ),
    )
    settle(office.database_url)
    population = Population(Line.INCOME, "suspend", date(2026, 1, 1), date(2026, 12, 31))
    sample_id = office.application.samples.draw(
        auditor, DrawSample("All of it", population, Method.RANDOM, 1, str(uuid.uuid4()))
    )
    subjects = (
        Subject(About.ENTRY, entry_key=moved[0].key),
        Subject(About.TRANSFER, entry_key=moved[0].key, leg=1),
        Subject(About.RECEIPT, receipt_number="A000017"),
        Subject(About.CASE, case_number=number),
        Subject(About.SAMPLE_ITEM, sample_id=sample_id, item_no=1),
        GENERAL,
    )
    ids = [raised(office, subject) for subject in subjects]
    shown = [office.application.findings.show(auditor, one).finding for one in ids]
    assert [one.number for one in shown] == [1, 2, 3, 4, 5, 6]
    assert [one.subject for one in shown[:4]] == list(subjects[:4])
    assert shown[4].subject == replace(subjects[4], entry_key=moved[0].key, leg=1)
    assert [one.number for one in office.application.findings.of_entry(auditor, moved[0].key)] == [5, 2, 1]
    assert office.application.samples.show(auditor, sample_id)[1][0].finding_number == 5
    wrong = (
        Subject(About.ENTRY, entry_key="no such entry"),
        Subject(About.TRANSFER, entry_key=moved[0].key, leg=2),
        Subject(About.RECEIPT),
        Subject(About.CASE, case_number="NO-SUCH"),
        Subject(About.SAMPLE_ITEM, sample_id=sample_id, item_no=2),
    )
    for subject in wrong:
        with pytest.raises(FindingRefused, match="no such thing"):
            raised(office, subject)


def test_what_is_wrong_with_a_finding_is_said_all_at_once(office: Office) -> None:
    with pytest.raises(FindingRefused) as refused:
        raised(office, title=" ", text="", reply_due_on=date(2026, 3, 1))
    assert [field for field, _ in refused.value.faults] == ["title", "text", "reply_due_on"]
    finding_id = raised(office)
    note(office, "supervisor", finding_id, Note.REPLY)
    with pytest.raises(FindingRefused) as refused:
        note(office, "auditor", finding_id, Note.FOLLOW_UP, text=" ", due_on=None)
    assert [field for field, _ in refused.value.faults] == ["text", "due_on"]


def test_a_repeated_request_answers_its_first_result(office: Office) -> None:
    key = str(uuid.uuid4())
    finding_id = raised(office, idempotency_key=key)
    assert raised(office, idempotency_key=key) == finding_id
    with pytest.raises(KeyReused):
        raised(office, idempotency_key=key, title="Another")
    reply = str(uuid.uuid4())
    for _ in range(2):
        note(office, "supervisor", finding_id, Note.REPLY, idempotency_key=reply, seen=0)
    with pytest.raises(KeyReused):
        note(office, "supervisor", finding_id, Note.REPLY, idempotency_key=reply, text="Other words.")
    assert len(office.application.findings.show(office.actors["auditor"], finding_id).notes) == 1


def test_the_list_goes_by_standing_newest_first(office: Office) -> None:
    ids = [raised(office) for _ in range(3)]
    note(office, "supervisor", ids[1], Note.REPLY)
    note(office, "auditor", ids[0], Note.WITHDRAWAL)
    auditor, findings = office.actors["auditor"], office.application.findings
    assert [one.id for one in findings.newest(auditor)[0]] == ids[::-1]
    for wanted, found in (
        (Standing.AWAITS_REPLY, [ids[2]]),
        (Standing.AWAITS_AUDITOR, [ids[1]]),
        (Standing.CLOSED, []),
        (Standing.WITHDRAWN, [ids[0]]),
    ):
        assert [one.id for one in findings.newest(auditor, wanted)[0]] == found


def test_somebody_whose_role_was_taken_meanwhile_is_refused_by_the_database(office: Office) -> None:
    with psycopg.connect(office.database_url) as connection:
        connection.execute("delete from staff_role where role = 'auditor'")
        connection.commit()
    with pytest.raises(AuditRefused):
        raised(office)
