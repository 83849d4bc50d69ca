"""For whom the database is asked: one office, everybody (commands and jobs), or nobody (public pages)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from enum import Enum
from typing import Final, Protocol


class Beyond(Enum):
    """A scope that is not one office; the value is what the database's setting ``caseflow.office`` holds."""

    SYSTEM = "*"
    NOBODY = ""


# One office by its id, or one of the two beyond.
Scope = int | Beyond
# Every office: commands, jobs, and the looks that must be taken before it is known who acts.
SYSTEM: Final = Beyond.SYSTEM
# No office: what a visitor who has not signed in may be shown holds no row of any.
NOBODY: Final = Beyond.NOBODY


class OfficeScope(Protocol):
    """Says for whom the database is asked, so that its row policies hide every other office's rows."""

    def acting_for(self, scope: Scope) -> AbstractContextManager[None]:
        """Ask for ``scope`` until the block ends; transactions begun before keep what they began with."""
        ...

    def now(self) -> Scope:
        """Return for whom the database is asked now."""
        ...
