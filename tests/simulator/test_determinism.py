"""The same seed and the same actions give the same journal, byte for byte."""

import msgspec

from infrastructure.simulator import SimulatorClient, SimulatorConfig, StatusTiming, WebhookConfig
from infrastructure.simulator.randomness import Randomness
from tests.simulator.configurations import virtual_configuration
from tests.simulator.graph_caller import GraphCaller
from tests.simulator.recording_hub import VERIFY_TOKEN, RecordingHub


def eventful(seed: int) -> SimulatorConfig:
    """Everything that is drawn is drawn often."""
    return virtual_configuration(
        seed=seed,
        webhooks=WebhookConfig(
            redelivery_after_success_probability=0.5,
            regroup_probability=0.5,
            merge_probability=0.5,
            batch_window_seconds=0.2,
        ),
        statuses=StatusTiming(read_probability=0.5, read_after=(1.0, 5.0)),
    )


async def play(sim: SimulatorClient, hub: RecordingHub, seed: int) -> dict[str, object]:
    await sim.reset(eventful(seed), keep_callbacks=False)
    hub.posts.clear()
    await sim.set_callback(hub.callback, VERIFY_TOKEN)
    for number in range(3):
        await sim.person(f"Orang {number}", f"+628120000220{number}", key=f"p{number}")
    hub.next_answers.extend([500, 200, 503])
    for number in range(3):
        await sim.say(f"p{number}", f"Halo dari {number}")
        await sim.send_file(f"p{number}", "image", b"jpeg", "image/jpeg")
    await sim.clock.advance(1)
    async with GraphCaller(sim.graph_url) as graph:
        for number in range(6):
            await graph.send_text(f"Balasan {number}", to=f"+628120000220{number % 3}")
            await sim.clock.advance(0.5)
    await sim.clock.advance(120)
    return await sim.journal()


async def test_equal_seeds_give_equal_journals_and_other_seeds_others(
    sim: SimulatorClient, hub: RecordingHub
) -> None:
    first = await play(sim, hub, 7)
    second = await play(sim, hub, 7)
    other = await play(sim, hub, 8)

    assert msgspec.json.encode(first) == msgspec.json.encode(second)
    assert msgspec.json.encode(first) != msgspec.json.encode(other)
    deliveries = first["deliveries"]
    assert isinstance(deliveries, list)
    assert len(deliveries) > 10


def test_draws_depend_on_their_key_and_not_on_their_order() -> None:
    one, two = Randomness(1), Randomness(1)
    forwards = [one.fraction("delay", number) for number in range(50)]
    backwards = [two.fraction("delay", number) for number in reversed(range(50))]

    assert forwards == backwards[::-1]
    assert len(set(forwards)) == 50
    assert all(0 <= drawn < 1 for drawn in forwards)
    assert [Randomness(2).fraction("delay", n) for n in range(50)] != forwards


def test_draws_have_the_form_that_was_asked_for() -> None:
    draws = Randomness(3)

    for number in range(50):
        digits = draws.digits(15, "id", number)
        assert len(digits) == 15
        assert digits.isdecimal()
        assert digits[0] != "0"
        assert len(draws.hexadecimal(19, "id", number)) == 19
        assert 2 <= draws.between(2, 3, "id", number) < 3
        assert sorted(draws.shuffled([1, 2, 3], "order", number)) == [1, 2, 3]
