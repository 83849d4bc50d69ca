"""Who may import old casebooks: no other desk, no other office, and nothing without a token."""

from __future__ import annotations

import io

import psycopg

from tests.old_books import stranger
from tests.sent_books import book, checked, committed, row
from tests.site import Site, Visitor, password_hash

GOOD = [row(no) for no in range(1, 4)]
WRONG = row(4, 送达日期="2015-05-01")


def another_office(site: Site) -> Visitor:
    """Sign in as the officer of another county."""
    login = stranger(site.office).login
    with psycopg.connect(site.office.database_url) as connection:
        connection.execute(
            "update staff set password_hash = %s, locale = 'en' where login = %s", (password_hash(), login)
        )
        connection.commit()
    return site.sign_in(login)


def test_no_other_desk_imports(site: Site) -> None:
    address = checked(site.sign_in("officer"), book(*GOOD))
    logins = ("reviewer", "approver", "cashier", "payer", "liaison", "auditor", "administrator")
    visitors = [site.sign_in(login) for login in logins]
    before = site.counts()
    for visitor in visitors:
        law = visitor.get("/law")
        token = {"csrf_token": law.form_to("/sign-out").values["csrf_token"], "key": "k"}
        assert "/imports" not in law.links()
        reads = ("/imports", "/imports/new", address, *(f"{address}/{one}" for one in ("columns", "commit", "drop")))
        assert {visitor.client.get(path).status_code for path in reads} == {403}
        acts = ("columns", "commit", "drop", "annotated", "check", "quarantine", "rows/2", "rows/2/leave-out")
        paths = ("/imports/new", *(f"{address}/{act}" for act in acts))
        assert {visitor.client.post(path, data=token).status_code for path in paths} == {403}
    assert site.counts() == before


def test_nothing_is_taken_without_its_token(site: Site) -> None:
    officer = site.sign_in("officer")
    address = checked(officer, book(*GOOD))
    before = site.counts()
    for act in ("columns", "commit", "drop", "annotated", "check", "quarantine", "rows/2", "rows/2/leave-out"):
        assert officer.client.post(f"{address}/{act}", data={"act": "all"}).status_code == 400
    sent_file = {"key": "k", "file": (io.BytesIO(book(*GOOD)), "a.csv")}
    assert officer.client.post("/imports/new", data=sent_file).status_code == 400
    assert site.counts() == before


def test_another_offices_import_is_not_there(site: Site) -> None:
    officer = site.sign_in("officer")
    address = committed(officer, book(*GOOD, WRONG))
    stranger = another_office(site)
    token = {"csrf_token": stranger.get("/imports/new").forms()[0].values["csrf_token"]}
    assert "No casebook was imported yet." in stranger.get("/imports").text
    for path in ("", "/columns", "/commit", "/drop", "/quarantine", "/rows/5", "/rows/5/leave-out"):
        page = stranger.get(address + path)
        assert page.status == 404
        assert "Your office has no such import" in page.text
    for path in ("/columns", "/commit", "/drop", "/annotated", "/check", "/quarantine", "/rows/5"):
        assert stranger.client.post(address + path, data=token).status_code == 404
    assert stranger.client.post(f"{address}/rows/5/leave-out", data={**token, "reason": "x"}).status_code == 404
    assert officer.client.get("/imports/99999999999999999999").status_code == 404
    assert officer.client.get(f"{address}/rows/99999999999999999999").status_code == 404
    # The same book is new to the other office.
    assert "Good 3" in stranger.get(checked(stranger, book(*GOOD))).text
