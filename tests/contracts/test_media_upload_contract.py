"""Handing a file to Meta: what the gateway promises, on the simulated Meta."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import msgspec
import pytest

from domain.circuit import CircuitKind
from domain.ports.whatsapp import AccessToken, SendErrorClass, SendRefused
from infrastructure.http_pool import HttpClientPool
from infrastructure.media.scan_check.sample import pdf
from infrastructure.simulator import SimulatorClient, SimulatorConfig, running_simulator
from infrastructure.simulator.configuration import DEFAULT_ACCESS_TOKEN, ClockConfig
from infrastructure.whatsapp.media_upload import CloudApiUploads, FileUpload
from tests.simulator.graph_caller import NUMBER, GraphCaller

LETTER = pdf()


@pytest.fixture
async def simulator() -> AsyncIterator[SimulatorClient]:
    config = SimulatorConfig(clock=ClockConfig(mode="virtual"))
    async with running_simulator(config) as running:
        yield running


@pytest.fixture
def uploads(simulator: SimulatorClient) -> Iterator[CloudApiUploads]:
    pool = HttpClientPool()
    yield CloudApiUploads(pool, graph_url=simulator.graph_url, graph_version="v26.0")
    pool.close()


def letter(**changes: Any) -> FileUpload:
    """A letter in two parts, as it is read from the store."""
    upload = FileUpload(
        phone_number_id=NUMBER,
        access_token=AccessToken(DEFAULT_ACCESS_TOKEN),
        content_type="application/pdf",
        filename="surat kuasa.pdf",
        size=len(LETTER),
        content=lambda: iter((LETTER[:100], LETTER[100:])),
    )
    return msgspec.structs.replace(upload, **changes)


async def handed_over(uploads: CloudApiUploads, upload: FileUpload) -> str:
    return await asyncio.to_thread(uploads.upload, upload)


async def test_the_bytes_arrive_whole_under_an_id_that_lives_thirty_days(
    uploads: CloudApiUploads, simulator: SimulatorClient
) -> None:
    found = await handed_over(uploads, letter())
    async with GraphCaller(simulator.graph_url) as caller:
        described = (await caller.get(found, phone_number_id=NUMBER)).json()
        assert (described["mime_type"], described["file_size"]) == ("application/pdf", len(LETTER))
        assert (await caller.http.get(described["url"])).content == LETTER
        await simulator.clock.advance(31 * 24 * 3600)
        assert (await caller.get(found)).json()["error"]["code"] == 100


@pytest.mark.parametrize(
    ("changes", "code", "error_class", "circuit"),
    [
        ({"content_type": "application/zip"}, 131053, SendErrorClass.REQUEST_INVALID, None),
        (
            {"access_token": AccessToken("EAAunknown")},
            190,
            SendErrorClass.ACCOUNT_BLOCKED,
            CircuitKind.TOKEN,
        ),
        ({"graph_url": "http://127.0.0.1:9"}, None, SendErrorClass.TRANSIENT, CircuitKind.NUMBER),
    ],
)
async def test_a_refusal_is_told_by_the_same_table_as_that_of_a_message(
    uploads: CloudApiUploads,
    changes: dict[str, Any],
    code: int | None,
    error_class: SendErrorClass,
    circuit: CircuitKind | None,
) -> None:
    with pytest.raises(SendRefused) as caught:
        await handed_over(uploads, letter(**changes))
    refused = caught.value
    assert (refused.meta_code, refused.error_class) == (code, error_class)
    assert refused.circuit is circuit


async def test_what_reading_the_file_raises_ends_the_call(uploads: CloudApiUploads) -> None:
    def broken() -> Iterator[bytes]:
        yield LETTER[:100]
        raise KeyError("changed")

    content: Callable[[], Iterator[bytes]] = broken
    with pytest.raises(KeyError):
        await handed_over(uploads, letter(content=content))
    assert await handed_over(uploads, letter())
