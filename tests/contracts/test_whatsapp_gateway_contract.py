"""What every WhatsApp gateway promises, on every Meta there is to test with.

The gateway is the real one; on the other side stands the simulator, which behaves as Meta does, and
a scripted server, so that the promises do not hang on one of them.
"""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Protocol

import msgspec
import pytest

from domain.outbound_body import (
    ButtonsBody,
    ListBody,
    ListRow,
    ListSection,
    OutboundBody,
    ReplyButton,
    TextBody,
)
from domain.outbound_cards import CardEntry, CardsBody, LocationBody, OutboundCard, ReactionBody
from domain.ports.whatsapp import (
    AccessToken,
    Recipient,
    SendAccepted,
    SendErrorClass,
    SendOutcomeUnknown,
    SendRefused,
    WhatsAppGateway,
)
from infrastructure.async_http_pool import AsyncHttpClientPool
from infrastructure.simulator import (
    SimulatorClient,
    SimulatorConfig,
    TemplateConfig,
    running_simulator,
)
from infrastructure.simulator.configuration import ClockConfig
from infrastructure.whatsapp.sender import CloudApiGateway
from tests.domain.templates import COMPONENTS_FOR_META, filled_in
from tests.whatsapp import scripted_server as scripted
from tests.whatsapp.requests_to_send import PHONE, request
from tests.whatsapp.scripted_server import ScriptedServer, running_server

TOTAL_TIMEOUT_S = 2.0
TEMPLATE = TemplateConfig(
    name="pengingat",
    language="id",
    category="UTILITY",
    components=COMPONENTS_FOR_META,
)
WABAS = tuple(
    msgspec.structs.replace(waba, templates=(*waba.templates, TEMPLATE))
    for waba in SimulatorConfig().wabas
)


class Meta(Protocol):
    """A Meta to test with: what it shall do next, and which messages exist for it."""

    graph_url: str

    async def refuse_next(self, code: int) -> None: ...
    async def lose_next_answer(self) -> None: ...
    async def lose_next_message(self) -> None: ...
    async def break_down_next(self) -> None: ...
    async def be_slow_next(self) -> None: ...
    async def calls(self) -> int: ...
    async def taken(self) -> list[tuple[str, str, dict[str, Any]]]:
        """Each message that Meta has: recipient, callback data and body."""
        ...


class SimulatedMeta:
    """The simulator: its journal is the truth."""

    def __init__(self, simulator: SimulatorClient) -> None:
        self._simulator = simulator
        self.graph_url = simulator.graph_url

    async def refuse_next(self, code: int) -> None:
        await self._simulator.fault("error", code=code)

    async def lose_next_answer(self) -> None:
        await self._simulator.fault("drop_after_accepting")

    async def lose_next_message(self) -> None:
        await self._simulator.fault("drop_before_accepting")

    async def break_down_next(self) -> None:
        await self._simulator.fault("server_error", http_status=503)

    async def be_slow_next(self) -> None:
        await self._simulator.fault("latency", seconds=TOTAL_TIMEOUT_S * 2)

    async def calls(self) -> int:
        return len(await self._simulator.sends())

    async def taken(self) -> list[tuple[str, str, dict[str, Any]]]:
        return [
            (record.body["to"], record.callback_data or "", record.body)
            for record in await self._simulator.sends()
            if record.outcome == "accepted"
        ]


class ScriptedMeta:
    """The scripted server: what it took is what it was told to take."""

    def __init__(self, server: ScriptedServer) -> None:
        self._server = server
        self._lost: set[int] = set()
        self.graph_url = server.url

    async def refuse_next(self, code: int) -> None:
        self._next(scripted.refused(code), exists=False)

    async def lose_next_answer(self) -> None:
        self._next(scripted.reset(), exists=True)

    async def lose_next_message(self) -> None:
        self._next(scripted.closed(), exists=False)

    async def break_down_next(self) -> None:
        self._next(scripted.answer(503, b""), exists=False)

    async def be_slow_next(self) -> None:
        self._next(scripted.silent(), exists=True)

    async def calls(self) -> int:
        return len(self._server.requests)

    async def taken(self) -> list[tuple[str, str, dict[str, Any]]]:
        bodies = [
            received.json
            for number, received in enumerate(self._server.requests)
            if number not in self._lost
        ]
        return [(body["to"], body["biz_opaque_callback_data"], body) for body in bodies]

    def _next(self, behaviour: scripted.Behaviour, *, exists: bool) -> None:
        if not exists:
            self._lost.add(len(self._server.requests))
        self._server.script.append(behaviour)


@pytest.fixture(params=["simulator", "scripted"])
async def meta(request: pytest.FixtureRequest) -> AsyncIterator[Meta]:
    if request.param == "scripted":
        with running_server() as server:
            yield ScriptedMeta(server)
        return
    config = SimulatorConfig(clock=ClockConfig(mode="virtual"), wabas=WABAS)
    async with running_simulator(config) as simulator:
        await simulator.person("Ratna Wulandari", PHONE, key="ratna")
        await simulator.say("ratna", "Selamat pagi")
        yield SimulatedMeta(simulator)


@pytest.fixture
async def clients() -> AsyncIterator[AsyncHttpClientPool]:
    pool = AsyncHttpClientPool()
    yield pool
    await pool.close()


@pytest.fixture
def gateway(meta: Meta, clients: AsyncHttpClientPool) -> WhatsAppGateway:
    return CloudApiGateway(
        clients,
        graph_url=meta.graph_url,
        graph_version="v26.0",
        total_timeout_s=TOTAL_TIMEOUT_S,
        connect_timeout_s=2.0,
    )


async def send(gateway: WhatsAppGateway, **changes: Any) -> SendAccepted:
    return await gateway.send(request(**changes))


BODIES: dict[str, OutboundBody] = {
    "text": TextBody(text="Baik, Bu Ratna. \U0001f64f\nBesok pukul 09.00."),
    "buttons": ButtonsBody(
        text="Setuju?",
        buttons=(ReplyButton(id="yes", title="Ya"), ReplyButton(id="no", title="Tidak")),
    ),
    "list": ListBody(
        text="Soal apa?",
        button="Pilih",
        rows=(ListRow(id="a", title="Keluarga"), ListRow(id="b", title="Tanah")),
    ),
    "template": filled_in(),
    "list with sections": ListBody(
        text="Soal apa?",
        button="Pilih",
        sections=(
            ListSection(title="Perdata", rows=(ListRow(id="a", title="Keluarga"),)),
            ListSection(title="Pidana", rows=(ListRow(id="b", title="Penipuan"),)),
        ),
        header="Konsultasi",
        footer="Kantor Hukum Melati",
    ),
    "location": LocationBody(latitude=-6.2, longitude=106.8, name="Kantor", address="Jl. Melati 1"),
    "cards": CardsBody(
        cards=(OutboundCard(name="Notaris Sari", phones=(CardEntry(value="+62215550100"),)),)
    ),
    "reaction": ReactionBody(emoji="\U0001f64f"),
    "reaction taken away": ReactionBody(emoji=""),
}
THEIRS = "wamid.HBgNNjI4MTIxMDAwNDMyMRUCABIYFDNBMDAwMDAwMDAwMDAwMDAwMDAxAA=="


@pytest.mark.parametrize("kind", BODIES)
async def test_an_accepted_message_exists_once_with_its_callback_data(
    gateway: WhatsAppGateway, meta: Meta, kind: str
) -> None:
    accepted = await send(
        gateway, body=BODIES[kind], callback_data="message-1.1", reply_to_wamid=THEIRS
    )
    assert accepted.wamid.startswith("wamid.")
    ((recipient, callback_data, _body),) = await meta.taken()
    assert (recipient, callback_data) == (PHONE, "message-1.1")


async def test_the_words_arrive_as_they_were_approved(gateway: WhatsAppGateway, meta: Meta) -> None:
    words = "Satu\n\ndua\t\u201ctiga\u201d \U0001f468\u200d\U0001f469\u200d\U0001f467 \\u0041 <b>"
    await send(gateway, body=TextBody(text=words))
    ((_recipient, _callback_data, body),) = await meta.taken()
    assert body["text"]["body"] == words


@pytest.mark.parametrize(
    ("code", "error_class"),
    [
        (131047, SendErrorClass.WINDOW_CLOSED),
        (130429, SendErrorClass.NUMBER_THROTTLED),
        (131056, SendErrorClass.PAIR_THROTTLED),
        (131026, SendErrorClass.RECIPIENT_UNREACHABLE),
        (131048, SendErrorClass.ACCOUNT_BLOCKED),
        (131000, SendErrorClass.TRANSIENT),
    ],
)
async def test_a_refused_message_does_not_exist(
    gateway: WhatsAppGateway, meta: Meta, code: int, error_class: SendErrorClass
) -> None:
    await meta.refuse_next(code)
    with pytest.raises(SendRefused) as caught:
        await send(gateway)
    assert caught.value.meta_code == code
    assert caught.value.error_class is error_class
    assert await meta.taken() == []


async def test_an_answer_that_got_lost_leaves_the_outcome_unknown(
    gateway: WhatsAppGateway, meta: Meta
) -> None:
    await meta.lose_next_answer()
    with pytest.raises(SendOutcomeUnknown):
        await send(gateway)
    assert len(await meta.taken()) == 1
    assert await meta.calls() == 1


async def test_a_message_that_got_lost_leaves_the_outcome_unknown(
    gateway: WhatsAppGateway, meta: Meta
) -> None:
    await meta.lose_next_message()
    with pytest.raises(SendOutcomeUnknown):
        await send(gateway)
    assert await meta.taken() == []
    assert await meta.calls() == 1


async def test_a_breakdown_without_a_reason_leaves_the_outcome_unknown(
    gateway: WhatsAppGateway, meta: Meta
) -> None:
    await meta.break_down_next()
    with pytest.raises(SendOutcomeUnknown):
        await send(gateway)
    assert await meta.calls() == 1


async def test_an_answer_that_takes_too_long_leaves_the_outcome_unknown(
    gateway: WhatsAppGateway, meta: Meta
) -> None:
    await meta.be_slow_next()
    with pytest.raises(SendOutcomeUnknown):
        await send(gateway)
    assert await meta.calls() == 1


async def test_nothing_is_asked_of_an_address_where_nobody_listens(
    gateway: WhatsAppGateway, meta: Meta
) -> None:
    with pytest.raises(SendRefused) as caught:
        await send(gateway, graph_url="http://127.0.0.1:1")
    assert caught.value.retryable
    assert await meta.calls() == 0


async def test_after_any_failure_the_next_message_goes_out(
    gateway: WhatsAppGateway, meta: Meta
) -> None:
    await meta.lose_next_message()
    with pytest.raises(SendOutcomeUnknown):
        await send(gateway)
    await meta.refuse_next(131000)
    with pytest.raises(SendRefused):
        await send(gateway)
    await send(gateway, callback_data="message-3.1")
    assert [callback for _, callback, _ in await meta.taken()] == ["message-3.1"]


async def test_messages_to_several_contacts_go_out_side_by_side(
    gateway: WhatsAppGateway, meta: Meta
) -> None:
    recipients = [f"+62812100{number:05}" for number in range(10)]
    accepted = await asyncio.gather(
        *(send(gateway, recipient=Recipient(phone=phone)) for phone in recipients)
    )
    assert len({each.wamid for each in accepted}) == 10
    assert sorted(recipient for recipient, _, _ in await meta.taken()) == recipients


async def test_a_wrong_token_is_refused_for_the_whole_account(clients: AsyncHttpClientPool) -> None:
    async with running_simulator(SimulatorConfig(clock=ClockConfig(mode="virtual"))) as simulator:
        gateway = CloudApiGateway(clients, graph_url=simulator.graph_url, graph_version="v26.0")
        with pytest.raises(SendRefused) as caught:
            await send(gateway, access_token=AccessToken("EAAWrong"))
    assert caught.value.error_class is SendErrorClass.ACCOUNT_BLOCKED
    assert caught.value.meta_code == 190
