"""The live stream: from a position on, without gap or repetition, for those who may hear it."""

import contextlib
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.graphql.cursors import position_cursor
from api.graphql.websocket import SocketSettings
from domain.identity import DraftId
from domain.scopes import Role, Scope
from infrastructure.unique_ids import new_id
from tests.api.firm import Firm
from tests.api.socket import GraphQLSocket, open_socket
from tests.api.stack import Stack, served

ACTIVITY = """
subscription Activity($after: Cursor) {
  activity(after: $after) {
    __typename
    ... on Activity { id cursor kind topic occurredAt actor { kind } conversation { id state } }
    ... on MessageActivity { message {
      __typename id
      ... on InboundMessage { content { text } contentState }
      ... on OutboundMessage { delivery { state } content { text } }
    } }
    ... on DraftActivity { draft { id state content { text } contentState } }
    ... on Position { cursor }
    ... on Lagged { cursor }
    ... on ResyncRequired { cursor reason }
  }
}
"""


class Listener:
    """A subscriber on a socket of its own."""

    def __init__(self, socket: GraphQLSocket, after: str | None) -> None:
        self.socket = socket
        self.id = socket.subscribe(ACTIVITY, {"after": after})

    def next(self) -> Any:
        return self.socket.next(self.id)["activity"]

    def take(self, count: int) -> list[Any]:
        return [self.next() for _ in range(count)]


@pytest.fixture
def listeners(stack: Stack) -> Iterator[Any]:
    """Opens listeners, and closes them at the end."""
    with contextlib.ExitStack() as open_ones:

        def listen(token: str, after: str | None = None) -> Listener:
            socket = open_ones.enter_context(open_socket(stack.socket_url, token))
            return Listener(socket, after)

        yield listen


def position(stack: Stack, firm: Firm) -> str:
    viewer = stack.data(firm.lawyer, "{ viewer { streamPosition } }")["viewer"]
    cursor: str = viewer["streamPosition"]
    return cursor


def history(stack: Stack, firm: Firm) -> list[str]:
    """The cursors of all events of a firm, in order."""
    query = "{ eventHistory(first: 100) { nodes { position } } }"
    nodes = stack.data(firm.lawyer, query)["eventHistory"]["nodes"]
    return [node["position"] for node in nodes]


def test_a_client_without_a_position_is_given_one_first(
    stack: Stack, firm: Firm, listeners: Any
) -> None:
    firm.consultation()
    first = listeners(firm.lawyer).next()
    assert first == {"__typename": "Position", "cursor": position(stack, firm)}


def test_a_message_is_heard_with_its_words_as_it_comes(
    stack: Stack, firm: Firm, listeners: Any
) -> None:
    story = firm.consultation()
    listener = listeners(firm.lawyer)
    listener.next()
    firm.hear(story, "Ada kabar?")
    item = listener.next()
    assert item["__typename"] == "MessageActivity"
    assert item["kind"] == "MESSAGE"
    assert item["actor"] == {"kind": "CONTACT"}
    assert item["message"]["content"]["text"] == "Ada kabar?"
    assert item["conversation"]["state"] == "OPEN"


def test_what_is_heard_is_in_the_lists_already(stack: Stack, firm: Firm, listeners: Any) -> None:
    story = firm.consultation()
    listener = listeners(firm.lawyer)
    listener.next()
    inbox = "{ conversations { nodes { lastMessage { content { text } } } } }"
    for number in range(10):
        firm.hear(story, f"Pesan {number}")
        listener.next()
        (node,) = stack.data(firm.lawyer, inbox)["conversations"]["nodes"]
        assert node["lastMessage"]["content"]["text"] == f"Pesan {number}"


def test_what_happened_since_a_position_comes_first_and_then_what_happens(
    stack: Stack, firm: Firm, listeners: Any
) -> None:
    before = position(stack, firm)
    story = firm.consultation("Pertama")
    listener = listeners(firm.lawyer, before)
    firm.hear(story, "Kedua")
    items = listener.take(8)
    topics = [item["topic"] for item in items]
    assert topics == [
        "contact.identified.v1",
        "message.received.v1",
        "conversation.started.v1",
        "intake.started.v1",
        "intake.consent_given.v1",
        "assessment.recorded.v1",
        "draft.suggested.v1",
        "message.received.v1",
    ]
    assert items[6]["draft"]["state"] == "SUGGESTED"


def test_a_page_and_the_stream_after_it_miss_nothing_and_repeat_nothing(
    stack: Stack, firm: Firm, listeners: Any
) -> None:
    story = firm.consultation()
    query = "{ conversations { nodes { id } streamPosition } }"
    page = stack.data(firm.lawyer, query)["conversations"]
    firm.hear(story, "Sesudah halaman")
    item = listeners(firm.lawyer, page["streamPosition"]).next()
    assert item["message"]["content"]["text"] == "Sesudah halaman"


@pytest.fixture(scope="session")
def recorded(stack: Stack) -> tuple[Firm, list[str], list[Any]]:
    """A firm with a past: its positions, and its whole stream."""
    firm = Firm(stack, "Kantor Hukum Rekaman")
    stack.wait_until_seen(firm.tenant_id)
    stories = [firm.consultation() for _ in range(3)]
    for story in stories * 2:
        firm.hear(story, "Lagi")
    stack.wait_until_seen(firm.tenant_id)
    with open_socket(stack.socket_url, firm.lawyer) as socket:
        cursors = history(stack, firm)
        return firm, cursors, Listener(socket, cursors[0]).take(27)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_stream_that_is_cut_anywhere_and_resumed_is_the_whole_stream(
    stack: Stack, recorded: tuple[Firm, list[str], list[Any]], data: st.DataObject
) -> None:
    firm, _cursors, whole = recorded
    cuts = sorted(data.draw(st.sets(st.integers(1, len(whole) - 1), max_size=4)))
    read: list[Any] = []
    after = recorded[1][0]
    for end in [*cuts, len(whole)]:
        with open_socket(stack.socket_url, firm.lawyer) as socket:
            read += Listener(socket, after).take(end - len(read))
        after = read[-1]["cursor"]
    assert [item["cursor"] for item in read] == [item["cursor"] for item in whole]
    assert [item["topic"] for item in read] == [item["topic"] for item in whole]


def test_every_position_of_the_history_is_one_to_resume_from(
    stack: Stack, recorded: tuple[Firm, list[str], list[Any]]
) -> None:
    firm, cursors, whole = recorded
    order = {cursor: place for place, cursor in enumerate(cursors)}
    places = [order[item["cursor"]] for item in whole]
    assert places == sorted(set(places))
    for cursor in cursors[:-1]:
        after = [item for item in whole if order[item["cursor"]] > order[cursor]]
        with open_socket(stack.socket_url, firm.lawyer) as socket:
            assert Listener(socket, cursor).next()["cursor"] == after[0]["cursor"]


def test_many_subscribers_hear_the_same_under_load(
    stack: Stack, firm: Firm, other_firm: Firm, listeners: Any
) -> None:
    story, other = firm.consultation(), other_firm.consultation()
    tokens = [firm.tokens[role] for role in (Role.LAWYER, Role.OWNER, Role.CS)] * 3
    subscribed = [listeners(token) for token in tokens]
    for listener in subscribed:
        listener.next()

    def write(target: Firm, about: Any) -> None:
        for number in range(60):
            target.hear(about, f"{target.name} {number}")

    writers = [
        threading.Thread(target=write, args=(firm, story)),
        threading.Thread(target=write, args=(other_firm, other)),
    ]
    for writer in writers:
        writer.start()
    heard = [listener.take(60) for listener in subscribed]
    for writer in writers:
        writer.join()
    wanted = [f"{firm.name} {number}" for number in range(60)]
    for items in heard:
        assert [item["message"]["content"]["text"] for item in items] == wanted


def test_the_stream_of_another_firm_is_another_stream(
    stack: Stack, firm: Firm, other_firm: Firm, listeners: Any
) -> None:
    foreign = position(stack, other_firm)
    listener = listeners(firm.lawyer, foreign)
    message = listener.socket.receive()
    assert message["type"] == "error"
    assert message["payload"][0]["extensions"]["code"] == "INVALID_CURSOR"


def test_two_roles_with_the_same_document_see_what_each_may_see(
    stack: Stack, firm: Firm, listeners: Any
) -> None:
    story = firm.consultation()
    lawyer, auditor = listeners(firm.lawyer), listeners(firm.tokens[Role.AUDITOR])
    lawyer.next()
    auditor.next()
    firm.hear(story, "Rahasia")
    seen, hidden = lawyer.next()["message"], auditor.next()["message"]
    assert (seen["content"]["text"], seen["contentState"]) == ("Rahasia", "VISIBLE")
    assert (hidden["content"], hidden["contentState"]) == (None, "HIDDEN")
    assert seen["id"] == hidden["id"]


def test_a_token_hears_only_what_its_scopes_allow(stack: Stack, firm: Firm, listeners: Any) -> None:
    story = firm.consultation()
    scopes = (Scope.CONVERSATIONS_READ,)
    member = firm.members[Role.OWNER]
    token = firm.setup.issue_token(firm.tenant_id, member, ttl_days=1, scopes=scopes).token
    stack.wait_until_seen(firm.tenant_id)
    listener = listeners(token)
    listener.next()
    stack.append([firm.suggestion(story, DraftId(new_id()))])
    firm.hear(story, "Sesudah draf")
    item = listener.next()
    assert item["topic"] == "message.received.v1"
    assert item["message"]["content"] is None


def test_a_position_that_the_firm_has_not_reached_asks_for_a_new_start(
    stack: Stack, firm: Firm, listeners: Any
) -> None:
    firm.consultation()
    listener = listeners(firm.lawyer, position_cursor(firm.tenant_id, 1_000_000))
    assert listener.next() == {
        "__typename": "ResyncRequired",
        "cursor": position(stack, firm),
        "reason": "UNKNOWN",
    }


def test_the_stream_goes_on_while_redis_is_deaf(stack: Stack, firm: Firm) -> None:
    story = firm.consultation()
    nowhere = "redis://127.0.0.1:1"
    with (
        served(stack.store, nowhere) as port,
        open_socket(f"ws://127.0.0.1:{port}/graphql", firm.lawyer) as socket,
    ):
        listener = Listener(socket, None)
        listener.next()
        for number in range(3):
            firm.hear(story, f"Tanpa lonceng {number}")
            text = listener.next()["message"]["content"]["text"]
            assert text == f"Tanpa lonceng {number}"


def test_a_revoked_token_ends_its_stream(stack: Stack, firm: Firm) -> None:
    member = firm.members[Role.CS]
    issued = firm.setup.issue_token(firm.tenant_id, member, ttl_days=1)
    stack.wait_until_seen(firm.tenant_id)
    often = SocketSettings(check_interval_s=0.1, reauthentication_s=0.2)
    with (
        served(stack.store, stack.redis_url, sockets=often) as port,
        open_socket(f"ws://127.0.0.1:{port}/graphql", issued.token) as socket,
    ):
        Listener(socket, None).next()
        firm.setup.revoke_token(firm.tenant_id, member, issued.token_id)
        assert socket.close_code() == (4403, "The access token is no longer valid")
