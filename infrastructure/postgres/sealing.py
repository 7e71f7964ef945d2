"""Events on their way into the store and out of it: personal content is sealed and opened here."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import UNSET

from domain.event import Erased, EventRecord, PersonalEvent, Sealed
from domain.identity import TenantId
from domain.ports.journal import AppendOutcome, AppendRequest, AppendResult, CommandReceipt
from domain.ports.vault import SealContext, SealRequest, Vault
from infrastructure.postgres.append_call import EncodedEvent, EncodedRequest, RequestOutcome
from infrastructure.postgres.stored_state import decode_content, encode_content, encode_state


def seal_records(vault: Vault, records: Sequence[EventRecord]) -> list[Sealed | None]:
    """The sealed content of every record, None for one without content.

    Keys are asked for once per firm. Raises VaultUnavailable.
    """
    sealed: list[Sealed | None] = [None] * len(records)
    by_tenant: dict[TenantId, list[tuple[int, SealRequest]]] = defaultdict(list)
    for index, record in enumerate(records):
        event = record.event
        if not isinstance(event, PersonalEvent) or event.content is UNSET:
            continue
        if isinstance(event.content, Sealed):
            sealed[index] = event.content
            continue
        if isinstance(event.content, Erased):
            raise TypeError(f"Erased content cannot be stored again ({record.topic}).")
        request = SealRequest(
            subject_id=event.subject_id,
            context=SealContext(
                stream_id=record.stream_id,
                stream_version=record.stream_version,
                topic=record.topic,
                event_id=record.event_id,
            ),
            plaintext=encode_content(event.content),
        )
        by_tenant[record.tenant_id].append((index, request))
    for tenant_id, wanted in by_tenant.items():
        done = vault.seal_many(tenant_id, [request for _, request in wanted])
        for (index, _), one in zip(wanted, done, strict=True):
            sealed[index] = one
    return sealed


def open_records(vault: Vault, records: Sequence[EventRecord]) -> list[EventRecord]:
    """The same records with every sealed content opened, or `Erased` where its key is gone.

    Keys are asked for once per firm. Raises VaultUnavailable, ContentTampered.
    """
    opened = list(records)
    by_tenant: dict[TenantId, list[tuple[int, Sealed]]] = defaultdict(list)
    for index, record in enumerate(records):
        content = getattr(record.event, "content", None)
        if isinstance(content, Sealed):
            by_tenant[record.tenant_id].append((index, content))
    for tenant_id, wanted in by_tenant.items():
        contents = open_contents(vault, tenant_id, [sealed for _, sealed in wanted])
        for (index, _), content in zip(wanted, contents, strict=True):
            record = records[index]
            event = msgspec.structs.replace(record.event, content=content)
            opened[index] = msgspec.structs.replace(record, event=event)
    return opened


def open_contents(vault: Vault, tenant_id: TenantId, sealed: Sequence[Sealed]) -> list[Any]:
    """Contents in the types that their events declare, or `Erased`; keys are asked for once."""
    return [
        plaintext if isinstance(plaintext, Erased) else decode_content(one.topic, plaintext)
        for one, plaintext in zip(sealed, vault.open_many(tenant_id, sealed), strict=True)
    ]


def encode_requests(vault: Vault, requests: Iterable[AppendRequest]) -> list[EncodedRequest]:
    """Requests in the form the store takes, content sealed; keys are asked for once per firm.

    Raises ValueError for a request whose records belong to several firms or leave a gap in a
    stream: the caller made a mistake.
    """
    wanted = list(requests)
    for request in wanted:
        _check(request)
    records = [record for request in wanted for record in request.records]
    events = iter(
        EncodedEvent(
            record.stream_id,
            record.stream_version,
            record.topic,
            encode_state(record, sealed),
            record.event_id,
        )
        for record, sealed in zip(records, seal_records(vault, records), strict=True)
    )
    return [
        EncodedRequest(
            tenant_id=request.records[0].tenant_id,
            events=tuple(next(events) for _ in request.records),
            receipt=request.receipt,
            is_lenient=request.duplicate_is_success,
        )
        for request in wanted
    ]


def append_result(request: AppendRequest, outcome: RequestOutcome) -> AppendResult:
    """What the caller of an append is told."""
    if outcome.outcome is AppendOutcome.STORED:
        records = tuple(
            msgspec.structs.replace(
                record,
                position=place.position,
                tenant_seq=place.tenant_seq,
                recorded_at=place.recorded_at,
            )
            for record, place in zip(request.records, outcome.places, strict=True)
        )
        return AppendResult(outcome=outcome.outcome, records=records)
    if outcome.receipt_result is not None and request.receipt is not None:
        known = CommandReceipt(
            key=request.receipt.key,
            body_digest=request.receipt.body_digest,
            result=outcome.receipt_result,
        )
        return AppendResult(outcome=outcome.outcome, receipt=known)
    return AppendResult(outcome=outcome.outcome)


def _check(request: AppendRequest) -> None:
    first = request.records[0]
    versions: dict[UUID, int] = {}
    for record in request.records:
        if record.tenant_id != first.tenant_id:
            raise ValueError("The events of one append must belong to one firm.")
        last = versions.get(record.stream_id)
        if last is not None and record.stream_version != last + 1:
            raise ValueError(
                f"The events of stream {record.stream_id} go from version {last} to "
                f"{record.stream_version}; an append must continue a stream without a gap."
            )
        versions[record.stream_id] = record.stream_version
