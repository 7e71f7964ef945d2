"""Broadcasts that other systems ask for: planned at once, sent once a member has approved them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from api.authentication import Principal
from api.graphql.context import Services
from api.reading import Reading
from api.recipient_lists import ListEntry, check_size, stored_list
from api.rest.errors import SenderNumberUnknown, TemplateRefused, TemplateUnknown
from api.rest.recipients import Recipient, contacts_of
from api.rest.requests import Answered, RestRequest, carried_out
from domain.admission import RefusalReason, template_standing
from domain.broadcast import Audience, BroadcastContent, BroadcastState
from domain.broadcast_commands import ProposeBroadcast
from domain.broadcast_words import BroadcastWords, TemplateWords, TextWords
from domain.contact import ConsentPurpose
from domain.errors import InvalidInput, NotFound
from domain.identity import (
    BroadcastId,
    PlanRequestId,
    SenderNumberId,
    TenantId,
    derived_id,
    template_id_of,
)
from domain.scopes import Scope
from domain.template import Template
from domain.template_body import (
    ButtonValue,
    HeaderLocation,
    HeaderMedia,
    HeaderText,
    HeaderValue,
    TemplateBody,
    TemplateParameter,
    TemplateValues,
)
from domain.template_components import ButtonKind, HeaderFormat, normalised_language
from domain.template_filling import fill_template
from projections.broadcast_recipients import delivery_counts
from projections.broadcasts import (
    BroadcastRow,
    broadcasts_by_id,
    excluded_of,
    forecast_of,
)
from projections.directory_queries import senders_by_id
from projections.sender_directory import SenderRow

BODY_BYTES_MAX: Final = 1_048_576
"""Largest body of a request: 1000 recipients with some values each."""

_RECIPIENTS: Final = ("recipients",)


class TextToMany(msgspec.Struct, frozen=True, kw_only=True, tag="text", forbid_unknown_fields=True):
    """Free words, for contacts with an open service window.

    `{contact_name}`, `{firm_name}` and the variables of the recipients are filled in for each.
    """

    text: str


class ButtonFilling(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a button needs; `place` counts all buttons of the template from 0."""

    place: int
    value: str


class LinkedFile(msgspec.Struct, frozen=True, kw_only=True, tag="file", forbid_unknown_fields=True):
    """The image, video or document above the words, at a public https address."""

    format: HeaderFormat
    link: str
    filename: str = ""


class TemplateToMany(
    msgspec.Struct, frozen=True, kw_only=True, tag="template", forbid_unknown_fields=True
):
    """A template that Meta has approved, by name and language; it may be sent at any time.

    Among the values, variables in braces are filled in for each recipient.
    """

    name: str
    language: str
    parameters: tuple[TemplateParameter, ...] = ()
    header: HeaderText | HeaderLocation | LinkedFile | None = None
    buttons: tuple[ButtonFilling, ...] = ()


class NamedRecipient(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A contact of the audience, with values of its own by their names."""

    to: Recipient
    variables: dict[str, str] = {}  # msgspec gives each instance a dictionary of its own


class LabelledAudience(
    msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True
):
    """Contacts with any of the labels and none of the excluded ones."""

    labels: tuple[str, ...]
    excluded_labels: tuple[str, ...] = ()


class NewBroadcast(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    rename={"sender": "from", "consent_purpose": "consentPurpose"},
    forbid_unknown_fields=True,
):
    """A broadcast, sent once a member of the firm has approved all of it.

    Give either `audience` or `recipients` (1 to 1000). `from` is the id of a sender number of the
    firm, `title` the name under which members see the broadcast.
    """

    title: str
    sender: UUID
    words: TextToMany | TemplateToMany
    audience: LabelledAudience | None = None
    recipients: tuple[NamedRecipient, ...] | None = None
    consent_purpose: ConsentPurpose = ConsentPurpose.INTAKE


class ReasonView(msgspec.Struct, frozen=True, kw_only=True):
    """How many contacts get nothing, for one stable reason."""

    reason: str
    contacts: int


class ForecastView(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages Meta will charge for in a country (ISO 3166) and category."""

    country: str
    category: str
    messages: int


class PlanView(msgspec.Struct, frozen=True, kw_only=True):
    """What the broadcast comes to: how many get a message, who gets none, what is charged for."""

    recipients: int
    excluded: list[ReasonView]
    forecast: list[ForecastView]


class ProgressView(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages are in one state, for one reason."""

    state: str
    messages: int
    reason: str | None


class RequestedBroadcast(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A requested broadcast. Its words and recipients are not repeated here.

    `state` is planning, draft (no plan could be made, or a member changed it),
    waiting_for_approval, approved, running, paused, completed or cancelled.
    """

    id: UUID
    state: str
    requested_at: datetime
    plan: PlanView | None = None
    plan_failure: str | None = None
    approved_at: datetime | None = None
    completed_at: datetime | None = None
    cancelled_at: datetime | None = None
    cancel_reason: str | None = None
    progress: list[ProgressView] = []  # msgspec gives each instance a list of its own


def request_broadcast(
    services: Services, principal: Principal, request: RestRequest, new: NewBroadcast
) -> Answered:
    """Propose a broadcast and ask for its plan. Waits for PostgreSQL.

    The same key with the same body gives the same answer and does nothing more. Raises Forbidden,
    IdempotencyConflict, SenderNumberUnknown, TemplateUnknown, TemplateRefused, ContactUnknown,
    TemplateNotUnderstood and InvalidInput.
    """
    principal.require(Scope.BROADCASTS_PROPOSE)

    def propose() -> tuple[ProposeBroadcast, RequestedBroadcast]:
        tenant_id = principal.tenant_id
        sender = _sender(services, tenant_id, new.sender)
        words = _words(services, tenant_id, sender, new.words)
        member, key = str(principal.member_id), request.idempotency_key
        broadcast_id = BroadcastId(derived_id(tenant_id, "broadcast", "rest", member, key))
        command = ProposeBroadcast(
            broadcast_id=broadcast_id,
            tenant_id=tenant_id,
            sender_number_id=SenderNumberId(sender.sender_number_id),
            audience=_audience(services, principal, broadcast_id, new),
            content=BroadcastContent(title=new.title, words=words),
            request_id=PlanRequestId(derived_id(broadcast_id, "plan")),
        )
        answer = RequestedBroadcast(
            id=broadcast_id,
            state=BroadcastState.PLANNING.value,
            requested_at=services.clock.now(),
        )
        return command, answer

    return carried_out(services, principal, request, propose)


def requested_broadcast(
    reading: Reading, principal: Principal, broadcast_id: UUID
) -> RequestedBroadcast:
    """Return a requested broadcast as it stands. Raises NotFound, also for those of others."""
    row = reading.first(broadcasts_by_id(reading.tenant_id, [broadcast_id]))
    if row is None or row.drafted_by != str(principal.member_id):
        raise NotFound("There is no requested broadcast with this id.")
    plans = [] if row.plan_id is None else [row.plan_id]
    counts = reading.rows(delivery_counts(reading.tenant_id, plans)) if plans else []
    is_waiting = row.state == BroadcastState.PLANNED
    return RequestedBroadcast(
        id=row.broadcast_id,
        state="waiting_for_approval" if is_waiting else row.state,
        requested_at=row.drafted_at,
        plan=_plan(row),
        plan_failure=row.plan_failure,
        approved_at=row.approved_at,
        completed_at=row.completed_at,
        cancelled_at=row.cancelled_at,
        cancel_reason=row.cancel_reason,
        progress=[
            ProgressView(state=one.state, messages=one.messages, reason=one.reason)
            for one in counts
        ],
    )


def _plan(row: BroadcastRow) -> PlanView | None:
    if row.plan_digest is None:
        return None
    return PlanView(
        recipients=row.recipients,
        excluded=[ReasonView(reason=one.reason, contacts=one.contacts) for one in excluded_of(row)],
        forecast=[
            ForecastView(country=line.country, category=line.category, messages=line.messages)
            for line in forecast_of(row)
        ],
    )


def _sender(services: Services, tenant_id: TenantId, sender: UUID) -> SenderRow:
    query = senders_by_id(tenant_id, [sender])
    row = services.read_models.ask(tenant_id, lambda reading: reading.first(query))
    if row is None:
        raise SenderNumberUnknown(
            "There is no sender number of the firm with this id.", field=("from",)
        )
    return row


def _words(
    services: Services, tenant_id: TenantId, sender: SenderRow, given: TextToMany | TemplateToMany
) -> BroadcastWords:
    if isinstance(given, TextToMany):
        return TextWords(text=given.text)
    key = template_id_of(tenant_id, sender.waba_id, given.name, normalised_language(given.language))
    template = Template.replay_records(key, services.journal.load(tenant_id, key))
    reason = template_standing(template, sender.waba_id)
    if reason is RefusalReason.TEMPLATE_MISSING:
        raise TemplateUnknown(
            "The account of the sender number has no template of this name and language.",
            field=("words", "name"),
        )
    if reason is not None:
        raise TemplateRefused(reason)
    return TemplateWords(body=_body(template, given))


def _body(template: Template, given: TemplateToMany) -> TemplateBody:
    parts = template.components
    kinds = {place: button.kind for place, button in enumerate(parts.buttons if parts else ())}
    values = TemplateValues(
        parameters=given.parameters,
        header=_header(given.header),
        buttons=tuple(
            ButtonValue(
                place=each.place, kind=kinds.get(each.place, ButtonKind.UNKNOWN), value=each.value
            )
            for each in given.buttons
        ),
    )
    return fill_template(template, values, ("words",))


def _header(given: HeaderText | HeaderLocation | LinkedFile | None) -> HeaderValue | None:
    if isinstance(given, LinkedFile):
        return HeaderMedia(format=given.format, link=given.link, filename=given.filename)
    return given


def _audience(
    services: Services, principal: Principal, broadcast_id: BroadcastId, new: NewBroadcast
) -> Audience:
    if (new.audience is None) == (new.recipients is None):
        raise InvalidInput(
            "Whom it is for is told by exactly one of `audience` and `recipients`.",
            field=_RECIPIENTS,
        )
    if new.audience is not None:
        return Audience(
            labels=new.audience.labels,
            excluded_labels=new.audience.excluded_labels,
            consent_purpose=new.consent_purpose,
        )
    recipients: Sequence[NamedRecipient] = new.recipients or ()
    check_size(len(recipients), _RECIPIENTS)
    contacts = contacts_of(
        services, principal.tenant_id, [each.to for each in recipients], _RECIPIENTS
    )
    entries = [
        ListEntry(contact_id, each.variables)
        for contact_id, each in zip(contacts, recipients, strict=True)
    ]
    return Audience(
        labels=(),
        consent_purpose=new.consent_purpose,
        listed=stored_list(services, principal, broadcast_id, entries, _RECIPIENTS),
    )
