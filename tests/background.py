"""Background work as tests make it: jobs that beat at a moment of the test's choice, effects that were given up."""

from __future__ import annotations

import psycopg

JOBS = ("sweep", "timetable", "deliver", "seal")


def beaten(database_url: str, ago: str = "0 seconds", jobs: tuple[str, ...] = JOBS) -> None:
    """Let jobs have beaten so long ago by the database's clock."""
    run(
        database_url,
        "insert into heartbeat (name, at) select unnest(%s::text[]), clock_timestamp() - %s::interval "
        "on conflict (name) do update set at = excluded.at",
        list(jobs),
        ago,
    )


def stamped(database_url: str, ago: str) -> None:
    """Let the database have been stamped so long ago."""
    run(database_url, "update installation set stamped_at = clock_timestamp() - %s::interval", ago)


def run(database_url: str, statement: str, *parameters: object) -> None:
    """Run one statement as the owner of the tables."""
    with psycopg.connect(database_url) as connection:
        connection.execute(statement, parameters)
        connection.commit()


def given_up_notice(
    database_url: str, key: str, payload: str = "{}", error: str = "no such case", kind: str = "reminder"
) -> int:
    """Return the number of a notice that was given up."""
    return _number(
        database_url,
        "insert into outbox (key, kind, payload, state, attempts, last_error) "
        "values (%s, %s, %s::jsonb, 'dead', 8, %s) returning id",
        key,
        kind,
        payload,
        error,
    )


def given_up_mail(database_url: str, login: str, key: str, error: str = "550 no such mailbox") -> int:
    """Return the number of mail that was given up."""
    return _number(
        database_url,
        "insert into mail (key, staff_id, kind, day, message_id, state, attempts, last_error) "
        "select %s, id, 'digest', '2026-03-02', %s, 'dead', 8, %s from staff where login = %s "
        "returning id",
        key,
        key,
        error,
        login,
    )


def _number(database_url: str, statement: str, *parameters: object) -> int:
    with psycopg.connect(database_url) as connection:
        row = connection.execute(statement, parameters).fetchone()
        connection.commit()
    assert row is not None
    return int(row[0])
