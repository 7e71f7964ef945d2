"""A firm with a crowd of contacts, and a broadcast to them on the real store."""

from typing import Any
from uuid import UUID

from psycopg import Connection

from domain.broadcast import (
    Audience,
    Broadcast,
    BroadcastContent,
    BroadcastPlanned,
    BroadcastState,
)
from domain.broadcast_commands import ApproveBroadcast, DraftBroadcast, PlanBroadcast
from domain.broadcast_words import TextWords
from domain.identity import BroadcastId, PlanRequestId
from infrastructure.laboratory.crowd import CrowdMember, crowd_members, store_crowd
from infrastructure.unique_ids import new_id
from jobs.queues import QueueName
from jobs.runtime import JobRuntime
from jobs.table import WORK_KINDS
from jobs.work_items import perform_work_item
from tests.domain.given import TENANT
from tests.domain.story import SENDER_ID
from tests.jobs.stored_story import StoredStory

LABEL = "klien-aktif"
WORDS = "Yth. {contact_name}, kantor {firm_name} tutup pada hari Senin."


class Broadcasting:
    """Draft, plan, approve and work on a broadcast, one step after the other."""

    def __init__(
        self, story: StoredStory, runtime: JobRuntime, follow: Connection[Any], size: int
    ) -> None:
        self.story = story
        self.runtime = runtime
        self.follow = follow
        self.broadcast_id = BroadcastId(new_id())
        self.members: list[CrowdMember] = crowd_members(TENANT, SENDER_ID, size)
        store_crowd(
            follow,
            runtime.vault,
            TENANT,
            SENDER_ID,
            self.members,
            label=LABEL,
            wrote_at=story.clock.now(),
        )
        story.catch_up()

    def draft(self, **audience: Any) -> None:
        self.story.handle(
            DraftBroadcast(
                tenant_id=TENANT,
                broadcast_id=self.broadcast_id,
                sender_number_id=SENDER_ID,
                audience=Audience(labels=(LABEL,), **audience),
                content=BroadcastContent(title="Libur", words=TextWords(text=WORDS)),
            )
        )

    def plan(self) -> BroadcastPlanned:
        """Ask for a plan and make it."""
        self.story.handle(
            PlanBroadcast(broadcast_id=self.broadcast_id, request_id=PlanRequestId(new_id()))
        )
        self.work()
        plan = self.broadcast.plan
        assert plan is not None, self.broadcast.state
        return plan

    def approve(self) -> None:
        plan = self.broadcast.plan
        assert plan is not None
        self.story.handle(
            ApproveBroadcast(broadcast_id=self.broadcast_id, plan_digest=plan.plan_digest)
        )

    def work(self) -> None:
        """Do the work that is due for broadcasts, as a worker of their queue does."""
        self.story.catch_up()
        for kind, reference in self.due():
            perform_work_item(WORK_KINDS, self.runtime, TENANT, kind, reference)
            self.story.catch_up()

    def work_to_the_end(self) -> None:
        """Work until nothing is due any more; what was put back is taken up at once."""
        for _ in range(20):
            self.follow.execute("UPDATE hub.work_attempt SET due_at = now(), lease_until = NULL")
            self.work()
            if not self.due():
                return
        raise AssertionError(f"There is still work: {self.due()}")

    def due(self) -> list[tuple[str, str]]:
        rows = self.follow.execute(
            "SELECT kind, reference FROM read_model.work_items WHERE state = 'due' ORDER BY 1"
        ).fetchall()
        return [
            (kind, str(reference))
            for kind, reference in rows
            if WORK_KINDS[kind].queue is QueueName.BULK
        ]

    @property
    def broadcast(self) -> Broadcast:
        found: Broadcast = self.story.load(Broadcast, self.broadcast_id)
        return found

    @property
    def state(self) -> BroadcastState:
        return self.broadcast.state

    def outbox(self) -> list[tuple[UUID, str]]:
        """The messages of the broadcast and where the outbox says they stand."""
        return self.follow.execute(
            "SELECT outbound_message_id, state FROM read_model.outbox WHERE broadcast_id = %s "
            "ORDER BY requested_seq",
            (self.broadcast_id,),
        ).fetchall()
