"""What every Graph API request goes through: version, token, permission, and error answers."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from infrastructure.simulator.accounts import PhoneNumber, Waba
from infrastructure.simulator.configuration import TokenConfig
from infrastructure.simulator.errors import GraphError, unknown_object
from infrastructure.simulator.simulator import Simulator

CURRENT_VERSION = "v26.0"
KNOWN_VERSIONS = ("v21.0", "v22.0", "v23.0", "v24.0", "v25.0", CURRENT_VERSION)

TOKEN_MISSING = 0
TOKEN_INVALID = 190
PERMISSION_DENIED = 10
MANAGEMENT_DENIED = 200
VERSION_UNKNOWN = 2635

_SCHEMES = frozenset({"bearer", "oauth"})
_CALLS_PER_HOUR_HEADER = "X-Business-Use-Case-Usage"

Handler = Callable[["GraphCall"], Awaitable[Response]]


class GraphCall:
    """One request to the Graph API, already allowed as far as version and token go."""

    def __init__(self, simulator: Simulator, request: Request, token: TokenConfig) -> None:
        self.simulator = simulator
        self.request = request
        self.token = token
        self.usage: str | None = None

    @property
    def node_id(self) -> str:
        """The id in the path."""
        return str(self.request.path_params["node"])

    def number(self, scope: str) -> PhoneNumber:
        """The phone number of the path, if the token may use it. Raises GraphError."""
        number = self.simulator.accounts.numbers.get(self.node_id)
        if number is None or not self.reaches(number.waba_id):
            raise unknown_object(self.node_id)
        self.need(scope, PERMISSION_DENIED)
        return number

    def waba(self, scope: str) -> Waba:
        """The account of the path, if the token may use it. Counts as a management call."""
        waba = self.simulator.accounts.wabas.get(self.node_id)
        if waba is None or not self.reaches(waba.waba_id):
            raise unknown_object(self.node_id)
        self.need(scope, MANAGEMENT_DENIED)
        self.count_management_call(waba.waba_id)
        return waba

    def reaches(self, waba_id: str) -> bool:
        """Whether the token's account list contains the account."""
        return self.token.wabas is None or waba_id in self.token.wabas

    def need(self, scope: str, code: int) -> None:
        """Refuse when the token lacks a permission."""
        if scope not in self.token.scopes:
            raise GraphError(code, f"The token lacks the permission {scope}.")

    def count_management_call(self, waba_id: str) -> None:
        """Spend one of the account's calls per hour."""
        per_cent = self.simulator.limits.take_management_call(
            self.token.app_id, waba_id, self.simulator.clock.now()
        )
        usage = {
            "type": "whatsapp",
            "call_count": per_cent,
            "total_cputime": 1,
            "total_time": 1,
            "estimated_time_to_regain_access": 0,
        }
        self.usage = json.dumps({waba_id: [usage]}, separators=(",", ":"))

    async def json_body(self) -> dict[str, Any]:
        """The request's JSON object. Raises GraphError 100 when it is something else."""
        return parse_object(await self.request.body())

    def answer(self, content: object) -> Response:
        """A 200 answer with the usage header of management calls."""
        headers = {_CALLS_PER_HOUR_HEADER: self.usage} if self.usage is not None else None
        return JSONResponse(msgspec.to_builtins(content), headers=headers)


def parse_object(content: bytes) -> dict[str, Any]:
    """A JSON object out of bytes. Raises GraphError 100 when it is something else."""
    try:
        body = json.loads(content or b"{}")
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise GraphError(100, f"The body is no valid JSON: {error}") from None
    if not isinstance(body, dict):
        raise GraphError(100, "The body must be a JSON object.")
    return body


def graph_endpoint(
    simulator_of: Callable[[Request], Simulator], handler: Handler
) -> Callable[[Request], Awaitable[Response]]:
    """Wrap a handler with version check, authentication and error answers."""

    async def endpoint(request: Request) -> Response:
        simulator = simulator_of(request)
        try:
            check_version(str(request.path_params["version"]))
            token = authenticate(simulator, request)
            return await handler(GraphCall(simulator, request, token))
        except GraphError as error:
            return error_answer(simulator, error)

    return endpoint


def error_answer(simulator: Simulator, error: GraphError) -> Response:
    """The error with its HTTP status and a trace id."""
    return JSONResponse(error.body(simulator.next_trace_id()), status_code=error.kind.http_status)


def check_version(version: str) -> None:
    """Refuse versions that have expired or never existed. Raises GraphError."""
    if version not in KNOWN_VERSIONS:
        raise GraphError(
            VERSION_UNKNOWN,
            f"You are calling a deprecated or unknown version ({version}) of the Graph API. "
            f"The current one is {CURRENT_VERSION}.",
        )


def authenticate(simulator: Simulator, request: Request) -> TokenConfig:
    """The token of the request, if it is valid. Raises GraphError."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    presented = bearer.strip() if scheme.lower() in _SCHEMES else ""
    presented = presented or request.query_params.get("access_token", "")
    if not presented:
        raise GraphError(TOKEN_MISSING, "An access token is required: Authorization: Bearer …")
    token = simulator.accounts.tokens.get(presented)
    if token is None:
        raise GraphError(TOKEN_INVALID, "Invalid OAuth access token - Cannot parse access token")
    if token.expires_at is not None and simulator.clock.now() >= token.expires_at:
        raise GraphError(TOKEN_INVALID, "Error validating access token: Session has expired")
    return token
