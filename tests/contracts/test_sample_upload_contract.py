"""Handing Meta a sample for a template: on the simulated Meta, and on one that misbehaves."""

import asyncio
import logging
import traceback
from collections.abc import AsyncIterator, Iterator
from typing import Any

import msgspec
import pytest

from domain.ports.templates import TemplateCallRefused
from domain.ports.whatsapp import AccessToken
from infrastructure.http_pool import HttpClientPool
from infrastructure.media.scan_check.sample import pdf
from infrastructure.simulator import SimulatorClient, SimulatorConfig, running_simulator
from infrastructure.simulator.configuration import (
    DEFAULT_ACCESS_TOKEN,
    DEFAULT_APP_ID,
    ClockConfig,
)
from infrastructure.whatsapp.sample_upload import TRIES_MAX, CloudApiSamples, SampleUpload
from tests.whatsapp import scripted_server as scripted
from tests.whatsapp.scripted_server import Behaviour, ScriptedServer, running_server

LETTER = pdf()
SESSION = "upload:MTphdHRhY2htZW50OjlkMmJiZj8=?sig=ARZqkGCA_uQMxC8nHKI"
OPENED = scripted.answer(200, {"id": SESSION})
TAKEN = scripted.answer(200, {"h": "4::YXBwbGljYXRpb24vcGRm:ARY"})


@pytest.fixture
async def simulator() -> AsyncIterator[SimulatorClient]:
    config = SimulatorConfig(clock=ClockConfig(mode="virtual"))
    async with running_simulator(config) as running:
        yield running


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with running_server() as running:
        yield running


@pytest.fixture
def clients() -> Iterator[HttpClientPool]:
    pool = HttpClientPool()
    yield pool
    pool.close()


def letter(**changes: Any) -> SampleUpload:
    """A letter in pieces, from any place on."""

    def content(start: int) -> Iterator[bytes]:
        for place in range(start, len(LETTER), 100):
            yield LETTER[place : place + 100]

    upload = SampleUpload(
        app_id=DEFAULT_APP_ID,
        access_token=AccessToken(DEFAULT_ACCESS_TOKEN),
        content_type="application/pdf",
        filename="sample.pdf",
        size=len(LETTER),
        content=content,
    )
    return msgspec.structs.replace(upload, **changes)


def samples_to(url: str, clients: HttpClientPool) -> CloudApiSamples:
    return CloudApiSamples(clients, graph_url=url, graph_version="v26.0")


async def handed_over(simulator: SimulatorClient, clients: HttpClientPool, **changes: Any) -> str:
    samples = samples_to(simulator.graph_url, clients)
    return await asyncio.to_thread(samples.hand_over, letter(**changes))


async def test_a_sample_gets_a_handle(simulator: SimulatorClient, clients: HttpClientPool) -> None:
    assert (await handed_over(simulator, clients)).startswith("4::YXBwbGljYXRpb24vcGRm:")


async def test_a_sample_that_is_cut_short_goes_on_where_it_stopped(
    simulator: SimulatorClient, clients: HttpClientPool
) -> None:
    await simulator.fault("upload_cut_short", times=TRIES_MAX - 1)
    assert await handed_over(simulator, clients)
    await simulator.fault("upload_cut_short", times=TRIES_MAX)
    with pytest.raises(TemplateCallRefused) as caught:
        await handed_over(simulator, clients)
    assert caught.value.is_temporary


@pytest.mark.parametrize(
    ("changes", "code", "is_temporary"),
    [
        ({"access_token": AccessToken("EAAunknown")}, 190, False),
        ({"app_id": "12"}, 100, False),
        ({"content_type": "image/webp"}, 100, False),
        ({"graph_url": "http://127.0.0.1:9"}, None, True),
        ({"graph_url": "ftp://example.org"}, None, False),
    ],
)
async def test_a_refusal_is_told_by_the_same_table_as_that_of_a_message(
    simulator: SimulatorClient,
    clients: HttpClientPool,
    changes: dict[str, Any],
    code: int | None,
    *,
    is_temporary: bool,
) -> None:
    with pytest.raises(TemplateCallRefused) as caught:
        await handed_over(simulator, clients, **changes)
    assert (caught.value.meta_code, caught.value.is_temporary) == (code, is_temporary)
    assert caught.value.next_step


def test_the_session_is_used_as_it_came_and_the_token_stands_in_no_address(
    server: ScriptedServer, clients: HttpClientPool
) -> None:
    offset = scripted.answer(200, {"id": SESSION, "file_offset": 120})
    server.script.extend([OPENED, scripted.answer(503, b""), offset, TAKEN])
    assert samples_to(server.url, clients).hand_over(letter()) == "4::YXBwbGljYXRpb24vcGRm:ARY"
    begun, first, asked, second = server.requests
    length = len(LETTER)
    assert begun.line.split()[1] == (
        f"/v26.0/{DEFAULT_APP_ID}/uploads?file_name=sample.pdf&file_length={length}"
        "&file_type=application%2Fpdf"
    )
    lines = [one.line.rsplit(" ", 1)[0] for one in (first, asked, second)]
    assert lines == [f"POST /v26.0/{SESSION}", f"GET /v26.0/{SESSION}", f"POST /v26.0/{SESSION}"]
    assert begun.headers["authorization"] == f"Bearer {DEFAULT_ACCESS_TOKEN}"
    assert asked.headers["authorization"] == f"OAuth {DEFAULT_ACCESS_TOKEN}"
    assert (first.headers["file_offset"], first.body) == ("0", LETTER)
    assert (second.headers["file_offset"], second.body) == ("120", LETTER[120:])


@pytest.mark.parametrize(
    "session",
    [
        "",
        "123",
        "https://example.org/upload:a",
        "upload:",
        "upload:../me/accounts",
        "upload:a/../../me",
        "upload:a%2f..",
        "upload:a#b",
        "upload:a\\b",
        "upload:a@example.org",
        "upload:a?access_token=x",
        "upload:a?sig=b&access_token=c",
        "upload:a\nb",
    ],
)
def test_a_session_that_could_lead_elsewhere_is_not_followed(
    server: ScriptedServer, clients: HttpClientPool, session: str
) -> None:
    server.script.append(scripted.answer(200, {"id": session}))
    with pytest.raises(TemplateCallRefused) as caught:
        samples_to(server.url, clients).hand_over(letter())
    assert not caught.value.is_temporary
    assert len(server.requests) == 1


MISBEHAVIOUR: list[tuple[list[Behaviour], bool]] = [
    ([scripted.answer(503, b"")], True),
    ([scripted.refused(131000, 500)], True),
    ([scripted.refused(4)], True),
    ([scripted.closed()], True),
    ([scripted.answer(404, b"<html>")], False),
    ([scripted.answer(302, b"", {"location": "http://127.0.0.1:9/"})], False),
    ([OPENED, *[scripted.reset()] * 5], True),
    ([OPENED, *[scripted.answer(200, b"not json")] * 5], True),
    ([OPENED, scripted.refused(190, 401)], False),
    ([OPENED, scripted.refused(80007)], True),
    ([OPENED, scripted.answer(200, {"h": "4::a b"})], False),
    ([OPENED, scripted.closed(), scripted.answer(200, {"file_offset": 10**9})], False),
    ([OPENED, scripted.closed(), scripted.answer(200, {"file_offset": -1})], False),
    ([OPENED, scripted.closed(), scripted.answer(200, {})], False),
]


@pytest.mark.parametrize(("script", "is_temporary"), MISBEHAVIOUR)
def test_whatever_goes_wrong_is_a_refusal_that_says_whether_it_passes_and_names_no_token(
    server: ScriptedServer,
    clients: HttpClientPool,
    caplog: pytest.LogCaptureFixture,
    script: list[Behaviour],
    *,
    is_temporary: bool,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.script.extend(script)
    with pytest.raises(TemplateCallRefused) as caught:
        samples_to(server.url, clients).hand_over(letter())
    assert caught.value.is_temporary is is_temporary
    assert caught.value.next_step
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert DEFAULT_ACCESS_TOKEN not in told
    ours = [one for one in caplog.records if not one.name.startswith(("httpx", "httpcore"))]
    assert DEFAULT_ACCESS_TOKEN not in "".join(one.getMessage() for one in ours)


@pytest.mark.parametrize("token", ["EAA\nsecret", "EAAsécret"])
def test_a_token_that_is_none_is_refused_without_being_told(
    server: ScriptedServer, clients: HttpClientPool, token: str
) -> None:
    with pytest.raises(TemplateCallRefused) as caught:
        samples_to(server.url, clients).hand_over(letter(access_token=AccessToken(token)))
    assert not caught.value.is_temporary
    assert "cret" not in "".join(traceback.format_exception(caught.value))


async def test_what_reading_the_file_raises_ends_the_call(
    simulator: SimulatorClient, clients: HttpClientPool
) -> None:
    def broken(start: int) -> Iterator[bytes]:
        yield LETTER[start : start + 100]
        raise KeyError("changed")

    with pytest.raises(KeyError):
        await handed_over(simulator, clients, content=broken)
    assert await handed_over(simulator, clients)
