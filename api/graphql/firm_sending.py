"""The firm's rules of sending: quiet hours, the life of approvals, what becomes of doubts."""

from datetime import time
from enum import Enum

import strawberry

from api.graphql.commands import Cause, CommandPayload, Given, Intention, Names, carry_out
from api.graphql.context import Info, RequestContext
from api.graphql.enums import MessagePurpose
from api.graphql.sending_times import firm_of
from domain.change_sending_rules import ChangeSendingRules
from domain.errors import InvalidInput
from domain.identity import TenantId
from domain.outbound_message import MessagePurpose as DomainPurpose
from domain.sending_rules import DoubtAction as DomainAction
from domain.sending_rules import SendingRules as DomainRules
from domain.tenant import Tenant
from infrastructure.unique_ids import new_id

_NAMES: Names = {
    ("quiet_from",): "quietFrom",
    ("quiet_until",): "quietUntil",
    ("approval_life_hours",): "approvalLifeHours",
    ("doubt_wait_minutes",): "doubtWaitMinutes",
}
_TIME = "as HH:MM in the firm's time zone; null: no quiet hours."


@strawberry.enum(description="What becomes of a doubt that no status settled in time.")
class DoubtAction(Enum):
    """Values of `domain.sending_rules.DoubtAction`."""

    PARK = strawberry.enum_value("park", description="A person decides.")
    RESEND = strawberry.enum_value(
        "resend", description="It is sent once more; the contact may get it twice."
    )
    DROP = strawberry.enum_value("drop", description="It is not sent again.")


@strawberry.type(description="What becomes of doubts about messages of one purpose.")
class DoubtRule:
    """A row of the firm's rules."""

    purpose: MessagePurpose = strawberry.field(description="What such messages are for.")
    action: DoubtAction = strawberry.field(description="What becomes of them.")


@strawberry.input(description="What becomes of doubts about messages of one purpose.")
class DoubtRuleInput:
    """A row of the firm's rules."""

    purpose: MessagePurpose = strawberry.field(description="What such messages are for.")
    action: DoubtAction = strawberry.field(description="What becomes of them.")


@strawberry.type(description="How the firm sends.")
class SendingRules:
    """The rules in force."""

    time_zone: str = strawberry.field(description="The firm's time zone.")
    version: int = strawberry.field(description="The version of the firm, for commands.")
    quiet_from: str | None = strawberry.field(description=f"When quiet hours begin, {_TIME}")
    quiet_until: str | None = strawberry.field(description=f"When quiet hours end, {_TIME}")
    approval_life_hours: int = strawberry.field(
        description="For how many hours an approval holds; then the message goes to its author."
    )
    doubt_wait_minutes: int = strawberry.field(
        description="For how many minutes statuses may settle a doubt before the rule below."
    )
    doubt_rules: list[DoubtRule] = strawberry.field(
        description="What becomes of doubts; purposes that are not named are parked."
    )


@strawberry.input(description="Set how the firm sends. All rules are replaced.")
class ChangeSendingRulesInput:
    """What an owner decides."""

    idempotency_key: str = strawberry.field(
        description="A text of the client's own for this one command: sending it again is safe."
    )
    quiet_from: str | None = strawberry.field(
        default=None, description=f"When quiet hours begin, {_TIME}"
    )
    quiet_until: str | None = strawberry.field(
        default=None, description=f"When quiet hours end, {_TIME}"
    )
    approval_life_hours: int = strawberry.field(
        default=DomainRules().approval_life_hours,
        description="For how many hours an approval holds.",
    )
    doubt_wait_minutes: int = strawberry.field(
        default=DomainRules().doubt_wait_minutes,
        description="For how many minutes statuses may settle a doubt.",
    )
    doubt_rules: list[DoubtRuleInput] = strawberry.field(
        default_factory=list, description="What becomes of doubts; others are parked."
    )
    expected_version: int | None = strawberry.field(
        default=None, description="The version of the firm that the member saw."
    )
    client_mutation_id: str | None = strawberry.field(
        default=None, description="Returned as it came."
    )


@strawberry.type(description="The answer to `changeSendingRules`.")
class ChangeSendingRulesPayload(CommandPayload):
    """The rules after the command."""

    sending_rules: SendingRules | None = strawberry.field(
        description="The rules; null if nothing was done."
    )


async def sending_rules(info: Info) -> SendingRules:
    """Return the rules of the member's firm."""
    context = info.context
    return _shown(await context.services.read_models.run(firm_of, context))


async def change_sending_rules(
    info: Info, given: ChangeSendingRulesInput
) -> ChangeSendingRulesPayload:
    """Replace the rules of the firm."""

    def intend(context: RequestContext, _is_new: bool) -> Intention:
        rules = DomainRules(
            quiet_from=_time(given.quiet_from, "quietFrom"),
            quiet_until=_time(given.quiet_until, "quietUntil"),
            approval_life_hours=given.approval_life_hours,
            doubt_wait_minutes=given.doubt_wait_minutes,
            doubt_actions={
                DomainPurpose[rule.purpose.name]: DomainAction[rule.action.name]
                for rule in given.doubt_rules
            },
        )
        command = ChangeSendingRules(
            tenant_id=TenantId(context.tenant_id),
            rules=rules,
            expected_version=given.expected_version,
        )
        return Intention(command, Cause(new_id()))

    key = Given(
        name="changeSendingRules",
        idempotency_key=given.idempotency_key,
        client_mutation_id=given.client_mutation_id,
        body={
            "quiet": [given.quiet_from, given.quiet_until],
            "approvalLifeHours": given.approval_life_hours,
            "doubtWaitMinutes": given.doubt_wait_minutes,
            "expectedVersion": given.expected_version,
            "doubtRules": [[r.purpose.name, r.action.name] for r in given.doubt_rules],
        },
    )
    done = await carry_out(info, key, intend, _NAMES)
    aggregate = None if done.outcome is None else done.outcome.aggregate
    shown = _shown(aggregate) if isinstance(aggregate, Tenant) else None
    return ChangeSendingRulesPayload(sending_rules=shown, **done.common)


def _time(text: str | None, field: str) -> time | None:
    if text is None:
        return None
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise InvalidInput(
            f"{field} is not a time of day, such as 21:00.", field=("input", field)
        ) from None


def _shown(tenant: Tenant) -> SendingRules:
    rules = tenant.sending_rules
    return SendingRules(
        time_zone=tenant.time_zone,
        version=tenant.version,
        quiet_from=None if rules.quiet_from is None else f"{rules.quiet_from:%H:%M}",
        quiet_until=None if rules.quiet_until is None else f"{rules.quiet_until:%H:%M}",
        approval_life_hours=rules.approval_life_hours,
        doubt_wait_minutes=rules.doubt_wait_minutes,
        doubt_rules=[
            DoubtRule(purpose=MessagePurpose(purpose.value), action=DoubtAction(action.value))
            for purpose, action in rules.doubt_actions.items()
        ],
    )
