"""Serves a simulator over HTTP: in this process until stopped, or in a thread for tests."""

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from infrastructure.simulator.client import SimulatorClient
from infrastructure.simulator.configuration import ConfigurationInvalid, SimulatorConfig
from infrastructure.simulator.control_api import control_routes
from infrastructure.simulator.graph_api import graph_routes
from infrastructure.simulator.graph_messages import ABORT_EXTENSION
from infrastructure.simulator.host import SimulatorHost
from infrastructure.simulator.simulator import Simulator

LOOPBACK = "127.0.0.1"

# Longer than any client here keeps a connection, so that none is closed under a request.
_IDLE_SECONDS = 60

_START_SECONDS_MAX = 60.0
_GRACE_SECONDS = 2
_STOP_SECONDS_MAX = 20
_BACKLOG = 512


class SimulatorNotStarted(Exception):
    """The simulator's server did not come up; the message says why."""


class AbortableProtocol(HttpToolsProtocol):
    """HTTP that lets a handler cut the connection without a byte of an answer."""

    def on_message_begin(self) -> None:
        """Offer the cut to the handler of each request."""
        super().on_message_begin()
        scope: Any = self.scope
        scope["extensions"] = {ABORT_EXTENSION: self.transport.abort}


def create_app(host: SimulatorHost) -> Starlette:
    """The ASGI application: control interface first, then the Graph API."""

    def simulator_of(_request: Request) -> Simulator:
        return host.simulator

    return Starlette(routes=[*control_routes(host), *graph_routes(simulator_of)])


def bound_socket(port: int, address: str = LOOPBACK) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises SimulatorNotStarted if it is taken."""
    # With the protocol left at 0 asyncio does not set TCP_NODELAY on accepted connections, and
    # each answer then waits 40 ms for a delayed acknowledgement.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((address, port))
    except OSError as error:
        listener.close()
        raise SimulatorNotStarted(
            f"Cannot listen on {address}:{port}: {error.strerror}. Choose another --port."
        ) from error
    listener.listen(_BACKLOG)
    return listener


def url_of(listener: socket.socket) -> str:
    """The address under which a listening socket is reached."""
    address, port = listener.getsockname()[:2]
    return f"http://{address}:{port}"


class _Server(uvicorn.Server):
    """A server that tells when it accepts connections."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


async def serve(
    config: SimulatorConfig,
    listener: socket.socket,
    *,
    on_ready: Callable[[uvicorn.Server, SimulatorHost], None],
) -> None:
    """Serve a simulator on a listening socket until the server is told to exit.

    ``on_ready`` is called when connections are accepted; setting the server's ``should_exit``
    stops it. On the main thread SIGINT and SIGTERM stop it too. Raises ConfigurationInvalid.
    """
    try:
        host = SimulatorHost(config)
    except ConfigurationInvalid:
        listener.close()
        raise
    settings = uvicorn.Config(
        create_app(host),
        http=AbortableProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        timeout_keep_alive=_IDLE_SECONDS,
    )
    server = _Server(settings, lambda: on_ready(server, host))
    host.start(url_of(listener))
    try:
        await server.serve(sockets=[listener])
    finally:
        await host.close()
        listener.close()


@contextlib.contextmanager
def simulator_server(config: SimulatorConfig | None = None, *, port: int = 0) -> Iterator[str]:
    """A simulator in a thread of its own; gives its address.

    Raises SimulatorNotStarted when the port is taken or the server does not come up.
    """
    listener = bound_socket(port)
    url = url_of(listener)
    thread = _ServerThread(config or SimulatorConfig(), listener)
    thread.start()
    try:
        yield url
    finally:
        thread.stop()


@contextlib.asynccontextmanager
async def running_simulator(
    config: SimulatorConfig | None = None, *, port: int = 0
) -> AsyncIterator[SimulatorClient]:
    """A simulator in a thread of its own, and the client to control it.

    Raises SimulatorNotStarted when the port is taken or the server does not come up.
    """
    server = simulator_server(config, port=port)
    url = await asyncio.to_thread(server.__enter__)
    try:
        async with SimulatorClient(url) as client:
            yield client
    finally:
        await asyncio.to_thread(server.__exit__, None, None, None)


class _ServerThread:
    """Runs ``serve`` on an event loop of its own, so that a busy test does not stop Meta."""

    def __init__(self, config: SimulatorConfig, listener: socket.socket) -> None:
        self._config = config
        self._listener = listener
        self._ready = threading.Event()
        self._server: uvicorn.Server | None = None
        self._failure: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="simulator", daemon=True)

    def start(self) -> None:
        self._thread.start()
        if not self._ready.wait(_START_SECONDS_MAX):
            raise SimulatorNotStarted("The simulator did not come up: the machine is overloaded.")
        if self._failure is not None:
            raise SimulatorNotStarted(f"The simulator cannot run: {self._failure}") from (
                self._failure
            )

    def stop(self) -> None:
        if self._server is not None:
            self._server.should_exit = True
        # A daemon: what does not end in time ends with the process.
        self._thread.join(_STOP_SECONDS_MAX)

    def _run(self) -> None:
        def ready(server: uvicorn.Server, _host: SimulatorHost) -> None:
            self._server = server
            self._ready.set()

        try:
            asyncio.run(serve(self._config, self._listener, on_ready=ready))
        except Exception as failure:  # noqa: BLE001 - told to the thread that waits for the start
            self._failure = failure
            self._listener.close()
        finally:
            self._ready.set()
