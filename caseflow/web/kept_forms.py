"""A form that was sent after the session had ended: what was typed is kept through sign-in, and nothing recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from flask import current_app, request
from itsdangerous import BadData, URLSafeTimedSerializer

from caseflow.domain.spending import Act

LONGEST_KEPT_CHARACTERS: Final = 100_000
KEPT_FOR: Final = timedelta(hours=12)
# Only forms a person writes for a while; each shows itself again, filled, when it is sent with act=back.
_RECEIPT_ACTS: Final = ("open", "blanks", "check_off", "void", "lose")
_KEEPING: Final = frozenset(
    {
        "step_page.take",
        "new_case.open_it",
        "findings.raise_it",
        "findings.reply",
        "findings.follow",
        "papers.edit",
        "service.record",
        "submissions.answer",
        "wind_down_decision.decide",
        *(f"receipt_act.send_{act}" for act in _RECEIPT_ACTS),
        *(f"spending_act.send_{act.value}" for act in Act),
    }
)
# What is kept is signed, not sealed, and lies in a page that anybody at that screen may read: no identity number.
_NOT_KEPT: Final = frozenset({"csrf_token", "act", "party_identity", "party_address"})


@dataclass(frozen=True)
class KeptForm:
    """The address a form was sent to and the fields it held.

    ``shows_itself``: it comes back filled when it is sent with act=back; any other is sent as it was.
    """

    path: str
    fields: Sequence[tuple[str, str]]
    shows_itself: bool = True


def keep_what_was_sent(*, any_form: bool = False) -> str:
    """Return the form of this request as a signed text to carry through sign-in; nothing where it may not be kept.

    A form sent from another site is not kept: somebody else would have typed it. With ``any_form``, one that does not
    show itself again is kept too, with the button that was pressed.
    """
    shows_itself = request.endpoint in _KEEPING
    if not (shows_itself or any_form) or not _came_from_this_site():
        return ""
    left_out = _NOT_KEPT if shows_itself else _NOT_KEPT - {"act"}
    fields = [(name, value) for name, value in request.form.items(multi=True) if name not in left_out]
    if sum(len(name) + len(value) for name, value in fields) > LONGEST_KEPT_CHARACTERS:
        return ""
    return str(_signer().dumps([request.path, fields, shows_itself]))


def read_kept(signed: str) -> KeptForm | None:
    """Return the form that ``keep_what_was_sent`` signed; None for anything else and for one older than 12 hours."""
    if not signed:
        return None
    try:
        path, fields, *more = _signer().loads(signed, max_age=int(KEPT_FOR.total_seconds()))
    except BadData:
        return None
    # One signed by the release before named each field once.
    pairs = fields.items() if isinstance(fields, Mapping) else fields
    return KeptForm(path, [(str(name), str(value)) for name, value in pairs], not more or bool(more[0]))


def _signer() -> URLSafeTimedSerializer:
    newest_last = [*reversed(current_app.config["SECRET_KEY_FALLBACKS"]), current_app.config["SECRET_KEY"]]
    return URLSafeTimedSerializer(newest_last, salt="kept-form")


def _came_from_this_site() -> bool:
    # The cookie that would carry a token is gone with the session, so the browser's own word on the origin stands in.
    told = request.headers.get("Sec-Fetch-Site")
    if told is not None:
        return told == "same-origin"
    origin = request.headers.get("Origin", "")
    return urlsplit(origin).netloc == request.host
