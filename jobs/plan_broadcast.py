"""Plan a broadcast: find its audience, freeze the words of each contact, count, digest."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final
from uuid import UUID

import msgspec

from domain.admission import is_service_window_open
from domain.broadcast import Broadcast, BroadcastState, ForecastLine, ReasonCount
from domain.broadcast_candidate import WORDS_REFUSED, Intention, obstacle
from domain.broadcast_commands import FailPlan, RecordPlan
from domain.broadcast_recipient import (
    BroadcastRecipientPlanned,
    ExcludeRecipient,
    PlanRecipient,
    plan_bytes,
)
from domain.broadcast_words import TemplateWords
from domain.contact import ContactDetails, IdentityKind
from domain.effects import PlanRecipients
from domain.errors import InvalidInput
from domain.identity import BroadcastPlanId, SenderNumberId, TenantId, broadcast_recipient_id_of
from domain.scopes import BROADCAST_SCOPES
from domain.sender_number import SenderNumber
from domain.template import Template
from domain.template_filling import TemplateNotUnderstood
from domain.tenant import Tenant
from infrastructure.failpoints import failpoint
from infrastructure.unique_ids import new_id
from infrastructure.whatsapp.phone_numbers import country_of
from jobs.broadcast_people import Person, audience_ids, people
from jobs.bulk import Beginnings, broadcast_provenance, load_broadcast, store_beginnings
from jobs.runtime import JobRuntime
from projections.work_items import WorkItemRow

PAGE: Final = 500
"""Recipients of one transaction: others append in between."""


class _Plan:
    """What a plan has come to so far."""

    def __init__(
        self, effect: PlanRecipients, sender_number_id: SenderNumberId, intention: Intention
    ) -> None:
        self._effect = effect
        self.sender_number_id = sender_number_id
        self.intention = intention
        self.plan_id = BroadcastPlanId(new_id())
        self.messages: list[tuple[UUID, str]] = []
        self.excluded: Counter[str] = Counter()
        self.forecast: Counter[tuple[str, str]] = Counter()
        self.writes_first = 0

    def take(self, runtime: JobRuntime, page: Beginnings, person: Person) -> None:
        """Freeze the words for one contact, or why it gets none."""
        now = runtime.clock.now()
        reason = obstacle(person.candidate, self.intention, now)
        if reason is None:
            try:
                self._freeze(page, person)
                self.writes_first += not is_service_window_open(
                    person.candidate.last_inbound_at, now
                )
            except (InvalidInput, TemplateNotUnderstood):
                reason = WORDS_REFUSED
        if reason is not None:
            self.excluded[reason] += 1
            page.handle(
                ExcludeRecipient(
                    recipient_id=broadcast_recipient_id_of(self.plan_id, person.contact_id),
                    broadcast_id=self._effect.broadcast_id,
                    plan_id=self.plan_id,
                    contact_id=person.contact_id,
                    reason=reason,
                )
            )

    def _freeze(self, page: Beginnings, person: Person) -> None:
        records = page.handle(
            PlanRecipient(
                recipient_id=broadcast_recipient_id_of(self.plan_id, person.contact_id),
                broadcast_id=self._effect.broadcast_id,
                plan_id=self.plan_id,
                contact_id=person.contact_id,
                conversation_id=person.conversation_id,
                body=self.intention.body_for(person.candidate),
            )
        )
        for record in records:
            if isinstance(record.event, BroadcastRecipientPlanned):
                self.messages.append((record.event.outbound_message_id, record.event.body_digest))
        self.forecast[_country(person.candidate.details), self.intention.category] += 1


def plan_recipients(runtime: JobRuntime, item: WorkItemRow) -> None:
    """Freeze the recipients of a plan and record what it comes to.

    A run that died is made again from the start, under a plan id of its own: what the dead one had
    frozen belongs to no plan. Raises WorkNotReady.
    """
    effect = msgspec.json.decode(item.payload, type=PlanRecipients)
    tenant_id = TenantId(item.tenant_id)
    broadcast = load_broadcast(runtime, tenant_id, effect.broadcast_id)
    if broadcast.state is not BroadcastState.PLANNING or broadcast.request_id != effect.request_id:
        fail_plan(runtime, item, "plan_outdated")
        return
    sender, intention = broadcast.sender_number_id, _intention(runtime, tenant_id, broadcast)
    if sender is None or intention is None:
        fail_plan(runtime, item, "words_erased")
        return
    plan = _Plan(effect, sender, intention)
    _plan_pages(runtime, item, plan, audience_ids(runtime, tenant_id, intention.audience))
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
            writes_first=plan.writes_first,
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


def _intention(runtime: JobRuntime, tenant_id: TenantId, broadcast: Broadcast) -> Intention | None:
    wanted, content, sender = broadcast.audience, broadcast.content, broadcast.sender_number_id
    if wanted is None or content is None or sender is None:
        return None
    template = None
    if isinstance(content.words, TemplateWords):
        template = runtime.load(Template, tenant_id, content.words.body.template_id)
    return Intention(
        wanted,
        content.words,
        firm_name=runtime.load(Tenant, tenant_id, tenant_id).name,
        waba_id=runtime.load(SenderNumber, tenant_id, sender).waba_id,
        template=template,
    )


def _plan_pages(
    runtime: JobRuntime, item: WorkItemRow, plan: _Plan, contact_ids: list[UUID]
) -> None:
    """Decide page by page, while the page before is being stored.

    Only the waiting for the store happens beside: what takes processor time gains nothing from a
    second thread, and two that seal at the same time hand the interpreter to and fro.
    """
    tenant_id, wanted = TenantId(item.tenant_id), plan.intention.audience
    with ThreadPoolExecutor(1, "hub-plan") as thread:
        stored: Future[None] | None = None
        for page in _pages(contact_ids):
            decided = Beginnings(runtime, broadcast_provenance(item))
            for person in people(runtime, tenant_id, plan.sender_number_id, wanted, page):
                plan.take(runtime, decided, person)
            sealed = decided.sealed(runtime)
            if stored is not None:
                stored.result()
            stored = thread.submit(store_beginnings, runtime, tenant_id, sealed)
        if stored is not None:
            stored.result()


def _pages(contact_ids: list[UUID]) -> Iterator[list[UUID]]:
    for start in range(0, len(contact_ids), PAGE):
        yield contact_ids[start : start + PAGE]


def _country(details: ContactDetails | None) -> str:
    for identity in details.identities if details is not None else ():
        if identity.kind is IdentityKind.PHONE:
            return country_of(identity.value)
    return ""
