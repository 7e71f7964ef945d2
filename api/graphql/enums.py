"""The enumerations of the API. Clients must expect new values in all of them.

Each has the values of an enumeration of the domain; a test keeps the two alike.
"""

from enum import Enum

import strawberry

from domain import legal_basis


def value_of(member: Enum) -> str:
    """Return the value that the domain has for a member of one of these enumerations."""
    return str(member.value)


@strawberry.enum(description="The role of a member of the firm.")
class Role(Enum):
    """Values of `domain.scopes.Role`."""

    OWNER = strawberry.enum_value(
        "owner", description="Runs the firm's account; may do everything a lawyer may."
    )
    LAWYER = strawberry.enum_value("lawyer", description="Decides what is sent.")
    CS = strawberry.enum_value(
        "cs", description="Looks after conversations; does not approve drafts."
    )
    AUDITOR = strawberry.enum_value(
        "auditor", description="Reads the event history; sees no content."
    )
    INTEGRATION = strawberry.enum_value("integration", description="A program of the firm.")


@strawberry.enum(description="Who can cause an event.")
class ActorKind(Enum):
    """Values of `domain.provenance.ActorKind`."""

    CONTACT = strawberry.enum_value("contact", description="The person who writes to the firm.")
    MEMBER = strawberry.enum_value("member", description="A member of the firm.")
    ASSISTANT = strawberry.enum_value(
        "assistant", description="The assistant; it can only suggest."
    )
    SYSTEM = strawberry.enum_value(
        "system", description="The hub itself, following published rules."
    )
    META = strawberry.enum_value("meta", description="WhatsApp.")
    OPERATOR = strawberry.enum_value("operator", description="A person at the command line.")
    INTEGRATION = strawberry.enum_value("integration", description="A program of the firm.")


@strawberry.enum(description="Whether a conversation goes on.")
class ConversationState(Enum):
    """States of the inbox."""

    OPEN = strawberry.enum_value("open", description="It goes on.")
    CLOSED = strawberry.enum_value(
        "closed", description="It was closed; nothing is sent until it is open again."
    )


@strawberry.enum(description="Which way a message went.")
class MessageDirection(Enum):
    """Directions of the inbox."""

    INBOUND = strawberry.enum_value("inbound", description="From the contact to the firm.")
    OUTBOUND = strawberry.enum_value("outbound", description="From the firm to the contact.")


@strawberry.enum(description="How soon a person should look, as the assistant suggests.")
class Urgency(Enum):
    """Values of `domain.ports.assistant_labels.Urgency`."""

    EMERGENCY = strawberry.enum_value(
        "emergency", description="Something happens now, today or tomorrow."
    )
    HIGH = strawberry.enum_value("high", description="Within days, or under threat.")
    NORMAL = strawberry.enum_value("normal", description="An own matter without haste.")
    LOW = strawberry.enum_value("low", description="General information, thanks, bookkeeping.")


@strawberry.enum(description="How much a first review takes, as the assistant suggests.")
class Complexity(Enum):
    """Values of `domain.ports.assistant_labels.Complexity`."""

    SIMPLE = strawberry.enum_value("simple", description="Routine, or a question.")
    MODERATE = strawberry.enum_value(
        "moderate", description="Contested, or with one complicating factor."
    )
    COMPLEX = strawberry.enum_value(
        "complex", description="Several complicating factors, or a heavy fact."
    )


@strawberry.enum(description="What help is asked for, as the assistant suggests.")
class Intent(Enum):
    """Values of `domain.ports.assistant_labels.Intent`."""

    FAMILY = strawberry.enum_value(
        "family", description="Divorce, custody, support, marriage, adoption, civil registry."
    )
    INHERITANCE = strawberry.enum_value(
        "inheritance", description="Shares, wills and debts of an estate."
    )
    CRIMINAL = strawberry.enum_value("criminal", description="Arrest, suspect, witness or victim.")
    LAND_PROPERTY = strawberry.enum_value(
        "land_property", description="Title, boundary, sale, expropriation, strata."
    )
    EMPLOYMENT = strawberry.enum_value(
        "employment", description="Dismissal, wages, severance, contracts of work."
    )
    CONTRACT_CIVIL = strawberry.enum_value(
        "contract_civil", description="Debts between persons, breach, lease, contracts."
    )
    DEBT_COLLECTION = strawberry.enum_value(
        "debt_collection", description="The sender is a debtor or guarantor of a lender."
    )
    CORPORATE = strawberry.enum_value(
        "corporate", description="Companies, licences, shareholders, insolvency of a business."
    )
    CYBER_DEFAMATION = strawberry.enum_value(
        "cyber_defamation", description="Offences and fraud online, defamation, hacked accounts."
    )
    TRAFFIC_ACCIDENT = strawberry.enum_value(
        "traffic_accident", description="Collisions, insurance for them, tickets."
    )
    IMMIGRATION = strawberry.enum_value(
        "immigration", description="Visas, permits, detention, deportation, citizenship."
    )
    INTELLECTUAL_PROPERTY = strawberry.enum_value(
        "intellectual_property", description="Trademarks, copyright, patents, designs."
    )
    CONSUMER = strawberry.enum_value(
        "consumer", description="Faulty or undelivered goods and services."
    )
    TAX_ADMIN = strawberry.enum_value(
        "tax_admin", description="Tax, customs, decisions of authorities."
    )
    GENERAL_INQUIRY = strawberry.enum_value(
        "general_inquiry", description="Greetings, fees, hours, no area named."
    )
    EXISTING_MATTER = strawberry.enum_value(
        "existing_matter", description="A matter that the firm already handles."
    )
    SPAM_OTHER = strawberry.enum_value("spam_other", description="Nothing that a law firm answers.")


@strawberry.enum(description="Why the assistant was asked.")
class AssessmentPurpose(Enum):
    """Values of `domain.assessment.AssessmentPurpose`."""

    TRIAGE = strawberry.enum_value("triage", description="Early, right after consent.")
    REVIEW = strawberry.enum_value(
        "review", description="When the contact has told everything; a draft follows."
    )


@strawberry.enum(description="How far an intake has come.")
class IntakeState(Enum):
    """States of the intake board."""

    CONSENT_ASKED = strawberry.enum_value(
        "consent_asked", description="The contact was asked for consent."
    )
    RUNNING = strawberry.enum_value("running", description="Questions are asked and answered.")
    COMPLETED = strawberry.enum_value("completed", description="All questions were answered.")
    REFUSED = strawberry.enum_value(
        "refused", description="The contact did not consent; a person takes over."
    )
    HANDED_OVER = strawberry.enum_value(
        "handed_over", description="A member took over before the end."
    )


@strawberry.enum(description="Where a draft stands.")
class DraftState(Enum):
    """States of the draft queue."""

    SUGGESTED = strawberry.enum_value("suggested", description="It waits for a member's decision.")
    APPROVED = strawberry.enum_value("approved", description="A member approved it; it is sent.")
    REJECTED = strawberry.enum_value("rejected", description="A member rejected it.")
    SUPERSEDED = strawberry.enum_value(
        "superseded", description="A newer draft or a reply made it pointless."
    )


@strawberry.enum(description="How far a message of the firm has come.")
class DeliveryState(Enum):
    """Values of `domain.delivery_state.DeliveryState`."""

    REQUESTED = strawberry.enum_value("requested", description="It is due to be sent.")
    ATTEMPTING = strawberry.enum_value("attempting", description="It is being sent.")
    IN_DOUBT = strawberry.enum_value(
        "in_doubt", description="It is not known whether it was sent; nothing is sent twice."
    )
    ACCEPTED = strawberry.enum_value("accepted", description="WhatsApp accepted it.")
    SENT = strawberry.enum_value("sent", description="WhatsApp sent it on.")
    DELIVERED = strawberry.enum_value("delivered", description="It reached the contact's device.")
    READ = strawberry.enum_value("read", description="The contact read it.")
    PLAYED = strawberry.enum_value("played", description="The contact played it.")
    REFUSED = strawberry.enum_value(
        "refused", description="It was not sent: a rule forbade it at the moment of sending."
    )
    CANCELLED = strawberry.enum_value(
        "cancelled", description="A member took it back before it was sent."
    )
    FAILED = strawberry.enum_value("failed", description="It could not be delivered.")


@strawberry.enum(description="What a message of the firm is for.")
class MessagePurpose(Enum):
    """Values of `domain.outbound_message.MessagePurpose`."""

    REPLY = strawberry.enum_value("reply", description="A reply that a member approved.")
    CONSENT_QUESTION = strawberry.enum_value(
        "consent_question", description="The question for consent."
    )
    INTAKE_QUESTION = strawberry.enum_value(
        "intake_question", description="A question of the intake."
    )
    NOTICE = strawberry.enum_value(
        "notice", description="A notice of the intake, such as its closing."
    )
    OPT_OUT_CONFIRMATION = strawberry.enum_value(
        "opt_out_confirmation", description="The one confirmation of an opt-out."
    )
    BROADCAST = strawberry.enum_value(
        "broadcast", description="A message of a broadcast that a member approved as a whole."
    )


@strawberry.enum(description="What a consent is for.")
class ConsentPurpose(Enum):
    """Values of `domain.contact.ConsentPurpose`."""

    INTAKE = strawberry.enum_value(
        "intake", description="Keeping what the contact tells in the intake."
    )
    ASSISTANCE = strawberry.enum_value(
        "assistance", description="Letting the assistant read along."
    )


@strawberry.enum(description="What the contact last said about a purpose.")
class ConsentState(Enum):
    """States of a consent on the contact card."""

    GRANTED = strawberry.enum_value("granted", description="Agreed.")
    REFUSED = strawberry.enum_value("refused", description="Did not agree.")
    WITHDRAWN = strawberry.enum_value("withdrawn", description="Took the consent back.")
    RESTRICTED = strawberry.enum_value(
        "restricted",
        description="Agreed, and yet did not as another contact of the same person: it counts as "
        "not agreed.",
    )


@strawberry.enum(description="The ground of the law on which a reply rests without consent.")
class LegalBasis(Enum):
    """Values of `domain.legal_basis.LegalBasis` (UU 27/2022, article 20)."""

    REQUEST_OF_CONTACT = strawberry.enum_value(
        "request_of_contact",
        description="The contact asked for something by itself; not after it refused.",
    )
    VITAL_INTEREST = strawberry.enum_value(
        "vital_interest", description="Somebody's life or safety is at stake."
    )


def domain_basis(given: LegalBasis | None) -> legal_basis.LegalBasis | None:
    """Return a ground in the domain's words."""
    return None if given is None else legal_basis.LegalBasis(value_of(given))


@strawberry.enum(description="Where a question about two contacts stands.")
class DuplicateState(Enum):
    """Values of `domain.contact_duplicate.DuplicateState`."""

    OPEN = strawberry.enum_value("open", description="A member is to decide.")
    MERGED = strawberry.enum_value("merged", description="They are one person.")
    KEPT_APART = strawberry.enum_value("kept_apart", description="They are two people.")


@strawberry.enum(description="Why two contacts may be one person.")
class DuplicateReason(Enum):
    """Values of `domain.contact_duplicate.DuplicateReason`."""

    PHONE_REUSED = strawberry.enum_value(
        "phone_reused", description="A known number came with another user id."
    )
    PHONE_REVEALED = strawberry.enum_value(
        "phone_revealed",
        description="A user id came with the number of a contact not heard of for long.",
    )
    MERGED = strawberry.enum_value("merged", description="They were merged without a question.")


@strawberry.enum(description="What an entry of a timeline is.")
class TimelineEntryKind(Enum):
    """Values of `projections.timeline.EntryKind`."""

    INBOUND = strawberry.enum_value("inbound", description="A message of the contact.")
    OUTBOUND = strawberry.enum_value("outbound", description="A message of the firm.")
    ECHO = strawberry.enum_value(
        "echo", description="A message that the firm wrote outside of the hub."
    )
    CALL = strawberry.enum_value("call", description="A step of a call.")
    STATUS = strawberry.enum_value(
        "status", description="News of the delivery of a message of the firm."
    )
    INTAKE = strawberry.enum_value("intake", description="A step of the intake.")
    CONSENT = strawberry.enum_value("consent", description="Consent or opt-out.")
    ASSESSMENT = strawberry.enum_value("assessment", description="What the assistant read.")
    DRAFT = strawberry.enum_value("draft", description="A draft was suggested or decided.")
    ASSIGNMENT = strawberry.enum_value(
        "assignment", description="Somebody was made to look after the conversation."
    )
    NOTICE = strawberry.enum_value(
        "notice", description="The conversation was started, closed or reopened."
    )


@strawberry.enum(description="What an activity is about.")
class ActivityKind(Enum):
    """Values of `projections.feed.FeedKind`."""

    CONVERSATION = strawberry.enum_value("conversation", description="The conversation itself.")
    MESSAGE = strawberry.enum_value("message", description="A message.")
    DELIVERY = strawberry.enum_value(
        "delivery", description="The delivery of a message of the firm."
    )
    CALL = strawberry.enum_value("call", description="A call.")
    INTAKE = strawberry.enum_value("intake", description="The intake.")
    ASSESSMENT = strawberry.enum_value("assessment", description="An assessment of the assistant.")
    DRAFT = strawberry.enum_value("draft", description="A draft.")
    BROADCAST = strawberry.enum_value("broadcast", description="A broadcast.")
    CONTACT = strawberry.enum_value("contact", description="The contact.")
    SENDER = strawberry.enum_value("sender", description="A WhatsApp number of the firm.")
    DEAD_LETTER = strawberry.enum_value("dead_letter", description="Something that was given up.")


@strawberry.enum(description="What a message is to an earlier one.")
class MessageRelation(Enum):
    """Values of `domain.inbound_message.MessageRelation`."""

    REPLY = strawberry.enum_value("reply", description="It answers it.")
    REACTION = strawberry.enum_value("reaction", description="It reacts to it.")
    EDIT = strawberry.enum_value("edit", description="It is a new wording of it.")
    REVOKE = strawberry.enum_value("revoke", description="It deletes it for the other side.")
    COMPLETES = strawberry.enum_value(
        "completes", description="It holds what the earlier one, a placeholder, could not show."
    )


@strawberry.enum(description="How a message came to the hub.")
class MessageArrival(Enum):
    """Values of `domain.inbound_message.Arrival`."""

    DIRECT = strawberry.enum_value("direct", description="As it was written.")
    STANDBY = strawberry.enum_value(
        "standby", description="While another app answered the contact; the hub only listened."
    )
    HISTORY = strawberry.enum_value(
        "history", description="Imported with the history of the phone app."
    )
    REPROCESSED = strawberry.enum_value(
        "reprocessed", description="Kept raw before, and understood since an upgrade."
    )


@strawberry.enum(description="Where the firm wrote a message outside of the hub.")
class EchoOrigin(Enum):
    """Values of `domain.echoed_message.EchoOrigin`."""

    PHONE_APP = strawberry.enum_value("phone_app", description="In the WhatsApp Business app.")
    OTHER_APP = strawberry.enum_value("other_app", description="By another app at Meta.")


@strawberry.enum(description="Where a broadcast stands.")
class BroadcastState(Enum):
    """Values of `domain.broadcast.BroadcastState`."""

    DRAFT = strawberry.enum_value("draft", description="Words and audience; nobody was chosen.")
    PLANNING = strawberry.enum_value("planning", description="Recipients are being chosen.")
    PLANNED = strawberry.enum_value("planned", description="It waits for a member's approval.")
    APPROVED = strawberry.enum_value("approved", description="Its messages enter the outbox.")
    RUNNING = strawberry.enum_value("running", description="It is being sent.")
    PAUSED = strawberry.enum_value("paused", description="Nothing is sent until it is resumed.")
    COMPLETED = strawberry.enum_value("completed", description="No message waits any more.")
    CANCELLED = strawberry.enum_value("cancelled", description="It was ended for good.")
