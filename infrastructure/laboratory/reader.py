"""Somebody who looks at the firm's screens without pause and is never to be told that it failed."""

import asyncio
from typing import Final, Self

from infrastructure.laboratory.patient_screen import PatientScreen, Unanswered

PAUSE_S: Final = 0.05

_LOOKS: Final = (
    """
    query { conversations(first: 10) { nodes {
      id intakeState contact { profileName } timeline(last: 10) { nodes { __typename } }
    } } }
    """,
    "query { draftQueue(first: 10) { nodes { id } } }",
    "query { eventHistory(last: 10) { nodes { __typename } } }",
    "query { broadcasts(first: 5) { nodes { id state } } webhookEndpoints { nodes { id } } }",
)
"""What the screens of a firm ask for."""


class Reader:
    """One owner at a screen. Use it as an async context manager."""

    def __init__(self, base_url: str, token: str) -> None:
        self._screen = PatientScreen(base_url, token)
        self._is_stopped = False
        self.reads = 0
        self.failures: list[str] = []

    async def __aenter__(self) -> Self:
        await self._screen.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._screen.__aexit__(None, None, None)

    def stop(self) -> None:
        """Look no more."""
        self._is_stopped = True

    async def read(self) -> None:
        """Look until stopped, and remember what was not answered."""
        while not self._is_stopped:
            for look in _LOOKS:
                try:
                    await self._screen.ask(look)
                except Unanswered as failure:
                    self.failures.append(str(failure))
                self.reads += 1
            await asyncio.sleep(PAUSE_S)
