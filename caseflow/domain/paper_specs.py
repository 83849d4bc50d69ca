"""What a document kind says beyond the answers of its case: sections, particulars, sums, limits, signature lines.

The office's file ``templates/documents/papers.yaml`` has one entry a kind, all keys optional; here it is read and
refused with file and line. A kind without an entry is written out from the answers of the step that makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from pydantic import Field as Key
from pydantic import TypeAdapter, ValidationError

from caseflow.domain.sources import FileRefused, Problem, SourceDocument
from caseflow.domain.words import Words
from caseflow.domain.workflow_format import Name, RuleName, Shape, TextShape

SignerPart = Literal["officers", "approver", "reviewer", "party", "cashier"]


class OpenText(Shape):
    """Words that may be empty: whoever drafts the paper writes them."""

    en: str
    zh: str


class SectionShape(Shape):
    """A part of the text: prefilled from the answer to a field (``from``), with words, or empty."""

    name: Name
    label: TextShape
    from_: Name | None = None
    text: OpenText | None = None


class PaperShape(Shape):
    """One entry of the file."""

    addressee: Name | None = None
    seal: bool = True
    signers: list[SignerPart] = Key(default_factory=list)
    sections: list[SectionShape] | None = None
    particulars: list[Name] | None = None
    sums: list[Name] | None = None
    deadlines: list[RuleName] | None = None
    enclosures: list[TextShape] = Key(default_factory=list)
    standard: dict[Name, str] = Key(default_factory=dict)


@dataclass(frozen=True)
class SectionSpec:
    """A section: ``source`` is the field it is prefilled from, ``text`` the words with ``{field}`` for answers."""

    name: str
    label: Words
    source: str | None = None
    text: Words | None = None


@dataclass(frozen=True)
class PaperSpec:
    """What a kind says. None in ``sections``, ``particulars``, ``sums``, ``deadlines``: what the making step gives.

    ``standard`` are answers in words that a paper begun before its step states until somebody edits them.
    """

    addressee: str | None = None
    seal: bool = True
    signers: tuple[SignerPart, ...] = ()
    sections: tuple[SectionSpec, ...] | None = None
    particulars: tuple[str, ...] | None = None
    sums: tuple[str, ...] | None = None
    deadlines: tuple[str, ...] | None = None
    enclosures: tuple[Words, ...] = ()
    standard: Mapping[str, str] = field(default_factory=dict)


NO_SPEC = PaperSpec()
_ENTRIES = TypeAdapter(dict[Name, PaperShape])


def read_paper_specs(document: SourceDocument) -> Mapping[str, PaperSpec]:
    """Return what each kind says, by kind. Raises ``FileRefused`` naming file and line of everything wrong."""
    data = document.data or {}
    renamed = _renamed(data)
    try:
        shapes = _ENTRIES.validate_python(renamed)
    except ValidationError as error:
        raise FileRefused(_problems(document, error)) from error
    problems = [
        document.problem((kind, "sections", index, "text"), "a section has 'from' or 'text', not both")
        for kind, shape in shapes.items()
        for index, section in enumerate(shape.sections or ())
        if section.from_ is not None and section.text is not None
    ]
    problems += [
        document.problem((kind, "sections"), f"two sections are called '{name}'")
        for kind, shape in shapes.items()
        for name in _twice([section.name for section in shape.sections or ()])
    ]
    if problems:
        raise FileRefused(problems)
    return MappingProxyType({kind: _spec(shape) for kind, shape in shapes.items()})


def _renamed(data: object) -> object:
    """Call ``from``, a word of Python, ``from_``; what has another shape is left for the check to refuse."""
    if isinstance(data, dict):
        return {("from_" if key == "from" else key): _renamed(value) for key, value in data.items()}
    return [_renamed(item) for item in data] if isinstance(data, list) else data


def _twice(names: list[str]) -> list[str]:
    return sorted({name for name in names if names.count(name) > 1})


def _problems(document: SourceDocument, error: ValidationError) -> list[Problem]:
    found = []
    for fault in error.errors(include_url=False):
        where = tuple("from" if part == "from_" else part for part in fault["loc"] if part != "[key]")
        key = where[-1] if where else ""
        if fault["type"] == "extra_forbidden":
            reason = f"unknown key '{key}'"
        elif fault["type"] == "missing":
            reason = f"the key '{key}' is missing"
        else:
            reason = f"{fault['msg'][0].lower()}{fault['msg'][1:]} (found {fault['input']!r})"
        found.append(document.problem(where, reason))
    return found


def _spec(shape: PaperShape) -> PaperSpec:
    return PaperSpec(
        addressee=shape.addressee,
        seal=shape.seal,
        signers=tuple(shape.signers),
        sections=None if shape.sections is None else tuple(_section(section) for section in shape.sections),
        particulars=_listed(shape.particulars),
        sums=_listed(shape.sums),
        deadlines=_listed(shape.deadlines),
        enclosures=tuple(_words(one) for one in shape.enclosures),
        standard=MappingProxyType(dict(shape.standard)),
    )


def _section(shape: SectionShape) -> SectionSpec:
    text = None if shape.text is None else Words(shape.text.en, shape.text.zh)
    return SectionSpec(shape.name, _words(shape.label), shape.from_, text)


def _listed(names: list[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)


def _words(shape: TextShape) -> Words:
    return Words(shape.en, shape.zh)
