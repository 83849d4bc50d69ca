"""Calendars as iCalendar text (RFC 5545), with the properties that RFC 7986 and the common programs add."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from importlib.metadata import version

from icalendar import Calendar, Event, Timezone, TimezoneStandard, vText

from caseflow.services.ports.calendar_feeds import CalendarEvent

ASK_AGAIN_AFTER = timedelta(hours=1)
_ZONE = "Asia/Shanghai"
# What the text of a calendar may not hold (RFC 5545, 3.3.11): control characters other than the tab and line breaks.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def icalendar_text(name: str, events: Sequence[CalendarEvent]) -> bytes:
    """Return an iCalendar called ``name``; fulfils :class:`caseflow.services.ports.calendar_feeds.CalendarWriter`."""
    calendar = Calendar()
    calendar.add("PRODID", f"-//caseflow//caseflow {version('caseflow-office')}//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    for named in ("NAME", "X-WR-CALNAME"):
        # The library escapes nothing in properties that RFC 5545 does not know.
        calendar.add(named, vText(_clean(name)))
    calendar.add("X-WR-TIMEZONE", _ZONE)
    calendar.add("REFRESH-INTERVAL", ASK_AGAIN_AFTER, parameters={"VALUE": "DURATION"})
    calendar.add("X-PUBLISHED-TTL", "PT1H")
    # A calendar must hold at least one component, and a desk may have no time limit.
    calendar.add_component(_zone())
    for event in events:
        calendar.add_component(_component(event))
    written: bytes = calendar.to_ical()
    return written


def _component(event: CalendarEvent) -> Event:
    component = Event()
    component.add("UID", event.uid)
    component.add("SEQUENCE", event.sequence)
    # Without a METHOD both say when the entry was last revised, so the same calendar is the same bytes.
    changed_at = event.changed_at.astimezone(UTC).replace(microsecond=0)
    component.add("DTSTAMP", changed_at)
    component.add("LAST-MODIFIED", changed_at)
    component.add("DTSTART", event.day)
    component.add("DTEND", event.day + timedelta(days=1))
    component.add("SUMMARY", _clean(event.title))
    component.add("DESCRIPTION", _clean(event.text))
    component.add("CATEGORIES", [_clean(event.category)])
    component.add("STATUS", "TENTATIVE" if event.tentative else "CONFIRMED")
    component.add("CLASS", "PRIVATE")
    component.add("TRANSP", "TRANSPARENT")
    if event.url:
        component.add("URL", event.url)
    return component


def _zone() -> Timezone:
    zone, standard = Timezone(), TimezoneStandard()
    zone.add("TZID", _ZONE)
    standard.add("DTSTART", datetime(1970, 1, 1))  # noqa: DTZ001 - a time zone tells its begin in local time
    standard.add("TZOFFSETFROM", timedelta(hours=8))
    standard.add("TZOFFSETTO", timedelta(hours=8))
    standard.add("TZNAME", "CST")
    zone.add_component(standard)
    return zone


def _clean(text: str) -> str:
    return _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


__all__ = ["icalendar_text"]
