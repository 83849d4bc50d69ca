"""The person of a case at a phone: codes that officers hand out, and visits to My case."""

from __future__ import annotations

import uuid

from caseflow.domain.person_codes import grouped
from caseflow.services.person_access import GiveAccess
from tests.office import Office
from tests.site import Page, Site, Visitor

PASSPHRASE = "four words nobody guesses"


def number_of(office: Office, case_id: int) -> str:
    return office.application.person_access.given(office.actors["officer"], case_id).header.number


def code_for(office: Office, case_id: int, paper_id: int | None = None) -> str:
    """Let the officer of the case hand out a code; return it as it is printed."""
    asked = GiveAccess(case_id, paper_id, str(uuid.uuid4()))
    return grouped(office.application.person_access.give(office.actors["officer"], asked).code)


def try_in(visitor: Visitor, number: str, code: str = "", passphrase: str = "") -> Page:
    form = visitor.get("/my-case/sign-in").form_to("/my-case/sign-in")
    return visitor.send_page(form, number=number, code=code, passphrase=passphrase)


def person_at(site: Site, case_id: int, language: str = "en") -> Visitor:
    """Return the person of a case, signed in with a code that was just handed out."""
    visitor = site.visitor(language)
    form = visitor.get("/my-case/sign-in").form_to("/my-case/sign-in")
    answer = visitor.send(form, number=number_of(site.office, case_id), code=code_for(site.office, case_id))
    assert (answer.status_code, answer.location) == (302, "/my-case")
    return visitor
