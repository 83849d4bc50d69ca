"""``caseflow referral``: make the bundle that goes to the court, and verify one that came back or was kept."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import click

from caseflow import bootstrap
from caseflow.cli import LazyGroup
from caseflow.cli.attached import attached
from caseflow.cli.reading import record_reading
from caseflow.services.cases import CaseNotFound
from caseflow.services.referral_bundles import BundleRefused

_PATH = click.Path(exists=True, path_type=Path)


@click.group(cls=LazyGroup, places={"replies": "caseflow.cli.court_replies:replies"})
def referral() -> None:
    """Make and verify the bundle of an application to the court, and read what the court answers."""


@referral.command()
@click.argument("case")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="A folder that is not there yet, or a .zip file; default: a ZIP named after the case, here.",
)
def bundle(*, case: str, output: Path | None) -> None:
    """Write the bundle of CASE, a case number; exit 1 and say what is missing where it is not complete."""
    with attached() as settings:
        application = bootstrap.build_application(bootstrap.database_address(settings))
        try:
            case_id = application.papers.verifying.case_with(case)
            if case_id is not None:
                record_reading(application, "referral bundle", case_id)
            written = application.referral_bundles.make_by_number(case)
        except CaseNotFound as error:
            message = f"there is no case {case}"
            raise click.UsageError(message) from error
        except BundleRefused as refused:
            for words in refused.missing:
                click.echo(f"missing: {words.en}", err=True)
            raise SystemExit(1) from refused
        except bootstrap.SigningKeyUnusable as error:
            raise click.ClickException(str(error)) from error
        finally:
            application.close()
    writer = application.referral_bundles.writer
    target = output or Path(f"{written.name}.zip")
    try:
        _put(writer.archive(written), written.folder, target)
    except OSError as error:
        message = f"{target} cannot be written: {error.strerror or error}"
        raise click.ClickException(message) from error
    except bootstrap.BundleTooLarge as error:
        message = "the bundle is too large for one ZIP: give --output a folder"
        raise click.ClickException(message) from error
    finally:
        writer.discard(written)
    click.echo(str(target))
    click.echo(f"tagmanifest-sha256 {written.tagmanifest_sha256.hex()}")


def _put(pieces: Iterator[bytes], folder: Path, target: Path) -> None:
    if target.suffix != ".zip":
        shutil.copytree(folder, target)
        return
    draft = target.with_name(f"{target.name}.part")
    with draft.open("wb") as file:
        file.writelines(pieces)
    draft.replace(target)


@referral.command()
@click.argument("path", type=_PATH)
@click.option("--key", metavar="HEX", help="The office's public key that the bundle must be sealed with.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify(path: Path, *, key: str | None, as_json: bool) -> None:
    """Verify a bundle (folder or .zip) without database or network; exit 1 and name what is damaged."""
    expected = _key(key)
    try:
        verdict = bootstrap.verify_bundle(path, expected)
    except FileNotFoundError as error:
        message = f"{path} is no bundle: give its folder or its .zip file"
        raise click.UsageError(message) from error
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or error}"
        raise click.ClickException(message) from error
    if as_json:
        click.echo(json.dumps(verdict.to_json(), ensure_ascii=False, indent=2))
    else:
        for one in verdict.damages:
            click.echo(f"{one.what}: {one.file or path.name}: {one.reason}")
        outcome = "All holds" if verdict.holds else f"{len(verdict.damages)} damaged"
        click.echo(f"{outcome}: {verdict.bundle or path.name}, {verdict.files} files, {verdict.proofs} proofs.")
        if verdict.public_key is not None:
            known = "the key you gave" if key else "compare it with the key the office publishes"
            click.echo(f"Sealed with {verdict.public_key.hex()} ({known}).")
    if not verdict.holds:
        raise SystemExit(1)


def _key(text: str | None) -> bytes | None:
    if text is None:
        return None
    try:
        key = bytes.fromhex(text)
    except ValueError as error:
        message = "--key is a public key of 64 hexadecimal digits"
        raise click.UsageError(message) from error
    if len(key) != 32:  # noqa: PLR2004 - an Ed25519 public key
        message = "--key is a public key of 64 hexadecimal digits"
        raise click.UsageError(message)
    return key
