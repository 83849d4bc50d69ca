"""Where a figure of the law stands, and how it was last compared with its source."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from caseflow.domain.words import Words

CheckedStatus = Literal["text_seen", "secondary", "unconfirmed"]


@dataclass(frozen=True, slots=True)
class Citation:
    """Where a figure stands: the statute's short name, the article, and both in words."""

    law: str
    article: str
    text: Words


@dataclass(frozen=True, slots=True)
class Checked:
    """How and when a person last compared the figure with its source."""

    on: date
    status: CheckedStatus
