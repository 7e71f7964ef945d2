"""Configurations that tests start from."""

import msgspec

from infrastructure.simulator import (
    ClockConfig,
    LimitsConfig,
    SimulatorConfig,
    StatusTiming,
    WebhookConfig,
)
from infrastructure.simulator.configuration import VIRTUAL_CLOCK_START

START = VIRTUAL_CLOCK_START
# Long enough for every status of a message.
ALL_STATUSES = 6.0

CERTAIN_DELIVERY = WebhookConfig(
    redelivery_after_success_probability=0.0,
    regroup_probability=0.0,
    merge_probability=0.0,
    timeout_seconds=1.0,
)


def virtual_configuration(
    *,
    seed: int = 1,
    webhooks: WebhookConfig = CERTAIN_DELIVERY,
    limits: LimitsConfig | None = None,
    statuses: StatusTiming | None = None,
) -> SimulatorConfig:
    config = SimulatorConfig(seed=seed, clock=ClockConfig(mode="virtual"), webhooks=webhooks)
    if limits is not None:
        config = msgspec.structs.replace(config, limits=limits)
    if statuses is not None:
        config = msgspec.structs.replace(config, statuses=statuses)
    return config
