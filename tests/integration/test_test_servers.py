"""The fixtures every other integration test stands on."""

from __future__ import annotations

import psycopg
import pytest
import redis

from caseflow import bootstrap


@pytest.mark.parametrize("_again", [1, 2])
def test_each_test_gets_an_empty_migrated_database(database_url: str, _again: int) -> None:
    found, newest = bootstrap.migration_revisions(database_url)
    assert found == newest is not None
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select to_regclass('left_behind')").fetchone() == (None,)
        connection.execute("create table left_behind (n int)")


@pytest.mark.parametrize("_again", [1, 2])
def test_each_test_gets_an_empty_redis(redis_url: str, _again: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.keys() == []
        client.set("left_behind", "1")


def test_two_databases_are_two(database_url: str, fresh_database_url: str, bare_database_url: str) -> None:
    names = set()
    for url in (database_url, fresh_database_url, bare_database_url):
        with psycopg.connect(url) as connection:
            names.add(connection.info.dbname)
    assert len(names) == 3
    assert bootstrap.migration_revisions(bare_database_url)[0] is None


def test_migrations_make_exactly_the_tables_of_the_code(database_url: str) -> None:
    bootstrap.check_migrations(database_url)
    with psycopg.connect(database_url) as connection:
        connection.execute("create table made_by_hand (n int)")
    with pytest.raises(bootstrap.MigrationDrift, match="made_by_hand"):
        bootstrap.check_migrations(database_url)


def test_servers_are_new_enough(database_url: str, redis_url: str) -> None:
    assert bootstrap.check_postgres(database_url).durable
    assert bootstrap.check_redis(redis_url).durable
