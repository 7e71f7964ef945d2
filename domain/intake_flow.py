"""The published versions of the intake: a human publishes, and by this approves each word."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from domain.aggregate import Aggregate, Command, CommandContext
from domain.automatic_text import (
    CONTACT_NAME_CHARACTERS_MAX,
    VARIABLES,
    fill,
    placeholders,
    question_body,
)
from domain.errors import HumanRequired, InvalidInput
from domain.event import Event, EventRecord
from domain.identity import EventId, StreamId, TenantId, intake_flow_stream_of
from domain.intake import END_OF_INTAKE, IntakeFlow, IntakeFlowPublished, IntakeQuestion
from domain.limits import NAME_CHARACTERS_MAX, Field, require_pattern, require_text
from domain.outbound_body import (
    BUTTON_TITLE_CHARACTERS_MAX,
    BUTTONS_MAX,
    TEXT_CHARACTERS_MAX,
    check_body,
)
from domain.ports.assistant import IntakeTopic
from domain.provenance import Actor
from domain.scopes import Scope

QUESTIONS_MAX: Final = 30

_LONGEST_VALUES: Final = {
    "firm_name": "x" * NAME_CHARACTERS_MAX,
    "contact_name": "x" * CONTACT_NAME_CHARACTERS_MAX,
}


class Publication(msgspec.Struct, frozen=True, kw_only=True):
    """A published flow and the human who published it."""

    flow: IntakeFlow
    event_id: EventId
    published_by: Actor
    published_at: datetime


class IntakeFlows(Aggregate):
    """All versions of the firm's intake. A session keeps the version with which it began."""

    NOUN = "intake flow"
    EVENTS = (IntakeFlowPublished,)

    latest_version: int = 0

    def __init__(self, stream_id: UUID) -> None:
        super().__init__(stream_id)
        self.publications: dict[int, Publication] = {}

    def apply(self, event: Event) -> None:
        """Change the state by `event`."""
        if isinstance(event, IntakeFlowPublished):
            self.latest_version = event.flow.version

    def note_envelope(self, record: EventRecord) -> None:
        """Keep who published, when, and by which event: the approval of the words."""
        if isinstance(record.event, IntakeFlowPublished):
            self.publications[record.event.flow.version] = Publication(
                flow=record.event.flow,
                event_id=record.event_id,
                published_by=record.actor,
                published_at=record.occurred_at,
            )

    @property
    def latest(self) -> Publication | None:
        """The version with which new sessions begin, if one was published."""
        return self.publications.get(self.latest_version)


class PublishIntakeFlow(Command, frozen=True, kw_only=True):
    """Publish a version of the intake; its words may be sent from now on."""

    SCOPE = Scope.INTAKE_PUBLISH
    AGGREGATE = IntakeFlows

    tenant_id: TenantId
    flow: IntakeFlow

    @property
    def stream_id(self) -> StreamId:
        """The stream of the firm's intake flows."""
        return intake_flow_stream_of(self.tenant_id)

    def execute(self, flows: IntakeFlows, context: CommandContext) -> None:
        """Raise HumanRequired, or InvalidInput naming the part of the flow that cannot be sent."""
        if not context.actor.is_human:
            raise HumanRequired("Automatic words need the approval of a person of the firm.")
        next_version = flows.latest_version + 1
        if self.flow.version != next_version:
            raise InvalidInput(
                f"version must be {next_version}.",
                field=("flow", "version"),
                hint=f"Publish the flow as version {next_version}.",
            )
        check_flow(self.flow)
        flows.record(IntakeFlowPublished(tenant_id=self.tenant_id, flow=self.flow))


def check_flow(flow: IntakeFlow) -> None:
    """Raise InvalidInput, naming the part, unless each word can be sent and each branch ends."""
    require_pattern(flow.language, ("flow", "language"), r"[a-z]{2}", "two letters, such as id")
    unknown = sorted(set(flow.variables) - set(VARIABLES))
    if unknown:
        raise InvalidInput(
            f"There is no variable {unknown[0]!r}; known are: {', '.join(VARIABLES)}.",
            field=("flow", "variables"),
        )
    if not 1 <= len(flow.questions) <= QUESTIONS_MAX:
        raise InvalidInput(
            f"There are {len(flow.questions)} questions; 1 to {QUESTIONS_MAX} are allowed.",
            field=("flow", "questions"),
        )
    _check_keys(flow)
    for field, question in _questions(flow):
        _check_question(flow, question, field)
    _check_consent(flow)
    for name, text in (
        ("closing", flow.closing),
        ("refused", flow.refused),
        ("opt_out_confirmation", flow.opt_out_confirmation),
    ):
        _check_variables(flow, text, ("flow", name))
        require_text(
            fill(text, _LONGEST_VALUES), ("flow", name), characters_max=TEXT_CHARACTERS_MAX
        )
    for name, text in (
        ("withdrawal_confirmation", flow.withdrawal_confirmation),
        ("safety_text", flow.safety_text),
    ):
        _check_variables(flow, text, ("flow", name))
        require_text(
            fill(text, _LONGEST_VALUES),
            ("flow", name),
            characters_max=TEXT_CHARACTERS_MAX,
            is_optional=True,
        )


def _questions(flow: IntakeFlow) -> Iterator[tuple[Field, IntakeQuestion]]:
    yield ("flow", "consent"), flow.consent
    for place, question in enumerate(flow.questions):
        yield ("flow", "questions", str(place)), question


def _check_keys(flow: IntakeFlow) -> None:
    seen: set[str] = {END_OF_INTAKE}
    for field, question in _questions(flow):
        require_pattern(
            question.key,
            (*field, "key"),
            r"[a-z][a-z0-9_]{0,39}",
            "a short word, such as full_name",
        )
        if question.key in seen:
            raise InvalidInput(
                f"The key {question.key!r} is taken; choose another one.", field=(*field, "key")
            )
        seen.add(question.key)


def _check_question(flow: IntakeFlow, question: IntakeQuestion, field: Field) -> None:
    if question.topic not in set(IntakeTopic):
        raise InvalidInput(
            f"topic must be one of: {', '.join(IntakeTopic)}.", field=(*field, "topic")
        )
    _check_variables(flow, question.text, (*field, "text"))
    if len(question.options) > BUTTONS_MAX:
        raise InvalidInput(
            f"There are {len(question.options)} options; at most {BUTTONS_MAX} are allowed.",
            field=(*field, "options"),
        )
    for place, option in enumerate(question.options):
        here = (*field, "options", str(place))
        require_pattern(option.id, (*here, "id"), r"[a-z0-9_]{1,40}", "a short word, such as yes")
        require_text(option.title, (*here, "title"), characters_max=BUTTON_TITLE_CHARACTERS_MAX)
        _check_branch(flow, question, option.leads_to, (*here, "leads_to"))
    check_body(question_body(question, _LONGEST_VALUES), field)
    _check_branch(flow, question, question.leads_to, (*field, "leads_to"))


def _check_branch(
    flow: IntakeFlow, question: IntakeQuestion, leads_to: str | None, field: Field
) -> None:
    """A branch leads forward only, so that every intake comes to an end."""
    if leads_to is None or leads_to == END_OF_INTAKE:
        return
    keys = [flow.consent.key, *(other.key for other in flow.questions)]
    if leads_to not in keys or keys.index(leads_to) <= keys.index(question.key):
        raise InvalidInput(
            f"There is no later question {leads_to!r} to lead to.",
            field=field,
            hint="Name the key of a question further down, or leave it empty for the next one.",
        )


def _check_consent(flow: IntakeFlow) -> None:
    ids = {option.id for option in flow.consent.options}
    for name, option_id in (("consent_yes", flow.consent_yes), ("consent_no", flow.consent_no)):
        if option_id not in ids:
            raise InvalidInput(
                f"{name} must be the id of an option of the consent question.",
                field=("flow", name),
            )
    if flow.consent_yes == flow.consent_no:
        raise InvalidInput("consent_yes and consent_no must differ.", field=("flow", "consent_no"))


def _check_variables(flow: IntakeFlow, text: str, field: Field) -> None:
    undeclared = sorted(placeholders(text) - set(flow.variables))
    if undeclared:
        raise InvalidInput(
            f"{{{undeclared[0]}}} is not among the variables of the flow.",
            field=field,
            hint="Only declared variables may stand in braces; they are all that ever varies.",
        )
