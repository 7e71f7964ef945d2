"""What clients send with commands on broadcasts."""

import strawberry

from api.graphql.enums import ConsentPurpose


@strawberry.input(description="Write a broadcast.")
class DraftBroadcastInput:
    """For whom, from which number, and the words."""

    sender_number_id: strawberry.ID = strawberry.field(
        description="The number that it is sent from."
    )
    labels: list[str] = strawberry.field(
        description="Contacts with any of these labels are the audience."
    )
    title: str = strawberry.field(description="The firm's own title; contacts do not see it.")
    text: str = strawberry.field(
        description="The words, with {contact_name} and {firm_name} where those are filled in."
    )
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
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
    labels: list[str] = strawberry.field(
        description="Contacts with any of these labels are the audience."
    )
    title: str = strawberry.field(description="The firm's own title; contacts do not see it.")
    text: str = strawberry.field(
        description="The words, with {contact_name} and {firm_name} where those are filled in."
    )
    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
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
