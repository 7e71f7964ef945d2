"""`/webhooks/whatsapp`: Meta's handshake and notifications.

A notification is answered with 200 only after its raw body is durable in PostgreSQL. Nothing of it
is parsed before its signature was found to be right. The gateway asks PostgreSQL and nobody else.
"""

import hmac
import re
from time import perf_counter
from typing import Final, Protocol
from urllib.parse import parse_qsl

import orjson
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope, Send

from api.errors import BodyTooLarge
from api.request_body import header, read_body
from api.responses import respond
from api.webhook.app_secrets import AppSecrets
from api.webhook.envelope import reason_to_ignore
from domain.errors import HubError
from infrastructure.failpoints import failpoint
from infrastructure.firm_setup import DEFAULT_APP
from infrastructure.telemetry.metrics import (
    WEBHOOK_ACK_SECONDS,
    WEBHOOK_IGNORED,
    WEBHOOK_REQUESTS,
)
from infrastructure.telemetry.tracing import span
from infrastructure.whatsapp.decoding import NotJson
from infrastructure.whatsapp.signature import AppSecret, verify

CHALLENGE_CHARACTERS_MAX: Final = 512
_RETRY_AFTER_S: Final = b"5"
_APP_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_JSON: Final = b"application/json"
_TEXT: Final = b"text/plain; charset=utf-8"
_ACCEPTED: Final[Message] = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-length", b"0")],
}
_NOTHING_MORE: Final[Message] = {"type": "http.response.body", "body": b""}
_METRIC_OF_STATUS: Final = {
    status: WEBHOOK_REQUESTS.labels(str(status)) for status in (200, 400, 401, 413, 503)
}


class Inbox(Protocol):
    """Where notifications are made durable."""

    async def store(self, *, app: str, app_fingerprint: str, body: bytes, traceparent: str) -> int:
        """Return the row's id once it is durable. Raises StoreUnavailable, VaultUnavailable."""
        ...


class WebhookEndpoint:
    """The ASGI endpoint of the gateway."""

    def __init__(self, secrets: AppSecrets, inbox: Inbox, *, body_bytes_max: int) -> None:
        self._secrets = secrets
        self._inbox = inbox
        self._body_bytes_max = body_bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request of Meta."""
        app = scope.get("path_params", {}).get("app", DEFAULT_APP)
        method = scope["method"]
        if _APP_NAME.fullmatch(app) is None:
            await _refuse(send, 404, "UNKNOWN_APP", "No app has this name.")
        elif method == "POST":
            await self._take(app, scope, receive, send)
        elif method == "GET":
            await self._greet(app, scope, send)
        else:
            allow = ((b"allow", b"GET, POST"),)
            await _refuse(send, 405, "METHOD_NOT_ALLOWED", "Use GET or POST.", allow)

    async def _take(self, app: str, scope: Scope, receive: Receive, send: Send) -> None:
        headers = scope["headers"]
        try:
            body = await read_body(receive, headers, bytes_max=self._body_bytes_max)
        except BodyTooLarge as refusal:
            _METRIC_OF_STATUS[413].inc()
            await _refuse(send, 413, refusal.code, refusal.message, refusal.headers)
            return
        except ClientDisconnect:
            return
        started = perf_counter()
        status = await self._outcome(app, header(headers, b"x-hub-signature-256"), body)
        _METRIC_OF_STATUS[status].inc()
        if status == 200:  # noqa: PLR2004 - HTTP
            await send(_ACCEPTED)
            await send(_NOTHING_MORE)
            WEBHOOK_ACK_SECONDS.observe(perf_counter() - started)
        else:
            await _refuse(send, status, *_REFUSALS[status])

    async def _outcome(self, app: str, signature: str | None, body: bytes) -> int:
        """Make the notification durable and return the status of the answer."""
        try:
            signer = await self._signer(app, signature, body)
            if signer is None:
                return 401
            ignored = reason_to_ignore(body)
            if ignored is not None:
                WEBHOOK_IGNORED.labels(ignored).inc()
                return 200
            with span("webhook") as traceparent:
                failpoint("webhook.before_commit")
                await self._inbox.store(
                    app=app, app_fingerprint=signer.name, body=body, traceparent=traceparent
                )
                failpoint("webhook.after_commit")
        except NotJson:
            return 400
        except HubError:
            return 503
        return 200

    async def _signer(self, app: str, signature: str | None, body: bytes) -> AppSecret | None:
        known = self._secrets.at_hand(app) or await self._secrets.of(app)
        signer = verify(body, signature, known.secrets)
        if signer is None:
            newer = await self._secrets.newer(app)
            if newer is not None:
                signer = verify(body, signature, newer.secrets)
        return signer

    async def _greet(self, app: str, scope: Scope, send: Send) -> None:
        """Answer the handshake: the challenge, if the verify token is right."""
        query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        challenge = query.get("hub.challenge", "")
        given = query.get("hub.verify_token", "").encode()
        is_well_formed = (
            query.get("hub.mode") == "subscribe"
            and 0 < len(challenge) <= CHALLENGE_CHARACTERS_MAX
            and bool(given)
        )
        try:
            known = await self._secrets.of(app)
        except HubError:
            await _refuse(send, 503, *_REFUSALS[503])
            return
        is_right = False
        for token in known.verify_tokens:
            is_right |= hmac.compare_digest(token, given)
        if is_well_formed and is_right:
            await respond(send, 200, challenge.encode(), _TEXT)
        else:
            await _refuse(send, 403, "FORBIDDEN", "The verify token is not the one of this app.")


_REFUSALS: Final[dict[int, tuple[str, str, tuple[tuple[bytes, bytes], ...]]]] = {
    400: ("NOT_JSON", "The body is not JSON.", ()),
    401: ("BAD_SIGNATURE", "X-Hub-Signature-256 is missing or does not fit the body.", ()),
    503: (
        "STORE_UNAVAILABLE",
        "The notification could not be stored. Send it again.",
        ((b"retry-after", _RETRY_AFTER_S),),
    ),
}


async def _refuse(
    send: Send,
    status: int,
    code: str,
    message: str,
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> None:
    body = orjson.dumps({"error": {"code": code, "message": message}})
    await respond(send, status, body, _JSON, headers)
