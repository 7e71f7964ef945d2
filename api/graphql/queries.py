"""The root of queries."""

from typing import Annotated, Any, Final

import strawberry

from api.graphql.access import described, guarded
from api.graphql.assembly import load
from api.graphql.broadcast_queries import BroadcastQueries
from api.graphql.contact import Contact
from api.graphql.contact_duplicate import ContactDuplicate
from api.graphql.context import Info, RequestContext
from api.graphql.conversation import Conversation
from api.graphql.conversation_queries import ConversationQueries
from api.graphql.dead_letter_queries import DeadLetterQueries
from api.graphql.draft import Draft
from api.graphql.enums import DraftState, DuplicateState, IntakeState, value_of
from api.graphql.event_history import HistoryEvent
from api.graphql.filters import (
    EventFilter,
    history_filter,
)
from api.graphql.firm_sending import SendingRules, sending_rules
from api.graphql.ids import identifier_of, parsed_id, position_number_of, uuid_of
from api.graphql.intake import IntakeSession
from api.graphql.lists import (
    draft_page,
    duplicate_page,
    history_page,
    intake_page,
    member_page,
    sender_page,
    webhook_endpoint_page,
)
from api.graphql.media_retention import MediaRetention, media_retention
from api.graphql.member import Member
from api.graphql.node import Node
from api.graphql.pages import After, Before, Connection, First, Last, either_way, forward
from api.graphql.price_sum import PriceSum, checked_month, price_sum
from api.graphql.send_template import template_preview
from api.graphql.sender_number import SenderNumber
from api.graphql.template import Template, template_page
from api.graphql.template_enums import TemplateStatus
from api.graphql.template_values import TemplatePreview, TemplateValuesInput
from api.graphql.viewer import Viewer, firm
from api.graphql.wanted import NOTHING, wanted_below
from api.graphql.webhook_endpoint import WebhookEndpoint
from domain.errors import InvalidInput, NotFound
from domain.scopes import Scope
from projections.message_prices import price_sums as sums_of_months

NODES_MAX: Final = 100

NODE_SCOPES: Final[dict[str, Scope]] = {
    "Conversation": Scope.CONVERSATIONS_READ,
    "Contact": Scope.CONTACTS_READ,
    "Broadcast": Scope.BROADCASTS_READ,
    "Draft": Scope.DRAFTS_READ,
    "Member": Scope.MEMBERS_READ,
    "SenderNumber": Scope.SENDERS_READ,
    "Template": Scope.TEMPLATES_READ,
    "IntakeSession": Scope.INTAKE_READ,
    "HistoryEvent": Scope.AUDIT_READ,
    "InboundMessage": Scope.CONVERSATIONS_READ,
    "MediaFile": Scope.CONVERSATIONS_READ,
    "OutboundMessage": Scope.CONVERSATIONS_READ,
    "EchoedMessage": Scope.CONVERSATIONS_READ,
    "CallEntry": Scope.CONVERSATIONS_READ,
    "AssessmentEntry": Scope.CONVERSATIONS_READ,
    "DraftEntry": Scope.CONVERSATIONS_READ,
    "IntakeEntry": Scope.CONVERSATIONS_READ,
    "TimelineNote": Scope.CONVERSATIONS_READ,
    "WebhookEndpoint": Scope.WEBHOOKS_READ,
    "ContactDuplicate": Scope.CONTACTS_READ,
}
"""The scope that a type of node needs; it is looked at before the id is looked up."""

_ENTRIES: Final = frozenset(
    {
        "InboundMessage",
        "EchoedMessage",
        "CallEntry",
        "AssessmentEntry",
        "DraftEntry",
        "IntakeEntry",
        "TimelineNote",
    }
)
_BY_POSITION: Final = _ENTRIES | {"HistoryEvent"}

Id = Annotated[strawberry.ID, strawberry.argument(description="The global id.")]
Ids = Annotated[
    list[strawberry.ID], strawberry.argument(description=f"At most {NODES_MAX} global ids.")
]


@strawberry.type(description="Everything that can be asked.")
class Query(BroadcastQueries, ConversationQueries, DeadLetterQueries):
    """The root of queries."""

    @described("Who asks. Open to every valid token.")
    def viewer(self, info: Info) -> Viewer:
        """The principal."""
        info.context.must_be_known()
        return Viewer()

    @described(
        "The thing with this id; null for an unknown id, also for one of another firm. "
        "Open to every valid token that holds the scope of the thing's type."
    )
    async def node(self, info: Info, id: Id) -> Node | None:  # noqa: A002 - the name is Relay's
        """A thing by its id."""
        found: Node | None = (await _nodes(info.context, [id]))[0]
        return found

    @described(
        "The things with these ids, in their order, null for each that `node` gives "
        "null for. Open to every valid token."
    )
    async def nodes(self, info: Info, ids: Ids) -> list[Node | None] | None:
        """Things by their ids. Raises InvalidInput for too many."""
        if len(ids) > NODES_MAX:
            raise InvalidInput(f"At most {NODES_MAX} ids can be asked for.", field=("ids",))
        return await _nodes(info.context, list(ids))

    @guarded(Scope.CONVERSATIONS_READ, "One conversation; the error NOT_FOUND for an unknown id.")
    async def conversation(
        self,
        info: Info,
        id: Id,  # noqa: A002 - the name is Relay's
    ) -> Conversation | None:
        """A conversation by its id."""
        found: Conversation = await _one(info, "Conversation", id)
        return found

    @guarded(Scope.CONTACTS_READ, "One contact; the error NOT_FOUND for an unknown id.")
    async def contact(
        self,
        info: Info,
        id: Id,  # noqa: A002 - the name is Relay's
    ) -> Contact | None:
        """A contact by its id."""
        found: Contact = await _one(info, "Contact", id)
        return found

    @guarded(Scope.DRAFTS_READ, "Drafts in one state, most urgent first, then oldest first.")
    async def draft_queue(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        state: Annotated[
            DraftState | None,
            strawberry.argument(description="The state of the drafts; SUGGESTED if left out."),
        ] = None,
    ) -> Connection[Draft] | None:
        """A page of the draft queue."""
        window, wanted = forward(first, after), wanted_below(info).of_nodes()
        wanted_state = DraftState.SUGGESTED if state is None else state
        return await info.context.read(
            lambda reading: draft_page(reading, window, value_of(wanted_state), wanted)
        )

    @guarded(Scope.INTAKE_READ, "Intake sessions, oldest first.")
    async def intake_sessions(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        state: Annotated[
            IntakeState | None,
            strawberry.argument(description="The state of the sessions; all if left out."),
        ] = None,
    ) -> Connection[IntakeSession] | None:
        """A page of the intake board."""
        window, wanted = forward(first, after), wanted_below(info).of_nodes()
        wanted_state = None if state is None else value_of(state)
        return await info.context.read(
            lambda reading: intake_page(reading, window, wanted_state, wanted)
        )

    @guarded(Scope.CONTACTS_READ, "Contacts that may be one person, oldest question first.")
    async def contact_duplicates(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        state: Annotated[
            DuplicateState | None,
            strawberry.argument(description="The state of the questions; all if left out."),
        ] = None,
    ) -> Connection[ContactDuplicate] | None:
        """A page of the questions."""
        window, wanted = forward(first, after), wanted_below(info).of_nodes()
        wanted_state = None if state is None else value_of(state)
        return await info.context.read(
            lambda reading: duplicate_page(reading, window, wanted_state, wanted)
        )

    @guarded(
        Scope.AUDIT_READ,
        "Every event of the firm in the order of recording; the newest with `last`.",
    )
    async def event_history(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        filter: Annotated[  # noqa: A002 - the lawyer's word for it
            EventFilter | None, strawberry.argument(description="Which events are asked for.")
        ] = None,
    ) -> Connection[HistoryEvent] | None:
        """A page of the event history."""
        window, wanted = either_way(first, after, last, before), wanted_below(info).of_nodes()
        only = history_filter(filter)
        return await info.context.read(lambda reading: history_page(reading, window, only, wanted))

    @guarded(Scope.MEMBERS_READ, "The members of the firm in the order of joining.")
    async def members(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[Member] | None:
        """A page of the member directory."""
        window = forward(first, after)
        return await info.context.read(lambda reading: member_page(reading, window))

    @guarded(
        Scope.SENDERS_READ,
        "What Meta priced messages as, by month, category and type, from the first to the last "
        "month.",
    )
    async def price_sums(
        self,
        info: Info,
        first_month: Annotated[str, strawberry.argument(description="YYYY-MM, in UTC.")],
        last_month: Annotated[str, strawberry.argument(description="YYYY-MM, in UTC.")],
    ) -> list[PriceSum] | None:
        """The sums of some months. Raises InvalidInput."""
        first = checked_month(first_month, "firstMonth")
        last = checked_month(last_month, "lastMonth")
        return await info.context.read(
            lambda reading: [
                price_sum(row)
                for row in reading.rows(
                    sums_of_months(reading.tenant_id, first_month=first, last_month=last)
                )
            ]
        )

    @guarded(Scope.SENDERS_READ, "The WhatsApp numbers of the firm.")
    async def sender_numbers(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[SenderNumber] | None:
        """A page of the sender directory."""
        window = forward(first, after)
        return await info.context.read(lambda reading: sender_page(reading, window))

    @guarded(Scope.WEBHOOKS_READ, "The addresses of other systems that are told what happens.")
    async def webhook_endpoints(
        self, info: Info, first: First = None, after: After = None
    ) -> Connection[WebhookEndpoint] | None:
        """A page of the webhook endpoints."""
        window = forward(first, after)
        return await info.context.read(lambda reading: webhook_endpoint_page(reading, window))

    @guarded(Scope.TEMPLATES_READ, "The templates of the firm by name and language.")
    async def templates(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        statuses: Annotated[
            list[TemplateStatus] | None,
            strawberry.argument(description="Only in these; all but DELETED if left out."),
        ] = None,
        account_id: Annotated[
            str | None, strawberry.argument(description="Only of this account at Meta.")
        ] = None,
    ) -> Connection[Template] | None:
        """A page of the template directory."""
        window = forward(first, after)
        wanted = None if statuses is None else [value_of(status) for status in statuses]
        return await info.context.read(
            lambda reading: template_page(reading, window, wanted, account_id)
        )

    @guarded(Scope.TEMPLATES_READ, "One template; the error NOT_FOUND for an unknown id.")
    async def template(
        self,
        info: Info,
        id: Id,  # noqa: A002 - the name is Relay's
    ) -> Template | None:
        """A template by its id."""
        found: Template = await _one(info, "Template", id)
        return found

    @guarded(
        Scope.TEMPLATES_READ,
        "A template with values as the contact would see it; an error names a value that Meta "
        "would refuse.",
    )
    async def template_preview(
        self,
        info: Info,
        template_id: Annotated[strawberry.ID, strawberry.argument(description="The template.")],
        values: Annotated[
            TemplateValuesInput, strawberry.argument(description="What is filled in.")
        ],
    ) -> TemplatePreview | None:
        """What would be sent."""
        return await template_preview(info, template_id, values)

    @guarded(Scope.SENDERS_READ, "How the firm sends: quiet hours, approvals, doubts.")
    async def sending_rules(self, info: Info) -> SendingRules | None:
        """See `firm_sending`."""
        return await sending_rules(info)

    @guarded(Scope.SENDERS_READ, "How long files of intakes are kept that went nowhere.")
    async def media_retention(self, info: Info) -> MediaRetention | None:
        """See `media_retention`."""
        return await media_retention(info)


async def _one(info: Info, kind: str, value: str) -> Any:
    key = identifier_of(value, kind, field=("id",))
    wanted = wanted_below(info)
    found = await info.context.read(lambda reading: load(reading, kind, [key], wanted))
    if key not in found:
        raise NotFound(f"There is no {kind.lower()} with this id.")
    return found[key]


async def _nodes(context: RequestContext, ids: list[str]) -> list[Any]:
    """The things with these ids; None where the id or the scope does not fit."""
    places = [_place(context, value) for value in ids]
    kinds = {place[0] for place in places if place is not None}

    def read_all(reading: Any) -> dict[str, dict[Any, Any]]:
        return {
            kind: load(
                reading, kind, [place[1] for place in places if place and place[0] == kind], NOTHING
            )
            for kind in kinds
            if kind != "Firm"
        }

    found = await context.read(read_all)
    if "Firm" in kinds:
        services = context.services
        own = await services.read_models.run(firm, services.journal, context.tenant_id)
        found["Firm"] = {context.tenant_id: own}
    things = [None if place is None else found[place[0]].get(place[1]) for place in places]
    return [
        thing if thing is not None and thing.id == value else None
        for thing, value in zip(things, ids, strict=True)
    ]


def _place(context: RequestContext, value: str) -> tuple[str, Any] | None:
    """The kind and key of an id, or None where it cannot be looked up."""
    type_name, key = parsed_id(value)
    if type_name == "Firm":
        return ("Firm", uuid_of(key))
    scope = NODE_SCOPES.get(type_name)
    if scope is None:
        return None
    context.member.require(scope)
    if type_name in _BY_POSITION:
        kind = "TimelineEntry" if type_name in _ENTRIES else type_name
        number = position_number_of(key)
        return None if number is None else (kind, number)
    identifier = uuid_of(key)
    return None if identifier is None else (type_name, identifier)
