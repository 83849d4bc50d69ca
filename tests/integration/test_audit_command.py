"""``caseflow audit`` on a real database: seal, verify, export, verify-file, and the key and heads it keeps."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner, Result

from caseflow import bootstrap
from caseflow.cli import main
from caseflow.config import read_settings
from tests.office import build_office
from tests.sealed import settle


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["audit", *arguments])


def test_the_record_of_an_office(commands: Path, database_url: str) -> None:
    office = build_office(database_url)
    office.open()
    office.application.close()
    settle(database_url)
    waiting = json.loads(call("verify", "--json").output)
    assert waiting["findings"] == []
    assert waiting["unsealed"] > 10
    assert waiting["oldest_unsealed_seconds"] >= 0
    assert json.loads(call("seal", "--json").output) == {"sealed": waiting["unsealed"]}
    assert call("seal").output == "0 records sealed.\n"

    key = commands / "keys" / "record.pem"
    assert key.stat().st_mode & 0o777 == 0o600
    (head,) = commands.glob("heads/head-*.json")
    verified = call("verify", "--head", str(head))
    assert (verified.exit_code, verified.output.startswith("All holds")) == (0, True), verified.output
    exported = call("export", "--output", str(commands))
    path = commands / "record.jsonl"
    assert exported.output == f"{path}\n"
    public_key = json.loads(head.read_text())["public_key"]
    checked = call("verify-file", str(path), "--head", str(head), "--key", public_key)
    assert (checked.exit_code, checked.output.startswith("all holds")) == (0, True), checked.output

    # Once its heads are signed, an office that lost its key and made another one hears of it.
    key.unlink()
    assert findings_under_a_new_key() == ["signature"]
    assert call("verify").exit_code == 1


def findings_under_a_new_key() -> list[str]:
    settings = read_settings()
    bootstrap.SigningKey.at(settings.home / "keys" / "record.pem", make=True)
    keeping = bootstrap.build_record_keeping(settings)
    report = keeping.verification.verify((), keeping.own_key)
    keeping.close()
    return [finding.what for finding in report.findings]


def test_bad_usage(commands: Path) -> None:
    nonsense = commands / "nonsense.json"
    nonsense.write_text("{}", encoding="utf-8")
    assert call("verify", "--head", str(nonsense)).exit_code == 2
    assert call("verify-file", str(nonsense)).exit_code == 2
    assert call("verify-file", "--head").exit_code == 2
    key = commands / "keys" / "record.pem"
    key.parent.mkdir()
    key.write_text("not a key", encoding="utf-8")
    refused = call("seal")
    assert (refused.exit_code, "cannot be read" in refused.output) == (1, True)
