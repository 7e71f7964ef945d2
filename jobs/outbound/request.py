"""From an admitted message to the call that is made for it."""

from typing import cast

from domain.admission import Sending
from domain.contact import IdentityKind
from domain.errors import HubError
from domain.outbound_message import OutboundContent, callback_data
from domain.ports.whatsapp import AccessToken, Recipient, SendRequest
from domain.sender_number import SenderNumber


class AccessTokenMissing(HubError):
    """The vault has no access token for the number."""

    code = "ACCESS_TOKEN_MISSING"
    hint = "Run `hub sender add` for the number again with its access token."

    def __init__(self, number: SenderNumber) -> None:
        super().__init__(f"There is no access token for the number {number.display_phone}.")


def meta_media_id_of(sending: Sending) -> str | None:
    """Meta's id of the file of the body; None if there is none that can be used now."""
    if sending.hosted_file is None:
        return None
    return sending.hosted_file.usable_id(sending.now, lost=sending.message.needs.lost_file_ids)


def request_of(
    sending: Sending, token: AccessToken | None, meta_media_id: str | None = None
) -> SendRequest | None:
    """The call to make, with the file of this id.

    None when the contact has no identity that can be written to.

    Raises AccessTokenMissing.
    """
    number = sending.sender_number
    if token is None:
        raise AccessTokenMissing(number)
    known = sending.contact.details.identities if sending.contact.details else ()
    phone = next((each.value for each in known if each.kind is IdentityKind.PHONE), None)
    user_id = next((each.value for each in known if each.kind is IdentityKind.BSUID), None)
    if phone is not None and sending.message.needs.phone:
        user_id = None
    if phone is None and user_id is None:
        return None
    content = cast("OutboundContent", sending.message.content)
    outbound_id = sending.message.requested.outbound_message_id
    return SendRequest(
        phone_number_id=number.phone_number_id,
        access_token=token,
        recipient=Recipient(phone=phone, user_id=user_id),
        body=content.body,
        callback_data=callback_data(outbound_id, sending.message.attempt + 1),
        reply_to_wamid=content.reply_to_wamid,
        graph_url=number.graph_url,
        meta_media_id=meta_media_id,
    )
