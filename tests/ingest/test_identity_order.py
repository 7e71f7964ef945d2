"""In whatever order webhooks come, the same people come out of them."""

from collections import defaultdict
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.contact import (
    Contact,
    ContactAbsorbed,
    ContactDetails,
    ContactDetailsChanged,
    ContactIdentified,
    ContactMerged,
)
from domain.inbound_message import MessageReceived
from infrastructure.unique_ids import new_id
from tests.ingest.gateway import Gateway, Number, change, notification, text_message

EPOCH_S = 1_000
BEGIN = 1_790_000_000


class Epoch(NamedTuple):
    """A time in which a person has one number and one user id."""

    phone: str
    user_id: str


class Fact(NamedTuple):
    """A webhook, and the identities that it names as one person's."""

    body: bytes
    names: tuple[str, ...]


def epochs(count: int) -> list[Epoch]:
    """A person whom nobody knows yet, over so many numbers."""
    tag = new_id().int % 10**7
    return [Epoch(f"62811{tag:07d}{place}", f"ID.{tag:07d}{place}99") for place in range(count)]


def message(epoch: Epoch, place: int, offset: int, shows: str) -> Fact:
    phone = epoch.phone if shows in {"both", "phone"} else None
    user_id = epoch.user_id if shows in {"both", "user"} else None
    said = text_message(
        f"wamid.{new_id()}",
        phone=phone,
        user_id=user_id,
        timestamp=BEGIN + place * EPOCH_S + offset,
    )
    return Fact(notification(said), tuple(name for name in (phone, user_id) if name))


def notice(before: Epoch, after: Epoch, place: int, *, tells_phone: bool) -> Fact:
    system: dict[str, Any] = {
        "type": "user_changed_number" if tells_phone else "user_changed_user_id",
        "body": "changed",
        "user_id": after.user_id,
        "previous_user_id": before.user_id,
    }
    told = {
        "id": f"wamid.{new_id()}",
        "timestamp": str(BEGIN + (place + 1) * EPOCH_S),
        "type": "system",
        "system": system,
    }
    names = [before.user_id, after.user_id]
    if tells_phone:
        system["wa_id"] = after.phone
        told["from"] = before.phone
        names += [before.phone, after.phone]
    return Fact(notification(change({"messages": [told]})), tuple(names))


@st.composite
def lives(draw: st.DrawFn) -> list[list[tuple[Any, ...]]]:
    """Plans of one or two people's facts, in the order of their arrival."""
    plan: list[tuple[Any, ...]] = []
    for person in range(draw(st.integers(1, 2))):
        count = draw(st.integers(1, 3))
        for place in range(count):
            shown = draw(st.lists(st.sampled_from(["both", "user", "phone"]), max_size=2))
            plan += [("message", person, place, 10 + n, shows) for n, shows in enumerate(shown)]
            if place + 1 < count:
                plan.append(("notice", person, place, draw(st.booleans())))
    order = draw(st.permutations(plan))
    cuts = draw(st.integers(1, 3))
    return [list(order[start::cuts]) for start in range(cuts)]


def facts_of(plan: list[list[tuple[Any, ...]]]) -> list[list[Fact]]:
    people = [epochs(3), epochs(3)]
    return [
        [
            message(people[step[1]][step[2]], *step[2:])
            if step[0] == "message"
            else notice(
                people[step[1]][step[2]],
                people[step[1]][step[2] + 1],
                step[2],
                tells_phone=step[3],
            )
            for step in page
        ]
        for page in plan
    ]


def expected(facts: list[Fact]) -> dict[str, str]:
    """Who is who: identities that are named together are one person's."""
    root: dict[str, str] = {}

    def find(name: str) -> str:
        root.setdefault(name, name)
        return name if root[name] == name else find(root[name])

    for fact in facts:
        for name in fact.names[1:]:
            root[find(name)] = find(fact.names[0])
        find(fact.names[0])
    return {name: find(name) for name in root}


class Outcome(NamedTuple):
    """The people as the hub knows them: whose message each was, and what each is known by."""

    of_messages: list[UUID]
    known_by: dict[UUID, set[str]]


def outcome(gateway: Gateway, since: int) -> Outcome:
    received = gateway.records(MessageReceived)[since:]
    into: dict[UUID, UUID] = {}
    for record in gateway.records(ContactAbsorbed):
        assert isinstance(record.event, ContactAbsorbed)
        into[record.event.contact_id] = record.event.into_contact_id

    def goes_on(contact_id: UUID) -> UUID:
        return goes_on(into[contact_id]) if contact_id in into else contact_id

    contacts = [goes_on(record.event.contact_id) for record in received]  # type: ignore[attr-defined]
    known_by: dict[UUID, set[str]] = defaultdict(set)
    kinds = (ContactIdentified, ContactDetailsChanged)
    for record in gateway.records(*kinds):
        content = record.event.content  # type: ignore[attr-defined]
        if record.stream_id in contacts and isinstance(content, ContactDetails):
            known_by[record.stream_id] = {one.value for one in content.identities}
    return Outcome(contacts, known_by)


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(plan=lives())
def test_messages_changes_and_merges_in_any_order_give_the_same_people(
    gateway: Gateway, firm: Number, plan: list[list[tuple[Any, ...]]]
) -> None:
    pages = facts_of(plan)
    facts = [fact for page in pages for fact in page]
    since = len(gateway.records(MessageReceived))
    for page in pages:
        gateway.take(*(fact.body for fact in page))
    found = outcome(gateway, since)
    who = expected(facts)
    assert len(found.of_messages) == len(facts)
    partition = defaultdict(set)
    for fact, contact_id in zip(facts, found.of_messages, strict=True):
        partition[who[fact.names[0]]].add(contact_id)
    assert all(len(contacts) == 1 for contacts in partition.values())
    assert len({min(contacts) for contacts in partition.values()}) == len(partition)
    user_ids = {name for name in who if name.startswith("ID.")}
    for fact, contact_id in zip(facts, found.of_messages, strict=True):
        mine = {name for name in user_ids if who[name] == who[fact.names[0]]}
        assert mine <= found.known_by[contact_id]


def test_a_merge_is_the_stricter_of_both(gateway: Gateway, firm: Number) -> None:
    (epoch,) = epochs(1)
    for shows in ("phone", "user", "both"):
        gateway.take(message(epoch, 0, 10, shows).body)
    (merged,) = gateway.records(ContactMerged)[-1:]
    assert isinstance(merged.event, ContactMerged)
    records = gateway.records(*Contact.EVENTS)
    contact = Contact.replay_records(
        merged.stream_id, [one for one in records if one.stream_id == merged.stream_id]
    )
    assert contact.absorbed == (merged.event.absorbed_contact_id,)
    assert merged.event.consents == ()
