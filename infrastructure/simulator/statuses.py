"""What becomes of an accepted message: sent, delivered, read or failed, and the webhooks about it.

Source: WhatsApp Cloud API reference, section 5; delays and switches: section 13.
"""

from datetime import UTC, datetime
from typing import Any

import msgspec

from infrastructure.simulator.accounts import PAYMENT_PROBLEM_CODE, Accounts, PhoneNumber
from infrastructure.simulator.clock import SimulatorClock
from infrastructure.simulator.configuration import SimulatorConfig
from infrastructure.simulator.errors import webhook_error
from infrastructure.simulator.faults import FaultRule, Faults, StatusFault
from infrastructure.simulator.journal import Journal, SendRecord, StatusMoment, Update
from infrastructure.simulator.message_reading import choices, is_shown
from infrastructure.simulator.message_rules import CheckedMessage
from infrastructure.simulator.people import People, Person, ReceivedMessage, contact_entry
from infrastructure.simulator.publishing import Publisher
from infrastructure.simulator.randomness import Randomness

UNDELIVERABLE = 131026
WINDOW_CLOSED = 131047
IDENTITY_MISMATCH = 137000
HELD_MESSAGE_DROPPED = 132015

_SWAPPED_SENT_DELAY = 0.05


class Outgoing(msgspec.Struct, kw_only=True):
    """An accepted message on its way. ``ordinal`` keys its draws."""

    ordinal: int
    record: SendRecord
    number: PhoneNumber
    person: Person | None
    message: CheckedMessage
    held: FaultRule | None = None
    sent_at: float = 0.0
    skips_delivered: bool = False
    doubled: bool = False
    free: bool = False
    priced: int = 0


class StatusEngine:
    """Plans and publishes the statuses of accepted messages."""

    def __init__(
        self,
        config: SimulatorConfig,
        clock: SimulatorClock,
        randomness: Randomness,
        faults: Faults,
        journal: Journal,
        accounts: Accounts,
        people: People,
        publisher: Publisher,
    ) -> None:
        self._config = config
        self._clock = clock
        self._randomness = randomness
        self._faults = faults
        self._journal = journal
        self._accounts = accounts
        self._people = people
        self._publisher = publisher
        self._arrived: dict[str, Outgoing] = {}
        self._waiting_for_phone: dict[str, list[Outgoing]] = {}
        self._service_messages: dict[tuple[str, str], int] = {}

    async def follow(self, outgoing: Outgoing) -> None:
        """Plan everything that happens to the message; deliver ``sent`` at once if told to."""
        if outgoing.held is not None:
            self._clock.after(outgoing.held.seconds, lambda: self._end_of_hold(outgoing))
            return
        outgoing.doubled = self._take(outgoing, "duplicate_statuses") is not None
        code = self._failure(outgoing)
        if code is not None:
            self._clock.after(
                self._delay(outgoing, "sent"), lambda: self._publish_failed(outgoing, code)
            )
        elif self._take(outgoing, "status_before_response"):
            await self._publisher.send_and_wait(self._sent(outgoing))
            self._plan_delivery(outgoing)
        else:
            self._clock.after(self._delay(outgoing, "sent"), lambda: self._publish_sent(outgoing))

    def read(self, person: Person, wamids: frozenset[str] | None = None) -> int:
        """The person opens the chat. Returns how many messages were read for the first time."""
        count = 0
        for message in person.inbox:
            if message.read_at is not None or (wamids is not None and message.wamid not in wamids):
                continue
            message.read_at = self._clock.now()
            count += 1
            if (outgoing := self._arrived.get(message.wamid)) is not None:
                self._publish(outgoing, self._read(outgoing))
        return count

    def set_online(self, person: Person, *, online: bool) -> None:
        """Switch the phone on or off; what waited for it arrives."""
        person.online = online
        if online:
            for outgoing in self._waiting_for_phone.pop(person.key, []):
                self._arrive(outgoing, person)

    def _failure(self, outgoing: Outgoing) -> int | None:
        """The code with which the message fails instead of being sent."""
        person, number, message = outgoing.person, outgoing.number, outgoing.message
        if rule := self._take(outgoing, "fail"):
            return rule.code
        if number.conditions.payment_problem:
            return PAYMENT_PROBLEM_CODE
        if person is None or not person.has_whatsapp:
            return UNDELIVERABLE
        if message.identity_hash not in (None, person.identity_hash):
            return IDENTITY_MISMATCH
        window_open = self._people.window_open(person, number.phone_number_id, self._clock.now())
        if message.template is None and not window_open:
            return WINDOW_CLOSED
        return message.later_failure

    async def _end_of_hold(self, outgoing: Outgoing) -> None:
        held, outgoing.held = outgoing.held, None
        if held is not None and held.outcome == "drop":
            await self._publish_failed(outgoing, HELD_MESSAGE_DROPPED)
        else:
            await self.follow(outgoing)

    async def _publish_failed(self, outgoing: Outgoing, code: int) -> None:
        silent = self._take(outgoing, "no_opaque_on_failed") is not None
        status = self._status(outgoing, "failed", opaque=not silent)
        status["errors"] = [webhook_error(code)]
        with_contacts = self._take(outgoing, "contacts_on_failed") is not None
        self._note(outgoing, "failed", code)
        self._publish(outgoing, self._update(outgoing, status, contacts=with_contacts))

    async def _publish_sent(self, outgoing: Outgoing) -> None:
        update = self._sent(outgoing)
        if self._take(outgoing, "swap_order"):

            async def late() -> None:
                self._publish(outgoing, update)

            delay = self._delay(outgoing, "delivered") + _SWAPPED_SENT_DELAY
            self._clock.after(delay, late)
        else:
            self._publish(outgoing, update)
        self._plan_delivery(outgoing)

    def _sent(self, outgoing: Outgoing) -> Update:
        outgoing.sent_at = self._clock.now()
        status = self._status(outgoing, "sent")
        status["pricing"] = self._pricing(outgoing)
        self._note(outgoing, "sent")
        return self._update(outgoing, status, contacts=True, with_username=False)

    def _plan_delivery(self, outgoing: Outgoing) -> None:
        person = outgoing.person
        if person is None:
            return
        if rule := self._take(outgoing, "fail_after_sent"):
            code = rule.code
            self._clock.after(
                self._delay(outgoing, "delivered"), lambda: self._publish_failed(outgoing, code)
            )
            return
        if self._take(outgoing, "never_deliver"):
            return
        outgoing.skips_delivered = self._take(outgoing, "skip_delivered") is not None

        async def deliver() -> None:
            if person.online:
                self._arrive(outgoing, person)
            else:
                self._waiting_for_phone.setdefault(person.key, []).append(outgoing)

        self._clock.after(self._delay(outgoing, "delivered"), deliver)

    def _arrive(self, outgoing: Outgoing, person: Person) -> None:
        record = outgoing.record
        wamid = str(record.wamid)
        self._arrived[wamid] = outgoing
        if is_shown(outgoing.message.type):
            person.inbox.append(
                ReceivedMessage(
                    wamid=wamid,
                    phone_number_id=record.phone_number_id,
                    type=outgoing.message.type,
                    text=record.text,
                    choices=choices(record.body, outgoing.message.template),
                    body=record.body,
                    arrived_at=self._clock.now(),
                )
            )
        if not outgoing.skips_delivered:
            self._note(outgoing, "delivered")
            self._publish(outgoing, self._received(outgoing, "delivered"))
        self._journal.changed()
        self._plan_reading(outgoing, person)

    def _plan_reading(self, outgoing: Outgoing, person: Person) -> None:
        if person.read_after_seconds is not None:
            delay = person.read_after_seconds
        elif self._randomness.chance(
            self._config.statuses.read_probability, "reads", outgoing.ordinal
        ):
            delay = self._delay(outgoing, "read")
        else:
            return

        async def read() -> None:
            self.read(person, frozenset({str(outgoing.record.wamid)}))

        self._clock.after(delay, read)

    def _read(self, outgoing: Outgoing) -> Update:
        self._note(outgoing, "read")
        return self._received(outgoing, "read")

    def _received(self, outgoing: Outgoing, name: str) -> Update:
        """``delivered`` or ``read``: the first of them carries the price."""
        status = self._status(outgoing, name)
        if outgoing.priced < 2:  # noqa: PLR2004 - `sent` and one of the two
            status["pricing"] = self._pricing(outgoing)
        return self._update(outgoing, status, contacts=True)

    def _status(self, outgoing: Outgoing, name: str, *, opaque: bool = True) -> dict[str, Any]:
        record, person, number = outgoing.record, outgoing.person, outgoing.number
        now = self._clock.now()
        status: dict[str, Any] = {
            "id": record.wamid,
            "status": name,
            "timestamp": str(int(now)),
        }
        if outgoing.message.digits is not None or (person is not None and self._visible(outgoing)):
            status["recipient_id"] = person.wa_id if person else outgoing.message.digits
        if person is not None:
            portfolio = self._accounts.portfolio_of(number.phone_number_id)
            status["recipient_user_id"] = self._people.bsuid(person, portfolio)
            if number.identity_check:
                status["recipient_identity_key_hash"] = person.identity_hash
        if opaque and record.callback_data is not None:
            status["biz_opaque_callback_data"] = record.callback_data
        return status

    def _update(
        self,
        outgoing: Outgoing,
        status: dict[str, Any],
        *,
        contacts: bool,
        with_username: bool = True,
    ) -> Update:
        entries = None
        if contacts and outgoing.person is not None:
            entries = [
                contact_entry(
                    self._people,
                    outgoing.person,
                    self._accounts.portfolio_of(outgoing.number.phone_number_id),
                    with_phone=self._visible(outgoing),
                    with_username=with_username,
                )
            ]
        return self._publisher.messages(outgoing.number, {"statuses": [status]}, entries)

    def _visible(self, outgoing: Outgoing) -> bool:
        if outgoing.message.digits is not None:
            return True
        return outgoing.person is not None and self._people.phone_visible(
            outgoing.person, outgoing.number.phone_number_id, self._clock.now()
        )

    def _pricing(self, outgoing: Outgoing) -> dict[str, Any]:
        """The free tier is counted per number and month, when the message is sent."""
        outgoing.priced += 1
        template = outgoing.message.template
        category = template.category.lower() if template is not None else "service"
        free = False
        if category == "service":
            month = datetime.fromtimestamp(outgoing.sent_at, UTC).strftime("%Y-%m")
            key = (outgoing.number.phone_number_id, month)
            if outgoing.priced == 1:
                self._service_messages[key] = self._service_messages.get(key, 0) + 1
                outgoing.free = (
                    self._service_messages[key]
                    <= self._config.limits.free_service_messages_per_month
                )
            free = outgoing.free
        return {
            "billable": not free,
            "pricing_model": "PMP",
            "type": "free_customer_service" if free else "regular",
            "category": category,
        }

    def _publish(self, outgoing: Outgoing, update: Update) -> None:
        self._publisher.send(update)
        if outgoing.doubled:
            again = self._publisher.update(
                update.waba_id, update.field, update.value, update.phone_number_id
            )
            self._publisher.send(again)

    def _note(self, outgoing: Outgoing, name: str, code: int | None = None) -> None:
        outgoing.record.statuses.append(
            StatusMoment(status=name, at=self._clock.now(), error_code=code)
        )

    def _take(self, outgoing: Outgoing, kind: StatusFault) -> FaultRule | None:
        return self._faults.take(
            kind,
            person=outgoing.person.key if outgoing.person is not None else None,
            phone_number_id=outgoing.number.phone_number_id,
        )

    def _delay(self, outgoing: Outgoing, name: str) -> float:
        timing = self._config.statuses
        low, high = {
            "sent": timing.sent_after,
            "delivered": timing.delivered_after,
            "read": timing.read_after,
        }[name]
        return self._randomness.between(low, high, "status delay", name, outgoing.ordinal)
