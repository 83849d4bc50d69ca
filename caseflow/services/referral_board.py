"""The liaison's board: every case before the court by where it stands, and on top the windows that close soon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from caseflow.domain.access import Actor, Permission, check_permission
from caseflow.domain.referral_board import Board, Column, board_of
from caseflow.domain.rules import regime_ended
from caseflow.domain.workflow import Definition
from caseflow.services.ports import BusinessTime, Store, UnitOfWork
from caseflow.services.ports.liaison import MOST_COUNTED, BoardRow, BoardScope, OpenLimit, WindowRow
from caseflow.services.rulebook import Rulebook

CARDS_IN_A_COLUMN = 8
CARDS_ON_A_PAGE = 25
SOON_DAYS = 30
MOST_WINDOWS = 10
_NEVER = date.max


@dataclass(frozen=True)
class BoardFilter:
    """How the board is narrowed; empty means all."""

    court: str | None = None
    regime: str | None = None


@dataclass(frozen=True)
class Card:
    """A case on the board with the limit that matters there (None: none runs).

    ``paper_no`` is the number of the court's newest paper, ``ended`` tells that the law of the regime is gone, so that
    the application can only be withdrawn.
    """

    row: BoardRow
    definition: Definition
    limit: OpenLimit | None
    paper_no: str | None
    ended: bool


@dataclass(frozen=True)
class BoardColumn:
    """A column of the board: its cards, how many cases stand in it (capped), and the key that continues it."""

    column: Column
    count: int
    cards: Sequence[Card]
    next_key: str | None

    @property
    def is_capped(self) -> bool:
        """Whether there may be more than were counted."""
        return self.count >= MOST_COUNTED


@dataclass(frozen=True)
class Window:
    """A case whose time to apply to the court runs out soon, or is over."""

    row: WindowRow
    definition: Definition


@dataclass(frozen=True)
class BoardPage:
    """The board on a business date."""

    today: date
    columns: Sequence[BoardColumn]
    soon: Sequence[Window]
    over: Sequence[Window]
    courts: Sequence[str]

    @property
    def is_empty(self) -> bool:
        """Whether no case stands anywhere on it."""
        return not any(column.count for column in self.columns)


@dataclass(frozen=True)
class ReferralBoard:
    """The use case behind the board. It reads; nothing here writes."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime

    def show(
        self, actor: Actor, chosen: BoardFilter, *, only: Column | None = None, after: str | None = None
    ) -> BoardPage:
        """Return the board; with ``only``, one column, from the key ``after`` on. Raises ``NotPermitted``."""
        check_permission(actor, Permission.READ_REFERRALS)
        today = self.time.today()
        with self.store.begin() as work:
            scope, board = self._scope(work, actor, chosen, only, today)
            size = CARDS_IN_A_COLUMN if only is None else CARDS_ON_A_PAGE
            key = _key(after) if only is not None else None
            rows = _by_column(work.liaison.board_rows(scope, after=key, limit=size + 1))
            counts = dict(work.liaison.board_counts(scope))
            if only in (None, Column.WITHDRAWN):
                back = list(work.liaison.withdrawn(scope, after=key, limit=MOST_COUNTED))
                rows[Column.WITHDRAWN] = _merged(rows.get(Column.WITHDRAWN, []), back, size + 1)
                counts[Column.WITHDRAWN] = min(counts.get(Column.WITHDRAWN, 0) + len(back), MOST_COUNTED)
            windows = work.liaison.windows(scope, until=today + timedelta(days=SOON_DAYS), limit=MOST_WINDOWS)
            limits = _limits(work.liaison.open_limits([row.id for found in rows.values() for row in found]), board)
            columns = [
                BoardColumn(
                    column,
                    counts.get(column, 0),
                    self._cards(work, rows.get(column, [])[:size], limits, board.papers, today),
                    _next_key(rows.get(column, []), size),
                )
                for column in Column
                if only is None or column is only
            ]
            known = [Window(row, self._definition(work, row.definition_hash)) for row in windows]
            courts = work.liaison.courts(actor.office_id)
        soon = [window for window in known if window.row.due_on >= today]
        return BoardPage(today, columns, soon, [window for window in known if window not in soon], courts)

    def board(self, work: UnitOfWork) -> Board:
        """Return what the files in force, and those that cases are pinned to, say of the board."""
        current = self.rulebook.definitions
        known = {definition.content_hash for definition in current.values()}
        older = [one for one in work.liaison.definition_hashes() if one not in known]
        return board_of(current.values(), [self._definition(work, one) for one in older])

    def scope(self, work: UnitOfWork, actor: Actor, chosen: BoardFilter, column: Column) -> BoardScope:
        """Return what the store is asked for one column."""
        return self._scope(work, actor, chosen, column, self.time.today())[0]

    def _scope(
        self, work: UnitOfWork, actor: Actor, chosen: BoardFilter, only: Column | None, today: date
    ) -> tuple[BoardScope, Board]:
        board = self.board(work)
        live = [
            name
            for name, definition in self.rulebook.definitions.items()
            if regime_ended(self.rulebook.pinned(definition.content_hash, work), today) is None
        ]
        places = [
            (column.value, regime, state)
            for (regime, state), column in board.places.items()
            if only in (None, column)
            and chosen.regime in (None, regime)
            # Where the law is gone nothing can be filed any more: such a case is wound down.
            and (column is not Column.READY or regime in live)
        ]
        return BoardScope(
            office_id=actor.office_id,
            places=places,
            windows=board.windows,
            waits=board.waits,
            papers=board.papers,
            live=live,
            today=today,
            court=chosen.court,
            regime=chosen.regime,
        ), board

    def _cards(
        self,
        work: UnitOfWork,
        rows: Sequence[BoardRow],
        limits: Mapping[int, OpenLimit],
        papers: Sequence[str],
        today: date,
    ) -> list[Card]:
        cards = []
        for row in rows:
            rules = self.rulebook.pinned(row.definition_hash, work)
            numbers = [row.papers[name] for name in papers if row.papers.get(name)]
            ended = regime_ended(rules, today) is not None
            cards.append(Card(row, rules.definition, limits.get(row.id), numbers[-1] if numbers else None, ended))
        return cards

    def _definition(self, work: UnitOfWork, content_hash: str) -> Definition:
        return self.rulebook.pinned(content_hash, work).definition


def _by_column(rows: Sequence[BoardRow]) -> dict[Column, list[BoardRow]]:
    found: dict[Column, list[BoardRow]] = {}
    for row in rows:
        found.setdefault(Column(row.column), []).append(row)
    return found


def _merged(standing: Sequence[BoardRow], back: Sequence[BoardRow], most: int) -> list[BoardRow]:
    both = {row.id: row for row in (*standing, *back)}
    return sorted(both.values(), key=lambda row: (row.next_due_on or _NEVER, row.id))[:most]


def _next_key(rows: Sequence[BoardRow], size: int) -> str | None:
    last = rows[size - 1] if len(rows) > size else None
    return f"{(last.next_due_on or _NEVER).isoformat()}_{last.id}" if last else None


def _limits(running: Sequence[OpenLimit], board: Board) -> dict[int, OpenLimit]:
    """Return for each case the limit of the court's phase that ends first."""
    found: dict[int, OpenLimit] = {}
    for one in running:
        if one.rule_id in board.limits:
            found.setdefault(one.case_id, one)
    return found


def _key(after: str | None) -> tuple[date, int] | None:
    if not after:
        return None
    day, _, number = after.partition("_")
    try:
        return date.fromisoformat(day), int(number)
    except ValueError:
        return None
