"""The shape of the file of service, and what it may not say."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from types import MappingProxyType
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from caseflow.domain.law.citations import Checked, Citation
from caseflow.domain.law.file_format import CheckedSpec, CiteSpec, WordsSpec
from caseflow.domain.law.service_law import (
    AttemptResult,
    MethodVersion,
    Night,
    Proof,
    Proved,
    Receiver,
    ServiceLaw,
    ServiceMethod,
)
from caseflow.domain.sources import SourcePath
from caseflow.domain.words import Words

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]


class _Spec(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class ProofSpec(WordsSpec):
    """What must be on file; one of ``any`` is enough, and so is a refusal recorded before where ``or_refused``."""

    any: Annotated[list[Proved], Field(min_length=1)]
    or_refused: bool = False


class MethodVersionSpec(_Spec):
    """A method as it stood in a stretch of time."""

    from_: date = Field(alias="from")
    until: date | None = None
    receivers: Annotated[list[Receiver], Field(min_length=1)]
    proof: list[ProofSpec] = []
    cite: CiteSpec
    checked: CheckedSpec
    note: WordsSpec | None = None


class MethodSpec(_Spec):
    """A method; ``date`` says which day is the day of service, ``after`` names the limit at whose end it lies."""

    title: WordsSpec
    date: WordsSpec
    after: str | None = None
    versions: Annotated[list[MethodVersionSpec], Field(min_length=1)]


class ResultSpec(WordsSpec):
    """What an attempt came to; ``unknown``: nobody knows where the party is."""

    failed: bool = False
    refused: bool = False
    unknown: bool = False


class NightSpec(WordsSpec):
    """The hours of the night, in which (and on holidays) nothing is enforced."""

    from_: Annotated[int, Field(alias="from", ge=0, le=23)]
    until: Annotated[int, Field(ge=0, le=23)]
    cite: CiteSpec
    checked: CheckedSpec


class ServiceFileSpec(_Spec):
    """The file of service."""

    service_methods: Annotated[dict[Name, MethodSpec], Field(min_length=1)]
    service_results: Annotated[dict[Name, ResultSpec], Field(min_length=1)]
    night: NightSpec


def service_problems(law: ServiceFileSpec) -> Iterator[tuple[SourcePath, str]]:
    """Yield what is wrong with the file of service, each with its path."""
    for name, method in law.service_methods.items():
        for index, version in enumerate(method.versions):
            where: SourcePath = ("service_methods", name, "versions", index)
            if version.until is not None and version.until <= version.from_:
                yield (*where, "until"), f"ends on {version.until}, not after its beginning {version.from_}"
            before = method.versions[index - 1].until if index else None
            if index and before is None:
                yield where, "follows a version that has no end"
            elif before is not None and version.from_ < before:
                yield where, f"overlaps the version that ends on {before}"
    if not any(result.failed for result in law.service_results.values()):
        yield ("service_results",), "no result says that an attempt failed, so public notice could never follow"


def service_law(spec: ServiceFileSpec) -> ServiceLaw:
    """Return what the file of service says."""
    night = spec.night
    return ServiceLaw(
        MappingProxyType({name: _method(name, method) for name, method in spec.service_methods.items()}),
        MappingProxyType(
            {
                name: AttemptResult(name, _words(result), result.failed, result.refused, result.unknown)
                for name, result in spec.service_results.items()
            }
        ),
        Night(night.from_, night.until, _words(night), _cite(night.cite), _checked(night.checked)),
    )


def _method(name: str, method: MethodSpec) -> ServiceMethod:
    versions = tuple(
        MethodVersion(
            version.from_,
            version.until,
            tuple(version.receivers),
            tuple(Proof(tuple(proof.any), _words(proof), proof.or_refused) for proof in version.proof),
            _cite(version.cite),
            _checked(version.checked),
            _words(version.note) if version.note else None,
        )
        for version in method.versions
    )
    return ServiceMethod(name, _words(method.title), _words(method.date), method.after, versions)


def _words(words: WordsSpec) -> Words:
    return Words(words.en, words.zh)


def _cite(cite: CiteSpec) -> Citation:
    return Citation(cite.law, cite.article, Words(cite.en, cite.zh))


def _checked(checked: CheckedSpec) -> Checked:
    return Checked(checked.on, checked.status)
