from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.office import Office, open_office


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    built = open_office(database_url)
    yield built
    built.application.close()
