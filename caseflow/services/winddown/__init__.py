"""Winding an ended regime down: the plan, runs in bulk with another person's approval, who was released."""

from caseflow.domain.winding_down import PlannedStep
from caseflow.services.winddown.plan import NothingWindsDown, PlanCounts, PlannedCase, PlanPage, Winding
from caseflow.services.winddown.running import Running
from caseflow.services.winddown.runs import MOST_CASES, BeginRun, NoSuchRun, RunPage, RunRefused
from caseflow.services.winddown.use_cases import WindDowns

__all__ = [
    "MOST_CASES",
    "BeginRun",
    "NoSuchRun",
    "NothingWindsDown",
    "PlanCounts",
    "PlanPage",
    "PlannedCase",
    "PlannedStep",
    "RunPage",
    "RunRefused",
    "Running",
    "WindDowns",
    "Winding",
]
