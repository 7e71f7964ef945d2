"""A firm with a crowd of contacts, and a broadcast to them on the real store."""

from datetime import timedelta
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
from domain.broadcast_list import ListRecipient, RecipientList, listed_id_of
from domain.broadcast_words import TemplateWords, TextWords
from domain.identity import BroadcastId, BroadcastListId, PlanRequestId, template_id_of
from domain.template import Template, TemplateQuality, TemplateStatus
from domain.template_body import TemplateParameter, TemplateValues
from domain.template_components import ParameterFormat, TemplateCategory, TemplateComponents
from domain.template_filling import fill_template
from domain.template_reports import NoteTemplateListing
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


WABA_ID = "100"
TEMPLATE_ID = template_id_of(TENANT, WABA_ID, "pengingat", "id")
PARTS = TemplateComponents(body="Yth. {{1}}, sidang pada {{2}}.", examples=("Ratna", "Jumat"))
VALUES = TemplateValues(
    parameters=(
        TemplateParameter(name="1", text="{contact_name}"),
        TemplateParameter(name="2", text="{hari}"),
    )
)


class Broadcasting:
    """Draft, plan, approve and work on a broadcast, one step after the other."""

    def __init__(
        self, story: StoredStory, runtime: JobRuntime, follow: Connection[Any], size: int
    ) -> None:
        self.story = story
        self.runtime = runtime
        self.follow = follow
        self.broadcast_id = BroadcastId(new_id())
        self._reported = story.clock.now()
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

    def draft_template(self, status: TemplateStatus = TemplateStatus.APPROVED) -> None:
        """A reminder for each member, on a day of its own that a list brings along."""
        self.hear_of_template(status)
        records = self.runtime.journal.load(TENANT, TEMPLATE_ID)
        template = Template.replay_records(TEMPLATE_ID, records)
        self.list_id = BroadcastListId(new_id())
        for number, member in enumerate(self.members):
            self.story.handle(
                ListRecipient(
                    listed_id=listed_id_of(self.list_id, member.contact_id),
                    list_id=self.list_id,
                    contact_id=member.contact_id,
                    values={"hari": f"hari ke-{number}"} if number else {},
                )
            )
        listed = RecipientList(
            list_id=self.list_id, contacts=len(self.members), variables=("hari",)
        )
        self.story.handle(
            DraftBroadcast(
                tenant_id=TENANT,
                broadcast_id=self.broadcast_id,
                sender_number_id=SENDER_ID,
                audience=Audience(labels=(), listed=listed),
                content=BroadcastContent(
                    title="Sidang", words=TemplateWords(body=fill_template(template, VALUES))
                ),
            )
        )

    def hear_of_template(self, status: TemplateStatus) -> None:
        """Meta tells how the template stands."""
        self._reported += timedelta(minutes=1)
        self.story.handle(
            NoteTemplateListing(
                template_id=TEMPLATE_ID,
                tenant_id=TENANT,
                waba_id=WABA_ID,
                name="pengingat",
                language="id",
                meta_template_id="7",
                reported_at=self._reported,
                status=status,
                quality=TemplateQuality.GREEN,
                category=TemplateCategory.MARKETING,
                components=PARTS,
                parameter_format=ParameterFormat.POSITIONAL,
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
