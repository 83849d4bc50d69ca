"""Papers of a case: Typst sets them from stored sources and stored content alone."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, cast

import rfc8785
import typst

from caseflow.adapters.fonts import bundled_fonts, covered
from caseflow.resources import data_directory
from caseflow.services.ports.documents import TemplateSources

GENERAL = "general"
NOT_PAPERS = frozenset({"layout", "families", "receipt", "access_slip"})
MISSING = "〓"
DOTS_AN_INCH = 110
_IMPORT = re.compile(r'^#import "([a-z_]+\.typ)"', re.MULTILINE)
_LINE_ENDS = "\n\r\t"


class TypstPapers:
    """Fulfils :class:`caseflow.services.ports.documents.PaperPrinter`."""

    def sources(self, template: str) -> TemplateSources:
        """Return the template called ``template`` as it is now; where there is none, the general one."""
        folder = data_directory("templates") / "documents"
        # Only names found in the folder are ever opened, so that no name of a workflow file leads elsewhere.
        kinds = {path.stem for path in folder.glob("*.typ")} - NOT_PAPERS
        main = f"{template if template in kinds else GENERAL}.typ"
        files = _with_imports(folder, main)
        content: dict[str, Any] = {"main": main, "files": files, "typst": version("typst")}
        return TemplateSources(sha256(rfc8785.dumps(content)).hexdigest(), main, files)

    def pdf(self, sources: TemplateSources, said: Mapping[str, Any]) -> bytes:
        """Return the paper as a tagged PDF (PDF/UA-1): the same bytes for the same sources and content.

        What cannot be printed (:meth:`unprintable`) shows as ``〓``, so that a draft can always be looked at.
        """
        (pdf,) = _set(sources, said, "pdf")
        return pdf

    def pages(self, sources: TemplateSources, said: Mapping[str, Any]) -> Sequence[bytes]:
        """Return each page as a PNG picture."""
        return _set(sources, said, "png")

    def unprintable(self, said: Mapping[str, Any]) -> frozenset[str]:
        """Return the characters of ``said`` that no page can show: a paper that has any must not be issued.

        They are those the bundled font has no shape for (emoji, Arabic ...), and those that are invisible and change
        how the text around them reads: control characters and marks that turn the direction of writing.
        """
        return frozenset(character for text in _texts(said) for character in text if not _is_printable(character))


def _with_imports(folder: Path, main: str) -> dict[str, str]:
    files: dict[str, str] = {}
    wanted = [main]
    while wanted:
        name = wanted.pop()
        if name not in files:
            files[name] = (folder / name).read_text(encoding="utf-8")
            wanted += _IMPORT.findall(files[name])
    return dict(sorted(files.items()))


def _set(sources: TemplateSources, said: Mapping[str, Any], form: Literal["pdf", "png"]) -> list[bytes]:
    day = date.fromisoformat(said["on"]["iso"])
    # An empty folder is the root: a template reads the stored sources and nothing of this computer.
    with TemporaryDirectory(prefix="caseflow-paper-") as nowhere:
        # typst takes a mapping of files too, which its type stubs do not say.
        made = cast("Callable[..., bytes | list[bytes]]", typst.compile)(
            {"main.typ" if name == sources.main else name: text.encode() for name, text in sources.files.items()},
            root=nowhere,
            package_path=nowhere,
            package_cache_path=nowhere,
            font_paths=bundled_fonts(),
            ignore_system_fonts=True,
            sys_inputs={"said": json.dumps(_shown(said), ensure_ascii=False)},
            format=form,
            ppi=DOTS_AN_INCH,
            pdf_standards=["ua-1"] if form == "pdf" else [],
            # The day of the paper and no clock, so that setting it again gives the same file.
            timestamp=datetime(day.year, day.month, day.day, tzinfo=UTC),
        )
    return made if isinstance(made, list) else [made]


def _shown(value: Any) -> Any:
    if isinstance(value, str):
        return "".join(character if _is_printable(character) else MISSING for character in value)
    if isinstance(value, Mapping):
        return {name: _shown(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shown(item) for item in value]
    return value


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _texts(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)


# Letters of names that the Chinese font lacks (Łukasz, Nguyễn) and Typst's own serif has, every one of them.
_LATIN_LETTERS = (range(0x0100, 0x0250), range(0x1E00, 0x1F00))


@cache
def _is_printable(character: str) -> bool:
    if character in _LINE_ENDS:
        return True
    known = ord(character) in covered() or any(ord(character) in letters for letters in _LATIN_LETTERS)
    return unicodedata.category(character)[0] != "C" and known
