"""What `hub dead-letters` lists and mends: letters of firms, held webhooks, parked followers.

The latter two belong to no firm yet, or to all: only the operator sees and mends them.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from api.cli.followers import FollowersView, followers_view
from api.cli.operator import Operator, operator, parse_id
from api.cli.run import CommandFailedError
from domain.dead_letter import DeadLetterKind
from domain.dead_letter_causes import IN_DOUBT
from domain.defect import Defect
from domain.errors import HubError
from domain.identity import TenantId
from domain.limits import REASON_CHARACTERS_MAX, require_text
from infrastructure.following.positions import Place, all_places, place_of, resume
from jobs.followers.quarantine import HeldPart
from projections.dead_letter_queries import (
    LetterFilter,
    ListedLetter,
    letters_by_id,
    open_letters,
)
from projections.dead_letters import DeadLetterState, FramesJson

QUARANTINE: Final = "quarantine"
FOLLOWER: Final = "follower"
NOT_SETTLED: Final = (
    "It may have arrived: find out, then `hub dead-letters settle` it; `--cause in_doubt` sends "
    "all such messages again."
)
"""Why a message in doubt is not sent again only because a filter matches it."""

_KINDS: Final = frozenset({*(kind.value for kind in DeadLetterKind), QUARANTINE, FOLLOWER})
_NOBODY: Final = UUID(int=0)


def wanted_letters(
    kind: str | None, cause: str | None, digest: str | None, tenant: str | None
) -> LetterFilter:
    """What the options ask for. Raises CommandFailedError."""
    wanted = None if kind is None else kind.removesuffix("s")
    if wanted is not None and wanted not in _KINDS:
        raise CommandFailedError(
            f"There is no kind {kind!r}. Choose from {', '.join(sorted(_KINDS))}."
        )
    firm = None if tenant is None else parse_id(tenant, "firm")
    return LetterFilter(kind=wanted, cause=cause, digest=digest, tenant_id=firm)


def stuck_everywhere(wanted: LetterFilter, *, limit: int) -> list[ListedLetter]:
    """Everything that waits for a person and is asked for, newest first."""
    with followers_view() as view:
        rows = open_letters(wanted, limit=limit).fetch(view.connection)
        if wanted.tenant_id is None:
            of_all = (*_held(view, limit), *_parked(view))
            rows += [row for row in of_all if _is_wanted(row, wanted)]
    return sorted(rows, key=lambda row: row.given_up_at, reverse=True)[:limit]


def _is_wanted(row: ListedLetter, wanted: LetterFilter) -> bool:
    return all(
        value is None or value == getattr(row, name)
        for name, value in (
            ("kind", wanted.kind),
            ("cause", wanted.cause),
            ("digest", wanted.digest),
        )
    )


def _held(view: FollowersView, limit: int, ids: list[int] | None = None) -> list[ListedLetter]:
    parts = view.ingest.quarantine(view.connection).held(limit=limit, ids=ids)
    return [_of_part(part) for part in parts]


def _of_part(part: HeldPart) -> ListedLetter:
    return _told(QUARANTINE, part.reason, part.received_at, part.id, part.defect)


def _parked(view: FollowersView) -> list[ListedLetter]:
    return [_of_place(place) for place in all_places(view.connection) if place.parked_at]


def _of_place(place: Place) -> ListedLetter:
    cause = "defect" if place.parked_defect is not None else "parked"
    parked_at = place.parked_at or datetime.now(UTC)
    row = _told(FOLLOWER, cause, parked_at, place.parked_position or 0, place.parked_defect)
    row.words = f"{place.name}: {place.parked_reason}"
    return row


def _told(
    kind: str, cause: str, moment: datetime, number: int, defect: Defect | None
) -> ListedLetter:
    frames = () if defect is None else defect.frames
    return ListedLetter(
        item_id=_NOBODY,
        tenant_id=_NOBODY,
        kind=kind,
        state=DeadLetterState.OPEN.value,
        cause=cause,
        given_up_at=moment,
        given_up_seq=number,
        first_given_up_at=moment,
        digest=None if defect is None else defect.digest,
        error=None if defect is None else defect.error,
        frames=FramesJson(msgspec.json.encode(frames).decode()),
    )


def id_of(row: ListedLetter) -> str:
    """How a letter is named on the command line."""
    if row.kind == QUARANTINE:
        return f"{QUARANTINE}:{row.given_up_seq}"
    if row.kind == FOLLOWER:
        return f"{FOLLOWER}:{(row.words or '').partition(':')[0]}"
    return str(row.item_id)


def facts_of(row: ListedLetter) -> dict[str, Any]:
    """What is shown of a letter: ids, causes and times, never content."""
    return {
        "id": id_of(row),
        "tenant_id": None if row.tenant_id == _NOBODY else row.tenant_id,
        "kind": row.kind,
        "cause": row.cause,
        "attempts": row.attempts,
        "digest": row.digest,
        "given_up_at": row.given_up_at,
    }


def grouped(rows: Sequence[ListedLetter]) -> list[dict[str, Any]]:
    """Letters of the same kind, cause and digest together, the most frequent first."""
    counts = Counter((row.kind, row.cause, row.digest) for row in rows)
    groups = []
    for key, count in counts.most_common():
        own = [row for row in rows if (row.kind, row.cause, row.digest) == key]
        groups.append(
            {
                "kind": key[0],
                "cause": key[1],
                "digest": key[2],
                "error": own[0].error,
                "count": count,
                "first_given_up_at": min(row.first_given_up_at for row in own),
                "given_up_at": max(row.given_up_at for row in own),
            }
        )
    return groups


def found(ids: Sequence[str]) -> list[ListedLetter]:
    """The letters with these ids, in whatever state. Raises CommandFailedError, NotFound."""
    with followers_view() as view:
        return [_found(view, text) for text in ids]


def _found(view: FollowersView, text: str) -> ListedLetter:
    kind, separator, name = text.partition(":")
    rows: list[ListedLetter] = []
    if separator and kind == QUARANTINE and name.isdecimal():
        rows = _held(view, 1, [int(name)])
    elif separator and kind == FOLLOWER:
        place = place_of(view.connection, name)
        rows = [_of_place(place)] if place.parked_at else []
    else:
        key = parse_id(text, "dead letter")
        rows = letters_by_id([key], tenant_id=None).fetch(view.connection)
    if not rows:
        raise CommandFailedError(f"There is no dead letter {text}. `hub dead-letters list` tells.")
    return rows[0]


def doubtful(rows: Sequence[ListedLetter]) -> list[ListedLetter]:
    """Messages that may have arrived: somebody has to find out about each of them."""
    return [row for row in rows if row.cause == IN_DOUBT]


def decide(
    rows: Sequence[ListedLetter], reason: str | None
) -> Iterator[tuple[ListedLetter, str | None]]:
    """Retry each letter, or discard it with a reason; yields why it is still stuck, or None."""
    of_all = [row for row in rows if row.kind in (QUARANTINE, FOLLOWER)]
    of_firms = [row for row in rows if row.kind not in (QUARANTINE, FOLLOWER)]
    if of_firms:
        with operator() as person:
            for row in of_firms:
                yield row, _problem(_decide_of_firm, person, row, reason)
    if of_all:
        with operator() as person:
            name = person.name
        with followers_view() as view:
            for row in of_all:
                yield row, _problem(_decide_of_all, view, row, reason, name)


def _problem(function: Any, *arguments: Any) -> str | None:
    try:
        problem: str | None = function(*arguments)
    except HubError as refusal:
        return f"{refusal.message} {refusal.next_step}"
    return problem


def _decide_of_firm(person: Operator, row: ListedLetter, reason: str | None) -> str | None:
    tenant_id, kind = TenantId(row.tenant_id), DeadLetterKind(row.kind)
    if reason is None:
        person.setup.retry_dead_letter(tenant_id, row.item_id, kind)
    else:
        person.setup.discard_dead_letter(tenant_id, row.item_id, kind, reason)
    return None


def _decide_of_all(
    view: FollowersView, row: ListedLetter, reason: str | None, name: str
) -> str | None:
    if row.kind == FOLLOWER:
        if reason is not None:
            return "A follower passes nothing over: correct the cause, then retry."
        resume(view.connection, id_of(row).removeprefix(f"{FOLLOWER}:"))
        return None
    quarantine = view.ingest.quarantine(view.connection)
    if reason is not None:
        require_text(reason, ("reason",), characters_max=REASON_CHARACTERS_MAX)
        is_done = quarantine.discard(row.given_up_seq, reason=reason, by=name)
        return None if is_done else "It is not held any more."
    for part in quarantine.held(limit=1, ids=[row.given_up_seq]):
        with view.connection.transaction():
            still = view.ingest.replay(view.connection, part)
        return None if still is None else f"It is still held: {still}."
    return "It is not held any more."
