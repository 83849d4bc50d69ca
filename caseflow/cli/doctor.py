"""``caseflow doctor``: what caseflow finds of what it needs."""

from __future__ import annotations

import json
import platform
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any, Final

import click

from caseflow import bootstrap
from caseflow.cli.attached import attached, throw_away_database
from caseflow.config import Settings, read_settings
from caseflow.domain.health import State
from caseflow.domain.health_lines import judge

LEAST_FREE_BYTES: Final = 1 << 30
_MEBIBYTE: Final = 1 << 20
_MARKS: Final = {State.GOOD: "ok", State.HINT: "hint", State.ATTENTION: "LOOK", State.WRONG: "WRONG"}


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report. ``mark`` is how it is judged: ok, hint, LOOK or WRONG; only the last is a failure."""

    what: str
    value: str
    good: bool
    advice: str = ""
    state: State | None = None

    @property
    def mark(self) -> str:
        """Return the judgement as the text shows it."""
        return _MARKS[self.state or (State.GOOD if self.good else State.WRONG)]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
@click.option(
    "--migrations", is_flag=True, help="Only check that migrations and tables agree, on a throw-away database."
)
def doctor(as_json: bool, migrations: bool) -> None:
    """Report versions, servers, migrations, disk, calendar and background work; exit 1 when something is wrong."""
    if migrations:
        _check_migrations()
        return
    with attached(migrated=False) as settings:
        findings = [
            *_of_program(),
            *_of_servers(settings),
            *_of_migrations(settings),
            _of_disk(settings),
            _of_proxies(settings),
            _of_calendar(),
            *_of_background(settings),
        ]
    if as_json:
        report: dict[str, Any] = {
            finding.what: {
                "value": finding.value,
                "good": finding.good,
                "mark": finding.mark,
                "advice": finding.advice,
            }
            for finding in findings
        }
        click.echo(json.dumps(report, ensure_ascii=False, indent=2))
    else:
        for finding in findings:
            click.echo(f"{finding.mark:<5}  {finding.what:<13} {finding.value}")
            if finding.mark != _MARKS[State.GOOD]:
                click.echo(f"       {'':<13} {finding.advice}")
    if not all(finding.good for finding in findings):
        raise SystemExit(1)


def _of_program() -> Iterator[Finding]:
    yield Finding("caseflow", version("caseflow-office"), good=True)
    yield Finding("python", platform.python_version(), good=True)


def _of_servers(settings: Settings) -> Iterator[Finding]:
    given = read_settings()
    postgres = bootstrap.check_postgres(str(settings.database_url))
    advice = "Acknowledged writes may be lost in a power cut: turn fsync and full_page_writes on."
    yield Finding("postgresql", _describe(postgres, given.database_url), postgres.durable, advice)
    # Redis holds no truth of ours, so one that forgets is slower to recover and not wrong.
    redis = bootstrap.check_redis(str(settings.redis_url))
    yield Finding("redis", _describe(redis, given.redis_url), good=True)


def _describe(report: bootstrap.ServerReport, given_url: str | None) -> str:
    place = "embedded, for evaluation and one office" if given_url is None else "by its address"
    return f"{report.name} {report.version} ({place}; {', '.join(report.remarks)})"


def _of_migrations(settings: Settings) -> Iterator[Finding]:
    found, newest = bootstrap.migration_revisions(str(settings.database_url))
    value = f"{found or 'none'} of {newest}"
    # A new home has no migration yet; the first command that needs one applies it.
    yield Finding("migrations", value, found in (None, newest), "Run any command that writes, such as caseflow run.")


def _of_disk(settings: Settings) -> Finding:
    free_bytes = shutil.disk_usage(settings.home if settings.home.exists() else "/").free
    return Finding(
        "disk",
        f"{free_bytes // _MEBIBYTE} MiB free for {settings.home}",
        free_bytes >= LEAST_FREE_BYTES,
        "PostgreSQL stops when the disk is full: make room, or move CASEFLOW_HOME.",
    )


def _of_proxies(settings: Settings) -> Finding:
    # caseflow itself speaks no TLS, so with CASEFLOW_HTTPS some server always stands in front.
    unnamed = settings.https and not settings.proxies
    return Finding(
        "proxies",
        f"{settings.proxies} in front" if settings.proxies else "none in front, so X-Forwarded-* count for nothing",
        good=True,
        advice="CASEFLOW_HTTPS says that a server speaks TLS in front of caseflow. Set CASEFLOW_PROXIES to how many "
        "pass each request on; until then all visitors share one address, and who guesses makes everybody wait.",
        state=State.ATTENTION if unnamed else None,
    )


def _of_calendar() -> Finding:
    calendar = bootstrap.published_calendar()
    value = f"published from {calendar.first_day} to {calendar.last_published}; later dates are provisional"
    return Finding("calendar", value, good=True)


def _of_background(settings: Settings) -> Iterator[Finding]:
    """Yield what the page "Background work" shows: a database that is not migrated yet has none."""
    database_url = str(settings.database_url)
    found, newest = bootstrap.migration_revisions(database_url)
    if found != newest:
        return
    health = bootstrap.build_health(database_url, settings.redis_url)
    try:
        facts = health.look()
    finally:
        health.close()
    # On embedded servers nothing can run without the supervisor; a given database may be served from anywhere.
    expected = read_settings().database_url is not None or bootstrap.held(settings.home, "run")
    for line in judge(replace(facts, timetable_expected=expected)):
        advice = line.advice.en if line.advice is not None else ""
        value = f"{line.title.en}: {line.value.en}"
        yield Finding(line.name, value, line.state is not State.WRONG, advice, line.state)


def _check_migrations() -> None:
    try:
        with throw_away_database() as database_url:
            bootstrap.migrate(database_url)
            bootstrap.check_migrations(database_url)
    except bootstrap.MigrationDrift as error:
        raise click.ClickException(str(error)) from error
    except bootstrap.ServerError as error:
        raise click.ClickException(str(error)) from error
    click.echo("The migrations make exactly the tables that the code describes.")
