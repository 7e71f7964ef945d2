"""Who starts the embedded servers, who shares them, and what is left when somebody is killed."""

from pathlib import Path

import psycopg
import redis

from infrastructure.embedded import embedded_servers
from infrastructure.embedded.home import HubHome
from tests.embedded.processes import processes_of, user_of
from tests.waiting import until

ALL = {"keeper", "postgres", "redis"}


def answer(database_url: str, statement: str) -> object:
    with psycopg.connect(database_url, autocommit=True) as connection:
        row = connection.execute(statement).fetchone()
    assert row is not None
    return row[0]


def has_answer(database_url: str) -> bool:
    try:
        return answer(database_url, "SELECT 1") == 1
    except psycopg.OperationalError:
        return False


def has_pong(redis_url: str) -> bool:
    with redis.Redis.from_url(redis_url) as client:
        try:
            return bool(client.ping())
        except redis.ConnectionError:
            return False


def test_both_servers_answer_while_they_are_used_and_are_gone_afterwards(home: Path) -> None:
    with embedded_servers(home, stop_at_once=True) as servers:
        assert has_answer(servers.database_url)
        assert has_pong(servers.redis_url)
        assert processes_of(home).keys() == ALL
    assert processes_of(home).keys() <= {"keeper"}  # the keeper may need a moment for its own end


def test_data_survives_a_stop_and_a_start(home: Path) -> None:
    with embedded_servers(home, stop_at_once=True) as servers:
        with psycopg.connect(servers.database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
        with redis.Redis.from_url(servers.redis_url) as client:
            client.set("kept", "43")
    with embedded_servers(home, stop_at_once=True) as servers:
        assert answer(servers.database_url, "SELECT value FROM kept") == 42
        with redis.Redis.from_url(servers.redis_url) as client:
            assert client.get("kept") == b"43"


def test_two_processes_share_the_servers_and_the_last_one_stops_them(home: Path) -> None:
    with user_of(home):
        before = {name: process.pid for name, process in processes_of(home).items()}
        with embedded_servers(home) as servers:
            assert has_answer(servers.database_url)
            assert {name: process.pid for name, process in processes_of(home).items()} == before
        assert processes_of(home).keys() == ALL
    until(lambda: processes_of(home) == {}, "the last user is gone and so are the servers")


def test_leaving_at_once_does_not_stop_what_another_process_uses(home: Path) -> None:
    with user_of(home):
        with embedded_servers(home, stop_at_once=True):
            pass
        assert processes_of(home).keys() == ALL


def test_a_killed_user_leaves_nothing_running(home: Path) -> None:
    with user_of(home) as user:
        assert processes_of(home).keys() == ALL
        user.kill()
        until(lambda: processes_of(home) == {}, "keeper and servers ended after their user")


def test_a_killed_keeper_takes_its_servers_along_and_a_user_brings_them_back(home: Path) -> None:
    with embedded_servers(home, stop_at_once=True) as servers:
        with psycopg.connect(servers.database_url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
        killed = processes_of(home)
        killed["keeper"].kill()
        for process in killed.values():
            process.wait(60)
        until(lambda: has_answer(servers.database_url), "PostgreSQL is back at the same address")
        until(lambda: has_pong(servers.redis_url), "Redis is back at the same address")
        assert answer(servers.database_url, "SELECT value FROM kept") == 42


def test_when_user_and_keeper_are_killed_the_next_user_finds_everything_in_order(
    home: Path,
) -> None:
    with user_of(home) as user:
        killed = processes_of(home)
        user.kill()
        killed["keeper"].kill()
        with embedded_servers(home, stop_at_once=True) as servers:
            assert has_answer(servers.database_url)
            assert has_pong(servers.redis_url)


def test_a_killed_server_is_started_again(home: Path) -> None:
    with embedded_servers(home, stop_at_once=True) as servers:
        for name in ("postgres", "redis"):
            running = processes_of(home)[name]
            running.kill()
            running.wait(60)
        until(lambda: has_answer(servers.database_url), "PostgreSQL is back")
        until(lambda: has_pong(servers.redis_url), "Redis is back")


def test_two_homes_have_servers_of_their_own(home: Path) -> None:
    other = home / "other"
    with (
        embedded_servers(home, stop_at_once=True) as one,
        embedded_servers(other, stop_at_once=True) as two,
    ):
        assert answer(one.database_url, "SHOW data_directory") == str(home / "postgres" / "data")
        assert answer(two.database_url, "SHOW data_directory") == str(other / "postgres" / "data")
        with redis.Redis.from_url(one.redis_url) as client:
            client.set("whose", "one")
        with redis.Redis.from_url(two.redis_url) as client:
            assert client.get("whose") is None


def test_only_the_server_that_is_needed_is_started(home: Path) -> None:
    with embedded_servers(home, postgres=False, stop_at_once=True) as servers:
        assert servers.database_url == ""
        assert has_pong(servers.redis_url)
        assert processes_of(home).keys() == {"keeper", "redis"}


def test_a_home_with_a_very_long_path_works(home: Path) -> None:
    long = home / ("a-folder-with-a-long-name-" * 4) / "another-one"
    assert not HubHome(long).run.is_relative_to(long)
    with embedded_servers(long, stop_at_once=True) as servers:
        assert has_answer(servers.database_url)
        assert has_pong(servers.redis_url)
