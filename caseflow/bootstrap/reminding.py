"""What reminds people, wired: reminders, their mail, calendar feeds, mutes, and the office's own days."""

from __future__ import annotations

from dataclasses import dataclass

from caseflow.adapters.icalendar_text import icalendar_text
from caseflow.persistence.office_scope import ContextScope, SystemStore
from caseflow.services.calendar_days import CalendarDays
from caseflow.services.calendar_feeds import CalendarFeeds
from caseflow.services.ladder_reckoning import LadderReckoning
from caseflow.services.mail_settings import MailSettings
from caseflow.services.ports import BusinessTime, Store
from caseflow.services.reminder_mutes import ReminderMutes
from caseflow.services.reminders import Reminders
from caseflow.services.rulebook import Rulebook


@dataclass(frozen=True)
class Reminding:
    """The use cases of reminders and of the calendar they go by."""

    reminders: Reminders
    mail_settings: MailSettings
    calendar_feeds: CalendarFeeds
    mutes: ReminderMutes
    calendar_days: CalendarDays


def build_reminding(store: Store, rulebook: Rulebook, time: BusinessTime) -> Reminding:
    """Wire the use cases of reminders."""
    every = SystemStore(store)
    return Reminding(
        reminders=Reminders(store, time),
        mail_settings=MailSettings(store, time),
        calendar_feeds=CalendarFeeds(store, rulebook, time, icalendar_text, ContextScope()),
        mutes=ReminderMutes(store, rulebook, time),
        # The calendar holds for every office, so its administrator's change moves the deadlines of all of them.
        calendar_days=CalendarDays(every, rulebook, time, LadderReckoning(every, rulebook, time)),
    )
