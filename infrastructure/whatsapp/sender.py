"""The Cloud API as the firm's way out to WhatsApp."""

import time
from typing import Final

import httpx

from domain.ports.whatsapp import SendAccepted, SendOutcomeUnknown, SendRequest, UnknownCause
from infrastructure.async_http_pool import AsyncHttpClientPool
from infrastructure.whatsapp.send_call import Answer, PreparedCall, accepted, failed_call, prepare

CONNECT_TIMEOUT_SECONDS: Final = 2.0
TOTAL_TIMEOUT_SECONDS: Final = 10.0

_ANSWER_BYTES_MAX: Final = 1_048_576


class CloudApiGateway:
    """Sends through Meta's Graph API; implements WhatsAppGateway.

    Makes each call once and never repeats it: the interface has no idempotency key, so only the
    caller, who has written the attempt down, may decide about another one.
    """

    def __init__(
        self,
        clients: AsyncHttpClientPool,
        *,
        graph_url: str,
        graph_version: str,
        connect_timeout_s: float = CONNECT_TIMEOUT_SECONDS,
        total_timeout_s: float = TOTAL_TIMEOUT_SECONDS,
    ) -> None:
        self._clients = clients
        self._graph_url = graph_url
        self._graph_version = graph_version
        self._total_timeout_s = total_timeout_s
        # A short total must leave time for an answer, or every call would be in doubt.
        connect_s = min(connect_timeout_s, total_timeout_s / 2)
        timeout = httpx.Timeout(total_timeout_s - connect_s, connect=connect_s)
        self._timeouts = {"timeout": timeout.as_dict()}

    async def send(self, request: SendRequest) -> SendAccepted:
        """Send a message, once. Raises SendRefused or SendOutcomeUnknown (see the port)."""
        call = prepare(request, graph_url=self._graph_url, graph_version=self._graph_version)
        return accepted(await self._answer(call))

    async def _answer(self, call: PreparedCall) -> Answer:
        request = httpx.Request(
            "POST", call.url, headers=call.headers, content=call.content, extensions=self._timeouts
        )
        try:
            async with self._clients.lend() as transport:
                deadline = time.monotonic() + self._total_timeout_s
                response = await transport.handle_async_request(request)
                try:
                    body = await _body_until(response, deadline)
                finally:
                    await response.aclose()
                return Answer(response.status_code, response.headers, body)
        except httpx.HTTPError as error:
            failure = failed_call(error)
        # Raised here, so that the error of the client, which holds the request, does not tag along.
        raise failure


async def _body_until(response: httpx.Response, deadline: float) -> bytes:
    """Return the whole body. Raises SendOutcomeUnknown if it takes too long or is too large.

    A body that is complete when the time is over is still an answer.
    """
    body = bytearray()
    is_late = False
    async for chunk in response.aiter_bytes():
        if is_late:
            raise SendOutcomeUnknown(
                UnknownCause.NO_ANSWER_IN_TIME, http_status=response.status_code
            )
        body += chunk
        if len(body) > _ANSWER_BYTES_MAX:
            raise SendOutcomeUnknown(
                UnknownCause.ANSWER_UNREADABLE, http_status=response.status_code
            )
        is_late = time.monotonic() > deadline
    return bytes(body)
