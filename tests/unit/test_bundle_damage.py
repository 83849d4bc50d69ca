"""What is no bundle, or was sealed by somebody else with what they liked in it: a damage, and no traceback."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from caseflow.adapters.bundles import verify_bundle
from caseflow.cli import main
from tests.proven import proof_text
from tests.unit.test_bundles import CONTENT, KEY, written, zipped

PROOFS = "data/record/proofs.json"
TEXT = proof_text(KEY, "{}")


def verify(path: Path) -> Result:
    return CliRunner().invoke(main, ["referral", "verify", str(path)])


def proofs(**changes: object) -> bytes:
    return json.dumps({"proofs": [{"step": 1, "text": TEXT, "record": "{}", **changes}]}).encode()


def test_a_good_proof_is_counted(tmp_path: Path) -> None:
    verdict = verify_bundle(written(tmp_path).folder)
    assert (verdict.holds, verdict.proofs) == (True, 1)


@pytest.mark.parametrize(
    "content",
    [proofs(text=1), proofs(text=None), proofs(text={}), proofs(text="CASEFLOW-PROOF-1:\ud800"), proofs(record=5),
     proofs(record={}), proofs(record=[]), proofs(record="\ud800"), proofs(record="other"), proofs(step={}),
     proofs(step="\x1b[2J"), b"[" * 100_000, b'{"proofs":' + b"[" * 100_000, b'{"proofs": []}', b'{"proofs": {}}',
     b'{"proofs": ""}', b'{"proofs": 5}', b'{"proofs": [5]}', b'{"proofs": ["text"]}', b'{"proofs": [null]}',
     b'{"proofs": [[]]}', b"[]", b"5", b"null", b"", b"\xff", b'{"proofs": [{}]}', b"9" * 5000],
    ids=lambda content: content[:60].decode("latin-1"),
)  # fmt: skip
@pytest.mark.parametrize("form", ["folder", "zip"])
def test_proofs_that_prove_nothing_are_a_damage(content: bytes, form: str, tmp_path: Path) -> None:
    bundle = written(tmp_path / "made", {**CONTENT, "record/proofs.json": content})
    path = bundle.folder if form == "folder" else zipped(bundle, tmp_path / "a.zip")
    told = verify(path)
    assert told.exit_code == 1, told.output
    assert told.exception is None or isinstance(told.exception, SystemExit)
    assert f"proof: {PROOFS}: " in told.output
    assert "\x1b" not in told.output


@pytest.mark.parametrize("flag", [0x01, 0x20, 0x40])
def test_an_entry_said_to_be_encrypted_is_named(flag: int, tmp_path: Path) -> None:
    path = zipped(written(tmp_path / "made"), tmp_path / "a.zip")
    whole = bytearray(path.read_bytes())
    name = b"data/index.html"
    local, central = whole.index(b"/" + name), whole.rindex(b"/" + name)
    whole[whole.rindex(b"PK\x03\x04", 0, local) + 6] |= flag
    whole[whole.rindex(b"PK\x01\x02", 0, central) + 8] |= flag
    path.write_bytes(whole)
    told = verify(path)
    assert told.exit_code == 1, told.output
    assert f"archive: {name.decode()}: " in told.output


def test_what_is_neither_folder_nor_file_is_no_bundle(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(str(tmp_path / "door"))
        for path in (Path("/dev/null"), tmp_path / "pipe", tmp_path / "door"):
            told = verify(path)
            assert told.exit_code == 2, told.output
            assert "is no bundle" in told.output


def test_a_zip_larger_than_any_is_written_is_a_damage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(written(tmp_path / "made"), tmp_path / "a.zip")
    monkeypatch.setattr("caseflow.adapters.bundles.archive.LARGEST", 100)
    told = verify(path)
    assert told.exit_code == 1, told.output
    assert "archive: a.zip: " in told.output
