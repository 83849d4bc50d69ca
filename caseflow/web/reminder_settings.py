"""Which reminders a person wants to be given, and how they come by mail: chosen by themselves, for themselves."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup, escape

from caseflow.domain.access import Permission
from caseflow.domain.reminder_words import rung_words
from caseflow.services.mail_settings import MailSettingsRefused
from caseflow.services.reminder_mutes import MuteRefused
from caseflow.web import display
from caseflow.web.answer_fields import Faults
from caseflow.web.context import actor, application
from caseflow.web.inbox import arguments_of, chosen_filter
from caseflow.web.phrases import _
from caseflow.web.security import needs

blueprint = Blueprint("reminder_settings", __name__)
_LONGEST_NAME_CHARACTERS = 100
_MAIL_INPUTS = ("email", "mail_mode")


@blueprint.get("/reminders/settings")
@needs(Permission.SEE_DESK)
def show() -> ResponseReturnValue:
    """Show how mail comes, every ladder of the law with its rungs, and which of them the reader muted."""
    return _shown(Faults())


@blueprint.post("/reminders/mail")
@needs(Permission.SEE_DESK)
def mail() -> ResponseReturnValue:
    """Keep where and how the reader's reminders come by mail, or show again what was typed with what is wrong."""
    typed = {name: request.form.get(name, "").strip() for name in _MAIL_INPUTS}
    try:
        application().reminding.mail_settings.choose(actor(), typed["email"], typed["mail_mode"])
    except MailSettingsRefused as refusal:
        faults = Faults()
        for name, words in refusal.faults:
            faults.add(words, name)
        faults.put_in_order(_MAIL_INPUTS)
        return _shown(faults, typed), 422
    flash(_("The mail settings are saved."))
    return redirect(url_for("reminder_settings.show"))


@blueprint.post("/reminders/mute")
@needs(Permission.SEE_DESK)
def mute() -> ResponseReturnValue:
    """Mute one rung for the reader, and say how to take it back."""
    ladder, rung = _named()
    try:
        application().reminding.mutes.mute(actor(), ladder, rung)
    except MuteRefused as refusal:
        faults = Faults()
        faults.add(refusal.words)
        return _shown(faults), 422
    here = request.form.get("from") != "inbox"
    told = escape(_("Muted for you: %(what)s.", what=_what(ladder, rung)))
    if here:
        flash(told + Markup(" ") + escape(_("“Hear it again” takes it back.")))
        return redirect(url_for("reminder_settings.show", _anchor=f"ladder-{ladder}"))
    back = url_for("reminder_settings.show", _anchor=f"ladder-{ladder}")
    link = Markup(' <a href="{}">{}</a>').format(back, _("Take it back in the reminder settings"))
    flash(told + link)
    return redirect(url_for("inbox.show", **arguments_of(chosen_filter(request.form))))


@blueprint.post("/reminders/unmute")
@needs(Permission.SEE_DESK)
def unmute() -> ResponseReturnValue:
    """Give the reader one rung again."""
    ladder, rung = _named()
    if (ladder, rung) in application().reminding.mutes.own(actor()):
        application().reminding.mutes.unmute(actor(), ladder, rung)
        flash(_("You hear it again: %(what)s.", what=_what(ladder, rung)))
    return redirect(url_for("reminder_settings.show", _anchor=f"ladder-{ladder}"))


def _named() -> tuple[str, str]:
    ladder, rung = (request.form.get(name, "")[:_LONGEST_NAME_CHARACTERS] for name in ("ladder", "rung"))
    return ladder, rung


def _what(ladder: str, rung: str) -> str:
    known = application().rulebook.law.ladders.get(ladder)
    title = display.words(known.title) if known else ladder
    return f"{title}{display.pick(', ', '，')}{display.words(rung_words(rung))}"


def _shown(faults: Faults, typed: dict[str, str] | None = None) -> str:
    if typed is None:
        wish = application().reminding.mail_settings.own(actor())
        typed = {"email": wish.email or "", "mail_mode": wish.mail_mode}
    return render_template(
        "reminder_settings.html",
        ladders=application().reminding.mutes.choices(actor()),
        faults=faults,
        typed=typed,
        mail_modes=(
            ("digest", _("One mail a day with all reminders of the day")),
            ("each", _("One mail for each reminder")),
        ),
    )
