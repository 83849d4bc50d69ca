"""The demo county: fictional staff and cases whose histories are driven through the services at their own dates."""

from caseflow.services.demo.county import Batch, County, CountyRefused, StaffPlan, StepPlan, read_county
from caseflow.services.demo.loading import CountyLoader, DemoRefused, LoadReport, county_there
from caseflow.services.demo.planning import PlannedCase, Skipped, plan_county
from caseflow.services.demo.spending import SpendingLoader, SpendingPlan

__all__ = [
    "Batch",
    "County",
    "CountyLoader",
    "CountyRefused",
    "DemoRefused",
    "LoadReport",
    "PlannedCase",
    "Skipped",
    "SpendingLoader",
    "SpendingPlan",
    "StaffPlan",
    "StepPlan",
    "county_there",
    "plan_county",
    "read_county",
]
