"""Finds names in the ``old_book`` of a workflow file that nothing in the file answers to."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Protocol

from caseflow.domain.sources import Problem, SourceDocument, SourcePath
from caseflow.domain.workflow_format import BookColumnShape, BookEventShape, OldBookShape, RegimeShape

# What may answer a field of each type; any column but a date may be told in words.
_ANSWERS = {
    "date": ("date",),
    "money": ("amount",),
    "receipt": ("receipt",),
    "reference": ("reference", "receipt", "case_number"),
}
_WORDS = ("reference", "receipt", "case_number", "choice")
_ONE_OF_EACH = ("case_number", "name", "identity", "address", "party_kind")


class Finder(Protocol):
    """Says which names a file does not know."""

    document: SourceDocument

    def known(self, where: SourcePath, name: str, names: Collection[str], thing: str) -> Iterator[Problem]:
        """Yield a problem where ``names`` has no ``name``."""


def unknown_in_old_book(finder: Finder, shape: RegimeShape, book: OldBookShape) -> Iterator[Problem]:
    """Yield a problem for every name without a meaning in ``book``, and for columns a book must have."""
    columns = book.columns
    kinds: list[str] = [column.kind for column in columns.values()]
    for kind in _ONE_OF_EACH:
        if kinds.count(kind) > 1 or (kind in ("case_number", "name") and kind not in kinds):
            yield finder.document.problem(("old_book", "columns"), f"an old casebook has one column of kind '{kind}'")
    yield from finder.known(("old_book", "party_kind"), book.party_kind, shape.subjects, "subject")
    yield from _date(finder, columns, ("old_book", "opened_on"), book.opened_on)
    for field, column in book.opening.items():
        yield from _answer(finder, shape, columns, ("old_book", "opening", field), field, column)
    for name, declared in columns.items():
        yield from _column(finder, columns, name, declared)
    for index, event in enumerate(book.events):
        yield from _event(finder, shape, columns, ("old_book", "events", index), event)
    if book.settled is not None:
        yield from finder.known(("old_book", "settled"), book.settled, shape.steps, "step")


def _column(
    finder: Finder, columns: Mapping[str, BookColumnShape], name: str, column: BookColumnShape
) -> Iterator[Problem]:
    where: SourcePath = ("old_book", "columns", name)
    for index, other in enumerate(column.needs):
        yield from finder.known((*where, "needs", index), other, columns, "column")
    for index, other in enumerate(column.not_before):
        yield from _date(finder, columns, (*where, "not_before", index), other)
    if column.not_above is not None:
        amounts = {other for other, one in columns.items() if one.kind == "amount"}
        yield from finder.known((*where, "not_above"), column.not_above, amounts, "column of amounts")
    if (column.kind == "choice") != bool(column.choices):
        yield finder.document.problem((*where, "choices"), "a column of kind choice has choices, and no other has")


def _event(
    finder: Finder,
    shape: RegimeShape,
    columns: Mapping[str, BookColumnShape],
    where: SourcePath,
    event: BookEventShape,
) -> Iterator[Problem]:
    yield from finder.known((*where, "step"), event.step, shape.steps, "step")
    yield from _date(finder, columns, (*where, "on"), event.on)
    for column, value in event.when.items():
        choices = {name for name, one in columns.items() if one.kind == "choice"}
        yield from finder.known((*where, "when", column), column, choices, "column with choices")
        if column in choices:
            yield from finder.known((*where, "when", column), value, columns[column].choices, "choice")
    for field, column in event.takes.items():
        yield from _answer(finder, shape, columns, (*where, "takes", field), field, column)
    for field in event.says:
        yield from finder.known((*where, "says", field), field, shape.fields, "field")


def _answer(
    finder: Finder,
    shape: RegimeShape,
    columns: Mapping[str, BookColumnShape],
    where: SourcePath,
    field: str,
    column: str,
) -> Iterator[Problem]:
    found = [*finder.known(where, field, shape.fields, "field"), *finder.known(where, column, columns, "column")]
    yield from found
    if not found and columns[column].kind not in _ANSWERS.get(shape.fields[field].type, _WORDS):
        kind, wanted = columns[column].kind, shape.fields[field].type
        yield finder.document.problem(where, f"a column of kind '{kind}' does not answer a field of type {wanted}")


def _date(finder: Finder, columns: Mapping[str, BookColumnShape], where: SourcePath, name: str) -> Iterator[Problem]:
    dates = {other for other, column in columns.items() if column.kind == "date"}
    yield from finder.known(where, name, dates, "column of dates")
