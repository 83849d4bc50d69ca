"""Winding an ended regime down: the plan, runs in bulk with another person's approval, who was released."""

from caseflow.domain.wind_down_steps import PlannedStep
from caseflow.services.wind_down.plan import NothingWindsDown, PlanCounts, PlannedCase, PlanPage, Winding
from caseflow.services.wind_down.running import Running
from caseflow.services.wind_down.runs import MOST_CASES, BeginRun, NoSuchRun, RunPage, RunRefused
from caseflow.services.wind_down.use_cases import WindDowns

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
