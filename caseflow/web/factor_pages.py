"""What the pages of second factors share: what a factor began, and the secret that is offered to an app."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import segno
from flask import session

from caseflow.domain.access import Actor
from caseflow.services.totp import CodeRefused
from caseflow.web import display
from caseflow.web.answer_fields import Faults
from caseflow.web.context import application

_BEGUN: Final = "begun"
_QR_SCALE: Final = 5


def begin(actor: Actor, method: str) -> Mapping[str, Any]:
    """Begin a factor and keep in the signed session what its end needs; return it."""
    kept = application().staff.begin_factor(actor, method)
    session[_BEGUN] = {**session.get(_BEGUN, {}), method: dict(kept)}
    return kept


def begun(method: str) -> Mapping[str, Any]:
    """Return what :func:`begin` kept for a factor, once: a challenge is not answered twice."""
    kept: dict[str, Any] = dict(session.get(_BEGUN, {}))
    found = kept.pop(method, {})
    if _BEGUN in session:
        session[_BEGUN] = kept
    return found if isinstance(found, Mapping) else {}


def offer_shown(actor: Actor, refusal: CodeRefused | None = None) -> dict[str, Any]:
    """Return what the enrolment of an app shows: the secret as text and as a QR code, or that none is offered yet."""
    offer, faults = application().own_sign_in.totp.offered(actor), Faults()
    if refusal is not None:
        faults.add(refusal.words, "code")
    if offer is None:
        return {"secret": "", "qr": "", "faults": faults}
    title = display.pick("QR code for the app", "供应用扫描的二维码")
    qr = segno.make(offer.uri, error="m").svg_data_uri(scale=_QR_SCALE, border=4, title=title, light="#fff")
    return {"secret": offer.secret, "qr": qr, "faults": faults}
