"""The OpenAPI description of the API, made from its routes and from what they answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Final, TypeVar

from flask import Flask
from pydantic.json_schema import models_json_schema

from caseflow.web.api_access import PROBLEM_TYPE, ROOT
from caseflow.web.api_models import Answer

_MARK: Final = "__caseflow_described__"
_TYPES: Final = {"int": "integer"}
_IN_PATH: Final = re.compile(r"<(?:(\w+):)?(\w+)>")
_REFUSALS: Final = {
    "400": "A parameter cannot be read, is unknown, or came twice; the detail names it",
    "401": "No token, or one that opens nothing",
    "403": "The role of the token does not include this, or why it opens the case is still to be stated on its page",
    "404": "Nothing there, or of another office",
    "422": "A parameter is missing, or the law or the calendar has no answer; the detail says which and why",
    "429": "Too many requests",
    "503": "Cannot be recorded or read now",
}

View = TypeVar("View", bound=Callable[..., Any])


@dataclass(frozen=True)
class Parameter:
    """A parameter in the query. ``kind`` is ``string``, ``integer`` or ``date``; ``known`` are all values it takes."""

    name: str
    says: str
    kind: str = "string"
    known: Sequence[str] = ()
    required: bool = False

    def described(self) -> dict[str, Any]:
        """Return the parameter as OpenAPI has it."""
        kind: dict[str, Any] = {"type": "integer" if self.kind == "integer" else "string"}
        if self.kind == "date":
            kind["format"] = "date"
        if self.known:
            kind["enum"] = list(self.known)
        return {
            "name": self.name,
            "in": "query",
            "description": self.says,
            "required": self.required,
            "schema": kind,
        }


@dataclass(frozen=True)
class Described:
    """What a route says of itself."""

    answers: type[Answer]
    parameters: Sequence[Parameter]


def answers(model: type[Answer], *parameters: Parameter) -> Callable[[View], View]:
    """Declare what a route answers and which parameters it takes."""

    def mark(view: View) -> View:
        setattr(view, _MARK, Described(model, parameters))
        return view

    return mark


def stray_parameter(view: Callable[..., Any], sent: Iterable[tuple[str, str]]) -> str | None:
    """Return the name of what was sent in the query but is not taken: unknown to the route, or sent twice."""
    described: Described | None = getattr(view, _MARK, None)
    left = {one.name for one in described.parameters} if described is not None else set()
    for name, _value in sent:
        if name not in left:
            return name
        left.remove(name)
    return None


def description_of(app: Flask, about: str, path_says: dict[str, str]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 description of every route of the app that declares what it answers.

    ``path_says`` has the description of every parameter that stands in a path.
    """
    routes = [
        (rule.rule, view, getattr(view, _MARK))
        for rule in sorted(app.url_map.iter_rules(), key=lambda one: one.rule)
        if rule.rule.startswith(ROOT) and hasattr(view := app.view_functions[rule.endpoint], _MARK)
    ]
    _refs, schemas = models_json_schema(
        [(described.answers, "serialization") for _path, _view, described in routes],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {"title": "caseflow", "version": version("caseflow-office"), "description": about},
        "security": [{"token": []}],
        "paths": {
            _IN_PATH.sub(r"{\2}", path): {"get": _operation(path, view, described, path_says)}
            for path, view, described in routes
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            "schemas": {**schemas["$defs"], "Problem": _PROBLEM},
        },
    }


def _operation(path: str, view: Callable[..., Any], described: Described, path_says: dict[str, str]) -> dict[str, Any]:
    in_path = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": path_says[name],
            "schema": {"type": _TYPES.get(kind, "string")},
        }
        for kind, name in _IN_PATH.findall(path)
    ]
    answer = {"schema": {"$ref": f"#/components/schemas/{described.answers.__name__}"}}
    refusals = {
        code: {"description": says, "content": {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
        for code, says in _REFUSALS.items()
    }
    return {
        "operationId": view.__name__,
        "summary": (view.__doc__ or "").strip().split("\n")[0],
        "parameters": [*in_path, *(one.described() for one in described.parameters)],
        "responses": {"200": {"description": "As asked", "content": {"application/json": answer}}, **refusals},
    }


_PROBLEM: Final = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}
