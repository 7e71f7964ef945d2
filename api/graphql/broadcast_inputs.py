"""What clients send with commands on broadcasts."""

import strawberry

from api.graphql.enums import ConsentPurpose
from api.graphql.template_values import TemplateParameterInput, TemplateValuesInput


@strawberry.input(description="A template as the words of a broadcast.")
class BroadcastTemplateInput:
    """Which template, and what is filled in."""

    template_id: strawberry.ID = strawberry.field(description="The template.")
    values: TemplateValuesInput = strawberry.field(
        default_factory=TemplateValuesInput,
        description="What is filled in. {contact_name}, {firm_name} and the variables of the "
        "recipients, in braces, are filled in for each recipient.",
    )


@strawberry.input(description="A contact of the audience, with values of its own.")
class BroadcastRecipientInput:
    """Who, and what is filled in."""

    contact_id: strawberry.ID = strawberry.field(description="The contact.")
    variables: list[TemplateParameterInput] = strawberry.field(
        default_factory=list,
        description="Values by their names: `nomor` stands where the words say {nomor}.",
    )


@strawberry.input(description="Write a broadcast.")
class DraftBroadcastInput:
    """For whom, from which number, and the words."""

    sender_number_id: strawberry.ID = strawberry.field(
        description="The number that it is sent from."
    )
    title: str = strawberry.field(description="The firm's own title; contacts do not see it.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    text: str | None = strawberry.field(
        default=None,
        description="The words, with {contact_name} and {firm_name} where those are filled in; for "
        "contacts with an open service window. Give either this or `template`.",
    )
    template: BroadcastTemplateInput | None = strawberry.field(
        default=None, description="A template instead of words; it may be sent at any time."
    )
    labels: list[str] = strawberry.field(
        default_factory=list,
        description="Contacts with any of these labels are the audience.",
    )
    recipients: list[BroadcastRecipientInput] | None = strawberry.field(
        default=None,
        description="The audience one by one instead of by labels, 1000 at most, each with values "
        "of its own.",
    )
    excluded_labels: list[str] = strawberry.field(
        default_factory=list, description="Contacts with any of these labels are left out."
    )
    consent_purpose: ConsentPurpose | None = strawberry.field(
        default=None,
        description="Only contacts who agreed to this are written to; INTAKE if left out.",
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the broadcast that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Change a broadcast that nobody approved yet. Its plan is dropped.")
class ReviseBroadcastInput:
    """Other words or another audience."""

    broadcast_id: strawberry.ID = strawberry.field(description="The broadcast.")
    title: str = strawberry.field(description="The firm's own title; contacts do not see it.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    text: str | None = strawberry.field(
        default=None,
        description="The words, with {contact_name} and {firm_name} where those are filled in; for "
        "contacts with an open service window. Give either this or `template`.",
    )
    template: BroadcastTemplateInput | None = strawberry.field(
        default=None, description="A template instead of words; it may be sent at any time."
    )
    labels: list[str] = strawberry.field(
        default_factory=list,
        description="Contacts with any of these labels are the audience.",
    )
    recipients: list[BroadcastRecipientInput] | None = strawberry.field(
        default=None,
        description="The audience one by one instead of by labels, 1000 at most, each with values "
        "of its own.",
    )
    excluded_labels: list[str] = strawberry.field(
        default_factory=list, description="Contacts with any of these labels are left out."
    )
    consent_purpose: ConsentPurpose | None = strawberry.field(
        default=None,
        description="Only contacts who agreed to this are written to; INTAKE if left out.",
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the broadcast that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Find out who would get which words.")
class PlanBroadcastInput:
    """Which broadcast."""

    broadcast_id: strawberry.ID = strawberry.field(description="The broadcast.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the broadcast that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Approve all recipients and words of a plan, all of them together.")
class ApproveBroadcastInput:
    """Which plan."""

    broadcast_id: strawberry.ID = strawberry.field(description="The broadcast.")
    plan_digest: str = strawberry.field(description="The digest of the plan that the member saw.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the broadcast that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Send no further message until the broadcast is resumed.")
class PauseBroadcastInput:
    """Which broadcast."""

    broadcast_id: strawberry.ID = strawberry.field(description="The broadcast.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the broadcast that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="Go on sending where it was paused.")
class ResumeBroadcastInput:
    """Which broadcast."""

    broadcast_id: strawberry.ID = strawberry.field(description="The broadcast.")
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the broadcast that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.input(description="End a broadcast for good; what was sent stays sent.")
class CancelBroadcastInput:
    """Which broadcast, and why."""

    broadcast_id: strawberry.ID = strawberry.field(description="The broadcast.")
    reason: str = strawberry.field(
        description="Why, without personal content: it is kept readable for ever."
    )
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the broadcast that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )
