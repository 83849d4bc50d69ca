"""How somebody proves who they are beside a password: what a method of signing in gives, whatever it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from caseflow.domain.access import Actor
from caseflow.domain.words import Words
from caseflow.services.ports.store import UnitOfWork


class SecondFactor(Protocol):
    """One further proof of who somebody is: a code of an app, a recovery code, a passkey.

    It is asked after the password at sign-in, and by itself to confirm an act. Its web page is the template
    ``_factor_NAME.html``, which is put into a form that posts to ``url_for(...)`` with the hidden field ``method``.
    Attempts are limited by whoever calls :meth:`finish`.
    """

    @property
    def name(self) -> str:
        """Return a short name in plain letters, as sessions and events keep it (``totp``)."""
        ...

    @property
    def words(self) -> Words:
        """Return what it is called on a page."""
        ...

    @property
    def suffices(self) -> bool:
        """Tell whether who has it enrolled has a second factor; a recovery code only helps out."""
        ...

    def is_enrolled(self, work: UnitOfWork, staff_id: int) -> bool:
        """Tell whether this member of staff can use it now."""
        ...

    def begin(self, work: UnitOfWork, actor: Actor) -> Mapping[str, Any]:
        """Return what must be kept (in the signed session, JSON values only) until :meth:`finish`: a challenge.

        Writes nothing: a page that is only looked at calls it.
        """
        ...

    def finish(self, work: UnitOfWork, actor: Actor, given: Mapping[str, str], kept: Mapping[str, Any]) -> bool:
        """Tell whether ``given`` (the fields of the form) proves it, and use up what may be used once.

        The caller commits. ``kept`` is what :meth:`begin` returned for this browser, empty where it was not called.
        """
        ...
