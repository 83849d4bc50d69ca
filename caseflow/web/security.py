"""Who may call a route, sessions, and the headers every answer carries. Closed by default."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, TypeVar

from flask import Flask, Response, abort, current_app, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from werkzeug.exceptions import BadRequest

from caseflow.bootstrap import NOBODY, set_scope
from caseflow.config import Settings
from caseflow.domain.access import Actor, Permission, may
from caseflow.web.context import application
from caseflow.web.kept_forms import keep_what_was_sent
from caseflow.web.phrases import _

PUBLIC: Final = "public"
SESSION_LIFETIME: Final = timedelta(hours=12)
# Endpoints of Flask and Bootstrap-Flask that hand out files of the package.
_FILE_ENDPOINTS: Final = frozenset({"static", "bootstrap.static"})
_MARK: Final = "__caseflow_access__"
# Beside its file a form has a token and a few fields.
_ROOM_FOR_THE_FORM: Final = 64 * 1024
_LARGEST: Final = "__caseflow_largest_bytes__"
_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)

View = TypeVar("View", bound=Callable[..., Any])


def needs(permission: Permission) -> Callable[[View], View]:
    """Declare what a route asks of whoever calls it. A route without a declaration is refused."""

    def mark(view: View) -> View:
        setattr(view, _MARK, permission)
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


@dataclass(frozen=True)
class SignedIn:
    """The actor of a session, as Flask-Login wants a user; read anew at every request."""

    actor: Actor
    unread: int = 0
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False

    def get_id(self) -> str:
        """Return what the session keeps."""
        return str(self.actor.id)


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
        PERMANENT_SESSION_LIFETIME=SESSION_LIFETIME,
        # A form stays open on a desk for hours; its token lives as long as the session.
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=settings.https,
        MAX_CONTENT_LENGTH=1024 * 1024,
    )
    login = LoginManager()
    login.session_protection = "basic"
    login.init_app(app)
    login.user_loader(_read_anew)
    app.before_request(_gate)
    app.after_request(_headers(https=settings.https))
    app.teardown_request(_forget_the_office)


def _read_anew(kept: str) -> SignedIn | None:
    if not kept.isdecimal():
        return None
    known = application().staff.at_work(int(kept))
    return SignedIn(known.actor, known.unread) if known is not None else None


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
    if not isinstance(wanted, Permission):
        abort(403)
    if not current_user.is_authenticated:
        if request.method == "POST":
            return _refuse_what_was_sent()
        return redirect(url_for("sign_in.form", next=request.full_path.rstrip("?")))
    if not may(current_user.actor, wanted):
        abort(403)
    set_scope(current_user.actor.office_id)
    if taken is not None:
        # Only now: nobody makes the server unpack a large request who may not send one. And before anything reads the
        # form, the check of its token included.
        request.max_content_length = taken[0] * taken[1] + _ROOM_FOR_THE_FORM
        _refuse_nul()
    return None


def _forget_the_office(_error: BaseException | None) -> None:
    # A request that never reached the gate has set nothing.
    if "scope_before" in g:
        set_scope(g.pop("scope_before"))


def _refuse_nul() -> None:
    """Refuse a NUL anywhere in the request's texts, before any of them reaches PostgreSQL, which takes none."""
    named = [*request.args.items(multi=True), *request.form.items(multi=True)]
    files = [(name, file.filename or "") for name, file in request.files.items(multi=True)]
    if "\0" in request.path or any("\0" in text for pair in (*named, *files) for text in pair):
        raise NulSent


def _refuse_what_was_sent() -> ResponseReturnValue:
    kept = keep_what_was_sent()
    if kept:
        return render_template("sign_in.html", login="", refused="", leads_to="", kept_form=kept), 403
    flash(_("You were signed out, and what you sent was not recorded. Sign in and send it again."))
    return redirect(url_for("sign_in.form"))


def _headers(*, https: bool) -> Callable[[Response], Response]:
    def add(response: Response) -> Response:
        response.headers.setdefault("Content-Security-Policy", _POLICY)
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
        response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        if request.endpoint not in _FILE_ENDPOINTS and "no-store" not in response.headers.get("Cache-Control", ""):
            response.headers["Cache-Control"] = "no-store"
        if https:
            response.headers["Strict-Transport-Security"] = "max-age=31536000"
        return response

    return add
