"""The liaison's board: which state stands in which column, and which limits a card shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from caseflow.domain.workflow_model import Definition, Step

COURT = "court"
WITHDRAWAL_PAPER = "withdrawal_letter"


class Column(StrEnum):
    """The columns of the board, from left to right; the values are those of ``board:`` in a workflow file."""

    READY = "ready"
    FILED = "filed"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    RULED = "ruled"
    IN_ENFORCEMENT = "in_enforcement"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True)
class Board:
    """What the files in use say of the board.

    ``places`` gives the column of each (regime, state); ``windows`` are the clocks in which an application must be
    signed and filed, ``waits`` those that must have run out before it is signed; ``limits`` the clocks of the court's
    phase; ``papers`` the fields with the number of a court's paper, in the order in which a case comes to them.
    """

    places: Mapping[tuple[str, str], Column]
    windows: frozenset[str]
    waits: frozenset[str]
    limits: frozenset[str]
    papers: tuple[str, ...]


def board_of(current: Iterable[Definition], older: Iterable[Definition]) -> Board:
    """Return the board of the definitions in force and of those that running cases are still pinned to.

    A state that a newer file still has stands where that file puts it, so that cases of one state share a column.
    """
    newest = {definition.regime: definition for definition in current}
    places: dict[tuple[str, str], Column] = {}
    windows: set[str] = set()
    waits: set[str] = set()
    limits: set[str] = set()
    papers: dict[str, None] = {}
    for definition in (*newest.values(), *older):
        known = newest.get(definition.regime)
        for state in definition.states.values():
            replaced = definition is not known and known is not None and state.name in known.states
            if state.board is not None and not replaced:
                places[definition.regime, state.name] = Column(state.board)
            if state.board is not None:
                limits |= set(state.clocks)
        for step in definition.steps.values():
            if signs_or_files(definition, step):
                windows |= set(step.within)
                waits |= set(step.opens_after)
            if touches_the_board(definition, step):
                limits |= {*(one.clock for one in step.starts), *step.within}
            if step.on_behalf_of == COURT and touches_the_board(definition, step):
                papers |= {name: None for name in step.asks if definition.fields[name].type == "reference"}
    return Board(places, frozenset(windows), frozenset(waits), frozenset(limits - waits), tuple(papers))


def signs_or_files(definition: Definition, step: Step) -> bool:
    """Tell whether a step signs the application to the court or files it."""
    if step.referral is not None:
        return step.referral in ("sign", "file")
    after = definition.states.get(step.to)
    return bool(step.within) and after is not None and after.board in (Column.READY, Column.FILED)


def withdraws(step: Step) -> bool:
    """Tell whether a step takes the application back from the court."""
    return step.referral == "withdraw" or WITHDRAWAL_PAPER in step.makes


def touches_the_board(definition: Definition, step: Step) -> bool:
    """Tell whether a step starts from a state of the board."""
    return any(definition.states[name].board is not None for name in step.from_states)
