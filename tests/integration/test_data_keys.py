"""The life of a data key: put before the others, everything sealed anew, the old one taken away."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner

from caseflow import bootstrap
from caseflow.cli import main
from caseflow.config import read_settings
from caseflow.domain.submissions import Kind, Outcome
from caseflow.persistence.resealing import Resealing
from caseflow.services.party_details import PartyTold, sealed_details
from caseflow.services.ports.papers import INPUTS
from caseflow.services.submissions import AnswerSubmission
from caseflow.services.views import ListFilter
from tests.office import Office, kept_cipher
from tests.own_keys import command, environment, ring
from tests.papers import issued, page
from tests.parties import names_kept
from tests.refunded import NUMBER, twice_levied
from tests.submitted import person_of, submit

# The name of whose case the tests walk through.
WALKED = "Harmony Clinic 和谐诊所"


def found(office: Office) -> set[int]:
    page = replace(office.application.refunds, _counted={}).newest(office.actors["officer"], None, before_id=None)
    return {one.case.id for one in page.rows}


def searched(office: Office, name: str) -> list[str]:
    listed = office.application.desks.case_list(office.actors["officer"], ListFilter(text=name))
    return [row.case.party_name for row in listed.rows]


def test_a_key_is_changed_without_a_break(own: Office, tmp_path: Path) -> None:
    _first, second = twice_levied(own)
    assert found(own) == {second}
    [old] = command("list", "--json")["ring"]
    begun = command("rotate", "--json")
    assert (begun["broken"], begun["retirable"]) == (0, [old])
    assert begun["rows"] >= 4, "two parties and a receipt of each"
    assert [len(ring(tmp_path)), begun["added"] == begun["newest"]] == [2, True]
    # This process had read its keys long before; nobody told it of the new one.
    assert searched(own, " harmony　ＣＬＩＮＩＣ ") == ["Harmony Clinic"] * 2
    assert found(own) == {second}
    listed = command("list", "--json")
    assert {use["key"] for use in listed["uses"]} == {begun["newest"]}
    assert "seals what is new" in command("list")
    again = command("rotate", "--json")
    assert (again["added"], again["rows"], len(ring(tmp_path))) == (None, 0, 2), (
        "no third key while the old one is here"
    )
    assert old in command("retire")
    assert len(ring(tmp_path)) == 1
    assert "one key" in command("retire")
    assert found(own) == {second}
    assert searched(own, "Harmony Clinic") == ["Harmony Clinic"] * 2
    with own.application.store.begin() as work:
        assert {receipt.payer for receipt in work.receipts.of_case(second)} == {WALKED}
    with psycopg.connect(own.database_url) as connection:
        assert connection.execute("select count(*) from party where identity_index_old is not null").fetchone() == (0,)
        actions = connection.execute(
            "select action, body::text from audit_event where action like 'data_key%'"
        ).fetchall()
    assert {action for action, _ in actions} == {"data_key_added", "data_keys_rotated", "data_key_retired"}
    assert not [body for _, body in actions if ring(tmp_path)[0][16:] in body]


def test_equal_numbers_meet_at_every_moment_of_a_rotation(
    own: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _first, second = twice_levied(own)
    path = tmp_path / "files" / "keys" / "data.keys"
    path.write_text(f"{bootstrap.new_data_key()}\n{path.read_text(encoding='ascii')}", encoding="ascii")
    cipher = bootstrap.build_field_cipher(read_settings(environment(own.database_url, tmp_path)))
    time.sleep(1.1)  # what a running process needs to take up the new key
    monkeypatch.setattr("caseflow.persistence.resealing.BATCH_ROWS", 1)
    engine = bootstrap.make_engine(own.database_url, pool_size=1, role=None)
    moments = []

    def look(_rows: int) -> None:
        moments.append((found(own), searched(own, "Harmony Clinic"), keys_of(own)))

    try:
        Resealing(engine).reseal(cipher, cipher.key_ids[0], look)
    finally:
        engine.dispose()
    assert {frozenset(one) for one, _, _ in moments} == {frozenset({second})}
    assert {tuple(names) for _, names, _ in moments} == {("Harmony Clinic", "Harmony Clinic")}
    assert moments[0][2] == 2, "one of the two was sealed anew, the other was not yet"
    assert keys_of(own) == 1


def keys_of(office: Office) -> int:
    with psycopg.connect(office.database_url) as connection:
        row = connection.execute("select count(distinct substr(name_sealed, 2, 4)) from party").fetchone()
    assert row is not None
    return int(row[0])


def test_a_rotation_that_is_killed_goes_on_where_it_was(own: Office, tmp_path: Path) -> None:
    for number in range(12):
        own.open(party_name=f"Clinic {number}", party_identity=NUMBER, party_contact=f"010-{number}")
    script = (
        "import os\nfrom caseflow.persistence import resealing\nresealing.BATCH_ROWS = 2\n"
        "write, count = resealing._write, []\n"
        "def dies(*told):\n    count.extend(told[3][:1])\n    write(*told)\n"
        "    if len(count) == 3: os.kill(os.getpid(), 9)\n"
        "resealing._write = dies\nfrom caseflow.cli import main\nmain(['keys', 'rotate'])\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], env=dict(os.environ), check=False)
    assert killed.returncode == -9
    assert (len(ring(tmp_path)), keys_of(own)) == (2, 2)
    time.sleep(1.1)  # what a running process needs to take up the new key
    assert len(searched(own, "Clinic 3")) == 1
    refused = CliRunner().invoke(main, ["keys", "retire"])
    assert refused.exit_code == 1
    assert "run caseflow keys rotate first" in refused.output
    assert len(ring(tmp_path)) == 2
    went_on = command("rotate", "--json")
    assert (went_on["added"], went_on["rows"], went_on["broken"]) == (None, 8, 0)
    assert keys_of(own) == 1
    assert sorted(names_kept(own.database_url)) == sorted(f"Clinic {number}" for number in range(12))


def test_nothing_is_sealed_with_a_key_that_was_taken_away(own: Office, tmp_path: Path) -> None:
    own.open(party_identity=NUMBER)
    before = ring(tmp_path)[0]
    stale = bootstrap.build_field_cipher(read_settings({"CASEFLOW_HOME": str(tmp_path), "CASEFLOW_DATA_KEYS": before}))
    command("rotate")
    command("retire")
    kept = sealed_details(stale, 900, own.actors["officer"].office_id, PartyTold("Harmony Clinic"))
    with (
        psycopg.connect(own.database_url) as connection,
        pytest.raises(psycopg.errors.CheckViolation, match="taken away"),
    ):
        connection.execute(
            "insert into party (id, office_id, kind, name_sealed, name_index) overriding system value "
            "values (900, %s, 'institution', %s, %s)",
            [own.actors["officer"].office_id, kept.name_sealed, kept.name_index],
        )
    new = ring(tmp_path)[0]
    both = bootstrap.build_field_cipher(
        read_settings({"CASEFLOW_HOME": str(tmp_path), "CASEFLOW_DATA_KEYS": f"{new},{before}"})
    )
    kept = sealed_details(both, 901, own.actors["officer"].office_id, PartyTold("Harmony Clinic", identity=NUMBER))
    assert kept.identity_index_old is not None
    with psycopg.connect(own.database_url) as connection:
        connection.execute(
            "insert into party (id, office_id, kind, name_sealed, name_index, identity_sealed, identity_index, "
            "identity_index_old) overriding system value values (901, %s, 'institution', %s, %s, %s, %s, %s)",
            [own.actors["officer"].office_id, kept.name_sealed, kept.name_index, kept.identity_sealed,
             kept.identity_index, kept.identity_index_old],
        )  # fmt: skip
        row = connection.execute("select count(*) from party where identity_index_old is not null").fetchone()
    assert row == (0,), "a process that holds the old key still brings nothing of it in"


def test_what_is_being_written_with_the_old_key_is_seen_before_it_is_taken_away(own: Office, tmp_path: Path) -> None:
    """A process with the keys of before writes while they are taken away: it is waited for, and then counted."""
    officer = own.actors["officer"]
    own.application.own_sign_in.totp.offer(officer)
    [old] = command("list", "--json")["ring"]
    command("rotate")
    with psycopg.connect(own.database_url) as writing:
        writing.execute(
            "update staff_totp set offered_sealed = overlay(offered_sealed placing %s::bytea from 2 for 4)",
            [bytes.fromhex(old)],
        )
        retiring = subprocess.Popen(
            [sys.executable, "-m", "caseflow.cli", "keys", "retire"], stderr=subprocess.PIPE, text=True
        )
        with pytest.raises(subprocess.TimeoutExpired):
            retiring.wait(8)
        # Nobody else waits for the one who waits: what others write goes on.
        own.application.own_sign_in.totp.offer(own.actors["reviewer"])
        writing.commit()
    told = retiring.communicate(timeout=60)[1]
    assert retiring.returncode == 1
    assert f"1 rows use the key {old}" in told
    assert len(ring(tmp_path)) == 2


def test_keys_of_the_environment_are_changed_by_whoever_sets_them(
    own: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own.open()
    old = ring(tmp_path)[0]
    monkeypatch.setenv("CASEFLOW_DATA_KEYS", old)
    refused = CliRunner().invoke(main, ["keys", "rotate"])
    assert refused.exit_code == 1
    assert "caseflow keys new" in refused.output
    new = command("new").strip()
    monkeypatch.setenv("CASEFLOW_DATA_KEYS", f"{new},{old}")
    assert "sealed and indexed anew" in command("rotate")
    assert "Take it out of CASEFLOW_DATA_KEYS" in command("retire")
    assert ring(tmp_path) == [old], "the file is not what counts here"
    monkeypatch.setenv("CASEFLOW_DATA_KEYS", command("new").strip())
    assert "this key is missing" in command("list")
    lost = CliRunner().invoke(main, ["keys", "rotate"])
    assert (lost.exit_code, "put them back from your backup" in lost.output) == (1, True)


def test_what_an_older_caseflow_kept_plain_is_sealed_after_the_migration(own: Office) -> None:
    own.open(party_name="和谐诊所")
    first = own.walk("fee_double_levy_refunded", until="close_case")
    [paper] = issued(own, own.walk("two_illegal_paid", until="conclude_investigation"), "investigation_report")
    make_plain(own)
    bootstrap.migrate(own.database_url)
    assert own.application.papers.verifying.verify().findings == []
    assert page(own, paper.id).paper.inputs == paper.inputs
    assert sorted(names_kept(own.database_url)) == [WALKED, WALKED, "和谐诊所"]
    assert searched(own, "和谐诊所") == ["和谐诊所"]
    header = own.application.pages.show(own.actors["officer"], first).header
    assert (header.party_name, header.party_contact) == (WALKED, "010-1")
    with own.application.store.begin() as work:
        assert {receipt.payer for receipt in work.receipts.of_case(first)} == {WALKED}
    assert command("seal", "--json") == {"rows": 0}
    with psycopg.connect(own.database_url) as connection:
        told = connection.execute(
            "select p::text, (select string_agg(r::text, '') from receipt r), (select string_agg(i::text, '') from "
            "paper i) from party p"
        ).fetchall()
    assert "Harmony" not in str(told)


def make_plain(office: Office) -> None:
    """Put parties and receipts as an older caseflow kept them."""
    names = dict(enumerate(names_kept(office.database_url), 1))
    with psycopg.connect(office.database_url) as connection:
        connection.execute("alter table party disable trigger user")
        connection.execute("alter table receipt disable trigger user")
        rows = connection.execute("select id from party order by id").fetchall()
        for (party_id,), name in zip(rows, names.values(), strict=True):
            connection.execute(
                "update party set name = %s, contact = '010-1', name_sealed = null, name_index = null, "
                "contact_sealed = null where id = %s", [name, party_id],
            )  # fmt: skip
        connection.execute(
            "update receipt r set payer = p.name, payer_sealed = null from cases c join party p on p.id = c.party_id "
            "where c.id = r.case_id"
        )
        connection.execute("alter table party enable trigger user")
        connection.execute("alter table paper disable trigger user")
        for paper_id, sealed in connection.execute("select id, inputs_sealed from paper").fetchall():
            connection.execute(
                "update paper set inputs = %s::jsonb, inputs_sealed = null where id = %s",
                [kept_cipher().open(INPUTS, paper_id, sealed), paper_id],
            )
        connection.execute("alter table paper enable trigger user")
        connection.execute("alter table receipt enable trigger user")


def test_a_seal_that_does_not_open_stays_and_keeps_its_key(own: Office) -> None:
    first, other = own.open(party_name="Harmony Clinic"), own.open(party_name="和谐诊所")
    with psycopg.connect(own.database_url) as connection:
        connection.execute(
            "update party p set name_sealed = q.name_sealed from party q where q.id <> p.id and p.id = "
            "(select party_id from cases where id = %s)", [first],
        )  # fmt: skip
    officer = own.actors["officer"]
    listed = own.application.desks.case_list(officer, ListFilter())
    names = {row.case.id: row.case.party_name for row in listed.rows}
    assert names[other] == "和谐诊所"
    assert "cannot be opened" in names[first], "the list stands, and shows nobody else's name"
    done = command("rotate", "--json", code=1)
    assert (done["broken"], done["retirable"]) == (1, [])
    assert len(command("list", "--json")["ring"]) == 2


def test_what_persons_submit_what_papers_say_and_secrets_of_apps_follow_the_keys(own: Office) -> None:
    person, officer = person_of(own, own.open()), own.actors["officer"]
    sent = submit(own, person, Kind.STATEMENT, text="It was not us. 不是我们。")
    [paper] = issued(own, own.walk("two_illegal_paid", until="conclude_investigation"), "investigation_report")
    answered = AnswerSubmission(sent.id, Outcome.NOTED, "As said. 如上。", "answered")
    own.application.submissions.desk.answer(officer, answered)
    own.application.own_sign_in.totp.offer(officer)
    offered = own.application.own_sign_in.totp.offered(officer)
    done = command("rotate", "--json")
    assert done["broken"] == 0
    assert {use["key"] for use in command("list", "--json")["uses"]} == {done["newest"]}
    command("retire")
    assert len(command("list", "--json")["ring"]) == 1
    assert own.application.papers.verifying.verify().findings == []
    assert page(own, paper.id).paper.inputs == paper.inputs
    shown = own.application.submissions.intake.one(person, sent.case_no)
    assert shown is not None
    assert (shown.content.texts["text"], shown.answer_text) == ("It was not us. 不是我们。", "As said. 如上。")
    assert (own.application.own_sign_in.totp.offered(officer), offered is not None) == (offered, True)
    with (
        psycopg.connect(own.database_url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege, match="stays as it is"),
    ):
        # Only the seal changes, and only to another key.
        connection.execute("update submission_answer set reasons_sealed = reasons_sealed || 'x'::bytea")
