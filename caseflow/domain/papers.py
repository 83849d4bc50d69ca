"""A paper: a document of a case written out. What it says is data in both languages; a Typst template sets it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from caseflow.domain.words import Words
from caseflow.domain.workflow import money_text

LANGUAGES = ("zh", "en")
NO_WORDS = Words("", "")


@dataclass(frozen=True)
class Section:
    """A part of the text that somebody may edit while the paper is a draft; paragraphs are separated by line breaks."""

    name: str
    label: Words
    text: Words


@dataclass(frozen=True)
class Particular:
    """A labelled answer of the case that the paper states."""

    name: str
    label: Words
    value: Words


@dataclass(frozen=True)
class Sum:
    """An amount the paper states, in fen."""

    name: str
    label: Words
    amount_fen: int


@dataclass(frozen=True)
class Deadline:
    """A time limit the paper tells: what for, how long in words, its last day where that is known, and its source."""

    rule: str
    title: Words
    length: Words
    due_on: date | None
    source: Words


@dataclass(frozen=True)
class Signer:
    """Somebody whose signature or seal the paper has room for; ``card_no`` is that of an enforcement card."""

    part: Words
    name: Words
    card_no: str = ""


@dataclass(frozen=True)
class PaperContent:
    """Everything a paper says. Its :meth:`body` is stored, and the file is set from that alone.

    ``number`` is empty while the paper is a draft; ``on`` is the day of issue (of the draft before it). ``seal`` asks
    for the block of the office's seal. ``addressee`` is whom it is directed to where that is not the party (a court).
    """

    kind: str
    title: Words
    office: Words
    number: Words
    on: date
    regime: Words
    case_number: Words
    party_name: str
    party_kind: Words
    addressee: Words = NO_WORDS
    sections: tuple[Section, ...] = ()
    particulars: tuple[Particular, ...] = ()
    sums: tuple[Sum, ...] = ()
    deadlines: tuple[Deadline, ...] = ()
    law: tuple[Words, ...] = ()
    signers: tuple[Signer, ...] = ()
    enclosures: tuple[Words, ...] = ()
    corrects: Words = NO_WORDS
    seal: bool = True

    def body(self) -> dict[str, Any]:
        """Return the content as JSON-able data in both languages; what is stored when a paper is issued."""
        body: dict[str, Any] = _plain(self)
        return body


def said(body: Mapping[str, Any], language: str, *, mark: Words = NO_WORDS) -> dict[str, Any]:
    """Return what a template is given: ``body`` in one language (``zh`` or ``en``), with amounts and dates written out.

    ``mark`` lies across every page (draft, training). Dates become ``{"iso", "words", "year", "month", "day"}``;
    each sum gets ``yuan``. A phrase that has no English is said in Chinese, and the other way round.
    """
    told: dict[str, Any] = _told(body, language)
    told["language"] = language
    told["mark"] = mark.in_locale(language)
    for line in told["sums"]:
        line["yuan"] = money_text(line["amount_fen"])
    return told


def _plain(value: Any) -> Any:
    if isinstance(value, Words):
        return value.to_json()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


def _told(value: Any, language: str, key: str = "") -> Any:
    if isinstance(value, Mapping):
        if set(value) == {"en", "zh"}:
            return value[language] or value["zh"] or value["en"]
        return {name: _told(item, language, name) for name, item in value.items()}
    if isinstance(value, list):
        return [_told(item, language) for item in value]
    if key in ("on", "due_on") and isinstance(value, str):
        return _date_told(date.fromisoformat(value), language)
    return value


def _date_told(day: date, language: str) -> dict[str, Any]:
    words = (
        f"{day.year}年{day.month}月{day.day}日"
        if language == "zh"
        else f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    )
    return {"iso": day.isoformat(), "words": words, "year": day.year, "month": day.month, "day": day.day}


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
