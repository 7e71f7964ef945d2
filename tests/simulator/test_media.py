"""The life of a file: upload, address, download, deletion."""

import base64
import hashlib
from typing import Any

import httpx
import pytest

from infrastructure.simulator import SimulatorClient
from tests.simulator.configurations import ALL_STATUSES
from tests.simulator.graph_caller import NUMBER, GraphCaller, error_code, wamid_of
from tests.simulator.recording_hub import RecordingHub

DAY = 24 * 3600.0
CONTENT = bytes(range(256)) * 8 + b"\r\n--x\r\n"


async def upload(
    graph: GraphCaller, content: bytes = CONTENT, mime_type: str = "application/pdf", **form: str
) -> httpx.Response:
    return await graph.http.post(
        f"{NUMBER}/media",
        data={"messaging_product": "whatsapp", "type": mime_type, **form},
        files={"file": ("draf.pdf", content, mime_type)},
    )


async def test_an_uploaded_file_is_described_downloaded_and_deleted(
    sim: SimulatorClient, graph: GraphCaller
) -> None:
    media_id = (await upload(graph)).json()["id"]
    described = (await graph.get(media_id, phone_number_id=NUMBER)).json()
    downloaded = await graph.http.get(described["url"])
    deleted = await graph.http.delete(media_id)

    assert described["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    assert described["file_size"] == len(CONTENT)
    assert described["mime_type"] == "application/pdf"
    assert downloaded.content == CONTENT
    assert downloaded.headers["content-type"] == "application/pdf"
    assert deleted.json() == {"success": True}
    assert (await graph.get(media_id)).status_code == 400
    assert (await graph.http.get(described["url"])).status_code == 404


async def test_the_address_needs_the_token_and_lasts_five_minutes(
    sim: SimulatorClient, graph: GraphCaller
) -> None:
    media_id = (await upload(graph)).json()["id"]
    url = (await graph.get(media_id)).json()["url"]
    async with httpx.AsyncClient(trust_env=False) as stranger:
        assert (await stranger.get(url)).status_code == 401
    await sim.clock.advance(299)
    assert (await graph.http.get(url)).status_code == 200
    await sim.clock.advance(2)
    assert (await graph.http.get(url)).status_code == 404
    renewed = (await graph.get(media_id)).json()["url"]
    assert (await graph.http.get(renewed)).status_code == 200
    assert (await graph.http.get(renewed.replace("hash=AR", "hash=AB"))).status_code == 404


async def test_uploads_are_kept_for_thirty_days(sim: SimulatorClient, graph: GraphCaller) -> None:
    media_id = (await upload(graph)).json()["id"]
    await sim.clock.advance(30 * DAY - 1)
    assert (await graph.get(media_id)).status_code == 200
    await sim.clock.advance(2)

    gone = await graph.get(media_id)
    assert (gone.status_code, error_code(gone)) == (400, 100)
    assert gone.json()["error"]["error_subcode"] == 33


async def test_files_of_people_come_with_hash_and_address_and_are_kept_for_seven_days(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    await sim.send_file(ratna, "image", CONTENT, "image/jpeg", caption="Halaman 2")
    await sim.clock.settle()

    image = connected.messages[-1]["image"]
    assert base64.b64decode(image["sha256"]) == hashlib.sha256(CONTENT).digest()
    assert image["caption"] == "Halaman 2"
    assert (await graph.http.get(image["url"])).content == CONTENT
    await sim.clock.advance(301)
    assert (await graph.http.get(image["url"])).status_code == 404
    assert (await graph.get(image["id"])).json()["sha256"] == hashlib.sha256(CONTENT).hexdigest()
    await sim.clock.advance(7 * DAY)
    assert (await graph.get(image["id"])).status_code == 400


@pytest.mark.parametrize(
    ("content", "mime_type"),
    [
        (b"x", "application/x-msdownload"),
        (b"", "application/pdf"),
        (b"x" * (5 * 1024 * 1024 + 1), "image/jpeg"),
        (b"x" * (500 * 1024 + 1), "image/webp"),
    ],
)
async def test_types_and_sizes_that_whatsapp_does_not_take_are_refused(
    sim: SimulatorClient, graph: GraphCaller, content: bytes, mime_type: str
) -> None:
    response = await upload(graph, content, mime_type)

    assert (response.status_code, error_code(response)) == (400, 131053)


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"{}", "application/json"),
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\nwithout header", "multipart/form-data; boundary=x"),
        (b"--x\r\nA: b\r\n\r\nc\r\n--x--", "multipart/form-data; boundary=x"),
        (b"--x--", "multipart/form-data; boundary=x"),
    ],
)
async def test_an_upload_that_is_no_form_is_refused(
    sim: SimulatorClient, graph: GraphCaller, content: bytes, content_type: str
) -> None:
    response = await graph.http.post(
        f"{NUMBER}/media", content=content, headers={"Content-Type": content_type}
    )

    assert (response.status_code, error_code(response)) == (400, 100)


async def test_an_uploaded_file_can_be_sent_and_a_wrong_kind_fails_later(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    media_id = (await upload(graph)).json()["id"]
    document = {"type": "document", "document": {"id": media_id, "caption": "Draf"}}
    good = wamid_of(await graph.send(document))
    bad = wamid_of(await graph.send({"type": "image", "image": {"id": media_id}}))
    await sim.clock.advance(ALL_STATUSES)

    outcome = {status["id"]: status for status in connected.statuses}
    assert outcome[good]["status"] == "delivered"
    assert outcome[bad]["errors"][0]["code"] == 131053
    assert [message.text for message in await sim.inbox(ratna)] == ["Draf"]


async def test_another_number_does_not_own_the_file(
    sim: SimulatorClient, graph: GraphCaller
) -> None:
    media_id = (await upload(graph)).json()["id"]

    assert error_code(await graph.get(media_id, phone_number_id="1")) == 100


async def test_a_download_can_redirect_be_cut_short_or_be_missing(
    sim: SimulatorClient, graph: GraphCaller
) -> None:
    media_id = (await upload(graph)).json()["id"]
    url = (await graph.get(media_id)).json()["url"]
    faults: list[Any] = ["media_redirect", "media_missing", "media_short_body"]

    await sim.fault(faults[0])
    redirected = await graph.http.get(url)
    assert redirected.status_code == 302
    assert (await graph.http.get(redirected.headers["location"])).content == CONTENT

    await sim.fault(faults[1])
    assert (await graph.http.get(url)).status_code == 404

    await sim.fault(faults[2])
    with pytest.raises(httpx.RemoteProtocolError):
        await graph.http.get(url)

    await sim.fault("media_slow_body", seconds=0.1)
    assert (await graph.http.get(url)).content == CONTENT
