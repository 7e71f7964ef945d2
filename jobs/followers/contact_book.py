"""The contact book: whose phone number or user id it is. Knows keyed digests only."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from psycopg import Connection

from domain.contact import ContactIdentity, IdentityKind
from domain.identity import ContactId, TenantId
from domain.ports.vault import Vault
from infrastructure.whatsapp.phone_numbers import phone_from_digits, phone_variants
from infrastructure.whatsapp.updates import ContactIdentity as ReportedIdentity

_SELECT: Final = """
    SELECT digest, contact_id FROM hub.contact_identity WHERE tenant_id = %s AND digest = ANY(%s)
"""
_UPSERT: Final = """
    INSERT INTO hub.contact_identity (tenant_id, digest, contact_id, kind)
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::text[])
    ON CONFLICT (tenant_id, digest) DO UPDATE SET contact_id = excluded.contact_id
"""
_DELETE: Final = """
    DELETE FROM hub.contact_identity AS known
    USING unnest(%s::uuid[], %s::text[]) AS gone (tenant_id, digest)
    WHERE known.tenant_id = gone.tenant_id AND known.digest = gone.digest
"""

_Place = tuple[TenantId, str]


class Owner(NamedTuple):
    """The contact that an identity belongs to; `contact_id` is None for one that is given up."""

    contact_id: ContactId | None
    kind: str


def identities_of(reported: ReportedIdentity) -> tuple[ContactIdentity, ...]:
    """What Meta reported of a person, the most lasting identity first (reference, 4.1)."""
    phones = [phone for phone in (reported.phone, reported.alternative_phone) if phone]
    found = [
        (IdentityKind.BSUID, reported.user_id),
        *((IdentityKind.PHONE, phone_from_digits(phone)) for phone in phones),
        (IdentityKind.PARENT_BSUID, reported.parent_user_id),
    ]
    return tuple(ContactIdentity(kind=kind, value=value) for kind, value in found if value)


class ContactBook:
    """The book as one page of webhooks sees it; `flush` writes what the page added."""

    def __init__(self, connection: Connection[Any], vault: Vault) -> None:
        self._connection = connection
        self._vault = vault
        self._known: dict[_Place, ContactId | None] = {}
        self._changes: list[tuple[_Place, Owner, ContactId | None]] = []

    def look_up(self, tenant_id: TenantId, people: Iterable[ReportedIdentity]) -> None:
        """Ask for many people of one firm at once."""
        digests = {
            digest
            for person in people
            for identity in identities_of(person)
            for digest in self.digests(tenant_id, identity)
        }
        self._ask(tenant_id, digests)

    def _ask(self, tenant_id: TenantId, digests: Iterable[str]) -> None:
        wanted = [digest for digest in digests if (tenant_id, digest) not in self._known]
        if wanted:
            self._known |= dict.fromkeys(((tenant_id, digest) for digest in wanted), None)
            rows = self._connection.execute(_SELECT, (tenant_id, wanted)).fetchall()
            self._known |= {(tenant_id, digest): ContactId(owner) for digest, owner in rows}

    def owners(self, tenant_id: TenantId, identities: Sequence[ContactIdentity]) -> list[ContactId]:
        """The contacts that the identities belong to, without repetition, in their order."""
        found = (
            self._known.get((tenant_id, digest))
            for identity in identities
            for digest in self.digests(tenant_id, identity)
        )
        return list(dict.fromkeys(owner for owner in found if owner is not None))

    def is_known(self, tenant_id: TenantId, identity: ContactIdentity) -> bool:
        """Whether every form of the identity is in the book."""
        return all(
            self._known.get((tenant_id, digest)) is not None
            for digest in self.digests(tenant_id, identity)
        )

    def assign(
        self,
        tenant_id: TenantId,
        contact_id: ContactId,
        identities: Iterable[ContactIdentity],
        *,
        taking_over: bool = False,
    ) -> None:
        """Write identities to a contact; those of others stay theirs unless `taking_over`."""
        for identity in identities:
            for digest in self.digests(tenant_id, identity):
                place = (tenant_id, digest)
                if self._known.get(place) is None or taking_over:
                    self._change(place, Owner(contact_id, identity.kind.value))

    def give_up(
        self, tenant_id: TenantId, contact_id: ContactId, identity: ContactIdentity
    ) -> None:
        """Take an identity from a contact: somebody else may come with it one day."""
        digests = self.digests(tenant_id, identity)
        self._ask(tenant_id, digests)
        for digest in digests:
            if self._known.get((tenant_id, digest)) == contact_id:
                self._change((tenant_id, digest), Owner(None, identity.kind.value))

    def digests(self, tenant_id: TenantId, identity: ContactIdentity) -> list[str]:
        """The keyed digests of every form of an identity."""
        values: tuple[str, ...] = (identity.value,)
        if identity.kind is IdentityKind.PHONE:
            values = phone_variants(identity.value)
        return [
            self._vault.digest(tenant_id, "identity", f"{identity.kind}\n{value}".encode())
            for value in values
        ]

    def mark(self) -> int:
        """A place to go back to."""
        return len(self._changes)

    def go_back(self, mark: int) -> None:
        """Forget what was changed since `mark`."""
        while len(self._changes) > mark:
            place, _, before = self._changes.pop()
            self._known[place] = before

    def flush(self) -> None:
        """Write what was changed."""
        last = {place: owner for place, owner, _ in self._changes}
        by_use: dict[bool, list[tuple[_Place, Owner]]] = defaultdict(list)
        for place, owner in last.items():
            by_use[owner.contact_id is not None].append((place, owner))
        if kept := by_use[True]:
            self._connection.execute(
                _UPSERT,
                (
                    [tenant_id for (tenant_id, _), _ in kept],
                    [digest for (_, digest), _ in kept],
                    [owner.contact_id for _, owner in kept],
                    [owner.kind for _, owner in kept],
                ),
            )
        if gone := by_use[False]:
            self._connection.execute(
                _DELETE,
                ([tenant_id for (tenant_id, _), _ in gone], [digest for (_, digest), _ in gone]),
            )
        self._changes.clear()

    def _change(self, place: _Place, owner: Owner) -> None:
        self._changes.append((place, owner, self._known.get(place)))
        self._known[place] = owner.contact_id
