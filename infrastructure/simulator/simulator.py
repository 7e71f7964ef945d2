"""One simulated Meta with everything in it, and the actions of people, tests and scenarios."""

import time
from collections.abc import Callable, Sequence
from typing import Any, Literal

from infrastructure.simulator.accounts import Accounts, Callback
from infrastructure.simulator.clock import SimulatorClock
from infrastructure.simulator.configuration import (
    VIRTUAL_CLOCK_START,
    ClockConfig,
    ConfigurationInvalid,
    SimulatorConfig,
)
from infrastructure.simulator.faults import Faults
from infrastructure.simulator.identifiers import trace_id
from infrastructure.simulator.inbound import Inbound, InboundRefused
from infrastructure.simulator.journal import Journal
from infrastructure.simulator.limits import Limits
from infrastructure.simulator.media import MediaStore
from infrastructure.simulator.message_rules import MessageRules
from infrastructure.simulator.people import People, Person, PersonInvalid, ReceivedMessage
from infrastructure.simulator.publishing import Publisher
from infrastructure.simulator.randomness import Randomness
from infrastructure.simulator.samples import SampleStore
from infrastructure.simulator.sending import Sending
from infrastructure.simulator.statuses import StatusEngine
from infrastructure.simulator.templates import TemplateCatalogue
from infrastructure.simulator.webhook_delivery import Parcel, WebhookDispatcher
from infrastructure.simulator.webhook_sender import Handshake

Grouping = Literal["single", "together", "reversed", "shuffled"]


class Simulator:
    """A stand-in for Meta's Graph API and for the people who use WhatsApp.

    Lives on one event loop. ``public_url`` is the address under which media can be downloaded;
    whoever serves it sets it as soon as the port is known.
    """

    def __init__(self, config: SimulatorConfig) -> None:
        self.config = config
        self.public_url = ""
        self.clock = _clock(config.clock)
        self.randomness = Randomness(config.seed)
        self.journal = Journal(config.journal_entries_max)
        self.faults = Faults()
        self.accounts = Accounts(config)
        self.people = People(self.randomness, contact_book=config.contact_book)
        self._add_people(config)
        self.limits = Limits(config.limits)
        self.media = MediaStore(self.clock, self.randomness, self.journal)
        self.samples = SampleStore(self.clock, self.randomness, self.journal)
        self.webhooks = WebhookDispatcher(
            config.webhooks, self.accounts, self.clock, self.randomness, self.faults, self.journal
        )
        self.publisher = Publisher(self.clock, self.journal, self.webhooks)
        self.templates = TemplateCatalogue(
            config,
            self.clock,
            self.randomness,
            self.faults,
            self.journal,
            self.publisher.management,
            self.samples,
        )
        self.statuses = StatusEngine(
            config,
            self.clock,
            self.randomness,
            self.faults,
            self.journal,
            self.accounts,
            self.people,
            self.publisher,
        )
        self.sending = Sending(
            self.clock,
            self.randomness,
            self.faults,
            self.journal,
            self.accounts,
            self.people,
            MessageRules(self.media, self.templates, bsuid_sending=config.bsuid_sending),
            self.limits,
            self.statuses,
            accepts_any_person=config.accepts_any_person,
        )
        self.inbound = Inbound(
            self.clock,
            self.randomness,
            self.journal,
            self.accounts,
            self.people,
            self.media,
            self.publisher,
            self.sending,
        )

    def _add_people(self, config: SimulatorConfig) -> None:
        for person in config.people:
            try:
                self.people.add(person)
            except PersonInvalid as error:
                raise ConfigurationInvalid(f"The person {person.name!r}: {error}") from error

    def start(self) -> None:
        """Let time pass; call it on the event loop that the simulator lives on."""
        self.clock.start()

    async def close(self) -> None:
        """Stop everything that is planned and close the connections."""
        await self.clock.close()
        await self.webhooks.close()

    def next_trace_id(self) -> str:
        """A new ``fbtrace_id``."""
        return trace_id(self.randomness, self.journal.next("fbtrace"))

    def say(
        self,
        person: Person,
        text: str,
        *,
        phone_number_id: str | None = None,
        reply_to: str | None = None,
    ) -> str:
        """The person writes a text; returns its wamid."""
        number = self.accounts.number_or_only(phone_number_id)
        context = {"from": number.digits, "id": reply_to} if reply_to is not None else None
        return self.inbound.write(person, number, "text", {"body": text}, context=context)

    def press(
        self, person: Person, *, choice_id: str | None = None, title: str | None = None
    ) -> str:
        """The person taps a button or picks a row, by id or by title; returns the tap's wamid.

        It is taken from the newest message that has it. Raises InboundRefused when there is none.
        """
        for message in reversed(person.inbox):
            found = choice_in(message, choice_id=choice_id, title=title)
            if found is not None:
                return self.inbound.choose(person, message, found)
        wanted = title if title is not None else choice_id
        raise InboundRefused(
            f"{person.name} has received no message with a button {wanted!r}. "
            "Wait until it was delivered."
        )

    async def set_callback(self, app_id: str, url: str, verify_token: str) -> Handshake:
        """Set an app's callback as in the dashboard: kept only if the handshake succeeds.

        Raises KeyError for an unknown app.
        """
        if app_id not in self.accounts.apps:
            known = ", ".join(self.accounts.apps)
            raise KeyError(f"Unknown app {app_id}. Known: {known}.")
        callback = Callback(url=url, verify_token=verify_token)
        outcome = await self.webhooks.shake_hands(callback)
        if outcome.verified:
            self.accounts.apps[app_id].callback = callback
        return outcome

    async def redeliver(self, update_ids: Sequence[int], grouping: Grouping) -> None:
        """Deliver known updates (all of them if none is named) again in the given grouping."""
        attempt = self.journal.next("redelivery")
        arrangements: dict[Grouping, Callable[[list[Parcel]], list[list[Parcel]]]] = {
            "single": lambda parcels: [[parcel] for parcel in parcels],
            "together": lambda parcels: [parcels],
            "reversed": lambda parcels: [parcels[::-1]],
            "shuffled": lambda parcels: [self.randomness.shuffled(parcels, "redeliver", attempt)],
        }
        await self.webhooks.redeliver(update_ids, arrangements[grouping])

    def canonical_journal(self) -> dict[str, Any]:
        """The journal without real durations and port: equal for equal seeds and actions."""
        return self.journal.canonical(self.public_url)


def _clock(config: ClockConfig) -> SimulatorClock:
    if config.speed <= 0:
        raise ConfigurationInvalid("The clock's speed must be greater than 0.")
    starts_at = config.starts_at
    if starts_at is None:
        starts_at = VIRTUAL_CLOCK_START if config.mode == "virtual" else time.time()
    return SimulatorClock(config.mode, starts_at, config.speed)


def choice_in(
    message: ReceivedMessage, *, choice_id: str | None = None, title: str | None = None
) -> str | None:
    """Id of the button or row with this id or title (case does not matter)."""
    if choice_id is not None:
        return choice_id if choice_id in message.choices else None
    if title is None:
        return None
    wanted = title.strip().casefold()
    for each_id, each_title in message.choices.items():
        if each_title.strip().casefold() == wanted:
            return each_id
    return None
