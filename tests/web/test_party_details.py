"""The identity number and address of a party: typed once, sealed, shown masked, and plain nowhere else."""

from __future__ import annotations

import base64
from urllib.parse import quote

import psycopg
import pytest

from caseflow.services.party_details import PartyShown
from tests.office import OPENING
from tests.site import PASSWORD, Form, Page, Site, Visitor

NUMBER = "11010519491231002X"
PLACE = "云岭县桃源路1号"
PATH = "/cases/new/two_illegal"


def form_of(visitor: Visitor) -> Form:
    return visitor.get(PATH).form_to(PATH)


def typed(site: Site, **changes: str) -> dict[str, str]:
    answers = {f"answer-{name}": value for name, value in OPENING.items()}
    second = str(site.office.actors["officer2"].id)
    person = {"party_kind": "institution", "party_name": "和谐诊所", "second_officer_id": second}
    return {**person, "party_identity": NUMBER, "party_address": PLACE, **answers, **changes}


def test_a_number_typed_at_the_opening_is_shown_masked_with_the_address(site: Site) -> None:
    visitor = site.sign_in("officer")
    sent = visitor.send(form_of(visitor), **typed(site, party_identity="110105 19491231-002x"))
    assert sent.status_code == 302
    page = visitor.get(sent.location)
    assert "**************002X" in page.text
    assert PLACE in page.text
    assert "Identity number" in page.text
    assert NUMBER not in page.text
    auditor = site.sign_in("auditor")
    auditor.send(auditor.get(sent.location).form_to("/language"), locale="zh")
    shown = auditor.get(sent.location)
    assert "公民身份号码" in shown.text
    assert "**************002X" in shown.text


def test_neither_has_to_be_given(site: Site) -> None:
    visitor = site.sign_in("officer")
    sent = visitor.send(form_of(visitor), **typed(site, party_identity=" ", party_address=""))
    page = visitor.get(sent.location)
    assert page.status == 200
    assert "Identity number" not in page.text


@pytest.mark.parametrize(
    ("number", "about"),
    [("110105194912310021", "check character"), ("11010519490230002X", "day of birth"), ("12", "18 characters")],
)
def test_a_wrong_number_is_refused_at_its_field_and_kept(site: Site, number: str, about: str) -> None:
    visitor = site.sign_in("officer")
    page = visitor.send_page(form_of(visitor), **typed(site, party_identity=number))
    assert page.status == 422
    assert about in page.text
    assert 'href="#party_identity"' in page.html
    kept = page.form_to(PATH).values
    assert (kept["party_identity"], kept["party_address"]) == (number, PLACE)
    assert site.counts()["cases"] == 0


def test_a_repeated_request_is_known_by_the_number_too(site: Site) -> None:
    visitor = site.sign_in("officer")
    form = form_of(visitor)
    first = visitor.send(form, **typed(site))
    assert visitor.send(form, **typed(site)).location == first.location
    assert visitor.send_page(form, **typed(site, party_identity="440524188001010014")).status == 409


def test_what_is_kept_through_sign_in_holds_no_number(site: Site) -> None:
    visitor = site.sign_in("officer")
    form = form_of(visitor)
    visitor.send(visitor.get("/desk").form_to("/sign-out"))
    values = {**form.values, **typed(site)}
    page = Page(visitor.client.post(form.action, data=values, headers={"Sec-Fetch-Site": "same-origin"}))
    assert "What you typed is kept on this page" in page.text
    again = visitor.send_page(page.form_to("/sign-in"), login="officer", password=PASSWORD)
    shown = visitor.send_page(again.form_to(PATH), act="back")
    kept = shown.form_to(PATH).values
    assert (kept["party_name"], kept["party_identity"], kept["party_address"]) == ("和谐诊所", "", "")


def test_what_does_not_open_is_said_and_nothing_of_it_shown(site: Site) -> None:
    visitor = site.sign_in("officer")
    sent = visitor.send(form_of(visitor), **typed(site))
    with psycopg.connect(site.office.database_url) as connection:
        connection.execute(r"update party set identity_sealed = set_byte(identity_sealed, 20, 7)")
        connection.execute(r"update party set identity_sealed = set_byte(identity_sealed, 21, 7)")
    page = visitor.get(sent.location)
    assert page.status == 200
    assert "cannot be opened" in page.text
    assert PLACE not in page.text


def test_another_office_sees_nothing(site: Site) -> None:
    case_id = site.office.open(party_identity=NUMBER, party_address=PLACE)
    officer = site.office.actors["officer"]
    stranger = type(officer)(officer.id, officer.office_id + 1, "x", "X", "某", officer.roles, "en")
    header = site.office.application.pages.show(officer, case_id).header
    assert site.office.application.parties.shown(stranger, header) == PartyShown()
    assert site.office.application.parties.shown(officer, header).address == PLACE


def test_the_plain_number_stands_nowhere_in_a_dump_of_the_database_nor_in_a_log(
    site: Site, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    visitor = site.sign_in("officer")
    sent = visitor.send(form_of(visitor), **typed(site))
    visitor.get(sent.location)
    visitor.send(form_of(visitor), **typed(site, party_identity="110105194912310021"))
    dump = dumped(site.office.database_url)
    assert b"YL-" in dump or b"YUNLING" in dump or b"case_opened" in dump  # it is a dump of what was written
    for plain in ("和谐诊所", NUMBER, NUMBER[:17], "19491231", "110105194912310021", PLACE, "桃源路"):
        raw = plain.encode()
        for spelled in (raw, raw.hex().encode(), base64.b64encode(raw)[:-4], quote(plain).encode()):
            assert spelled not in dump, plain
    told = "".join(capfd.readouterr()) + caplog.text
    assert NUMBER[:17] not in told
    assert PLACE not in told
    assert NUMBER[:17] not in sent.location


def dumped(database_url: str) -> bytes:
    """Return every row of every table as text, which is what a dump holds."""
    found: list[bytes] = []
    with psycopg.connect(database_url) as connection:
        tables = connection.execute(
            "select oid::regclass::text from pg_class "
            "where relkind in ('r', 'm') and relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (table,) in tables:
            with connection.cursor().copy(f"copy (select * from {table}) to stdout".encode()) as copy:
                found.extend(bytes(piece) for piece in copy)
    return b"".join(found)
