"""Plan a broadcast: find its audience, freeze the words of each contact, count, digest."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from domain.automatic_text import addressed_name
from domain.broadcast import (
    Audience,
    BroadcastContent,
    BroadcastState,
    ForecastLine,
    ReasonCount,
)
from domain.broadcast_candidate import WORDS_REFUSED, Candidate, obstacle
from domain.broadcast_commands import FailPlan, RecordPlan
from domain.broadcast_recipient import (
    BroadcastRecipientPlanned,
    ExcludeRecipient,
    PlanRecipient,
    plan_bytes,
)
from domain.broadcast_words import category_of, words_for
from domain.contact import ConsentPurpose, ContactDetails, IdentityKind
from domain.effects import PlanRecipients
from domain.errors import InvalidInput
from domain.identity import (
    BroadcastPlanId,
    ContactId,
    ConversationId,
    SenderNumberId,
    TenantId,
    broadcast_recipient_id_of,
    conversation_id_of,
)
from domain.scopes import BROADCAST_SCOPES
from domain.tenant import Tenant
from infrastructure.failpoints import failpoint
from infrastructure.postgres.connections import tenant_session
from infrastructure.postgres.sealing import open_contents
from infrastructure.unique_ids import new_id
from infrastructure.whatsapp.phone_numbers import country_of
from jobs.bulk import Batch, batch, broadcast_provenance, load_broadcast
from jobs.runtime import JobRuntime
from projections.audience import audience
from projections.contact_card import ContactCardRow, consents_of, contact_cards
from projections.inbox_queries import last_inbound
from projections.sealed_column import sealed_of
from projections.work_items import WorkItemRow

PAGE: Final = 500
"""Recipients of one transaction: others append in between."""


class _Plan:
    """What a plan has come to so far."""

    def __init__(
        self,
        effect: PlanRecipients,
        sender_number_id: SenderNumberId,
        audience: Audience,
        content: BroadcastContent,
        firm_name: str,
    ) -> None:
        self._effect = effect
        self._sender_number_id = sender_number_id
        self._audience = audience
        self._content = content
        self._firm_name = firm_name
        self.plan_id = BroadcastPlanId(new_id())
        self.messages: list[tuple[UUID, str]] = []
        self.excluded: Counter[str] = Counter()
        self.forecast: Counter[tuple[str, str]] = Counter()

    def conversation_of(self, contact_id: UUID) -> ConversationId:
        """The conversation of a contact with the sender number."""
        return conversation_id_of(ContactId(contact_id), self._sender_number_id)

    def take(
        self,
        page: Batch,
        contact_id: ContactId,
        conversation_id: ConversationId,
        candidate: Candidate,
        now: datetime,
    ) -> None:
        """Freeze the words for one contact, or why it gets none."""
        reason = obstacle(candidate, self._audience, self._content.words, now)
        if reason is None and candidate.details is not None:
            try:
                self._freeze(page, contact_id, conversation_id, candidate.details)
            except InvalidInput:
                reason = WORDS_REFUSED
        if reason is not None:
            self.excluded[reason] += 1
            page.handle(
                ExcludeRecipient(
                    recipient_id=broadcast_recipient_id_of(self.plan_id, contact_id),
                    broadcast_id=self._effect.broadcast_id,
                    plan_id=self.plan_id,
                    contact_id=contact_id,
                    reason=reason,
                )
            )

    def _freeze(
        self,
        page: Batch,
        contact_id: ContactId,
        conversation_id: ConversationId,
        details: ContactDetails,
    ) -> None:
        values = {
            "firm_name": self._firm_name,
            "contact_name": addressed_name(details.profile_name),
        }
        outcome = page.handle(
            PlanRecipient(
                recipient_id=broadcast_recipient_id_of(self.plan_id, contact_id),
                broadcast_id=self._effect.broadcast_id,
                plan_id=self.plan_id,
                contact_id=contact_id,
                conversation_id=conversation_id,
                body=words_for(self._content.words, values),
            )
        )
        for record in outcome.records:
            if isinstance(record.event, BroadcastRecipientPlanned):
                self.messages.append((record.event.outbound_message_id, record.event.body_digest))
        self.forecast[_country(details), category_of(self._content.words)] += 1


def plan_recipients(runtime: JobRuntime, item: WorkItemRow) -> None:
    """Freeze the recipients of a plan and record what it comes to.

    A run that died is made again from the start, under a plan id of its own: what the dead one had
    frozen belongs to no plan.
    """
    effect = msgspec.json.decode(item.payload, type=PlanRecipients)
    tenant_id = TenantId(item.tenant_id)
    broadcast = load_broadcast(runtime, tenant_id, effect.broadcast_id)
    if broadcast.state is not BroadcastState.PLANNING or broadcast.request_id != effect.request_id:
        fail_plan(runtime, item, "plan_outdated")
        return
    wanted, content, sender = broadcast.audience, broadcast.content, broadcast.sender_number_id
    if wanted is None or content is None or sender is None:
        fail_plan(runtime, item, "words_erased")
        return
    firm_name = runtime.load(Tenant, tenant_id, tenant_id).name
    plan = _Plan(effect, sender, wanted, content, firm_name)
    for contact_ids in _pages(_audience(runtime, tenant_id, wanted)):
        _plan_page(runtime, item, plan, contact_ids)
    digest = runtime.vault.digest(
        tenant_id, "broadcast-plan", plan_bytes(plan.plan_id, plan.messages)
    )
    runtime.hub.handle(
        RecordPlan(
            broadcast_id=effect.broadcast_id,
            request_id=effect.request_id,
            plan_id=plan.plan_id,
            plan_digest=digest,
            recipients=len(plan.messages),
            excluded=tuple(
                ReasonCount(reason=reason, contacts=contacts)
                for reason, contacts in plan.excluded.most_common()
            ),
            forecast=tuple(
                ForecastLine(country=country, category=category, messages=messages)
                for (country, category), messages in plan.forecast.most_common()
            ),
        ),
        broadcast_provenance(item),
        BROADCAST_SCOPES,
    )
    failpoint("plan.after_record")


def fail_plan(runtime: JobRuntime, item: WorkItemRow, reason: str) -> None:
    """Record that there is no plan; the broadcast is a draft again."""
    effect = msgspec.json.decode(item.payload, type=PlanRecipients)
    runtime.hub.handle(
        FailPlan(broadcast_id=effect.broadcast_id, request_id=effect.request_id, reason=reason),
        broadcast_provenance(item),
        BROADCAST_SCOPES,
    )


def _audience(runtime: JobRuntime, tenant_id: TenantId, wanted: Audience) -> list[UUID]:
    with tenant_session(runtime.pool, tenant_id) as connection:
        return [row.contact_id for row in audience(tenant_id, wanted).fetch(connection)]


def _pages(contact_ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(contact_ids), PAGE):
        yield contact_ids[start : start + PAGE]


def _plan_page(
    runtime: JobRuntime, item: WorkItemRow, plan: _Plan, contact_ids: list[UUID]
) -> None:
    tenant_id = TenantId(item.tenant_id)
    conversations = {contact_id: plan.conversation_of(contact_id) for contact_id in contact_ids}
    with tenant_session(runtime.pool, tenant_id) as connection:
        cards = contact_cards(tenant_id, contact_ids).fetch(connection)
        answered = last_inbound(tenant_id, [*conversations.values()]).fetch(connection)
    inbound = {row.conversation_id: row.last_inbound_at for row in answered}
    known = [card for card in cards if card.details_sealed is not None]
    sealed = [sealed_of(card.details_sealed or b"") for card in known]
    opened = open_contents(runtime.vault, tenant_id, sealed)
    details = {card.contact_id: one for card, one in zip(known, opened, strict=True)}
    now = runtime.clock.now()
    with batch(runtime, broadcast_provenance(item)) as page:
        for card in cards:
            conversation_id = conversations[card.contact_id]
            candidate = _candidate(
                card,
                details.get(card.contact_id),
                inbound.get(conversation_id),
                has_conversation=conversation_id in inbound,
            )
            plan.take(page, ContactId(card.contact_id), conversation_id, candidate, now)
        page.store()
        failpoint("plan.before_page_commit")
    failpoint("plan.after_page_commit")


def _candidate(
    card: ContactCardRow,
    details: Any,
    last_inbound_at: datetime | None,
    *,
    has_conversation: bool,
) -> Candidate:
    is_known = card.erased_at is None and isinstance(details, ContactDetails)
    return Candidate(
        details=details if is_known else None,
        consents=frozenset(
            ConsentPurpose(entry.purpose) for entry in consents_of(card) if entry.state == "granted"
        ),
        has_opted_out=card.opted_out,
        has_conversation=has_conversation,
        last_inbound_at=last_inbound_at,
    )


def _country(details: ContactDetails) -> str:
    for identity in details.identities:
        if identity.kind is IdentityKind.PHONE:
            return country_of(identity.value)
    return ""
