"""Keys that belong to one test, which the commands of this process change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from caseflow.cli import main


def environment(database_url: str, home: Path) -> dict[str, str]:
    return {
        "CASEFLOW_HOME": str(home / "files"),
        "CASEFLOW_DATABASE_URL": database_url,
        "CASEFLOW_SECRET_KEYS": "k" * 48,
    }


def command(*told: str, code: int = 0) -> Any:
    result: Result = CliRunner().invoke(main, ["keys", *told], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return json.loads(result.stdout) if "--json" in told else result.output


def ring(home: Path) -> list[str]:
    return (home / "files" / "keys" / "data.keys").read_text(encoding="ascii").split()
