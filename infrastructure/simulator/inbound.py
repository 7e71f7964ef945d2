"""What people do: write, tap, send files, react, change their number.

Source: WhatsApp Cloud API reference, sections 3 and 4.
"""

import copy
import json
from collections.abc import Mapping
from typing import Any

from infrastructure.simulator.accounts import Accounts, PhoneNumber
from infrastructure.simulator.clock import SimulatorClock
from infrastructure.simulator.identifiers import inbound_wamid
from infrastructure.simulator.journal import InboundRecord, Journal, Update
from infrastructure.simulator.media import MediaStore
from infrastructure.simulator.people import People, Person, ReceivedMessage, contact_entry
from infrastructure.simulator.publishing import Publisher
from infrastructure.simulator.randomness import Randomness
from infrastructure.simulator.sending import Sending


class InboundRefused(Exception):
    """A person cannot do this now; the message says why."""


class Inbound:
    """Turns a person's action into a webhook."""

    def __init__(
        self,
        clock: SimulatorClock,
        randomness: Randomness,
        journal: Journal,
        accounts: Accounts,
        people: People,
        media: MediaStore,
        publisher: Publisher,
        sending: Sending,
    ) -> None:
        self._clock = clock
        self._randomness = randomness
        self._journal = journal
        self._accounts = accounts
        self._people = people
        self._media = media
        self._publisher = publisher
        self._sending = sending

    def write(
        self,
        person: Person,
        number: PhoneNumber,
        message_type: str,
        content: object,
        *,
        context: Mapping[str, Any] | None = None,
    ) -> str:
        """The person sends a message of any type; returns its wamid.

        Raises InboundRefused when the person has no WhatsApp or was blocked by the number.
        """
        if not person.has_whatsapp:
            raise InboundRefused(f"{person.name} has no WhatsApp and cannot write.")
        if person.key in self._sending.blocked.get(number.phone_number_id, ()):
            raise InboundRefused(f"{person.name} is blocked by {number.phone_number_id}.")
        self._people.note_inbound(person, number.phone_number_id, self._clock.now())
        message = self._frame(person, number, message_type, context)
        message[message_type] = content
        self._record(person, number, message)
        self._publisher.send(
            self._publisher.messages(
                number, {"messages": [message]}, [self._contact(person, number)]
            )
        )
        return str(message["id"])

    def choose(self, person: Person, message: ReceivedMessage, choice_id: str) -> str:
        """The person taps a button or picks a list row of a received message."""
        number = self._accounts.numbers[message.phone_number_id]
        context = {"from": number.digits, "id": message.wamid}
        title = message.choices[choice_id]
        if message.type == "template":
            button = {"payload": choice_id, "text": title}
            return self.write(person, number, "button", button, context=context)
        kind = str(message.body["interactive"]["type"])
        reply: dict[str, Any] = {"id": choice_id, "title": title}
        if kind == "list":
            reply |= _row_description(message.body, choice_id)
        name = "list_reply" if kind == "list" else "button_reply"
        return self.write(
            person, number, "interactive", {"type": name, name: reply}, context=context
        )

    def send_file(
        self,
        person: Person,
        number: PhoneNumber,
        kind: str,
        mime_type: str,
        content: bytes,
        members: Mapping[str, Any],
        public_url: str,
    ) -> str:
        """The person sends an image, document, audio, video or sticker."""
        medium = self._media.receive(number.phone_number_id, mime_type, content)
        before = {name: members[name] for name in ("caption", "filename") if name in members}
        after = {name: members[name] for name in ("voice", "animated") if name in members}
        body = {**before, **self._media.webhook_part(medium, public_url), **after}
        return self.write(person, number, kind, body)

    def change_number(self, person: Person, phone: str) -> None:
        """The person moves to another phone number and gets new ids.

        Each number of the business that the person has met is told by a ``system`` message.
        """
        now = self._clock.now()
        met = [
            (number, self._people.phone_visible(person, number.phone_number_id, now))
            for number in self._accounts.numbers.values()
            if number.phone_number_id in {**person.wrote_at, **person.met_by_phone}
        ]
        frames = [self._frame(person, number, "system", None) for number, _ in met]
        old = {
            number.phone_number_id: self._people.bsuid(person, self._portfolio(number))
            for number, _ in met
        }
        old_digits = self._people.change_number(person, phone)
        for (number, visible), message in zip(met, frames, strict=True):
            previous = old[number.phone_number_id]
            new = self._people.bsuid(person, self._portfolio(number))
            system: dict[str, Any] = {
                "body": f"User {person.name} changed from {previous} to {new}",
                "user_id": new,
                "previous_user_id": previous,
                "type": "user_changed_user_id",
            }
            if visible:
                system = {
                    "body": f"User {person.name} changed from {old_digits} to {person.digits}",
                    "wa_id": person.wa_id,
                    "user_id": new,
                    "previous_user_id": previous,
                    "type": "user_changed_number",
                }
            message["system"] = system
            self._record(person, number, message)
            self._publisher.send(self._publisher.messages(number, {"messages": [message]}))

    def change_device(self, person: Person) -> None:
        """The person moves to another telephone: numbers that check identities are told."""
        self._people.change_device(person)
        for number in self._accounts.numbers.values():
            if not number.identity_check or number.phone_number_id not in person.wrote_at:
                continue
            message = self._frame(person, number, "system", None)
            message["identity"] = {
                "acknowledged": False,
                "created_timestamp": message["timestamp"],
                "hash": person.identity_hash,
            }
            message["system"] = {
                "body": f"User {person.name} may have changed identity",
                "identity": person.identity_hash,
                "type": "customer_identity_changed",
            }
            self._record(person, number, message)
            contact = self._contact(person, number)
            self._publisher.send(
                self._publisher.messages(number, {"messages": [message]}, [contact])
            )

    def inject(
        self, sample: Mapping[str, Any], person: Person | None, number: PhoneNumber
    ) -> list[int]:
        """Deliver any webhook body; returns the ids of its updates.

        Every ``{{name}}`` inside a text is replaced: waba_id, phone_number_id,
        display_phone_number, timestamp, wamid (``{{wamid:2}}`` is a second one) and, with a
        person, wa_id, user_id and name. Raises InboundRefused for a body without ``entry``.
        """
        filled = self._filled(copy.deepcopy(dict(sample)), person, number)
        entries = filled.get("entry")
        if not isinstance(entries, list):
            raise InboundRefused("A webhook body has a list called entry: give the whole body.")
        updates = [
            self._injected(entry, change, person)
            for entry in entries
            for change in entry.get("changes", [])
        ]
        self._publisher.send(*updates)
        return [update.update_id for update in updates]

    def _injected(
        self, entry: Mapping[str, Any], change: Mapping[str, Any], person: Person | None
    ) -> Update:
        value = change.get("value", {})
        metadata = value.get("metadata", {}) if isinstance(value, Mapping) else {}
        phone_number_id = metadata.get("phone_number_id")
        if phone_number_id in self._accounts.numbers and "messages" in value:
            self._journal.inbound_ids.update(
                (phone_number_id, str(message.get("id"))) for message in value["messages"]
            )
            if person is not None:
                self._people.note_inbound(person, phone_number_id, self._clock.now())
        return self._publisher.update(
            str(entry.get("id")),
            str(change.get("field")),
            value,
            phone_number_id,
            entry.get("time"),
        )

    def _filled(
        self, sample: dict[str, Any], person: Person | None, number: PhoneNumber
    ) -> dict[str, Any]:
        values = {
            "waba_id": number.waba_id,
            "phone_number_id": number.phone_number_id,
            "display_phone_number": number.digits,
            "timestamp": str(int(self._clock.now())),
        }
        digits = number.digits
        if person is not None:
            digits = person.digits
            values["wa_id"] = person.wa_id
            values["user_id"] = self._people.bsuid(person, self._portfolio(number))
            values["name"] = person.name
        text = json.dumps(sample)
        for name, value in values.items():
            text = text.replace("{{" + name + "}}", json.dumps(value)[1:-1])
        for placeholder in _wamid_placeholders(text):
            drawn = inbound_wamid(self._randomness, digits, self._journal.next("inbound"))
            text = text.replace(placeholder, drawn)
        filled: dict[str, Any] = json.loads(text)
        return filled

    def _frame(
        self,
        person: Person,
        number: PhoneNumber,
        message_type: str,
        context: Mapping[str, Any] | None,
    ) -> dict[str, Any]:
        """The members that every message has, in Meta's order."""
        now = self._clock.now()
        visible = self._people.phone_visible(person, number.phone_number_id, now)
        message: dict[str, Any] = {}
        if context is not None:
            message["context"] = dict(context)
        if visible:
            message["from"] = person.wa_id
        message["from_user_id"] = self._people.bsuid(person, self._portfolio(number))
        message["id"] = inbound_wamid(
            self._randomness,
            person.digits if visible else person.placeholder_digits,
            self._journal.next("inbound"),
        )
        message["timestamp"] = str(int(now))
        message["type"] = message_type
        return message

    def _record(self, person: Person, number: PhoneNumber, message: dict[str, Any]) -> None:
        self._journal.inbound_ids.add((number.phone_number_id, str(message["id"])))
        self._journal.inbound.append(
            InboundRecord(
                at=self._clock.now(),
                person=person.key,
                phone_number_id=number.phone_number_id,
                wamid=str(message["id"]),
                type=str(message["type"]),
                message=message,
            )
        )

    def _contact(self, person: Person, number: PhoneNumber) -> dict[str, Any]:
        entry = contact_entry(
            self._people,
            person,
            self._portfolio(number),
            with_phone=self._people.phone_visible(
                person, number.phone_number_id, self._clock.now()
            ),
            with_username=True,
        )
        if number.identity_check:
            entry["identity_key_hash"] = person.identity_hash
        return entry

    def _portfolio(self, number: PhoneNumber) -> str:
        return self._accounts.portfolio_of(number.phone_number_id)


def _row_description(body: Mapping[str, Any], row_id: str) -> dict[str, str]:
    for section in body["interactive"]["action"]["sections"]:
        for row in section["rows"]:
            if row["id"] == row_id and row.get("description"):
                return {"description": str(row["description"])}
    return {}


def _wamid_placeholders(text: str) -> list[str]:
    found: list[str] = []
    start = text.find("{{wamid")
    while start >= 0:
        end = text.index("}}", start) + 2
        if text[start:end] not in found:
            found.append(text[start:end])
        start = text.find("{{wamid", end)
    return found
