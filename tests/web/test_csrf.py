"""Every form that is sent without its token, or with another's, is refused and writes nothing: from the route table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from tests.office import STAFF
from tests.site import Site

_EXAMPLES = {"RowIdConverter": 1, "UnicodeConverter": "x", "PathConverter": "x"}
REFUSED = (400, 403)


def posted(app: Flask) -> Iterator[str]:
    """Every address of the app that takes a POST, its arguments filled with anything."""
    bound = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "POST" in (rule.methods or ()):
            kinds = {name: type(converter).__name__ for name, converter in rule._converters.items()}
            yield bound.build(rule.endpoint, {name: _EXAMPLES[kind] for name, kind in kinds.items()}, method="POST")


# One of each desk, and nobody.
@pytest.mark.parametrize("login", [*(login for login in STAFF if not login.endswith("2")), None])
def test_no_form_is_taken_without_its_token(site: Site, login: str | None) -> None:
    visitor = site.sign_in(login) if login else site.visitor()
    stranger = site.visitor()
    token = stranger.get("/sign-in").form_to("/sign-in").values["csrf_token"]
    paths = list(posted(site.app))
    assert len(paths) > 80
    before = site.counts()
    answers = {}
    for path in paths:
        for sent in ({}, {"csrf_token": ""}, {"csrf_token": token}):
            answer = visitor.client.post(path, data={**sent, "key": "k", "reason": "because"})
            to_sign_in = login is None and answer.location == "/sign-in"
            answers[path, sent.get("csrf_token")] = 403 if to_sign_in else answer.status_code
    assert {asked: status for asked, status in answers.items() if status not in REFUSED} == {}
    assert site.counts() == before
