"""``caseflow audit``: seal the record, verify it, and write the export an auditor takes away."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from caseflow import bootstrap
from caseflow.cli.attached import attached
from caseflow.resources import data_directory

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_kept = click.option("--head", "heads", type=_FILE, multiple=True, help="A head file that was kept elsewhere.")
_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def audit() -> None:
    """Seal, verify and export the record that nobody can quietly change."""


@audit.command()
@_as_json
def seal(*, as_json: bool) -> None:
    """Seal what is final, and drop the newest head into the folder for heads."""
    with _record() as record:
        sealed = record.sealing.seal()
    click.echo(json.dumps({"sealed": sealed}) if as_json else f"{sealed} records sealed.")


@audit.command()
@_kept
@_as_json
def verify(*, heads: tuple[Path, ...], as_json: bool) -> None:
    """Recompute every leaf and every head; exit 1 and name the first bad record when something does not hold."""
    kept = [_head(path) for path in heads]
    with _record() as record:
        report = record.verification.verify(kept, record.own_key)
    if as_json:
        click.echo(json.dumps(report.to_json(), ensure_ascii=False, indent=2))
    else:
        for finding in report.findings:
            click.echo(f"{finding.what}: {finding.where}: {finding.reason}")
        outcome = f"{len(report.findings)} findings" if report.findings else "All holds"
        click.echo(f"{outcome}: {report.sealed} records sealed under {report.heads} heads, root {report.root}.")
        age = f", the oldest for {report.oldest_unsealed_seconds} s" if report.unsealed else ""
        click.echo(f"{report.unsealed} not sealed yet{age}. Keys: {', '.join(report.keys) or 'none'}.")
    if report.findings:
        raise SystemExit(1)


@audit.command()
@click.option("--output", type=click.Path(path_type=Path), required=True, help="A file, or a folder to put it in.")
def export(*, output: Path) -> None:
    """Write every record with its place, and every head, as JSON lines (tools/verify_export.py verifies it)."""
    path = output / "record.jsonl" if output.is_dir() else output
    draft = path.with_name(f"{path.name}.draft")
    with _record() as record:
        try:
            with draft.open("w", encoding="utf-8", newline="\n") as file:
                for line in record.verification.export():
                    file.write(f"{line}\n")
        except OSError as error:
            message = f"{path} cannot be written: {error.strerror}"
            raise click.ClickException(message) from error
    draft.replace(path)
    click.echo(str(path))


@audit.command("verify-file")
@click.argument("export_file", type=_FILE)
@_kept
@click.option("--key", help="The office's public key, 64 hex digits.")
@_as_json
def verify_file(*, export_file: Path, heads: tuple[Path, ...], key: str | None, as_json: bool) -> None:
    """Verify an export with the very file that an auditor carries, tools/verify_export.py."""
    arguments = [str(export_file), *(part for head in heads for part in ("--head", str(head)))]
    arguments += ["--key", key] if key else []
    arguments += ["--json"] if as_json else []
    program = runpy.run_path(str(data_directory("tools") / "verify_export.py"))
    sys.exit(program["main"](arguments))


@contextmanager
def _record() -> Iterator[bootstrap.RecordKeeping]:
    with attached() as settings:
        try:
            record = bootstrap.build_record_keeping(settings)
            try:
                yield record
            finally:
                record.close()
        except bootstrap.SigningKeyUnusable as error:
            raise click.ClickException(str(error)) from error


def _head(path: Path) -> dict[str, Any]:
    try:
        head = json.loads(path.read_text(encoding="utf-8"))
        if head["format"] == "caseflow-head/1" and int(head["tree_size"]) > 0:
            for field in ("root", "public_key", "signature"):
                bytes.fromhex(head[field])
            return dict(head)
    except (ValueError, KeyError, TypeError, OSError):
        pass
    message = f"{path} is not a head file"
    raise click.UsageError(message)
