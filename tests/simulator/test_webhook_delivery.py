"""Delivery at least once: repetition, growing delay, batches, several apps."""

import threading
from itertools import pairwise

import msgspec
import pytest

from infrastructure.simulator import (
    AppConfig,
    SimulatorClient,
    SimulatorConfig,
    WebhookConfig,
)
from infrastructure.simulator.configuration import DEFAULT_WABA_ID
from tests.simulator.configurations import (
    ALL_STATUSES,
    CERTAIN_DELIVERY,
    START,
    virtual_configuration,
)
from tests.simulator.graph_caller import WABA, GraphCaller
from tests.simulator.recording_hub import VERIFY_TOKEN, RecordingHub


def delivery(**changes: object) -> WebhookConfig:
    return msgspec.structs.replace(CERTAIN_DELIVERY, **changes)


class TestRepetition:
    @pytest.fixture
    def configuration(self) -> SimulatorConfig:
        return virtual_configuration(
            webhooks=delivery(
                first_delay_seconds=10.0,
                delay_seconds_max=1000.0,
                give_up_after_seconds=5000.0,
                time_scale=1.0,
            )
        )

    @pytest.mark.parametrize("status", [401, 404, 500, 503, 201, 204, 302])
    async def test_anything_but_200_brings_the_same_update_again(
        self, sim: SimulatorClient, connected: RecordingHub, ratna: str, status: int
    ) -> None:
        connected.next_answers.append(status)
        wamid = await sim.say(ratna, "Halo lagi")
        await sim.clock.settle()
        await sim.clock.advance(13)

        assert [m["id"] for m in connected.messages].count(wamid) == 2
        assert (await sim.webhooks()).outstanding == 0

    async def test_the_delay_grows_with_each_attempt_until_meta_gives_up(
        self, sim: SimulatorClient, connected: RecordingHub, ratna: str
    ) -> None:
        connected.next_answers.extend([500] * 30)
        await sim.say(ratna, "Halo lagi")
        await sim.clock.advance(10_000)

        times = [each.at - START for each in await sim.deliveries()][1:]
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert all(later > earlier for earlier, later in pairwise(gaps[:6]))
        assert 8 <= gaps[0] <= 12
        assert max(gaps) <= 1200
        assert times[-1] >= 5000
        assert (await sim.webhooks()).updates[-1].state == "given_up"

    async def test_a_timeout_brings_the_update_again(
        self, sim: SimulatorClient, connected: RecordingHub, ratna: str
    ) -> None:
        connected.hold = threading.Event()
        wamid = await sim.say(ratna, "Halo lagi")
        await sim.clock.settle()
        held, connected.hold = connected.hold, None
        held.set()
        await sim.clock.advance(13)

        first, second = (await sim.deliveries())[-2:]
        assert first.error is not None
        assert "Timeout" in first.error
        assert second.answer_status == 200
        assert [m["id"] for m in connected.messages].count(wamid) == 2

    async def test_what_was_written_while_the_hub_was_away_arrives_later(
        self, sim: SimulatorClient, hub: RecordingHub, ratna: str
    ) -> None:
        assert (await sim.webhooks()).outstanding == 1

        await sim.set_callback(hub.callback, VERIFY_TOKEN)
        await sim.clock.advance(40)

        assert [message["text"]["body"] for message in hub.messages] == ["Selamat pagi"]
        assert (await sim.webhooks()).outstanding == 0


class TestDuplicates:
    @pytest.fixture
    def configuration(self) -> SimulatorConfig:
        return virtual_configuration(webhooks=delivery(redelivery_after_success_probability=1.0))

    async def test_an_accepted_update_may_come_once_more(
        self, sim: SimulatorClient, connected: RecordingHub, ratna: str
    ) -> None:
        await sim.clock.advance(600)

        assert [message["text"]["body"] for message in connected.messages] == ["Selamat pagi"] * 2


async def test_the_duplicate_switch_repeats_the_same_post(
    sim: SimulatorClient, connected: RecordingHub, ratna: str
) -> None:
    await sim.fault("duplicate_delivery")
    await sim.say(ratna, "sekali")
    await sim.clock.settle()

    assert connected.posts[-1].body == connected.posts[-2].body


@pytest.mark.parametrize("grouping", ["single", "together", "reversed", "shuffled"])
async def test_known_updates_are_delivered_again_in_every_grouping(
    sim: SimulatorClient, connected: RecordingHub, ratna: str, grouping: str
) -> None:
    for text in ("satu", "dua", "tiga"):
        await sim.say(ratna, text)
        await sim.clock.settle()
    ids = [message["id"] for message in connected.messages]
    connected.posts.clear()
    await sim.redeliver([], grouping)  # type: ignore[arg-type]

    again = [message["id"] for message in connected.messages]
    assert sorted(again) == sorted(ids)
    assert len(connected.posts) == (4 if grouping == "single" else 1)
    if grouping == "reversed":
        assert again == ids[::-1]


class TestBatches:
    @pytest.fixture
    def configuration(self) -> SimulatorConfig:
        return virtual_configuration(
            webhooks=delivery(batch_window_seconds=1.0, batch_updates_max=4)
        )

    async def test_updates_of_a_moment_share_posts_up_to_the_limit(
        self, sim: SimulatorClient, hub: RecordingHub
    ) -> None:
        await sim.set_callback(hub.callback, VERIFY_TOKEN)
        await sim.person("Ratna", "+6281210004321", key="ratna")
        for number in range(9):
            await sim.say("ratna", f"pesan {number}")
        await sim.clock.advance(1)

        assert sorted(len(post.messages) for post in hub.posts) == [1, 4, 4]
        assert len({message["id"] for message in hub.messages}) == 9


class TestSize:
    @pytest.fixture
    def configuration(self) -> SimulatorConfig:
        return virtual_configuration(
            webhooks=delivery(batch_window_seconds=1.0, batch_bytes_max=2500)
        )

    async def test_a_post_stays_below_the_size_limit(
        self, sim: SimulatorClient, connected: RecordingHub
    ) -> None:
        await sim.person("Ratna", "+6281210004321", key="ratna")
        for number in range(6):
            await sim.say("ratna", f"pesan {number} " + "x" * 500)
        await sim.clock.advance(1)

        assert len(connected.messages) == 6
        assert all(len(post.body) <= 2600 for post in connected.posts)
        assert all(len(post.messages) >= 2 for post in connected.posts)


class TestRegrouping:
    @pytest.fixture
    def configuration(self) -> SimulatorConfig:
        return virtual_configuration(
            webhooks=delivery(batch_window_seconds=1.0, regroup_probability=1.0)
        )

    async def test_a_refused_batch_comes_back_in_other_envelopes(
        self, sim: SimulatorClient, connected: RecordingHub
    ) -> None:
        await sim.person("Ratna", "+6281210004321", key="ratna")
        connected.next_answers.append(500)
        for number in range(3):
            await sim.say("ratna", f"pesan {number}")
        await sim.clock.advance(5)

        assert [len(post.messages) for post in connected.posts] == [3, 1, 1, 1]
        assert len({message["id"] for message in connected.messages}) == 3


async def test_posts_are_made_concurrently(
    sim: SimulatorClient, connected: RecordingHub, ratna: str
) -> None:
    connected.hold = threading.Event()
    for number in range(5):
        await sim.say(ratna, f"pesan {number}")

    async def all_are_there() -> bool:
        return len(connected.posts) == 6

    try:
        await sim.wait_for(all_are_there, what="six posts at once")
    finally:
        connected.hold.set()
    await sim.clock.settle()
    assert (await sim.webhooks()).outstanding == 0


class TestTwoApps:
    @pytest.fixture
    def configuration(self) -> SimulatorConfig:
        base = virtual_configuration()
        second = AppConfig(app_id="2", app_secret="second", wabas=(DEFAULT_WABA_ID,))
        return msgspec.structs.replace(base, apps=(*base.apps, second))

    async def test_a_failure_of_one_app_repeats_the_update_to_both(
        self, sim: SimulatorClient, connected: RecordingHub
    ) -> None:
        other = f"{connected.url}/webhooks/second"
        await sim.set_callback(other, VERIFY_TOKEN, app_id="2")
        await sim.person("Ratna", "+6281210004321", key="ratna")
        connected.next_answers.append(500)
        wamid = await sim.say("ratna", "Halo")
        await sim.clock.advance(5)

        urls = [each.url for each in await sim.deliveries()]
        assert urls.count(connected.callback) == 2
        assert urls.count(other) == 2
        assert [message["id"] for message in connected.messages] == [wamid] * 4

    async def test_an_app_that_is_not_subscribed_gets_nothing(
        self, sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller
    ) -> None:
        listed = await graph.get(f"{WABA}/subscribed_apps")
        assert len(listed.json()["data"]) == 2
        await graph.http.delete(f"{WABA}/subscribed_apps")
        await sim.person("Ratna", "+6281210004321", key="ratna")
        await sim.say("ratna", "Halo")
        await sim.clock.advance(ALL_STATUSES)

        assert connected.posts == []
