"""Calls, as a record."""

from datetime import timedelta

import strawberry

from api.graphql.access import described
from api.graphql.call_words import call_words
from api.graphql.timeline_entry import TimelineEntry
from domain.call import CallReported


@strawberry.type(description="A step of a call. Calls are neither made nor taken by the hub.")
class CallEntry(TimelineEntry):
    """A call, as a record."""

    @described("Meta's word for what happened: connect, ringing, accepted, rejected, terminate.")
    def step(self) -> str:
        """The step of the call."""
        facts = self.event_facts
        return facts.step if isinstance(facts, CallReported) else ""

    @described("What happened, in words.")
    def summary(self) -> str:
        """A line for a person."""
        facts = self.event_facts
        return call_words(facts) if isinstance(facts, CallReported) else ""

    @described("Whether the contact called; null where WhatsApp does not tell.")
    def is_by_contact(self) -> bool | None:
        """Who called."""
        facts = self.event_facts
        return facts.by_contact if isinstance(facts, CallReported) else None

    @described("How long they spoke; null before the end.")
    def duration(self) -> timedelta | None:
        """The time between start and end."""
        facts = self.event_facts
        seconds = facts.duration_s if isinstance(facts, CallReported) else None
        return None if seconds is None else timedelta(seconds=seconds)
