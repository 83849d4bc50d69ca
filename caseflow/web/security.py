"""Who may call a route, sessions, and the headers every answer carries. Closed by default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus
from typing import Any, Final, TypeVar

from flask import Flask, Response, abort, current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from werkzeug.exceptions import BadRequest

from caseflow.bootstrap import NOBODY, set_scope
from caseflow.config import Settings
from caseflow.domain.access import Actor, Permission, may
from caseflow.services.ports.sessions import StaffSession
from caseflow.services.staff_access import CONFIRMED_FOR
from caseflow.web import api_access
from caseflow.web.context import application
from caseflow.web.kept_forms import keep_what_was_sent
from caseflow.web.person_access import MARK as _MARK
from caseflow.web.person_access import PERSON, admit_person
from caseflow.web.phrases import _

PUBLIC: Final = "public"
# When the cookie's owner was last seen, in whole seconds; kept in the signed cookie, so that no page that is only
# looked at writes to the database. A copy of a cookie grows old by itself.
SEEN: Final = "seen"
_SEEN_ANEW_SECONDS: Final = 20
# Endpoints of Flask and Bootstrap-Flask that hand out files of the package.
_FILE_ENDPOINTS: Final = frozenset({"static", "bootstrap.static"})
_ASKED: Final = "caseflow_asked"
_CONFIRMED: Final = "__caseflow_confirmed__"
# Beside its file a form has a token and a few fields.
_ROOM_FOR_THE_FORM: Final = 64 * 1024
_LARGEST: Final = "__caseflow_largest_bytes__"
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

View = TypeVar("View", bound=Callable[..., Any])


def needs(permission: Permission, *, confirmed: bool = False) -> Callable[[View], View]:
    """Declare what a route asks of whoever calls it. A route without a declaration is refused.

    With ``confirmed``, what is sent to it is taken only from who proved within the last 15 minutes who they are; the
    sign-in counts. What was sent too late is kept and offered again. Looking at it asks for no more.
    """

    def mark(view: View) -> View:
        setattr(view, _MARK, permission)
        setattr(view, _CONFIRMED, confirmed)
        return view

    return mark


def public(view: View) -> View:
    """Declare that a route may be called by anybody, signed in or not."""
    setattr(view, _MARK, PUBLIC)
    return view


def takes_files(largest_bytes: int | Callable[[], int], *, times: int = 1) -> Callable[[View], View]:
    """Declare that a route takes a file of so many bytes, so that a request to it may be larger than a form.

    With ``times``, a request may be so many times as large, so that the route itself can answer what is too large,
    beside everything that was typed.
    """

    def mark(view: View) -> View:
        setattr(view, _LARGEST, (largest_bytes, times))
        return view

    return mark


def largest_file_bytes() -> int | None:
    """Return the largest file that the route of this request takes; None where it takes none."""
    taken = _taken_files()
    return taken[0] if taken is not None else None


def _taken_files() -> tuple[int, int] | None:
    view = current_app.view_functions.get(request.endpoint or "")
    declared: tuple[int | Callable[[], int], int] | None = getattr(view, _LARGEST, None)
    if declared is None:
        return None
    largest, times = declared
    return largest if isinstance(largest, int) else largest(), times


def allow_own_scripts(response: Response) -> Response:
    """Let a page run the scripts of the package's static folder, and let these ask this site."""
    response.headers["Content-Security-Policy"] = f"{_POLICY}; script-src 'self'; connect-src 'self'"
    return response


def declared_access(app: Flask) -> Mapping[str, str | None]:
    """Return what every endpoint of the app declares; None where it declares nothing."""
    declared: dict[str, str | None] = {}
    for endpoint, view in app.view_functions.items():
        declared[endpoint] = PUBLIC if endpoint in _FILE_ENDPOINTS else getattr(view, _MARK, None)
    return declared


def asks_fresh_proof(app: Flask) -> frozenset[str]:
    """Return the endpoints of the app that take what is sent only after a fresh proof of who sends it."""
    return frozenset(name for name, view in app.view_functions.items() if getattr(view, _CONFIRMED, False))


@dataclass(frozen=True)
class SignedIn:
    """The actor of a session, as Flask-Login wants a user; read anew at every request."""

    actor: Actor
    session: StaffSession
    token: str
    unread: int = 0
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Return what the cookie keeps: the random token of the session and nothing about the person."""
        return self.token


def secure(app: Flask, settings: Settings) -> None:
    """Set up sessions, the gate and the headers."""
    app.config.update(
        SECRET_KEY=settings.secret_keys[0],
        SECRET_KEY_FALLBACKS=list(settings.secret_keys[1:]),
        SESSION_COOKIE_NAME="__Host-caseflow" if settings.https else "caseflow",
        SESSION_COOKIE_SECURE=settings.https,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        PERMANENT_SESSION_LIFETIME=timedelta(hours=settings.session_hours),
        CASEFLOW_SESSION_IDLE_SECONDS=settings.session_idle_minutes * 60,
        # A form stays open on a desk for hours; its token lives as long as the session.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=settings.https,
        MAX_CONTENT_LENGTH=1024 * 1024,
    )
    login = LoginManager()
    login.session_protection = "basic"
    login.init_app(app)
    login.user_loader(_read_anew)
    login.request_loader(_of_token)
    app.before_request(_gate)
    app.after_request(_note_denied)
    app.after_request(_headers(https=settings.https))
    app.teardown_request(_forget_the_office)


def note_seen() -> None:
    """Note in the cookie that its owner was here."""
    session[SEEN] = int(application().time.real_now().timestamp())


def _read_anew(token: str) -> SignedIn | None:
    """Return who the session belongs to, as they are now; None when it ended, was idle too long or is too old."""
    if api_access.asks_token():
        return None
    seen = session.get(SEEN)
    idle = application().time.real_now().timestamp() - seen if isinstance(seen, int) else None
    if idle is None or idle > current_app.config["CASEFLOW_SESSION_IDLE_SECONDS"]:
        return None
    known = application().staff.at_work(token, current_app.permanent_session_lifetime)
    if known is None:
        return None
    if idle > _SEEN_ANEW_SECONDS:
        note_seen()
    return SignedIn(known.member.actor, known.session, token, known.member.unread)


def _of_token(_request: object) -> api_access.Calling | None:
    """Return who calls the API; a token is looked at on no other route, and no session on one of these."""
    return api_access.caller() if api_access.asks_token() else None


class NulSent(BadRequest):
    """A request holds a NUL character in its address or a field: no text column takes one."""


def _gate() -> ResponseReturnValue | None:
    # Until it is known who acts and that they may, the database shows no office's rows; a public route sees none.
    g.scope_before = set_scope(NOBODY)
    if request.endpoint is None:
        return None
    taken = _taken_files()
    if taken is None:
        _refuse_nul()
    wanted = declared_access(current_app).get(request.endpoint)
    if wanted == PUBLIC:
        return None
    if wanted == PERSON:
        refused = admit_person()
        if refused is None:
            _make_room(taken)
        return refused
    if not isinstance(wanted, Permission):
        abort(403)
    return _admit_staff(wanted, taken)


def _admit_staff(wanted: Permission, taken: tuple[int, int] | None) -> ResponseReturnValue | None:
    """Return what is answered instead of the page; None: who is signed in may go on, within their office."""
    if not current_user.is_authenticated:
        if api_access.asks_token():
            return api_access.refusal()
        if request.method == "POST":
            return _refuse_what_was_sent()
        return redirect(url_for("sign_in.form", next=request.full_path.rstrip("?")))
    if not may(current_user.actor, wanted):
        abort(403)
    set_scope(current_user.actor.office_id)
    _make_room(taken)
    confirmed = getattr(current_app.view_functions[request.endpoint or ""], _CONFIRMED, False)
    return ask_to_confirm() if confirmed and request.method == "POST" else None


def _make_room(taken: tuple[int, int] | None) -> None:
    """Let a request be as large as its route takes files."""
    if taken is not None:
        # Only now: nobody makes the server unpack a large request who may not send one. And before anything reads the
        # form, the check of its token included.
        request.max_content_length = taken[0] * taken[1] + _ROOM_FOR_THE_FORM
        _refuse_nul()


def ask_to_confirm() -> ResponseReturnValue | None:
    """Return the page that asks who is signed in to prove it anew, where they last did so too long ago; else None.

    What was sent is kept on that page and sent on, or shown again, when they have; nothing is recorded before.
    """
    if application().time.real_now() - current_user.session.confirmed_at <= CONFIRMED_FOR:
        return None
    note_asked()
    return confirmation_page(keep_what_was_sent(any_form=True)), 403


def note_asked() -> None:
    """Note that this request is answered with a question, not refused: the record says nothing of it."""
    setattr(g, _ASKED, True)


def confirmation_page(kept: str, refused: str = "") -> str:
    """Return the page that asks for the password or a second factor; ``kept`` is the form that waits, signed."""
    factors = application().staff.factors_of(current_user.actor.id)
    return render_template("confirm_identity.html", factors=factors, kept_form=kept, refused=refused)


def _forget_the_office(_error: BaseException | None) -> None:
    # A request that never reached the gate has set nothing.
    if "scope_before" in g:
        set_scope(g.pop("scope_before"))


def _refuse_nul() -> None:
    """Refuse a NUL anywhere in the request's texts, before any of them reaches PostgreSQL, which takes none.

    A part of a form may come without a name.
    """
    named = [*request.args.items(multi=True), *request.form.items(multi=True)]
    files = [(name, file.filename or "") for name, file in request.files.items(multi=True)]
    if "\0" in request.path or any("\0" in (text or "") for pair in (*named, *files) for text in pair):
        raise NulSent


def _refuse_what_was_sent() -> ResponseReturnValue:
    kept = keep_what_was_sent()
    if kept:
        return render_template("sign_in.html", login="", refused="", leads_to="", kept_form=kept), 403
    flash(_("You were signed out, and what you sent was not recorded. Sign in and send it again."))
    return redirect(url_for("sign_in.form"))


def _note_denied(response: Response) -> Response:
    """Record that somebody signed in was refused what their desk does not include."""
    if response.status_code == HTTPStatus.FORBIDDEN and current_user.is_authenticated and not g.get(_ASKED, False):
        application().staff.note_denied(current_user.actor, request.endpoint or "")
    return response


def _headers(*, https: bool) -> Callable[[Response], Response]:
    def add(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        # What frame-ancestors says, for what knows no policy.
        response.headers["X-Frame-Options"] = "DENY"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if request.endpoint not in _FILE_ENDPOINTS and "no-store" not in response.headers.get("Cache-Control", ""):
            response.headers["Cache-Control"] = "no-store"
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response

    return add
