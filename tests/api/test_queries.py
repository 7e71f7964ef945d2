from typing import Any

from domain.scopes import ROLE_SCOPES, Role
from tests.api.firm import Firm
from tests.api.stack import Stack

INBOX = """
query Inbox($first: PageSize, $after: Cursor, $filter: ConversationFilter) {
  conversations(first: $first, after: $after, filter: $filter) {
    edges {
      cursor
      node {
        __typename id state version unreadCount needsReply lastActivityAt serviceWindowClosesAt
        contact { __typename id profileName maskedPhone isOptedOut contentState }
        senderNumber { __typename id displayPhone isPaused }
        assignedTo { __typename id name }
        assessment { intent urgency complexity estimatedReview confidence purpose }
        lastMessage { direction sentAt contentState content { kind text preview choices } }
        pendingDraft { __typename id version content { text } }
      }
    }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    streamPosition
  }
}
"""


def test_the_inbox_shows_what_a_lawyer_needs_on_one_line(stack: Stack, firm: Firm) -> None:
    story = firm.consultation("Rumah saya digugat tetangga.")
    page = stack.data(firm.lawyer, INBOX)["conversations"]
    (edge,) = page["edges"]
    node = edge["node"]
    assert node["contact"]["profileName"] == story.name
    assert node["contact"]["maskedPhone"] == f"+62 812-****-{story.phone[-4:]}"
    assert node["lastMessage"]["content"]["text"] == "Rumah saya digugat tetangga."
    assert node["lastMessage"]["direction"] == "INBOUND"
    assert node["assessment"] == {
        "intent": "LAND_PROPERTY",
        "urgency": "HIGH",
        "complexity": "MODERATE",
        "estimatedReview": "PT2100S",
        "confidence": 0.8,
        "purpose": "REVIEW",
    }
    assert node["senderNumber"]["displayPhone"] == "+622129001234"
    assert node["assignedTo"] is None
    assert node["pendingDraft"]["content"]["text"] == "Terima kasih, kami pelajari gugatannya."
    assert node["state"] == "OPEN"


def test_pages_of_the_inbox_put_together_are_the_inbox(stack: Stack, firm: Firm) -> None:
    for number in range(5):
        firm.consultation(f"Pesan {number}")
    whole = stack.data(firm.lawyer, INBOX)["conversations"]["edges"]
    read: list[str] = []
    after = None
    while True:
        page = stack.data(firm.lawyer, INBOX, {"first": 2, "after": after})["conversations"]
        read += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert read == [edge["node"]["id"] for edge in whole]
    texts = [edge["node"]["lastMessage"]["content"]["text"] for edge in whole]
    assert texts == [f"Pesan {number}" for number in reversed(range(5))]


def test_a_conversation_that_moves_up_is_not_read_twice_on_the_next_page(
    stack: Stack, firm: Firm
) -> None:
    stories = [firm.consultation() for _ in range(4)]
    page = stack.data(firm.lawyer, INBOX, {"first": 2})["conversations"]
    firm.hear(stories[0], "Ada kabar?")
    stack.wait_until_seen(firm.tenant_id)
    after = page["pageInfo"]["endCursor"]
    rest = stack.data(firm.lawyer, INBOX, {"first": 10, "after": after})["conversations"]
    assert len(rest["edges"]) == 1


def test_the_most_urgent_conversations_come_first_in_pages_when_asked_for(
    stack: Stack, firm: Firm
) -> None:
    for number, urgency in enumerate(("low", "high", "normal", "high", "low")):
        firm.consultation(f"Pesan {number}", urgency=urgency)
    query = """
        query($after: Cursor) {
          conversations(first: 2, after: $after, order: MOST_URGENT, filter: {state: OPEN}) {
            nodes { assessment { urgency } lastMessage { content { text } } }
            pageInfo { hasNextPage endCursor }
          }
        }
    """
    read: list[tuple[str, str]] = []
    after = None
    while True:
        page = stack.data(firm.lawyer, query, {"after": after})["conversations"]
        read += [
            (node["assessment"]["urgency"], node["lastMessage"]["content"]["text"])
            for node in page["nodes"]
        ]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert read == [
        ("HIGH", "Pesan 3"),
        ("HIGH", "Pesan 1"),
        ("NORMAL", "Pesan 2"),
        ("LOW", "Pesan 4"),
        ("LOW", "Pesan 0"),
    ]
    error = stack.error(firm.lawyer, INBOX, {"after": after})
    assert error["extensions"]["code"] == "INVALID_CURSOR"


def test_the_inbox_is_narrowed_down_by_its_filter(stack: Stack, firm: Firm) -> None:
    firm.consultation()

    def found(**wanted: object) -> int:
        page = stack.data(firm.lawyer, INBOX, {"filter": wanted})["conversations"]
        return len(page["edges"])

    assert found(state="OPEN") == 1
    assert found(state="CLOSED") == 0
    assert found(assignedToMe=True) == 0
    assert found(isAssigned=False) == 1
    assert found(urgency="HIGH") == 1
    assert found(urgency="LOW") == 0
    assert found(needsReply=False) == 1


TIMELINE = """
query Timeline($id: ID!, $first: PageSize, $after: Cursor, $last: PageSize, $before: Cursor) {
  conversation(id: $id) {
    timeline(first: $first, after: $after, last: $last, before: $before) {
      edges {
        cursor
        node {
          __typename id kind topic occurredAt actor { kind part member { name } }
          ... on InboundMessage { contentState content { text } isUnderstood }
          ... on AssessmentEntry { intent urgency rationale model }
          ... on DraftEntry { draft { id state content { text } reasons } }
          ... on IntakeEntry { questionKey answer }
          ... on TimelineNote { reason assignedTo { name } }
          event { topic cause { topic } }
        }
      }
      pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
    }
  }
}
"""


def conversation_id(stack: Stack, firm: Firm) -> str:
    page = stack.data(firm.lawyer, INBOX)["conversations"]
    identifier: str = page["edges"][0]["node"]["id"]
    return identifier


def test_the_timeline_tells_the_whole_story(stack: Stack, firm: Firm) -> None:
    story = firm.consultation("Halo")
    identifier = conversation_id(stack, firm)
    page = stack.data(firm.lawyer, TIMELINE, {"id": identifier})["conversation"]["timeline"]
    nodes = [edge["node"] for edge in page["edges"]]
    assert [node["topic"] for node in nodes] == [
        "message.received.v1",
        "conversation.started.v1",
        "intake.started.v1",
        "intake.consent_given.v1",
        "assessment.recorded.v1",
        "draft.suggested.v1",
    ]
    message, _started, _intake, consent, assessment, draft = nodes
    assert message["__typename"] == "InboundMessage"
    assert message["content"]["text"] == story.text
    assert message["actor"] == {"kind": "CONTACT", "part": None, "member": None}
    assert consent["answer"] == "Ya, setuju"
    assert assessment["rationale"] == "A claim over a house was received."
    assert assessment["actor"] == {"kind": "ASSISTANT", "part": "assistant", "member": None}
    assert draft["draft"]["reasons"] == ["A claim was received."]
    assert draft["event"] == {"topic": "draft.suggested.v1", "cause": None}


def test_the_timeline_is_read_from_both_ends(stack: Stack, firm: Firm) -> None:
    firm.consultation()
    identifier = conversation_id(stack, firm)

    def read(**window: object) -> tuple[list[str], dict[str, object]]:
        answer = stack.data(firm.lawyer, TIMELINE, {"id": identifier, **window})
        page = answer["conversation"]["timeline"]
        return [edge["node"]["id"] for edge in page["edges"]], page["pageInfo"]

    whole, _ = read(first=100)
    start, info = read(first=4)
    assert start == whole[:4]
    assert info["hasNextPage"]
    assert not info["hasPreviousPage"]
    rest, info = read(first=4, after=info["endCursor"])
    assert rest == whole[4:]
    assert not info["hasNextPage"]
    end, info = read(last=4)
    assert end == whole[-4:]
    assert info["hasPreviousPage"]
    beginning, info = read(last=4, before=info["startCursor"])
    assert beginning == whole[:-4]
    assert not info["hasPreviousPage"]


def test_a_page_is_asked_for_from_one_end_only(stack: Stack, firm: Firm) -> None:
    firm.consultation()
    variables = {"id": conversation_id(stack, firm), "first": 1, "last": 1}
    error = stack.error(firm.lawyer, TIMELINE, variables)
    assert error["extensions"]["code"] == "INVALID_PAGE_SIZE"


def test_the_draft_queue_shows_what_waits_and_what_was_decided(stack: Stack, firm: Firm) -> None:
    story = firm.consultation()
    queue = """
        query($state: DraftState) { draftQueue(state: $state) { nodes {
          __typename id state version urgency intent confidence model isEdited contentState
          conversation { id contact { profileName card { firstSeenAt } } }
          decidedBy { name } outboundMessage { id }
        } } }
    """
    (draft,) = stack.data(firm.lawyer, queue)["draftQueue"]["nodes"]
    assert draft["state"] == "SUGGESTED"
    assert draft["urgency"] == "HIGH"
    assert draft["conversation"]["contact"]["profileName"] == story.name
    assert draft["decidedBy"] is None
    assert stack.data(firm.lawyer, queue, {"state": "REJECTED"})["draftQueue"]["nodes"] == []


HISTORY = """
query($first: PageSize, $after: Cursor, $last: PageSize, $before: Cursor, $filter: EventFilter) {
  eventHistory(first: $first, after: $after, last: $last, before: $before, filter: $filter) {
    nodes {
      __typename id position topic contract actor { kind } occurredAt recordedAt traceId
      streamVersion hasContent facts { name value } cause { id } conversation { id }
    }
    pageInfo { hasNextPage endCursor startCursor }
    streamPosition
  }
}
"""


def test_the_event_history_shows_every_event_without_content(stack: Stack, firm: Firm) -> None:
    story = firm.consultation("Rahasia saya.")
    answer = stack.graphql(firm.lawyer, HISTORY, {"first": 100})
    nodes = answer.json()["data"]["eventHistory"]["nodes"]
    topics = [node["topic"] for node in nodes]
    assert topics[0] == "tenant.created.v1"
    assert topics[-1] == "draft.suggested.v1"
    received = next(node for node in nodes if node["topic"] == "message.received.v1")
    assert received["contract"] == "MessageReceived"
    assert received["hasContent"]
    assert {fact["name"] for fact in received["facts"]} >= {"kind", "conversation_id"}
    for secret in ("Rahasia", story.phone, story.name):
        assert secret not in answer.text


def test_the_event_history_is_narrowed_down_and_read_in_pages(stack: Stack, firm: Firm) -> None:
    firm.consultation()
    identifier = conversation_id(stack, firm)

    def topics(**variables: object) -> list[str]:
        nodes = stack.data(firm.lawyer, HISTORY, variables)["eventHistory"]["nodes"]
        return [node["topic"] for node in nodes]

    assert topics(filter={"topic": "draft.suggested.v1"}) == ["draft.suggested.v1"]
    assert set(topics(filter={"actorKind": "ASSISTANT"})) == {
        "assessment.recorded.v1",
        "draft.suggested.v1",
    }
    assert topics(filter={"conversationId": identifier})[0] == "message.received.v1"
    assert topics(filter={"from": "2000-01-01T00:00:00Z", "to": "2000-01-02T00:00:00Z"}) == []
    assert topics(last=1) == ["draft.suggested.v1"]
    whole = topics(first=100)
    page = stack.data(firm.lawyer, HISTORY, {"first": 3})["eventHistory"]
    rest = topics(first=100, after=page["pageInfo"]["endCursor"])
    assert [node["topic"] for node in page["nodes"]] + rest == whole


def test_everything_with_an_id_is_found_again_by_it(stack: Stack, firm: Firm) -> None:
    firm.consultation()
    answer = stack.graphql(
        firm.tokens[Role.OWNER],
        """{
          viewer { firm { __typename id name timeZone isSuspended } member { __typename id } }
          conversations { nodes { __typename id contact { __typename id }
            senderNumber { __typename id } pendingDraft { __typename id } intake { __typename id }
            timeline { nodes { __typename id } } } }
          eventHistory(last: 1) { nodes { __typename id } }
        }""",
    ).json()
    found: list[dict[str, str]] = []

    def collect(value: object) -> None:
        if isinstance(value, dict):
            if "id" in value:
                found.append({"__typename": value["__typename"], "id": value["id"]})
            for part in value.values():
                collect(part)
        elif isinstance(value, list):
            for part in value:
                collect(part)

    collect(answer["data"])
    assert {thing["__typename"] for thing in found} == {
        "Firm",
        "Member",
        "Conversation",
        "Contact",
        "SenderNumber",
        "Draft",
        "IntakeSession",
        "InboundMessage",
        "TimelineNote",
        "IntakeEntry",
        "AssessmentEntry",
        "DraftEntry",
        "HistoryEvent",
    }
    query = "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
    ids = [thing["id"] for thing in found]
    assert stack.data(firm.tokens[Role.OWNER], query, {"ids": ids})["nodes"] == found


def test_a_contact_card_keeps_the_proof_of_consent(stack: Stack, firm: Firm) -> None:
    firm.consultation()
    page = stack.data(
        firm.lawyer,
        """{ conversations { nodes { contact { card {
          consents { purpose state flowVersion language } consentQuestion consentAnswer version
        } } } } }""",
    )
    card = page["conversations"]["nodes"][0]["contact"]["card"]
    assert [consent["purpose"] for consent in card["consents"]] == ["ASSISTANCE", "INTAKE"]
    assert {consent["state"] for consent in card["consents"]} == {"GRANTED"}
    assert card["consentQuestion"] == "Apakah Anda setuju?"
    assert card["consentAnswer"] == "Ya, setuju"


def test_a_contact_card_shows_the_legal_hold_until_it_is_released(stack: Stack, firm: Firm) -> None:
    firm.consultation()
    query = """{ conversations { nodes { contact { id card {
        legalHold { since reason contentState }
    } } } } }"""

    def seen() -> Any:
        stack.wait_until_seen(firm.tenant_id)
        page = stack.data(firm.lawyer, query)["conversations"]
        return page["nodes"][0]["contact"]

    def command(name: str, **values: str) -> Any:
        mutation = (
            f"mutation($input: {name[0].upper()}{name[1:]}Input!) "
            f"{{ {name}(input: $input) {{ userErrors {{ code }} }} }}"
        )
        given = {"contactId": seen()["id"], "idempotencyKey": name, **values}
        assert stack.data(firm.lawyer, mutation, {"input": given})[name] == {"userErrors": []}

    assert seen()["card"]["legalHold"] is None
    command("placeLegalHold", reason="Perkara 12/Pdt.G/2026")
    hold = seen()["card"]["legalHold"]
    assert (hold["reason"], hold["contentState"]) == ("Perkara 12/Pdt.G/2026", "VISIBLE")
    command("releaseLegalHold")
    assert seen()["card"]["legalHold"] is None


def test_the_intake_board_shows_how_far_contacts_have_come(stack: Stack, firm: Firm) -> None:
    firm.consultation()
    board = """query($state: IntakeState) { intakeSessions(state: $state) { nodes {
        id state flowVersion answers { questionKey topic text contentState }
        conversation { id } } } }"""
    (session,) = stack.data(firm.lawyer, board, {"state": "RUNNING"})["intakeSessions"]["nodes"]
    assert session["answers"][0]["text"] == "Ya, setuju"
    assert stack.data(firm.lawyer, board, {"state": "COMPLETED"})["intakeSessions"]["nodes"] == []


def test_the_directories_are_read_in_pages(stack: Stack, firm: Firm) -> None:
    query = """query($after: Cursor) { members(first: 3, after: $after) {
        nodes { id name role joinedAt leftAt } pageInfo { hasNextPage endCursor } }
        senderNumbers { nodes { displayPhone } } }"""
    first = stack.data(firm.lawyer, query)
    assert first["members"]["pageInfo"]["hasNextPage"]
    after = first["members"]["pageInfo"]["endCursor"]
    second = stack.data(firm.lawyer, query, {"after": after})
    nodes = first["members"]["nodes"] + second["members"]["nodes"]
    assert [node["role"] for node in nodes] == ["OWNER", "LAWYER", "CS", "AUDITOR", "INTEGRATION"]
    assert nodes[1]["name"] == f"lawyer of {firm.name}"
    assert first["senderNumbers"]["nodes"] == [{"displayPhone": "+622129001234"}]


def test_the_viewer_knows_who_asks_and_what_is_to_do(stack: Stack, firm: Firm) -> None:
    firm.consultation()
    viewer = stack.data(
        firm.lawyer,
        "{ viewer { id role scopes streamPosition conversationsNeedingReply "
        "member { name } firm { name } } }",
    )["viewer"]
    assert viewer["role"] == "LAWYER"
    assert viewer["scopes"] == sorted(scope.value for scope in ROLE_SCOPES[Role.LAWYER])
    assert viewer["member"]["name"] == f"lawyer of {firm.name}"
    assert viewer["firm"]["name"] == firm.name
    assert viewer["conversationsNeedingReply"] == 0
