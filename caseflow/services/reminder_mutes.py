"""What a person does not want to be reminded of: a rung of a ladder, never an escalation, never the end of a limit."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from caseflow.domain.access import Actor
from caseflow.domain.audit import AuditEvent
from caseflow.domain.law import Ladder
from caseflow.domain.law.model import RungTo
from caseflow.domain.reminder_words import rung_words
from caseflow.domain.reminders import RAN_OUT, rung_name
from caseflow.domain.words import Words
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.rulebook import Rulebook

ESCALATES = Words(
    "An escalation is always given: it is there because somebody may have overlooked what came before it.",
    "上报提醒不得静音：其作用正是防止此前的提醒被忽略。",
)
ENDS = Words(
    "The end of a limit is always told: from that day on the law attaches its consequence to it.",
    "期限届满的提醒不得静音：自届满之日起即产生法律后果。",
)
_NO_SUCH_RUNG = Words("The law has no such reminder.", "没有该项提醒。")


class MuteRefused(Exception):
    """This reminder may not be muted; ``words`` say why."""

    def __init__(self, words: Words) -> None:
        self.words = words
        super().__init__(words.en)


@dataclass(frozen=True)
class LadderRung:
    """One rung as a person chooses by: what it is, whom it is for, why it is always on (None: it may be muted)."""

    ladder: str
    name: str
    words: Words
    to: RungTo
    escalates: bool
    always_on: Words | None
    muted: bool


@dataclass(frozen=True)
class LadderChoice:
    """A ladder of the law with the titles of the time limits that climb it and its rungs in order."""

    name: str
    title: Words
    limits: tuple[Words, ...]
    rungs: tuple[LadderRung, ...]


@dataclass(frozen=True)
class ReminderMutes:
    """The use cases of muting. A person mutes for themselves alone."""

    store: Store
    rulebook: Rulebook
    time: BusinessTime

    def mute(self, actor: Actor, ladder: str, rung: str) -> None:
        """Give the actor this rung no more; muting it again changes nothing. Raises :class:`MuteRefused`."""
        refusal = self._rungs().get((ladder, rung), _NO_SUCH_RUNG)
        if refusal is not None:
            raise MuteRefused(refusal)
        with self.store.begin() as work:
            event = self._event(actor, "reminder_muted", ladder, rung)
            if work.mutes.add(actor.id, ladder, rung, event):
                work.commit()

    def unmute(self, actor: Actor, ladder: str, rung: str) -> None:
        """Give the actor this rung again; what was not muted stays as it is.

        A mute of a rung that the law no longer has can be taken back too.
        """
        with self.store.begin() as work:
            event = self._event(actor, "reminder_unmuted", ladder, rung)
            if work.mutes.remove(actor.id, ladder, rung, event):
                work.commit()

    def own(self, actor: Actor) -> frozenset[tuple[str, str]]:
        """Return what the actor muted, as (ladder, rung)."""
        with self.store.begin() as work:
            return work.mutes.own(actor.id)

    def choices(self, actor: Actor) -> tuple[LadderChoice, ...]:
        """Return every ladder of the law with its rungs and what the actor may mute or has muted."""
        muted = self.own(actor)
        law = self.rulebook.law
        limits: dict[str, list[Words]] = {}
        for rule in law.rules.values():
            if rule.kind == "time_limit":
                limits.setdefault(rule.ladder, []).append(rule.title)
        return tuple(
            LadderChoice(one.name, one.title, tuple(limits[one.name]), _choices(one, muted))
            for one in law.ladders.values()
            if one.name in limits
        )

    def may_mute(self, ladder: str, rung: str) -> bool:
        """Tell whether a person may mute this rung."""
        return self._rungs().get((ladder, rung), _NO_SUCH_RUNG) is None

    def _rungs(self) -> Mapping[tuple[str, str], Words | None]:
        return {
            (ladder.name, name): always_on
            for ladder in self.rulebook.law.ladders.values()
            for name, _to, _escalates, always_on in _rungs_of(ladder)
        }

    def _event(self, actor: Actor, action: str, ladder: str, rung: str) -> AuditEvent:
        said = {"ladder": ladder, "rung": rung}
        return AuditEvent.by(actor, self.time.now(), f"mute:{uuid.uuid4()}", action, said)


def _rungs_of(ladder: Ladder) -> list[tuple[str, RungTo, bool, Words | None]]:
    """Return name, addressee, whether it escalates and why it is always on, in order of the days; the end after 0."""
    found: list[tuple[str, RungTo, bool, Words | None]] = [
        (rung_name(one), one.to, one.escalate, ESCALATES if one.escalate else None) for one in ladder.rungs
    ]
    after = sum(one.offset_days <= 0 for one in ladder.rungs)
    found.insert(after, (RAN_OUT, "owner", False, ENDS))
    return found


def _choices(ladder: Ladder, muted: frozenset[tuple[str, str]]) -> tuple[LadderRung, ...]:
    return tuple(
        LadderRung(
            ladder.name,
            name,
            rung_words(name),
            to,
            escalates,
            always_on,
            muted=always_on is None and (ladder.name, name) in muted,
        )
        for name, to, escalates, always_on in _rungs_of(ladder)
    )


__all__ = ["LadderChoice", "LadderRung", "MuteRefused", "ReminderMutes"]
