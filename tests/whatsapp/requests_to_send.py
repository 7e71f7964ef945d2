"""Send requests that tests start from, and what becomes of them."""

from typing import Any

import msgspec
import pytest

from domain.outbound_body import OutboundBody, TextBody
from domain.ports.whatsapp import (
    AccessToken,
    Recipient,
    SendOutcomeUnknown,
    SendRefused,
    SendRequest,
)
from tests.whatsapp.blocking_gateway import BlockingGateway

TOKEN = "EAASimulatorToken0001"
NUMBER = "640021557718839"
PHONE = "+6281210004321"
# Short, so that a test of a silent server is short.
TOTAL_TIMEOUT_S = 2.0
TEXT = "Baik, Bu Ratna. Besok pukul 09.00."


def request(body: OutboundBody | None = None, **changes: Any) -> SendRequest:
    """Return a request to send a text to a contact, with some members changed."""
    whole = SendRequest(
        phone_number_id=NUMBER,
        access_token=AccessToken(TOKEN),
        recipient=Recipient(phone=PHONE),
        body=body if body is not None else TextBody(text=TEXT),
        callback_data="0197b1f0-0000-7000-8000-000000000001.1",
    )
    return msgspec.structs.replace(whole, **changes)


def refusal(gateway: BlockingGateway, **changes: Any) -> SendRefused:
    with pytest.raises(SendRefused) as caught:
        gateway.send(request(**changes))
    return caught.value


def doubt(gateway: BlockingGateway) -> SendOutcomeUnknown:
    with pytest.raises(SendOutcomeUnknown) as caught:
        gateway.send(request())
    return caught.value
