"""What a request knows: the application it talks to, who is acting, in which language."""

from __future__ import annotations

from time import monotonic
from typing import Final, cast

from flask import Flask, current_app, request, session
from flask_babel import get_locale
from flask_login import current_user

from caseflow.bootstrap import Application, DatabaseUnavailable
from caseflow.domain.access import Actor
from caseflow.domain.health import Unswept
from caseflow.services.installation import TRAINING

EXTENSION = "caseflow"
# Where people reach caseflow, if the office said so: the base of links that leave it.
ADDRESS = "CASEFLOW_ADDRESS"
LOCALES = ("zh", "en")
# The timetable starts a little after the pages do; what it did not do overnight is no news in its first minute.
BANNER_GRACE_SECONDS: Final = "CASEFLOW_BANNER_GRACE_SECONDS"
_STARTED, _LOOKED = "caseflow_started", "caseflow_unswept"
_LOOK_SECONDS: Final = 5.0


def application() -> Application:
    """Return the use cases this web face is wired to."""
    return cast("Application", current_app.extensions[EXTENSION])


def actor() -> Actor:
    """Return who is signed in; only behind a permission that is not public."""
    return cast("Actor", current_user.actor)


def locale() -> str:
    """Return the language of this request: ``en`` or ``zh``."""
    chosen = get_locale()
    return "zh" if chosen is not None and chosen.language == "zh" else "en"


def choose_locale() -> str:
    """Tell Flask-Babel the language: the one kept on the staff, else of the session, else of the browser."""
    if current_user and current_user.is_authenticated:
        kept = actor().locale
    else:
        kept = session.get("locale") or request.accept_languages.best_match(LOCALES) or LOCALES[0]
    return "zh" if kept.startswith("zh") else "en"


def unread_messages() -> int:
    """Return how many messages waited for whoever is signed in when the request began, capped."""
    return cast("int", current_user.unread)


def is_training() -> bool:
    """Tell whether the database is stamped training. A stamp is for ever, so it is asked for until it is there."""
    known = current_app.extensions.get("caseflow_stamp")
    if known is None:
        stamp = application().installation.stamp_of()
        known = stamp.kind if stamp is not None else None
        current_app.extensions["caseflow_stamp"] = known
    return known == TRAINING


def start_watching_the_sweep(app: Flask) -> None:
    """Note when this process began; it says nothing of the sweep in its first minute."""
    app.config.setdefault(BANNER_GRACE_SECONDS, 60.0)
    app.extensions[_STARTED] = monotonic()
    app.extensions.pop(_LOOKED, None)


def sweep_fault() -> Unswept | None:
    """Tell whether reminders have gone unswept for too long; a look is good for some seconds."""
    now, known = monotonic(), current_app.extensions.get(_LOOKED)
    if now - current_app.extensions[_STARTED] < current_app.config[BANNER_GRACE_SECONDS]:
        return None
    if known is None or now - known[0] > _LOOK_SECONDS:
        try:
            known = (now, application().health.unswept())
        except DatabaseUnavailable:
            # The page itself says that the database is away.
            return None
        current_app.extensions[_LOOKED] = known
    return cast("Unswept | None", known[1])
