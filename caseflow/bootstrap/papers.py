"""Papers, wired: the office's file of papers and templates, the printer, the store of files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from caseflow.adapters.papers import TypstPapers
from caseflow.domain.paper_specs import PaperSpec, read_paper_specs
from caseflow.domain.sources import FileRefused, Problem, SourceDocument
from caseflow.domain.workflow import Definition
from caseflow.resources import data_directory, read_yaml
from caseflow.services.papers import Drafting, Issuing, PaperRoom, Reading, Verifying
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.ports.files import FileStore
from caseflow.services.rulebook import Rulebook

PAPERS_FILE = "papers.yaml"


@dataclass(frozen=True)
class Papers:
    """The use cases of papers."""

    drafting: Drafting
    reading: Reading
    issuing: Issuing
    verifying: Verifying


def build_papers(store: Store, rulebook: Rulebook, time: BusinessTime, files: FileStore) -> Papers:
    """Wire the use cases of papers. Raises ``FileRefused`` for a file of papers that cannot be used."""
    room = PaperRoom(store, rulebook, time, shipped_paper_specs(), TypstPapers(), files)
    return Papers(Drafting(room), Reading(room), Issuing(room), Verifying(room))


@cache
def shipped_paper_specs() -> Mapping[str, PaperSpec]:
    """Return what each kind of paper says, as shipped, read once a process."""
    return load_paper_specs(templates_folder())


def templates_folder() -> Path:
    """Return the folder of the office's document templates."""
    return data_directory("templates") / "documents"


def load_paper_specs(folder: Path) -> Mapping[str, PaperSpec]:
    """Read the file of papers of a folder of templates; none says nothing. Raises ``FileRefused``."""
    path = folder / PAPERS_FILE
    return read_paper_specs(read_yaml(path)) if path.exists() else {}


def check_papers(folder: Path | None = None) -> list[Problem]:
    """Return what is wrong with the file of papers, with its file and line."""
    try:
        load_paper_specs(folder or templates_folder())
    except FileRefused as refusal:
        return list(refusal.problems)
    return []


def check_templates(definition: Definition, document: SourceDocument, folder: Path | None = None) -> list[Problem]:
    """Return a problem for each document whose named ``template`` does not exist; ``document`` is its workflow file."""
    there = {path.stem for path in (folder or templates_folder()).glob("*.typ")}
    named = {
        name: one["template"]
        for name, one in (definition.body.get("documents") or {}).items()
        if isinstance(one, Mapping) and one.get("template")
    }
    return [
        document.problem(("documents", name, "template"), f"there is no template '{template}' (templates/documents)")
        for name, template in named.items()
        if template not in there
    ]
