from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.office import Office, build_office


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    built = build_office(database_url)
    yield built
    built.application.close()
