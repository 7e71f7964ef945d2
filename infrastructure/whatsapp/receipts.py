"""Read receipts and signs of writing through Meta's Graph API (reference, 7.1)."""

from typing import Final
from urllib.parse import quote

import httpx

from domain.ports.receipts import ReceiptCall, ReceiptRefused
from domain.ports.whatsapp import SendErrorClass
from infrastructure.http_pool import HttpClientPool
from infrastructure.whatsapp.decoding import JsonObject, NotJson, as_json, decode
from infrastructure.whatsapp.errors import rule_for
from infrastructure.whatsapp.members import as_object, flag, integer

TIMEOUT_SECONDS: Final = 5.0

_TEMPORARY: Final = frozenset(
    {
        SendErrorClass.TRANSIENT,
        SendErrorClass.NUMBER_THROTTLED,
        SendErrorClass.PAIR_THROTTLED,
        SendErrorClass.ACCOUNT_THROTTLED,
    }
)
_STATUS_SERVER_ERROR: Final = 500


class CloudApiReceipts:
    """Shows receipts at Meta; implements ReceiptGateway."""

    def __init__(
        self,
        clients: HttpClientPool,
        *,
        graph_url: str,
        graph_version: str,
        timeout_s: float = TIMEOUT_SECONDS,
    ) -> None:
        self._clients = clients
        self._graph_url = graph_url
        self._graph_version = graph_version
        self._timeout_s = timeout_s

    def show(self, call: ReceiptCall) -> None:
        """Mark a message as read. Raises ReceiptRefused."""
        base = (call.graph_url or self._graph_url).rstrip("/")
        number = quote(call.phone_number_id, safe="")
        members: JsonObject = {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": call.wamid,
        }
        if call.typing:
            members["typing_indicator"] = {"type": "text"}
        try:
            with self._clients.lend() as client:
                response = client.post(
                    f"{base}/{self._graph_version}/{number}/messages",
                    content=as_json(members),
                    headers={
                        "Authorization": f"Bearer {call.access_token.reveal()}",
                        "Content-Type": "application/json",
                    },
                    timeout=self._timeout_s,
                )
            status, body = response.status_code, response.content
        except (httpx.HTTPError, httpx.InvalidURL, ValueError):
            raise ReceiptRefused(
                "No answer of the Graph API.",
                next_step="Nothing: it is tried again.",
                is_temporary=True,
            ) from None
        _judge(status, body)


def _judge(status: int, body: bytes) -> None:
    try:
        members = as_object(decode(body))
    except NotJson:
        members = {}
    if flag(members.get("success")):
        return
    code = integer(as_object(members.get("error")).get("code"))
    if code is None:
        raise ReceiptRefused(
            f"The Graph API answered HTTP {status} without a reason.",
            next_step="Check the address of the Graph API.",
            is_temporary=status >= _STATUS_SERVER_ERROR,
        )
    rule = rule_for(code, http_status=status)
    raise ReceiptRefused(
        f"{rule.words} (Meta's code {code})",
        next_step=rule.next_step,
        is_temporary=rule.error_class in _TEMPORARY,
    )
