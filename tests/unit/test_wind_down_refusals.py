"""Every way in which the wind-down of a workflow file can leave a case without its way is refused with the reason."""

from __future__ import annotations

import pytest

from caseflow import bootstrap
from caseflow.domain.sources import FileRefused, SourceDocument
from caseflow.domain.workflow import load_definition
from caseflow.resources import data_directory, parse_yaml

FEE = (data_directory("workflows") / "social_support_fee.yaml").read_text(encoding="utf-8")
FAULTS = {
    "an unknown step": ("begins: [freeze_undecided,", "begins: [freeze_all,", "there is no step 'freeze_all'"),
    "a step of the main branch": ("office_steps: [", "office_steps: [record_payment, ", "not of the branch wind_down"),
    "a field of another type": ("begun_with: kept_amount", "begun_with: frozen_on", "must be a field of type money"),
    "an unknown source": ("sources: [d357_5]}", "sources: [rumour]}", "there is no source 'rumour'"),
    "an unknown class": ("class: close_annulled\n", "class: forget\n", "there is no class 'forget'"),
    "an unknown stage": ("stage: undecided\n", "stage: early\n", "there is no stage 'early'"),
    "an unknown state": ("states: [paid, fulfilled]", "states: [paid, fulfiled]", "no state 'fulfiled'"),
    "an unanswered question": ("closing_reasons: reason, ", "", "'end_undecided' asks 'closing_reasons'"),
    "an answer that does not fit": ("frozen_on: day,", "frozen_on: kept,", "must be a field of type money"),
    "steps that stop half-way": (
        "steps: [freeze_undecided, end_undecided, serve_closing_notice, close_wound_down]",
        "steps: [freeze_undecided, end_undecided, serve_closing_notice]",
        "leave a case from 'report_received' in 'notice_served', which is not closed",
    ),
    "a step left out": (
        "steps: [freeze_undecided, end_undecided, serve_closing_notice, close_wound_down]",
        "steps: [freeze_undecided, serve_closing_notice, close_wound_down]",
        "'serve_closing_notice' does not leave 'frozen_undecided'",
    ),
    "steps of another place": (
        "states: [paid, fulfilled]\n",
        "states: [paid, fulfilled, archived]\n",
        "none of these steps leaves 'archived'",
    ),
    "a state nobody thought of": (
        "states: &decided [decision_served, demanded,",
        "states: &decided [decision_served,",
        "no rule takes a case in 'demanded' of which is paid: none",
    ),
}


def document(text: str) -> SourceDocument:
    return parse_yaml(text, "fee.yaml")


@pytest.mark.parametrize("name", FAULTS)
def test_what_leaves_a_case_without_its_way_is_refused(name: str) -> None:
    old, new, reason = FAULTS[name]
    assert old in FEE
    with pytest.raises(FileRefused) as refused:
        load_definition(document(FEE.replace(old, new)), bootstrap.shipped_law())
    told = [str(problem) for problem in refused.value.problems if problem.where.startswith("wind_down")]
    assert any(reason in one for one in told), told
