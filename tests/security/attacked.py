"""A county on loopback for the scanners: everybody signed in, every page and form found by following links."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.browser.conftest import serve
from tests.office import STAFF
from tests.persons import person_at
from tests.site import Page, Site, Visitor

TOOLS = os.environ.get("CASEFLOW_TEST_SECURITY", "")
MOST_PAGES_OF_A_ROUTE = 3
NOBODY = "nobody"
PERSON = "the person concerned"
# One login of each role, and the two without a login.
WHO = (*{role: login for login, role in reversed(list(STAFF.items()))}.values(), PERSON, NOBODY)
# Whoever signs out, or ends the session otherwise, ends the attack.
ENDS_THE_SESSION = re.compile(r"^/(sign-out|my-case/sign-out)\b")


def tool(name: str) -> str:
    """Return the path of a scanner of the environments that `make test-security` names."""
    found = shutil.which(name, path=TOOLS)
    assert found is not None, f"{name} is not in {TOOLS}: run `make test-security`"
    return found


@dataclass
class Target:
    """A form or an address with parameters: where it leads, how it is sent, which fields it has."""

    method: str
    path: str
    fields: dict[str, str] = field(default_factory=dict)
    files: tuple[str, ...] = ()


class HttpsSite(Site):
    """A site whose visitors come by HTTPS, with the referrer that a browser sends and the check of forms asks for."""

    def visitor(self, language: str = "en", *, answers: bool = True) -> Visitor:
        visitor = super().visitor(language, answers=answers)
        visitor.client.environ_base["HTTP_REFERER"] = "https://localhost/"
        return visitor


@dataclass
class Attacked:
    """A running site and what one role reaches of it."""

    site: Site
    address: str

    def cookie(self, visitor: Visitor) -> str:
        found = visitor.client.get_cookie("__Host-caseflow")
        assert found is not None
        return f"{found.key}={found.value}"

    def visitor(self, who: str) -> Visitor:
        """Return somebody of ``WHO`` at a browser, signed in where they can be."""
        if who == NOBODY:
            visitor = self.site.visitor()
            visitor.get("/sign-in")
            return visitor
        if who == PERSON:
            return person_at(self.site, 1)
        return self.site.sign_in(who)

    def reached(self, visitor: Visitor) -> Iterator[Target]:
        """Follow the links from the desk, My case and /verify; yield every form and address with parameters once."""
        rules = self.site.app.url_map.bind("localhost")
        seen: dict[str, int] = {}
        forms: set[tuple[str, str, frozenset[str]]] = set()
        waiting = ["/", "/my-case", "/verify"]
        while waiting:
            path = waiting.pop(0)
            endpoint, _ = rules.match(urlsplit(path).path, method="GET")
            seen[endpoint] = seen.get(endpoint, 0) + 1
            answer = visitor.client.get(path, follow_redirects=True)
            if answer.mimetype != "text/html" or answer.status_code != 200:
                continue
            page = Page(answer)
            for target in _targets(page, path):
                known = (target.method, _route(rules, target), frozenset(target.fields))
                if known not in forms and not ENDS_THE_SESSION.match(target.path):
                    forms.add(known)
                    yield target
            waiting += [link for link in _new_links(rules, page, seen) if link not in waiting]


def _route(rules: Any, target: Target) -> str:
    endpoint, _ = rules.match(target.path, method=target.method)
    return str(endpoint)


def _new_links(rules: Any, page: Page, seen: Mapping[str, int]) -> Iterator[str]:
    for link in dict.fromkeys(page.links()):
        parts = urlsplit(link)
        if not link.startswith("/") or link.startswith("//"):
            continue
        if not rules.test(parts.path, method="GET"):
            continue
        endpoint, _ = rules.match(parts.path, method="GET")
        if seen.get(endpoint, 0) < MOST_PAGES_OF_A_ROUTE:
            yield link


def _targets(page: Page, path: str) -> Iterator[Target]:
    parts = urlsplit(path)
    if parts.query:
        yield Target("GET", parts.path, dict(parse_qsl(parts.query, keep_blank_values=True)))
    forms = list(page.tree.iter("form"))
    for form, node in zip(page.forms(), forms, strict=True):
        where = urlsplit(form.action or parts.path)
        method = (node.get("method") or "get").upper()
        files = tuple(one.get("name") for one in node.iter("input") if one.get("type") == "file")
        values = {name: value for name, value in form.values.items() if name and name not in files}
        for one in node.iter("input"):
            if one.get("name") and one.get("type") in ("radio", "checkbox"):
                values.setdefault(one.get("name"), one.get("value", "on"))
        yield Target(method, where.path, {**dict(parse_qsl(where.query)), **values}, files)


def schema_of(targets: list[Target]) -> dict[str, Any]:
    """Describe forms as an OpenAPI document: every field any text, the token and the key as they were on the page."""
    paths: dict[str, dict[str, Any]] = {}
    for target in targets:
        operation: dict[str, Any] = {"responses": {"default": {"description": "a page"}}}
        if target.method == "GET":
            operation["parameters"] = [
                {"name": name, "in": "query", "schema": {"type": "string"}} for name in target.fields
            ]
        else:
            token = {"csrf_token": {"type": "string", "const": target.fields.get("csrf_token", "")}}
            texts: dict[str, Any] = {
                name: {"type": "string", "maxLength": 300} for name in target.fields if name != "csrf_token"
            }
            sent = {name: {"type": "string", "format": "binary"} for name in target.files}
            kind = "multipart/form-data" if target.files else "application/x-www-form-urlencoded"
            form = {"type": "object", "properties": {**texts, **token, **sent}, "required": ["csrf_token"]}
            operation["requestBody"] = {"required": True, "content": {kind: {"schema": form}}}
        paths.setdefault(target.path, {})[target.method.lower()] = operation
    return {"openapi": "3.0.3", "info": {"title": "caseflow's forms", "version": "1"}, "paths": paths}


def run(*command: str, seconds: int, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a scanner for at most so many seconds, with nothing of this process's own secrets around it."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CASEFLOW_")}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=seconds, check=False, cwd=cwd, env=environment
    )


def attacked(site: Site) -> Iterator[Attacked]:
    """Serve the site on loopback."""
    # An error of a view must come out as a client would see it: as an answer of 500 or more.
    site.app.testing = False
    with serve(site.app) as address:
        yield Attacked(site, address)


def written(path: Path, content: Any) -> str:
    """Write JSON and return the path."""
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return str(path)
