"""``caseflow retention``: cases whose time is over, legal holds, and the runs of two persons that erase."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from caseflow import bootstrap
from caseflow.cli.attached import attached
from caseflow.domain.access import Actor, NotPermitted, Role
from caseflow.domain.retention import OBSTACLES
from caseflow.services.duties import DutiesRefused
from caseflow.services.erased_cases import CaseErased
from caseflow.services.erasing import Carried, RetentionRefused
from caseflow.services.ports.retention import DueCase, RetentionConflict, RetentionRun

_BY = click.option("--by", "login", help="Login of whoever acts; may be left out for the only supervisor.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def retention() -> None:
    """Erase what is personal of cases whose time is over; the ledger and the record stay verifiable."""


@retention.command()
@_BY
@_JSON
def due(login: str | None, *, as_json: bool) -> None:
    """List closed cases whose years are over, and what keeps one all the same."""
    with _application() as application:
        rows = application.retention.due(_acting(application, login))
    if as_json:
        click.echo(json.dumps([_due_json(one) for one in rows], ensure_ascii=False, indent=1))
        return
    for one in rows:
        words = OBSTACLES[one.obstacle] if one.obstacle else None
        kept = f"  kept: {words.en} {words.zh}" if words else ""
        click.echo(f"{one.case_id}  {one.number_zh}  {one.regime}  closed {one.closed_on}  due {one.due_on}{kept}")
    if not rows:
        click.echo("No case's time is over. 没有保存期满的案件。")


@retention.command()
@click.argument("case_id", type=int, required=False)
@click.option("--reason", default="", help="Why the case is held, or why the hold ends.")
@click.option("--end", "hold_id", type=int, help="End this hold.")
@_BY
def hold(case_id: int | None, reason: str, hold_id: int | None, login: str | None) -> None:
    """Hold the case CASE_ID whatever its age, end a hold, or list the holds (neither)."""
    with _application() as application:
        actor, desk = _acting(application, login), application.retention
        if hold_id is not None:
            desk.end_hold(actor, hold_id, reason)
            click.echo(f"Hold {hold_id} ended. 已解除留存。")
        elif case_id is not None:
            click.echo(f"Hold {desk.hold(actor, case_id, reason)} placed. 已留存。")
        else:
            for one in desk.holds(actor):
                click.echo(f"{one.id}  {one.number}  {one.placed_at:%Y-%m-%d}  {one.reason}")


@retention.command()
@click.option("--case", "case_ids", type=int, multiple=True, help="Only this case (again for several; none: all due).")
@click.option("--approve", "approve_id", type=int, help="Approve this run, which another person prepared, and do it.")
@click.option("--go-on", "go_on_id", type=int, help="Do what is left of an approved run.")
@click.option("--yes", is_flag=True, help="Do not ask again: what is erased cannot be brought back.")
@_BY
@_JSON
def run(
    case_ids: tuple[int, ...], approve_id: int | None, go_on_id: int | None, login: str | None, *, yes: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Prepare a run as a supervisor, or approve it as an approver or auditor and erase.

    Exit code 1: it is refused, or some of its cases are kept.
    """
    if approve_id is not None and go_on_id is not None:
        message = "--approve goes on by itself"
        raise click.UsageError(message)
    with _application() as application:
        desk, run_id = application.retention, approve_id if approve_id is not None else go_on_id
        if run_id is None:
            prepared = desk.prepare(_acting(application, login), str(uuid.uuid4()), case_ids)
            _tell_prepared(prepared, as_json=as_json)
            return
        if login is None:
            message = "Name who approves with --by LOGIN. 请用--by指明批准人员。"
            raise click.UsageError(message)
        actor = _acting(application, login)
        if not yes:
            click.confirm("What is erased cannot be brought back. 删除后不可恢复。 Go on?", abort=True, err=True)
        if approve_id is not None:
            desk.approve(actor, approve_id)
        carried = desk.carry_out(actor, run_id)
    _tell_carried(carried, as_json=as_json)


def _tell_prepared(prepared: RetentionRun, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps({"run": prepared.id, "cases": prepared.case_count, "done": prepared.done_count}))
        return
    click.echo(f"Run {prepared.id}: {prepared.case_count} cases. Nothing is erased yet. 尚未删除。")
    click.echo(f"Another person approves it: caseflow retention run --approve {prepared.id} --by LOGIN")


def _tell_carried(carried: Carried, *, as_json: bool) -> None:
    found = carried.run
    if as_json:
        kept = [{"case": number, "why": why} for number, why in carried.kept]
        told = {"run": found.id, "cases": found.case_count, "done": found.done_count, "kept": kept}
        click.echo(json.dumps({**told, "files": carried.files}, ensure_ascii=False))
    else:
        click.echo(f"Run {found.id}: {found.done_count} of {found.case_count} cases done.")
        click.echo(f"Files deleted now: {carried.files}")
        for number, why in carried.kept:
            click.echo(f"  {number}: {why}")
    if carried.kept:
        click.get_current_context().exit(1)


@contextmanager
def _application() -> Iterator[bootstrap.Application]:
    with attached() as settings:
        application = bootstrap.build_application(bootstrap.database_address(settings))
        try:
            yield application
        except (RetentionRefused, DutiesRefused, CaseErased) as refusal:
            message = f"{refusal.words.en} {refusal.words.zh}"
            raise click.ClickException(message) from refusal
        except (NotPermitted, RetentionConflict) as refusal:
            raise click.ClickException(str(refusal)) from refusal
        finally:
            application.close()


def _acting(application: bootstrap.Application, login: str | None) -> Actor:
    actor = application.winddown.acting(login, Role.SUPERVISOR)
    if actor is None:
        message = "Name who acts with --by LOGIN. 请用--by指明经办人员。"
        raise click.UsageError(message)
    return actor


def _due_json(one: DueCase) -> dict[str, Any]:
    return {
        "case_id": one.case_id,
        "number": one.number,
        "number_zh": one.number_zh,
        "regime": one.regime,
        "closed_on": one.closed_on.isoformat(),
        "years": one.years,
        "due_on": one.due_on.isoformat(),
        "kept_by": one.obstacle,
    }
