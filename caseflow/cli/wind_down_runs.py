"""``caseflow winddown plan|run|released``: the plan, runs with another person's approval, who was released."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

import click

from caseflow import bootstrap
from caseflow.cli.attached import attached
from caseflow.domain.access import Actor, NotPermitted, Permission, Role, check_permission
from caseflow.domain.wind_down_steps import missing_desks
from caseflow.services.ports.wind_down import OUTCOMES, PlanFilter, ReleasedFigures, Run, RunCase
from caseflow.services.wind_down import BeginRun, NoSuchRun, NothingWindsDown, PlannedCase, RunRefused, WindDowns

_AT_ONCE = 500
_BY = click.option("--by", "login", help="Login of whoever acts; may be left out where nobody could be mistaken.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.command("plan")
@click.option("--class", "class_name", help="Only cases of this class.")
@_BY
@_JSON
def plan(class_name: str | None, login: str | None, as_json: bool) -> None:
    """Print every open case with its class, the legal reason and the steps that release the person."""
    with _desk() as desk:
        actor = _acting(desk, login, Role.SUPERVISOR)
        if class_name is not None and class_name not in desk.winding().down.classes:
            known = ", ".join(desk.winding().down.classes)
            message = f"there is no class '{class_name}'; the classes are {known}"
            raise click.UsageError(message)
        rows = _planned(desk, actor, PlanFilter(class_name=class_name))
        if as_json:
            click.echo(json.dumps({"rows": [_planned_json(one) for one in rows]}, ensure_ascii=False, indent=1))
            return
        for one in rows:
            coming = one.next_step
            click.echo(f"{one.row.number_zh}  {one.class_.name}  {one.stage}  {coming.name if coming else '-'}")
        counts = desk.counts(actor)
    for count in counts.by_class:
        if class_name in (None, count.class_name):
            click.echo(f"{count.class_name} ({count.stage}): {count.cases}, under way {count.begun}")


@click.command("run")
@click.option("--class", "classes", multiple=True, help="Prepare a run of this class (again for several; none: all).")
@click.option("--reason", default="", help="One legal reason for all; left out, each case has that of its class.")
@click.option("--day", default="", help="Day of the steps (2026-03-08); left out, today.")
@click.option("--approve", "approve_id", type=int, help="Approve this run, which another person prepared, and do it.")
@click.option("--finance-paper", default="", help="Number of the finance department's approval of the write-off.")
@click.option("--go-on", "go_on_id", type=int, help="Try again what is not done of an approved run.")
@_BY
@_JSON
def run(
    classes: tuple[str, ...], reason: str, day: str, approve_id: int | None, finance_paper: str, go_on_id: int | None,
    login: str | None, as_json: bool,
) -> None:  # fmt: skip
    """Prepare a run, approve it as another person, or go on with one.

    Exit code 1: it is refused, or some of its cases are.
    """
    if approve_id is not None and go_on_id is not None:
        message = "--approve goes on by itself"
        raise click.UsageError(message)
    with _desk() as desk:
        if approve_id is not None:
            approver = _acting(desk, login, Role.APPROVER)
            desk.approve(approver, approve_id, finance_paper_no=finance_paper)
            _finish(desk, approver, approve_id, as_json=as_json)
        elif go_on_id is not None:
            _finish(desk, _acting(desk, login, Role.SUPERVISOR), go_on_id, as_json=as_json)
        else:
            actor = _acting(desk, login, Role.SUPERVISOR)
            chosen = classes or tuple(desk.winding().down.classes)
            for warning in _beyond_the_two(desk, actor, chosen):
                click.echo(warning, err=True)
            run_id = desk.begin(actor, BeginRun(str(uuid.uuid4()), chosen, (), reason, day))
            _tell(desk.show(actor, run_id).run, [], as_json=as_json)
            if not as_json:
                click.echo(f"Another person approves it: caseflow winddown run --approve {run_id} --by LOGIN")


@click.command("released")
@_BY
@_JSON
def released(login: str | None, as_json: bool) -> None:
    """Print how many people are listed, since when, and what was released month by month."""
    with _desk() as desk:
        figures = desk.released(_acting(desk, login, Role.SUPERVISOR))
    if as_json:
        click.echo(json.dumps(_released_json(figures), ensure_ascii=False, indent=1))
        return
    click.echo(f"Listed now: {figures.listed_now}; under other limits: {figures.otherwise_limited}")
    for since in figures.listed:
        click.echo(f"  since {since.year or 'an unknown year'}: {since.people}")
    click.echo(f"Waiting for the court: withdrawal {figures.waiting_withdrawal}, delisting {figures.waiting_delisting}")
    for month in figures.months:
        yuan = f"{month.written_off_fen / 100:,.2f}"
        click.echo(f"  {month.month:%Y-%m}: {month.people} released, {month.balances} balances of {yuan} yuan")


@contextmanager
def _desk() -> Iterator[WindDowns]:
    """Yield the wind-down of the database that is attached; what is refused is a sentence and exit code 1."""
    with attached() as settings:
        application = bootstrap.build_application(bootstrap.database_address(settings))
        try:
            yield application.winddown
        except RunRefused as refusal:
            message = f"{refusal.words.en} {refusal.words.zh}"
            raise click.ClickException(message) from refusal
        except NoSuchRun as refusal:
            message = f"There is no run {refusal}. 没有该批次。"
            raise click.ClickException(message) from refusal
        except NothingWindsDown as refusal:
            message = "No regime's workflow file says how it is wound down."
            raise click.ClickException(message) from refusal
        except NotPermitted as refusal:
            raise click.ClickException(str(refusal)) from refusal
        finally:
            application.close()


def _acting(desk: WindDowns, login: str | None, role: Role) -> Actor:
    actor = desk.acting(login, role)
    if actor is None:
        message = f"Name who acts as {role.value} with --by LOGIN. 请用--by指明经办人员。"
        raise click.UsageError(message)
    check_permission(actor, Permission.READ_WIND_DOWN)
    return actor


def _beyond_the_two(desk: WindDowns, actor: Actor, chosen: Sequence[str]) -> list[str]:
    """Return a warning for each class with steps that neither ``actor`` nor an approver may take."""
    wound, counts, told = desk.winding(), desk.counts(actor), list[str]()
    here = {(one.class_name, one.stage) for one in counts.by_class if one.cases and one.class_name in chosen}
    for name, stage in sorted(here):
        rules = [rule for rule in wound.down.rules if (rule.name, rule.stage) == (name, stage)]
        desks = missing_desks(wound.definition, wound.down, rules, actor.own_roles)
        if desks:
            told.append(
                f"Warning: {name} ({stage}) has steps for the {' or '.join(desks)}, which neither you nor an approver "
                f"may take: these cases will be refused. "
                f"注意：{name}（{stage}）的部分步骤不属于提出人和批准人的职权，将不予办理。"
            )
    return told


def _planned(desk: WindDowns, actor: Actor, chosen: PlanFilter) -> list[PlannedCase]:
    found: list[PlannedCase] = []
    after: int | None = None
    while True:
        page = desk.plan(actor, chosen, after=after, limit=_AT_ONCE, charges=False)
        found += page.cases
        after = page.next_key
        if after is None:
            return found


def _finish(desk: WindDowns, actor: Actor, run_id: int, *, as_json: bool) -> None:
    count = desk.show(actor, run_id).run.case_count

    def progress(tried: int) -> None:
        click.echo(f"{tried} of {count} tried", err=True)

    done = desk.go_on(actor, run_id, progress=progress)
    cases: list[RunCase] = []
    after: int | None = 0
    while after is not None:
        page = desk.show(actor, run_id, after=after, limit=_AT_ONCE)
        cases += page.cases
        after = page.next_key
    _tell(done, cases, as_json=as_json)
    if done.outcomes.get("refused"):
        raise SystemExit(1)


def _tell(run: Run, cases: list[RunCase], *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(_run_json(run, cases), ensure_ascii=False, indent=1))
        return
    click.echo(f"Run {run.id}: {run.status}, {run.case_count} cases ({', '.join(run.classes)})")
    for outcome in OUTCOMES:
        if run.outcomes.get(outcome):
            click.echo(f"  {outcome}: {run.outcomes[outcome]}")
    for one in cases:
        if one.outcome == "refused":
            click.echo(f"  {one.number_zh}: {one.words_en} {one.words_zh}")


def _planned_json(one: PlannedCase) -> dict[str, Any]:
    return {
        "case": one.row.number_zh,
        "class": one.class_.name,
        "reason": {
            **one.class_.reason.to_json(),
            "sources": [_source(s.words.to_json(), s.status) for s in one.class_.sources],
        },
        "stage": one.stage,
        "state": one.row.state,
        "steps": [
            {"step": step.name, "status": step.status, "waits_for": step.waits_for, "title": step.title.to_json()}
            for step in one.steps
        ],
        "waits_for": one.waits_for,
        "outstanding_fen": one.row.outstanding_fen,
        "paid_fen": one.row.paid_fen,
        "refund_finding": one.refund,
    }


def _source(words: dict[str, str], status: str) -> dict[str, str]:
    return {**words, "checked": status}


def _run_json(run: Run, cases: list[RunCase]) -> dict[str, Any]:
    return {
        "run": run.id,
        "status": run.status,
        "day": run.day.isoformat(),
        "classes": list(run.classes),
        "cases": run.case_count,
        "outcomes": dict(run.outcomes),
        "rows": [
            {
                "case": one.number_zh,
                "class": one.class_name,
                "stage": one.stage,
                "state": one.state,
                "outcome": one.outcome,
                "steps": one.steps,
                "words": {"en": one.words_en, "zh": one.words_zh},
            }
            for one in cases
        ],
    }


def _released_json(figures: ReleasedFigures) -> dict[str, Any]:
    return {
        "listed_now": figures.listed_now,
        "listed": [{"year": one.year, "people": one.people} for one in figures.listed],
        "otherwise_limited": figures.otherwise_limited,
        "waiting_withdrawal": figures.waiting_withdrawal,
        "waiting_delisting": figures.waiting_delisting,
        "stopped_cases": figures.stopped_cases,
        "stopped_fen": figures.stopped_fen,
        "months": [
            {
                "month": _month(one.month),
                "people": one.people,
                "balances": one.balances,
                "written_off_fen": one.written_off_fen,
            }
            for one in figures.months
        ],
    }


def _month(day: date) -> str:
    return f"{day:%Y-%m}"
