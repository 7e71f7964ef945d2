"""All measurements of `hub bench`, in the order in which they run."""

from collections.abc import Callable, Mapping
from typing import Final

from api.benchmarks import batch, end_to_end, memory, planning, takeover, webhook
from api.benchmarks.outbound import bench as outbound
from infrastructure.benchmarks import append, normalise
from infrastructure.benchmarks.figure import Figure
from infrastructure.settings import Settings
from projections.benchmarks import catch_up, lag, rebuild_timeline

Bench = Callable[[Settings], list[Figure]]
"""Measures with settings whose home is empty and gone afterwards, so nothing real is touched."""

BENCHES: Final[Mapping[str, Bench]] = {
    "webhook": webhook.run,
    "append": append.run,
    "normalise": normalise.run,
    "batch": batch.run,
    "projection": catch_up.run,
    "rebuild": rebuild_timeline.run,
    "lag": lag.run,
    "end-to-end": end_to_end.run,
    "planning": planning.run,
    "outbound": outbound.run,
    "takeover": takeover.run,
    "memory": memory.run,
}
"""Every measurement by its name on the command line."""
