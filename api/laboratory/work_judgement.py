"""What must hold of files, broadcasts and calls to others, once the hub has come to rest."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Final
from uuid import UUID

from api.laboratory.evidence import Evidence
from api.laboratory.work_evidence import FileOutcome, WorkEvidence
from domain.delivery_state import DeliveryState

_UNSETTLED: Final = frozenset(
    {DeliveryState.IN_DOUBT, DeliveryState.REQUESTED, DeliveryState.ATTEMPTING}
)


def violations_of_files(
    sent: Mapping[UUID, bytes], outcomes: Mapping[UUID, list[FileOutcome]]
) -> Iterator[str]:
    """Each file that a contact sent was fetched once, and opens to what was sent.

    `sent` is what came with each message.
    """
    for message, content in sent.items():
        found = outcomes.get(message, [])
        if not found:
            yield f"The file of the message {message} was never fetched."
        elif len(found) > 1:
            yield f"The file of the message {message} was settled {len(found)} times."
        elif found[0].content is None:
            yield f"The file of the message {message} was given up: {found[0].reason}."
        elif found[0].content != content:
            yield f"The file of the message {message} is not the one that was sent."


def violations_of_calls(
    to_tell: Collection[str], taken: Mapping[str, int], changed: Collection[str]
) -> Iterator[str]:
    """Another system was told each event at least once, under one id and with one body.

    `taken` says how often it took which event, `changed` which came with different bodies.
    """
    for event in to_tell:
        if not taken.get(event):
            yield f"Another system was never told the event {event}."
    for event in taken:
        if event not in to_tell:
            yield f"Another system was told the event {event}, which it did not choose."
    for event in changed:
        yield f"Another system was told different things of the event {event}."


def violations_of_broadcasts(
    work: WorkEvidence, evidence: Evidence, *, approved: Mapping[str, int], phones: Counter[str]
) -> Iterator[str]:
    """Each recipient of an approved broadcast has exactly one message, and the broadcast ends.

    `approved` holds the words that the owner approved and for how many, `phones` how often which
    words lie on one phone, by both of them. A broadcast with a message that nobody can tell
    about, or that has to wait, may go on.
    """
    if len(work.broadcasts) != len(approved):
        yield (
            f"The owner approved {len(approved)} broadcasts, and the hub has "
            f"{len(work.broadcasts)} approvals."
        )
    for broadcast, story in work.broadcasts.items():
        if len(story.messages) != story.recipients:
            yield (
                f"The broadcast {broadcast} was approved for {story.recipients} contacts and asked "
                f"for {len(story.messages)} messages."
            )
        if any(count > 1 for count in story.contacts.values()):
            yield f"The broadcast {broadcast} has several messages for one contact."
        is_open = any(evidence.messages[one].state in _UNSETTLED for one in story.messages)
        if not (story.is_over or is_open):
            yield f"The broadcast {broadcast} does not end, although all its messages are settled."
    for words, count in phones.items():
        if count > 1:
            yield f"The words {words} lie {count} times on one phone."
