"""What people look at: one file per read model."""

from projections.broadcast_recipients import BroadcastRecipients
from projections.broadcasts import Broadcasts
from projections.contact_card import ContactCard
from projections.contact_duplicates import ContactDuplicates
from projections.dead_letters import DeadLetters
from projections.draft_queue import DraftQueue
from projections.event_history import EventHistory
from projections.feed import Feed
from projections.flow_directory import FlowDirectory
from projections.history_imports import HistoryImports
from projections.inbox import Inbox
from projections.intake_board import IntakeBoard
from projections.legal_holds import LegalHolds
from projections.listed_recipients import ListedRecipients
from projections.media import MediaFiles
from projections.member_directory import MemberDirectory
from projections.message_links import MessageLinks
from projections.message_lookup import MessageLookup
from projections.message_prices import MessagePrices
from projections.message_statuses import MessageStatuses
from projections.outbox import Outbox
from projections.projection import Projection
from projections.retention_periods import RetentionPeriods
from projections.sender_directory import SenderDirectory
from projections.sender_notices import SenderNotices
from projections.sender_standing import SenderStanding
from projections.template_directory import TemplateDirectory
from projections.timeline import Timeline
from projections.token_directory import TokenDirectory
from projections.webhook_endpoints import WebhookEndpoints
from projections.work_items import WorkItems

PROJECTIONS: tuple[Projection, ...] = (
    Inbox(),
    Timeline(),
    DraftQueue(),
    ContactCard(),
    ContactDuplicates(),
    IntakeBoard(),
    EventHistory(),
    Feed(),
    WorkItems(),
    MediaFiles(),
    LegalHolds(),
    RetentionPeriods(),
    Outbox(),
    DeadLetters(),
    MessageLookup(),
    MessageLinks(),
    MessageStatuses(),
    MessagePrices(),
    SenderDirectory(),
    SenderStanding(),
    SenderNotices(),
    HistoryImports(),
    MemberDirectory(),
    TokenDirectory(),
    FlowDirectory(),
    WebhookEndpoints(),
    TemplateDirectory(),
    Broadcasts(),
    BroadcastRecipients(),
    ListedRecipients(),
)
"""Every read model of the hub."""
