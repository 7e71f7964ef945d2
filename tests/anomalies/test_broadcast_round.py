"""A broadcast whose workers are killed: every phone gets its words, exactly once."""

import pytest

from api.graphql.ids import global_id
from infrastructure.laboratory.broadcast_stage import LaboratoryHub, broadcast_stage
from tests.journeys.stage import Stage

SIZE = 60


@pytest.mark.timeout(400)
async def test_a_broadcast_survives_three_kills_and_reaches_everybody_exactly_once(
    fragile: Stage,
) -> None:
    hub = LaboratoryHub(
        fragile.base_url, fragile.hub.process.pid, fragile.store, fragile.servers.database_url
    )
    async with broadcast_stage(hub, size=SIZE, seed=7, global_id=global_id) as broadcast:
        result = await broadcast.run(
            victims=("bulk", "outbound", "outbound"), reply_every_s=0.5, say=lambda _: None
        )
    assert result.is_clean, result
    assert sum(result.kills.values()) == 3
    assert result.in_a_second_max <= 80
    assert len(result.latencies_s) >= 1
