"""What the inbox says of the ways somebody signs in."""

from __future__ import annotations

from caseflow.services.security_notices import Told
from caseflow.web.phrases import _


def sign_in_words(what: str) -> str:
    """Return a message about one's own sign-in in words, and what to do if a stranger did it."""
    said = {
        Told.PASSWORD_CHANGED: _("Your password was changed."),
        Told.APP_ENROLLED: _("An authenticator app was set up for you."),
        Told.APP_REMOVED: _("Your authenticator app was removed."),
        Told.CODES_REPLACED: _("New recovery codes were made for you."),
        Told.CODE_USED: _("One of your recovery codes was used."),
        Told.PASSKEY_ADDED: _("A passkey was added for you."),
        Told.PASSKEY_REMOVED: _("One of your passkeys was removed."),
        Told.OPENID_BOUND: _("You were bound to an account of the sign-in provider."),
        Told.OPENID_UNBOUND: _("The binding to your account of the sign-in provider was taken back."),
        Told.REFUSED: _("Five attempts in a row to sign in as you, or to show that it is you, were refused."),
    }
    happened = said[Told(what)] if what in {one.value for one in Told} else _("The way you sign in was changed.")
    advice = _("If that was not you, change your password, end your other sessions and tell the administrator.")
    return f"{happened} {advice}"
