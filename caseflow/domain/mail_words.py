"""What a mail says, in both languages. Pure.

A mail names the case by its number, the limit and its day, and nothing else: no party, no fact, no amount. It passes
through and lies in servers the office does not keep, and nobody records who reads it there; the case itself is read
after signing in, where every reading can be recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from caseflow.domain.reminder_words import day_words
from caseflow.domain.words import Words

MailKind = Literal["notice", "digest"]
SETTINGS_PATH: Final = "/reminders/settings"

# Phrases of the templates.
PHRASES: Final[Mapping[str, Words]] = {
    "training": Words(
        "TRAINING: this mail comes from a training database. No case in it is real.",
        "培训：本邮件由培训库发出，其中案件均为虚构。",
    ),
    "case": Words("Case", "案件编号"),
    "due": Words("End of the limit", "届满日期"),
    "stands_in_for": Words("You stand in for", "您代为办理，原承办人"),
    "sign_in": Words(
        "Sign in to caseflow to read the case: for its protection this mail names no party and no facts.",
        "请登录系统查阅案件：为保护案件信息，本邮件不载明当事人和案情。",
    ),
    "why": Words(
        "You get this mail because the cases are yours, wait for your desk or are escalated to you, or because you "
        "stand in for a colleague.",
        "您收到本邮件，是因为上述案件由您承办、待您处理或已上报至您，或者您正在代理同事的工作。",
    ),
    "change": Words(
        "Whether reminders come one by one or once a day, and at which address, you choose in caseflow "
        "under Reminder settings; escalations always come at once. Everything is in your inbox there too.",
        "逐条发送还是每日汇总，以及收件地址，可在系统的“提醒设置”中更改；上报提醒一律即时发送。全部提醒同时保留在系统“消息”中。",
    ),
    "no_reply": Words("This mail was made by a machine; answers are not read.", "本邮件由系统自动发出，请勿回复。"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One reminder of a mail. ``to``: whom it is escalated to; ``stands_in_for``: whose place the reader takes."""

    number: Words
    says: Words
    when: Words
    due: Words
    escalates: bool
    to: Words
    stands_in_for: Words | None
    link: str | None


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail before it is written out. ``locale`` is the language its reader comes first in; ``count`` of all lines.

    ``home`` is where people reach caseflow; None where nobody said.
    """

    kind: MailKind
    message_id: str
    address: str
    name: Words
    office: Words
    locale: str
    training: bool
    day: date
    lines: tuple[Line, ...]
    count: int
    home: str | None

    @property
    def languages(self) -> tuple[str, str]:
        """Return both languages, the reader's own first."""
        return ("zh", "en") if self.locale.startswith("zh") else ("en", "zh")

    @property
    def settings(self) -> str | None:
        """Return where one's own mail is chosen; None where nobody said how caseflow is reached."""
        return f"{self.home}{SETTINGS_PATH}" if self.home else None

    @property
    def is_cut(self) -> bool:
        """Whether there are more reminders than lines."""
        return self.count > len(self.lines)


def escalated_words(line: Line) -> Words:
    """Return that a line is an escalation, and to whom."""
    return Words(f"Escalated to {line.to.en}", f"已上报{line.to.zh}")


def ended_words(due_on: date, today: date) -> Words:
    """Return when a limit ends or ended, seen from ``today``: for a rung that comes late."""
    due = day_words(due_on)
    if due_on < today:
        return Words(f"ended on {due.en}", f"已于{due.zh}届满")
    return Words(f"ends on {due.en}", f"将于{due.zh}届满")


def titled(title: Words, words: Words) -> Words:
    """Return the name of a limit with what is said of it."""
    return Words(f"{title.en}: {words.en}", f"{title.zh}：{words.zh}")


def heading_words(letter: Letter) -> Words:
    """Return the first line of a mail, which says what it holds."""
    if letter.kind == "notice":
        return Words("A reminder from caseflow", "案件期限提醒")
    day = day_words(letter.day)
    reminders = "1 reminder" if letter.count == 1 else f"{letter.count} reminders"
    return Words(f"{reminders}, {day.en}", f"{day.zh}的期限提醒，共{letter.count}条")


def cut_words(letter: Letter) -> Words:
    """Return how many reminders stand only in the inbox."""
    more = letter.count - len(letter.lines)
    return Words(f"And {more:,} more: see your inbox in caseflow.", f"另有{more:,}条，请在系统“消息”中查看。")


def subject_of(letter: Letter) -> str:
    """Return the subject: short, both languages, the reader's own first."""
    words = _subject(letter)
    first, second = (words.in_locale(language) for language in letter.languages)
    return f"{'TRAINING 培训 · ' if letter.training else ''}{first} · {second}"


def _subject(letter: Letter) -> Words:
    if letter.kind == "notice" and letter.lines:
        line = letter.lines[0]
        en, zh = f"{line.number.en}, {line.when.en}", f"{line.number.zh}，{line.when.zh}"
        if line.escalates:
            return Words(f"Escalated: {en}", f"上报：{zh}")
        return Words(en, zh)
    return Words("1 reminder" if letter.count == 1 else f"{letter.count} reminders", f"期限提醒{letter.count}条")


__all__ = [
    "PHRASES",
    "SETTINGS_PATH",
    "Letter",
    "Line",
    "MailKind",
    "cut_words",
    "ended_words",
    "escalated_words",
    "heading_words",
    "subject_of",
    "titled",
]
