from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.office import Office, kept_keys, open_office


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    built = open_office(database_url)
    yield built
    built.application.close()


@pytest.fixture
def commands(database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let commands called in this process find the test's servers; return the home folder they use."""
    monkeypatch.setenv("CASEFLOW_DATABASE_URL", database_url)
    monkeypatch.setenv("CASEFLOW_REDIS_URL", redis_url)
    monkeypatch.setenv("CASEFLOW_SECRET_KEYS", "k" * 48)
    monkeypatch.setenv("CASEFLOW_HOME", str(tmp_path))
    monkeypatch.setenv("CASEFLOW_DATA_KEYS", kept_keys())
    return tmp_path
