"""What the domain consists of, written out: aggregates and the commands on them."""

from collections.abc import Mapping
from typing import Final

from domain.aggregate import Aggregate, Command
from domain.assessment import Assessment, FailAssessment, RecordAssessment
from domain.broadcast import Broadcast
from domain.broadcast_commands import (
    AbandonBroadcast,
    ApproveBroadcast,
    CancelBroadcast,
    DraftBroadcast,
    FailPlan,
    NoteProgress,
    PauseBroadcast,
    PlanBroadcast,
    ProposeBroadcast,
    RecordPlan,
    RecordRelease,
    RecordWithdrawal,
    ResumeBroadcast,
    ReviseBroadcast,
)
from domain.broadcast_list import ListedRecipient, ListRecipient
from domain.broadcast_recipient import BroadcastRecipient, ExcludeRecipient, PlanRecipient
from domain.call import CallReport, ReportCall
from domain.change_sending_rules import ChangeSendingRules
from domain.contact import Contact
from domain.contact_commands import (
    ChangeContactDetails,
    GrantConsent,
    IdentifyContact,
    OptIn,
    OptOut,
    RefuseConsent,
    ResumeMarketing,
    StopMarketing,
    WithdrawConsent,
)
from domain.contact_duplicate import (
    ContactDuplicate,
    KeepContactsApart,
    SettleDuplicate,
    SuspectDuplicate,
)
from domain.contact_label_commands import LabelContact, UnlabelContact
from domain.contact_link_commands import (
    CarryDetailsOver,
    MergeContacts,
    MergeContactsByRule,
    NoteAbsorbed,
    NoteAbsorbedByRule,
    NoteSeparated,
    SeparateContacts,
)
from domain.conversation import (
    AssignConversation,
    CloseConversation,
    Conversation,
    NoteInboundMessage,
    ReopenConversation,
)
from domain.dead_letter import DeadLetter, DiscardDeadLetter, OpenDeadLetter, RetryDeadLetter
from domain.draft import ApproveDraft, Draft, RejectDraft, WriteReply
from domain.draft_proposal import ProposeDraft, ProposeReply
from domain.draft_return import ReturnToDraft
from domain.draft_suggestion import FailSuggestion, RecordSuggestion, SupersedeDraft
from domain.echoed_message import EchoedMessage, RecordEcho
from domain.event import Event
from domain.hosted_file import HostedFile, NoteFileHosted, NoteFileLost
from domain.inbound_message import InboundMessage, ReceiveMessage
from domain.intake_flow import IntakeFlows, PublishIntakeFlow
from domain.intake_session import (
    HandOverIntake,
    IntakeSession,
    RepeatOpenQuestion,
    TakeInboundMessage,
)
from domain.legal_hold import LegalHold, PlaceLegalHold, ReleaseLegalHold
from domain.media import Media
from domain.media_circuit import CloseMediaCircuit, MediaHost, OpenMediaCircuit
from domain.media_commands import (
    DeleteMedia,
    FailMedia,
    NoteMediaOpened,
    RefuseMedia,
    RetryMedia,
    StoreMedia,
)
from domain.media_retention import SetMediaRetention
from domain.media_upload import KeepUpload, RefuseUpload
from domain.member import AddMember, ChangeRole, IssueToken, Member, RemoveMember, RevokeToken
from domain.message_status import MessageStatus, ReceiveStatus
from domain.outbound_commands import (
    RecordAttemptFailure,
    RecordFailure,
    RecordInDoubt,
    RecordSent,
    RefuseSend,
    RequestOutbound,
    SettleDoubt,
    StartAttempt,
    TakeStatus,
)
from domain.outbound_defect import NoteDefect
from domain.outbound_file_commands import AwaitFile, NoteFilePrepared, RejectFile
from domain.outbound_message import OutboundMessage
from domain.outbound_retry import RetryOutbound
from domain.outbound_return import CloseReturned
from domain.outbound_timing_commands import (
    CancelOutbound,
    PostponeSend,
    RescheduleOutbound,
    TendDoubt,
)
from domain.read_receipt import FailReadReceipt, ReadReceipt, RecordReadReceipt, RequestReadReceipt
from domain.sender_circuit import CloseSenderCircuit, OpenSenderCircuit
from domain.sender_limits import LimitSenderNumber
from domain.sender_number import (
    AccountNotice,
    AddSenderNumber,
    ChangeSenderNumberCredentials,
    NoteNotice,
    PauseSenderNumber,
    ResumeSenderNumber,
    SenderNumber,
)
from domain.sender_standing_commands import NoteSenderStanding
from domain.template import Template
from domain.template_reports import (
    NoteTemplateCategory,
    NoteTemplateComponents,
    NoteTemplateGone,
    NoteTemplateListing,
    NoteTemplateQuality,
    NoteTemplateStatus,
)
from domain.template_sample import NoteTemplateSample, RefuseTemplateSample, TemplateSample
from domain.template_submission import (
    DeleteTemplate,
    RecordTemplateSubmission,
    RefuseTemplateSubmission,
    SubmitTemplate,
    TemplateSubmission,
)
from domain.template_sync import (
    FailTemplateSync,
    RecordTemplateSync,
    RequestTemplateSync,
    TemplateSync,
)
from domain.tenant import CreateTenant, ResumeTenant, SuspendTenant, Tenant
from domain.tenant_queue import ChooseTenantQueue
from domain.tenant_receipts import SetReceipts
from domain.webhook_endpoint import (
    AddWebhookEndpoint,
    DisableWebhookEndpoint,
    EnableWebhookEndpoint,
    GiveUpWebhookEndpoint,
    RemoveWebhookEndpoint,
    RotateWebhookSecret,
    WebhookEndpoint,
)

AGGREGATES: Final[tuple[type[Aggregate], ...]] = (
    Tenant,
    Member,
    SenderNumber,
    AccountNotice,
    Contact,
    ContactDuplicate,
    Conversation,
    ReadReceipt,
    InboundMessage,
    EchoedMessage,
    CallReport,
    MessageStatus,
    Broadcast,
    BroadcastRecipient,
    ListedRecipient,
    IntakeFlows,
    IntakeSession,
    Media,
    HostedFile,
    MediaHost,
    LegalHold,
    Assessment,
    Draft,
    OutboundMessage,
    DeadLetter,
    Template,
    WebhookEndpoint,
    TemplateSync,
    TemplateSubmission,
    TemplateSample,
)

COMMANDS: Final[tuple[type[Command], ...]] = (
    CreateTenant,
    SuspendTenant,
    ResumeTenant,
    ChooseTenantQueue,
    ChangeSendingRules,
    SetMediaRetention,
    AddMember,
    ChangeRole,
    RemoveMember,
    IssueToken,
    RevokeToken,
    AddSenderNumber,
    ChangeSenderNumberCredentials,
    PauseSenderNumber,
    ResumeSenderNumber,
    OpenSenderCircuit,
    CloseSenderCircuit,
    LimitSenderNumber,
    NoteNotice,
    NoteSenderStanding,
    IdentifyContact,
    ChangeContactDetails,
    GrantConsent,
    RefuseConsent,
    WithdrawConsent,
    OptOut,
    OptIn,
    StopMarketing,
    ResumeMarketing,
    MergeContacts,
    MergeContactsByRule,
    NoteAbsorbed,
    NoteAbsorbedByRule,
    SeparateContacts,
    NoteSeparated,
    CarryDetailsOver,
    SuspectDuplicate,
    KeepContactsApart,
    RequestReadReceipt,
    RecordReadReceipt,
    FailReadReceipt,
    SetReceipts,
    SettleDuplicate,
    LabelContact,
    UnlabelContact,
    NoteInboundMessage,
    AssignConversation,
    CloseConversation,
    ReopenConversation,
    ReceiveMessage,
    RecordEcho,
    ReportCall,
    ReceiveStatus,
    StoreMedia,
    RefuseMedia,
    FailMedia,
    RetryMedia,
    OpenMediaCircuit,
    CloseMediaCircuit,
    NoteMediaOpened,
    DeleteMedia,
    KeepUpload,
    RefuseUpload,
    NoteFileHosted,
    NoteFileLost,
    PlaceLegalHold,
    ReleaseLegalHold,
    PublishIntakeFlow,
    TakeInboundMessage,
    HandOverIntake,
    RepeatOpenQuestion,
    DraftBroadcast,
    ReviseBroadcast,
    PlanBroadcast,
    ProposeBroadcast,
    RecordPlan,
    FailPlan,
    ApproveBroadcast,
    RecordRelease,
    PauseBroadcast,
    ResumeBroadcast,
    CancelBroadcast,
    AbandonBroadcast,
    RecordWithdrawal,
    NoteProgress,
    PlanRecipient,
    ListRecipient,
    ExcludeRecipient,
    RecordAssessment,
    FailAssessment,
    RecordSuggestion,
    FailSuggestion,
    ProposeDraft,
    ProposeReply,
    ReturnToDraft,
    WriteReply,
    ApproveDraft,
    RejectDraft,
    SupersedeDraft,
    RequestOutbound,
    StartAttempt,
    NoteDefect,
    RefuseSend,
    RecordSent,
    RecordAttemptFailure,
    RecordFailure,
    RecordInDoubt,
    TakeStatus,
    SettleDoubt,
    AwaitFile,
    NoteFilePrepared,
    RejectFile,
    CancelOutbound,
    RescheduleOutbound,
    PostponeSend,
    TendDoubt,
    CloseReturned,
    RetryOutbound,
    OpenDeadLetter,
    RetryDeadLetter,
    DiscardDeadLetter,
    NoteTemplateStatus,
    NoteTemplateQuality,
    NoteTemplateCategory,
    NoteTemplateComponents,
    NoteTemplateListing,
    NoteTemplateGone,
    AddWebhookEndpoint,
    RotateWebhookSecret,
    EnableWebhookEndpoint,
    DisableWebhookEndpoint,
    GiveUpWebhookEndpoint,
    RemoveWebhookEndpoint,
    RequestTemplateSync,
    RecordTemplateSync,
    FailTemplateSync,
    SubmitTemplate,
    DeleteTemplate,
    RecordTemplateSubmission,
    RefuseTemplateSubmission,
    NoteTemplateSample,
    RefuseTemplateSample,
)

EVENTS: Final[Mapping[str, type[Event]]] = {
    event.TOPIC: event
    for event in sorted(
        (event for aggregate in AGGREGATES for event in aggregate.EVENTS),
        key=lambda event: event.TOPIC,
    )
}
"""Every event of the domain by its stored name, in the order of the names."""
