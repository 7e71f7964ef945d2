"""The root of mutations: what members decide."""

from typing import Annotated

import strawberry

from api.graphql.access import guarded
from api.graphql.acknowledge import (
    MarkReadInput,
    MarkReadPayload,
    ShowTypingInput,
    ShowTypingPayload,
    mark_read,
    show_typing,
)
from api.graphql.broadcast_mutations import BroadcastMutations
from api.graphql.contact_wishes import (
    OptOutContactInput,
    OptOutContactPayload,
    WithdrawConsentInput,
    WithdrawConsentPayload,
    opt_out_contact,
    withdraw_consent,
)
from api.graphql.context import Info
from api.graphql.decide_draft import (
    ApproveDraftInput,
    ApproveDraftPayload,
    RejectDraftInput,
    RejectDraftPayload,
    approve_draft,
    reject_draft,
)
from api.graphql.join_contacts import (
    KeepContactsApartInput,
    KeepContactsApartPayload,
    MergeContactsInput,
    MergeContactsPayload,
    SeparateContactsInput,
    SeparateContactsPayload,
    keep_contacts_apart,
    merge_contacts,
    separate_contacts,
)
from api.graphql.label_contact import (
    LabelContactInput,
    LabelContactPayload,
    UnlabelContactInput,
    UnlabelContactPayload,
    label_contact,
    unlabel_contact,
)
from api.graphql.manage_conversation import (
    AssignConversationInput,
    AssignConversationPayload,
    CloseConversationInput,
    CloseConversationPayload,
    ReopenConversationInput,
    ReopenConversationPayload,
    assign_conversation,
    close_conversation,
    reopen_conversation,
)
from api.graphql.manage_media import (
    PlaceLegalHoldInput,
    PlaceLegalHoldPayload,
    ReleaseLegalHoldInput,
    ReleaseLegalHoldPayload,
    RetryMediaInput,
    RetryMediaPayload,
    place_legal_hold,
    release_legal_hold,
    retry_media,
)
from api.graphql.manage_template import (
    DeleteTemplateInput,
    DeleteTemplatePayload,
    SubmitTemplateInput,
    SubmitTemplatePayload,
    delete_template,
    submit_template,
)
from api.graphql.message_mutations import MessageMutations
from api.graphql.owner_mutations import OwnerMutations
from api.graphql.send_reply import SendReplyInput, SendReplyPayload, send_reply
from api.graphql.send_template import (
    ProposeTemplateInput,
    ProposeTemplatePayload,
    SendTemplateInput,
    SendTemplatePayload,
    propose_template,
    send_template,
)
from api.graphql.set_receipts import SetReceiptsInput, SetReceiptsPayload, set_receipts
from api.graphql.sync_templates import SyncTemplatesInput, SyncTemplatesPayload, sync_templates
from domain.scopes import Scope

_GIVEN = strawberry.argument(description="What is decided.")


@strawberry.type(description="Everything that members can decide.")
class Mutation(BroadcastMutations, MessageMutations, OwnerMutations):
    """The root of mutations."""

    @guarded(Scope.DRAFTS_APPROVE, "Approve a draft: exactly these words are sent.")
    async def approve_draft(
        self,
        info: Info,
        input: Annotated[ApproveDraftInput, _GIVEN],  # noqa: A002 - the name is the convention
    ) -> ApproveDraftPayload | None:
        """See `decide_draft`."""
        return await approve_draft(info, input)

    @guarded(Scope.DRAFTS_APPROVE, "Reject a draft; nothing is sent.")
    async def reject_draft(
        self,
        info: Info,
        input: Annotated[RejectDraftInput, _GIVEN],  # noqa: A002 - the name is the convention
    ) -> RejectDraftPayload | None:
        """See `decide_draft`."""
        return await reject_draft(info, input)

    @guarded(Scope.REPLIES_SEND, "Send a reply in own words; writing them approves them.")
    async def send_reply(
        self,
        info: Info,
        input: Annotated[SendReplyInput, _GIVEN],  # noqa: A002 - the name is the convention
    ) -> SendReplyPayload | None:
        """See `send_reply`."""
        return await send_reply(info, input)

    @guarded(Scope.REPLIES_SEND, "Send a template with chosen values; choosing approves them.")
    async def send_template(
        self,
        info: Info,
        input: Annotated[SendTemplateInput, _GIVEN],  # noqa: A002 - as above
    ) -> SendTemplatePayload | None:
        """See `send_template`."""
        return await send_template(info, input)

    @guarded(Scope.REPLIES_PROPOSE, "Propose a template with values; it waits for a lawyer.")
    async def propose_template(
        self,
        info: Info,
        input: Annotated[ProposeTemplateInput, _GIVEN],  # noqa: A002 - as above
    ) -> ProposeTemplatePayload | None:
        """See `send_template`."""
        return await propose_template(info, input)

    @guarded(Scope.TEMPLATES_MANAGE, "Submit a template, or other words of one, to Meta's review.")
    async def submit_template(
        self,
        info: Info,
        input: Annotated[SubmitTemplateInput, _GIVEN],  # noqa: A002 - as above
    ) -> SubmitTemplatePayload | None:
        """See `manage_template`."""
        return await submit_template(info, input)

    @guarded(Scope.TEMPLATES_MANAGE, "Delete one language of a template at Meta.")
    async def delete_template(
        self,
        info: Info,
        input: Annotated[DeleteTemplateInput, _GIVEN],  # noqa: A002 - as above
    ) -> DeleteTemplatePayload | None:
        """See `manage_template`."""
        return await delete_template(info, input)

    @guarded(Scope.TEMPLATES_SYNC, "Read the templates of an account from Meta now.")
    async def sync_templates(
        self,
        info: Info,
        input: Annotated[SyncTemplatesInput, _GIVEN],  # noqa: A002 - as above
    ) -> SyncTemplatesPayload | None:
        """See `sync_templates`."""
        return await sync_templates(info, input)

    @guarded(Scope.MEDIA_RETRY, "Fetch a file again that failed or was refused.")
    async def retry_media(
        self,
        info: Info,
        input: Annotated[RetryMediaInput, _GIVEN],  # noqa: A002 - as above
    ) -> RetryMediaPayload | None:
        """See `manage_media`."""
        return await retry_media(info, input)

    @guarded(Scope.HOLDS_MANAGE, "Forbid to delete anything of a contact.")
    async def place_legal_hold(
        self,
        info: Info,
        input: Annotated[PlaceLegalHoldInput, _GIVEN],  # noqa: A002 - as above
    ) -> PlaceLegalHoldPayload | None:
        """See `manage_media`."""
        return await place_legal_hold(info, input)

    @guarded(Scope.HOLDS_MANAGE, "Let the ordinary periods of retention count again.")
    async def release_legal_hold(
        self,
        info: Info,
        input: Annotated[ReleaseLegalHoldInput, _GIVEN],  # noqa: A002 - as above
    ) -> ReleaseLegalHoldPayload | None:
        """See `manage_media`."""
        return await release_legal_hold(info, input)

    @guarded(Scope.CONVERSATIONS_ASSIGN, "Give a conversation to a member, or to nobody.")
    async def assign_conversation(
        self,
        info: Info,
        input: Annotated[AssignConversationInput, _GIVEN],  # noqa: A002 - as above
    ) -> AssignConversationPayload | None:
        """See `manage_conversation`."""
        return await assign_conversation(info, input)

    @guarded(Scope.CONVERSATIONS_CLOSE, "Close a conversation; nothing is sent in it any more.")
    async def close_conversation(
        self,
        info: Info,
        input: Annotated[CloseConversationInput, _GIVEN],  # noqa: A002 - as above
    ) -> CloseConversationPayload | None:
        """See `manage_conversation`."""
        return await close_conversation(info, input)

    @guarded(Scope.CONVERSATIONS_CLOSE, "Open a closed conversation again.")
    async def reopen_conversation(
        self,
        info: Info,
        input: Annotated[ReopenConversationInput, _GIVEN],  # noqa: A002 - as above
    ) -> ReopenConversationPayload | None:
        """See `manage_conversation`."""
        return await reopen_conversation(info, input)

    @guarded(Scope.CONTACTS_WRITE, "Put labels on a contact; broadcasts pick contacts by them.")
    async def label_contact(
        self,
        info: Info,
        input: Annotated[LabelContactInput, _GIVEN],  # noqa: A002 - as above
    ) -> LabelContactPayload | None:
        """See `label_contact`."""
        return await label_contact(info, input)

    @guarded(Scope.CONTACTS_WRITE, "Take labels off a contact.")
    async def unlabel_contact(
        self,
        info: Info,
        input: Annotated[UnlabelContactInput, _GIVEN],  # noqa: A002 - as above
    ) -> UnlabelContactPayload | None:
        """See `label_contact`."""
        return await unlabel_contact(info, input)

    @guarded(Scope.CONTACTS_WRITE, "Keep that a contact took its consent back outside the chat.")
    async def withdraw_consent(
        self,
        info: Info,
        input: Annotated[WithdrawConsentInput, _GIVEN],  # noqa: A002 - as above
    ) -> WithdrawConsentPayload | None:
        """See `contact_wishes`."""
        return await withdraw_consent(info, input)

    @guarded(Scope.CONTACTS_WRITE, "Keep that a contact wants no more messages; nothing is sent.")
    async def opt_out_contact(
        self,
        info: Info,
        input: Annotated[OptOutContactInput, _GIVEN],  # noqa: A002 - as above
    ) -> OptOutContactPayload | None:
        """See `contact_wishes`."""
        return await opt_out_contact(info, input)

    @guarded(Scope.CONTACTS_WRITE, "Let a contact go on in another one: they are one person.")
    async def merge_contacts(
        self,
        info: Info,
        input: Annotated[MergeContactsInput, _GIVEN],  # noqa: A002 - as above
    ) -> MergeContactsPayload | None:
        """See `join_contacts`."""
        return await merge_contacts(info, input)

    @guarded(Scope.CONTACTS_WRITE, "Undo a merge: the two are different people.")
    async def separate_contacts(
        self,
        info: Info,
        input: Annotated[SeparateContactsInput, _GIVEN],  # noqa: A002 - as above
    ) -> SeparateContactsPayload | None:
        """See `join_contacts`."""
        return await separate_contacts(info, input)

    @guarded(Scope.CONTACTS_WRITE, "Decide that two contacts are two people.")
    async def keep_contacts_apart(
        self,
        info: Info,
        input: Annotated[KeepContactsApartInput, _GIVEN],  # noqa: A002 - as above
    ) -> KeepContactsApartPayload | None:
        """See `join_contacts`."""
        return await keep_contacts_apart(info, input)

    @guarded(Scope.CONVERSATIONS_ASSIGN, "Show the contact that its messages were read.")
    async def mark_read(
        self,
        info: Info,
        input: Annotated[MarkReadInput, _GIVEN],  # noqa: A002 - as above
    ) -> MarkReadPayload | None:
        """See `acknowledge`."""
        return await mark_read(info, input)

    @guarded(Scope.CONVERSATIONS_ASSIGN, "Show the contact for 25 seconds that somebody writes.")
    async def show_typing(
        self,
        info: Info,
        input: Annotated[ShowTypingInput, _GIVEN],  # noqa: A002 - as above
    ) -> ShowTypingPayload | None:
        """See `acknowledge`."""
        return await show_typing(info, input)

    @guarded(Scope.SENDERS_MANAGE, "Decide what contacts see of the firm's reading and writing.")
    async def set_receipts(
        self,
        info: Info,
        input: Annotated[SetReceiptsInput, _GIVEN],  # noqa: A002 - as above
    ) -> SetReceiptsPayload | None:
        """See `set_receipts`."""
        return await set_receipts(info, input)
