"""The application behind `/v1`: who asks, how often, what for; every refusal as a problem."""

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar
from uuid import UUID

import msgspec
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from api.authentication import Authenticator, Principal, bearer_token
from api.errors import ContentTypeRefused, MethodRefused, NotJson, Unauthenticated
from api.graphql.commands import VISIBLE_WITHIN_S
from api.graphql.context import Services
from api.graphql.ids import uuid_of
from api.request_body import header, read_body
from api.rest.broadcasts import (
    BODY_BYTES_MAX,
    NewBroadcast,
    request_broadcast,
    requested_broadcast,
)
from api.rest.errors import (
    PROBLEM_JSON,
    IdempotencyKeyMissing,
    InternalFailure,
    TooManyRequests,
    UnknownPath,
    problem_of,
)
from api.rest.messages import NewMessage, request_message, requested_message
from api.rest.openapi import openapi_document
from api.rest.rate_limit import RateLimit
from api.rest.requests import Answered, RestRequest
from domain.errors import HubError, InvalidInput, NotFound
from domain.scopes import Scope
from infrastructure.telemetry.logs import current_tenant
from infrastructure.telemetry.tracing import span

JSON: Final = "application/json"
_ALWAYS: Final = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
_PLACE: Final = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_STEP: Final = re.compile(r"\.([^.\[\]]+)|\[(\d+)\]")

Given = TypeVar("Given", bound=msgspec.Struct)
Answer = Callable[[Request, Principal], Awaitable[Response]]

_log = logging.getLogger(__name__)


class RestSurface:
    """What is answered behind `/v1`."""

    def __init__(
        self,
        services: Services,
        authenticator: Authenticator,
        rate_limit: RateLimit,
        *,
        body_bytes_max: int,
    ) -> None:
        self._services = services
        self._authenticator = authenticator
        self._rate_limit = rate_limit
        self._body_bytes_max = body_bytes_max

    async def post_message(self, request: Request) -> Response:
        """Ask for a message to be sent."""
        return await self._answered(request, self._post_message)

    async def get_message(self, request: Request) -> Response:
        """Tell where a requested message stands."""
        return await self._answered(request, self._get_message)

    async def _post_message(self, request: Request, principal: Principal) -> Response:
        principal.require(Scope.DRAFTS_PROPOSE)
        given = await self._given(request, NewMessage)
        asked = RestRequest("POST /v1/messages", _key_of(request), given)
        run = self._services.read_models.run
        answered: Answered = await run(request_message, self._services, principal, asked, given)
        return await self._accepted(principal, answered, "messages")

    async def _get_message(self, request: Request, principal: Principal) -> Response:
        principal.require(Scope.DRAFTS_PROPOSE)
        key = _id_of(request, "message")
        found = await self._services.read_models.read(
            principal.tenant_id, lambda reading: requested_message(reading, key)
        )
        return _json(msgspec.json.encode(found), 200)

    async def post_broadcast(self, request: Request) -> Response:
        """Ask for a broadcast."""
        return await self._answered(request, self._post_broadcast)

    async def get_broadcast(self, request: Request) -> Response:
        """Tell where a requested broadcast stands."""
        return await self._answered(request, self._get_broadcast)

    async def _post_broadcast(self, request: Request, principal: Principal) -> Response:
        principal.require(Scope.BROADCASTS_PROPOSE)
        given = await self._given(request, NewBroadcast, bytes_max=BODY_BYTES_MAX)
        asked = RestRequest("POST /v1/broadcasts", _key_of(request), given)
        run = self._services.read_models.run
        answered: Answered = await run(request_broadcast, self._services, principal, asked, given)
        return await self._accepted(principal, answered, "broadcasts")

    async def _get_broadcast(self, request: Request, principal: Principal) -> Response:
        principal.require(Scope.BROADCASTS_PROPOSE)
        key = _id_of(request, "broadcast")
        found = await self._services.read_models.read(
            principal.tenant_id, lambda reading: requested_broadcast(reading, principal, key)
        )
        return _json(msgspec.json.encode(found), 200)

    async def _accepted(self, principal: Principal, answered: Answered, kind: str) -> Response:
        """Answer 202 once the read models show what was asked for."""
        if answered.seq is not None:
            await self._services.horizon.reached(
                principal.tenant_id, answered.seq, timeout_s=VISIBLE_WITHIN_S
            )
        number = msgspec.json.decode(answered.body)["id"]
        headers = {"location": f"/v1/{kind}/{number}"}
        if answered.is_repeated:
            headers["idempotent-replayed"] = "true"
        return _json(answered.body, 202, headers)

    async def _given(self, request: Request, kind: type[Given], *, bytes_max: int = 0) -> Given:
        headers = request.scope["headers"]
        content_type = (header(headers, b"content-type") or "").lower()
        if content_type.split(";", 1)[0].strip() != JSON:
            raise ContentTypeRefused("The body is not declared as application/json.")
        most = max(bytes_max, self._body_bytes_max)
        body = await read_body(request.receive, headers, bytes_max=most)
        return read_json(body, kind)

    async def _answered(self, request: Request, answer: Answer) -> Response:
        with span("rest", request.headers.get("traceparent")):
            try:
                token = bearer_token(request.scope["headers"])
                principal = await self._authenticator.authenticate(token)
                current_tenant.set(str(principal.tenant_id))
                self._rate_limit.take(principal.token_id)
                return await answer(request, principal)
            except HubError as refusal:
                return _refused(refusal)
            except ClientDisconnect:
                return Response(status_code=400)
            except Exception:  # noqa: BLE001 - logged with its place, masked for the caller
                _log.exception("A request failed unexpectedly.")
                return _refused(InternalFailure("An internal error occurred."))


def rest_application(
    services: Services,
    authenticator: Authenticator,
    rate_limit: RateLimit,
    *,
    body_bytes_max: int,
) -> FastAPI:
    """Return the application that is mounted at `/v1`."""
    surface = RestSurface(services, authenticator, rate_limit, body_bytes_max=body_bytes_max)
    application = FastAPI(title="Lawyers-Hub", docs_url=None, redoc_url=None, openapi_url=None)
    application.add_api_route(
        "/messages", surface.post_message, methods=["POST"], response_class=Response
    )
    application.add_api_route(
        "/messages/{key}", surface.get_message, methods=["GET"], response_class=Response
    )
    application.add_api_route(
        "/broadcasts", surface.post_broadcast, methods=["POST"], response_class=Response
    )
    application.add_api_route(
        "/broadcasts/{key}", surface.get_broadcast, methods=["GET"], response_class=Response
    )
    application.add_api_route("/openapi.json", _openapi, response_class=Response)
    application.add_exception_handler(HTTPException, _not_served)
    return application


def read_json(body: bytes, kind: type[Given]) -> Given:
    """Return the body as what it must be. Raises NotJson, and InvalidInput with the place."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        words = str(error)
        found = _PLACE.search(words)
        path = "" if found is None else found["path"]
        raise InvalidInput(
            f"{words[: found.start()] if found else words}.",
            field=tuple(name or number for name, number in _STEP.findall(path)),
            hint="GET /v1/openapi.json describes what is accepted.",
        ) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise NotJson("The body is not JSON that can be read.") from error


def _key_of(request: Request) -> str:
    key = request.headers.get("idempotency-key")
    if key is None:
        raise IdempotencyKeyMissing("The request has no Idempotency-Key.")
    return key


def _id_of(request: Request, noun: str) -> UUID:
    key = uuid_of(request.path_params["key"])
    if key is None:
        raise NotFound(f"There is no requested {noun} with this id.")
    return key


def _json(body: bytes, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(body, status, _ALWAYS | (headers or {}), media_type=JSON)


def _refused(refusal: HubError) -> Response:
    problem = problem_of(refusal)
    headers = dict(_ALWAYS)
    if isinstance(refusal, TooManyRequests):
        headers["retry-after"] = str(refusal.retry_after_s)
    elif isinstance(refusal, Unauthenticated):
        headers["www-authenticate"] = 'Bearer realm="lawyers-hub"'
    elif problem.status == 503:  # noqa: PLR2004 - service unavailable
        headers["retry-after"] = "5"
    body = msgspec.json.encode(problem)
    return Response(body, problem.status, headers, media_type=PROBLEM_JSON)


async def _openapi(_request: Request) -> Response:
    return _json(msgspec.json.encode(openapi_document()), 200)


async def _not_served(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    if status == MethodRefused.status:
        return _refused(MethodRefused("This method is not served at this path."))
    return _refused(UnknownPath("Nothing is served at this path."))
