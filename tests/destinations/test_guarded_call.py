import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from infrastructure.destinations.destination import DestinationGuard, DestinationRefused
from infrastructure.destinations.failures import CallFailed, CallFailure
from infrastructure.destinations.guarded_call import GuardedClient

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello"
Behaviour = Callable[[socket.socket, bytes], None]


class Listener:
    """A server that says what it is told to say, and remembers what it heard."""

    def __init__(self, behave: Behaviour) -> None:
        self.heard: list[bytes] = []
        self._behave = behave
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection:
                request = b""
                while b"\r\n\r\n" not in request:
                    got = connection.recv(65536)
                    if not got:
                        break
                    request += got
                self.heard.append(request)
                try:
                    self._behave(connection, request)
                except OSError:
                    continue

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(5)


@contextmanager
def listener(behave: Behaviour) -> Iterator[Listener]:
    server = Listener(behave)
    try:
        yield server
    finally:
        server.close()


def saying(answer: bytes) -> Behaviour:
    return lambda connection, _request: connection.sendall(answer)


def client_for(server: Listener, *addresses: str, name: str = "erp.firm.internal") -> GuardedClient:
    guard = DestinationGuard(
        internal_origins=[f"http://{name}:{server.port}"],
        resolve=lambda _host, _port: addresses or ("127.0.0.1",),
    )
    return GuardedClient(guard)


def test_the_call_goes_to_the_checked_address_under_the_name_that_was_given() -> None:
    with listener(saying(OK)) as server:
        url = f"http://erp.firm.internal:{server.port}/hook?x=1"
        headers = {"Webhook-Id": "1"}
        with client_for(server).call("POST", url, headers=headers, content=b"{}") as answer:
            assert answer.status == 200
            assert answer.headers["content-length"] == "5"
            assert b"".join(answer.chunks(bytes_max=5)) == b"hello"
        request = server.heard[0].lower()
        assert request.startswith(b"post /hook?x=1 http/1.1\r\n")
        assert f"host: erp.firm.internal:{server.port}\r\n".encode() in request
        assert b"webhook-id: 1\r\n" in request


def test_a_name_that_changes_its_address_after_the_check_is_called_at_the_checked_one() -> None:
    answers = iter([("127.0.0.1",), ("169.254.169.254",)])
    with listener(saying(OK)) as server:
        url = f"http://rebinding.example:{server.port}/"
        guard = DestinationGuard(
            internal_origins=[f"http://rebinding.example:{server.port}"],
            resolve=lambda _host, _port: next(answers),
        )
        client = GuardedClient(guard)
        with client.call("GET", url) as answer:
            assert answer.status == 200
        with pytest.raises(DestinationRefused), client.call("GET", url):
            pass
        assert len(server.heard) == 1


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    with listener(saying(OK)) as server:
        url = f"http://erp.firm.internal:{server.port}/"
        with client_for(server, "::1", "127.0.0.1").call("GET", url) as answer:
            assert answer.status == 200


def test_a_redirect_is_an_answer_and_never_followed() -> None:
    moved = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1/\r\ncontent-length: 0\r\n\r\n"
    with listener(saying(moved)) as server:
        with client_for(server).call("GET", f"http://erp.firm.internal:{server.port}/") as answer:
            assert answer.status == 302
        assert len(server.heard) == 1


def test_a_body_beyond_the_limit_is_not_read_on() -> None:
    endless = b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n" + b"x" * 1_000_000
    with listener(saying(endless)) as server:
        url = f"http://erp.firm.internal:{server.port}/"
        with client_for(server).call("GET", url) as answer:
            assert answer.beginning(bytes_max=10) == b"x" * 10
        with (
            pytest.raises(CallFailed) as failed,
            client_for(server).call("GET", url) as answer,
        ):
            list(answer.chunks(bytes_max=1000))
        assert failed.value.failure is CallFailure.ANSWER_TOO_LARGE


def drip(connection: socket.socket, _request: bytes) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    until = time.monotonic() + 5
    while time.monotonic() < until:
        connection.sendall(b"x-slow: 1\r\n")
        time.sleep(0.02)  # the behaviour under test: an answer that never quite stops


def test_an_answer_that_drips_ends_with_the_time_limit() -> None:
    with listener(drip) as server:
        began = time.monotonic()
        with (
            pytest.raises(CallFailed) as failed,
            client_for(server).call(
                "GET", f"http://erp.firm.internal:{server.port}/", total_timeout_s=0.3
            ),
        ):
            pass
        assert failed.value.failure is CallFailure.TOO_SLOW
        assert time.monotonic() - began < 3


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (b"", CallFailure.ANSWER_UNREADABLE),
        (b"SSH-2.0-OpenSSH\r\n\r\n", CallFailure.ANSWER_UNREADABLE),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 50\r\n\r\nhello", CallFailure.ANSWER_UNREADABLE),
    ],
)
def test_what_is_no_answer_is_a_failure_with_a_reason(answer: bytes, failure: CallFailure) -> None:
    with listener(saying(answer)) as server:
        url = f"http://erp.firm.internal:{server.port}/"
        with pytest.raises(CallFailed) as failed, client_for(server).call("GET", url) as got:
            list(got.chunks(bytes_max=100))
        assert failed.value.failure is failure


def test_nobody_listening_is_no_connection(free_port: int) -> None:
    guard = DestinationGuard(internal_origins=[f"http://127.0.0.1:{free_port}"])
    with (
        pytest.raises(CallFailed) as failed,
        GuardedClient(guard).call("GET", f"http://127.0.0.1:{free_port}/"),
    ):
        pass
    assert failed.value.failure is CallFailure.NO_CONNECTION
