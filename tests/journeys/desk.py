"""The desk of a member: what its screen asks for, and what the member decides."""

import asyncio
import contextlib
import uuid
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Final, Self

from domain.scopes import Role
from infrastructure.simulator.screen import Screen
from tests.journeys.stage import Firm, Stage
from tests.journeys.waiting import eventually

_CONVERSATIONS: Final = """
{ conversations(first: 50) { nodes {
  id version state intakeState needsReply
  contact { id profileName maskedPhone isOptedOut card { consents { purpose state } } }
  assessment { intent urgency complexity }
  pendingDraft { id version state content { text } }
  senderNumber { displayPhone }
} } }
"""

_TIMELINE: Final = """
query($id: ID!) { conversation(id: $id) { timeline(first: 100) { nodes {
  __typename id kind topic occurredAt
  actor { kind part member { name } }
  ... on InboundMessage { isUnderstood content { kind text } }
  ... on OutboundMessage {
    purpose content { text choices }
    approvedBy { kind member { name } }
    delivery {
      state attempts acceptedAt sentAt deliveredAt readAt
      failedAt failure failureMessage failureNextStep
    }
  }
  ... on IntakeEntry { questionKey answer }
  ... on TimelineNote { reason }
} } } }
"""

_HISTORY: Final = """
query($after: Cursor, $filter: EventFilter) {
  eventHistory(first: 100, after: $after, filter: $filter) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id topic streamId streamVersion traceId correlationId position
      actor { kind } cause { id topic } conversation { id } facts { name value }
    }
  }
}
"""

_SEND_REPLY: Final = """
mutation($input: SendReplyInput!) { sendReply(input: $input) {
  draft { id state outboundMessage { id } } userErrors { code message nextStep field }
} }
"""

_APPROVE: Final = """
mutation($input: ApproveDraftInput!) { approveDraft(input: $input) {
  draft { id state isEdited } userErrors { code message nextStep field }
} }
"""


class Desk:
    """What one member sees and does. Use it as an async context manager."""

    def __init__(self, stage: Stage, firm: Firm, role: Role = Role.LAWYER) -> None:
        self.screen = Screen(stage.base_url, firm.tokens[role])

    async def __aenter__(self) -> Self:
        await self.screen.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.screen.__aexit__(kind, error, trace)

    @contextlib.asynccontextmanager
    async def following(self, document: str) -> AsyncIterator[list[dict[str, Any]]]:
        """Follow what happens in the firm; the list grows until the block ends."""
        heard: list[dict[str, Any]] = []

        async def follow() -> None:
            async for data in self.screen.follow(document):
                heard.append(data["activity"])  # noqa: PERF401 - seen as soon as it is heard

        async def begun() -> bool:
            return bool(heard)

        task = asyncio.create_task(follow())
        try:
            await eventually(begun, "the live stream is on")
            yield heard
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def conversations(self) -> list[dict[str, Any]]:
        """The inbox."""
        found: list[dict[str, Any]] = (await self.screen.ask(_CONVERSATIONS))["conversations"][
            "nodes"
        ]
        return found

    async def conversation_with(self, name: str, **members: Any) -> dict[str, Any]:
        """Wait for the one conversation with a person, and until it has these members."""

        async def look() -> dict[str, Any] | None:
            found = [
                each
                for each in await self.conversations()
                if each["contact"]["profileName"] == name
            ]
            assert len(found) <= 1, f"{len(found)} conversations with {name}"
            fits = found and all(found[0][key] == value for key, value in members.items())
            return found[0] if fits else None

        return await eventually(look, f"the conversation with {name} {members or ''}")

    async def assessed(self, name: str) -> dict[str, Any]:
        """Wait until the conversation with a person shows a suggested reply."""

        async def look() -> dict[str, Any] | None:
            found = await self.conversation_with(name)
            return found if found["assessment"] and found["pendingDraft"] else None

        return await eventually(look, f"an assessment and a draft for {name}")

    async def timeline(self, conversation_id: str) -> list[dict[str, Any]]:
        """Everything that happened in a conversation."""
        data = await self.screen.ask(_TIMELINE, {"id": conversation_id})
        entries: list[dict[str, Any]] = data["conversation"]["timeline"]["nodes"]
        return entries

    async def message(self, conversation_id: str, words: str) -> dict[str, Any]:
        """The message of the firm with exactly these words."""
        (found,) = [
            entry
            for entry in await self.timeline(conversation_id)
            if entry["__typename"] == "OutboundMessage" and entry["content"]["text"] == words
        ]
        return found

    async def delivery(self, conversation_id: str, words: str, *states: str) -> dict[str, Any]:
        """Wait until the message with these words is in one of these states."""

        async def look() -> dict[str, Any] | None:
            found = [
                entry["delivery"]
                for entry in await self.timeline(conversation_id)
                if entry["__typename"] == "OutboundMessage" and entry["content"]["text"] == words
            ]
            return found[0] if found and found[0]["state"] in states else None

        return await eventually(look, f"{words!r} is {' or '.join(states)}")

    async def reply(
        self, conversation_id: str, words: str, *, basis: str | None = None
    ) -> dict[str, Any]:
        """Write a reply of one's own; the answer of the hub."""
        wish = {
            "conversationId": conversation_id,
            "text": words,
            "legalBasis": basis,
            "idempotencyKey": uuid.uuid4().hex,
        }
        answer: dict[str, Any] = (await self.screen.ask(_SEND_REPLY, {"input": wish}))["sendReply"]
        return answer

    async def approve(self, draft: dict[str, Any], words: str | None = None) -> dict[str, Any]:
        """Approve a draft, as it is or with other words; the answer of the hub."""
        wish = {
            "draftId": draft["id"],
            "editedText": words,
            "expectedVersion": draft["version"],
            "idempotencyKey": uuid.uuid4().hex,
        }
        answer: dict[str, Any] = (await self.screen.ask(_APPROVE, {"input": wish}))["approveDraft"]
        return answer

    async def history(self, **wanted: Any) -> list[dict[str, Any]]:
        """The events of the firm, all or those that a filter asks for, oldest first."""
        events: list[dict[str, Any]] = []
        after: str | None = None
        while True:
            data = await self.screen.ask(_HISTORY, {"after": after, "filter": wanted or None})
            page = data["eventHistory"]
            events += page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return events
            after = page["pageInfo"]["endCursor"]

    async def topics(self, **wanted: Any) -> list[str]:
        """The stored names of these events, without their version."""
        return [event["topic"].rsplit(".", 1)[0] for event in await self.history(**wanted)]
