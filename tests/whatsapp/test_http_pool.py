"""HTTP clients are lent one by one, warm ones first, and never shared with another process."""

import os
from collections.abc import Iterator

import httpx
import pytest

from infrastructure.http_pool import HttpClientPool
from tests.whatsapp.scripted_server import ScriptedServer, running_server


@pytest.fixture
def pool() -> Iterator[HttpClientPool]:
    clients = HttpClientPool(idle_clients_max=2)
    yield clients
    clients.close()


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with running_server() as running:
        yield running


def test_the_client_used_last_is_lent_first(pool: HttpClientPool) -> None:
    with pool.lend() as first, pool.lend() as second:
        assert first is not second
    with pool.lend() as again:
        assert again is first


def test_no_more_clients_are_kept_than_asked(pool: HttpClientPool) -> None:
    with pool.lend() as first, pool.lend() as second, pool.lend() as third:
        pass
    assert not third.is_closed
    assert not second.is_closed
    assert first.is_closed


def test_a_client_comes_back_after_an_error(pool: HttpClientPool) -> None:
    with pytest.raises(KeyError), pool.lend() as client:
        raise KeyError
    with pool.lend() as again:
        assert again is client


def test_a_closed_pool_lends_nothing_and_takes_nothing_back() -> None:
    pool = HttpClientPool()
    with pool.lend() as client:
        pool.close()
    assert client.is_closed
    with pytest.raises(RuntimeError, match="closed"), pool.lend():
        pass


def test_a_client_has_one_connection(pool: HttpClientPool, server: ScriptedServer) -> None:
    with pool.lend() as client:
        for _ in range(3):
            client.post(f"{server.url}/")
    assert server.connections == 1


def test_proxies_of_the_environment_are_not_used(
    server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    pool = HttpClientPool()
    with pool.lend() as client:
        assert client.post(f"{server.url}/").status_code == 200
    pool.close()


def test_a_given_proxy_is_used(server: ScriptedServer) -> None:
    pool = HttpClientPool(proxy_url=server.url)
    with pool.lend() as client:
        client.post("http://graph.invalid/v26.0/1/messages")
    pool.close()
    assert server.requests[0].line.startswith("POST http://graph.invalid/v26.0/")


def test_a_forked_process_does_not_use_the_connections_of_its_parent(
    pool: HttpClientPool, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pool.lend() as parents:
        parents.post(f"{server.url}/")
    parent = os.getpid()
    with monkeypatch.context() as child:
        child.setattr(os, "getpid", lambda: parent + 1)
        with pool.lend() as own:
            assert own is not parents
            own.post(f"{server.url}/")
    assert server.connections == 2
    assert isinstance(parents, httpx.Client)
    parents.close()
