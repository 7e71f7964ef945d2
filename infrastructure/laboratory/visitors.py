"""People who write to the firm one after another, agree, ask again, and now and then opt out."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Final

import httpx

from infrastructure.simulator.client import SimulatorClient

CONSENT_BUTTON: Final = "Setuju"
OPT_OUT_SHARE: Final = 0.1
FILE_SHARE: Final = 0.4
POLL_S: Final = 0.2
PATIENCE_S: Final = 120.0


def file_of(number: int) -> bytes:
    """The file that the visitor of this number sends."""
    return f"Surat dari pengunjung {number}.\n".encode()


def number_of(filename: str) -> int:
    """The visitor who sent a file of this name."""
    return int(filename.partition("-")[2].partition(".")[0])


def _name_of(number: int) -> str:
    return f"surat-{number}.txt"


@dataclass(slots=True)
class Visitors:
    """Who came. `agreed` may be written to; `opted_out` may not, from some moment on."""

    said: int = 0
    agreed: list[str] = field(default_factory=list)
    opted_out: set[str] = field(default_factory=set)


class Reception:
    """Lets people come, each going through the consent question of the firm's intake."""

    def __init__(self, simulator: SimulatorClient, phone_number_id: str, *, seed: int) -> None:
        self._simulator = simulator
        self._phone_number_id = phone_number_id
        self._random = random.Random(seed)  # noqa: S311 - a seeded course of events, no secret
        self._is_stopped = False
        self._seed = seed
        self.visitors = Visitors()

    def stop(self) -> None:
        """Let nobody new come."""
        self._is_stopped = True

    async def meet(self, number: int) -> str:
        """A person comes, writes and agrees; returns the name. Raises TimeoutError."""
        name = f"Pengunjung {number}"
        phone = f"+62813{self._seed % 1000:03d}{number:05d}"
        key = f"visitor{number}"
        await self._simulator.person(name, phone, key=key)
        await self._say(key, "Selamat pagi, saya ingin berkonsultasi.")
        deadline = asyncio.get_running_loop().time() + PATIENCE_S
        while not await self._is_asked(key):
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(f"Nobody asked {name} for consent.")
            await asyncio.sleep(POLL_S)
        await self._simulator.press(key, title=CONSENT_BUTTON)
        self.visitors.said += 1
        self.visitors.agreed.append(name)
        return name

    async def receive(self, *, first_number: int, every_s: float) -> None:
        """Let people come until stopped, some of whom opt out afterwards."""
        number = first_number
        async with asyncio.TaskGroup() as group:
            while not self._is_stopped:
                group.create_task(self._visit(number))
                number += 1
                await asyncio.sleep(self._random.expovariate(1 / every_s))

    async def _visit(self, number: int) -> None:
        try:
            name = await self.meet(number)
        except TimeoutError:
            # The hub was away for longer than a person waits; what the person wrote still counts.
            return
        if self._random.random() < FILE_SHARE:
            await self.send_file(number)
        if self._random.random() < OPT_OUT_SHARE:
            self.visitors.opted_out.add(name)
            await self._say(f"visitor{number}", "STOP")
        else:
            await self._say(f"visitor{number}", "Kapan saya dapat datang ke kantor?")

    async def send_file(self, number: int) -> None:
        """The visitor of this number sends a file."""
        await self._simulator.send_file(
            f"visitor{number}",
            "document",
            file_of(number),
            "text/plain",
            filename=_name_of(number),
            phone_number_id=self._phone_number_id,
        )
        self.visitors.said += 1

    async def _say(self, key: str, words: str) -> None:
        await self._simulator.say(key, words, phone_number_id=self._phone_number_id)
        self.visitors.said += 1

    async def _is_asked(self, key: str) -> bool:
        try:
            inbox = await self._simulator.inbox(key)
        except httpx.HTTPError:
            return False
        return any(CONSENT_BUTTON in message.choices.values() for message in inbox)
