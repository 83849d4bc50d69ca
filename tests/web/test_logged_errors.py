"""What goes wrong is logged, and what people wrote is not: a real statement fails on a real database."""

from __future__ import annotations

import json

import psycopg
import pytest

from caseflow.logs import set_up_logs
from tests.attack.roles import as_superuser
from tests.site import Site

TYPED = "LOGWORD Zhang San of Secret Road 7 phoned 13812345678"


@pytest.mark.usefixtures("logs_as_before")
def test_a_statement_that_fails_is_logged_without_what_was_typed(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = site.office.open()
    visitor = site.sign_in("reviewer", answers=False)
    asked = visitor.get(f"/cases/{case_id}")
    with psycopg.connect(as_superuser(site.office.database_url), autocommit=True) as connection:
        connection.execute("alter table read_purpose add constraint fails check (id < 0) not valid")
    # Set before the site handles errors, as an application in service does.
    monkeypatch.setattr(site.app, "testing", False)
    set_up_logs("info", process="web")
    answer = visitor.send(asked.form_to(f"/cases/{case_id}/why"), kind="other", reason=TYPED)
    assert answer.status_code >= 500
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    told = "".join(line.get("exception", "") for line in lines)
    assert "CheckViolation" in told
    assert "insert into read_purpose" in told
    assert "LOGWORD" not in json.dumps(lines)
    assert "Zhang" not in json.dumps(lines)
