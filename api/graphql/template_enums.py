"""The enumerations of templates. Clients must expect new values in all of them.

Each has the values of an enumeration of the domain; a test keeps the two alike.
"""

from enum import Enum

import strawberry


@strawberry.enum(description="Where a template stands with Meta. New values may be added.")
class TemplateStatus(Enum):
    """Values of `domain.template.TemplateStatus`."""

    APPROVED = strawberry.enum_value("approved", description="It can be sent.")
    FLAGGED = strawberry.enum_value(
        "flagged", description="It can be sent; its quality is in danger."
    )
    PENDING = strawberry.enum_value("pending", description="Meta reviews it.")
    REJECTED = strawberry.enum_value("rejected", description="Meta refused it.")
    PAUSED = strawberry.enum_value("paused", description="Meta paused it for its quality.")
    DISABLED = strawberry.enum_value("disabled", description="Meta disabled it for good.")
    IN_APPEAL = strawberry.enum_value("in_appeal", description="A refusal is contested.")
    LIMIT_EXCEEDED = strawberry.enum_value(
        "limit_exceeded", description="The account has too many templates."
    )
    LOCKED = strawberry.enum_value("locked", description="Meta locked it.")
    ARCHIVED = strawberry.enum_value("archived", description="It was put away.")
    PENDING_DELETION = strawberry.enum_value("pending_deletion", description="It will be deleted.")
    DELETED = strawberry.enum_value("deleted", description="It was deleted.")
    UNKNOWN = strawberry.enum_value("unknown", description="Meta's word is not known here.")


@strawberry.enum(description="What Meta makes of people's reactions to a template.")
class TemplateQuality(Enum):
    """Values of `domain.template.TemplateQuality`."""

    GREEN = strawberry.enum_value("green", description="Good.")
    YELLOW = strawberry.enum_value("yellow", description="Doubtful.")
    RED = strawberry.enum_value("red", description="Bad: it may be paused.")
    UNKNOWN = strawberry.enum_value("unknown", description="Not told yet.")


@strawberry.enum(description="What Meta counts a template as; its price follows from it.")
class TemplateCategory(Enum):
    """Values of `domain.template_components.TemplateCategory`."""

    MARKETING = strawberry.enum_value("marketing", description="Advertising.")
    UTILITY = strawberry.enum_value("utility", description="About something under way.")
    AUTHENTICATION = strawberry.enum_value("authentication", description="A one-time code.")
    UNKNOWN = strawberry.enum_value("unknown", description="Not told yet.")


@strawberry.enum(description="What stands above the words of a template.")
class TemplateHeaderFormat(Enum):
    """Values of `domain.template_components.HeaderFormat`."""

    TEXT = strawberry.enum_value("text", description="A line of words.")
    IMAGE = strawberry.enum_value("image", description="A picture.")
    VIDEO = strawberry.enum_value("video", description="A video.")
    DOCUMENT = strawberry.enum_value("document", description="A document.")
    LOCATION = strawberry.enum_value("location", description="A place.")
    UNKNOWN = strawberry.enum_value("unknown", description="Something that is not known here.")


@strawberry.enum(description="What a button of a template does.")
class TemplateButtonKind(Enum):
    """Values of `domain.template_components.ButtonKind`."""

    QUICK_REPLY = strawberry.enum_value("quick_reply", description="Answers with its words.")
    URL = strawberry.enum_value("url", description="Opens an address.")
    PHONE_NUMBER = strawberry.enum_value("phone_number", description="Calls a number.")
    COPY_CODE = strawberry.enum_value("copy_code", description="Copies a code.")
    ONE_TIME_CODE = strawberry.enum_value("otp", description="Copies a one-time code.")
    REQUEST_CONTACT_INFO = strawberry.enum_value(
        "request_contact_info", description="Asks for the phone number."
    )
    UNKNOWN = strawberry.enum_value("unknown", description="Something that is not known here.")


@strawberry.enum(description="Where a variable of a template stands.")
class TemplatePlace(Enum):
    """The parts of a template that take a value."""

    HEADER = strawberry.enum_value("header", description="Above the words.")
    BODY = strawberry.enum_value("body", description="In the words.")
    BUTTON = strawberry.enum_value("button", description="In a button.")
