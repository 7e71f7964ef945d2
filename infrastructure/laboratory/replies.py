"""A lawyer who answers without pause, and remembers on disk what the hub promised to send."""

import asyncio
import contextlib
import random
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple, Self

from infrastructure.laboratory.patient_screen import CommandRefused, PatientScreen, Unanswered

ACQUAINTED_EVERY_S: Final = 5.0

_SEND_REPLY: Final = """
mutation($input: SendReplyInput!) { sendReply(input: $input) {
  draft { id } userErrors { code message }
} }
"""

_CONVERSATIONS: Final = """
query($after: Cursor) { conversations(first: 100, after: $after) {
  nodes { id intakeState contact { id profileName } }
  pageInfo { hasNextPage endCursor }
} }
"""

_AGREED: Final = "RUNNING"
"""The state of the intake of whoever has agreed and answers its questions."""


class Acquaintance(NamedTuple):
    """A person who writes to the firm, and has agreed to be written to."""

    conversation_id: str
    contact_id: str


@dataclass(slots=True)
class Replies:
    """What came of the replies: the words that the hub took, and how often it refused which."""

    taken: dict[str, str] = field(default_factory=dict)
    """The words of each reply that the hub took, and the conversation they went to."""
    refused: list[str] = field(default_factory=list)
    """The codes of refusals."""


class Lawyer:
    """One lawyer at a screen. Use it as an async context manager."""

    def __init__(self, base_url: str, token: str, *, seed: int) -> None:
        self._screen = PatientScreen(base_url, token)
        self._random = random.Random(seed)  # noqa: S311 - a seeded course of events, no secret
        self._number = 0
        self._is_stopped = False
        self.replies = Replies()
        self.known: dict[str, Acquaintance] = {}
        """Everybody who has agreed, by name."""

    async def __aenter__(self) -> Self:
        await self._screen.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._screen.__aexit__(None, None, None)

    async def look(self) -> Mapping[str, Acquaintance]:
        """Learn who has agreed by now. Raises Unanswered."""
        after: str | None = None
        while True:
            data = (await self._screen.ask(_CONVERSATIONS, {"after": after}))["conversations"]
            for node in data["nodes"]:
                contact = node["contact"]
                if node["intakeState"] == _AGREED and contact["profileName"]:
                    self.known[contact["profileName"]] = Acquaintance(node["id"], contact["id"])
            if not data["pageInfo"]["hasNextPage"]:
                return self.known
            after = data["pageInfo"]["endCursor"]

    def stop(self) -> None:
        """Begin no further reply; the one under way is finished."""
        self._is_stopped = True

    async def get_acquainted(self) -> None:
        """Learn of new people until stopped."""
        while not self._is_stopped:
            with contextlib.suppress(Unanswered):
                await self.look()
            await asyncio.sleep(ACQUAINTED_EVERY_S)

    async def answer(self, *, rate_per_s: float) -> None:
        """Write to one person after another, each reply again until the hub answers."""
        while not self._is_stopped:
            await self.reply()
            await asyncio.sleep(self._random.expovariate(rate_per_s))

    async def reply(self) -> None:
        """Write to one person who is known, again until the hub answers."""
        person = self._random.choice(list(self.known.values()))
        self._number += 1
        words = f"Balasan nomor {self._number}."
        given = {
            "conversationId": person.conversation_id,
            "text": words,
            "idempotencyKey": uuid.UUID(int=self._random.getrandbits(128), version=4).hex,
        }
        try:
            await self._screen.command(_SEND_REPLY, given)
        except CommandRefused as refused:
            self.replies.refused.append(refused.code)
        else:
            self.replies.taken[words] = person.conversation_id
