"""``caseflow referral replies``: the court's replies from a file, looked at first and recorded with ``--commit``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from caseflow import bootstrap
from caseflow.cli.attached import attached
from caseflow.domain.access import Actor
from caseflow.domain.court_replies import FIELDS, ReplyFileRefused
from caseflow.services.court_replies import CourtReplies, Report, RowReport, RowsRefused


@click.command("replies")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--commit", is_flag=True, help="Record it for good; without this it is only looked at.")
@click.option("--good-rows-only", is_flag=True, help="Leave rows at fault out instead of refusing the file.")
@click.option("--by", "login", help="Login of the liaison who acts; may be left out where there is only one.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def replies(file: Path, commit: bool, good_rows_only: bool, login: str | None, as_json: bool) -> None:
    """Record replies of the court from a CSV or XLSX file, row by row.

    Exit code 1: the file is refused or has rows at fault. The same file twice changes nothing.
    """
    content = file.read_bytes()
    with attached() as settings:
        application = bootstrap.build_application(bootstrap.database_address(settings))
        desk = application.liaison.replies
        try:
            actor = _liaison(desk, login)
            report = desk.preview(actor, content)
            refused = report.has_errors and not good_rows_only
            if commit and not refused:
                report = desk.record(actor, content, good_rows_only=good_rows_only)
        except RowsRefused:
            # Somebody moved a case between the look and the recording.
            refused = True
            report = desk.preview(actor, content)
        except ReplyFileRefused as refusal:
            told = {"recorded": 0, "refused": refusal.words.to_json()}
            click.echo(json.dumps(told, ensure_ascii=False) if as_json else f"{refusal.words.en} {refusal.words.zh}")
            raise SystemExit(1) from refusal
        finally:
            application.close()
    click.echo(json.dumps(_as_json(report), ensure_ascii=False, indent=2) if as_json else _told(report))
    if not as_json:
        click.echo(_ending(report, commit=commit, refused=refused))
    if report.has_errors:
        raise SystemExit(1)


def _liaison(desk: CourtReplies, login: str | None) -> Actor:
    found = desk.liaison(login)
    if found is None:
        message = "Name the liaison who acts with --by LOGIN. 请用--by指明经办的法院联络员。"
        raise click.UsageError(message)
    return found


def _told(report: Report) -> str:
    return "\n".join(_line(one) for one in report.rows)


def _line(one: RowReport) -> str:
    parts = [f"row {one.row.line}", one.level, one.row.cells.get("number", "")]
    if one.step is not None:
        parts.append(one.step.name)
    if one.words is not None:
        parts.append(f"{one.words.en} {one.words.zh}")
    parts += [f"{FIELDS[fault.field].en} “{fault.value}”: {fault.words.en} {fault.words.zh}" for fault in one.faults]
    return "  ".join(part for part in parts if part)


def _ending(report: Report, *, commit: bool, refused: bool) -> str:
    if refused:
        return "Nothing was recorded: mend the rows, or leave them out with --good-rows-only."
    if commit:
        return f"Recorded {report.count('recorded')}; recorded before {report.count('known')}."
    if not report.count("ok", "warning"):
        return "Nothing new: nothing would change."
    return "Only looked at; --commit records it."


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "recorded": report.count("recorded"),
        "known": report.count("known"),
        "to_record": report.count("ok", "warning"),
        "errors": report.count("error"),
        "rows": [
            {
                "line": one.row.line,
                "level": one.level,
                "cells": dict(one.row.cells),
                "step": one.step.name if one.step is not None else None,
                "words": one.words.to_json() if one.words is not None else None,
                "faults": [
                    {"field": fault.field, "value": fault.value, "reason": fault.words.to_json()}
                    for fault in one.faults
                ],
            }
            for one in report.rows
        ],
    }
