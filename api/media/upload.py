"""`POST /media?conversation=<id>`: a file to be sent, taken in as a stream.

The body is the file itself. `Content-Type` is its declared type, `Content-Disposition` may carry
its name (RFC 6266). The answer tells the id under which messages attach it, or why it was refused.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from email.message import Message
from typing import Any, Final
from urllib.parse import parse_qs

import msgspec
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from api.authentication import Authenticator, Principal, bearer_token
from api.errors import MethodRefused, RequestRefused, Unauthenticated
from api.graphql.commands import VISIBLE_WITHIN_S
from api.graphql.context import Services
from api.graphql.ids import global_id, identifier_of, uuid_of
from api.media.intake import Bringing, FileIntake, UploadedFile, file_intake
from api.media.refusals import FileTooLarge, TooManyUploads, UploadTooSlow
from api.request_body import header
from api.responses import respond
from api.rest.errors import PROBLEM_JSON, InternalFailure, TooManyRequests, problem_of
from api.rest.rate_limit import RateLimit
from domain.errors import HubError, InvalidInput, NotFound
from domain.identity import ContactId, ConversationId
from domain.ports.media_inspector import FILE_BYTES_MAX
from domain.scopes import Scope as AccessScope
from domain.sendable_files import SENDABLE, kind_of_type, readable_size
from infrastructure.media.inspection.file_types import bare_type
from infrastructure.media.object_store import ObjectStore
from infrastructure.media.workshop import Workshop
from infrastructure.telemetry.logs import current_tenant
from infrastructure.telemetry.tracing import span
from projections.inbox_queries import conversations_by_id

PATH: Final = "/media"
AT_ONCE: Final = 4
"""Files that one process takes in at a time: each may keep a processor busy for a while."""

PATIENCE_S: Final = 10.0
SILENCE_S: Final = 30.0
SLOWEST_BYTES_PER_S: Final = 16_384
"""A file that comes more slowly than this, after a first silence, gives its place to others."""

_BUFFER_BYTES: Final = 256 * 1024
_OCTETS: Final = "application/octet-stream"

_log = logging.getLogger(__name__)


class UploadAnswer(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A file that was kept. `id` is what `mediaId` of a message names."""

    id: str
    kind: str
    content_type: str
    size_bytes: int
    file_name: str


class UploadEndpoint:
    """Takes files in: 201 when kept, a problem document (RFC 9457) when not."""

    def __init__(
        self,
        services: Services,
        authenticator: Authenticator,
        rate_limit: RateLimit,
        *,
        stores: Callable[[], tuple[Workshop, ObjectStore]],
    ) -> None:
        self._services = services
        self._authenticator = authenticator
        self._rate_limit = rate_limit
        self._open_stores = stores
        self._stores: tuple[Workshop, ObjectStore] | None = None
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="upload")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        headers = scope["headers"]
        with span("upload", header(headers, b"traceparent")) as traceparent:
            try:
                _require_post(scope)
                principal = await self._authenticator.authenticate(bearer_token(headers))
                current_tenant.set(str(principal.tenant_id))
                principal.require(AccessScope.MEDIA_UPLOAD)
                self._rate_limit.take(principal.token_id)
                by = await self._bringing(scope, principal, traceparent)
                found = await self._taken_in(by, headers, receive)
                await self._answer(send, principal, found)
            except HubError as refusal:
                await _refuse(send, refusal)
            except ClientDisconnect:
                return
            except Exception:  # noqa: BLE001 - logged with its place, masked for the caller
                _log.exception("An upload failed unexpectedly.")
                await _refuse(send, InternalFailure("An internal error occurred."))

    def close(self) -> None:
        """Let the threads end."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    async def _bringing(
        self, scope: Scope, principal: Principal, traceparent: str | None
    ) -> Bringing:
        """For whom the file is. Raises InvalidInput and NotFound."""
        wanted = parse_qs(scope["query_string"].decode("latin-1")).get("conversation", [""])[0]
        key = uuid_of(wanted) or identifier_of(wanted, "Conversation", field=("conversation",))
        query = conversations_by_id(principal.tenant_id, [key])
        row = await self._services.read_models.read(
            principal.tenant_id, lambda reading: reading.first(query)
        )
        if row is None:
            raise NotFound("There is no conversation with this id.")
        headers = scope["headers"]
        return Bringing(
            principal=principal,
            conversation_id=ConversationId(row.conversation_id),
            contact_id=ContactId(row.contact_id),
            declared_type=bare_type(header(headers, b"content-type")) or _OCTETS,
            name=file_name_of(header(headers, b"content-disposition")),
            traceparent=traceparent,
        )

    async def _taken_in(self, by: Bringing, headers: Any, receive: Receive) -> UploadedFile:
        bytes_max = most_bytes(by.declared_type)
        declared = header(headers, b"content-length")
        if declared is not None and declared.isdecimal() and int(declared) > bytes_max:
            raise _too_large(bytes_max)
        try:
            async with asyncio.timeout(PATIENCE_S):
                await self._slots.acquire()
        except TimeoutError:
            raise TooManyUploads("Too many files are being brought at this moment.") from None
        try:
            with ExitStack() as stack:
                workshop, objects = await self._run(self._opened_stores)
                place = file_intake(self._services, workshop, objects, by)
                intake = await self._run(stack.enter_context, place)
                await self._write(intake, receive, bytes_max)
                found: UploadedFile = await self._run(intake.finish)
                return found
        finally:
            self._slots.release()

    async def _write(self, intake: FileIntake, receive: Receive, bytes_max: int) -> None:
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
                await self._run(intake.write, bytes(buffer))
                buffer.clear()
            if not has_more:
                return

    async def _answer(self, send: Send, principal: Principal, found: UploadedFile) -> None:
        await self._services.horizon.reached(
            principal.tenant_id, found.seq, timeout_s=VISIBLE_WITHIN_S
        )
        answer = UploadAnswer(
            id=str(global_id("MediaFile", found.media_id)),
            kind=found.kind,
            content_type=found.content_type,
            size_bytes=found.size_bytes,
            file_name=found.file_name,
        )
        await respond(send, 201, msgspec.json.encode(answer), b"application/json")

    async def _run(self, function: Callable[..., Any], *arguments: Any) -> Any:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, function, *arguments)

    def _opened_stores(self) -> tuple[Workshop, ObjectStore]:
        if self._stores is None:
            self._stores = self._open_stores()
        return self._stores


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
