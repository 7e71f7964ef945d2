"""Turns what happened into updates and hands them to the dispatcher.

Source: WhatsApp Cloud API reference, section 2 (envelope and routing).
"""

from typing import Any

from infrastructure.simulator.accounts import PhoneNumber
from infrastructure.simulator.clock import SimulatorClock
from infrastructure.simulator.journal import Journal, Update
from infrastructure.simulator.webhook_delivery import WebhookDispatcher


class Publisher:
    """Makes numbered updates."""

    def __init__(
        self, clock: SimulatorClock, journal: Journal, dispatcher: WebhookDispatcher
    ) -> None:
        self._clock = clock
        self._journal = journal
        self._dispatcher = dispatcher

    def messages(
        self,
        number: PhoneNumber,
        members: dict[str, Any],
        contacts: list[dict[str, Any]] | None = None,
    ) -> Update:
        """An update of field ``messages``; not yet on its way."""
        value: dict[str, Any] = {"messaging_product": "whatsapp", "metadata": number.metadata}
        if contacts:
            value["contacts"] = contacts
        value.update(members)
        return self.update(number.waba_id, "messages", value, number.phone_number_id)

    def update(
        self,
        waba_id: str,
        field: str,
        value: dict[str, Any],
        phone_number_id: str | None = None,
        entry_time: int | None = None,
    ) -> Update:
        """Any update; not yet on its way."""
        return Update(
            update_id=self._journal.next("update"),
            at=self._clock.now(),
            waba_id=waba_id,
            field=field,
            value=value,
            phone_number_id=phone_number_id,
            entry_time=entry_time,
        )

    def send(self, *updates: Update) -> None:
        """Deliver, together where batching allows it."""
        self._dispatcher.publish(updates)

    async def send_and_wait(self, update: Update) -> None:
        """Deliver now and return when every app has answered."""
        await self._dispatcher.publish_and_wait(update)

    def management(self, waba_id: str, field: str, value: dict[str, Any]) -> None:
        """Deliver an update of a management field; these carry the entry's time."""
        self.send(self.update(waba_id, field, value, entry_time=int(self._clock.now())))
