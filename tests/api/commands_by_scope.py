"""Every command of the API: the scope it needs, and a wrong input of the right form."""

from domain.scopes import Scope
from tests.api.media_story import MEDIA_COMMANDS
from tests.api.test_connect_sender import EMPTY_NUMBER
from tests.api.test_webhook_endpoints import ENDPOINT_COMMANDS

COMMANDS: dict[str, tuple[Scope, str]] = {
    "addWebhookEndpoint": (Scope.WEBHOOKS_MANAGE, 'url: "x"'),
    **dict.fromkeys(ENDPOINT_COMMANDS, (Scope.WEBHOOKS_MANAGE, 'webhookEndpointId: "x"')),
    "addSenderNumber": (Scope.SENDERS_MANAGE, EMPTY_NUMBER),
    "verifySenderNumber": (Scope.SENDERS_MANAGE, 'senderNumberId: "x"'),
    "approveDraft": (Scope.DRAFTS_APPROVE, 'draftId: "x"'),
    "rejectDraft": (Scope.DRAFTS_APPROVE, 'draftId: "x"'),
    "markRead": (Scope.CONVERSATIONS_ASSIGN, 'conversationId: "x"'),
    "showTyping": (Scope.CONVERSATIONS_ASSIGN, 'conversationId: "x"'),
    "setReceipts": (Scope.SENDERS_MANAGE, 'readReceipts: true, typing: false, reason: ""'),
    "mergeContacts": (Scope.CONTACTS_WRITE, 'contactId: "x", absorbedContactId: "y"'),
    "separateContacts": (Scope.CONTACTS_WRITE, 'contactId: "x", fromContactId: "y"'),
    "keepContactsApart": (Scope.CONTACTS_WRITE, 'duplicateId: "x"'),
    "withdrawConsent": (
        Scope.CONTACTS_WRITE,
        'contactId: "x", purposes: [INTAKE], reason: "phone"',
    ),
    "optOutContact": (Scope.CONTACTS_WRITE, 'contactId: "x", reason: "phone"'),
    "sendReply": (Scope.REPLIES_SEND, 'conversationId: "x", text: "t"'),
    "sendTemplate": (Scope.REPLIES_SEND, 'conversationId: "x", templateId: "x"'),
    "proposeTemplate": (Scope.REPLIES_PROPOSE, 'conversationId: "x", templateId: "x"'),
    "submitTemplate": (
        Scope.TEMPLATES_MANAGE,
        'senderNumberId: "x", name: "a", language: "id", category: UTILITY, body: "b"',
    ),
    "deleteTemplate": (Scope.TEMPLATES_MANAGE, 'templateId: "x"'),
    "syncTemplates": (Scope.TEMPLATES_SYNC, 'senderNumberId: "x"'),
    "retryDeadLetters": (Scope.WORK_MANAGE, 'deadLetterIds: ["x"]'),
    "discardDeadLetters": (Scope.WORK_MANAGE, 'deadLetterIds: ["x"], reason: "r"'),
    "reviseDeadLetter": (Scope.REPLIES_SEND, 'deadLetterId: "x"'),
    "cancelMessage": (Scope.REPLIES_SEND, 'messageId: "x"'),
    "rescheduleMessage": (Scope.REPLIES_SEND, 'messageId: "x"'),
    "settleDoubt": (Scope.DOUBTS_SETTLE, 'messageId: "x", decision: GIVE_UP'),
    "changeSendingRules": (Scope.SENDERS_MANAGE, 'quietFrom: "x"'),
    "setMediaRetention": (Scope.SENDERS_MANAGE, 'days: 0, reason: "r"'),
    "assignConversation": (Scope.CONVERSATIONS_ASSIGN, 'conversationId: "x"'),
    "closeConversation": (Scope.CONVERSATIONS_CLOSE, 'conversationId: "x", reason: "r"'),
    "reopenConversation": (Scope.CONVERSATIONS_CLOSE, 'conversationId: "x"'),
    "draftBroadcast": (
        Scope.BROADCASTS_WRITE,
        'senderNumberId: "x", labels: ["l"], title: "t", text: "t"',
    ),
    "reviseBroadcast": (
        Scope.BROADCASTS_WRITE,
        'broadcastId: "x", labels: ["l"], title: "t", text: "t"',
    ),
    "planBroadcast": (Scope.BROADCASTS_WRITE, 'broadcastId: "x"'),
    "approveBroadcast": (Scope.BROADCASTS_APPROVE, 'broadcastId: "x", planDigest: "d"'),
    "pauseBroadcast": (Scope.BROADCASTS_WRITE, 'broadcastId: "x"'),
    "resumeBroadcast": (Scope.BROADCASTS_APPROVE, 'broadcastId: "x"'),
    "cancelBroadcast": (Scope.BROADCASTS_WRITE, 'broadcastId: "x", reason: "r"'),
    "labelContact": (Scope.CONTACTS_WRITE, 'contactId: "x", labels: ["l"]'),
    "unlabelContact": (Scope.CONTACTS_WRITE, 'contactId: "x", labels: ["l"]'),
    **MEDIA_COMMANDS,
}
