"""Who people are: phone numbers, business-scoped ids, usernames, message ids."""

import base64

import msgspec
import pytest

from infrastructure.simulator import SimulatorClient, SimulatorConfig, SimulatorRefused
from infrastructure.simulator.identifiers import (
    INBOUND_KIND,
    OUTBOUND_KIND,
    is_business_scoped_id,
    recipient_digits,
    wamid,
    whatsapp_id_of,
)
from tests.simulator.configurations import ALL_STATUSES, virtual_configuration
from tests.simulator.graph_caller import NUMBER, GraphCaller, wamid_of
from tests.simulator.recording_hub import RecordingHub

DAY = 24 * 3600.0


def taken_apart(message_id: str) -> tuple[str, int, str]:
    """Phone, kind and inner id of a wamid."""
    raw = base64.b64decode(message_id.removeprefix("wamid."))
    assert raw[:2] == b"\x1c\x18"
    end = 3 + raw[2]
    phone, rest = raw[3:end].decode(), raw[end:]
    assert rest[:3] == b"\x15\x02\x00"
    assert rest[4] == 0x18
    inner = rest[6 : 6 + rest[5]].decode()
    assert rest[6 + rest[5] :] == b"\x00"
    return phone, rest[3], inner


def test_a_published_message_id_is_built_the_same_way() -> None:
    published = "wamid.HBgNNjI4MTIxMDAwNDMyMRUCABIYFDNBRjhFODIyMTJERTYxNTA1QzI3AA=="

    assert taken_apart(published) == ("6281210004321", INBOUND_KIND, "3AF8E82212DE61505C27")
    assert wamid(INBOUND_KIND, "6281210004321", "3AF8E82212DE61505C27") == published


async def test_message_ids_are_structurally_real(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    phone, kind, inner = taken_apart(connected.messages[0]["id"])
    assert (phone, kind, len(inner), inner[:2]) == ("6281210004321", INBOUND_KIND, 20, "3A")

    phone, kind, inner = taken_apart(wamid_of(await graph.send_text("Halo")))
    assert (phone, kind, len(inner)) == ("6281210004321", OUTBOUND_KIND, 18)


@pytest.mark.parametrize(
    ("phone", "wa_id"),
    [
        ("6281210004321", "6281210004321"),
        ("5531991234567", "553191234567"),
        ("5511991234567", "5511991234567"),
        ("525512345678", "5215512345678"),
        ("541123456789", "5491123456789"),
        ("5491123456789", "5491123456789"),
    ],
)
def test_the_whatsapp_id_follows_national_habits(phone: str, wa_id: str) -> None:
    assert whatsapp_id_of(phone) == wa_id


@pytest.mark.parametrize(
    ("written", "digits"),
    [
        ("+62 812-1000-4321", "6281210004321"),
        ("(0812) 1000 4321", "62081210004321"),
        ("81210004321", "6281210004321"),
        ("Ratna", None),
        ("", None),
        ("+62", None),
    ],
)
def test_recipients_are_read_as_meta_reads_them(written: str, digits: str | None) -> None:
    assert recipient_digits(written, "622150880011") == digits


async def test_everybody_has_a_business_scoped_id_of_their_country(sim: SimulatorClient) -> None:
    ratna = await sim.person("Ratna", "+6281210004321")
    jane = await sim.person("Jane", "+14155550100")

    assert ratna.user_id.startswith("ID.")
    assert jane.user_id.startswith("US.")
    assert is_business_scoped_id(ratna.user_id)


async def test_a_username_hides_the_phone_until_the_business_writes_to_it(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller
) -> None:
    dimas = await sim.person("Dimas P.", "+6281290001111", key="dimas", username="dimas.p")
    await sim.say("dimas", "Halo")
    await sim.clock.settle()
    value = connected.posts[-1].changes[0]["value"]

    assert value["contacts"] == [
        {"profile": {"name": "Dimas P.", "username": "@dimas.p"}, "user_id": dimas.user_id}
    ]
    assert "from" not in value["messages"][0]
    assert value["messages"][0]["from_user_id"] == dimas.user_id
    assert "6281290001111" not in str(taken_apart(value["messages"][0]["id"]))

    await graph.send_text("Halo", to=None, recipient=dimas.user_id)
    await sim.clock.advance(ALL_STATUSES)
    delivered = connected.posts[-1].changes[0]["value"]
    assert "recipient_id" not in delivered["statuses"][0]
    assert delivered["statuses"][0]["recipient_user_id"] == dimas.user_id
    assert "wa_id" not in delivered["contacts"][0]

    await graph.send_text("Halo", to="+6281290001111")
    await sim.say("dimas", "Halo lagi")
    await sim.clock.settle()
    assert connected.messages[-1]["from"] == "6281290001111"


class TestVisibility:
    @pytest.fixture(params=[False, True])
    def contact_book(self, request: pytest.FixtureRequest) -> bool:
        return bool(request.param)

    @pytest.fixture
    def configuration(self, contact_book: bool) -> SimulatorConfig:
        return msgspec.structs.replace(virtual_configuration(), contact_book=contact_book)

    async def test_the_phone_is_hidden_again_after_thirty_days_without_contact(
        self,
        sim: SimulatorClient,
        connected: RecordingHub,
        graph: GraphCaller,
        contact_book: bool,
    ) -> None:
        await sim.person("Dimas", "+6281290001111", key="dimas", username="dimas.p")
        await graph.send_text("Halo", to="+6281290001111")
        await sim.clock.advance(29 * DAY)
        await sim.say("dimas", "masih")
        await sim.clock.advance(31 * DAY)
        await sim.say("dimas", "lama tak jumpa")
        await sim.clock.settle()

        first, second = connected.messages
        assert first["from"] == "6281290001111"
        assert ("from" in second) is contact_book


async def test_a_number_change_is_told_with_new_ids(
    sim: SimulatorClient, connected: RecordingHub, ratna: str
) -> None:
    before = await sim.find_person(ratna)
    after = await sim.change_phone(ratna, "+6281290005678")
    await sim.clock.settle()

    value = connected.posts[-1].changes[0]["value"]
    system = value["messages"][0]["system"]
    assert "contacts" not in value
    assert value["messages"][0]["from"] == "6281210004321"
    assert system == {
        "body": "User Ratna Wulandari changed from 6281210004321 to 6281290005678",
        "wa_id": "6281290005678",
        "user_id": after.user_id,
        "previous_user_id": before.user_id,
        "type": "user_changed_number",
    }
    assert before.user_id != after.user_id


async def test_a_number_change_of_a_hidden_phone_tells_ids_only(
    sim: SimulatorClient, connected: RecordingHub
) -> None:
    before = await sim.person("Dimas P.", "+6281290001111", key="dimas", username="dimas.p")
    await sim.say("dimas", "Halo")
    after = await sim.change_phone("dimas", "+6281290002222")
    await sim.clock.settle()

    message = connected.messages[-1]
    assert message["system"] == {
        "body": f"User Dimas P. changed from {before.user_id} to {after.user_id}",
        "user_id": after.user_id,
        "previous_user_id": before.user_id,
        "type": "user_changed_user_id",
    }
    assert "from" not in message


async def test_the_old_number_reaches_nobody_after_a_change(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    await sim.change_phone(ratna, "+6281290005678")
    await graph.send_text("Halo")
    await sim.clock.advance(ALL_STATUSES)

    assert connected.statuses[-1]["errors"][0]["code"] == 131026


@pytest.mark.parametrize("phone", ["081210004321", "+999123456", "Ratna"])
async def test_people_need_an_international_number_of_their_own(
    sim: SimulatorClient, ratna: str, phone: str
) -> None:
    with pytest.raises(SimulatorRefused, match="international phone number"):
        await sim.person("Dimas", phone)
    with pytest.raises(SimulatorRefused, match="belongs to somebody else"):
        await sim.person("Dimas", "+6281210004321")
    with pytest.raises(SimulatorRefused, match="already"):
        await sim.person("Dimas", "+6281290001111", key="ratna")
    with pytest.raises(SimulatorRefused, match="is no key"):
        await sim.person("Dimas", "+6281290001111", key="a/b")


class TestAnybody:
    @pytest.fixture
    def configuration(self) -> SimulatorConfig:
        return msgspec.structs.replace(virtual_configuration(), accepts_any_person=True)

    async def test_every_number_of_a_country_can_be_made_reachable(
        self, sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller
    ) -> None:
        await graph.send_text("Halo", to="+6281299998888")
        await graph.send_text("Halo", to="+999123456789")
        await sim.clock.advance(ALL_STATUSES)

        assert [person.phone for person in await sim.people()] == ["+6281299998888"]
        codes = [status["errors"][0]["code"] for status in connected.statuses]
        assert sorted(codes) == [131026, 131047]


async def test_identity_hashes_appear_when_the_number_checks_them(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    await graph.post(
        f"{NUMBER}/settings", {"user_identity_change": {"enable_identity_key_check": True}}
    )
    await sim.say(ratna, "Halo")
    await sim.clock.settle()

    contact = connected.posts[-1].changes[0]["value"]["contacts"][0]
    assert contact["identity_key_hash"] == (await sim.find_person(ratna)).identity_key_hash
