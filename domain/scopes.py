"""Scopes and roles: what an actor may do. Every command and every field of the API names one."""

from collections.abc import Mapping
from enum import StrEnum


class Scope(StrEnum):
    """What a token allows, written `nouns:verb`."""

    CONVERSATIONS_READ = "conversations:read"
    CONVERSATIONS_ASSIGN = "conversations:assign"
    CONVERSATIONS_CLOSE = "conversations:close"
    CONTENT_READ = "content:read"
    CONTACTS_READ = "contacts:read"
    CONTACTS_WRITE = "contacts:write"
    DRAFTS_READ = "drafts:read"
    DRAFTS_SUGGEST = "drafts:suggest"
    DRAFTS_PROPOSE = "drafts:propose"
    DRAFTS_APPROVE = "drafts:approve"
    DRAFTS_SUPERSEDE = "drafts:supersede"
    REPLIES_SEND = "replies:send"
    REPLIES_PROPOSE = "replies:propose"
    ASSESSMENTS_SUGGEST = "assessments:suggest"
    INTAKE_READ = "intake:read"
    INTAKE_RUN = "intake:run"
    INTAKE_PUBLISH = "intake:publish"
    OUTBOUND_REQUEST = "outbound:request"
    OUTBOUND_DELIVER = "outbound:deliver"
    OUTBOUND_SETTLE = "outbound:settle"
    BROADCASTS_READ = "broadcasts:read"
    BROADCASTS_WRITE = "broadcasts:write"
    BROADCASTS_PROPOSE = "broadcasts:propose"
    BROADCASTS_APPROVE = "broadcasts:approve"
    BROADCASTS_RUN = "broadcasts:run"
    MESSAGES_INGEST = "messages:ingest"
    MEDIA_KEEP = "media:keep"
    MEDIA_RETRY = "media:retry"
    MEDIA_UPLOAD = "media:upload"
    HOLDS_MANAGE = "holds:manage"
    AUDIT_READ = "audit:read"
    MEMBERS_READ = "members:read"
    MEMBERS_MANAGE = "members:manage"
    TOKENS_MANAGE = "tokens:manage"
    SENDERS_READ = "senders:read"
    SENDERS_MANAGE = "senders:manage"
    WEBHOOKS_READ = "webhooks:read"
    WEBHOOKS_MANAGE = "webhooks:manage"
    WEBHOOKS_DELIVER = "webhooks:deliver"
    SENDERS_RECORD = "senders:record"
    TENANTS_MANAGE = "tenants:manage"
    TEMPLATES_READ = "templates:read"
    TEMPLATES_MANAGE = "templates:manage"
    TEMPLATES_SYNC = "templates:sync"
    TEMPLATES_RECORD = "templates:record"
    DOUBTS_SETTLE = "doubts:settle"
    WORK_READ = "work:read"
    WORK_MANAGE = "work:manage"
    WORK_RECORD = "work:record"


class Role(StrEnum):
    """The role of a member of the firm."""

    OWNER = "owner"
    LAWYER = "lawyer"
    CS = "cs"
    AUDITOR = "auditor"
    INTEGRATION = "integration"


_SCREEN = frozenset(
    {
        Scope.CONVERSATIONS_READ,
        Scope.CONTENT_READ,
        Scope.CONTACTS_READ,
        Scope.DRAFTS_READ,
        Scope.BROADCASTS_READ,
        Scope.INTAKE_READ,
        Scope.MEMBERS_READ,
        Scope.SENDERS_READ,
        Scope.TEMPLATES_READ,
        Scope.TEMPLATES_SYNC,
    }
)

ROLE_SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.OWNER: _SCREEN
    | {
        Scope.CONVERSATIONS_ASSIGN,
        Scope.CONVERSATIONS_CLOSE,
        Scope.CONTACTS_WRITE,
        Scope.DRAFTS_APPROVE,
        Scope.DOUBTS_SETTLE,
        Scope.REPLIES_SEND,
        Scope.BROADCASTS_WRITE,
        Scope.BROADCASTS_PROPOSE,
        Scope.BROADCASTS_APPROVE,
        Scope.INTAKE_PUBLISH,
        Scope.AUDIT_READ,
        Scope.MEMBERS_MANAGE,
        Scope.TOKENS_MANAGE,
        Scope.SENDERS_MANAGE,
        Scope.TEMPLATES_MANAGE,
        Scope.WEBHOOKS_READ,
        Scope.WEBHOOKS_MANAGE,
        Scope.HOLDS_MANAGE,
        Scope.MEDIA_RETRY,
        Scope.MEDIA_UPLOAD,
        Scope.WORK_READ,
        Scope.WORK_MANAGE,
    },
    Role.LAWYER: _SCREEN
    | {
        Scope.CONVERSATIONS_ASSIGN,
        Scope.CONVERSATIONS_CLOSE,
        Scope.CONTACTS_WRITE,
        Scope.DRAFTS_APPROVE,
        Scope.DOUBTS_SETTLE,
        Scope.REPLIES_SEND,
        Scope.BROADCASTS_WRITE,
        Scope.BROADCASTS_PROPOSE,
        Scope.BROADCASTS_APPROVE,
        Scope.AUDIT_READ,
        Scope.HOLDS_MANAGE,
        Scope.MEDIA_RETRY,
        Scope.MEDIA_UPLOAD,
        Scope.WORK_READ,
    },
    Role.CS: _SCREEN
    | {
        Scope.CONVERSATIONS_ASSIGN,
        Scope.CONVERSATIONS_CLOSE,
        Scope.CONTACTS_WRITE,
        Scope.REPLIES_PROPOSE,
        Scope.BROADCASTS_WRITE,
        Scope.BROADCASTS_PROPOSE,
        Scope.MEDIA_RETRY,
        Scope.MEDIA_UPLOAD,
    },
    Role.AUDITOR: frozenset(
        {
            Scope.CONVERSATIONS_READ,
            Scope.CONTACTS_READ,
            Scope.DRAFTS_READ,
            Scope.BROADCASTS_READ,
            Scope.INTAKE_READ,
            Scope.AUDIT_READ,
        }
        | {Scope.MEMBERS_READ, Scope.SENDERS_READ, Scope.TEMPLATES_READ, Scope.WORK_READ}
    ),
    Role.INTEGRATION: frozenset(
        {
            Scope.CONVERSATIONS_READ,
            Scope.CONTACTS_READ,
            Scope.DRAFTS_PROPOSE,
            Scope.MEDIA_UPLOAD,
            Scope.BROADCASTS_PROPOSE,
        }
    ),
}

ASSISTANT_SCOPES = frozenset({Scope.ASSESSMENTS_SUGGEST, Scope.DRAFTS_SUGGEST})
"""What the assistant may do: suggest, nothing else."""

INGEST_SCOPES = frozenset({Scope.MESSAGES_INGEST})
"""What the ingest follower may do: record what Meta delivered."""

POLICY_SCOPES = frozenset(
    {
        Scope.INTAKE_RUN,
        Scope.OUTBOUND_REQUEST,
        Scope.OUTBOUND_SETTLE,
        Scope.CONTACTS_WRITE,
        Scope.CONVERSATIONS_READ,
        Scope.DRAFTS_SUPERSEDE,
        Scope.SENDERS_RECORD,
        Scope.TEMPLATES_RECORD,
        Scope.TEMPLATES_SYNC,
        Scope.WORK_RECORD,
    }
)
"""What the policies follower may do: move the process on.

It can neither approve nor write words.
"""

WORK_SCOPES = frozenset({Scope.WORK_RECORD})
"""What every job may do besides its work: say that it was given up."""

DELIVERY_SCOPES = frozenset({Scope.OUTBOUND_DELIVER})
"""What the send job may do: attempt what was approved and record the outcome."""

WEBHOOK_SCOPES = frozenset({Scope.WEBHOOKS_DELIVER, Scope.WORK_RECORD})
"""What the deliverer of webhooks may do: give up on an endpoint that does not answer."""

TEMPLATE_SCOPES = frozenset({Scope.TEMPLATES_RECORD})
"""What the jobs on templates may do: keep what Meta answered."""

SCHEDULE_SCOPES = frozenset({Scope.TEMPLATES_SYNC})
"""What the schedule may ask for by itself."""
BROADCAST_SCOPES = frozenset({Scope.BROADCASTS_RUN, Scope.OUTBOUND_REQUEST, Scope.OUTBOUND_DELIVER})
"""What the broadcast jobs may do: plan, ask for what was approved, withdraw what was cancelled."""

MEDIA_SCOPES = frozenset({Scope.MEDIA_KEEP})
"""What the media worker may do: fetch, keep and delete files."""

OPERATOR_SCOPES = frozenset(
    {
        Scope.TENANTS_MANAGE,
        Scope.SENDERS_MANAGE,
        Scope.WEBHOOKS_MANAGE,
        Scope.MEMBERS_MANAGE,
        Scope.TOKENS_MANAGE,
        Scope.DOUBTS_SETTLE,
        Scope.WORK_READ,
        Scope.WORK_MANAGE,
        Scope.MEDIA_RETRY,
        Scope.INTAKE_PUBLISH,
        Scope.TEMPLATES_SYNC,
    }
)
"""What a person at the command line may do: set a firm up, and mend what is stuck.

It can neither read content nor approve.
"""
