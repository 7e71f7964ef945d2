"""What the demo asks the hub, in GraphQL; also printed for people to paste."""

from typing import Final

ACTIVITY: Final = """
subscription Activity($after: Cursor) {
  activity(after: $after) {
    __typename
    ... on Position { cursor }
    ... on Activity { id cursor kind topic occurredAt }
    ... on DraftActivity {
      draft { id state version content { text } reasons conversation { id } }
    }
  }
}
"""

CONVERSATIONS: Final = """
query Conversations {
  conversations(first: 10) {
    edges { node {
      id state intakeState needsReply unreadCount serviceWindowClosesAt
      contact { profileName maskedPhone }
      assessment { intent urgency complexity confidence purpose }
      lastMessage { content { preview } }
      pendingDraft { id }
    } }
  }
}
"""

CONVERSATION: Final = """
query Conversation($id: ID!) {
  conversation(id: $id) {
    id
    contact { profileName maskedPhone card { consentQuestion consentAnswer consents { purpose } } }
    intake { state answers { questionKey topic optionId text } }
    assessment { intent urgency complexity confidence purpose }
    timeline(first: 100) {
      edges { node {
        __typename id kind topic occurredAt
        actor { kind part member { name } }
        ... on InboundMessage { content { text } }
        ... on OutboundMessage {
          purpose content { text choices } approvedBy { kind member { name } }
          delivery { state attempts acceptedAt sentAt deliveredAt readAt }
        }
      } }
    }
  }
}
"""

DRAFT_QUEUE: Final = """
query DraftQueue {
  draftQueue(first: 10, state: SUGGESTED) {
    edges { node { id version urgency intent content { text } reasons } }
  }
}
"""

APPROVE_DRAFT: Final = """
mutation ApproveDraft($input: ApproveDraftInput!) {
  approveDraft(input: $input) {
    draft { id state isEdited decidedBy { name } outboundMessage { id } }
    isPending
    userErrors { code message nextStep field }
  }
}
"""

EVENT_HISTORY: Final = """
query EventHistory($after: Cursor) {
  eventHistory(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    edges { node {
      id topic contract occurredAt recordedAt correlationId traceId
      actor { kind part member { id } }
      cause { id topic }
    } }
  }
}
"""
