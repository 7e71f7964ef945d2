"""Requests to send automatic words: the body, and the approval of the human who published it."""

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from domain.automatic_text import addressed_name, fill, question_body
from domain.contact import Contact
from domain.conversation import Conversation
from domain.event import EventRecord
from domain.identity import ContactId, ConversationId, intake_flow_stream_of, outbound_id_after
from domain.intake import IntakeFlow
from domain.intake_flow import IntakeFlows, Publication
from domain.outbound_body import OutboundBody, TextBody
from domain.outbound_commands import RequestOutbound
from domain.outbound_message import Approval, ApprovalKind, MessagePurpose
from domain.reader import Reader
from domain.tenant import Tenant

PRIORITIES: Final[Mapping[MessagePurpose, int]] = {
    MessagePurpose.OPT_OUT_CONFIRMATION: 1,
    MessagePurpose.CONSENT_QUESTION: 2,
    MessagePurpose.INTAKE_QUESTION: 2,
    MessagePurpose.REPLY: 3,
    MessagePurpose.NOTICE: 4,
    MessagePurpose.BROADCAST: 10,
}
"""Who goes first when a sender number has more to send than it may: 1 is first, 10 is last."""

Words = Callable[[IntakeFlow, Mapping[str, str]], OutboundBody]
"""Makes the body from the flow and the values of its variables."""


def automatic_message(
    record: EventRecord,
    read: Reader,
    conversation_id: ConversationId,
    purpose: MessagePurpose,
    words: Words,
    *,
    flow_version: int | None = None,
) -> Iterator[RequestOutbound]:
    """Ask for one message of the published words to be sent because of `record`.

    Nothing is asked for where there is no published flow or no conversation.
    """
    publication = publication_of(read, record, flow_version)
    conversation = read.load(Conversation, conversation_id)
    contact_id, sender_number_id = conversation.contact_id, conversation.sender_number_id
    if publication is None or contact_id is None or sender_number_id is None:
        return
    body = words(publication.flow, _values(read, record, publication, contact_id))
    yield RequestOutbound(
        outbound_message_id=outbound_id_after(record.event_id),
        conversation_id=conversation_id,
        contact_id=contact_id,
        sender_number_id=sender_number_id,
        purpose=purpose,
        priority=PRIORITIES[purpose],
        approval=Approval(
            kind=ApprovalKind.PUBLISHED_TEXT,
            reference=intake_flow_stream_of(record.tenant_id),
            event_id=publication.event_id,
            approved_by=publication.published_by,
            approved_at=publication.published_at,
            body_digest=read.digest_body(body),
        ),
        body=body,
    )


def publication_of(
    read: Reader, record: EventRecord, flow_version: int | None
) -> Publication | None:
    """Return the published flow of this version, or the latest one, if there is any."""
    flows = read.load(IntakeFlows, intake_flow_stream_of(record.tenant_id))
    return flows.latest if flow_version is None else flows.publications.get(flow_version)


def _values(
    read: Reader, record: EventRecord, publication: Publication, contact_id: ContactId
) -> dict[str, str]:
    details = read.load(Contact, contact_id).details
    known = {
        "firm_name": read.load(Tenant, record.tenant_id).name,
        "contact_name": addressed_name(details.profile_name if details else None),
    }
    return {name: known[name] for name in publication.flow.variables}


def question_words(question_key: str) -> Words:
    """Return what makes the body of one question of the flow."""

    def words(flow: IntakeFlow, values: Mapping[str, str]) -> OutboundBody:
        questions = (flow.consent, *flow.questions)
        return question_body(next(q for q in questions if q.key == question_key), values)

    return words


def text_words(text_of: Callable[[IntakeFlow], str]) -> Words:
    """Return what makes the body of one plain text of the flow."""

    def words(flow: IntakeFlow, values: Mapping[str, str]) -> OutboundBody:
        return TextBody(text=fill(text_of(flow), values))

    return words
