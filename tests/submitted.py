"""Persons of cases who submit something: signed in as they would be, with the code an officer handed out."""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping

from caseflow.domain.submissions import Kind
from caseflow.services.ports.person_access import PersonAtCase
from caseflow.services.ports.submissions import Submission
from caseflow.services.submissions import Intake, SentFile, Submit
from tests.office import Office
from tests.persons import code_for

HARDSHIP: Mapping[str, str] = {"hardship": "I was ill and earned nothing. 因病住院。", "plan": "1,000 yuan a month"}
TEXTS: Mapping[Kind, Mapping[str, str]] = {
    Kind.STATEMENT: {"text": "It was not us. 不是我们。"},
    Kind.EVIDENCE: {"text": "The register"},
    Kind.HEARING_REQUEST: {"text": ""},
    Kind.INSTALMENTS: HARDSHIP,
    Kind.CORRECTION: {"wrong": "The address", "right": "Lane 2"},
    Kind.REFUND_CLAIM: {"sum": "100", "text": "Paid twice"},
    Kind.RECUSAL: {"text": "They are cousins of my rival. 亲属关系。"},
}


def person_of(office: Office, case_id: int) -> PersonAtCase:
    """Return the person of a case, signed in."""
    access = office.application.person_access
    header = office.application.pages.show(office.actors["officer"], case_id).header
    token = access.sign_in(office.actors["officer"].office_id, header.number, code_for(office, case_id), "192.0.2.1")
    found = access.signed_in(token)
    assert found is not None
    return found


def submit(
    office: Office,
    person: PersonAtCase,
    kind: Kind,
    *,
    key: str | None = None,
    objects_to: str = "",
    files: Mapping[str, bytes] | None = None,
    intake: Intake | None = None,
    **texts: str,
) -> Submission:
    """Submit something sound of a kind, with ``texts`` in place of the usual ones."""
    sent = tuple(SentFile(name, io.BytesIO(content)) for name, content in (files or {}).items())
    asked = Submit(kind, {**TEXTS[kind], **texts}, key or str(uuid.uuid4()), objects_to, sent)
    return (intake or office.application.submissions.intake).submit(person, asked)
