"""The page of a person's API tokens: made and shown once, revoked at any moment; the administrator sees all."""

from __future__ import annotations

from uuid import uuid4

from flask import Blueprint, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from caseflow.domain.access import Permission
from caseflow.domain.words import Words
from caseflow.services.api_tokens import (
    DEFAULT_DAYS,
    MOST_DAYS,
    AskedToken,
    NoSuchToken,
    TokenMadeBefore,
    TokenNotMade,
)
from caseflow.services.ports.api_tokens import ApiToken
from caseflow.web.answer_fields import Faults, idempotency_key
from caseflow.web.context import actor, application
from caseflow.web.phrases import _
from caseflow.web.row_ids import row_id
from caseflow.web.security import needs

blueprint = Blueprint("api_tokens", __name__)
_INPUTS = ("name", "role", "days")
_MADE_BEFORE = Words(
    "This form was sent before and its token made then. It was shown that once. If you did not keep it, revoke it "
    "below and make another.",
    "该表单此前已提交并生成令牌，令牌仅在当时显示一次。如未保存，请在下方停用后重新生成。",
)


@blueprint.get("/tokens")
@needs(Permission.SEE_DESK)
def show() -> ResponseReturnValue:
    """Show one's own tokens and the form that makes one."""
    return _shown(_first(), Faults(), idempotency_key())


@blueprint.post("/tokens")
@needs(Permission.SEE_DESK, confirmed=True)
def make() -> ResponseReturnValue:
    """Make a token and show it this once."""
    typed = {name: request.form.get(name, "").strip() for name in _INPUTS}
    key, faults = idempotency_key(), Faults()
    try:
        token = application().api_tokens.make(actor(), AskedToken(typed["role"], typed["name"], typed["days"], key))
    except TokenNotMade as refusal:
        faults.add(refusal.words, refusal.field)
        return _shown(typed, faults, key), 422
    except TokenMadeBefore:
        faults.add(_MADE_BEFORE)
        return _shown(_first(), faults, ""), 409
    return _shown(_first(), faults, "", made=token)


@blueprint.get("/tokens/<int:token_id>/revoke")
@needs(Permission.SEE_DESK)
def ask(token_id: int) -> ResponseReturnValue:
    """Say what revoking a token does, and ask once more."""
    return render_template("revoke_token.html", one=_known(token_id), now=application().time.real_now(), back=_back())


@blueprint.post("/tokens/<int:token_id>/revoke")
@needs(Permission.SEE_DESK)
def revoke(token_id: int) -> ResponseReturnValue:
    """Let a token stop."""
    _known(token_id)
    application().api_tokens.revoke(actor(), token_id)
    flash(_("The token is revoked and opens nothing any more."))
    return redirect(_back())


@blueprint.get("/tokens/office")
@needs(Permission.MANAGE_STAFF)
def office() -> ResponseReturnValue:
    """Show the tokens of everybody of the office, newest first."""
    before = request.args.get("before", type=row_id)
    tokens, next_key = application().api_tokens.of_office(actor(), before_id=before)
    now = application().time.real_now()
    return render_template("office_tokens.html", tokens=tokens, next_key=next_key, before=before, now=now)


def _first() -> dict[str, str]:
    own = sorted(role.value for role in actor().own_roles)
    return {"name": "", "role": own[0] if len(own) == 1 else "", "days": str(DEFAULT_DAYS)}


def _known(token_id: int) -> ApiToken:
    try:
        return application().api_tokens.to_revoke(actor(), token_id)
    except NoSuchToken:
        abort(404)


def _back() -> str:
    """Return the list the person came from; whoever revokes another's token came from that of the office."""
    return url_for("api_tokens.office" if request.values.get("list") == "office" else "api_tokens.show")


def _shown(typed: dict[str, str], faults: Faults, key: str, *, made: str = "") -> str:
    return render_template(
        "tokens.html",
        tokens=application().api_tokens.mine(actor()),
        roles=sorted(actor().own_roles),
        typed=typed,
        faults=faults,
        key=key or str(uuid4()),
        made=made,
        now=application().time.real_now(),
        most_days=MOST_DAYS,
    )
