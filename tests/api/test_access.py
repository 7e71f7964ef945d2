"""Who may see what: every role against every guarded field, and every firm against every id."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
)

from api.graphql.access import Requires
from api.graphql.ids import global_id
from api.graphql.queries import NODE_SCOPES
from api.graphql.schema import executable_schema, printed_schema
from domain.identity import template_id_of
from domain.scopes import ROLE_SCOPES, Role, Scope
from domain.template_components import TemplateComponents
from tests.api.commands_by_scope import COMMANDS
from tests.api.firm import Firm
from tests.api.media_story import MEDIA_FIELDS
from tests.api.stack import Stack
from tests.api.test_queries import INBOX

ROLES = list(Role)
TEMPLATE = "libur"


class GuardedField(NamedTuple):
    """A field of the API, a query that asks for it, and where it stands in the answer."""

    scope: Scope
    query: str
    path: tuple[str | int, ...]


FIELDS: dict[str, GuardedField] = {
    "Query.conversations": GuardedField(
        Scope.CONVERSATIONS_READ, "{ conversations { nodes { id } } }", ("conversations",)
    ),
    "Query.conversation": GuardedField(
        Scope.CONVERSATIONS_READ,
        "query($c: ID!) { conversation(id: $c) { id } }",
        ("conversation",),
    ),
    "Query.contact": GuardedField(
        Scope.CONTACTS_READ, "query($k: ID!) { contact(id: $k) { id } }", ("contact",)
    ),
    "Query.draftQueue": GuardedField(
        Scope.DRAFTS_READ, "{ draftQueue { nodes { id } } }", ("draftQueue",)
    ),
    "Query.intakeSessions": GuardedField(
        Scope.INTAKE_READ, "{ intakeSessions { nodes { id } } }", ("intakeSessions",)
    ),
    "Query.eventHistory": GuardedField(
        Scope.AUDIT_READ, "{ eventHistory { nodes { id } } }", ("eventHistory",)
    ),
    "Query.members": GuardedField(Scope.MEMBERS_READ, "{ members { nodes { id } } }", ("members",)),
    "Query.senderNumbers": GuardedField(
        Scope.SENDERS_READ, "{ senderNumbers { nodes { id } } }", ("senderNumbers",)
    ),
    "Query.deadLetters": GuardedField(
        Scope.WORK_READ, "{ deadLetters { nodes { id } } }", ("deadLetters",)
    ),
    "Query.deadLetterGroups": GuardedField(
        Scope.WORK_READ, "{ deadLetterGroups { count } }", ("deadLetterGroups",)
    ),
    "Query.sendingRules": GuardedField(
        Scope.SENDERS_READ, "{ sendingRules { quietFrom } }", ("sendingRules",)
    ),
    "Query.mediaRetention": GuardedField(
        Scope.SENDERS_READ, "{ mediaRetention { days } }", ("mediaRetention",)
    ),
    "Query.webhookEndpoints": GuardedField(
        Scope.WEBHOOKS_READ, "{ webhookEndpoints { nodes { id } } }", ("webhookEndpoints",)
    ),
    "Query.templates": GuardedField(
        Scope.TEMPLATES_READ, "{ templates { nodes { id } } }", ("templates",)
    ),
    "Query.template": GuardedField(
        Scope.TEMPLATES_READ, "query($t: ID!) { template(id: $t) { id } }", ("template",)
    ),
    "Query.templatePreview": GuardedField(
        Scope.TEMPLATES_READ,
        "query($t: ID!) { templatePreview(templateId: $t, values: {}) { text } }",
        ("templatePreview",),
    ),
    "Query.broadcasts": GuardedField(
        Scope.BROADCASTS_READ, "{ broadcasts { nodes { id } } }", ("broadcasts",)
    ),
    "Query.broadcast": GuardedField(
        Scope.BROADCASTS_READ, "query($b: ID!) { broadcast(id: $b) { id } }", ("broadcast",)
    ),
    "Query.broadcastRecipients": GuardedField(
        Scope.BROADCASTS_READ,
        "query($b: ID!) { broadcastRecipients(id: $b) { nodes { state } } }",
        ("broadcastRecipients",),
    ),
    "Broadcast.senderNumber": GuardedField(
        Scope.SENDERS_READ,
        "query($b: ID!) { broadcast(id: $b) { senderNumber { id } } }",
        ("broadcast", "senderNumber"),
    ),
    "Broadcast.approvedBy": GuardedField(
        Scope.MEMBERS_READ,
        "query($b: ID!) { broadcast(id: $b) { approvedBy { id } } }",
        ("broadcast", "approvedBy"),
    ),
    "BroadcastRecipient.contact": GuardedField(
        Scope.CONTACTS_READ,
        "query($b: ID!) { broadcastRecipients(id: $b) { nodes { contact { id } } } }",
        ("broadcastRecipients", "nodes", 0, "contact"),
    ),
    "BroadcastRecipient.message": GuardedField(
        Scope.CONVERSATIONS_READ,
        "query($b: ID!) { broadcastRecipients(id: $b) { nodes { message { id } } } }",
        ("broadcastRecipients", "nodes", 0, "message"),
    ),
    "Viewer.member": GuardedField(
        Scope.MEMBERS_READ, "{ viewer { member { id } } }", ("viewer", "member")
    ),
    "Viewer.conversationsNeedingReply": GuardedField(
        Scope.CONVERSATIONS_READ,
        "{ viewer { conversationsNeedingReply } }",
        ("viewer", "conversationsNeedingReply"),
    ),
    "Conversation.contact": GuardedField(
        Scope.CONTACTS_READ,
        "query($c: ID!) { conversation(id: $c) { contact { id } } }",
        ("conversation", "contact"),
    ),
    "Conversation.senderNumber": GuardedField(
        Scope.SENDERS_READ,
        "query($c: ID!) { conversation(id: $c) { senderNumber { id } } }",
        ("conversation", "senderNumber"),
    ),
    "Conversation.assignedTo": GuardedField(
        Scope.MEMBERS_READ,
        "query($c: ID!) { conversation(id: $c) { assignedTo { id } } }",
        ("conversation", "assignedTo"),
    ),
    "Conversation.pendingDraft": GuardedField(
        Scope.DRAFTS_READ,
        "query($c: ID!) { conversation(id: $c) { pendingDraft { id } } }",
        ("conversation", "pendingDraft"),
    ),
    "Conversation.intake": GuardedField(
        Scope.INTAKE_READ,
        "query($c: ID!) { conversation(id: $c) { intake { id } } }",
        ("conversation", "intake"),
    ),
    "Conversation.timeline": GuardedField(
        Scope.CONVERSATIONS_READ,
        "query($c: ID!) { conversation(id: $c) { timeline { nodes { id } } } }",
        ("conversation", "timeline"),
    ),
    "Contact.card": GuardedField(
        Scope.CONTACTS_READ,
        "query($k: ID!) { contact(id: $k) { card { version } } }",
        ("contact", "card"),
    ),
    "Query.contactDuplicates": GuardedField(
        Scope.CONTACTS_READ, "{ contactDuplicates { nodes { id } } }", ("contactDuplicates",)
    ),
    "ContactDuplicate.contact": GuardedField(
        Scope.CONTACTS_READ,
        "{ contactDuplicates { nodes { contact { id } } } }",
        ("contactDuplicates",),
    ),
    "ContactDuplicate.otherContact": GuardedField(
        Scope.CONTACTS_READ,
        "{ contactDuplicates { nodes { otherContact { id } } } }",
        ("contactDuplicates",),
    ),
    "ContactCard.mergedInto": GuardedField(
        Scope.CONTACTS_READ,
        "query($k: ID!) { contact(id: $k) { card { mergedInto { id } } } }",
        ("contact", "card", "mergedInto"),
    ),
    **{name: GuardedField(*field) for name, field in MEDIA_FIELDS.items()},
    "TimelineEntry.event": GuardedField(
        Scope.AUDIT_READ,
        "query($c: ID!) { conversation(id: $c) { timeline { nodes { event { id } } } } }",
        ("conversation", "timeline", "nodes", 0, "event"),
    ),
    "DraftEntry.draft": GuardedField(
        Scope.DRAFTS_READ,
        "query($c: ID!) { conversation(id: $c) { timeline(last: 1) { nodes { "
        "... on DraftEntry { draft { id } } } } } }",
        ("conversation", "timeline", "nodes", 0, "draft"),
    ),
    "Actor.member": GuardedField(
        Scope.MEMBERS_READ,
        "query($c: ID!) { conversation(id: $c) { timeline { nodes { actor { member { id } } } } } "
        "}",
        ("conversation", "timeline", "nodes", 0, "actor", "member"),
    ),
    "Draft.conversation": GuardedField(
        Scope.CONVERSATIONS_READ,
        "{ draftQueue { nodes { conversation { id } } } }",
        ("draftQueue", "nodes", 0, "conversation"),
    ),
    "Draft.proposedBy": GuardedField(
        Scope.MEMBERS_READ,
        "{ draftQueue { nodes { proposedBy { id } } } }",
        ("draftQueue", "nodes", 0, "proposedBy"),
    ),
    "Draft.decidedBy": GuardedField(
        Scope.MEMBERS_READ,
        "{ draftQueue { nodes { decidedBy { id } } } }",
        ("draftQueue", "nodes", 0, "decidedBy"),
    ),
    "Draft.outboundMessage": GuardedField(
        Scope.CONVERSATIONS_READ,
        "{ draftQueue { nodes { outboundMessage { id } } } }",
        ("draftQueue", "nodes", 0, "outboundMessage"),
    ),
    "Draft.returnedFrom": GuardedField(
        Scope.CONVERSATIONS_READ,
        "{ draftQueue { nodes { returnedFrom { id } } } }",
        ("draftQueue", "nodes", 0, "returnedFrom"),
    ),
    "HistoryEvent.cause": GuardedField(
        Scope.AUDIT_READ,
        "{ eventHistory(last: 1) { nodes { cause { id } } } }",
        ("eventHistory", "nodes", 0, "cause"),
    ),
    "HistoryEvent.conversation": GuardedField(
        Scope.CONVERSATIONS_READ,
        "{ eventHistory(last: 1) { nodes { conversation { id } } } }",
        ("eventHistory", "nodes", 0, "conversation"),
    ),
    "IntakeSession.conversation": GuardedField(
        Scope.CONVERSATIONS_READ,
        "{ intakeSessions { nodes { conversation { id } } } }",
        ("intakeSessions", "nodes", 0, "conversation"),
    ),
    "Query.priceSums": GuardedField(
        Scope.SENDERS_READ,
        '{ priceSums(firstMonth: "2026-01", lastMonth: "2026-12") { messages } }',
        ("priceSums",),
    ),
    "TimelineNote.assignedTo": GuardedField(
        Scope.MEMBERS_READ,
        "query($c: ID!) { conversation(id: $c) { timeline(first: 2) { nodes { "
        "... on TimelineNote { assignedTo { id } } } } } }",
        ("conversation", "timeline", "nodes", 1, "assignedTo"),
    ),
}
"""The guarded fields, by name. Where a role lacks another scope on the way, the way ends there."""


class Known(NamedTuple):
    conversation: str
    contact: str
    draft: str
    broadcast: str


def ids_of(stack: Stack, firm: Firm) -> Known:
    page = stack.data(firm.lawyer, INBOX)["conversations"]
    node = page["edges"][0]["node"]
    query = "{ broadcasts { nodes { id } } }"
    (sent,) = stack.data(firm.lawyer, query)["broadcasts"]["nodes"]
    return Known(node["id"], node["contact"]["id"], node["pendingDraft"]["id"], sent["id"])


def value_at(data: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        data = None if data is None else data[step]
    return data


@pytest.fixture(scope="session")
def shared_firm(stack: Stack) -> Firm:
    firm = Firm(stack, "Kantor Hukum Bersama")
    firm.template(TEMPLATE, TemplateComponents(body="Kantor kami libur besok."))
    story = firm.consultation("Rahasia klien")
    firm.broadcast(story)
    return firm


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", FIELDS)
def test_a_field_is_given_to_the_roles_with_its_scope_and_to_nobody_else(
    stack: Stack, shared_firm: Firm, name: str, role: Role
) -> None:
    field = FIELDS[name]
    known = ids_of(stack, shared_firm)
    template_id = template_id_of(shared_firm.tenant_id, shared_firm.waba_id, TEMPLATE, "id")
    variables = {
        "c": known.conversation,
        "k": known.contact,
        "b": known.broadcast,
        "t": global_id("Template", template_id),
    }
    used = {key: value for key, value in variables.items() if f"${key}" in field.query}
    answer = stack.graphql(shared_firm.tokens[role], field.query, used).json()
    errors = answer.get("errors", [])
    if field.scope in ROLE_SCOPES[role]:
        blocked = [error for error in errors if error["path"] == list(field.path)]
        assert blocked == []
    else:
        assert value_at(answer["data"], field.path) is None
        assert {error["extensions"]["code"] for error in errors} == {"FORBIDDEN"}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_is_refused_to_roles_without_its_scope_before_anything_is_read(
    stack: Stack, shared_firm: Firm, name: str, role: Role
) -> None:
    scope, given = COMMANDS[name]
    arguments = f'input: {{{given}, idempotencyKey: "k"}}'
    mutation = f"mutation {{ {name}({arguments}) {{ userErrors {{ code }} }} }}"
    answer = stack.graphql(shared_firm.tokens[role], mutation).json()
    if scope in ROLE_SCOPES[role]:
        (error,) = answer["data"][name]["userErrors"]
        assert error["code"] in {"INVALID_ID", "INVALID_INPUT"}
    else:
        assert answer["data"] == {name: None}
        assert answer["errors"][0]["extensions"]["code"] == "FORBIDDEN"


def test_content_is_hidden_from_those_who_may_not_read_it(stack: Stack, shared_firm: Firm) -> None:
    query = """{ conversations { nodes { contact { profileName maskedPhone contentState }
        lastMessage { contentState content { text } }
        pendingDraft { contentState content { text } reasons }
        intake { answers { text contentState } }
        timeline { nodes { ... on InboundMessage { content { text } contentState }
          ... on AssessmentEntry { rationale state: contentState } } } } } }"""
    answer = stack.graphql(shared_firm.tokens[Role.AUDITOR], query)
    node = answer.json()["data"]["conversations"]["nodes"][0]
    assert node["contact"]["profileName"] is None
    assert node["contact"]["contentState"] == "HIDDEN"
    assert node["contact"]["maskedPhone"].startswith("+62 812-****-")
    assert node["lastMessage"] == {"contentState": "HIDDEN", "content": None}
    assert node["pendingDraft"] == {"contentState": "HIDDEN", "content": None, "reasons": []}
    assert node["intake"]["answers"] == [{"text": None, "contentState": "HIDDEN"}]
    for words in ("Rahasia klien", "Ya, setuju", "A claim", "Terima kasih", "Klien "):
        assert words not in answer.text


def test_a_thing_of_another_firm_looks_like_one_that_does_not_exist(
    stack: Stack, shared_firm: Firm, other_firm: Firm
) -> None:
    known = ids_of(stack, shared_firm)
    owner = other_firm.tokens[Role.OWNER]
    unknown = stack.error(
        owner, "query($id: ID!) { conversation(id: $id) { id } }", {"id": UNKNOWN}
    )
    foreign = stack.error(
        owner, "query($id: ID!) { conversation(id: $id) { id } }", {"id": known.conversation}
    )
    assert foreign["message"] == unknown["message"]
    assert foreign["extensions"] == unknown["extensions"]
    assert foreign["extensions"]["code"] == "NOT_FOUND"
    nodes = "query($ids: [ID!]!) { nodes(ids: $ids) { id } }"
    assert stack.data(owner, nodes, {"ids": list(known)}) == {"nodes": [None] * len(known)}
    approve = """mutation($id: ID!) { approveDraft(input: {draftId: $id, idempotencyKey: "k"})
        { draft { id } userErrors { code message } } }"""
    assert stack.data(owner, approve, {"id": known.draft}) == {
        "approveDraft": {
            "draft": None,
            "userErrors": [{"code": "NOT_FOUND", "message": "There is no draft with this id."}],
        }
    }


UNKNOWN = "Q29udmVyc2F0aW9uOjAxOThhMDAwLTAwMDAtNzAwMC04MDAwLTAwMDAwMDAwMDAwMQ=="
"""Conversation:0198a000-0000-7000-8000-000000000001."""


def test_positions_in_the_history_of_another_firm_are_its_own(
    stack: Stack, shared_firm: Firm, other_firm: Firm
) -> None:
    last = "{ eventHistory(last: 1) { nodes { id topic } } }"
    owner = shared_firm.tokens[Role.OWNER]
    (event,) = stack.data(owner, last)["eventHistory"]["nodes"]
    node = "query($id: ID!) { node(id: $id) { ... on HistoryEvent { topic } } }"
    own = stack.data(owner, node, {"id": event["id"]})["node"]
    foreign = stack.data(other_firm.tokens[Role.OWNER], node, {"id": event["id"]})["node"]
    assert own == {"topic": event["topic"]}
    assert foreign is None or foreign != own


def guards(schema: GraphQLSchema) -> Iterator[tuple[str, GraphQLField, Scope | None]]:
    for name, graphql_type in schema.type_map.items():
        if name.startswith("__") or not isinstance(
            graphql_type, GraphQLObjectType | GraphQLInterfaceType
        ):
            continue
        for field_name, field in graphql_type.fields.items():
            definition = field.extensions["strawberry-definition"]
            found = [one.scope for one in definition.extensions if isinstance(one, Requires)]
            yield f"{name}.{field_name}", field, found[0] if found else None


OPEN_ROOTS = {"Query.viewer", "Query.node", "Query.nodes", "Subscription.activity"}


def test_every_root_and_every_way_to_another_thing_is_behind_a_scope() -> None:
    schema = executable_schema()
    unguarded = {
        name
        for name, field, scope in guards(schema)
        if scope is None
        and (
            name.split(".")[0] in {"Query", "Mutation", "Subscription"}
            or get_named_type(field.type).name in NODE_SCOPES
        )
    }
    # Pages and answers of commands are behind the scope of the field that gives them.
    inside = ("Edge", "Connection", "Payload")
    assert {name for name in unguarded if not name.split(".")[0].endswith(inside)} == OPEN_ROOTS


def test_the_schema_shows_the_scope_of_every_guarded_field() -> None:
    shown = build_schema(printed_schema(), assume_valid_sdl=True)
    for name, _field, scope in guards(executable_schema()):
        type_name, field_name = name.split(".")
        printed = shown.type_map[type_name]
        assert isinstance(printed, GraphQLObjectType | GraphQLInterfaceType)
        node = printed.fields[field_name].ast_node
        assert node is not None
        directives = [one for one in node.directives or () if one.name.value == "requiresScope"]
        values = [one.arguments[0].value.value for one in directives]
        assert values == ([] if scope is None else [scope.value]), name


def test_every_guarded_field_is_in_the_matrix_or_in_the_tests_of_the_stream() -> None:
    guarded = {name for name, _field, scope in guards(executable_schema()) if scope is not None}
    inherited = {
        name
        for name in guarded
        if name.split(".")[0]
        in {
            "ConversationMessage",
            "InboundMessage",
            "OutboundMessage",
            "EchoedMessage",
            "CallEntry",
            "AssessmentEntry",
            "DraftEntry",
            "IntakeEntry",
            "TimelineNote",
        }
        and name.endswith(".event")
    }
    commands = {f"Mutation.{name}" for name in COMMANDS}
    assert guarded - inherited - commands - set(FIELDS) == {
        "Activity.conversation",
        "ConversationActivity.conversation",
        "DraftActivity.conversation",
        "DraftActivity.draft",
        "MessageActivity.conversation",
        "MessageActivity.message",
        "BroadcastActivity.conversation",
        "BroadcastActivity.broadcast",
        "SenderNumberActivity.conversation",
        "SenderNumberActivity.senderNumber",
        "DeadLetterActivity.conversation",
        "DeadLetterActivity.deadLetter",
    }
