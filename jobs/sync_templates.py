"""Read the templates of an account from Meta, and take what changed into each of them."""

from datetime import datetime
from typing import Final

import msgspec

from domain.effects import SyncTemplates
from domain.identity import EventId, TenantId, template_id_of
from domain.ports.templates import ListedTemplate, TemplateAccount, TemplateCallRefused
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import TEMPLATE_SCOPES
from domain.template import TemplateStatus
from domain.template_reports import NoteTemplateGone, NoteTemplateListing, TemplateReport
from domain.template_sync import FailTemplateSync, RecordTemplateSync
from infrastructure.following.positions import place_of
from infrastructure.postgres.connections import tenant_session
from infrastructure.telemetry.tracing import current_traceparent
from jobs.runtime import SendRuntime
from jobs.work_not_ready import WorkNotReady
from projections.sender_directory import senders_of_tenant
from projections.template_directory import TemplateRow, templates_of_account
from projections.work_items import WorkItemRow

SYNC: Final = Actor(kind=ActorKind.SYSTEM, id="template-sync")


_POSITION_OF: Final = """
    SELECT notification_id FROM hub.events WHERE tenant_id = %s AND tenant_seq = %s
"""


class AccountUnknown(TemplateCallRefused):
    """The firm has no sender number, or no access token, for the account."""

    def __init__(self) -> None:
        super().__init__(
            "The firm has no number with an access token in this account.",
            next_step="Run `hub sender add` for a number of the account with its access token.",
            is_temporary=False,
        )


def sync_templates(runtime: SendRuntime, item: WorkItemRow) -> None:
    """Bring the firm's templates of one account to what Meta's list shows.

    Raises TemplateCallRefused where trying again may help, and WorkNotReady.
    """
    effect = msgspec.json.decode(item.payload, type=SyncTemplates)
    tenant_id = TenantId(item.tenant_id)
    began_at = runtime.clock.now()
    try:
        account = account_of(runtime, item, effect.waba_id)
        listed = list(runtime.templates.listed(account))
    except TemplateCallRefused as refusal:
        if refusal.is_temporary:
            raise
        _fail(runtime, item, effect, refusal)
        return
    known = _known(runtime, tenant_id, effect.waba_id)
    changed = sum(
        _handle(runtime, item, _listing(tenant_id, effect.waba_id, each, began_at))
        for each in listed
    )
    shown = {template_id_of(tenant_id, effect.waba_id, t.name, t.language) for t in listed}
    gone = sum(
        _handle(runtime, item, _gone(row, began_at))
        for row in known
        if row.template_id not in shown and row.status != TemplateStatus.DELETED
    )
    runtime.hub.handle(
        RecordTemplateSync(sync_id=effect.sync_id, listed=len(listed), changed=changed, gone=gone),
        template_provenance(item),
        TEMPLATE_SCOPES,
    )


def fail_sync(runtime: SendRuntime, item: WorkItemRow, reason: str) -> None:
    """Record that the templates could not be read."""
    effect = msgspec.json.decode(item.payload, type=SyncTemplates)
    runtime.hub.handle(
        FailTemplateSync(sync_id=effect.sync_id, words=f"Given up: {reason}."),
        template_provenance(item),
        TEMPLATE_SCOPES,
    )


def account_of(runtime: SendRuntime, item: WorkItemRow, waba_id: str) -> TemplateAccount:
    """The account with a token that may manage it.

    Raises AccountUnknown, and WorkNotReady while the directory does not show yet what happened
    before the work was asked for.
    """
    tenant_id = TenantId(item.tenant_id)
    with tenant_session(runtime.pool, tenant_id) as connection:
        shown = place_of(connection, "sender_directory").position
        asked = connection.execute(_POSITION_OF, (tenant_id, item.requested_seq)).fetchone()
        numbers = senders_of_tenant(tenant_id).fetch(connection)
    if asked is not None and shown < asked[0]:
        raise WorkNotReady
    for number in numbers:
        if number.waba_id == waba_id:
            token = runtime.access_token(
                tenant_id, number.sender_number_id, number.access_token_fingerprint
            )
            if token is not None:
                return TemplateAccount(
                    waba_id=waba_id, access_token=token, graph_url=number.graph_url
                )
    raise AccountUnknown


def template_provenance(item: WorkItemRow) -> Provenance:
    """The origin of what a job on templates records: caused by the event that asked for it."""
    return Provenance(
        tenant_id=TenantId(item.tenant_id),
        actor=SYNC,
        correlation_id=item.correlation_id,
        causation_id=EventId(item.caused_by),
        traceparent=current_traceparent.get(),
    )


def _known(runtime: SendRuntime, tenant_id: TenantId, waba_id: str) -> list[TemplateRow]:
    with tenant_session(runtime.pool, tenant_id) as connection:
        return templates_of_account(tenant_id, waba_id).fetch(connection)


def _handle(runtime: SendRuntime, item: WorkItemRow, command: TemplateReport) -> bool:
    outcome = runtime.hub.handle(command, template_provenance(item), TEMPLATE_SCOPES)
    return bool(outcome.records)


def _listing(
    tenant_id: TenantId, waba_id: str, listed: ListedTemplate, began_at: datetime
) -> NoteTemplateListing:
    return NoteTemplateListing(
        template_id=template_id_of(tenant_id, waba_id, listed.name, listed.language),
        tenant_id=tenant_id,
        waba_id=waba_id,
        name=listed.name,
        language=listed.language,
        meta_template_id=listed.meta_template_id,
        reported_at=began_at,
        status=listed.status,
        quality=listed.quality,
        category=listed.category,
        components=listed.components,
        parameter_format=listed.parameter_format,
        reason=listed.reason,
    )


def _gone(row: TemplateRow, began_at: datetime) -> NoteTemplateGone:
    return NoteTemplateGone(
        template_id=template_id_of(TenantId(row.tenant_id), row.waba_id, row.name, row.language),
        tenant_id=TenantId(row.tenant_id),
        waba_id=row.waba_id,
        name=row.name,
        language=row.language,
        reported_at=began_at,
    )


def _fail(
    runtime: SendRuntime, item: WorkItemRow, effect: SyncTemplates, refusal: TemplateCallRefused
) -> None:
    runtime.hub.handle(
        FailTemplateSync(
            sync_id=effect.sync_id,
            words=f"{refusal.words} {refusal.next_step}",
            code=refusal.meta_code,
        ),
        template_provenance(item),
        TEMPLATE_SCOPES,
    )
