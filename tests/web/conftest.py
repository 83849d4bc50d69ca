from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.office import Office, open_office
from tests.site import Site, build_site


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    built = open_office(database_url)
    yield built
    built.application.close()


@pytest.fixture
def site(office: Office) -> Site:
    return build_site(office)
