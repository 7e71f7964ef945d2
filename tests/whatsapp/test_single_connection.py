"""One connection to Meta: kept between calls, checked before each, honest about what went out."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvloop
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from infrastructure.loop_stream import UNREAD_BYTES_MAX
from infrastructure.single_connection import SingleConnectionTransport

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Coroutine[Any, Any, None]]

LONG = {"timeout": httpx.Timeout(20.0).as_dict()}
SHORT = {"timeout": httpx.Timeout(20.0, read=0.1).as_dict()}


def run(story: Coroutine[Any, Any, None]) -> None:
    """Play a story on the event loop that the workers use."""
    uvloop.run(story)


class Server:
    """Answers every request with its number; counts the connections."""

    def __init__(self) -> None:
        self.connections = 0
        self.requests = 0
        self.closes_after_answer = False
        self.closed = asyncio.Event()
        self.body = b"{}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            self.requests += 1
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(self.body))
            writer.write(self.body)
            if self.closes_after_answer:
                writer.close()
                await writer.wait_closed()
                self.closed.set()
                return


@asynccontextmanager
async def listening(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    async def quiet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await handler(reader, writer)
        writer.transport.abort()

    server = await asyncio.start_server(quiet, "localhost", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@asynccontextmanager
async def transport(tls: ssl.SSLContext | None = None) -> AsyncIterator[SingleConnectionTransport]:
    made = SingleConnectionTransport(lambda: tls or httpx.create_ssl_context(), idle_s=20.0)
    try:
        yield made
    finally:
        await made.aclose()


async def call(
    made: SingleConnectionTransport,
    url: str,
    content: bytes = b"{}",
    timeouts: dict[str, Any] = LONG,
) -> bytes:
    request = httpx.Request("POST", url, content=content, extensions=timeouts)
    response = await made.handle_async_request(request)
    try:
        return await response.aread()
    finally:
        await response.aclose()


def test_calls_one_after_the_other_use_one_connection() -> None:
    async def story() -> None:
        server = Server()
        async with listening(server.serve) as port, transport() as made:
            for _ in range(3):
                assert await call(made, f"http://localhost:{port}/") == b"{}"
        assert (server.connections, server.requests) == (1, 3)

    run(story())


def test_a_connection_that_the_server_has_closed_is_replaced_before_anything_is_sent() -> None:
    async def story() -> None:
        server = Server()
        server.closes_after_answer = True
        async with listening(server.serve) as port, transport() as made:
            await call(made, f"http://localhost:{port}/")
            await server.closed.wait()
            await call(made, f"http://localhost:{port}/")
        assert (server.connections, server.requests) == (2, 2)

    run(story())


def test_another_address_gets_another_connection() -> None:
    async def story() -> None:
        one, other = Server(), Server()
        async with (
            listening(one.serve) as first,
            listening(other.serve) as second,
            transport() as made,
        ):
            await call(made, f"http://localhost:{first}/")
            await call(made, f"http://localhost:{second}/")
        assert (one.requests, other.requests) == (1, 1)

    run(story())


def test_bodies_larger_than_what_may_stay_unread_pass_both_ways() -> None:
    async def story() -> None:
        server = Server()
        server.body = bytes(4 * UNREAD_BYTES_MAX)
        async with listening(server.serve) as port, transport() as made:
            answer = await call(made, f"http://localhost:{port}/", bytes(8 * UNREAD_BYTES_MAX))
        assert answer == server.body

    run(story())


def test_where_nobody_listens_nothing_was_sent(free_port: int) -> None:
    async def story() -> None:
        async with transport() as made:
            with pytest.raises(httpx.ConnectError):
                await call(made, f"http://localhost:{free_port}/")

    run(story())


def test_an_answer_that_does_not_come_is_a_timeout_and_the_connection_is_not_used_again() -> None:
    async def story() -> None:
        connections = 0

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal connections
            connections += 1
            await reader.read()

        async with listening(silent) as port, transport() as made:
            for _ in range(2):
                with pytest.raises(httpx.ReadTimeout):
                    await call(made, f"http://localhost:{port}/", timeouts=SHORT)
        assert connections == 2

    run(story())


@pytest.mark.parametrize("is_reset", [False, True])
def test_a_connection_that_ends_after_the_request_is_no_refusal(*, is_reset: bool) -> None:
    async def story() -> None:
        async def rude(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            if is_reset:
                writer.transport.abort()
            else:
                writer.close()

        async with listening(rude) as port, transport() as made:
            with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
                await call(made, f"http://localhost:{port}/")

    run(story())


def test_a_call_that_is_given_up_does_not_answer_the_next_one() -> None:
    async def story() -> None:
        server = Server()
        async with listening(server.serve) as port, transport() as made:
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0):
                    await call(made, f"http://localhost:{port}/")
            assert await call(made, f"http://localhost:{port}/") == b"{}"

    run(story())


def answering(*answers: bytes) -> Handler:
    """Serves a request after the other on one connection, each with the next of `answers`."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for answer in answers:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
            await reader.readexactly(length)
            writer.write(answer)
        await reader.read()

    return serve


WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfirst"
OTHER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nother"


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 100 Continue\r\n\r\n" + WHOLE,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nfi\r\n3\r\nrst\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nfirst",
    ],
)
def test_every_way_to_answer_is_read_to_its_end(answer: bytes) -> None:
    async def story() -> None:
        async with listening(answering(answer)) as port, transport() as made:
            assert await call(made, f"http://localhost:{port}/") == b"first"

    run(story())


def test_what_comes_after_an_answer_is_never_taken_for_the_next_one() -> None:
    async def story() -> None:
        async with listening(answering(WHOLE + OTHER, WHOLE)) as port, transport() as made:
            assert await call(made, f"http://localhost:{port}/") == b"first"
            assert await call(made, f"http://localhost:{port}/") == b"first"

    run(story())


def test_an_answer_that_was_not_read_to_its_end_is_not_read_by_the_next_call() -> None:
    async def story() -> None:
        async with listening(answering(WHOLE, OTHER)) as port, transport() as made:
            url = f"http://localhost:{port}/"
            request = httpx.Request("POST", url, content=b"{}", extensions=LONG)
            response = await made.handle_async_request(request)
            await response.aclose()
            assert await call(made, url) == b"first"

    run(story())


@pytest.mark.parametrize(
    "answer",
    [b"SSH-2.0-OpenSSH\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"],
)
def test_what_is_no_whole_answer_is_an_error_of_the_other_side(answer: bytes) -> None:
    async def ends(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    async def story() -> None:
        async with listening(ends) as port, transport() as made:
            with pytest.raises(httpx.RemoteProtocolError):
                await call(made, f"http://localhost:{port}/")

    run(story())


def test_a_header_that_would_begin_a_request_of_its_own_is_not_sent() -> None:
    async def story() -> None:
        server = Server()
        async with listening(server.serve) as port, transport() as made:
            smuggled = {"X-Name": "a\r\n\r\nGET / HTTP/1.1"}
            url = f"http://localhost:{port}/"
            request = httpx.Request("POST", url, content=b"{}", headers=smuggled, extensions=LONG)
            with pytest.raises(httpx.LocalProtocolError):
                await made.handle_async_request(request)
            assert await call(made, url) == b"{}"
        assert server.requests == 1

    run(story())


def test_a_late_answer_to_a_call_that_was_given_up_is_for_nobody() -> None:
    async def story() -> None:
        has_asked, is_given_up = asyncio.Event(), asyncio.Event()

        async def late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(2)
            if not is_given_up.is_set():
                has_asked.set()
                await is_given_up.wait()
                writer.write(OTHER)
            else:
                writer.write(WHOLE)
            await reader.read()

        async with listening(late) as port, transport() as made:
            url = f"http://localhost:{port}/"
            given_up = asyncio.create_task(call(made, url))
            await has_asked.wait()
            given_up.cancel()
            with pytest.raises(asyncio.CancelledError):
                await given_up
            is_given_up.set()
            assert await call(made, url) == b"first"

    run(story())


def test_who_refuses_a_large_body_before_all_of_it_came_is_heard() -> None:
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\nConnection: close\r\n\r\nless"

    async def story() -> None:
        is_over = asyncio.Event()

        async def strict(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(refusal)
            with contextlib.suppress(ConnectionError):
                await reader.read()
            is_over.set()

        async with listening(strict) as port:
            async with transport() as made:
                body = bytes(8 * UNREAD_BYTES_MAX)
                assert await call(made, f"http://localhost:{port}/", body) == b"less"
            await is_over.wait()

    run(story())


def test_https_checks_the_certificate_and_the_name(tmp_path: Path) -> None:
    mine, trusting = certificate_for("localhost", tmp_path / "mine")
    theirs, _ = certificate_for("other.example", tmp_path / "theirs")

    async def story() -> None:
        server = Server()
        async with listening(server.serve, mine) as port, transport(trusting) as made:
            for _ in range(2):
                assert await call(made, f"https://localhost:{port}/") == b"{}"
            assert server.connections == 1
        for context in (mine, theirs):
            async with listening(server.serve, context) as port, transport() as made:
                with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                    await call(made, f"https://localhost:{port}/")
        assert server.requests == 2

    run(story())


def test_an_address_without_http_is_refused() -> None:
    async def story() -> None:
        async with transport() as made:
            with pytest.raises(httpx.UnsupportedProtocol, match="ftp"):
                await call(made, "ftp://localhost/")

    run(story())


def certificate_for(host: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The context of a server with a certificate of its own, and one of a client that trusts it."""
    folder.mkdir()
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    public = folder / "certificate.pem"
    public.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    private = folder / "key.pem"
    private.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(public, private)
    return server, ssl.create_default_context(cafile=str(public))
