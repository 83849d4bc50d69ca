from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import structlog

from caseflow.logs import set_up_logs


@pytest.fixture(autouse=True)
def _logging_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


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
