from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

import pytest
import structlog

from caseflow.logs import set_up_logs

pytestmark = pytest.mark.usefixtures("logs_as_before")


def test_a_line_is_json_in_utc_and_names_its_process(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", process="web")
    structlog.get_logger("caseflow").info("step.taken", case="YL-ST-2026-0001", party="某某", password="x")
    logging.getLogger("elsewhere").warning("two\nlines")
    structlog.get_logger("caseflow").debug("not.shown")
    first, second = map(json.loads, capsys.readouterr().err.splitlines())
    written = datetime.fromisoformat(first.pop("timestamp"))
    assert abs((datetime.now(UTC) - written).total_seconds()) < 60
    assert first == {
        "event": "step.taken",
        "case": "YL-ST-2026-0001",
        "party": "withheld",
        "password": "withheld",
        "level": "info",
        "process": "web",
    }
    assert second["event"] == "two\nlines"
    assert second["level"] == "warning"


def test_an_exception_is_told_with_its_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("error", process="worker")
    try:
        int("x")
    except ValueError:
        structlog.get_logger("caseflow").exception("job.failed")
    line = json.loads(capsys.readouterr().err)
    assert "ValueError" in line["exception"]


def test_the_secret_address_of_a_calendar_stands_in_no_line(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", process="web")
    logging.getLogger("caseflow").error("Exception on /calendar/Zm9v-_bar.ics [GET]")
    structlog.get_logger("caseflow").info("asked", path="/calendar/Zm9v-_bar/17.ics")
    written = capsys.readouterr().err
    assert "Zm9v" not in written
    assert "/calendar/withheld.ics [GET]" in written
    assert "/calendar/withheld/17.ics" in written


REFUSED = """Traceback (most recent call last):
  File "x.py", line 1, in write
psycopg.errors.CheckViolation: new row for relation "read_purpose" violates check constraint "reason"
DETAIL:  Failing row contains (7, Zhang San
of Secret Road 7, 13812345678).

The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "y.py", line 2, in answer
sqlalchemy.exc.IntegrityError: (psycopg.errors.CheckViolation) new row for relation "read_purpose"
DETAIL:  Failing row contains (7, Zhang San, 13812345678).
[SQL: insert into read_purpose values (%(reason)s)]
ValueError: invalid input syntax for type date: "Zhang San"
"""


def test_an_error_of_the_database_is_told_without_its_rows(capsys: pytest.CaptureFixture[str]) -> None:
    set_up_logs("info", process="worker")
    logging.getLogger("rq.worker").error("job failed\n%s", REFUSED)
    told = json.loads(capsys.readouterr().err)["event"]
    assert "Zhang" not in told
    assert "138" not in told
    for kept in ('violates check constraint "reason"', "The above exception", "[SQL: insert", "line 2, in answer"):
        assert kept in told
