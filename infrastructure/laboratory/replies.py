"""A lawyer who answers without pause, and remembers on disk what the hub promised to send."""

import asyncio
import random
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

import httpx

TIMEOUT_S: Final = 15.0
PAUSE_S: Final = 0.3

_SEND_REPLY: Final = """
mutation($input: SendReplyInput!) { sendReply(input: $input) {
  draft { id } userErrors { code message }
} }
"""

_CONVERSATIONS: Final = """
query { conversations(first: 100) { nodes { id intakeState contact { profileName } } } }
"""


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
        self._client = httpx.AsyncClient(
            base_url=base_url,
            headers={"authorization": f"Bearer {token}"},
            timeout=TIMEOUT_S,
            trust_env=False,
        )
        self._random = random.Random(seed)  # noqa: S311 - a seeded course of events, no secret
        self._number = 0
        self._is_stopped = False
        self.replies = Replies()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def conversations(self) -> Mapping[str, tuple[str, str | None]]:
        """Name of the contact -> id of the conversation and state of its intake."""
        data = await self._ask(_CONVERSATIONS, {})
        return {
            node["contact"]["profileName"]: (node["id"], node["intakeState"])
            for node in data["conversations"]["nodes"]
        }

    def stop(self) -> None:
        """Begin no further reply; the one under way is finished."""
        self._is_stopped = True

    async def answer(self, conversations: Sequence[str], *, rate_per_s: float) -> None:
        """Write to one conversation after another, each reply again until the hub answers."""
        while not self._is_stopped:
            conversation = self._random.choice(conversations)
            self._number += 1
            await self._reply(conversation, f"Balasan nomor {self._number}.")
            await asyncio.sleep(self._random.expovariate(rate_per_s))

    async def _reply(self, conversation: str, words: str) -> None:
        wish = {
            "conversationId": conversation,
            "text": words,
            "idempotencyKey": uuid.UUID(int=self._random.getrandbits(128), version=4).hex,
        }
        while True:
            try:
                data = await self._ask(_SEND_REPLY, {"input": wish})
            except (httpx.HTTPError, Unanswered):
                await asyncio.sleep(PAUSE_S)
                continue
            errors = data["sendReply"]["userErrors"]
            if errors:
                self.replies.refused.append(errors[0]["code"])
            else:
                self.replies.taken[words] = conversation
            return

    async def _ask(self, document: str, variables: Mapping[str, Any]) -> Any:
        body = {"query": document, "variables": variables}
        response = await self._client.post("/graphql", json=body)
        if response.status_code != httpx.codes.OK:
            raise Unanswered(f"GraphQL answered {response.status_code}.")
        answer = response.json()
        if answer.get("errors"):
            raise Unanswered(str(answer["errors"][0].get("extensions", {}).get("code")))
        return answer["data"]


class Unanswered(Exception):
    """The hub gave no answer of use, for example because its store is away. Ask again."""
