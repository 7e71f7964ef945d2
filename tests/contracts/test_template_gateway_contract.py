"""What the gateway to Meta's templates promises, on the simulated Meta and on a scripted one."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any, TypeVar

import msgspec
import pytest

from domain.ports.templates import TemplateAccount, TemplateCallRefused
from domain.ports.whatsapp import AccessToken
from domain.template import TemplateStatus
from domain.template_components import (
    ButtonKind,
    HeaderFormat,
    ParameterFormat,
    TemplateButton,
    TemplateCategory,
    TemplateComponents,
    TemplateHeader,
)
from domain.template_rules import TemplateWording
from infrastructure.http_pool import HttpClientPool
from infrastructure.simulator import SimulatorClient, SimulatorConfig, running_simulator
from infrastructure.simulator.configuration import (
    DEFAULT_APP_ID,
    DEFAULT_PORTFOLIO_ID,
    ClockConfig,
    TemplateConfig,
    WabaConfig,
)
from infrastructure.whatsapp.sample_upload import CloudApiSamples, SampleUpload
from infrastructure.whatsapp.template_gateway import CloudApiTemplates
from tests.simulator.graph_caller import WABA
from tests.whatsapp import scripted_server as scripted
from tests.whatsapp.requests_to_send import TOKEN
from tests.whatsapp.scripted_server import ScriptedServer, running_server

T = TypeVar("T")
WORDING = TemplateWording(
    name="undangan_rapat",
    language="id",
    category=TemplateCategory.UTILITY,
    parameter_format=ParameterFormat.NAMED,
    components=TemplateComponents(
        header=TemplateHeader(format=HeaderFormat.TEXT, text="Perkara {{nomor}}", example="12/26"),
        body="Yth. {{nama}}, rapat pada {{tanggal}} pagi.",
        footer="Kantor Hukum Contoh",
        buttons=(
            TemplateButton(kind=ButtonKind.QUICK_REPLY, text="Saya hadir"),
            TemplateButton(
                kind=ButtonKind.PHONE_NUMBER, text="Telepon", phone_number="+622150880011"
            ),
            TemplateButton(
                kind=ButtonKind.URL,
                text="Peta",
                url="https://example.org/{{1}}",
                example="https://example.org/a",
            ),
        ),
        examples=("Ratna", "Jumat"),
    ),
)
OTHER = TemplateComponents(body="Kata lain saja.")


@pytest.fixture
async def simulator() -> AsyncIterator[SimulatorClient]:
    config = SimulatorConfig(clock=ClockConfig(mode="virtual"))
    async with running_simulator(config) as running:
        yield running


@pytest.fixture
def clients() -> Iterator[HttpClientPool]:
    pool = HttpClientPool()
    yield pool
    pool.close()


def gateway_to(url: str, clients: HttpClientPool) -> CloudApiTemplates:
    return CloudApiTemplates(clients, graph_url=url, graph_version="v26.0", timeout_s=2.0)


@pytest.fixture
def gateway(simulator: SimulatorClient, clients: HttpClientPool) -> CloudApiTemplates:
    return gateway_to(simulator.graph_url, clients)


ACCOUNT = TemplateAccount(waba_id=WABA, access_token=AccessToken(TOKEN))


async def asked(function: Callable[..., T], *given: Any) -> T:
    return await asyncio.to_thread(function, *given)


async def listed(gateway: CloudApiTemplates) -> list[Any]:
    return await asyncio.to_thread(lambda: list(gateway.listed(ACCOUNT)))


async def test_a_template_comes_back_as_it_was_submitted_and_is_reviewed(
    gateway: CloudApiTemplates, simulator: SimulatorClient
) -> None:
    meta_id = await asked(gateway.create, ACCOUNT, WORDING)
    (found,) = await listed(gateway)
    assert found.meta_template_id == meta_id
    assert (found.name, found.language, found.category) == ("undangan_rapat", "id", "utility")
    assert found.status is TemplateStatus.PENDING
    assert found.parameter_format is ParameterFormat.NAMED
    assert found.components == WORDING.components
    await simulator.clock.advance(3600)
    (reviewed,) = await listed(gateway)
    assert reviewed.status is TemplateStatus.APPROVED
    assert reviewed.reason is None


async def test_a_file_above_the_words_comes_back_without_the_passing_address_of_its_sample(
    gateway: CloudApiTemplates, simulator: SimulatorClient, clients: HttpClientPool
) -> None:
    samples = CloudApiSamples(clients, graph_url=simulator.graph_url, graph_version="v26.0")
    handle = await asked(
        samples.hand_over,
        SampleUpload(
            app_id=DEFAULT_APP_ID,
            access_token=AccessToken(TOKEN),
            content_type="application/pdf",
            filename="sample.pdf",
            size=5,
            content=lambda start: iter((b"%PDF-"[start:],)),
        ),
    )
    header = TemplateHeader(format=HeaderFormat.DOCUMENT, example=handle)
    parts = msgspec.structs.replace(WORDING.components, header=header)
    await asked(gateway.create, ACCOUNT, msgspec.structs.replace(WORDING, components=parts))
    (found,) = await listed(gateway)
    assert found.components.header == TemplateHeader(format=HeaderFormat.DOCUMENT)
    assert await listed(gateway) == [found]


async def test_the_list_is_read_to_its_end(
    gateway: CloudApiTemplates, simulator: SimulatorClient
) -> None:
    many = tuple(
        TemplateConfig(
            name=f"sapaan_{place}",
            language="en-US",
            category="MARKETING",
            components=[{"type": "BODY", "text": "Halo."}, {"type": "CAROUSEL", "cards": []}],
        )
        for place in range(230)
    )
    await simulator.add_waba(
        WabaConfig(waba_id=WABA, portfolio_id=DEFAULT_PORTFOLIO_ID, templates=many)
    )
    found = await listed(gateway)
    assert len({each.name for each in found}) == len(found) == 230
    assert {each.language for each in found} == {"en_US"}
    assert found[0].components.not_understood == ("carousel",)


async def test_other_words_replace_the_words_and_are_reviewed_again(
    gateway: CloudApiTemplates, simulator: SimulatorClient
) -> None:
    meta_id = await asked(gateway.create, ACCOUNT, WORDING)
    await simulator.clock.advance(3600)
    wording = TemplateWording(
        name=WORDING.name,
        language="id",
        category=WORDING.category,
        parameter_format=ParameterFormat.NAMED,
        components=OTHER,
    )
    await asked(gateway.edit, ACCOUNT, meta_id, wording)
    (found,) = await listed(gateway)
    assert (found.components, found.status) == (OTHER, TemplateStatus.PENDING)


async def test_a_deleted_template_is_gone_and_deleting_it_again_is_no_error(
    gateway: CloudApiTemplates,
) -> None:
    meta_id = await asked(gateway.create, ACCOUNT, WORDING)
    await asked(gateway.delete, ACCOUNT, WORDING.name, meta_id)
    await asked(gateway.delete, ACCOUNT, WORDING.name, meta_id)
    assert await listed(gateway) == []


async def test_a_refusal_of_meta_is_explained(gateway: CloudApiTemplates) -> None:
    await asked(gateway.create, ACCOUNT, WORDING)
    with pytest.raises(TemplateCallRefused) as caught:
        await asked(gateway.create, ACCOUNT, WORDING)
    assert caught.value.meta_code == 100
    assert not caught.value.is_temporary
    assert caught.value.words.endswith(".")
    stranger = TemplateAccount(waba_id=WABA, access_token=AccessToken("EAAnobody"))
    with pytest.raises(TemplateCallRefused) as caught:
        await asked(lambda: list(gateway.listed(stranger)))
    assert caught.value.meta_code == 190


@pytest.fixture
def server() -> Iterator[ScriptedServer]:
    with running_server() as running:
        yield running


@pytest.mark.parametrize(
    ("behaviour", "is_temporary"),
    [
        (scripted.answer(503, b""), True),
        (scripted.answer(429, b""), True),
        (scripted.answer(404, b"<html>"), False),
        (scripted.answer(200, b"not json"), False),
        (scripted.reset(), True),
        (scripted.closed(), True),
        (scripted.silent(), True),
        (scripted.refused(80007), True),
        (scripted.refused(131059), True),
        (scripted.refused(190), False),
    ],
)
def test_whatever_goes_wrong_is_a_refusal_that_says_whether_it_passes(
    server: ScriptedServer, clients: HttpClientPool, behaviour: Any, *, is_temporary: bool
) -> None:
    server.script.append(behaviour)
    with pytest.raises(TemplateCallRefused) as caught:
        list(gateway_to(server.url, clients).listed(ACCOUNT))
    assert caught.value.is_temporary is is_temporary
    assert caught.value.next_step
    assert TOKEN not in repr(caught.value)


def test_an_address_that_is_none_is_no_passing_trouble(clients: HttpClientPool) -> None:
    with pytest.raises(TemplateCallRefused) as caught:
        list(gateway_to("ftp://example.org", clients).listed(ACCOUNT))
    assert not caught.value.is_temporary


def test_a_list_that_does_not_end_is_left(server: ScriptedServer, clients: HttpClientPool) -> None:
    page = b'{"data": [], "paging": {"next": "x", "cursors": {"after": "c"}}}'
    server.script.extend(scripted.answer(200, page) for _ in range(120))
    with pytest.raises(TemplateCallRefused):
        list(gateway_to(server.url, clients).listed(ACCOUNT))
