"""Takes a send from a business: state of the number, limits, rules, acceptance.

Source: WhatsApp Cloud API reference, section 7.
"""

from typing import Any

from infrastructure.simulator.accounts import CONDITION_CODES, Accounts, PhoneNumber
from infrastructure.simulator.clock import SimulatorClock
from infrastructure.simulator.configuration import PersonConfig
from infrastructure.simulator.errors import GraphError
from infrastructure.simulator.faults import Faults
from infrastructure.simulator.identifiers import UNKNOWN_REGION, outbound_wamid, region_of
from infrastructure.simulator.journal import Journal, ReadMark, SendRecord
from infrastructure.simulator.limits import Limits
from infrastructure.simulator.message_reading import readable_text
from infrastructure.simulator.message_rules import CheckedMessage, MessageRules
from infrastructure.simulator.people import People, Person
from infrastructure.simulator.randomness import Randomness
from infrastructure.simulator.rules import INVALID, a_text, an_object
from infrastructure.simulator.statuses import Outgoing, StatusEngine

NOT_REGISTERED = 133010
RECIPIENT_IS_SENDER = 131021
USER_BLOCKED = 130403

_WAMID_MAX = 2000


class Sending:
    """Accepts or refuses sends, and keeps the ground truth about them."""

    def __init__(
        self,
        clock: SimulatorClock,
        randomness: Randomness,
        faults: Faults,
        journal: Journal,
        accounts: Accounts,
        people: People,
        rules: MessageRules,
        limits: Limits,
        statuses: StatusEngine,
        *,
        accepts_any_person: bool,
    ) -> None:
        self._clock = clock
        self._randomness = randomness
        self._faults = faults
        self._journal = journal
        self._accounts = accounts
        self._people = people
        self._rules = rules
        self._limits = limits
        self._statuses = statuses
        self._accepts_any_person = accepts_any_person
        self.blocked: dict[str, set[str]] = {}

    def receive(self, number: PhoneNumber, body: dict[str, Any]) -> SendRecord:
        """Note a send in the journal before anything is decided about it."""
        recipient = body["to"] if body.get("to") is not None else body.get("recipient")
        callback_data = body.get("biz_opaque_callback_data")
        kind = body.get("type", "text")
        record = SendRecord(
            sequence=self._journal.next("send"),
            at=self._clock.now(),
            phone_number_id=number.phone_number_id,
            body=body,
            type=kind if isinstance(kind, str) else None,
            recipient=recipient if isinstance(recipient, str) else None,
            callback_data=callback_data if isinstance(callback_data, str) else None,
        )
        self._journal.sends.append(record)
        return record

    async def accept(self, record: SendRecord, number: PhoneNumber) -> dict[str, Any]:
        """Accept a send and plan its statuses; returns the answer. Raises GraphError."""
        self._check_number(number)
        now = self._clock.now()
        self._limits.take_throughput(number, now)
        message = self._rules.check(record.body, number)
        person = self._recipient(number, message)
        self._check_recipient(number, message, person)
        self._limits.take_pair(number, self._pair_key(message, person), now)
        if person is not None and not self._people.window_open(person, number.phone_number_id, now):
            self._take_portfolio(number, person, message)
        ordinal = self._journal.next("outbound")
        record.wamid = outbound_wamid(
            self._randomness, self._wamid_digits(message, person, number), ordinal
        )
        record.person = person.key if person is not None else None
        record.text = readable_text(record.body, message.template)
        record.outcome = "accepted"
        if person is not None and message.digits is not None:
            self._people.note_outbound(person, number.phone_number_id, now)
        held = self._faults.take("hold_template") if message.template is not None else None
        outgoing = Outgoing(
            ordinal=ordinal,
            record=record,
            number=number,
            person=person,
            message=message,
            held=held,
        )
        self._journal.changed()
        await self._statuses.follow(outgoing)
        return self._answer(outgoing, is_held=held is not None)

    def mark_read(self, number: PhoneNumber, body: dict[str, Any]) -> None:
        """Note a read receipt, maybe with typing indicator. Raises GraphError."""
        self._check_number(number)
        wamid = a_text(body, "message_id", "body", _WAMID_MAX)
        if (number.phone_number_id, wamid) not in self._journal.inbound_ids:
            raise GraphError(INVALID, "The parameter message_id is no message to this number.")
        typing = body.get("typing_indicator")
        if typing is not None:
            indicator = an_object(body, "typing_indicator", "body")
            if indicator.get("type") != "text":
                raise GraphError(INVALID, "The parameter typing_indicator['type'] must be text.")
        self._journal.reads.append(
            ReadMark(
                at=self._clock.now(),
                phone_number_id=number.phone_number_id,
                wamid=wamid,
                typing=typing is not None,
            )
        )
        self._journal.changed()

    def _check_number(self, number: PhoneNumber) -> None:
        for name, code in CONDITION_CODES.items():
            if getattr(number.conditions, name):
                raise GraphError(code)
        if not number.registered:
            raise GraphError(NOT_REGISTERED)

    def _recipient(self, number: PhoneNumber, message: CheckedMessage) -> Person | None:
        if message.bsuid is not None:
            portfolio = self._accounts.portfolio_of(number.phone_number_id)
            person = self._people.of_bsuid(message.bsuid, portfolio)
            if person is None:
                raise GraphError(INVALID, "The parameter recipient is unknown in this portfolio.")
            return person
        digits = str(message.digits)
        person = self._people.of_phone(digits)
        if person is None and self._accepts_any_person and region_of(digits) != UNKNOWN_REGION:
            person = self._people.add(PersonConfig(name=f"+{digits}", phone=f"+{digits}"))
        return person

    def _check_recipient(
        self, number: PhoneNumber, message: CheckedMessage, person: Person | None
    ) -> None:
        if message.digits == number.digits:
            raise GraphError(RECIPIENT_IS_SENDER)
        if person is not None and person.key in self.blocked.get(number.phone_number_id, ()):
            raise GraphError(USER_BLOCKED)

    def _take_portfolio(self, number: PhoneNumber, person: Person, message: CheckedMessage) -> None:
        if message.template is not None:
            portfolio = self._accounts.portfolio_of(number.phone_number_id)
            self._limits.take_portfolio(portfolio, person, self._clock.now())

    def _pair_key(self, message: CheckedMessage, person: Person | None) -> str:
        return person.key if person is not None else str(message.digits)

    def _wamid_digits(
        self, message: CheckedMessage, person: Person | None, number: PhoneNumber
    ) -> str:
        if message.digits is not None or person is None:
            return str(message.digits)
        visible = self._people.phone_visible(person, number.phone_number_id, self._clock.now())
        return person.digits if visible else person.placeholder_digits

    def _answer(self, outgoing: Outgoing, *, is_held: bool) -> dict[str, Any]:
        """The body of reference section 7.2."""
        record, person = outgoing.record, outgoing.person
        contact: dict[str, Any] = {"input": record.recipient}
        if outgoing.message.bsuid is not None:
            contact["user_id"] = outgoing.message.bsuid
        else:
            contact["wa_id"] = person.wa_id if person is not None else outgoing.message.digits
        message: dict[str, Any] = {"id": record.wamid}
        if outgoing.message.template is not None:
            message["message_status"] = "held_for_quality_assessment" if is_held else "accepted"
        return {
            "messaging_product": "whatsapp",
            "contacts": [contact],
            "messages": [message],
        }
