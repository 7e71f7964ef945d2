"""What the embedded Redis promises, and which server is taken."""

from pathlib import Path

import pytest
import redis as redis_client

from infrastructure.embedded import EmbeddedServerError, EmbeddedServers, embedded_servers
from infrastructure.embedded import redis as embedded_redis
from infrastructure.embedded.redis import redis_program


def test_it_keeps_an_append_only_file_and_evicts_nothing(servers: EmbeddedServers) -> None:
    with redis_client.Redis.from_url(servers.redis_url, decode_responses=True) as client:
        info = client.info()
        assert info["aof_enabled"] == 1
        assert client.config_get("appendfsync") == {"appendfsync": "everysec"}
        assert info["maxmemory_policy"] == "noeviction"
        assert client.config_get("port") == {"port": "0"}


def test_it_asks_for_its_password(servers: EmbeddedServers) -> None:
    without_password = "unix://" + servers.redis_url.partition("@")[2]
    with (
        redis_client.Redis.from_url(without_password) as client,
        pytest.raises(redis_client.AuthenticationError),
    ):
        client.ping()


def test_a_file_that_a_crash_left_unreadable_is_put_aside(home: Path) -> None:
    with (
        embedded_servers(home, postgres=False, stop_at_once=True) as servers,
        redis_client.Redis.from_url(servers.redis_url) as client,
    ):
        client.set("kept", "1")
    written = max((home / "redis" / "data").rglob("*.aof"), key=lambda path: path.stat().st_size)
    written.write_bytes(b"*3\r\nnothing that Redis understands\r\n" * 10)
    with (
        embedded_servers(home, postgres=False, stop_at_once=True) as servers,
        redis_client.Redis.from_url(servers.redis_url) as client,
    ):
        assert client.get("kept") is None
    assert list((home / "redis").glob("data.unreadable-*"))


@pytest.mark.parametrize("name", ["redis-server", "valkey-server"])
def test_a_server_on_the_path_is_preferred(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    program = tmp_path / name
    program.touch(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert redis_program() == program


def test_without_any_server_the_message_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(embedded_redis, "WHEEL", "a_wheel_that_is_not_installed")
    with pytest.raises(EmbeddedServerError, match="Install the package redis-server"):
        redis_program()
