"""A broadcast whose workers are killed: every phone gets its words, exactly once."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.graphql.ids import global_id
from infrastructure.laboratory.broadcast_round import Kills
from infrastructure.laboratory.broadcast_stage import LaboratoryHub, broadcast_stage
from tests.anomalies.processes import is_ready, kill, server_of
from tests.journeys.stage import Stage, running_stage
from tests.waiting import until

SIZE = 60

KILLS = Kills(planning=("bulk",), releasing=("bulk",), sending=("outbound",))


@pytest.fixture
def lonely() -> Iterator[Stage]:
    """A hub that no other test uses: its number belongs to a WhatsApp that ends with this test.

    What the hub asks there by the clock, as the list of templates, fails from then on, and is tried
    again for hours; a hub that others use would not come to rest.
    """
    with (
        tempfile.TemporaryDirectory(prefix="hub-lone-", ignore_cleanup_errors=True) as folder,
        running_stage(Path(folder), {"HUB_WORK_SWEEP_INTERVAL_S": "1"}) as running,
    ):
        yield running


@pytest.mark.timeout(600)
async def test_a_broadcast_survives_kills_in_each_part_and_reaches_everybody_exactly_once(
    lonely: Stage,
) -> None:
    lose_postgresql(lonely)
    hub = LaboratoryHub(
        lonely.base_url, lonely.hub.process.pid, lonely.store, lonely.servers.database_url
    )
    async with broadcast_stage(hub, size=SIZE, seed=7, global_id=global_id) as broadcast:
        result = await broadcast.run(kills=KILLS, reply_every_s=0.5, say=print)
    assert result.is_clean, result
    assert dict(result.kills) == {"bulk": 2, "outbound": 1}
    # A reply whose sender died between its attempt and its call is in doubt until a person looks.
    replies = (result.latencies_s, result.stalled_latencies_s, result.harmed_latencies_s)
    assert sum(len(each) for each in replies) >= 1


def lose_postgresql(stage: Stage) -> None:
    """Kill PostgreSQL and wait for the next one: the senders have lost all their connections."""
    postmaster = server_of(stage, "postgres")
    kill(postmaster)
    until(lambda: server_of(stage, "postgres").pid != postmaster.pid, "a new one runs")
    until(lambda: is_ready(stage), "the hub is ready again")
