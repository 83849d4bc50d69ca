"""``caseflow keys``: what seals personal data, and how a key is changed without a break."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import click

from caseflow import bootstrap
from caseflow.cli.attached import attached

_as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group()
def keys() -> None:
    """Change the keys that personal data is sealed with."""


@keys.command("list")
@_as_json
def show(*, as_json: bool) -> None:
    """Show the keys of the ring, the newest first, and how many values each seals."""
    with _keeping() as keeping:
        found = keeping.in_use()
    if as_json:
        uses = [
            {
                "table": use.table,
                "column": use.column,
                "key": use.key_id.hex() if use.key_id else None,
                "rows": use.rows,
            }
            for use in found.uses
        ]
        click.echo(json.dumps({"ring": list(found.ring), "unknown": found.unknown, "uses": uses}))
        return
    for place, key in enumerate(found.ring):
        click.echo(f"{key}  {found.rows_of(key)} values{'  (seals what is new)' if place == 0 else ''}")
    for key in found.unknown:
        click.echo(f"{key}  {found.rows_of(key)} values  (this key is missing: put it back from your backup)")
    for use in found.uses:
        key = use.key_id.hex() if use.key_id else "plain"
        click.echo(f"  {use.table}.{use.column}  {key}  {use.rows}")


@keys.command()
def new() -> None:
    """Print a new key for CASEFLOW_DATA_KEYS; whoever sees it can open what it seals."""
    click.echo(bootstrap.new_data_key())


@keys.command()
@_as_json
def seal(*, as_json: bool) -> None:
    """Seal what an older caseflow kept plain (each migration does so; again: nothing left to do)."""
    with _keeping() as keeping:
        rows = keeping.seal_plain()
    click.echo(json.dumps({"rows": rows}) if as_json else f"{rows} rows sealed.")


@keys.command()
@_as_json
def rotate(*, as_json: bool) -> None:
    """Put a new key before the others and seal everything anew; stopped at any moment, it goes on where it was."""
    with _keeping() as keeping, _bar() as told:
        done = keeping.rotate(told)
    if as_json:
        click.echo(json.dumps({**asdict(done), "retirable": list(done.retirable)}))
    else:
        if done.added:
            click.echo(f"The new key is {done.added}. Copy the key file to wherever its copy is kept.")
        pace = f" ({done.rows / done.seconds:,.0f} rows/s)" if done.rows and done.seconds else ""
        click.echo(f"{done.rows} rows were sealed and indexed anew under {done.newest}{pace}.")
        if done.broken:
            click.echo(f"{done.broken} rows do not open and stay as they are: the log names them.")
        if done.retirable:
            click.echo(f"No row uses {', '.join(done.retirable)} any more: caseflow keys retire takes it away.")
    if done.broken:
        raise SystemExit(1)


@keys.command()
@_as_json
def retire(*, as_json: bool) -> None:
    """Take away every key but the newest; refused while a row needs one."""
    with _keeping() as keeping:
        gone = keeping.retire()
        in_environment = bool(keeping.settings.data_keys)
    if as_json:
        click.echo(json.dumps({"retired": gone}))
        return
    if not gone:
        click.echo("There is one key, and it is in use.")
        return
    click.echo(f"Taken away: {', '.join(gone)}. Backups from before can only be read with it: keep their copy as long.")
    if in_environment:
        click.echo("Take it out of CASEFLOW_DATA_KEYS and start every process of caseflow again.")


@keys.command()
def classes() -> None:
    """Print what class each column of the database is of, and what is sealed (docs/data-classes.md)."""
    click.echo(bootstrap.data_classes_page(), nl=False)


@contextmanager
def _keeping() -> Iterator[bootstrap.DataKeyKeeping]:
    with attached() as settings:
        try:
            yield bootstrap.DataKeyKeeping(settings)
        except bootstrap.KeysRefused as refused:
            raise click.ClickException(str(refused)) from refused


@contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Yield what moves a bar on standard error, where somebody watches."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    shown: list[Any] = []

    def told(done: int, total: int) -> None:
        if not shown:
            bar = click.progressbar(length=total, label="Sealing anew", file=sys.stderr)
            shown.append(bar)
            bar.render_progress()
        shown[0].update(done - shown[0].pos)

    yield told
    for bar in shown:
        bar.render_finish()
