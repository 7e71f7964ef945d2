"""Read receipts on the wire: what is asked, and what is made of each answer."""

from collections.abc import Iterator

import pytest

from domain.ports.receipts import ReceiptCall, ReceiptRefused
from domain.ports.whatsapp import AccessToken
from infrastructure.http_pool import HttpClientPool
from infrastructure.whatsapp.receipts import CloudApiReceipts
from tests.whatsapp import scripted_server as scripted
from tests.whatsapp.requests_to_send import NUMBER, TOKEN
from tests.whatsapp.scripted_server import ScriptedServer


@pytest.fixture
def clients() -> Iterator[HttpClientPool]:
    pool = HttpClientPool()
    yield pool
    pool.close()


@pytest.fixture
def receipts(clients: HttpClientPool, server: ScriptedServer) -> CloudApiReceipts:
    return CloudApiReceipts(clients, graph_url=server.url, graph_version="v26.0", timeout_s=10.0)


def call(*, typing: bool = False) -> ReceiptCall:
    return ReceiptCall(
        phone_number_id=NUMBER, access_token=AccessToken(TOKEN), wamid="wamid.A+/=", typing=typing
    )


@pytest.mark.parametrize("typing", [False, True])
def test_a_receipt_is_asked_for_as_meta_documents_it(
    receipts: CloudApiReceipts, server: ScriptedServer, typing: bool
) -> None:
    server.script.append(scripted.answer(200, {"success": True}))
    receipts.show(call(typing=typing))
    (received,) = server.requests
    assert received.line == f"POST /v26.0/{NUMBER}/messages HTTP/1.1"
    assert received.headers["authorization"] == f"Bearer {TOKEN}"
    expected = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.A+/="}
    if typing:
        expected |= {"typing_indicator": {"type": "text"}}  # type: ignore[dict-item]
    assert received.json == expected


@pytest.mark.parametrize(
    ("answer", "is_temporary"),
    [
        (scripted.refused(131000), True),
        (scripted.refused(130429), True),
        (scripted.refused(131009), False),
        (scripted.refused(190), False),
        (scripted.answer(503, b""), True),
        (scripted.answer(200, b"<html>"), False),
        (scripted.closed(), True),
    ],
)
def test_a_refusal_says_whether_trying_again_may_help(
    receipts: CloudApiReceipts,
    server: ScriptedServer,
    answer: scripted.Behaviour,
    is_temporary: bool,
) -> None:
    server.script.append(answer)
    with pytest.raises(ReceiptRefused) as caught:
        receipts.show(call())
    assert caught.value.is_temporary is is_temporary
    assert caught.value.words
    assert "wamid" not in str(caught.value)
