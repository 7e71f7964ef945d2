"""What becomes of an accepted message, and what the webhooks say about it."""

import asyncio

import msgspec
import pytest

from infrastructure.simulator import LimitsConfig, SimulatorClient, SimulatorConfig, StatusTiming
from tests.simulator.configurations import ALL_STATUSES, START, virtual_configuration
from tests.simulator.graph_caller import NUMBER, GraphCaller, wamid_of
from tests.simulator.recording_hub import RecordingHub

DAY = 24 * 3600.0


async def test_a_message_is_sent_then_delivered_then_read(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    wamid = wamid_of(await graph.send_text("Baik, Ibu", biz_opaque_callback_data="a1b2.1"))
    await sim.clock.advance(ALL_STATUSES)
    await sim.clock.advance(100)
    assert await sim.read(ratna) == 1
    await sim.clock.settle()

    assert connected.status_names() == ["sent", "delivered", "read"]
    for status in connected.statuses:
        assert status["id"] == wamid
        assert status["recipient_id"] == "6281210004321"
        assert status["biz_opaque_callback_data"] == "a1b2.1"
        assert status["recipient_user_id"].startswith("ID.")
    times = [int(status["timestamp"]) - START for status in connected.statuses]
    assert 0 <= times[0] <= 1
    assert 0 <= times[1] <= 6
    assert times[2] == 106


async def test_the_price_stands_in_sent_and_in_delivered_but_not_in_read(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    await graph.send_text("Baik, Ibu")
    await sim.clock.advance(ALL_STATUSES)
    await sim.read(ratna)
    await sim.clock.settle()

    sent, delivered, read = connected.statuses
    assert sent["pricing"] == delivered["pricing"]
    assert sent["pricing"] == {
        "billable": False,
        "pricing_model": "PMP",
        "type": "free_customer_service",
        "category": "service",
    }
    assert "pricing" not in read


async def test_read_carries_the_price_when_delivered_was_skipped(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    await sim.fault("skip_delivered")
    await graph.send_text("Baik, Ibu")
    await sim.clock.advance(ALL_STATUSES)
    await sim.read(ratna)
    await sim.clock.settle()

    assert connected.status_names() == ["sent", "read"]
    assert "pricing" in connected.statuses[1]


class TestFreeTier:
    @pytest.fixture
    def configuration(self) -> SimulatorConfig:
        return virtual_configuration(limits=LimitsConfig(free_service_messages_per_month=1))

    async def test_service_messages_cost_after_the_free_ones_of_the_month(
        self, sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
    ) -> None:
        for text in ("satu", "dua"):
            await graph.send_text(text)
            await sim.clock.advance(ALL_STATUSES)
        await sim.clock.advance(20 * DAY)
        await sim.say(ratna, "lagi")
        await graph.send_text("tiga")
        await sim.clock.advance(ALL_STATUSES)

        types = [s["pricing"]["type"] for s in connected.statuses if s["status"] == "sent"]
        assert types == ["free_customer_service", "regular", "free_customer_service"]


async def test_contacts_accompany_the_good_statuses_and_leave_out_the_username_in_sent(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller
) -> None:
    await sim.person("Dimas", "+6281290001111", key="dimas", username="dimas.p")
    await sim.say("dimas", "Halo")
    await graph.send_text("Halo juga", to="+6281290001111")
    await sim.clock.advance(ALL_STATUSES)

    values = [post.changes[0]["value"] for post in connected.posts if post.statuses]
    sent, delivered = (value["contacts"][0] for value in values)
    assert "username" not in sent["profile"]
    assert delivered["profile"]["username"] == "@dimas.p"
    assert delivered["wa_id"] == "6281290001111"


async def test_a_closed_window_is_accepted_and_fails_later_with_131047(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    await sim.clock.advance(DAY)
    wamid = wamid_of(await graph.send_text("Terlambat", biz_opaque_callback_data="late.1"))
    await sim.clock.advance(ALL_STATUSES)

    (status,) = connected.statuses
    assert (status["id"], status["status"]) == (wamid, "failed")
    (error,) = status["errors"]
    assert error["code"] == 131047
    assert error["title"] == error["message"] == "Re-engagement message"
    assert "24 hours" in error["error_data"]["details"]
    assert "contacts" not in connected.posts[-1].changes[0]["value"]


async def test_the_window_belongs_to_the_pair_of_number_and_person(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    await sim.person("Dimas", "+6281290001111", key="dimas")
    await graph.send_text("Halo", to="+6281290001111")
    await sim.clock.advance(DAY - 1)
    await graph.send_text("Masih sempat")
    await sim.clock.advance(ALL_STATUSES)

    by_person = {status["recipient_id"]: status["status"] for status in connected.statuses}
    assert by_person == {"6281290001111": "failed", "6281210004321": "delivered"}


@pytest.mark.parametrize("phone", ["+6281200009999", "+6281290001111"])
async def test_a_number_without_whatsapp_fails_with_131026(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, phone: str
) -> None:
    await sim.person("Dimas", "+6281290001111", has_whatsapp=False)
    assert (await graph.send_text("Halo", to=phone)).status_code == 200
    await sim.clock.advance(ALL_STATUSES)

    (status,) = connected.statuses
    assert status["errors"][0]["code"] == 131026


async def test_a_wrong_identity_hash_fails_with_137000_and_the_right_one_is_delivered(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    settings = {"user_identity_change": {"enable_identity_key_check": True}}
    assert (await graph.post(f"{NUMBER}/settings", settings)).json() == {"success": True}
    known = (await sim.find_person(ratna)).identity_key_hash
    await graph.send_text("Rahasia", recipient_identity_key_hash=known)
    await sim.clock.advance(ALL_STATUSES)
    await sim.change_device(ratna)
    await graph.send_text("Rahasia", recipient_identity_key_hash=known)
    await sim.clock.advance(ALL_STATUSES)

    assert connected.status_names() == ["sent", "delivered", "failed"]
    assert connected.statuses[0]["recipient_identity_key_hash"] == known
    assert connected.statuses[-1]["errors"][0]["code"] == 137000
    assert connected.messages[-1]["system"]["type"] == "customer_identity_changed"


class TestSwitches:
    async def test_delivered_can_arrive_before_sent_with_honest_times(
        self, sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
    ) -> None:
        await sim.fault("swap_order")
        await graph.send_text("Halo")
        await sim.clock.advance(2 * ALL_STATUSES)

        delivered, sent = connected.statuses
        assert (delivered["status"], sent["status"]) == ("delivered", "sent")
        assert int(sent["timestamp"]) <= int(delivered["timestamp"])

    async def test_every_status_can_come_twice(
        self, sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
    ) -> None:
        await sim.fault("duplicate_statuses")
        await graph.send_text("Halo")
        await sim.clock.advance(ALL_STATUSES)

        assert sorted(connected.status_names()) == ["delivered", "delivered", "sent", "sent"]

    async def test_sent_can_arrive_before_the_http_response(
        self, sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
    ) -> None:
        await sim.fault("status_before_response")
        answer = await graph.send_text("Halo", biz_opaque_callback_data="early.1")

        assert connected.status_names() == ["sent"]
        assert connected.statuses[0]["id"] == wamid_of(answer)
        assert connected.statuses[0]["biz_opaque_callback_data"] == "early.1"
        await sim.clock.advance(ALL_STATUSES)
        assert connected.status_names() == ["sent", "delivered"]

    async def test_a_message_can_fail_at_once_or_after_it_was_sent(
        self, sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
    ) -> None:
        await sim.fault("fail", code=131049)
        await sim.fault("fail_after_sent", code=130472)
        await graph.send_text("satu")
        await sim.clock.advance(ALL_STATUSES)
        await graph.send_text("dua")
        await sim.clock.advance(ALL_STATUSES)

        assert connected.status_names() == ["failed", "sent", "failed"]
        codes = [s["errors"][0]["code"] for s in connected.statuses if "errors" in s]
        assert codes == [131049, 130472]

    async def test_a_message_can_vanish_after_sent(
        self, sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
    ) -> None:
        await sim.fault("never_deliver")
        await graph.send_text("Halo")
        await sim.clock.advance(40 * DAY)

        assert connected.status_names() == ["sent"]
        assert await sim.inbox(ratna) == []

    async def test_failed_can_come_without_the_echo_and_with_contacts(
        self, sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
    ) -> None:
        for kind in ("fail", "no_opaque_on_failed", "contacts_on_failed"):
            await sim.fault(kind)
        await graph.send_text("Halo", biz_opaque_callback_data="lost.1")
        await sim.clock.advance(ALL_STATUSES)

        value = connected.posts[-1].changes[0]["value"]
        assert "biz_opaque_callback_data" not in value["statuses"][0]
        assert value["contacts"][0]["wa_id"] == "6281210004321"

    async def test_a_switch_can_be_limited_to_a_person(
        self, sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
    ) -> None:
        await sim.person("Dimas", "+6281290001111", key="dimas")
        await sim.say("dimas", "Halo")
        await sim.fault("fail", person="dimas", times=None)
        await graph.send_text("satu")
        await graph.send_text("dua", to="+6281290001111")
        await sim.clock.advance(ALL_STATUSES)

        outcome = {s["recipient_id"]: s["status"] for s in connected.statuses}
        assert outcome == {"6281210004321": "delivered", "6281290001111": "failed"}


async def test_a_phone_that_is_off_gets_its_messages_when_it_is_switched_on(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    await sim.set_online(ratna, online=False)
    await graph.send_text("Halo")
    await sim.clock.advance(3600)
    assert connected.status_names() == ["sent"]

    await sim.set_online(ratna, online=True)
    await sim.clock.settle()
    assert connected.status_names() == ["sent", "delivered"]
    assert int(connected.statuses[1]["timestamp"]) == START + 3600


class TestReaders:
    @pytest.fixture
    def configuration(self) -> SimulatorConfig:
        return virtual_configuration(
            statuses=StatusTiming(read_probability=0.5, read_after=(10, 20))
        )

    async def test_a_share_of_messages_is_read_of_their_own_accord(
        self, sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
    ) -> None:
        for number in range(20):
            await graph.send_text(f"pesan {number}")
        await sim.clock.advance(60)

        assert 4 <= connected.status_names().count("read") <= 16


async def test_a_person_can_read_after_a_fixed_time(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller
) -> None:
    await sim.person("Dimas", "+6281290001111", key="dimas", read_after_seconds=30)
    await sim.say("dimas", "Halo")
    await graph.send_text("Halo", to="+6281290001111")
    await sim.clock.advance(60)

    assert connected.status_names() == ["sent", "delivered", "read"]


async def test_the_journal_is_the_ground_truth_of_every_send(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    wamid = wamid_of(await graph.send_text("Baik", biz_opaque_callback_data="truth.1"))
    await graph.send_text("")
    await sim.clock.advance(ALL_STATUSES)

    accepted, refused = await sim.sends()
    assert (accepted.wamid, accepted.callback_data) == (wamid, "truth.1")
    assert (accepted.outcome, accepted.answered, accepted.http_status) == ("accepted", True, 200)
    assert [moment.status for moment in accepted.statuses] == ["sent", "delivered"]
    assert accepted.person == ratna
    assert (refused.outcome, refused.error_code, refused.http_status) == ("refused", 131008, 400)
    assert await sim.sends(after=accepted.sequence) == [refused]


async def test_real_time_runs_by_itself_and_faster_if_asked(connected: RecordingHub) -> None:
    from infrastructure.simulator import ClockConfig, running_simulator

    base = virtual_configuration()
    fast = msgspec.structs.replace(base, clock=ClockConfig(mode="real", speed=100.0))
    async with running_simulator(fast) as sim, GraphCaller(sim.graph_url) as graph:
        await sim.person("Ratna", "+6281210004321", key="ratna")
        await sim.say("ratna", "Halo")
        began = asyncio.get_running_loop().time()
        await graph.send_text("Halo juga")
        await sim.wait_for_message("ratna", "Halo juga", seconds=5)
        assert asyncio.get_running_loop().time() - began < 3
        before = await sim.clock.now()
        assert await sim.clock.advance(DAY) >= before + DAY
