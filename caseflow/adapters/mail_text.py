"""Writes a letter out: subject, plain text and HTML from the templates of ``templates/mail``."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from caseflow.domain.mail_words import PHRASES, Letter, cut_words, escalated_words, heading_words, subject_of
from caseflow.domain.words import Words
from caseflow.resources import data_directory

_COLON = {"en": ": ", "zh": "："}


@dataclass(frozen=True)
class Written:
    """A letter written out."""

    subject: str
    text: str
    html: str


def write_out(letter: Letter) -> Written:
    """Return a letter written out in both languages, its reader's own first."""
    subject = one_line(subject_of(letter))
    values = {"letter": letter, "subject": subject, "heading": heading_words(letter), "cut": cut_words(letter)}
    return Written(subject, _written("reminders.txt", values), _written("reminders.html", values))


def one_line(text: str) -> str:
    """Return ``text`` fit for a header: a line break or another control character in a name ends no header."""
    return " ".join("".join(" " if not character.isprintable() else character for character in text).split())


def _written(template: str, values: dict[str, Any]) -> str:
    return _environment().get_template(template).render(values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(data_directory("templates") / "mail"),
        autoescape=select_autoescape(["html"], default=False),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"say": _say, "phrase": _phrase, "colon": _COLON, "escalated": escalated_words}
    return environment


def _say(words: Words, language: str) -> str:
    return one_line(words.in_locale(language))


def _phrase(name: str, language: str) -> str:
    return PHRASES[name].in_locale(language)
