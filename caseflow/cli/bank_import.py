"""``caseflow ledger bank-import``: a bank's statement, looked at first and entered with ``--commit``."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any
from uuid import uuid4

import click

from caseflow import bootstrap
from caseflow.cli.attached import attached
from caseflow.domain.bank import BankFileRefused, Columns, Direction, RowFault
from caseflow.domain.workflow import money_text
from caseflow.services.bank import EnterFile, ImportPlan
from caseflow.services.ports.bank import BankRefused

_MOST_FAULTS_SHOWN = 50


@click.command("bank-import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--commit", is_flag=True, help="Enter it for good; without this it is only looked at.")
@click.option("--good-rows-only", is_flag=True, help="Leave rows at fault out instead of refusing the file.")
@click.option("--by", "login", help="Login of the cashier who acts; may be left out where there is only one.")
@click.option("--account", "number", default="", help="Number of the account, for a CSV that names none.")
@click.option("--new-account", "bank", default="", metavar="BANK", help="Open the account, at the bank of this name.")
@click.option("--columns", help="Columns of a CSV: booked_on=HEADING,amount=HEADING,reference=HEADING,text=HEADING.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def bank_import(
    file: Path,
    commit: bool,
    good_rows_only: bool,
    login: str | None,
    number: str,
    bank: str,
    columns: str | None,
    as_json: bool,
) -> None:
    """Enter a bank statement (CAMT.053, MT940 or CSV, told by its content) and match what is certain.

    Exit code 1: the file is refused or has rows at fault, and nothing was entered. The same file twice changes nothing.
    """
    known = _columns(columns)
    asked = EnterFile(file.name, file.read_bytes(), None, number, bank, known, good_rows_only)
    with attached() as settings:
        application = bootstrap.build_application(bootstrap.database_address(settings))
        try:
            statements = application.statements
            actor = statements.cashier(login, to_write=commit)
            plan = statements.preview(actor, asked)
            refused = bool(plan.faults) and not good_rows_only
            if commit and not refused:
                plan = statements.enter(actor, asked, key=str(uuid4()))
        except BankFileRefused as refusal:
            _refuse(refusal.faults, as_json=as_json)
            raise SystemExit(1) from refusal
        except BankRefused as refusal:
            message = f"{refusal.words.en} {refusal.words.zh}"
            raise click.UsageError(message) from refusal
        finally:
            application.close()
    entered = commit and not refused
    click.echo(json.dumps(_as_json(plan, entered=entered), ensure_ascii=False, indent=2) if as_json else _told(plan))
    if not as_json:
        click.echo(_ending(plan, commit=commit, refused=refused))
    if refused:
        raise SystemExit(1)


def _columns(text: str | None) -> Columns | None:
    if text is None:
        return None
    pairs = dict(part.partition("=")[::2] for part in text.split(","))
    unknown = set(pairs) - {one.name for one in fields(Columns)}
    columns = Columns(**{name: heading for name, heading in pairs.items() if name not in unknown})
    wrong = columns.fault()
    if unknown or wrong is not None:
        names = ", ".join(one.name for one in fields(Columns))
        message = f"--columns: {wrong[1].en}" if wrong is not None else f"--columns knows {names}"
        raise click.UsageError(message)
    return columns


def _told(plan: ImportPlan) -> str:
    lines = [
        f"{plan.format}: {len(plan.new)} new lines, {plan.known} entered before",
        f"  in   {plan.count(Direction.CREDIT):>6}  {money_text(plan.fen(Direction.CREDIT)):>18} yuan",
        f"  out  {plan.count(Direction.DEBIT):>6}  {money_text(plan.fen(Direction.DEBIT)):>18} yuan",
        f"matched {plan.matched} (number and amount agree)",
        f"unexplained {plan.unexplained}" + (f", {plan.proposed} with a proposal" if plan.proposed else ""),
        f"missing {plan.missing[0]} receipts of these days, {money_text(plan.missing[1])} yuan, that no line shows",
    ]
    if plan.remitted:
        lines.append(f"remittances matched {plan.remitted}")
    return "\n".join([*lines, *_fault_lines(plan.faults)])


def _ending(plan: ImportPlan, *, commit: bool, refused: bool) -> str:
    if refused:
        return "Nothing was entered: mend the rows, or leave them out with --good-rows-only."
    if not plan.new:
        return "Nothing new: nothing changed."
    return "Entered." if commit else "Only looked at; --commit enters it."


def _refuse(faults: Sequence[RowFault], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"entered": False, "faults": _faults(faults)}, ensure_ascii=False, indent=2))
        return
    for line in _fault_lines(faults):
        click.echo(line, err=True)


def _fault_lines(faults: Sequence[RowFault]) -> list[str]:
    shown = [
        f"line {one.line}, {one.field}: {one.words.en} {one.words.zh}"
        if one.line
        else f"{one.field}: {one.words.en} {one.words.zh}"
        for one in faults[:_MOST_FAULTS_SHOWN]
    ]
    more = len(faults) - len(shown)
    return [*shown, f"and {more} more"] if more else shown


def _faults(faults: Sequence[RowFault]) -> list[dict[str, Any]]:
    return [{"line": one.line, "field": one.field, "reason": one.words.to_json()} for one in faults]


def _as_json(plan: ImportPlan, *, entered: bool) -> dict[str, Any]:
    return {
        "format": plan.format,
        "entered": entered and bool(plan.new),
        "new": len(plan.new),
        "known": plan.known,
        "in": {"lines": plan.count(Direction.CREDIT), "fen": plan.fen(Direction.CREDIT)},
        "out": {"lines": plan.count(Direction.DEBIT), "fen": plan.fen(Direction.DEBIT)},
        "matched": plan.matched,
        "remitted": plan.remitted,
        "unexplained": plan.unexplained,
        "proposed": plan.proposed,
        "missing": plan.missing[0],
        "missing_fen": plan.missing[1],
        "faults": _faults(plan.faults),
    }
