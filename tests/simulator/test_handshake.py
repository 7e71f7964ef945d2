"""The GET handshake: when it is made, what it carries, what a refusal means."""

from infrastructure.simulator import SimulatorClient
from infrastructure.simulator.adjustment import adjusted
from tests.simulator.configurations import ALL_STATUSES, virtual_configuration
from tests.simulator.graph_caller import NUMBER, WABA, GraphCaller, error_code
from tests.simulator.recording_hub import VERIFY_TOKEN, RecordingHub


async def test_setting_a_callback_asks_it_to_echo_a_challenge(
    sim: SimulatorClient, hub: RecordingHub
) -> None:
    outcome = await sim.set_callback(hub.callback, VERIFY_TOKEN)

    assert outcome.verified
    (query,) = hub.handshakes
    assert query["hub.mode"] == "subscribe"
    assert query["hub.verify_token"] == VERIFY_TOKEN
    assert query["hub.challenge"].isdecimal()


async def test_a_callback_that_refuses_the_token_is_not_taken_over(
    sim: SimulatorClient, hub: RecordingHub
) -> None:
    await sim.set_callback(hub.callback, VERIFY_TOKEN)
    outcome = await sim.set_callback(f"{hub.url}/webhooks/other", "a wrong token")
    await sim.person("Ratna", "+6281210004321", key="ratna")
    await sim.say("ratna", "Halo")
    await sim.clock.settle()

    assert not outcome.verified
    assert "403" in outcome.detail
    assert [delivery.url for delivery in await sim.deliveries()] == [hub.callback]


async def test_a_callback_that_nobody_serves_is_refused_with_the_reason(
    sim: SimulatorClient,
) -> None:
    outcome = await sim.set_callback("http://127.0.0.1:1/webhooks", VERIFY_TOKEN)

    assert not outcome.verified
    assert "did not answer" in outcome.detail


async def test_a_configured_callback_shakes_hands_before_its_first_delivery(
    sim: SimulatorClient, hub: RecordingHub
) -> None:
    await sim.reset(
        adjusted(virtual_configuration(), {"callback": hub.callback, "verify_token": VERIFY_TOKEN})
    )
    assert hub.handshakes == []
    await sim.person("Ratna", "+6281210004321", key="ratna")
    await sim.say("ratna", "Halo")
    await sim.clock.settle()

    assert len(hub.handshakes) == 1
    assert [message["text"]["body"] for message in hub.messages] == ["Halo"]


async def test_a_configured_callback_with_a_wrong_token_gets_nothing(
    sim: SimulatorClient, hub: RecordingHub
) -> None:
    await sim.reset(
        adjusted(virtual_configuration(), {"callback": hub.callback, "verify_token": "wrong"})
    )
    await sim.person("Ratna", "+6281210004321", key="ratna")
    await sim.say("ratna", "Halo")
    await sim.clock.advance(10)

    assert hub.posts == []
    assert len(hub.handshakes) > 1
    errors = {delivery.error for delivery in await sim.deliveries()}
    assert errors == {"handshake refused: HTTP Status Code = 403, 200 was expected"}


async def test_nothing_is_delivered_to_an_override_that_does_not_shake_hands(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller
) -> None:
    configuration = {"override_callback_uri": f"{connected.url}/webhooks/own", "verify_token": "x"}
    refused = await graph.post(NUMBER, {"webhook_configuration": configuration})

    assert error_code(refused) == 2200
    asked = await graph.get(NUMBER, fields="webhook_configuration")
    assert asked.json()["webhook_configuration"] == {"application": connected.callback}


async def test_an_override_of_the_number_wins_over_the_account_and_the_app(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller, ratna: str
) -> None:
    of_waba = {
        "override_callback_uri": f"{connected.url}/webhooks/waba",
        "verify_token": VERIFY_TOKEN,
    }
    of_number = {**of_waba, "override_callback_uri": f"{connected.url}/webhooks/number"}
    await graph.post(f"{WABA}/subscribed_apps", of_waba)
    await sim.say(ratna, "satu")
    await sim.clock.settle()
    await graph.post(NUMBER, {"webhook_configuration": of_number})
    await sim.say(ratna, "dua")
    await sim.clock.settle()
    await graph.post(NUMBER, {"webhook_configuration": {"override_callback_uri": ""}})
    await graph.post(f"{WABA}/subscribed_apps", {})
    await sim.say(ratna, "tiga")
    await sim.clock.advance(ALL_STATUSES)

    paths = [delivery.url.rpartition("/")[2] for delivery in await sim.deliveries()]
    assert paths == ["whatsapp", "waba", "number", "whatsapp"]


async def test_overrides_hold_for_messages_only(
    sim: SimulatorClient, connected: RecordingHub, graph: GraphCaller
) -> None:
    await graph.post(
        f"{WABA}/subscribed_apps",
        {"override_callback_uri": f"{connected.url}/webhooks/waba", "verify_token": VERIFY_TOKEN},
    )
    await graph.post(
        f"{WABA}/message_templates",
        {
            "name": "pengingat",
            "language": "id",
            "category": "UTILITY",
            "components": [{"type": "BODY", "text": "Halo"}],
        },
    )
    await sim.clock.advance(60)

    assert [delivery.url for delivery in await sim.deliveries()] == [connected.callback]
