"""An owner who writes one small broadcast after another, and remembers whom each was approved for.

People are sorted into groups by labels of their own, so that nobody is written to too often.
"""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from infrastructure.laboratory.patient_screen import CommandRefused, PatientScreen
from infrastructure.laboratory.replies import Acquaintance

GROUP_SIZE: Final = 4
PAUSE_S: Final = 1.0
POLL_S: Final = 0.3
PLAN_TIMEOUT_S: Final = 90.0

_SENDER: Final = "query { senderNumbers(first: 1) { nodes { id } } }"
_LABEL: Final = """
mutation($input: LabelContactInput!) { labelContact(input: $input) { userErrors { code } } }
"""
_DRAFT: Final = """
mutation($input: DraftBroadcastInput!) { draftBroadcast(input: $input) {
  broadcast { id } userErrors { code } } }
"""
_PLAN: Final = """
mutation($input: PlanBroadcastInput!) { planBroadcast(input: $input) { userErrors { code } } }
"""
_APPROVE: Final = """
mutation($input: ApproveBroadcastInput!) { approveBroadcast(input: $input) {
  userErrors { code } } }
"""
_LOOK: Final = """
query($id: ID!) { broadcast(id: $id) { state planFailure plan { digest recipients } } }
"""


@dataclass(slots=True)
class Broadcasts:
    """What was approved: the words of each broadcast, and for how many."""

    approved: dict[str, int] = field(default_factory=dict)
    without_plan: list[str] = field(default_factory=list)
    """Why there was no plan of some, as the hub says."""
    refused: list[str] = field(default_factory=list)
    """The codes of refusals."""


class Broadcaster:
    """The owner at a screen. Use it as an async context manager."""

    def __init__(
        self, base_url: str, token: str, known: Mapping[str, Acquaintance], *, seed: int
    ) -> None:
        self._screen = PatientScreen(base_url, token)
        self._random = random.Random(seed)  # noqa: S311 - a seeded course of events, no secret
        self._known = known
        self._labelled: dict[str, int] = {}
        self._number = 0
        self._sender = ""
        self._is_stopped = False
        self.broadcasts = Broadcasts()

    async def __aenter__(self) -> Self:
        await self._screen.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._screen.__aexit__(None, None, None)

    def stop(self) -> None:
        """Begin no further broadcast; the one under way is still approved."""
        self._is_stopped = True

    async def broadcast(self) -> None:
        """Write one broadcast after another until stopped."""
        while not self._is_stopped:
            try:
                await self.one()
            except CommandRefused as refused:
                self.broadcasts.refused.append(refused.code)
            await asyncio.sleep(PAUSE_S)

    async def _label(self) -> None:
        for name in list(self._known):
            if name not in self._labelled:
                group = len(self._labelled) // GROUP_SIZE
                await self._screen.command(
                    _LABEL,
                    {
                        "contactId": self._known[name].contact_id,
                        "labels": [_label(group)],
                        "idempotencyKey": f"label-{name}",
                    },
                )
                self._labelled[name] = group

    async def one(self) -> None:
        """Write one broadcast, have it planned and approve it. Raises CommandRefused."""
        self._number += 1
        if not self._sender:
            senders = (await self._screen.insist(_SENDER))["senderNumbers"]["nodes"]
            self._sender = senders[0]["id"]
        await self._label()
        group = self._random.choice(sorted(set(self._labelled.values())))
        words = f"Siaran nomor {self._number}."
        drafted = await self._drafted(words, _label(group))
        given = {"broadcastId": drafted}
        await self._screen.command(_PLAN, {**given, "idempotencyKey": f"plan-{self._number}"})
        plan = await self._plan(drafted)
        if plan is None:
            return
        approval = {"planDigest": plan["digest"], "idempotencyKey": f"approve-{self._number}"}
        await self._screen.command(_APPROVE, {**given, **approval})
        self.broadcasts.approved[words] = plan["recipients"]

    async def _drafted(self, words: str, label: str) -> str:
        given = {
            "senderNumberId": self._sender,
            "labels": [label],
            "title": f"Siaran {self._number}",
            "text": words,
            "idempotencyKey": f"draft-{self._number}",
        }
        while True:
            payload = await self._screen.command(_DRAFT, given)
            if payload["broadcast"] is not None:
                return str(payload["broadcast"]["id"])
            await asyncio.sleep(POLL_S)  # lists do not show it yet; the same key is the same draft

    async def _plan(self, identifier: str) -> Any:
        """The plan to approve; None where there is none or nobody is in it."""
        deadline = time.monotonic() + PLAN_TIMEOUT_S
        while time.monotonic() < deadline:
            found = (await self._screen.insist(_LOOK, {"id": identifier}))["broadcast"]
            if found["plan"] is not None:
                return found["plan"] if found["plan"]["recipients"] else None
            if found["planFailure"] is not None:
                self.broadcasts.without_plan.append(found["planFailure"])
                return None
            await asyncio.sleep(POLL_S)
        self.broadcasts.without_plan.append("nothing happened")
        return None


def _label(group: int) -> str:
    return f"kelompok-{group}"
