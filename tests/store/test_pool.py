"""A pool of connections: what it gives out answers, also after PostgreSQL was restarted."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psycopg

from infrastructure.postgres.connections import HubPool, open_pool
from tests.database import HubDatabase

SIZE = 6
WAIT_S = 1.0


def fill(pool: HubPool) -> None:
    """Let the pool hold as many connections as it may."""
    with ExitStack() as held:
        for _ in range(SIZE):
            held.enter_context(pool.connection())


def end_all_sessions(database: HubDatabase) -> None:
    """What a restart of PostgreSQL does to connections that are open."""
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def answer(pool: HubPool) -> int:
    with pool.connection() as connection:
        row = connection.execute("SELECT 1").fetchone()
    assert row is not None
    return int(row[0])


def test_the_first_request_after_a_restart_does_not_pay_for_each_dead_connection(
    database: HubDatabase,
) -> None:
    with open_pool(database.serve_url, name="tests", max_size=SIZE, wait_s=WAIT_S) as pool:
        fill(pool)
        end_all_sessions(database)
        assert answer(pool) == 1


def test_many_requests_at_once_after_a_restart_are_all_answered(database: HubDatabase) -> None:
    with open_pool(database.serve_url, name="tests", max_size=SIZE, wait_s=30) as pool:
        for _ in range(3):
            fill(pool)
            end_all_sessions(database)
            with ThreadPoolExecutor(4 * SIZE) as threads:
                answers = list(threads.map(answer, [pool] * 8 * SIZE))
            assert answers == [1] * 8 * SIZE
        assert pool.get_stats()["pool_size"] <= SIZE
