from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.office import Office, build_office, kept_keys, open_office
from tests.own_keys import environment


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    built = open_office(database_url)
    yield built
    built.application.close()


@pytest.fixture
def own(database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office with keys of its own, which the commands of this process change."""
    monkeypatch.setenv("CASEFLOW_TEST_HOME", str(tmp_path))
    for name, value in environment(database_url, tmp_path).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("CASEFLOW_REDIS_URL", redis_url)  # a killed command leaves no server of its own behind
    built = build_office(database_url)
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
