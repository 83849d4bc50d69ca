"""How a program comes in: a token in the Authorization header, on routes marked ``@api`` and nowhere else."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock
from time import monotonic
from typing import Any, Final, TypeVar

from flask import Response, current_app, g, json, request

from caseflow.domain.access import Actor
from caseflow.services.api_tokens import TokenRefused
from caseflow.web.context import application

ROOT: Final = "/api/"
PROBLEM_TYPE: Final = "application/problem+json"
CALLS_A_MINUTE: Final = 120
REFUSALS_A_MINUTE: Final = 30
_MARK: Final = "__caseflow_api__"
_ALLOWANCE: Final = "caseflow_api_allowance"
_SCHEME: Final = "bearer "
_MOST_KNOWN: Final = 10_000
_DETAILS: Final = {
    400: "The request could not be read: see the description at /api/v1/openapi.json for what it takes.",
    401: "Send a token that is in use: Authorization: Bearer caseflow_...",
    403: "The role of the token does not include this.",
    404: "There is nothing at this address, or it is of another office.",
    405: "The API only reads: use GET.",
    413: "Too much was sent; the API takes no content.",
    422: "There is no answer to what was asked: see the description at /api/v1/openapi.json.",
    429: "Too many requests: wait as many seconds as Retry-After says.",
    500: "Something went wrong on our side.",
    503: "What is asked for cannot be recorded or read now. Try again later.",
}

View = TypeVar("View", bound=Callable[..., Any])


def api(view: View) -> View:
    """Declare that a route is called with a token, and never with a session."""
    setattr(view, _MARK, True)
    return view


@dataclass(frozen=True)
class Calling:
    """The actor of a token, as Flask-Login wants a user. There is no session, and nothing here confirms who it is."""

    actor: Actor
    unread: int = 0
    is_authenticated: bool = True
    is_active: bool = True
    is_anonymous: bool = False


def asks_token() -> bool:
    """Tell whether the route of this request is called with a token."""
    return getattr(current_app.view_functions.get(request.endpoint or ""), _MARK, False) is True


def is_for_programs() -> bool:
    """Tell whether whoever asks is answered in JSON, be there a route or not."""
    return request.path.startswith(ROOT)


def caller() -> Calling | None:
    """Return who calls with the token of this request; None where it is refused, and :func:`refusal` says why."""
    allowance, shown = _allowance(), request.headers.get("Authorization", "")
    token = shown[len(_SCHEME) :].strip() if shown.lower().startswith(_SCHEME) else ""
    try:
        found = application().api_tokens.admit(token)
    except TokenRefused:
        # Whoever shares an address with somebody who guesses, as behind a proxy, still comes in with a good token.
        # Nothing shown is no guess, and costs no look.
        g.caseflow_api_status = 401 if not token or allowance.take(_address(), REFUSALS_A_MINUTE) else 429
        return None
    if not allowance.take(str(found.token.id), CALLS_A_MINUTE):
        g.caseflow_api_status = 429
        return None
    g.caseflow_api_token = found.token
    return Calling(found.actor)


def refusal() -> Response:
    """Answer a request that :func:`caller` refused."""
    return problem(g.get("caseflow_api_status", 401))


def problem(code: int, detail: str = "", *, retry_after_seconds: int | None = 60) -> Response:
    """Answer with problem details (RFC 9457): what and why, never a trace.

    What is too much says after how many seconds to come again; None: waiting alone does not help.
    """
    status = HTTPStatus(code if code in _DETAILS else 400 if code < HTTPStatus.INTERNAL_SERVER_ERROR else 500)
    body = {"type": "about:blank", "title": status.phrase, "status": status.value}
    body["detail"] = detail or _DETAILS[status.value]
    answer = Response(json.dumps(body) + "\n", status.value, content_type=PROBLEM_TYPE)
    if status is HTTPStatus.UNAUTHORIZED:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="caseflow"'
    if status is HTTPStatus.TOO_MANY_REQUESTS and retry_after_seconds is not None:
        answer.headers["Retry-After"] = str(retry_after_seconds)
    if status is HTTPStatus.METHOD_NOT_ALLOWED:
        answer.headers["Allow"] = "GET, HEAD, OPTIONS"
    return answer


@dataclass
class Allowance:
    """How often each caller came within its running minute; kept by each process for itself."""

    clock: Callable[[], float] = monotonic
    _seen: OrderedDict[str, tuple[float, int]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def has(self, who: str, most: int) -> bool:
        """Tell whether ``who`` may come once more within the minute."""
        with self._lock:
            return self._count(who) < most

    def take(self, who: str, most: int) -> bool:
        """Count one call; False where it is one too many."""
        with self._lock:
            count = self._count(who)
            began = self._seen[who][0] if count else self.clock()
            self._seen[who] = (began, count + 1)
            self._seen.move_to_end(who)
            while len(self._seen) > _MOST_KNOWN:
                self._seen.popitem(last=False)
            return count < most

    def _count(self, who: str) -> int:
        began, count = self._seen.get(who, (0.0, 0))
        return count if count and self.clock() - began < 60 else 0  # noqa: PLR2004 - a minute


def _allowance() -> Allowance:
    known: Allowance = current_app.extensions.setdefault(_ALLOWANCE, Allowance())
    return known


def _address() -> str:
    return f"from {request.remote_addr}"
