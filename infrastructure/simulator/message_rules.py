"""What ``POST /<PHONE_NUMBER_ID>/messages`` accepts. Source: reference sections 7 and 7.1."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from infrastructure.simulator.accounts import PhoneNumber
from infrastructure.simulator.errors import GraphError
from infrastructure.simulator.identifiers import (
    is_business_scoped_id,
    is_wamid,
    recipient_digits,
)
from infrastructure.simulator.interactive_rules import check_interactive
from infrastructure.simulator.media import TYPES_BY_KIND, MediaStore, bare_type
from infrastructure.simulator.rules import (
    INVALID,
    MISSING,
    a_list,
    a_number,
    a_text,
    an_object,
    an_optional_text,
    objects,
)
from infrastructure.simulator.template_rules import check_parameters
from infrastructure.simulator.templates import Template, TemplateCatalogue

TEXT_MAX = 4096
CAPTION_MAX = 1024
FILE_NAME_MAX = 240
CALLBACK_DATA_MAX = 512
URL_MAX = 2000
CONTACTS_MAX = 257
EMOJI_MAX = 16

UNSUPPORTED_TYPE = 131051
GROUPS_NOT_ELIGIBLE = 131215
BSUID_NOT_SUPPORTED = 131062
MEDIA_REJECTED = 131053

_CAPTIONED = ("image", "video", "document")
_WEB_ADDRESS = re.compile(r"^https?://[^\s/]+")


class CheckedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """A send that passed the checks. One of ``digits`` and ``bsuid`` is set.

    ``later_failure`` is the code of a status ``failed`` that follows although the send was
    accepted.
    """

    type: str
    digits: str | None
    bsuid: str | None
    callback_data: str | None
    identity_hash: str | None
    template: Template | None = None
    later_failure: int | None = None


class MessageRules:
    """Checks a send against the rules and against the stored media and templates."""

    def __init__(
        self, media: MediaStore, templates: TemplateCatalogue, *, bsuid_sending: bool
    ) -> None:
        self._media = media
        self._templates = templates
        self._bsuid_sending = bsuid_sending
        self._checks: dict[str, Callable[[Mapping[str, Any]], None]] = {
            "text": _check_text,
            "location": _check_location,
            "contacts": _check_contacts,
            "reaction": _check_reaction,
            "interactive": lambda body: check_interactive(an_object(body, "interactive", "body")),
        }

    def check(self, body: Mapping[str, Any], number: PhoneNumber) -> CheckedMessage:
        """Raise GraphError for a send that the Graph API refuses."""
        if body.get("messaging_product") != "whatsapp":
            raise GraphError(100, "The parameter messaging_product is required: 'whatsapp'.")
        _check_recipient_type(body.get("recipient_type", "individual"))
        digits, bsuid = self._recipient(body, number)
        callback_data = an_optional_text(
            body, "biz_opaque_callback_data", "body", CALLBACK_DATA_MAX
        )
        kind = body.get("type", "text")
        if not isinstance(kind, str):
            raise GraphError(UNSUPPORTED_TYPE, "The parameter type must be a string.")
        _check_context(body, kind)
        template = None
        later_failure = None
        if kind == "template":
            template = self._check_template(body, number, to_bsuid=digits is None)
        elif kind in TYPES_BY_KIND:
            later_failure = self._check_media(body, kind)
        elif kind in self._checks:
            self._checks[kind](body)
        else:
            raise GraphError(UNSUPPORTED_TYPE, f"Message type {kind!r} is not supported.")
        return CheckedMessage(
            type=kind,
            digits=digits,
            bsuid=bsuid,
            callback_data=callback_data,
            identity_hash=an_optional_text(
                body, "recipient_identity_key_hash", "body", CALLBACK_DATA_MAX
            ),
            template=template,
            later_failure=later_failure,
        )

    def _recipient(
        self, body: Mapping[str, Any], number: PhoneNumber
    ) -> tuple[str | None, str | None]:
        """``to`` wins over ``recipient`` when both are given."""
        written, bsuid = body.get("to"), body.get("recipient")
        if written is None and bsuid is None:
            raise GraphError(MISSING, "One of the parameters to and recipient is required.")
        if written is not None:
            digits = recipient_digits(written, number.digits) if isinstance(written, str) else None
            if digits is None:
                raise GraphError(INVALID, "The parameter to is no phone number.")
            return digits, None
        if not isinstance(bsuid, str) or not is_business_scoped_id(bsuid):
            raise GraphError(INVALID, "The parameter recipient is no business-scoped user id.")
        if not self._bsuid_sending:
            raise GraphError(BSUID_NOT_SUPPORTED)
        return None, bsuid

    def _check_media(self, body: Mapping[str, Any], kind: str) -> int | None:
        medium = an_object(body, kind, "body")
        if kind in _CAPTIONED:
            an_optional_text(medium, "caption", kind, CAPTION_MAX)
        an_optional_text(medium, "filename", kind, FILE_NAME_MAX)
        media_id, link = medium.get("id"), medium.get("link")
        if (media_id is None) == (link is None):
            raise GraphError(MISSING, f"Exactly one of {kind}['id'] and {kind}['link'] is needed.")
        if link is not None:
            if not isinstance(link, str) or not _WEB_ADDRESS.match(link) or len(link) > URL_MAX:
                raise GraphError(INVALID, f"The parameter {kind}['link'] is no web address.")
            return None
        try:
            stored = self._media.get(str(media_id))
        except GraphError:
            raise GraphError(INVALID, f"The media id {media_id} is unknown or expired.") from None
        if bare_type(stored.mime_type) not in TYPES_BY_KIND[kind]:
            return MEDIA_REJECTED
        return None

    def _check_template(
        self, body: Mapping[str, Any], number: PhoneNumber, *, to_bsuid: bool
    ) -> Template:
        sent = an_object(body, "template", "body")
        name = a_text(sent, "name", "template", CALLBACK_DATA_MAX)
        code = a_text(an_object(sent, "language", "template"), "code", "template['language']", 20)
        template = self._templates.usable(number.waba_id, name, code)
        if to_bsuid and template.category == "AUTHENTICATION":
            raise GraphError(BSUID_NOT_SUPPORTED)
        components = sent.get("components") or []
        if not isinstance(components, list):
            raise GraphError(INVALID, "The parameter template['components'] must be an array.")
        check_parameters(
            template.components,
            template.parameter_format,
            objects(components, "template['components']"),
        )
        return template


def _check_recipient_type(recipient_type: object) -> None:
    if recipient_type == "group":
        raise GraphError(GROUPS_NOT_ELIGIBLE)
    if recipient_type != "individual":
        raise GraphError(100, "The parameter recipient_type is individual or group.")


def _check_context(body: Mapping[str, Any], kind: str) -> None:
    if body.get("context") is None:
        return
    if kind == "reaction":
        raise GraphError(INVALID, "A reaction cannot be a contextual reply.")
    message_id = a_text(an_object(body, "context", "body"), "message_id", "context", URL_MAX)
    if not is_wamid(message_id):
        raise GraphError(INVALID, "The parameter context['message_id'] is no message id.")


def _check_text(body: Mapping[str, Any]) -> None:
    a_text(an_object(body, "text", "body"), "body", "text", TEXT_MAX)


def _check_location(body: Mapping[str, Any]) -> None:
    location = an_object(body, "location", "body")
    a_number(location, "latitude", "location", -90.0, 90.0)
    a_number(location, "longitude", "location", -180.0, 180.0)
    an_optional_text(location, "name", "location", CAPTION_MAX)
    an_optional_text(location, "address", "location", CAPTION_MAX)


def _check_contacts(body: Mapping[str, Any]) -> None:
    for contact in objects(a_list(body, "contacts", "body", CONTACTS_MAX), "contacts"):
        name = an_object(contact, "name", "contacts")
        a_text(name, "formatted_name", "contacts['name']", CAPTION_MAX)


def _check_reaction(body: Mapping[str, Any]) -> None:
    reaction = an_object(body, "reaction", "body")
    if not is_wamid(a_text(reaction, "message_id", "reaction", URL_MAX)):
        raise GraphError(INVALID, "The parameter reaction['message_id'] is no message id.")
    if "emoji" not in reaction:
        raise GraphError(MISSING, "The parameter reaction['emoji'] is required.")
    an_optional_text(reaction, "emoji", "reaction", EMOJI_MAX)
