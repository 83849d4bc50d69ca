"""Diagrams of a workflow: SVG for pages and files, laid out by Graphviz, and Mermaid text for Markdown.

The layout program is ``graphviz-pure`` (a port of Graphviz in one binary that writes the same bytes on every
platform). Its answer is turned into SVG that a page under a strict content security policy may carry inline:
no script, no style attribute, no id; classes for the stylesheet (``wf-state``, ``wf-visited``, ``wf-current``,
``wf-next``, ``wf-step``, ``wf-taken``, ``wf-phase``) and marks in text and outline, so colour is never needed.
"""

from __future__ import annotations

import html
import re
import shutil
import subprocess
import sysconfig
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from xml.etree import ElementTree as ET

from caseflow.domain.words import Words
from caseflow.domain.workflow import PHASES, Definition, State

Taken = tuple[str, str, str]

_PROGRAM = "graphviz-pure"
_LAYOUT_TIME_S = 30
_WHOLE_GRAPH_STATES = 25
_LINE_EMS = 9.5
_COLUMN_PT = 146
_GAP_PT = 18
_HEADING_PT = 34.0
_FONT_PT = 12
_POINTS_PER_INCH = 72
_SVG = "http://www.w3.org/2000/svg"
_LEGEND = Words(
    "A check mark and a number show what was passed, in order; an arrow and a double outline, where the case stands;"
    " a broken outline, what may come next.",
    "“✓”和序号表示已经过的环节及其先后；“▶”和双线框表示案件当前所处的环节；虚线框表示可能的下一环节。",
)


class DiagramUnavailableError(RuntimeError):
    """The layout program is missing or failed; the message says how to mend it."""


def workflow_svg(definition: Definition, locale: str, *, path: Sequence[Taken] = (), current: str | None = None) -> str:
    """Return an SVG element of the workflow with the path a case has taken.

    ``path`` holds (from, to, step) in the order taken; ``current`` is the state the case stands in. A workflow of
    more than 25 states is shown, for a case, as its five phases with the states passed and those that may come
    next; without a case it is shown whole. Results are cached. Raises :class:`DiagramUnavailableError`.
    """
    return _drawn(definition, locale, tuple(path), current)


@lru_cache(maxsize=512)
def _drawn(definition: Definition, locale: str, path: tuple[Taken, ...], current: str | None) -> str:
    picture = _Picture(definition, locale, path, current)
    if not picture.passed or len(definition.states) <= _WHOLE_GRAPH_STATES:
        return _inline(_laid_out(picture.whole(), "-Kdot"), picture)
    return _inline(_laid_out(picture.journey(), "-Kneato", "-n2"), picture)


class _Picture:
    """What is drawn: which states and steps, with their words and marks."""

    def __init__(self, definition: Definition, locale: str, path: tuple[Taken, ...], current: str | None) -> None:
        self.definition = definition
        self.locale = locale
        self.current = current if current is not None else (path[-1][1] if path else None)
        self.journey_height = 0.0
        self.moves = [(start, target, step) for start, target, step in path if start != target]
        passed = [definition.opens] if path or current is not None else []
        passed += [target for _, target, _ in self.moves]
        self.passed = tuple(dict.fromkeys([*passed, *([self.current] if self.current else [])]))

    def title(self) -> str:
        """Return the name of the picture."""
        return self.definition.title.in_locale(self.locale)

    def description(self) -> str:
        """Return the picture in words: the legend and the path."""
        states = self.definition.states
        named = " → ".join(states[name].title.in_locale(self.locale) for name in [*self._walk()] if name in states)
        return f"{_LEGEND.in_locale(self.locale)} {named}" if named else self.title()

    def _walk(self) -> Iterator[str]:
        if self.passed:
            yield self.passed[0]
        for _, target, _ in self.moves:
            yield target

    def whole(self) -> str:
        """Return the DOT source of the whole graph, phases as clusters."""
        definition = self.definition
        lines = ["digraph {", 'rankdir=TB; ranksep=0.35; nodesep=0.25; fontname="Arial";', *self._defaults()]
        for phase, words in PHASES.items():
            members = [state for state in definition.states.values() if state.phase == phase]
            if members:
                lines.append(
                    f'subgraph cluster_{phase} {{ class="wf-phase"; label="{_quoted(words.in_locale(self.locale))}";'
                )
                lines += [self._node(state) for state in members]
                lines.append("}")
        taken = {(start, target) for start, target, _ in self.moves}
        for start, target, names in _edges(definition):
            acts = [definition.steps[name].title.in_locale(self.locale) for name in names]
            marks = "wf-step wf-taken" if (start, target) in taken else "wf-step"
            pen = "2.2" if (start, target) in taken else "0.8"
            lines.append(f'{start} -> {target} [class="{marks}", penwidth={pen}, label={_label(acts)}];')
        return "\n".join([*lines, "}"])

    def journey(self) -> str:
        """Return the DOT source of the phases as columns, with the states passed and those that may come next.

        Every state has its place here already; only the lines between them are left to the layout.
        """
        states = self.definition.states
        following = self._following()
        shown = [*self.passed, *(name for name in following if name not in self.passed)]
        lines = ["digraph {", "splines=true; notranslate=true;", *self._defaults()]
        lowest = 0.0
        for column, phase in enumerate(PHASES):
            middle = column * (_COLUMN_PT + _GAP_PT) + _COLUMN_PT / 2
            bottom = _HEADING_PT
            for name in (name for name in shown if states[name].phase == phase):
                height = _node_height(self._lines(states[name]))
                lines.append(self._node(states[name], f', pos="{middle:.1f},{-(bottom + height / 2):.1f}"'))
                bottom += height + _GAP_PT
            lowest = max(lowest, bottom)
        self.journey_height = lowest
        corner = 'style=invis, shape=point, width=0.01, height=0.01, label=""'
        lines.append(f'corner_nw [{corner}, pos="0,0"];')
        lines.append(f'corner_se [{corner}, pos="{len(PHASES) * (_COLUMN_PT + _GAP_PT) - _GAP_PT},{-lowest:.1f}"];')
        lines += self._journey_edges(following)
        return "\n".join([*lines, "}"])

    def _following(self) -> tuple[str, ...]:
        current = self.current or ""
        return tuple(dict.fromkeys(step.target(current) for step in self.definition.steps_from(current)))

    def _journey_edges(self, following: Sequence[str]) -> Iterator[str]:
        taken = dict.fromkeys((start, target) for start, target, _ in self.moves)
        for start, target in taken:
            yield f'{start} -> {target} [class="wf-step wf-taken", penwidth=1.5];'
        for target in following:
            if target != self.current and (self.current, target) not in taken:
                yield f'{self.current} -> {target} [class="wf-step wf-next", style=dashed, penwidth=0.8];'

    def _group(self, phase: str, words: Words) -> str:
        return f'subgraph cluster_{phase} {{ class="wf-phase"; label="{_quoted(words.in_locale(self.locale))}";'

    def _defaults(self) -> Iterator[str]:
        yield f'node [shape=box, fixedsize=true, fontname="Arial", fontsize={_FONT_PT}];'
        yield f'edge [fontname="Arial", fontsize={_FONT_PT - 1}, arrowsize=0.7];'

    def _lines(self, state: State) -> list[str]:
        title = state.title.in_locale(self.locale)
        if state.name not in self.passed:
            return _wrapped(title)
        mark = "▶" if state.name == self.current else "✓"
        return _wrapped(f"{mark} {self.passed.index(state.name) + 1} {title}")

    def _node(self, state: State, place: str = "") -> str:
        classes, outline = ["wf-state"], ""
        if state.name == self.current:
            classes += ["wf-visited", "wf-current"]
            outline = ", peripheries=2, penwidth=1.6"
        elif state.name in self.passed:
            classes.append("wf-visited")
            outline = ", penwidth=1.6"
        elif self.passed:
            classes.append("wf-next" if state.name in self._following() else "wf-ahead")
            outline = ', style="dashed"'
        lines = self._lines(state)
        width = max(max(map(_ems, lines)) * _FONT_PT + 18, _COLUMN_PT - 20 if place else 0) / _POINTS_PER_INCH
        text = "\\n".join(_quoted(line) for line in lines)
        size = f"width={width:.2f}, height={_node_height(lines) / _POINTS_PER_INCH:.3f}"
        return f'{state.name} [class="{" ".join(classes)}", label="{text}", {size}{outline}{place}];'


def mermaid(definition: Definition, locale: str) -> str:
    """Return the workflow as a Mermaid flow chart, phases as groups; acts that keep the state are left out.

    The Mermaid writer of ``transitions`` knows neither titles in two languages nor phases, and Mermaid's state
    diagrams cannot join states of different groups; hence a flow chart.
    """
    lines = ["flowchart TB"]
    for phase, words in PHASES.items():
        members = [state for state in definition.states.values() if state.phase == phase]
        if members:
            lines.append(f'  subgraph {phase}["{_mermaid_text(words.in_locale(locale))}"]')
            for state in members:
                shape = ('(["', '"])') if state.final else ('["', '"]')
                lines.append(f"    s_{state.name}{shape[0]}{_mermaid_text(state.title.in_locale(locale))}{shape[1]}")
            lines.append("  end")
    for start, target, names in _edges(definition):
        label = "<br/>".join(_mermaid_text(definition.steps[name].title.in_locale(locale)) for name in names)
        lines.append(f'  s_{start} -->|"{label}"| s_{target}')
    return "\n".join([*lines, ""])


def _edges(definition: Definition) -> Iterator[tuple[str, str, list[str]]]:
    joined: dict[tuple[str, str], list[str]] = {}
    for step in definition.steps.values():
        for start in step.from_states:
            target = step.target(start)
            if target != start:
                joined.setdefault((start, target), []).append(step.name)
    for (start, target), names in joined.items():
        yield start, target, names


def _laid_out(source: str, *engine: str) -> str:
    program = _program()
    try:
        answer = subprocess.run(
            [program, *engine, "-Tsvg"],
            input=source.encode(),
            capture_output=True,
            check=True,
            timeout=_LAYOUT_TIME_S,
        )
    except (OSError, subprocess.SubprocessError) as error:
        message = f"the diagram could not be laid out by {_PROGRAM}: {error}"
        raise DiagramUnavailableError(message) from error
    return answer.stdout.decode()


@lru_cache(maxsize=1)
def _program() -> str:
    beside = Path(sysconfig.get_path("scripts")) / _PROGRAM
    found = str(beside) if beside.is_file() else shutil.which(_PROGRAM)
    if found is None:
        message = f"the program {_PROGRAM} is missing: reinstall caseflow with its dependencies"
        raise DiagramUnavailableError(message)
    return found


def _inline(svg: str, picture: _Picture) -> str:
    ET.register_namespace("", _SVG)
    root = ET.fromstring(svg)  # noqa: S314 - written by our own layout program from escaped labels
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag == f"{{{_SVG}}}title" or (parent.get("class") == "graph" and child.get("fill") == "white"):
                parent.remove(child)
    for element in root.iter():
        element.attrib.pop("id", None)
    if picture.journey_height:
        _draw_columns(root, picture)
    width, height = (float(number) for number in root.attrib["viewBox"].split()[2:])
    root.attrib.update({"class": "wf-diagram", "role": "img", "aria-label": picture.title()})
    # Layout points drawn at 4/3 of a pixel are the size the labels were measured for.
    root.attrib.update({"width": f"{width * 4 / 3:.0f}", "height": f"{height * 4 / 3:.0f}"})
    for tag, text in (("desc", picture.description()), ("title", picture.title())):
        element = ET.Element(f"{{{_SVG}}}{tag}")
        element.text = text
        root.insert(0, element)
    return re.sub(r">\s+<", ">\n<", ET.tostring(root, encoding="unicode")) + "\n"


def _draw_columns(root: ET.Element, picture: _Picture) -> None:
    graph = root.find(f"{{{_SVG}}}g")
    if graph is None:
        message = f"{_PROGRAM} wrote no graph"
        raise DiagramUnavailableError(message)
    for column, words in enumerate(PHASES.values()):
        left = column * (_COLUMN_PT + _GAP_PT)
        group = ET.Element(f"{{{_SVG}}}g", {"class": "wf-phase"})
        box = {"x": f"{left}", "y": "0", "width": f"{_COLUMN_PT}", "height": f"{picture.journey_height:.1f}"}
        group.append(ET.Element(f"{{{_SVG}}}rect", {**box, "fill": "none", "stroke": "#999999"}))
        heading = {"x": f"{left + _COLUMN_PT / 2}", "y": "20", "text-anchor": "middle", "font-size": f"{_FONT_PT + 1}"}
        text = ET.SubElement(group, f"{{{_SVG}}}text", heading)
        text.text = words.in_locale(picture.locale)
        graph.insert(column, group)


def _node_height(lines: Sequence[str]) -> float:
    """Return the height of a box around ``lines``, in points."""
    return len(lines) * (_FONT_PT + 3) + 10.0


def _label(lines: Sequence[str]) -> str:
    """Return an edge label that keeps room for Chinese characters, whose width the layout does not know."""
    wrapped = [part for line in lines for part in _wrapped(line)]
    width = max(map(_ems, wrapped)) * (_FONT_PT - 1) + 4
    rows = "".join(f'<TR><TD WIDTH="{width:.0f}">{html.escape(part)}</TD></TR>' for part in wrapped)
    return f'<<TABLE BORDER="0" CELLPADDING="0" CELLSPACING="1">{rows}</TABLE>>'


def _wrapped(text: str) -> list[str]:
    lines = [""]
    for word in re.findall(r"[^\s\u2e80-\uffef]+\s*|\s+|[\u2e80-\uffef][，。、；：）〕”]*", text):
        if lines[-1] and _ems(lines[-1] + word.rstrip()) > _LINE_EMS:
            lines[-1] = lines[-1].rstrip()
            lines.append("")
        lines[-1] += word
    return [line.rstrip() for line in lines if line.strip()] or [""]


def _ems(text: str) -> float:
    return sum(1.0 if unicodedata.east_asian_width(character) in "WFA" else 0.54 for character in text)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _mermaid_text(text: str) -> str:
    return html.escape(text, quote=False).replace('"', "#quot;")
