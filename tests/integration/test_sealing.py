"""Sealing: the order is final, two sealers do not meet, a kill loses nothing, a restored database goes on."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest

from caseflow import bootstrap
from caseflow.domain import merkle
from caseflow.domain.access import NotPermitted
from caseflow.domain.proofs import InclusionProof, NotAProof
from caseflow.services.sealed_record import RecordNotFound
from tests.conftest import Servers, with_database
from tests.office import Office
from tests.sealed import Sealed, insert_event, sealed_record, settle


@pytest.fixture
def sealed(office: Office, servers: Servers, tmp_path: Path) -> Iterator[Sealed]:
    name = urlsplit(office.database_url).path.lstrip("/")
    with sealed_record(office, with_database(servers.admin_url, name), tmp_path) as record:
        yield record


def write_events(sealed: Sealed, count: int) -> None:
    with psycopg.connect(sealed.office.database_url) as connection:
        for number in range(count):
            insert_event(connection, bootstrap.setup_event(f"event {number}"))


def test_order_is_final_and_sealers_do_not_meet(sealed: Sealed) -> None:
    with psycopg.connect(sealed.office.database_url) as slow:
        insert_event(slow, bootstrap.setup_event("still running"))
        sealed.write(2)
        assert sealed.keeping.sealing.seal() == 0
        slow.commit()
    write_events(sealed, 600)
    settle(sealed.office.database_url)
    with ThreadPoolExecutor(2) as pool:
        others = [bootstrap.build_record_keeping(sealed.settings) for _ in range(2)]
        assert sum(pool.map(lambda other: other.sealing.seal(), others)) == 605
        for other in others:
            other.close()
    assert sealed.findings() == []
    record, auditor = sealed.office.application.record, sealed.office.actors["auditor"]
    for head in record.heads(auditor).heads:
        size, root = head.head.tree_size, head.head.root
        newest = record.heads(auditor).heads[0].head
        proof = record.consistency_proof(size, newest.tree_size)
        assert merkle.extends(size, root, newest.tree_size, newest.root, proof)
    with pytest.raises(ValueError, match="the log has no"):
        record.consistency_proof(1, 10_000)


def test_a_sealer_that_is_killed_loses_nothing(sealed: Sealed) -> None:
    write_events(sealed, 3000)
    script = (
        "import os\nfrom caseflow import bootstrap\nfrom caseflow.config import read_settings\n"
        "record = bootstrap.build_record_keeping(read_settings())\nsealing = record.sealing\n"
        "sealing._batch_records = 1000\nsign, count = sealing._signer, []\n"
        "def dies():\n    count.append(1)\n    if len(count) == 2: os.kill(os.getpid(), 9)\n    return sign()\n"
        "sealing._signer = dies\nsealing.seal()\n"
    )
    environment = {
        "CASEFLOW_HOME": str(sealed.home),
        "CASEFLOW_DATABASE_URL": sealed.office.database_url,
        "CASEFLOW_SECRET_KEYS": "k" * 48,
    }
    killed = subprocess.run([sys.executable, "-c", script], env=environment, check=False)
    assert killed.returncode == -9
    assert sealed.keeping.verification.verify().unsealed == 2000
    assert sealed.seal() == 2000
    assert sealed.findings() == []


def test_a_restored_database_whose_transactions_begin_anew(sealed: Sealed) -> None:
    sealed.write(1)
    # As after a restore: the record says it was written by transactions this cluster has yet to reach.
    ahead = "xid = (xid::text::bigint + 1000000)::text::xid8"
    sealed.attack(*(f"update {table} set {ahead}" for table in ("audit_event", "transfer", "log_leaf")))
    sign_as_if_ahead(sealed)
    sealed.write(1)
    assert sealed.findings() == []
    waiting = sealed.office.application.record.status(sealed.office.actors["auditor"])
    assert waiting.unsealed.count == 4
    assert sealed.keeping.sealing.seal() == 4
    sealed.write(2)
    settle_new(sealed)
    assert sealed.keeping.sealing.seal() == 4
    assert sealed.findings() == []


def sign_as_if_ahead(sealed: Sealed) -> None:
    key = bootstrap.SigningKey.at(sealed.home / "keys" / "record.pem", make=False)
    with sealed.office.application.store.begin() as work:
        heads = [one.head for one in work.record.heads()]
    for head in heads:
        written = replace(head.written, next_transaction=head.written.next_transaction + 1_000_000)
        signature = key.sign(replace(head, written=written).canonical())
        sealed.attack(
            f"update signed_head set next_xid = {written.next_transaction}, "
            f"signature = decode('{signature.hex()}', 'hex') where tree_size = {head.tree_size}"
        )


def settle_new(sealed: Sealed) -> None:
    """Wait as ``settle`` does, for what this cluster wrote itself."""
    with psycopg.connect(sealed.office.database_url, autocommit=True) as connection:
        (newest,) = connection.execute("select pg_current_xact_id()::text::bigint").fetchone() or (0,)
        while (connection.execute("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint").fetchone() or (0,))[
            0
        ] <= newest:
            time.sleep(0.01)


def test_proofs_are_the_same_for_ever_and_can_be_checked(sealed: Sealed) -> None:
    record, auditor = sealed.office.application.record, sealed.office.actors["auditor"]
    assert record.proof("event", 999_999) is None
    sealed.write(1)
    with sealed.office.application.store.begin() as work:
        newest = max(event.ref_id for event in work.record.unsealed() if event.kind == "event")
    assert record.proof("event", newest) is None
    waiting = record.show(auditor, "event", newest)
    assert (waiting.proof, waiting.intact) == (None, True)
    sealed.seal()
    proof = record.proof("event", newest)
    assert proof is not None
    assert proof.holds()
    text = proof.text()
    assert set(text) <= set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
    assert InclusionProof.from_text(text.lower()[:200] + "\n" + text[200:]) == proof
    sealed.write(3)
    sealed.seal()
    assert record.proof("event", newest) == proof
    sizes = [head.head.tree_size for head in record.heads(auditor).heads]
    later = record.proof("event", newest, sizes[0])
    assert later is not None
    assert (later.holds(), later.head.head.tree_size) == (True, sizes[0])
    assert record.proof("event", newest, sizes[-1]) is None
    assert record.check(auditor, text).holds
    assert record.check(auditor, later.text()).holds
    other = InclusionProof("event", newest + 1, proof.leaf, proof.index, proof.path, proof.head)
    checked = record.check(auditor, other.text())
    assert (checked.signed, checked.ours, checked.sealed) == (True, True, False)
    with pytest.raises(NotAProof):
        record.check(auditor, text[:-40] + "!" * 40)
    with pytest.raises(NotAProof):
        record.check(auditor, "0123")


def test_a_record_is_found_by_number_and_by_key(sealed: Sealed) -> None:
    record, actors = sealed.office.application.record, sealed.office.actors
    victim = sealed.victim("transfer")
    with sealed.office.application.store.begin() as work:
        found = work.record.record("transfer", victim.id)
    assert found is not None
    key = found.canonical.decode().partition('"key":"')[2].partition('"')[0]
    assert record.find(actors["supervisor"], "transfer", key) == [victim.id]
    assert record.find(actors["supervisor"], "transfer", str(victim.id)) == [victim.id]
    assert record.find(actors["supervisor"], "transfer", "9" * 30) == []
    assert record.proof_by_key("transfer", key) == record.proof("transfer", victim.id)
    assert record.proof_by_key("transfer", key, leg=2) is None
    status = record.status(actors["auditor"])
    assert (status.unsealed.count, status.oldest_age) == (0, timedelta())
    for refused in ("event", "receipt"):
        with pytest.raises(RecordNotFound):
            record.show(actors["auditor"], refused, 999_999)
    with pytest.raises(NotPermitted):
        record.status(actors["officer"])
