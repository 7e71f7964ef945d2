"""The contact book: whose phone number or user id it is, and was. Knows keyed digests only."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

from psycopg import Connection

from domain.contact import ContactIdentity, IdentityKind
from domain.identity import ContactId, TenantId
from domain.ports.vault import Vault
from infrastructure.whatsapp.phone_numbers import phone_from_digits, phone_variants
from infrastructure.whatsapp.updates import ContactIdentity as ReportedIdentity

_SELECT: Final = """
    SELECT digest, contact_id, NULL FROM hub.contact_identity
    WHERE tenant_id = %(tenant)s AND digest = ANY(%(digests)s)
    UNION ALL
    SELECT digest, contact_id, held_until FROM hub.contact_identity_former
    WHERE tenant_id = %(tenant)s AND digest = ANY(%(digests)s)
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
_UPSERT_FORMER: Final = """
    INSERT INTO hub.contact_identity_former (tenant_id, digest, contact_id, held_until)
    SELECT * FROM unnest(%s::uuid[], %s::text[], %s::uuid[], %s::timestamptz[])
    ON CONFLICT (tenant_id, digest, contact_id) DO UPDATE
    SET held_until = greatest(contact_identity_former.held_until, excluded.held_until)
"""
_MOMENT: Final = timedelta(microseconds=1)

_Place = tuple[TenantId, str]


class Owner(NamedTuple):
    """The contact that an identity belongs to; `contact_id` is None for one that is given up."""

    contact_id: ContactId | None
    kind: str


class Former(NamedTuple):
    """A contact that had an identity, up to and including a moment."""

    until: datetime
    contact_id: ContactId


class _Change(NamedTuple):
    """What was changed, to write it or to take it back: an owner, or a former one added."""

    place: _Place
    owner: Owner | None
    before: ContactId | None = None
    former: Former | None = None


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
        self._former: dict[_Place, list[Former]] = defaultdict(list)
        self._changes: list[_Change] = []

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
        if not wanted:
            return
        self._known |= dict.fromkeys(((tenant_id, digest) for digest in wanted), None)
        rows = self._connection.execute(_SELECT, {"tenant": tenant_id, "digests": wanted})
        for digest, contact_id, until in rows.fetchall():
            if until is None:
                self._known[tenant_id, digest] = ContactId(contact_id)
            else:
                self._former[tenant_id, digest].append(Former(until, ContactId(contact_id)))

    def holder(
        self, tenant_id: TenantId, identities: Sequence[ContactIdentity], at: datetime
    ) -> ContactId | None:
        """Whoever had one of these identities at a moment: the first that somebody had."""
        for identity in identities:
            for digest in self._asked(tenant_id, identity):
                place = (tenant_id, digest)
                formers = [one for one in self._former[place] if one.until >= at]
                found = min(formers).contact_id if formers else self._known.get(place)
                if found is not None:
                    return found
        return None

    def contacts(self, tenant_id: TenantId) -> set[ContactId]:
        """The contacts that were found so far."""
        return {
            owner
            for (firm, _), owner in self._known.items()
            if firm == tenant_id and owner is not None
        }

    def current_holder(
        self, tenant_id: TenantId, identities: Sequence[ContactIdentity]
    ) -> ContactId | None:
        """Whoever has one of these identities now."""
        return self.holder(tenant_id, identities, datetime.max.replace(tzinfo=UTC))

    def gave_up(
        self, tenant_id: TenantId, contact_id: ContactId, identity: ContactIdentity, at: datetime
    ) -> bool:
        """Whether a contact had the identity at that moment and has it no more."""
        return any(
            former.contact_id == contact_id and former.until >= at
            for digest in self._asked(tenant_id, identity)
            for former in self._former[tenant_id, digest]
            if self._known.get((tenant_id, digest)) != contact_id
        )

    def assign(
        self,
        tenant_id: TenantId,
        contact_id: ContactId,
        identities: Iterable[ContactIdentity],
        *,
        taking_over_at: datetime | None = None,
    ) -> None:
        """Write identities to a contact; those of others stay theirs unless they are taken over."""
        for identity in identities:
            for digest in self._asked(tenant_id, identity):
                place = (tenant_id, digest)
                before = self._known.get(place)
                if before == contact_id or (before is not None and taking_over_at is None):
                    continue
                if before is not None and taking_over_at is not None:
                    self._add_former(place, Former(taking_over_at - _MOMENT, before))
                self._change(place, Owner(contact_id, identity.kind.value))

    def give_up(
        self,
        tenant_id: TenantId,
        contact_id: ContactId,
        identity: ContactIdentity,
        until: datetime,
    ) -> None:
        """Take an identity from a contact: somebody else may come with it one day."""
        for digest in self._asked(tenant_id, identity):
            place = (tenant_id, digest)
            self._add_former(place, Former(until, contact_id))
            if self._known.get(place) == contact_id:
                self._change(place, Owner(None, identity.kind.value))

    def digests(self, tenant_id: TenantId, identity: ContactIdentity) -> list[str]:
        """The keyed digests of every form of an identity."""
        values: tuple[str, ...] = (identity.value,)
        if identity.kind is IdentityKind.PHONE:
            values = phone_variants(identity.value)
        return [
            self._vault.digest(tenant_id, "identity", f"{identity.kind}\n{value}".encode())
            for value in values
        ]

    def _asked(self, tenant_id: TenantId, identity: ContactIdentity) -> list[str]:
        digests = self.digests(tenant_id, identity)
        self._ask(tenant_id, digests)
        return digests

    def mark(self) -> int:
        """A place to go back to."""
        return len(self._changes)

    def go_back(self, mark: int) -> None:
        """Forget what was changed since `mark`."""
        while len(self._changes) > mark:
            change = self._changes.pop()
            if change.former is not None:
                self._former[change.place].remove(change.former)
            else:
                self._known[change.place] = change.before

    def flush(self) -> None:
        """Write what was changed."""
        last = {change.place: change.owner for change in self._changes if change.owner is not None}
        kept = [(place, owner) for place, owner in last.items() if owner.contact_id is not None]
        if kept:
            self._connection.execute(
                _UPSERT,
                (
                    [tenant_id for (tenant_id, _), _ in kept],
                    [digest for (_, digest), _ in kept],
                    [owner.contact_id for _, owner in kept],
                    [owner.kind for _, owner in kept],
                ),
            )
        gone = [place for place, owner in last.items() if owner.contact_id is None]
        if gone:
            self._connection.execute(_DELETE, ([one[0] for one in gone], [one[1] for one in gone]))
        self._flush_former()
        self._changes.clear()

    def _flush_former(self) -> None:
        latest: dict[tuple[_Place, ContactId], datetime] = {}
        for change in self._changes:
            if change.former is not None:
                key = (change.place, change.former.contact_id)
                latest[key] = max(latest.get(key, change.former.until), change.former.until)
        if latest:
            self._connection.execute(
                _UPSERT_FORMER,
                (
                    [tenant_id for (tenant_id, _), _ in latest],
                    [digest for (_, digest), _ in latest],
                    [contact_id for _, contact_id in latest],
                    list(latest.values()),
                ),
            )

    def _add_former(self, place: _Place, former: Former) -> None:
        self._changes.append(_Change(place, None, former=former))
        self._former[place].append(former)

    def _change(self, place: _Place, owner: Owner) -> None:
        self._changes.append(_Change(place, owner, before=self._known.get(place)))
        self._known[place] = owner.contact_id
