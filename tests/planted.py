"""A case whose investigation says words that nobody else may read, and a crawl over all that a desk can reach."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from pypdf import PdfReader

from caseflow.domain.referral_sight import before_the_decision
from caseflow.domain.step_effects import OPENING
from caseflow.domain.workflow import Definition
from caseflow.resources import read_yaml
from tests.office import WALKS, Office, typed, with_receipt
from tests.site import Visitor

PLANTED = "PLANTED"
_WRITTEN = ("text", "long_text", "reference")
# Not part of what is read: files, the way out, and pages of another day or language.
_PASSED_OVER = re.compile(r"^/(static|bootstrap|sign-out|language|training)")
_MOST_PAGES = 400


def plant(office: Office, name: str, *, until: str) -> int:
    """Replay a walk with every written answer before the decision replaced by a planted word; return the case."""
    walk = next(walk for walk in read_yaml(WALKS).data["walks"] if walk["name"] == name)
    definition = office.application.rulebook.regime(walk["regime"])
    office.time.day = walk["start"]
    opening = typed(definition, planted(definition, OPENING, walk["opening"]))
    case_id = office.open(regime=walk["regime"], party_kind=walk["subject_kind"], answers=opening)
    state = definition.opens
    for step in walk["steps"]:
        office.time.day = step["on"]
        login = step["by"].replace("_1", "").replace("_2", "2")
        answers = dict(with_receipt(office.application, definition, step, office.actors["cashier"]))
        if before_the_decision(definition, step["step"], state):
            answers = planted(definition, step["step"], answers)
        office.issue(case_id, *definition.steps[step["step"]].needs.issued)
        office.advance(case_id, step["step"], typed(definition, answers), actor=login)
        state = definition.steps[step["step"]].target(state)
        if step["step"] == until:
            return case_id
    raise LookupError(until)


Instead = tuple[str, date, Mapping[str, str]] | None


def replay(office: Office, name: str, *, until: str, instead: Mapping[str, Instead]) -> int:
    """Replay a walk with some of its steps replaced by others (None: left out); return the case.

    The steps after a replaced one keep their day where it is not before the day of the new one.
    """
    walk = next(walk for walk in read_yaml(WALKS).data["walks"] if walk["name"] == name)
    definition = office.application.rulebook.regime(walk["regime"])
    office.time.day = walk["start"]
    opening = typed(definition, walk["opening"])
    case_id = office.open(regime=walk["regime"], party_kind=walk["subject_kind"], answers=opening)
    for step in walk["steps"]:
        other = instead.get(step["step"], (step["step"], step["on"], typed(definition, step["answers"])))
        if other is not None:
            trigger, office.time.day, answers = other
            login = step["by"].replace("_1", "").replace("_2", "2")
            office.issue(case_id, *definition.steps[trigger].needs.issued)
            office.advance(case_id, trigger, answers, actor=login)
        if step["step"] == until:
            return case_id
    raise LookupError(until)


def planted(definition: Definition, step: str, answers: dict[str, Any]) -> dict[str, Any]:
    """Return the answers with every text in them replaced by a planted word that says where it stands."""
    kinds = {name: definition.fields[name].type for name in answers}
    return {name: f"{PLANTED}-{step}-{name}" if kinds[name] in _WRITTEN else value for name, value in answers.items()}


def _told(kind: str | None, data: bytes) -> str:
    """Return what a file says to whoever opens it."""
    if kind == "application/pdf":
        return "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(data)).pages)
    return data.decode("utf-8", errors="replace")


def crawl(visitor: Visitor, *starts: str) -> Iterator[tuple[str, str]]:
    """Yield the address and the text of every page and file that links lead to from ``starts``."""
    waiting, seen = list(starts), set(starts)
    while waiting:
        address = waiting.pop()
        answer = visitor.client.get(address)
        if answer.status_code >= 300:
            location = answer.location or ""
            found = [location] if location.startswith("/") else []
        else:
            text = _told(answer.mimetype, answer.get_data())
            yield address, text
            found = re.findall(r'href="(/[^"#]*)', text)
        for link in (one.replace("&amp;", "&") for one in found):
            if link not in seen and not _PASSED_OVER.match(link):
                assert len(seen) < _MOST_PAGES, "the crawl does not end"
                seen.add(link)
                waiting.append(link)
