"""Winding an ended regime down: the plan, runs in bulk with another person's approval, who was released."""

from caseflow.services.winddown.plan import Plan, PlanCounts, PlanPage, PlannedCase, PlannedStep
from caseflow.services.winddown.runs import BeginRun, NoSuchRun, RunPage, RunRefused
from caseflow.services.winddown.use_cases import WindDowns

__all__ = [
    "BeginRun",
    "NoSuchRun",
    "Plan",
    "PlanCounts",
    "PlanPage",
    "PlannedCase",
    "PlannedStep",
    "RunPage",
    "RunRefused",
    "WindDowns",
]
