"""A person with WhatsApp who writes to a firm, as a test moves it."""

from typing import Any, Self

from infrastructure.simulator import SimulatorClient
from tests.journeys.stage import Firm, Stage

_WAIT_S = 60.0


class Person:
    """Writes, taps, reads."""

    def __init__(
        self, simulator: SimulatorClient, firm: Firm, key: str, name: str, phone: str
    ) -> None:
        self._simulator = simulator
        self._phone_number_id = firm.number.phone_number_id
        self.key = key
        self.name = name
        self.phone = phone

    @classmethod
    async def meet(
        cls,
        stage: Stage,
        simulator: SimulatorClient,
        firm: Firm,
        name: str,
        *,
        username: str | None = None,
    ) -> Self:
        """Somebody who has not written to the firm yet."""
        phone = stage.new_phone()
        view = await simulator.person(name, phone, key=f"p{phone[1:]}", username=username)
        return cls(simulator, firm, view.key, name, phone)

    async def says(self, text: str) -> str:
        """Write a text; returns the wamid."""
        return await self._simulator.say(self.key, text, phone_number_id=self._phone_number_id)

    async def sends(self, kind: str, content: Any) -> str:
        """Send a message of any kind; returns the wamid."""
        return await self._simulator.send_content(
            self.key, kind, content, phone_number_id=self._phone_number_id
        )

    async def sees(self, words: str) -> str:
        """Wait for a message with these words; returns all of it."""
        return (await self._simulator.wait_for_message(self.key, words, _WAIT_S)).text

    async def taps(self, title: str) -> str:
        """Wait for a message with this button, and tap it."""

        async def offered() -> bool | None:
            inbox = await self._simulator.inbox(self.key)
            return any(title in message.choices.values() for message in inbox) or None

        await self._simulator.wait_for(offered, _WAIT_S, f"a button {title!r} for {self.name}")
        return await self._simulator.press(self.key, title=title)

    async def has_seen(self) -> list[str]:
        """Everything that has arrived so far, oldest first."""
        return [message.text for message in await self._simulator.inbox(self.key)]

    async def consents(self, first_words: str = "Selamat pagi") -> None:
        """Write for the first time and agree to what is asked."""
        await self.says(first_words)
        await self.taps("Setuju")
        await self.sees("Apakah ada tenggat?")

    async def completes_the_intake(self, first_words: str = "Selamat pagi") -> None:
        """Agree, and answer everything that is asked."""
        await self.consents(first_words)
        await self.taps("Ada")
        await self.sees("Kapan tenggatnya?")
        await self.says("Tanggal 5 Desember 2026")
        await self.sees("Tim kami akan membalas")
