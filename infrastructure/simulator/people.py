"""The people on the other side: identities, what a business may see of them, their inbox.

Source: WhatsApp Cloud API reference, section 4.
"""

import re
from typing import Any

import msgspec

from infrastructure.simulator.configuration import PersonConfig
from infrastructure.simulator.identifiers import (
    UNKNOWN_REGION,
    country_code_of,
    digits_of,
    region_of,
    whatsapp_id_of,
    withheld_digits,
)
from infrastructure.simulator.randomness import Randomness

PHONE_VISIBLE_SECONDS = 30 * 24 * 3600.0
SERVICE_WINDOW_SECONDS = 24 * 3600.0
_BSUID_DIGITS = 20
# Keys stand in the paths of the control interface.
_KEY = re.compile(r"^[A-Za-z0-9._-]+$")


class PersonUnknown(Exception):
    """No person has this key; the message lists those who exist."""


class PersonInvalid(Exception):
    """A person cannot be created or changed like this; the message says why."""


class ReceivedMessage(msgspec.Struct, kw_only=True):
    """A message of the business as it lies on the person's phone.

    ``text`` is everything that can be read, ``choices`` maps the id of each button or list row
    to its title.
    """

    wamid: str
    phone_number_id: str
    type: str
    text: str
    choices: dict[str, str]
    body: dict[str, Any]
    arrived_at: float
    read_at: float | None = None


class Person(msgspec.Struct, kw_only=True):
    """Somebody with WhatsApp."""

    key: str
    name: str
    digits: str
    username: str | None
    has_whatsapp: bool
    online: bool
    read_after_seconds: float | None
    generation: int = 0
    devices: int = 1
    identity_hash: str = ""
    inbox: list[ReceivedMessage] = msgspec.field(default_factory=list)
    # phone number id -> time at which business and person last met with the phone visible
    met_by_phone: dict[str, float] = msgspec.field(default_factory=dict)
    # phone number id -> time of the person's last message, which opens the service window
    wrote_at: dict[str, float] = msgspec.field(default_factory=dict)

    @property
    def wa_id(self) -> str:
        """The WhatsApp id: the phone number in WhatsApp's national form."""
        return whatsapp_id_of(self.digits)

    @property
    def placeholder_digits(self) -> str:
        """What a wamid carries while the phone is withheld."""
        return withheld_digits(country_code_of(self.digits))


class People:
    """Everybody the simulator knows, and the rules of what a business sees of them."""

    def __init__(self, randomness: Randomness, *, contact_book: bool) -> None:
        self._randomness = randomness
        self._contact_book = contact_book
        self._by_key: dict[str, Person] = {}
        self._by_phone: dict[str, Person] = {}

    def add(self, config: PersonConfig) -> Person:
        """Create a person. Raises PersonInvalid when key or phone are taken or malformed."""
        digits = digits_of(config.phone)
        if not config.phone.startswith("+") or region_of(digits) == UNKNOWN_REGION:
            raise PersonInvalid(
                f"{config.phone!r} is no international phone number: write it like +6281200001111."
            )
        key = config.key or f"person-{len(self._by_key) + 1}"
        if not _KEY.match(key):
            raise PersonInvalid(f"{key!r} is no key: use letters, digits, dot, dash, underscore.")
        if key in self._by_key:
            raise PersonInvalid(f"There is a person {key!r} already: choose another key.")
        if digits in self._by_phone:
            raise PersonInvalid(f"{config.phone} belongs to somebody else: choose another number.")
        person = Person(
            key=key,
            name=config.name,
            digits=digits,
            username=config.username,
            has_whatsapp=config.has_whatsapp,
            online=config.online,
            read_after_seconds=config.read_after_seconds,
            identity_hash=self._identity_hash(key, 1),
        )
        self._by_key[key] = person
        self._index_phone(person)
        return person

    def get(self, key: str) -> Person:
        """The person of this key. Raises PersonUnknown."""
        if key not in self._by_key:
            known = ", ".join(self._by_key) or "nobody"
            raise PersonUnknown(f"Nobody is called {key!r} here. Known: {known}.")
        return self._by_key[key]

    def everybody(self) -> list[Person]:
        """All people in the order of their creation."""
        return list(self._by_key.values())

    def of_phone(self, digits: str) -> Person | None:
        """The owner of a phone number or wa_id."""
        return self._by_phone.get(digits)

    def of_bsuid(self, bsuid: str, portfolio_id: str) -> Person | None:
        """Who has this business-scoped id in this portfolio; None for other portfolios."""
        for person in self._by_key.values():
            if self.bsuid(person, portfolio_id) == bsuid:
                return person
        return None

    def bsuid(self, person: Person, portfolio_id: str) -> str:
        """The person's business-scoped user id in a portfolio; new after a number change."""
        drawn = self._randomness.digits(
            _BSUID_DIGITS, "bsuid", person.key, portfolio_id, person.generation
        )
        return f"{region_of(person.digits)}.{drawn}"

    def phone_visible(self, person: Person, phone_number_id: str, now: float) -> bool:
        """Whether webhooks to this number carry the phone (section 4.2)."""
        if person.username is None:
            return True
        met_at = person.met_by_phone.get(phone_number_id)
        if met_at is None:
            return False
        return self._contact_book or now - met_at <= PHONE_VISIBLE_SECONDS

    def window_open(self, person: Person, phone_number_id: str, now: float) -> bool:
        """Whether the 24-hour service window of (number, user) is open (section 7.3)."""
        wrote_at = person.wrote_at.get(phone_number_id)
        return wrote_at is not None and now - wrote_at < SERVICE_WINDOW_SECONDS

    def note_inbound(self, person: Person, phone_number_id: str, now: float) -> None:
        """The person wrote: the window opens, a visible phone stays visible."""
        person.wrote_at[phone_number_id] = now
        if self.phone_visible(person, phone_number_id, now):
            person.met_by_phone[phone_number_id] = now

    def note_outbound(self, person: Person, phone_number_id: str, now: float) -> None:
        """The business wrote to the person's *phone number*."""
        person.met_by_phone[phone_number_id] = now

    def change_number(self, person: Person, phone: str) -> str:
        """Give the person a new phone number and, with it, new ids. Returns the old digits."""
        digits = digits_of(phone)
        if not phone.startswith("+") or region_of(digits) == UNKNOWN_REGION:
            raise PersonInvalid(f"{phone!r} is no international phone number: begin with +.")
        if digits in self._by_phone:
            raise PersonInvalid(f"{phone} belongs to somebody else: choose another number.")
        old = person.digits
        for form in (old, whatsapp_id_of(old)):
            self._by_phone.pop(form, None)
        person.digits = digits
        person.generation += 1
        self.change_device(person)
        self._index_phone(person)
        return old

    def change_device(self, person: Person) -> None:
        """A new telephone: the identity key changes, the ids stay."""
        person.devices += 1
        person.identity_hash = self._identity_hash(person.key, person.devices)

    def _identity_hash(self, key: str, devices: int) -> str:
        return self._randomness.url_safe(11, "identity key", key, devices) + "="

    def _index_phone(self, person: Person) -> None:
        self._by_phone[person.digits] = person
        self._by_phone[person.wa_id] = person


def contact_entry(
    people: People, person: Person, portfolio_id: str, *, with_phone: bool, with_username: bool
) -> dict[str, Any]:
    """One element of ``contacts`` in a webhook (section 3)."""
    profile: dict[str, Any] = {"name": person.name}
    if with_username and person.username is not None:
        profile["username"] = f"@{person.username}"
    entry: dict[str, Any] = {"profile": profile}
    if with_phone:
        entry["wa_id"] = person.wa_id
    entry["user_id"] = people.bsuid(person, portfolio_id)
    return entry
