"""Taking the body of a request in as a file: who may, how much, how slowly, how many at a time.

The body is the file itself. `Content-Type` is its declared type, `Content-Disposition` may carry
its name (RFC 6266). What is not taken is answered as a problem document (RFC 9457).
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack
from email.message import Message
from functools import partial
from typing import Any, Final, NamedTuple, Protocol, TypeVar
from urllib.parse import parse_qs

import msgspec
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from api.authentication import Authenticator, Principal, bearer_token
from api.errors import MethodRefused, RequestRefused, Unauthenticated
from api.media.refusals import FileTooLarge, TooManyUploads, UploadTooSlow
from api.request_body import header
from api.responses import respond
from api.rest.errors import PROBLEM_JSON, InternalFailure, TooManyRequests, problem_of
from api.rest.rate_limit import RateLimit
from domain.errors import HubError, InvalidInput, NotFound
from domain.ports.media_inspector import FILE_BYTES_MAX
from domain.scopes import Scope as AccessScope
from domain.sendable_files import SENDABLE, kind_of_type, readable_size
from infrastructure.media.inspection.file_types import bare_type
from infrastructure.telemetry.logs import current_tenant
from infrastructure.telemetry.tracing import span

PATIENCE_S: Final = 10.0
SILENCE_S: Final = 30.0
SLOWEST_BYTES_PER_S: Final = 16_384
"""A file that comes more slowly than this, after a first silence, gives its place to others."""

_BUFFER_BYTES: Final = 256 * 1024
_OCTETS: Final = "application/octet-stream"

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
Taken_co = TypeVar("Taken_co", covariant=True)


class Intake(Protocol[Taken_co]):
    """A place for one file. Its methods wait for disk, processes and other systems."""

    @property
    def size(self) -> int:
        """How many bytes have come so far."""
        ...

    def write(self, data: bytes) -> None:
        """Take the next bytes in."""
        ...

    def finish(self) -> Taken_co:
        """Do what the file was brought for, now that it is whole."""
        ...


class Arrival(NamedTuple):
    """A request that brings a file, of somebody who may bring it. Nothing of the file is read."""

    principal: Principal
    scope: Scope
    receive: Receive
    traceparent: str | None

    @property
    def declared_type(self) -> str:
        """What the file is said to be."""
        return bare_type(header(self.scope["headers"], b"content-type")) or _OCTETS

    @property
    def name(self) -> str | None:
        """What the file is called, if that is said."""
        return file_name_of(header(self.scope["headers"], b"content-disposition"))

    def parameter(self, name: str) -> str:
        """The value of a parameter of the address; empty without one."""
        query: bytes = self.scope["query_string"]
        return parse_qs(query.decode("latin-1")).get(name, [""])[0]


class Reception:
    """Takes files in, `at_once` of them at a time, each in a thread of its own."""

    def __init__(
        self, authenticator: Authenticator, rate_limit: RateLimit, *, name: str, at_once: int
    ) -> None:
        self._authenticator = authenticator
        self._rate_limit = rate_limit
        self._name = name
        self._slots = asyncio.Semaphore(at_once)
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=name)

    async def serve(
        self,
        request: tuple[Scope, Receive, Send],
        needs: AccessScope,
        take: Callable[[Arrival], Awaitable[bytes]],
    ) -> None:
        """Serve one request: 201 with the JSON that `take` returns, or a problem document."""
        scope, receive, send = request
        headers = scope["headers"]
        with span(self._name, header(headers, b"traceparent")) as traceparent:
            try:
                _require_post(scope)
                principal = await self._authenticator.authenticate(bearer_token(headers))
                current_tenant.set(str(principal.tenant_id))
                principal.require(needs)
                self._rate_limit.take(principal.token_id)
                content = await take(Arrival(principal, scope, receive, traceparent))
                await respond(send, 201, content, b"application/json")
            except HubError as refusal:
                await _refuse(send, refusal)
            except ClientDisconnect:
                return
            except Exception:  # noqa: BLE001 - logged with its place, masked for the caller
                _log.exception("An upload failed unexpectedly.")
                await _refuse(send, InternalFailure("An internal error occurred."))

    async def take_in(
        self, arrival: Arrival, place: Callable[[], AbstractContextManager[Intake[Answer]]]
    ) -> Answer:
        """Write the file to a place and finish it there.

        Raises FileTooLarge, TooManyUploads, UploadTooSlow, ClientDisconnect, and what the place
        raises.
        """
        bytes_max = most_bytes(arrival.declared_type)
        declared = header(arrival.scope["headers"], b"content-length")
        if declared is not None and declared.isdecimal() and int(declared) > bytes_max:
            raise _too_large(bytes_max)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._slots.acquire()
        except TimeoutError:
            raise TooManyUploads("Too many files are being brought at this moment.") from None
        try:
            with ExitStack() as stack:
                intake = await self._run(lambda: stack.enter_context(place()))
                await self._write(intake, arrival.receive, bytes_max)
                return await self._run(intake.finish)
        finally:
            self._slots.release()

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _write(self, intake: Intake[Any], receive: Receive, bytes_max: int) -> None:
        buffer = bytearray()
        began_at = time.monotonic()
        while True:
            try:
                async with asyncio.timeout(SILENCE_S):
                    message = await receive()
            except TimeoutError:
                raise UploadTooSlow("No bytes came for a while.") from None
            if message["type"] != "http.request":
                raise ClientDisconnect
            buffer += message.get("body", b"")
            came = intake.size + len(buffer)
            if time.monotonic() - began_at > SILENCE_S + came / SLOWEST_BYTES_PER_S:
                raise UploadTooSlow("The bytes of the file come too slowly.")
            if came > bytes_max:
                raise _too_large(bytes_max)
            has_more = message.get("more_body", False)
            if len(buffer) >= _BUFFER_BYTES or (buffer and not has_more):
                await self._run(partial(intake.write, bytes(buffer)))
                buffer.clear()
            if not has_more:
                return

    async def _run(self, function: Callable[[], Answer]) -> Answer:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, function)


def _require_post(scope: Scope) -> None:
    if scope["method"] != "POST":
        raise MethodRefused("This method is not served at this path.")


def most_bytes(declared_type: str) -> int:
    """Return how many bytes are read of a file that is declared like this."""
    kind = kind_of_type(declared_type)
    return FILE_BYTES_MAX if kind is None else SENDABLE[kind].bytes_max


def file_name_of(disposition: str | None) -> str | None:
    """Return the name in a Content-Disposition, in either of its writings (RFC 6266)."""
    if disposition is None:
        return None
    message = Message()
    try:
        # Browsers put UTF-8 where the standard wants ASCII.
        message["content-disposition"] = disposition.encode("latin-1").decode("utf-8", "replace")
        return message.get_filename()
    except (ValueError, LookupError):
        return None


def _too_large(bytes_max: int) -> FileTooLarge:
    return FileTooLarge(
        f"The file is too large: at most {readable_size(bytes_max)} are taken of this type."
    )


async def _refuse(send: Send, refusal: HubError) -> None:
    problem = problem_of(refusal)
    headers = list(refusal.headers) if isinstance(refusal, RequestRefused) else []
    if isinstance(refusal, TooManyRequests):
        headers.append((b"retry-after", str(refusal.retry_after_s).encode()))
    elif isinstance(refusal, Unauthenticated):
        headers.append((b"www-authenticate", b'Bearer realm="lawyers-hub"'))
    elif problem.status == 503:  # noqa: PLR2004 - service unavailable
        headers.append((b"retry-after", b"5"))
    if (
        not isinstance(refusal, InvalidInput | NotFound)
        and (b"connection", b"close") not in headers
    ):
        # What is left of the file is not waited for.
        headers.append((b"connection", b"close"))
    body = msgspec.json.encode(problem)
    await respond(send, problem.status, body, PROBLEM_JSON.encode(), headers)
