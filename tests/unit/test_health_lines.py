"""How the background work is judged: by ages on the database's clock, with words that say what to do."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from caseflow.domain.health import Backlog, Beat, Facts, QueueFacts, State, SweepPulse, Unswept, span, unswept
from caseflow.domain.health_lines import judge

NOW = datetime(2026, 3, 2, 4, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def beats(**ages: timedelta) -> dict[str, Beat]:
    known = dict.fromkeys(("sweep", "timetable", "deliver", "seal"), timedelta(seconds=5))
    return {name: Beat(NOW - age, 7) for name, age in {**known, **ages}.items()}


def healthy(**changes: object) -> Facts:
    facts = Facts(
        now=NOW,
        today=date(2026, 3, 2),
        stamped_at=NOW - timedelta(days=9),
        beats=beats(),
        queue=QueueFacts(reachable=True, workers=1),
        machine_now=NOW,
    )
    return replace(facts, **changes)  # type: ignore[arg-type]


def states(facts: Facts) -> dict[str, State]:
    """Return the lines that are not good."""
    found = judge(facts)
    assert all((line.advice is None) is (line.state is State.GOOD) for line in found), "advice where something is off"
    return {line.name: line.state for line in found if line.state is not State.GOOD}


def test_an_office_where_everything_runs_has_nothing_to_look_at() -> None:
    assert states(healthy()) == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"beats": beats(sweep=4 * MINUTE)}, {"sweep": State.ATTENTION}),
        ({"beats": beats(sweep=16 * MINUTE)}, {"sweep": State.WRONG}),
        ({"beats": beats(sweep=16 * MINUTE), "timetable_expected": False},
         {"sweep": State.ATTENTION, "timetable": State.ATTENTION}),
        ({"beats": beats(mail=40 * MINUTE, reckon=9 * MINUTE)}, {"mail": State.WRONG, "reckon": State.ATTENTION}),
        ({"beats": {}, "stamped_at": NOW - MINUTE}, dict.fromkeys(beats(), State.ATTENTION)),
        ({"beats": {}, "stamped_at": None}, dict.fromkeys(beats(), State.ATTENTION)),
        ({"beats": {}}, dict.fromkeys(beats(), State.WRONG)),
        ({"beats": beats(deliver=-5 * MINUTE)}, {"clock": State.WRONG}),
        ({"machine_now": NOW + 3 * MINUTE}, {"clock": State.ATTENTION}),
        ({"queue": QueueFacts(reachable=False)}, {"queue": State.ATTENTION}),
        ({"queue": QueueFacts(reachable=True)}, {"queue": State.ATTENTION}),
        ({"queue": None}, {}),
        ({"clocks_due": 3, "clocks_due_since": date(2026, 3, 2)}, {"clocks_due": State.ATTENTION}),
        ({"clocks_due": 3, "clocks_due_since": date(2026, 2, 1), "beats": beats(sweep=99 * MINUTE)},
         {"clocks_due": State.WRONG, "sweep": State.WRONG}),
        ({"beats": beats(recount=900 * MINUTE, calendar=900 * MINUTE)}, {}),
        ({"clocks_unreckoned": 10_000}, {"unreckoned": State.ATTENTION}),
        ({"notices": Backlog(5, 0, NOW - timedelta(seconds=9))}, {}),
        ({"notices": Backlog(5, 0, NOW - 3 * MINUTE)}, {"notices": State.ATTENTION}),
        ({"notices": Backlog(5, 0, NOW - 20 * MINUTE)}, {"notices": State.WRONG}),
        ({"notices": Backlog(5, 1, None)}, {"notices": State.ATTENTION}),
        ({"notices": Backlog(dead=1), "mail": Backlog(dead=2)},
         {"notices_dead": State.WRONG, "mail_dead": State.WRONG}),
        ({"mail": Backlog(1, 1, NOW - 20 * MINUTE)}, {"mail_waiting": State.WRONG}),
        ({"unheard": 2, "unheard_newest": NOW}, {"unheard": State.ATTENTION}),
        ({"unsealed": 2, "unsealed_age": 5 * MINUTE}, {}),
        ({"unsealed": 2, "unsealed_age": 50 * MINUTE}, {"unsealed": State.ATTENTION}),
        ({"staff_without_mail": 4, "offices_without_head": 1}, {"addresses": State.HINT, "heads": State.HINT}),
    ],
)  # fmt: skip
def test_each_fault_is_found_alone(changes: dict[str, object], expected: dict[str, State]) -> None:
    assert states(healthy(**changes)) == expected


def test_a_sweep_says_what_it_gave_and_the_mail_that_its_server_is_away() -> None:
    beating = {
        **beats(),
        "sweep": Beat(NOW, 1, {"reminders": 1200, "clocks": 9}),
        "mail": Beat(NOW, 3, {"sent": 0, "not_sent": 1, "away": True}),
    }
    found = {line.name: line for line in judge(healthy(beats=beating))}
    assert found["sweep"].value.en.endswith("beat no. 1; reminders given in the last one: 1,200")
    assert found["mail"].state is State.ATTENTION
    assert found["mail"].value.en.endswith("; the mail server does not answer, or refuses the sign-in or the sender")
    assert found["mail"].value.zh.endswith("；邮件服务器无响应，或拒绝登录、拒绝发件人")


def test_given_up_mail_is_not_said_to_be_refused_where_it_could_not_be_written() -> None:
    found = {line.name: line for line in judge(healthy(mail=Backlog(dead=1)))}
    assert "refused or could not be written" in str(found["mail_dead"].advice)
    assert "无法生成" in str(found["mail_dead"].advice)


def test_the_advice_fits_whether_a_timetable_can_run() -> None:
    stale = {line.name: line for line in judge(healthy(beats=beats(timetable=90 * MINUTE)))}
    idle = {line.name: line for line in judge(healthy(beats=beats(timetable=90 * MINUTE), timetable_expected=False))}
    assert stale["timetable"].advice is not None
    assert "caseflow run” up?" in stale["timetable"].advice.en
    assert (
        idle["timetable"].value.en == "no timetable runs; the last beat: 90 minutes ago (2026-03-02 10:30), beat no. 7"
    )
    assert idle["timetable"].value.zh.startswith("没有定时任务在运行")


@pytest.mark.parametrize(
    ("swept", "made", "expected"),
    [
        (5 * MINUTE, 99 * MINUTE, None),
        (16 * MINUTE, 99 * MINUTE, Unswept(NOW - 16 * MINUTE)),
        (None, 14 * MINUTE, None),
        (None, 16 * MINUTE, Unswept(NOW - 16 * MINUTE)),
        (None, None, None),
        (-MINUTE / 2, 99 * MINUTE, None),
        (-10 * MINUTE, 99 * MINUTE, Unswept(None)),
    ],
)
def test_the_banner_goes_by_the_last_sweep_or_the_stamp(
    swept: timedelta | None, made: timedelta | None, expected: Unswept | None
) -> None:
    at, stamp = (NOW - swept if swept is not None else None), (NOW - made if made is not None else None)
    assert unswept(SweepPulse(at, stamp, NOW)) == expected


@pytest.mark.parametrize(
    ("seconds", "en", "zh"),
    [
        (1, "1 second", "1秒"),
        (119, "119 seconds", "119秒"),
        (120, "2 minutes", "2分钟"),
        (7200, "2 hours", "2小时"),
        (3 * 86400, "3 days", "3天"),
        (-5, "0 seconds", "0秒"),
    ],
)
def test_a_span_is_said_in_its_largest_fitting_unit(seconds: int, en: str, zh: str) -> None:
    assert (span(timedelta(seconds=seconds)).en, span(timedelta(seconds=seconds)).zh) == (en, zh)
