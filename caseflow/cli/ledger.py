"""``caseflow ledger``: closing periods and exporting, one line of money at a time."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Final

import click

from caseflow import bootstrap
from caseflow.cli import LazyGroup
from caseflow.cli.attached import attached
from caseflow.cli.law import ISO_DATE
from caseflow.domain.access import NotPermitted
from caseflow.domain.ledger import Line
from caseflow.domain.words import Words
from caseflow.domain.workflow import money_text
from caseflow.services.ledger import last_day_of
from caseflow.services.ledger_exports import Export, ExportOrder, ExportRefused, OfficeUnknown
from caseflow.services.ports import LedgerRefused

FORMATS: Final = ("csv", "xlsx", "beancount", "hledger")
line_option = click.option(
    "--line",
    "line_name",
    type=click.Choice([line.value for line in Line]),
    required=True,
    help="The line of money; one at a time.",
)
_NOT_A_SUPERVISOR: Final = Words("only a supervisor closes a period", "只有主管可以结账")
lang_option = click.option("--lang", type=click.Choice(["en", "zh"]), default="en", show_default=True)


@click.group(
    cls=LazyGroup,
    places={
        "check": "caseflow.cli.ledger_check:check",
        "accrue": "caseflow.cli.ledger_check:accrue",
        "bank-import": "caseflow.cli.bank_import:bank_import",
    },
)
def ledger() -> None:
    """Check, close, export and fill the ledger, one line at a time."""


@contextmanager
def wired() -> Iterator[bootstrap.Application]:
    """Yield the use cases on the servers of this command."""
    with attached() as settings:
        application = bootstrap.build_application(bootstrap.database_address(settings), pool_size=2)
        try:
            yield application
        finally:
            application.close()


@ledger.command("close")
@line_option
@click.option("--period", required=True, metavar="YYYYMM", help="The month to close, with all before it.")
@click.option("--by", "login", required=True, metavar="LOGIN", help="The supervisor who closes it.")
@lang_option
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def close(line_name: str, period: str, login: str, lang: str, as_json: bool) -> None:
    """Close a month of a line for ever: no entry can be booked in it again.

    Exit 0 when it is closed, 1 with the reason when it cannot be, 2 on bad usage.
    """
    if not (period.isascii() and period.isdecimal() and len(period) == len("YYYYMM")):
        message = f"'{period}' is not a month: write it as 202603"
        raise click.UsageError(message)
    line, month = Line(line_name), int(period)
    with wired() as application:
        actor = application.staff.with_login(login)
        if actor is None:
            message = f"nobody who works here has the login {login}"
            raise click.UsageError(message)
        try:
            application.ledger.close_period(actor, line, month, idempotency_key=str(uuid.uuid4()))
        except NotPermitted as refusal:
            _refuse(_NOT_A_SUPERVISOR.in_locale(lang), as_json=as_json)
            raise SystemExit(1) from refusal
        except LedgerRefused as refusal:
            _refuse(refusal.words.in_locale(lang), as_json=as_json)
            raise SystemExit(1) from refusal
        last_day = last_day_of(month)
        balances = application.ledger.trial_balance(actor, line, last_day)
    debit_fen = sum(one.debit_fen for one in balances)
    if as_json:
        answer = {"closed": True, "line": line.value, "period": month, "last_day": last_day.isoformat()}
        click.echo(json.dumps({**answer, "accounts": len(balances), "moved_fen": debit_fen}, indent=2))
        return
    click.echo(f"Closed: {line.value}, {month // 100}-{month % 100:02d} and everything before it, by {login}.")
    click.echo(f"{len(balances)} accounts; {money_text(debit_fen)} yuan moved up to {last_day.isoformat()}.")


def _refuse(sentence: str, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"closed": False, "reason": sentence}, ensure_ascii=False, indent=2))
    else:
        click.echo(f"Not closed: {sentence}.", err=True)


@ledger.command("export")
@line_option
@click.option("--format", "format_name", type=click.Choice(FORMATS), required=True)
@click.option("--from", "since", type=ISO_DATE, help="The first day; what stood before it becomes opening balances.")
@click.option("--to", "--as-of", "until", type=ISO_DATE, help="The last day (default: the business date).")
@click.option("--office", "office_code", metavar="CODE", help="The office's code; needed where there are several.")
@click.option(
    "--output", type=click.Path(dir_okay=False, path_type=Path), help="A file to write instead of standard output."
)
@lang_option
def export(
    line_name: str,
    format_name: str,
    since: date | None,
    until: date | None,
    office_code: str | None,
    output: Path | None,
    lang: str,
) -> None:
    """Write one line of one office as CSV, XLSX, Beancount or hledger text, to standard output unless --output.

    Memory does not grow with the ledger. Each export is in the record. Exit 2 on bad usage.
    """
    if format_name == "xlsx" and output is None and sys.stdout.isatty():
        message = "a workbook is no text for a terminal: name a file with --output"
        raise click.UsageError(message)
    order = ExportOrder(Line(line_name), format_name, since, until, lang)
    with wired() as application:
        try:
            with application.exports.for_operator(office_code, order) as opened:
                _write(opened, output)
        except OfficeUnknown as error:
            message = f"name one of the offices with --office: {', '.join(error.codes) or 'there is none yet'}"
            raise click.UsageError(message) from error
        except ExportRefused as error:
            raise click.UsageError(error.words.in_locale(lang)) from error
        click.echo(f"{opened.rows:,} transfers of {line_name}.", err=True)


def _write(opened: Export, output: Path | None) -> None:
    if output is None:
        stream = sys.stdout.buffer
        for piece in opened.chunks:
            stream.write(piece)
        stream.flush()
        return
    # Whoever finds the file finds it whole.
    with tempfile.NamedTemporaryFile(dir=output.parent, prefix=f".{output.name}.", delete=False) as draft:
        try:
            for piece in opened.chunks:
                draft.write(piece)
        except BaseException:
            Path(draft.name).unlink()
            raise
    Path(draft.name).chmod(0o666 & ~_umask())
    Path(draft.name).replace(output)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
