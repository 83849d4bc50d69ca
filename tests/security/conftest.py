from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date

import pytest

from caseflow.web.app import create_app
from tests.office import Office, open_office
from tests.security.attacked import Attacked, HttpsSite, attacked
from tests.site import build_site, settings_for


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not os.environ.get("CASEFLOW_TEST_SECURITY"):
        for item in items:
            if "security" in item.path.parts:
                item.add_marker(pytest.mark.skip(reason="takes many minutes and other tools: make test-security"))


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    built = open_office(database_url)
    yield built
    built.application.close()


@pytest.fixture
def county(office: Office) -> Iterator[Attacked]:
    """An office with cases at several places, served on loopback."""
    build_site(office)
    # As in production, behind a proxy that speaks HTTPS: what a scanner says of cookies and headers is said of those.
    app = create_app(settings_for(office.database_url, https=True), application=office.application)
    app.config["PREFERRED_URL_SCHEME"] = "https"
    site = HttpsSite(office, app)
    office.walk("two_illegal_hearing_court", until="apply_to_court")
    office.walk("golden_wuqing", until="record_acceptance")
    office.time.day = date(2026, 3, 2)
    office.open()
    yield from attacked(site)
