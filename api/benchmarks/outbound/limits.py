"""Starts in any second, and how much of the limit is used."""

import asyncio
import dataclasses
import time
from collections.abc import Sequence
from typing import Final
from uuid import uuid4

import uvloop
from redis.asyncio import Redis as AsyncRedis

from api.benchmarks.outbound.stage import Stage, followed
from domain.ports.whatsapp import SendAccepted, SendRequest, WhatsAppGateway
from infrastructure.benchmarks.figure import Figure
from infrastructure.lasting_memory import keep_what_is_loaded
from infrastructure.redis.send_limits import SendLimits
from jobs.drain_sender import drain_sender
from jobs.outbound.pace import Pace
from jobs.outbound.window import WINDOW_S
from jobs.queues import QueueName
from jobs.runtime import SendRuntime
from jobs.wiring import worker_runtime

LANES: Final = ((5, 20), (20, 20), (80, 80))
"""Limits with the level of the number; 5 is a firm's own choice."""

SECONDS: Final = 8
ALONE: Final = 1000


def limit_figures(stage: Stage) -> list[Figure]:
    """Send from numbers of every limit side by side, and note the moment of every call."""
    starts = _lanes(stage)
    starts[ALONE] = uvloop.run(_alone(stage.servers.redis_url))
    over = {n: most_in_a_second(moments) - n for n, moments in starts.items()}
    used = {n: _use(moments, n) for n, moments in starts.items()}
    worst = min(used, key=lambda n: used[n])
    return [
        Figure.at_most(
            "outbound over limit",
            max(0, *over.values()),
            "messages",
            baseline="most calls begun in any second above 5, 20, 80 and 1000 "
            f"(1000: the limiter alone); reached: {', '.join(map(str, _most(starts)))}",
            target=0,
            must=0,
        ),
        Figure.at_least(
            "outbound limit use",
            used[worst],
            "of n",
            baseline=f"under backlog, least of the four (n = {worst}); "
            + ", ".join(f"{n}: {share:.3f}" for n, share in sorted(used.items())),
            target=0.98,
            must=0.97,
        ),
    ]


def most_in_a_second(starts: Sequence[float]) -> int:
    """The most starts in any span of one second, its end not counted."""
    most, first = 0, 0
    for last, moment in enumerate(starts):
        while starts[first] <= moment - 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def _most(starts: dict[int, list[float]]) -> list[int]:
    return [most_in_a_second(starts[n]) for n in sorted(starts)]


def _use(starts: Sequence[float], limit: int) -> float:
    """The share of the limit that was used from the first start to the last."""
    return (len(starts) - 1) / (starts[-1] - starts[0]) / limit


class _NotingGateway:
    """Notes the moment of each call, by number."""

    def __init__(self, gateway: WhatsAppGateway) -> None:
        self._gateway = gateway
        self.starts: dict[str, list[float]] = {}

    async def send(self, request: SendRequest) -> SendAccepted:
        self.starts.setdefault(request.phone_number_id, []).append(time.monotonic())
        return await self._gateway.send(request)


def _lanes(stage: Stage) -> dict[int, list[float]]:
    firms = {limit: stage.firm(level=level, chosen=limit) for limit, level in LANES}
    numbers: dict[int, str] = {}
    with followed(stage):
        for limit, firm in firms.items():
            firm.requests(firm.people(40), limit * (SECONDS + 4))
            numbers[limit] = firm.phone_number_id
        stage.wait_until_followed()
        stage.come_to_rest()
        # What the people wrote counts for a second.
        time.sleep(WINDOW_S)
        end = time.monotonic() + SECONDS + 2
        with worker_runtime(
            stage.settings,
            stage.servers.database_url,
            stage.servers.redis_url,
            QueueName.OUTBOUND,
            is_stopped=lambda: time.monotonic() > end,
        ) as runtime:
            assert isinstance(runtime, SendRuntime)  # noqa: S101 - the queue decides the type
            gateway = _NotingGateway(runtime.gateway)
            noting = dataclasses.replace(runtime, gateway=gateway)
            keep_what_is_loaded()  # as every worker does
            drain_sender(noting, firms[80].tenant_id, str(firms[80].number_id))
    return {limit: gateway.starts[number] for limit, number in numbers.items()}


async def _alone(redis_url: str) -> list[float]:
    """As many starts as the limiter gives, without a call behind each."""
    starts: list[float] = []
    async with AsyncRedis.from_url(redis_url) as connection:
        pace = Pace(SendLimits(connection), uuid4())
        pace.limit_per_second = ALONE
        end = time.monotonic() + SECONDS / 2
        while time.monotonic() < end:
            if pace.may_start(await pace.next_start(ALONE // 20)):
                starts.append(time.monotonic())
            await asyncio.sleep(0)
    return starts
