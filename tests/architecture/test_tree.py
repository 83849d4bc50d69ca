"""Rules of the house that no tool of pyproject.toml knows."""

from __future__ import annotations

import ast
import re
import subprocess
import tomllib
from functools import cache
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE_LINES = 400
LONGEST_FUNCTION_LINES = 60
# Written in pieces, so that this file does not name what it looks for.
FORBIDDEN_TEXT = re.compile(
    "|".join(
        (
            "pypi" + r"\.org",
            "python" + "hosted",
            "pypi" + "-more",
            "deb" + r"\.debian\.org",
            "registry" + r"\.npmjs",
            r"(?<![\w.])/" + r"root/",
            r"(?<![\w.])/" + r"work/",
            r"(?<![\w.])/" + r"home/\w",
        )
    )
)
FORBIDDEN_MODULE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
# Pure libraries the domain may use beside the standard library (docs/architecture.md).
DOMAIN_LIBRARIES = {"transitions", "pydantic", "cel", "common_expression_language", "rfc8785"}


@cache
def committed_files() -> tuple[Path, ...]:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],  # noqa: S607 - git is found on PATH
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    return tuple(ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file())


def python_files() -> list[Path]:
    return [path for path in committed_files() if path.suffix == ".py"]


def test_the_list_of_files_is_not_empty() -> None:
    assert len(python_files()) > 20


def test_files_stay_readable_in_one_sitting() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in python_files()}
    assert {path: length for path, length in lengths.items() if length > LONGEST_FILE_LINES} == {}


def test_functions_stay_short() -> None:
    long = {}
    for path in python_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length >= LONGEST_FUNCTION_LINES and "migrations/versions" not in path.as_posix():
                    long[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = length
    assert long == {}


def test_modules_are_named_after_what_they_hold() -> None:
    assert [path for path in python_files() if path.stem in FORBIDDEN_MODULE_NAMES] == []


def test_nothing_names_a_registry_or_a_machine_path() -> None:
    found = []
    for path in committed_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [
            f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}"
            for number, line in enumerate(text.splitlines(), 1)
            if FORBIDDEN_TEXT.search(line)
        ]
    assert found == []


@pytest.mark.parametrize("text", ["see https://pypi" + ".org/simple", "cd /" + "work/main", "/" + "root/.venv"])
def test_the_search_for_machine_paths_finds_them(text: str) -> None:
    assert FORBIDDEN_TEXT.search(text)


def test_the_lock_holds_names_versions_and_hashes_only() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert "://" not in lock
    assert "--index-url" not in lock
    entries = re.split(r"\n(?=\S)", lock.strip())
    assert len(entries) > 50
    assert [
        entry for entry in entries if not re.match(r"[\w.-]+(\[[\w,-]+\])?==\S+.*--hash=sha256:", entry, re.DOTALL)
    ] == []


def test_the_lock_covers_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["project"]["optional-dependencies"]["dev"]]
    wanted += project["build-system"]["requires"]
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = dict(re.findall(r"^([\w.-]+)(?:\[[\w,-]+\])?==([\w.]+)", lock, re.MULTILINE))
    for requirement in map(Requirement, wanted):
        name = re.sub(r"[-_.]+", "-", requirement.name).lower()
        assert name in locked, name
        assert requirement.specifier.contains(locked[name]), (requirement, locked[name])


def test_the_domain_contract_forbids_every_framework_there_is() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = next(c for c in project["tool"]["importlinter"]["contracts"] if c["id"] == "domain-is-pure")
    modules_of: dict[str, set[str]] = {}
    for module, distributions in packages_distributions().items():
        for distribution in distributions:
            modules_of.setdefault(re.sub(r"[-_.]+", "-", distribution).lower(), set()).add(module)
    ours = [Requirement(text) for text in requires("caseflow-office") or []]
    direct = [r for r in ours if not (r.marker and "extra" in str(r.marker))]
    assert len(direct) > 15
    top_level = {
        module
        for requirement in direct
        for module in modules_of.get(re.sub(r"[-_.]+", "-", requirement.name).lower(), ())
        if not module.startswith("_")
    }
    assert top_level - DOMAIN_LIBRARIES - set(contract["forbidden_modules"]) == set()
