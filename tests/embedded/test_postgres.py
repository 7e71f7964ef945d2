"""What the embedded PostgreSQL promises to the rest of the product."""

from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from infrastructure.embedded import EmbeddedServerError, EmbeddedServers, embedded_servers
from tests.embedded.processes import processes_of


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("full_page_writes", "on"),
        ("data_checksums", "on"),
        ("shared_buffers", "128MB"),
        ("max_connections", "200"),
        ("listen_addresses", ""),
        ("server_encoding", "UTF8"),
        ("TimeZone", "UTC"),
    ],
)
def test_it_is_durable_and_reached_by_its_socket_only(
    servers: EmbeddedServers, setting: str, value: str
) -> None:
    with psycopg.connect(servers.database_url) as connection:
        row = connection.execute("SELECT current_setting(%s)", (setting,)).fetchone()
    assert row == (value,)


def test_it_is_version_18(servers: EmbeddedServers) -> None:
    with psycopg.connect(servers.database_url) as connection:
        assert connection.info.server_version // 10_000 == 18


@pytest.mark.parametrize("password", ["", "wrong"])
def test_nobody_becomes_administrator_by_name_alone(
    servers: EmbeddedServers, password: str
) -> None:
    parts = conninfo_to_dict(servers.database_url)
    parts["password"] = password
    with pytest.raises(psycopg.OperationalError, match="password"):
        psycopg.connect(make_conninfo("", **parts))


def test_the_password_of_the_administrator_is_readable_by_its_owner_only(
    servers: EmbeddedServers, servers_home: Path
) -> None:
    path = servers_home / "keeper" / "postgres.password"
    assert path.read_text() in servers.database_url
    assert path.stat().st_mode & 0o777 == 0o600


def test_its_log_holds_no_values(servers: EmbeddedServers, servers_home: Path) -> None:
    with psycopg.connect(servers.database_url, autocommit=True) as connection:
        connection.execute("CREATE TEMPORARY TABLE person (name text UNIQUE)")
        connection.execute("INSERT INTO person VALUES ('Siti Canary')")
        with pytest.raises(psycopg.errors.UniqueViolation):
            connection.execute("INSERT INTO person VALUES ('Siti Canary')")
        with pytest.raises(psycopg.errors.UndefinedColumn):
            connection.execute("SELECT nothing FROM person WHERE name = 'Siti Canary'")
    log = (servers_home / "postgres" / "server.log").read_text()
    assert "duplicate key value" in log
    assert "Canary" not in log


def test_a_lost_password_is_replaced_without_losing_data(home: Path) -> None:
    with (
        embedded_servers(home, redis=False, stop_at_once=True) as servers,
        psycopg.connect(servers.database_url) as connection,
    ):
        connection.execute("CREATE TABLE kept AS SELECT 42 AS value")
    (home / "keeper" / "postgres.password").unlink()
    with (
        embedded_servers(home, redis=False, stop_at_once=True) as servers,
        psycopg.connect(servers.database_url) as connection,
    ):
        assert connection.execute("SELECT value FROM kept").fetchone() == (42,)


def test_an_interrupted_first_start_is_begun_again(home: Path) -> None:
    unfinished = home / "postgres" / "data.new"
    unfinished.mkdir(parents=True)
    (unfinished / "half").write_text("written")
    with (
        embedded_servers(home, redis=False, stop_at_once=True) as servers,
        psycopg.connect(servers.database_url) as connection,
    ):
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_pid_file_that_means_another_process_by_now_does_not_stop_the_start(home: Path) -> None:
    with embedded_servers(home, redis=False, stop_at_once=True):
        pass
    pid_file = home / "postgres" / "data" / "postmaster.pid"
    somebody_else = 1
    pid_file.write_text(f"{somebody_else}\n{pid_file.parent}\n")
    with embedded_servers(home, redis=False, stop_at_once=True):
        assert processes_of(home).keys() == {"keeper", "postgres"}


def test_data_of_another_version_is_refused_with_the_way_out(home: Path) -> None:
    data = home / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("17\n")
    with (
        pytest.raises(EmbeddedServerError, match=r"written by PostgreSQL 17.*Dump it"),
        embedded_servers(home, redis=False),
    ):
        pass


def test_a_server_that_cannot_start_is_reported_with_the_end_of_its_log(home: Path) -> None:
    with embedded_servers(home, redis=False, stop_at_once=True):
        pass
    configuration = home / "postgres" / "data" / "postgresql.conf"
    configuration.write_text("no_such_setting = 'at all'\n")
    with (
        pytest.raises(EmbeddedServerError, match=r"(?s)postgres server does not start.*no_such"),
        embedded_servers(home, redis=False),
    ):
        pass


def test_a_home_that_cannot_be_written_is_refused_with_the_way_out(home: Path) -> None:
    file = home / "file"
    file.touch()
    with (
        pytest.raises(EmbeddedServerError, match="Set HUB_HOME to a folder"),
        embedded_servers(file / "home"),
    ):
        pass
