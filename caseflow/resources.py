"""Finds the files caseflow ships (in a checkout or in a wheel) and reads YAML with its line numbers."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from caseflow.domain.sources import FileRefused, Problem, SourceDocument, SourcePath


def data_directory(name: str) -> Path:
    """Return the folder ``name`` (``workflows`` or ``templates``) as shipped with this caseflow.

    Starts from caseflow's own location, so it works in a checkout and in an installed wheel, wherever the
    current directory is. Raises ``FileNotFoundError`` when the installation is damaged.
    """
    package = Path(__file__).resolve().parent
    for candidate in (package / "_data" / name, package.parent / name):
        if candidate.is_dir():
            return candidate
    message = f"caseflow's own folder '{name}' is missing beside {package}: reinstall caseflow"
    raise FileNotFoundError(message)


def read_yaml(path: Path, *, shown_as: str | None = None) -> SourceDocument:
    """Read one YAML file into plain data with the line of every key and item.

    ``shown_as`` is the file name that refusals quote (default: ``path``). Raises
    :class:`~caseflow.domain.sources.FileRefused` when the file cannot be read or is not YAML.
    """
    name = shown_as or str(path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise FileRefused([Problem(name, 1, "", f"cannot be read: {error}")]) from error
    return parse_yaml(text, name)


def parse_yaml(text: str, name: str) -> SourceDocument:
    """Parse YAML text; ``name`` is the file name that refusals quote.

    Raises ``FileRefused`` for what is not YAML and for a key that stands twice in one mapping.
    """
    loader = _Loader(text)
    lines: dict[SourcePath, int] = {}
    problems: list[Problem] = []
    try:
        node = loader.get_single_node()
        data = None if node is None else _Reader(loader, name, lines, problems).plain(node, ())
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise FileRefused([Problem(name, line, "", f"is not valid YAML: {error.problem}")]) from error
    except (yaml.YAMLError, ValueError) as error:
        raise FileRefused([Problem(name, 1, "", f"is not valid YAML: {error}")]) from error
    finally:
        loader.dispose()
    if problems:
        raise FileRefused(problems)
    return SourceDocument(name, data, lines)


class _Loader(yaml.CSafeLoader):
    """The C parser with the plain values of YAML 1.2, so that ``no`` and ``on`` stay words; and dates."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - PyYAML's own shape


for _tag, _pattern, _first in (
    ("bool", r"true|True|TRUE|false|False|FALSE", "tTfF"),
    ("int", r"[-+]?(?:0|[1-9][0-9]*)", "-+0123456789"),
    ("float", r"[-+]?(?:0|[1-9][0-9]*)?\.[0-9]+(?:[eE][-+]?[0-9]+)?", "-+.0123456789"),
    ("timestamp", r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "0123456789"),
    ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"^(?:{_pattern})$"), list(_first))


class _Reader:
    """Turns nodes into plain data and notes the line of every key and item."""

    def __init__(self, loader: _Loader, name: str, lines: dict[SourcePath, int], problems: list[Problem]) -> None:
        self._loader, self._name, self._lines, self._problems = loader, name, lines, problems

    def plain(self, node: yaml.Node, where: SourcePath) -> Any:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, where)
        if isinstance(node, yaml.SequenceNode):
            items = []
            for index, item in enumerate(node.value):
                self._lines[(*where, index)] = item.start_mark.line + 1
                items.append(self.plain(item, (*where, index)))
            return items
        return self._loader.construct_object(node)

    def _mapping(self, node: yaml.MappingNode, where: SourcePath) -> dict[Any, Any]:
        plain: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self._loader.construct_object(key_node)
            line = key_node.start_mark.line + 1
            if key in plain:
                place = ".".join(str(part) for part in (*where, key))
                self._problems.append(Problem(self._name, line, place, "stands twice in the same place"))
            self._lines[(*where, key)] = line
            plain[key] = self.plain(value_node, (*where, key))
        return plain
