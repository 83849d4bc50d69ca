"""What the ledger, samples and findings are called; registered as template filters."""

from __future__ import annotations

from flask import Flask, url_for

from caseflow.domain.findings import About, Note, Severity, Standing, Subject
from caseflow.domain.ledger import MOVES, Line
from caseflow.domain.sampling import Method
from caseflow.domain.workflow import money_text
from caseflow.web import display
from caseflow.web.context import application
from caseflow.web.phrases import _


def line_title(line: Line) -> str:
    """Return the name of a line."""
    return {Line.INCOME: _("Income"), Line.EXPENDITURE: _("Expenditure")}[line]


def operations(line: Line) -> list[str]:
    """Return the operations of a line, by name."""
    return sorted({name for of, name, _debit, _credit in MOVES if of is line}, key=operation)


def operation(name: str) -> str:
    """Return the name of an operation of the ledger."""
    return {
        "assess": _("Assessed"),
        "charge": _("Added charge"),
        "collect": _("Collected"),
        "set_off": _("Set off"),
        "annul": _("Annulled"),
        "waive": _("Waived"),
        "write_off": _("Written off"),
        "reinstate": _("Reinstated"),
        "refund_order": _("Refund ordered"),
        "interest": _("Interest on a refund"),
        "refund": _("Refunded"),
        "remit": _("Remitted to the treasury"),
        "suspend": _("Received unexplained"),
        "appropriate": _("Appropriated"),
        "commit": _("Committed"),
        "release": _("Released"),
        "pay": _("Paid"),
        "lapse": _("Lapsed"),
    }.get(name, name)


def booked_reason(text: str) -> str:
    """Return the reason of an entry; one that is the name of a step is shown by the step's title."""
    definitions = application().rulebook.definitions.values()
    step = next((definition.steps[text] for definition in definitions if text in definition.steps), None)
    return display.words(step.title) if step is not None else text


def side(name: str) -> str:
    """Return debit or credit in words."""
    return {"debit": _("debit"), "credit": _("credit")}[name]


def amount(fen: int) -> str:
    """Return fen as yuan with thousands separators; the heading of the column names the unit."""
    return money_text(fen)


def month(period: int) -> str:
    """Return a month (yyyymm) written out."""
    year, number = divmod(period, 100)
    return display.pick(f"{_MONTHS[number - 1]} {year}", f"{year}年{number}月")


def method(name: Method) -> str:
    """Return the name of a way to sample."""
    return {Method.RANDOM: _("Simple random sample"), Method.MONETARY_UNIT: _("Monetary-unit sample")}[name]


def severity(name: Severity) -> str:
    """Return how grave a finding is."""
    return {Severity.LOW: _("Low"), Severity.MEDIUM: _("Medium"), Severity.HIGH: _("High")}[name]


def standing(name: Standing) -> str:
    """Return where a finding stands."""
    return {
        Standing.AWAITS_REPLY: _("Waits for the office's reply"),
        Standing.AWAITS_AUDITOR: _("Waits for the auditor"),
        Standing.CLOSED: _("Closed"),
        Standing.WITHDRAWN: _("Withdrawn"),
    }[name]


def note_kind(name: Note) -> str:
    """Return what a note on a finding is."""
    return {
        Note.REPLY: _("Reply of the office"),
        Note.FOLLOW_UP: _("Follow-up of the auditor"),
        Note.CLOSING: _("Closed by the auditor"),
        Note.WITHDRAWAL: _("Withdrawn by the auditor"),
    }[name]


def verdict(name: str) -> str:
    """Return what an auditor found of an item of a sample."""
    return {"ok": _("In order"), "finding": _("Finding")}[name]


def subject_words(subject: Subject) -> str:
    """Return what a finding is about."""
    return {
        About.ENTRY: _("Entry %(key)s", key=subject.entry_key),
        About.TRANSFER: _("Leg %(leg)s of entry %(key)s", leg=subject.leg, key=subject.entry_key),
        About.RECEIPT: _("Receipt %(number)s", number=subject.receipt_number),
        About.CASE: _("Case %(number)s", number=subject.case_number),
        About.SAMPLE_ITEM: _("Item %(no)s of sample %(sample)s", no=subject.item_no, sample=subject.sample_id),
        About.GENERAL: _("The office in general"),
    }[subject.about]


def subject_address(subject: Subject) -> str:
    """Return where the thing a finding is about can be seen; empty where it has no page."""
    if subject.entry_key:
        return url_for("ledger.entry", key=subject.entry_key)
    if subject.case_number:
        return url_for("case_page.by_number", number=subject.case_number)
    return ""


_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def register(app: Flask) -> None:
    """Offer everything above to the templates."""
    for shown in (
        line_title,
        operation,
        booked_reason,
        side,
        amount,
        month,
        method,
        severity,
        standing,
        note_kind,
        verdict,
    ):
        app.add_template_filter(shown)
    for call in (subject_words, subject_address):
        app.add_template_global(call)
