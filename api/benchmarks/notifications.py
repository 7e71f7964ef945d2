"""Webhooks of a measurement: signed text messages as Meta sends them, each with its own id."""

import hmac
import itertools
import json
import time
from collections.abc import Iterator
from typing import Final

APP_SECRET: Final = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"  # noqa: S105 - signs made-up messages only
PHONE_NUMBER_ID: Final = "100000000000001"
WABA_ID: Final = "200000000000002"
DISPLAY_PHONE: Final = "+62 21 5550 0100"
PATH: Final = "/webhooks/whatsapp"

_WAMID: Final = "wamid.HBgNNjI4MTIwMDAwMDAwMBUCABIYFjNFQjBC@@@@@@@@AA=="
_TEXT: Final = (
    "Selamat pagi, saya ingin bertanya tentang sertifikat tanah keluarga. Nomor @@@@@@@@."
)
_MARK: Final = "@@@@@@@@"
_PHONE_MARK: Final = "########"


def signature_of(body: bytes) -> str:
    """The header with the signature that Meta would send."""
    return f"sha256={hmac.digest(APP_SECRET.encode(), body, 'sha256').hex()}"


def signed_request(body: bytes, port: int) -> bytes:
    """An HTTP request with the body and the signature that Meta would send."""
    signature = signature_of(body)
    return (
        b"POST %b HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUser-Agent: facebookexternalua\r\n"
        b"Accept: */*\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
        b"X-Hub-Signature-256: %b\r\n\r\n%b"
        % (PATH.encode(), port, len(body), signature.encode(), body)
    )


def text_messages(clients: int, *, first: int = 0) -> Iterator[bytes]:
    """Bodies without end, from so many clients in turn, numbered from `first`."""
    template = _template()
    for number in itertools.count(first):
        phone = b"%08d" % (number % clients)
        mark = b"%08d" % number
        yield template.replace(_PHONE_MARK.encode(), phone).replace(_MARK.encode(), mark)


def number_in(text: str) -> int:
    """The number of the message with this text."""
    return int(text.rpartition(" ")[2].rstrip("."))


def _template() -> bytes:
    phone = f"62812{_PHONE_MARK}"
    message = {
        "from": phone,
        "id": _WAMID,
        "timestamp": str(int(time.time())),
        "text": {"body": _TEXT},
        "type": "text",
    }
    value = {
        "messaging_product": "whatsapp",
        "metadata": {
            "display_phone_number": DISPLAY_PHONE.replace(" ", "").lstrip("+"),
            "phone_number_id": PHONE_NUMBER_ID,
        },
        "contacts": [{"profile": {"name": f"Klien {_PHONE_MARK}"}, "wa_id": phone}],
        "messages": [message],
    }
    entry = {"id": WABA_ID, "changes": [{"value": value, "field": "messages"}]}
    body = {"object": "whatsapp_business_account", "entry": [entry]}
    return json.dumps(body, separators=(",", ":")).encode()
