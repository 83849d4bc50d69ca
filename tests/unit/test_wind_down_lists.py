"""Lists of steps told as one, and axes that count people."""

from __future__ import annotations

import pytest
from lxml import etree

from caseflow.adapters.charts import Drawing, chart_svg
from caseflow.bootstrap import shipped_definitions
from caseflow.services.ports.wind_down import ClassCount
from caseflow.services.wind_down import PlanCounts
from caseflow.web.wind_down_words import groups, merged_steps


def test_lists_that_differ_in_a_step_are_told_as_one() -> None:
    owing, settled = ["freeze", "propose", "approve", "serve"], ["freeze", "note", "serve"]
    assert merged_steps([owing, settled]) == [
        ("freeze", True), ("note", False), ("propose", False), ("approve", False), ("serve", True),
    ]  # fmt: skip
    assert merged_steps([settled]) == [("freeze", True), ("note", True), ("serve", True)]


def test_every_class_of_the_fee_is_told_with_its_steps_in_the_order_of_the_stages() -> None:
    definition = next(one for one in shipped_definitions().values() if one.wind_down is not None)
    down = definition.wind_down
    assert down is not None
    pairs = dict.fromkeys((rule.name, rule.stage) for rule in down.rules)
    counts = [ClassCount(name, stage, 1, 0, 0, 0) for name, stage in pairs]
    told = groups(PlanCounts(definition.regime, down, [*counts, ClassCount("gone", "forgotten", 1, 0, 0, 0)]))
    stages = [one.count.stage for one in told]
    assert stages == [*sorted(stages[:-1], key=list(down.stages).index), "forgotten"]
    for one in told[:-1]:
        known = {name for rule in one.rules for name in rule.steps}
        assert {name for path in one.paths for name, _ in path} == known
        for rule in one.rules:
            [path] = [path for path in one.paths if path[0][0] == rule.steps[0]]
            assert [name for name, _ in path if name in rule.steps] == list(rule.steps)


@pytest.mark.parametrize("most", [0, 1, 7, 23, 4_100])
def test_an_axis_of_people_has_whole_numbers_each_once(most: int) -> None:
    drawn = chart_svg(Drawing("columns", "People", ["2021-12"], [("People", [float(most)])], counts=True))
    axis = etree.fromstring(drawn).xpath("//*[contains(@class, 'axis y')]//*[local-name() = 'text']/text()")
    labels = [str(label).replace(",", "") for label in axis]
    assert all(label.isdecimal() for label in labels)
    assert len(labels) == len(set(labels)) <= 10
    assert max(map(int, labels)) >= most
