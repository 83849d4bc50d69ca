"""Diagrams are fit for a page under a strict policy, mark the path without colour, and are the same every time."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest

from caseflow.adapters import diagrams
from caseflow.adapters.diagrams import DiagramUnavailableError, mermaid, workflow_svg
from caseflow.bootstrap import shipped_definitions
from caseflow.domain.workflow import Definition

SVG = "{http://www.w3.org/2000/svg}"
PATH = (("reported", "reported", "investigate"), ("reported", "proposed", "propose"), ("proposed", "heard", "hear"))


@pytest.fixture
def stall(sound: Callable[..., Definition]) -> Definition:
    return sound()


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 - what we drew ourselves


def groups(svg: str, mark: str) -> list[ET.Element]:
    return [element for element in parsed(svg).iter(f"{SVG}g") if mark in element.get("class", "").split()]


def words(element: ET.Element) -> str:
    return " ".join("".join(text.itertext()) for text in element.iter(f"{SVG}text"))


def first_large() -> Definition:
    return shipped_definitions()["two_illegal"]


def large_path(definition: Definition, length: int) -> tuple[tuple[str, str, str], ...]:
    state, path, passed = definition.opens, [], {definition.opens}
    for _ in range(length):
        step = next(step for step in definition.steps_from(state) if step.target(state) not in passed)
        passed.add(step.target(state))
        path.append((state, step.target(state), step.name))
        state = step.target(state)
    return tuple(path)


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_nothing_a_strict_policy_forbids(stall: Definition, locale: str) -> None:
    large = first_large()
    for svg in (workflow_svg(stall, locale, path=PATH), workflow_svg(large, locale, path=large_path(large, 4))):
        for element in parsed(svg).iter():
            assert element.tag.removeprefix(SVG) in {
                "svg",
                "g",
                "rect",
                "polygon",
                "path",
                "text",
                "title",
                "desc",
                "ellipse",
            }
            assert not {"style", "id", "href", "onload"} & set(element.attrib)


def test_the_whole_graph_carries_every_state_and_move(stall: Definition) -> None:
    svg = workflow_svg(stall, "zh")
    assert len(groups(svg, "wf-state")) == len(stall.states)
    assert not groups(svg, "wf-visited")
    assert {words(group) for group in groups(svg, "wf-state")} >= {"已受理", "法院审查中"}
    moves = {(start, step.target(start)) for step in stall.steps.values() for start in step.from_states}
    assert len(groups(svg, "wf-step")) == len({move for move in moves if move[0] != move[1]})
    assert len(groups(svg, "wf-phase")) == 5


def test_the_path_is_marked_by_text_and_outline(stall: Definition) -> None:
    svg = workflow_svg(stall, "en", path=PATH)
    (current,) = groups(svg, "wf-current")
    assert words(current) == "▶ 3 Heard"
    assert len(list(current.iter(f"{SVG}polygon"))) == 2
    assert {words(group) for group in groups(svg, "wf-visited")} == {"✓ 1 Reported", "✓ 2 Proposed", "▶ 3 Heard"}
    assert len(groups(svg, "wf-taken")) == 2
    assert {words(group) for group in groups(svg, "wf-next")} == {"Decided", "Closed"}
    assert all("stroke-dasharray" in ET.tostring(group, encoding="unicode") for group in groups(svg, "wf-next"))


def test_it_is_told_in_words(stall: Definition) -> None:
    root = parsed(workflow_svg(stall, "zh", path=PATH))
    assert root.get("role") == "img"
    assert root.get("aria-label") == "占道经营处罚"
    assert root.findtext(f"{SVG}title") == "占道经营处罚"
    assert (root.findtext(f"{SVG}desc") or "").endswith("已受理 → 拟处罚 → 已听证")


def test_a_case_just_opened_stands_in_the_first_state(stall: Definition) -> None:
    svg = workflow_svg(stall, "en", current="reported")
    assert [words(group) for group in groups(svg, "wf-current")] == ["▶ 1 Reported"]


@pytest.mark.parametrize("locale", ["en", "zh"])
def test_a_large_workflow_shows_the_case_in_five_columns(locale: str) -> None:
    definition = first_large()
    path = large_path(definition, 6)
    svg = workflow_svg(definition, locale, path=path)
    root = parsed(svg)
    assert int(root.attrib["width"]) <= 1100
    assert len(groups(svg, "wf-phase")) == 5
    assert len(groups(svg, "wf-taken")) == 6
    assert len(groups(svg, "wf-visited")) == 7
    following = {step.target(path[-1][1]) for step in definition.steps_from(path[-1][1])}
    passed = {definition.opens, *(target for _, target, _ in path)}
    assert len([group for group in groups(svg, "wf-next") if "wf-state" in group.get("class", "")]) == len(
        following - passed
    )


def test_the_same_picture_every_time(stall: Definition) -> None:
    first = workflow_svg(stall, "zh", path=PATH)
    diagrams._drawn.cache_clear()
    assert workflow_svg(stall, "zh", path=PATH) == first
    assert workflow_svg(stall, "zh", path=PATH) is workflow_svg(stall, "zh", path=PATH)


def test_words_that_would_be_markup_are_only_words(sound: Callable[..., Definition]) -> None:
    definition = sound(("en: Proposed,", 'en: "<script>a & \\"b\\"</script>",'), ("en: Propose,", 'en: "<b>&",'))
    svg = workflow_svg(definition, "en", path=PATH)
    assert "<script" not in svg
    assert any("<script>a &" in words(group) for group in groups(svg, "wf-state"))
    assert "<script" not in mermaid(definition, "en")
    assert '"b"' not in mermaid(definition, "en")


def test_mermaid_groups_states_by_phase(stall: Definition) -> None:
    text = mermaid(stall, "zh")
    assert text.startswith("flowchart TB\n")
    assert text.count("subgraph") == 5
    assert '    s_reported["已受理"]' in text
    assert '    s_closed(["已结案"])' in text
    assert '  s_reported -->|"不予处罚<br/>终止"| s_closed' in text
    assert '调查"| s_reported' not in text


def test_a_missing_program_is_told(stall: Definition, monkeypatch: pytest.MonkeyPatch) -> None:
    diagrams._program.cache_clear()
    diagrams._drawn.cache_clear()
    monkeypatch.setattr(diagrams, "_PROGRAM", "no-such-program")
    with pytest.raises(DiagramUnavailableError, match="reinstall caseflow"):
        workflow_svg(stall, "en")
    diagrams._program.cache_clear()


def test_a_program_that_fails_is_told(stall: Definition, monkeypatch: pytest.MonkeyPatch) -> None:
    diagrams._drawn.cache_clear()
    monkeypatch.setattr(diagrams, "_program", lambda: "/bin/false")
    with pytest.raises(DiagramUnavailableError, match="could not be laid out"):
        workflow_svg(stall, "en")
