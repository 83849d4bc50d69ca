"""A loaded definition fires steps, keeps its content hash and comes back from its body unchanged."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from caseflow.domain.sources import FileRefused
from caseflow.domain.workflow import Definition, StepNotOpen, definition_from_body
from caseflow.domain.workflow.building import content_hash


@pytest.fixture
def stall(sound: Callable[..., Definition]) -> Definition:
    return sound()


def test_every_step_fires_from_its_states_and_from_no_other(stall: Definition) -> None:
    for step in stall.steps.values():
        for state in stall.states:
            if state in step.from_states:
                assert stall.fire(state, step.name) == step.target(state)
            else:
                with pytest.raises(StepNotOpen):
                    stall.fire(state, step.name)


def test_a_step_that_stays_stays(stall: Definition) -> None:
    assert stall.fire("reported", "investigate") == "reported"


@pytest.mark.parametrize(("state", "step"), [("reported", "fly"), ("nowhere", "pay"), ("closed", "pay")])
def test_what_is_not_there_does_not_fire(stall: Definition, state: str, step: str) -> None:
    with pytest.raises(StepNotOpen):
        stall.fire(state, step)


def test_there_is_one_machine_without_automatic_steps(stall: Definition) -> None:
    assert stall.machine is stall.machine
    assert set(stall.machine.events) == set(stall.steps)


def test_steps_come_in_the_order_of_the_file(stall: Definition) -> None:
    assert [step.name for step in stall.steps_from("reported")] == ["investigate", "propose", "drop", "stop_for_good"]
    assert stall.steps_from("closed") == ()
    assert stall.steps_from("nowhere") == ()


def test_the_parts_of_a_step(stall: Definition) -> None:
    serve, pay = stall.steps["serve"], stall.steps["pay"]
    assert serve.needs.documents == ("decision",)
    assert [(start.clock, start.on, start.after) for start in serve.starts] == [
        ("cn.test.pay", None, None),
        ("cn.test.court", None, "cn.test.pay"),
    ]
    assert serve.sets == {"served_on": "effective"}
    assert (pay.from_states, pay.branch, pay.on_behalf_of) == (("served", "in_court"), "wind_down", "party")
    assert (pay.posts[0].event, pay.posts[0].amount) == ("collect", "fine")
    assert stall.states["served"].waiting_for == "party"
    assert stall.fields["reasons"].required is False
    assert stall.conditions["fine_is_large"].words.zh == "罚款数额较大"


def test_the_hash_is_that_of_the_canonical_body(stall: Definition) -> None:
    assert stall.content_hash == content_hash(json.loads(json.dumps(stall.body)))
    assert len(stall.content_hash) == 64


def test_a_pinned_definition_is_the_same(stall: Definition) -> None:
    stored = json.loads(json.dumps(stall.body))
    again = definition_from_body(stored)
    assert again == stall
    assert again.content_hash == stall.content_hash
    assert again.steps == stall.steps
    assert hash(again) == hash(stall)


def test_one_changed_word_is_another_definition(sound: Callable[..., Definition], stall: Definition) -> None:
    changed = sound(("en: Reported", "en: Received"))
    assert changed != stall
    assert changed.content_hash != stall.content_hash


def test_a_damaged_body_is_refused(stall: Definition) -> None:
    damaged = {key: value for key, value in stall.body.items() if key != "steps"}
    with pytest.raises(FileRefused, match="the key 'steps' is missing"):
        definition_from_body(damaged)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.from_regex(r"[a-z_]{1,8}", fullmatch=True), inner, max_size=4)
    ),
    max_leaves=15,
)


@given(JSON_VALUES)
def test_our_canonical_form_is_that_of_rfc_8785(value: Any) -> None:
    import hashlib

    assert content_hash(value) == hashlib.sha256(rfc8785.dumps(value)).hexdigest()
