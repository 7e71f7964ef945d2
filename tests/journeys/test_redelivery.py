"""Meta delivers at least once, in any grouping and any order: nothing happens twice."""

from typing import get_args

import pytest

from infrastructure.simulator import SimulatorClient
from infrastructure.simulator.simulator import Grouping
from tests.journeys.desk import Desk
from tests.journeys.person import Person
from tests.journeys.stage import Firm, Stage


async def updates_of(simulator: SimulatorClient, firm: Firm) -> list[int]:
    """Every update that was delivered for the firm's number."""
    return sorted(
        {
            update_id
            for delivery in await simulator.deliveries()
            if firm.number.phone_number_id in delivery.body
            for update_id in delivery.update_ids
        }
    )


@pytest.mark.parametrize("grouping", get_args(Grouping))
async def test_a_story_that_is_delivered_again_leaves_no_second_trace(
    stage: Stage, firm: Firm, simulator: SimulatorClient, lawyer: Desk, grouping: Grouping
) -> None:
    people = [await Person.meet(stage, simulator, firm, name) for name in ("Ratna", "Budi")]
    for person in people:
        await person.consents()
    await people[0].says("Ada")
    await simulator.read(people[0].key)
    await simulator.change_phone(people[1].key, stage.new_phone())
    stage.rests()
    events = await lawyer.history()
    sends = len(await simulator.sends())
    updates = await updates_of(simulator, firm)
    assert len(updates) >= 15
    await simulator.redeliver(updates, grouping)
    stage.rests()
    assert await lawyer.history() == events
    assert len(await simulator.sends()) == sends
