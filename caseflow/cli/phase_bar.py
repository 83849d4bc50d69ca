"""A progress bar on a terminal, one for each phase of a long work; nothing where nobody watches."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from types import TracebackType
from typing import Any, Final, Self

import click

from caseflow.domain.casebook.imports import Phase

_LABELS: Final = {Phase.READING: "Reading", Phase.JUDGING: "Checking rows", Phase.WRITING: "Writing cases"}


class PhaseBar:
    """Shows what it is told on standard error."""

    def __init__(self) -> None:
        self._watched = sys.stderr.isatty()
        self._stack = ExitStack()
        self._phase: Phase | None = None
        self._bar: Any = None
        self._done = 0

    def __enter__(self) -> Self:
        """Show nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the line of the last bar."""
        self._stack.close()

    def tell(self, phase: Phase, done: int, total: int) -> None:
        """Move on to ``done`` of ``total``; total 0: how much there is to do is not known."""
        if not self._watched:
            return
        if total == 0:
            click.echo(f"{_LABELS[phase]} ...", err=True)
            return
        if phase is not self._phase:
            self._stack.close()
            self._phase, self._done = phase, 0
            bar = click.progressbar(length=total, label=_LABELS[phase], file=sys.stderr)
            self._bar = self._stack.enter_context(bar)
        self._bar.update(done - self._done)
        self._done = done
