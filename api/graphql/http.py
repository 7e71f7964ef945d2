"""GraphQL over HTTP: queries by POST or GET, mutations by POST, GraphiQL in dev.

Follows the GraphQL over HTTP specification: `application/graphql-response+json` answers with 400
where nothing was executed, `application/json` (the default) with 200.
"""

from collections.abc import Mapping
from http import HTTPStatus
from time import perf_counter
from typing import Any, Final
from urllib.parse import parse_qsl

import orjson
from graphql import OperationType
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from api.authentication import Authenticator, Principal, bearer_token
from api.errors import (
    BatchRefused,
    BodyTooLarge,
    ContentTypeRefused,
    MethodRefused,
    MutationByGet,
    NotAcceptable,
    NotJson,
    RequestRefused,
    SubscriptionByHttp,
    TokenMissing,
    Unauthenticated,
)
from api.graphql.context import RequestContext, RequestContextFactory
from api.graphql.errors import formatted_refusal
from api.graphql.graphiql import GRAPHIQL_HEADERS, graphiql_page
from api.graphql.operation import (
    OperationAnswer,
    OperationCache,
    OperationRefused,
    OperationRequest,
    PreparedOperation,
    refused_answer,
    run_operation,
)
from api.request_body import header, read_body
from api.responses import respond
from domain.errors import HubError
from infrastructure.telemetry.logs import current_tenant
from infrastructure.telemetry.metrics import GRAPHQL_SECONDS
from infrastructure.telemetry.tracing import span

GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
JSON: Final = "application/json"
_HTML: Final = "text/html"
_URL_BYTES_MAX: Final = 16_384
_LATER: Final = ((b"retry-after", b"5"),)
_CHALLENGE: Final = ((b"www-authenticate", b'Bearer realm="lawyers-hub"'),)


class GraphQLEndpoint:
    """The ASGI endpoint of `/graphql` for HTTP."""

    def __init__(
        self,
        cache: OperationCache,
        authenticator: Authenticator,
        contexts: RequestContextFactory,
        *,
        body_bytes_max: int,
        timeout_s: float,
        has_console: bool,
    ) -> None:
        self._cache = cache
        self._authenticator = authenticator
        self._contexts = contexts
        self._body_bytes_max = body_bytes_max
        self._timeout_s = timeout_s
        self._has_console = has_console

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = scope["headers"]
        traceparent = header(headers, b"traceparent")
        accepted = header(headers, b"accept")
        if self._wants_console(scope, accepted):
            await respond(send, 200, graphiql_page(), b"text/html; charset=utf-8", GRAPHIQL_HEADERS)
            return
        media_type = JSON
        with span("graphql", traceparent):
            try:
                media_type = chosen_media_type(accepted)
                answer = await self._answer(scope, receive)
            except ClientDisconnect:
                return
            except (RequestRefused, Unauthenticated) as refusal:
                extra = refusal.headers if isinstance(refusal, RequestRefused) else _CHALLENGE
                body = {"errors": [formatted_refusal(refusal)]}
                await self._send(send, refusal.status, body, media_type, extra)
                return
            except HubError as refusal:
                body = {"errors": [formatted_refusal(refusal)]}
                await self._send(send, 503, body, media_type, _LATER)
                return
        is_bad = answer.is_refused and media_type == GRAPHQL_RESPONSE
        await self._send(send, 400 if is_bad else 200, answer.body, media_type)

    async def _answer(self, scope: Scope, receive: Receive) -> OperationAnswer:
        token = bearer_token(scope["headers"])
        principal: Principal | None = None
        if token is not None or not self._has_console:
            principal = await self._authenticator.authenticate(token)
            current_tenant.set(str(principal.tenant_id))
        request = await self._read(scope, receive)
        try:
            prepared = self._cache.prepare(request)
        except OperationRefused as refused:
            if principal is None:
                raise _missing() from refused
            return refused_answer(refused)
        if prepared.kind is OperationType.SUBSCRIPTION:
            raise SubscriptionByHttp("Subscriptions are not served over HTTP.")
        if prepared.kind is OperationType.MUTATION and scope["method"] != "POST":
            raise MutationByGet("A mutation cannot be sent with GET.")
        if principal is None and not prepared.is_introspection:
            raise _missing()
        return await self._run(prepared, request, self._contexts.context(principal))

    async def _run(
        self, prepared: PreparedOperation, request: OperationRequest, context: RequestContext
    ) -> OperationAnswer:
        started = perf_counter()
        try:
            return await run_operation(
                self._cache, prepared, request, context, timeout_s=self._timeout_s
            )
        finally:
            GRAPHQL_SECONDS.labels(prepared.kind.value).observe(perf_counter() - started)

    async def _read(self, scope: Scope, receive: Receive) -> OperationRequest:
        if scope["method"] == "GET":
            return _request_of_url(scope["query_string"])
        if scope["method"] != "POST":
            raise MethodRefused(f"The method {scope['method']} is not served here.")
        content_type = (header(scope["headers"], b"content-type") or "").lower()
        if content_type.split(";", 1)[0].strip() != JSON:
            raise ContentTypeRefused("The body is not declared as application/json.")
        body = await read_body(receive, scope["headers"], bytes_max=self._body_bytes_max)
        return request_of_json(decoded(body))

    def _wants_console(self, scope: Scope, accepted: str | None) -> bool:
        return self._has_console and scope["method"] == "GET" and _HTML in (accepted or "")

    async def _send(
        self,
        send: Send,
        status: int,
        body: Mapping[str, Any],
        media_type: str,
        headers: tuple[tuple[bytes, bytes], ...] = (),
    ) -> None:
        encoded = orjson.dumps(body)
        content_type = f"{media_type}; charset=utf-8".encode("ascii")
        await respond(send, HTTPStatus(status), encoded, content_type, headers)


def chosen_media_type(accepted: str | None) -> str:
    """Return the media type of the answer. Raises NotAcceptable.

    The order of the client decides; without a wish it is application/json.
    """
    if accepted is None or not accepted.strip():
        return JSON
    for part in accepted.split(","):
        wanted = part.split(";", 1)[0].strip().lower()
        if wanted in {GRAPHQL_RESPONSE, JSON}:
            return wanted
        if wanted in {"*/*", "application/*"}:
            return JSON
    raise NotAcceptable("The client accepts neither of the media types that are served here.")


def decoded(text: bytes | str) -> Any:
    """Return the value of a JSON text. Raises NotJson, also for JSON nested too deeply."""
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NotJson("The request is not JSON that can be read.") from error


def request_of_json(value: Any) -> OperationRequest:
    """Return the operation that a JSON value asks for. Raises RequestRefused."""
    if isinstance(value, list):
        raise BatchRefused("Several operations in one request are not accepted.")
    if not isinstance(value, dict):
        raise RequestRefused("The request must be a JSON object with the key query.")
    query, variables = value.get("query"), value.get("variables")
    name, extensions = value.get("operationName"), value.get("extensions")
    if not isinstance(query, str) or not query:
        raise RequestRefused("`query` must be a text that holds a GraphQL document.")
    if variables is not None and not isinstance(variables, dict):
        raise RequestRefused("`variables` must be an object.")
    if name is not None and not isinstance(name, str):
        raise RequestRefused("`operationName` must be a text.")
    if extensions is not None and not isinstance(extensions, dict):
        raise RequestRefused("`extensions` must be an object.")
    return OperationRequest(query=query, variables=variables or {}, operation_name=name or None)


def _request_of_url(query_string: bytes) -> OperationRequest:
    if len(query_string) > _URL_BYTES_MAX:
        raise BodyTooLarge("The address is too long; send the operation with POST.")
    given: dict[str, Any] = dict(parse_qsl(query_string.decode("latin-1"), keep_blank_values=True))
    for name in ("variables", "extensions"):
        if given.get(name):
            given[name] = decoded(given[name])
    return request_of_json({name: value or None for name, value in given.items()})


def _missing() -> TokenMissing:
    return TokenMissing("The request has no access token.")
