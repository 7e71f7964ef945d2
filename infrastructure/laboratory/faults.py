"""What can happen to a hub: one function per kind of misfortune, each healed when it returns."""

import asyncio
import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import redis

from infrastructure.checkout import python_path
from infrastructure.failpoints import CLOCK, FAILPOINTS
from infrastructure.laboratory.file_limit import LimitRefused, allow_writing, forbid_writing
from infrastructure.laboratory.network import Network, Weather
from infrastructure.laboratory.orders import Orders
from infrastructure.laboratory.processes import MARKS, command_of, find_process
from infrastructure.supervision.parent import start_bound

PROCESS_TIMEOUT_S: Final = 90.0
FAILPOINT_TIMEOUT_S: Final = 30.0
LAST_TIMEOUT_S: Final = 180.0
"""How long each order that stands at the end is waited for after the one before: they may be for
one process, which dies at one after the other."""

TOGETHER_S: Final = 1.5
"""After so long the next misfortune begins, although nobody has come to the failpoint yet."""

ENDED_PAUSE_S: Final = 0.05
"""How long it takes until a process that has ended is not found any more, or another is."""

FREEZE_S: Final = 8.0
"""Longer than any lease, so that another process takes over in between."""

BOTH_S: Final = 1.0
"""How long the one that woke up works beside the one that took over."""

SUBSTITUTE_STOP_S: Final = 8.0
REPLACEABLE: Final = ("outbound", "assist", "media", "bulk", "deliver")
"""Processes whose work is held by leases, not by a connection to PostgreSQL."""

WEATHER_S: Final = 4.0
HALF_OPEN_S: Final = 6.0
"""Longer than a call may take in the laboratory."""

CLOCK_JUMP_S: Final = (-120.0, 120.0)
CLOCK_S: Final = 4.0
DISK_FULL_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Site:
    """The hub that is harmed, and the means to do it."""

    home: Path
    supervisor_pid: int
    network: Network
    orders: Orders
    redis_url: str
    environment: MutableMapping[str, str]
    """The settings of the hub."""

    async def process(self, name: str) -> int:
        """The id of a process; one that still starts again is waited for. Raises TimeoutError."""
        deadline = time.monotonic() + PROCESS_TIMEOUT_S
        while time.monotonic() < deadline:
            found = await asyncio.to_thread(find_process, name, str(self.home), self.supervisor_pid)
            if found is not None:
                return found
            await asyncio.sleep(0.2)
        raise TimeoutError(f"There is no process {name} after {PROCESS_TIMEOUT_S:g} s.")

    @contextlib.contextmanager
    def substitute(self, name: str) -> Iterator[int]:
        """One more process of this kind while the block runs; gives its id."""
        with (self.home / "substitutes.log").open("ab") as log:
            process, parent_pipe = start_bound(
                list(command_of(name)), output=log, environment=self.environment
            )
        try:
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(SUBSTITUTE_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            os.close(parent_pipe)


Fault = Callable[[Site, random.Random], Awaitable[None]]


class NotMet(Exception):
    """The misfortune cannot happen here."""


async def signal_one(site: Site, name: str, with_signal: signal.Signals) -> int:
    """Send a signal to a process of that name; returns its id.

    One that ends by itself after it was found leaves its turn to another.
    """
    while True:
        process_id = await site.process(name)
        try:
            os.kill(process_id, with_signal)
        except ProcessLookupError:
            await asyncio.sleep(ENDED_PAUSE_S)
        else:
            return process_id


def _killing(name: str, with_signal: signal.Signals = signal.SIGKILL) -> Fault:
    async def kill(site: Site, _chance: random.Random) -> None:
        await signal_one(site, name, with_signal)

    return kill


def _killing_at(failpoint: str) -> Fault:
    async def kill(site: Site, _chance: random.Random) -> None:
        try:
            await _met(site, failpoint, FAILPOINT_TIMEOUT_S)  # an earlier order, if there is one
        except TimeoutError as error:
            raise NotMet(failpoint) from error
        site.orders.kill_at(failpoint)
        # Nobody waits for long: what goes wrong meanwhile goes wrong together.
        with contextlib.suppress(TimeoutError):
            await _met(site, failpoint, TOGETHER_S)

    return kill


async def _met(site: Site, failpoint: str, patience_s: float) -> None:
    async with asyncio.timeout(patience_s):
        while not site.orders.is_taken(failpoint):  # noqa: ASYNC110 - other processes take orders
            await asyncio.sleep(0.05)


async def never_met(site: Site) -> list[str]:
    """Wait for the orders that still stand; returns those that nobody met, and withdraws them."""
    standing, moved_at = site.orders.standing(), time.monotonic()
    while standing and time.monotonic() - moved_at < LAST_TIMEOUT_S:
        await asyncio.sleep(0.05)
        left = site.orders.standing()
        if left != standing:
            standing, moved_at = left, time.monotonic()
    for failpoint in standing:
        site.orders.withdraw(failpoint)
    return standing


def _freezing(*names: str) -> Fault:
    """One of these stands still; where another of its kind may work beside it, one takes over."""

    async def freeze(site: Site, chance: random.Random) -> None:
        name = chance.choice(names)
        process_id = await signal_one(site, name, signal.SIGSTOP)
        try:
            with site.substitute(name) if name in REPLACEABLE else contextlib.nullcontext():
                await asyncio.sleep(FREEZE_S)
                with contextlib.suppress(ProcessLookupError):
                    os.kill(process_id, signal.SIGCONT)
                await asyncio.sleep(BOTH_S)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process_id, signal.SIGCONT)

    return freeze


def _weather(weather: Weather, seconds: float) -> Fault:
    async def turn(site: Site, _chance: random.Random) -> None:
        site.network.turn(weather)
        await asyncio.sleep(seconds)
        site.network.turn(Weather.FAIR)

    return turn


async def _empty_redis(site: Site, _chance: random.Random) -> None:
    def flush() -> None:
        with redis.Redis.from_url(site.redis_url) as client:
            client.flushall()

    await asyncio.to_thread(flush)


async def _jump(site: Site, chance: random.Random) -> None:
    clock = site.orders.folder / CLOCK
    clock.write_text(f"{chance.choice(CLOCK_JUMP_S):g}", "ascii")
    await asyncio.sleep(CLOCK_S)
    clock.unlink()


async def _fill_disk(site: Site, _chance: random.Random) -> None:
    """PostgreSQL cannot write to its files for a while, as on a full disk."""
    process_id = await site.process("postmaster")
    try:
        await asyncio.to_thread(forbid_writing, process_id)
    except (LimitRefused, ProcessLookupError) as error:
        raise NotMet("disk full") from error
    try:
        # New server processes inherit the limit: those there are end, and nothing can be stored.
        await signal_one(site, "postgres", signal.SIGKILL)
        await asyncio.sleep(DISK_FULL_S)
    finally:
        # It may have ended of the full disk; the one that the keeper starts has no limit.
        with contextlib.suppress(ProcessLookupError):
            await asyncio.to_thread(allow_writing, process_id)


async def _rebuild(site: Site, _chance: random.Random) -> None:
    """An operator makes every read model anew. Raises RuntimeError when the command fails."""

    def command() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-P", "-m", "api", "projections", "rebuild", "--all"],
            env={**site.environment, "PYTHONPATH": python_path()},
            capture_output=True,
            text=True,
            check=False,
        )

    done = await asyncio.to_thread(command)
    if done.returncode or "differs" in done.stdout:
        raise RuntimeError(f"The rebuild failed: {done.stdout}{done.stderr}")


REBUILD: Final = "every read model is made anew"
"""No misfortune: nobody is to notice it."""

FAULTS: Final[Mapping[str, Fault]] = {
    **{f"kill at {name}": _killing_at(name) for name in FAILPOINTS},
    **{f"kill {name}": _killing(name) for name in (*MARKS, "redis", "postgres")},
    "stop postgresql at once": _killing("postmaster", signal.SIGQUIT),
    "freeze outbound": _freezing("outbound"),
    "freeze deliver": _freezing("deliver"),
    "freeze a worker": _freezing("assist", "media", "bulk"),
    "freeze follow": _freezing("follow"),
    "empty redis": _empty_redis,
    "cut the network": _weather(Weather.CUT, WEATHER_S),
    "slow the network": _weather(Weather.SLOW, WEATHER_S),
    "half-open network": _weather(Weather.HALF_OPEN, HALF_OPEN_S),
    "clock jumps": _jump,
    "disk full": _fill_disk,
}
"""Every misfortune by its name."""

HAPPENINGS: Final[Mapping[str, Fault]] = {**FAULTS, REBUILD: _rebuild}
"""Everything that can happen to a hub."""
