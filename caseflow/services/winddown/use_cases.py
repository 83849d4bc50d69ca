"""The use cases of a wind-down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from caseflow.domain.access import Actor
from caseflow.services.cases import Cases
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.ports.winddown import PlanFilter, ReleasedFigures, Run
from caseflow.services.rulebook import Rulebook
from caseflow.services.winddown.plan import PAGE, PlanCounts, PlannedCase, PlanPage
from caseflow.services.winddown.runs import BeginRun, RunPage
from caseflow.services.withdrawals import Letters


@dataclass(frozen=True)
class WindDowns:
    """Plan, begin, approve or refuse, go on, show, released. ``application.winddown``.

    ``regime`` is the regime wound down; the only one with ``wind_down`` in its file where it is left out.
    """

    store: Store
    rulebook: Rulebook
    time: BusinessTime
    cases: Cases
    letters: Letters

    def counts(self, actor: Actor, regime: str = "") -> PlanCounts:
        """Return how many open cases each class and stage has. Raises ``NotPermitted`` (READ_WIND_DOWN)."""
        raise NotImplementedError

    def plan(
        self, actor: Actor, chosen: PlanFilter, *, after: int | None = None, limit: int = PAGE, regime: str = ""
    ) -> PlanPage:
        """Return cases of the plan by id, beyond the id ``after``. Raises ``NotPermitted`` (READ_WIND_DOWN)."""
        raise NotImplementedError

    def cases_of(self, actor: Actor, case_ids: Sequence[int], regime: str = "") -> list[PlannedCase]:
        """Return these cases of the plan (a selection on the page). Raises ``NotPermitted`` (READ_WIND_DOWN)."""
        raise NotImplementedError

    def check(self, actor: Actor, asked: BeginRun, regime: str = "") -> PlanCounts:
        """Judge what was typed and count what the run would have, writing nothing. Raises as :meth:`begin`."""
        raise NotImplementedError

    def begin(self, actor: Actor, asked: BeginRun, regime: str = "") -> int:
        """Prepare a run; return its id. A repeated request gives the first.

        Raises ``NotPermitted`` (PREPARE_WIND_DOWN) and ``RunRefused``.
        """
        raise NotImplementedError

    def approve(self, actor: Actor, run_id: int, *, finance_paper_no: str = "") -> Run:
        """Approve a run that another person prepared; its steps are then taken in the background.

        Approving again what the same person approved with the same paper gives the run as it is. Raises
        ``NotPermitted`` (APPROVE_WIND_DOWN), ``NoSuchRun`` and ``RunRefused``.
        """
        raise NotImplementedError

    def refuse(self, actor: Actor, run_id: int, *, reason: str) -> Run:
        """Refuse a run that another person prepared. Raises as :meth:`approve`."""
        raise NotImplementedError

    def ask_on(self, actor: Actor, run_id: int) -> Run:
        """Have the background try again what is not done (for the page; at once). Raises as :meth:`go_on`."""
        raise NotImplementedError

    def go_on(self, actor: Actor, run_id: int, *, most: int | None = None) -> Run:
        """Take what steps can be taken now, here, until nothing is left to try (or ``most`` cases were tried).

        Whoever may prepare or approve runs may have one go on; each step is still taken in the name of the one who
        prepared or the one who approved it. Raises ``NotPermitted``, ``NoSuchRun`` and ``RunRefused`` (not approved).
        """
        raise NotImplementedError

    def show(
        self, actor: Actor, run_id: int, *, outcomes: Sequence[str] = (), after: int = 0, limit: int = PAGE
    ) -> RunPage:
        """Return a run with its figures and cases by position. Raises ``NotPermitted``, ``NoSuchRun``."""
        raise NotImplementedError

    def newest(self, actor: Actor, *, before_id: int | None = None, limit: int = 25) -> tuple[list[Run], int | None]:
        """Return runs of the office, newest first, and the key that continues them."""
        raise NotImplementedError

    def released(self, actor: Actor) -> ReleasedFigures:
        """Return who is listed and since when, and what was released by month. Raises ``NotPermitted``."""
        raise NotImplementedError
