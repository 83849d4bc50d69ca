"""An office whose record is sealed, and somebody who is superuser on its database and turns every trigger off."""

from __future__ import annotations

import json
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

import psycopg

from caseflow import bootstrap
from caseflow.config import Settings, read_settings
from caseflow.domain.audit import AuditEvent
from caseflow.domain.ledger import Line
from caseflow.domain.spending import Act
from caseflow.services.ledger import Posting
from tests.expenditure import do
from tests.office import Office

TOOL = Path(__file__).resolve().parents[1] / "tools" / "verify_export.py"
EVENT_COLUMNS = "key, at, actor_id, office_id, action, body, leaf"


@dataclass(frozen=True)
class Victim:
    """A record that somebody lays hands on: kind, number, place; ``other`` is the number of the one after it."""

    kind: str
    id: int
    place: int
    other: int

    @property
    def table(self) -> str:
        return {"event": "audit_event", "transfer": "transfer"}[self.kind]


class Sealed:
    def __init__(self, office: Office, superuser_url: str, home: Path) -> None:
        self.office, self.superuser_url, self.home = office, superuser_url, home
        self.settings: Settings = read_settings(
            {"CASEFLOW_HOME": str(home), "CASEFLOW_DATABASE_URL": office.database_url, "CASEFLOW_SECRET_KEYS": "k" * 48}
        )
        self.keeping = bootstrap.build_record_keeping(self.settings)

    def write(self, count: int) -> None:
        """Write ``count`` events and as many transfers, each in a transaction of its own."""
        chart = bootstrap.shipped_chart()
        bank, suspense = (chart.account(Line.INCOME, kind, None) for kind in ("collecting_bank", "suspense"))
        for number in range(count):
            with psycopg.connect(self.office.database_url) as connection:
                insert_event(connection, bootstrap.setup_event(f"event {number}"))
            posting = Posting(f"in:{uuid.uuid4()}", Line.INCOME, [("suspend", bank, suspense, 100 + number)])
            self.office.application.ledger.post(self.office.actors["cashier"], posting)

    def appropriate(self) -> None:
        """Write transfers of expenditure, as the role that spends."""
        do(self.office, Act.APPROPRIATE, paper=f"B-{uuid.uuid4()}")

    def seal(self) -> int:
        settle(self.office.database_url)
        return self.keeping.sealing.seal()

    def victim(self, kind: str) -> Victim:
        """Return the third newest record of a kind, and with it the one sealed after it."""
        with psycopg.connect(self.office.database_url) as connection:
            rows = connection.execute(
                "select ref_id, seq from log_leaf where kind = %s order by seq desc limit 2 offset 1", (kind,)
            ).fetchall()
        (other, _), (ref_id, place) = rows
        return Victim(kind, ref_id, place, other)

    def attack(self, *statements: str) -> None:
        with psycopg.connect(self.superuser_url) as connection:
            connection.execute("set session_replication_role = replica")
            for statement in statements:
                connection.execute(statement)

    def findings(self, *kept: dict[str, object]) -> list[str]:
        report = self.keeping.verification.verify(kept)
        return [f"{finding.what}: {finding.where}" for finding in report.findings]

    def offline(self, *options: str) -> tuple[int, list[str]]:
        path = self.home / "export.jsonl"
        path.write_text("".join(f"{line}\n" for line in self.keeping.verification.export()), encoding="utf-8")
        return run_tool(str(path), *options)

    def kept_head(self) -> Path:
        return max(self.home.glob("heads/head-*.json"))


@contextmanager
def sealed_record(office: Office, superuser_url: str, home: Path) -> Iterator[Sealed]:
    """Yield a record under two heads: the office with the first events and transfers, then four more of each."""
    record = Sealed(office, superuser_url, home)
    office.time.day = date.fromisoformat("2026-03-02")
    record.write(2)
    record.appropriate()
    assert record.seal() > 5
    record.write(4)
    assert record.seal() == 8
    yield record
    record.keeping.close()


def settle(database_url: str) -> None:
    """Wait until what is written is final: transactions of other tests, on the same server, hold the horizon too.

    The longest is that of a demo county, which the other worker may be loading whole in one transaction.
    """
    deadline = time.monotonic() + 120
    with psycopg.connect(database_url, autocommit=True) as connection:
        while connection.execute(
            "select exists (select from audit_event where xid >= pg_snapshot_xmin(pg_current_snapshot())) "
            "or exists (select from transfer where xid >= pg_snapshot_xmin(pg_current_snapshot()))"
        ).fetchone() == (True,):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def seal_all(database_url: str, home: Path) -> None:
    """Seal everything that was written, with a key kept in ``home``."""
    settle(database_url)
    known = {"CASEFLOW_HOME": str(home), "CASEFLOW_DATABASE_URL": database_url, "CASEFLOW_SECRET_KEYS": "k" * 48}
    keeping = bootstrap.build_record_keeping(read_settings(known))
    keeping.sealing.seal()
    keeping.close()


def insert_event(connection: psycopg.Connection[tuple[object, ...]], event: AuditEvent) -> None:
    numbered = replace(event, office_id=1)
    connection.execute(
        f"insert into audit_event ({EVENT_COLUMNS}) values (%s, %s, %s, %s, %s, %s::jsonb, %s)",
        (
            numbered.key,
            numbered.at,
            numbered.actor_id,
            numbered.office_id,
            numbered.action,
            json.dumps(dict(numbered.body)),
            numbered.leaf(),
        ),
    )


def run_tool(*arguments: str) -> tuple[int, list[str]]:
    """Run the auditor's file as an auditor would, without caseflow on the path; return exit code and findings."""
    done = subprocess.run(
        [sys.executable, "-I", str(TOOL), *arguments, "--json"], capture_output=True, text=True, check=False
    )
    return done.returncode, json.loads(done.stdout)["findings"] if done.stdout else [done.stderr]
