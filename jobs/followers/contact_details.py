"""What is known of a person after another report: newest first, and nothing that was given up."""

from collections.abc import Iterable

from domain.contact import IDENTITIES_MAX, ContactIdentity, IdentityKind

Identities = tuple[ContactIdentity, ...]


def newer(known: str | None, reported: str | None, is_newer: bool) -> str | None:
    """Return a name: what was reported, where it is newer or nothing was known."""
    return reported if reported is not None and (is_newer or known is None) else known


def merged(known: Identities, reported: Identities, *, is_newer: bool) -> Identities:
    """All identities; of each kind the one that was reported last comes first, to be written to."""
    new = tuple(identity for identity in reported if identity not in known)
    together = (*known, *new)
    if is_newer:
        by_kind = {
            kind: iter(
                (*of_kind(kind, reported), *(o for o in of_kind(kind, known) if o not in reported))
            )
            for kind in IdentityKind
        }
        together = tuple(next(by_kind[one.kind]) for one in together)
    return together[:IDENTITIES_MAX]


def of_kind(kind: IdentityKind, identities: Iterable[ContactIdentity]) -> Identities:
    """The identities of one kind, in their order."""
    return tuple(one for one in identities if one.kind is kind)


def without(identities: Identities, gone: Iterable[ContactIdentity]) -> Identities:
    """The identities but those that are gone."""
    lost = set(gone)
    return tuple(one for one in identities if one not in lost)
