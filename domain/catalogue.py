"""The catalogue: every event, command, policy and reason, in tables made from the code."""

from collections.abc import Callable, Iterable
from typing import Any, Final

from domain.admission import REFUSALS
from domain.contents import AGGREGATES, COMMANDS
from domain.event import Event, PersonalEvent
from domain.policies import EFFECTS, POLICIES
from domain.scopes import (
    ASSISTANT_SCOPES,
    BROADCAST_SCOPES,
    DELIVERY_SCOPES,
    INGEST_SCOPES,
    MEDIA_SCOPES,
    OPERATOR_SCOPES,
    POLICY_SCOPES,
    ROLE_SCOPES,
    WEBHOOK_SCOPES,
    Scope,
)

PARTS: Final = {
    "assistant": ASSISTANT_SCOPES,
    "ingest": INGEST_SCOPES,
    "policies": POLICY_SCOPES,
    "delivery": DELIVERY_SCOPES,
    "webhooks": WEBHOOK_SCOPES,
    "media": MEDIA_SCOPES,
    "broadcasts": BROADCAST_SCOPES,
    "command line": OPERATOR_SCOPES,
}
"""The parts of the hub that act, with what each of them may do."""


def sentence_of(thing: Any) -> str:
    """Return the first paragraph of a docstring on one line."""
    paragraph = (thing.__doc__ or "").strip().split("\n\n", maxsplit=1)[0]
    return " ".join(paragraph.split())


def table(heads: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """Return a Markdown table."""
    lines = [heads, tuple("---" for _ in heads), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def catalogue() -> str:
    """Return the catalogue of the domain as Markdown."""
    sections: tuple[tuple[str, str, Callable[[], str]], ...] = (
        ("Events", "What happened, for ever. Personal content is sealed.", _events),
        ("Commands", "Wishes to change one aggregate, each behind one scope.", _commands),
        ("Policies", "Commands that follow from an event.", _policies),
        ("Effects", "Work outside the store that follows from an event.", _effects),
        ("Admission", "Why a message may not be sent at the moment of sending.", _refusals),
        ("Scopes", "Who may do what.", _scopes),
    )
    parts = [f"## {title}\n\n{words}\n\n{make()}\n" for title, words, make in sections]
    return "# Catalogue\n\nMade from the code by `hub catalogue`.\n\n" + "\n".join(parts)


def _events() -> str:
    return "\n\n".join(
        f"### {aggregate.__name__}\n\n{sentence_of(aggregate)}\n\n{_events_of(aggregate.EVENTS)}"
        for aggregate in AGGREGATES
    )


def _events_of(events: tuple[type[Event], ...]) -> str:
    heads = ("stored name", "event", "meaning", "sealed content", "standard contract")
    return table(
        heads,
        (
            (
                f"`{event.TOPIC}`",
                event.__name__,
                sentence_of(event),
                _content_of(event),
                event.CONTRACT or "",
            )
            for event in events
        ),
    )


def _content_of(event: type[Event]) -> str:
    if not issubclass(event, PersonalEvent):
        return ""
    return f"{event.CONTENT.__name__}, of `{event.SUBJECT}`"


def _commands() -> str:
    heads = ("command", "changes", "scope", "meaning")
    return table(
        heads,
        (
            (
                command.__name__,
                command.AGGREGATE.__name__,
                f"`{command.SCOPE}`",
                sentence_of(command),
            )
            for command in COMMANDS
        ),
    )


def _policies() -> str:
    return table(
        ("event", "policy", "sentence"),
        ((f"`{event.TOPIC}`", react.__name__, sentence_of(react)) for event, react in POLICIES),
    )


def _effects() -> str:
    return table(
        ("event", "effect", "sentence"),
        ((f"`{event.TOPIC}`", react.__name__, sentence_of(react)) for event, react in EFFECTS),
    )


def _refusals() -> str:
    return table(
        ("reason", "meaning", "next step", "then the message"),
        (
            (
                f"`{reason}`",
                refusal.words,
                refusal.next_step,
                "waits" if refusal.is_temporary else "is refused",
            )
            for reason, refusal in REFUSALS.items()
        ),
    )


def _scopes() -> str:
    holders = {str(role): scopes for role, scopes in ROLE_SCOPES.items()} | PARTS
    return table(
        ("scope", "roles and parts"),
        (
            (f"`{scope}`", ", ".join(name for name, held in holders.items() if scope in held))
            for scope in Scope
        ),
    )
