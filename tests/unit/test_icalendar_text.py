"""Any text at all comes back from a calendar as it went in, and no text can add a property of its own."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

import icalendar
from hypothesis import given
from hypothesis import strategies as st

from caseflow.adapters.icalendar_text import icalendar_text
from caseflow.services.ports.calendar_feeds import CalendarEvent

TEXTS = st.text(
    st.characters(exclude_categories=("Cs", "Cc")) | st.sampled_from(";,:\\\"'\n\r\t\x00\x0b期限"), max_size=120
)
ALLOWED = {
    "UID", "SEQUENCE", "DTSTAMP", "LAST-MODIFIED", "DTSTART", "DTEND", "SUMMARY", "DESCRIPTION", "CATEGORIES", "STATUS",
    "CLASS", "TRANSP", "URL",
}  # fmt: skip


@given(TEXTS, TEXTS, TEXTS)
def test_texts_survive_whatever_they_hold(name: str, title: str, text: str) -> None:
    event = CalendarEvent(
        "clock-1@here.caseflow", 3, datetime(2026, 3, 2, 8, tzinfo=UTC), date(2026, 6, 1), title, text, "this office",
        "https://cases.example.org/cases/1", tentative=False,
    )  # fmt: skip
    written = icalendar_text(name, [event])
    assert max(len(line) for line in written.split(b"\r\n")) <= 75
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", written)
    calendar = icalendar.Calendar.from_ical(written)
    assert isinstance(calendar, icalendar.Calendar)
    (back,) = calendar.events
    assert set(back) == ALLOWED
    assert str(back["SUMMARY"]) == plain(title)
    assert str(back["DESCRIPTION"]) == plain(text)
    # The library leaves escaped what the standard does not know.
    assert unescaped(str(calendar["X-WR-CALNAME"])) == plain(name)


def test_a_calendar_without_an_entry_is_still_one() -> None:
    calendar = icalendar.Calendar.from_ical(icalendar_text("empty", []))
    assert [part.name for part in calendar.subcomponents] == ["VTIMEZONE"]


def plain(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", "", text.replace("\r\n", "\n").replace("\r", "\n"))


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", lambda found: "\n" if found[1] in "nN" else found[1], text)
