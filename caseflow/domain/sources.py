"""Data read from a file, with the line each part of it came from, and the refusals that quote those lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

SourcePath = tuple[str | int, ...]


@dataclass(frozen=True)
class SourceDocument:
    """The plain data of one file.

    ``lines`` maps the path of every key and list item, such as ``("states", "investigating", "phase")``,
    to its line in the file, counted from 1.
    """

    path: str
    data: Any
    lines: Mapping[SourcePath, int] = field(default_factory=dict)

    def line_of(self, where: SourcePath) -> int:
        """Return the line of ``where`` or of its nearest ancestor that has one (1 for the whole file)."""
        for length in range(len(where), 0, -1):
            line = self.lines.get(where[:length])
            if line is not None:
                return line
        return 1

    def problem(self, where: SourcePath, reason: str) -> Problem:
        """Return a :class:`Problem` at ``where`` in this file."""
        return Problem(self.path, self.line_of(where), ".".join(str(part) for part in where), reason)


@dataclass(frozen=True, order=True)
class Problem:
    """One reason why a file is refused."""

    file: str
    line: int
    where: str
    reason: str

    def __str__(self) -> str:
        """Return ``file:line: where: reason``, the form editors and CI can jump to."""
        place = f"{self.where}: " if self.where else ""
        return f"{self.file}:{self.line}: {place}{self.reason}"


class FileRefused(Exception):
    """A file cannot be used; ``problems`` says, line by line, why."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__("\n".join(str(problem) for problem in self.problems))
