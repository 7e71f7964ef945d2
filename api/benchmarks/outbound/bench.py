"""All figures of `hub bench outbound`, in the order in which they are measured."""

from api.benchmarks.outbound.disturbances import (
    empty_redis_figures,
    fairness_figures,
    outage_figures,
)
from api.benchmarks.outbound.limits import limit_figures
from api.benchmarks.outbound.replies import reply_figures
from api.benchmarks.outbound.speed import speed_figures
from api.benchmarks.outbound.stage import sending_stage
from infrastructure.benchmarks.figure import Figure
from infrastructure.settings import Settings


def run(settings: Settings) -> list[Figure]:
    """Measure everything on one set of servers.

    Raises EmbeddedServerError, MeasurementFailedError.
    """
    figures: list[Figure] = []
    with sending_stage(settings) as stage:
        for measure in (
            speed_figures,
            limit_figures,
            reply_figures,
            outage_figures,
            empty_redis_figures,
            fairness_figures,
        ):
            figures += measure(stage)
    return figures
