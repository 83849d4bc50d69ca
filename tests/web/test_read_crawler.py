"""A crawler in every role: whatever answer shows something of somebody, that very request left a row of the log."""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from werkzeug.exceptions import HTTPException
from werkzeug.test import TestResponse

from caseflow.services.bank import EnterFile
from tests.casebook import remitted
from tests.cashier import opened, pays, served
from tests.office import STAFF, Office
from tests.site import Site

NUMBER = "11010519491231002X"
Subject = tuple[int | None, int | None, int | None, int | None]
LOGGED = (
    "select case_id, bank_line_id, receipt_lot_id, receipt_no, request_id from read_log where id > %s and actor_id = %s"
)
# Of each endpoint so many addresses: lists lead to many pages of one kind.
OF_EACH = 3


@dataclass
class County:
    """A site whose people can be told apart by every string that is kept of them.

    What they are kept by: a case, or where they belong to none a receipt (lot, number) or a line of the bank.
    """

    site: Site
    marks: dict[Subject, tuple[str, ...]] = field(default_factory=dict)

    def shown_in(self, text: str) -> set[Subject]:
        return {subject for subject, marks in self.marks.items() if any(mark in text for mark in marks)}


@pytest.fixture
def county(site: Site) -> County:
    built = County(site)
    office, count = site.office, itertools.count(1)
    plain = Office.open

    def open_marked(actor: str = "officer", **changes: Any) -> int:
        no = next(count)
        marks = (f"Lantern House {no:02d}.", f"telephone 0871-55{no:02d}77", f"Weaver Lane {no:02d} upstairs")
        told = dict(zip(("party_name", "party_contact", "party_address"), marks, strict=True))
        case_id = plain(office, actor, **{**changes, **told, **({"party_identity": NUMBER} if no == 1 else {})})
        built.marks[case_id, None, None, None] = (*marks, "*******002X") if no == 1 else marks
        return case_id

    office.open = open_marked  # type: ignore[method-assign]
    day = office.time.day
    for _ in range(2):
        office.open()
    case_id, _lot = served(office), opened(office)
    pays(office, case_id, "100", "1")
    office.time.day = day
    remitted(office)
    line = f"日期,金额,票据号,对方户名\n{day.isoformat()},7.00,,Passing Stranger 陌生人\n".encode()
    office.application.statements.enter(office.actors["cashier"], EnterFile("two.csv", line), key="two")
    with psycopg.connect(office.database_url) as connection:
        [lot_id, no] = connection.execute("select lot_id, no from receipt where case_id is null").fetchone() or (0, 0)
        [line_id] = connection.execute("select max(id) from bank_line").fetchone() or (0,)
    built.marks[None, None, lot_id, no] = ("Harmony Clinic",)
    built.marks[None, line_id, None, None] = ("Passing Stranger", "陌生人")
    return built


def pages(site: Site, login: str) -> Iterator[tuple[str, TestResponse]]:
    """Yield every address the desk leads to with its answer, following links."""
    visitor = site.sign_in(login)
    adapter = site.app.url_map.bind("localhost")
    waiting, seen, of_endpoint = deque(["/"]), {"/"}, Counter[str]()
    while waiting:
        address = waiting.popleft()
        try:
            endpoint, _arguments = adapter.match(urlsplit(address).path, method="GET")
        except HTTPException:
            continue
        if of_endpoint[endpoint] >= OF_EACH or endpoint.endswith("static"):
            continue
        of_endpoint[endpoint] += 1
        answer = visitor.client.get(address)
        yield address, answer
        found: list[str] = [str(answer.location or "")]
        if answer.mimetype == "text/html":
            found += [
                part.split('"')[0].replace("&amp;", "&") for part in answer.get_data(as_text=True).split('href="')[1:]
            ]
        fresh = [one for one in dict.fromkeys(found) if one.startswith("/") and one not in seen]
        seen.update(fresh)
        waiting.extend(fresh)


@pytest.mark.parametrize("login", [login for login in STAFF if not login.endswith("2")])
def test_whatever_shows_somebody_leaves_a_row_of_that_very_request(county: County, login: str) -> None:
    actor_id = county.site.office.actors[login].id
    visited, shown, unlogged = 0, Counter[Subject](), list[tuple[str, Subject | None]]()
    with psycopg.connect(county.site.office.database_url, autocommit=True) as connection:

        def newest() -> int:
            [known] = connection.execute("select coalesce(max(id), 0) from read_log").fetchone() or (0,)
            return int(known)

        before = newest()
        for address, answer in pages(county.site, login):
            visited += 1
            assert answer.status_code < 500, address
            rows = connection.execute(LOGGED, (before, actor_id)).fetchall()
            # A page that asked why first took three requests: what counts is the last.
            last = {row[:4] for row in rows if row[4] == rows[-1][4]}
            seen = (
                county.shown_in(answer.get_data(as_text=True)) if (answer.mimetype or "").startswith("text/") else set()
            )
            if answer.mimetype == "application/pdf" and "/papers/" in address and not last:
                unlogged.append((address, None))
            unlogged += [(address, subject) for subject in seen - last]
            shown.update(seen)
            before = newest()
    assert not unlogged
    assert visited > 5
    reads = login not in {"administrator", "payer"}
    assert bool(shown) is reads, "the crawler has to see people, or nothing is proven"
    if login in {"cashier", "auditor", "supervisor"}:
        assert set(county.marks) - set(shown) == set(), "a desk of money sees payers without a case too"
