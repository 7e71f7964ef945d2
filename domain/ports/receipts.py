"""Telling WhatsApp that a message was read, and that somebody writes."""

from typing import ClassVar, Protocol

from domain.errors import HubError
from domain.message_content import Personal
from domain.ports.whatsapp import AccessToken


class ReceiptCall(Personal, frozen=True):
    """Which message was read, by which number. With `typing` somebody writes as well."""

    phone_number_id: str
    access_token: AccessToken
    wamid: str
    typing: bool = False
    graph_url: str | None = None


class ReceiptRefused(HubError):
    """WhatsApp, or the way to it, did not take a receipt. With `is_temporary` it may later."""

    code: ClassVar[str] = "RECEIPT_REFUSED"

    def __init__(self, words: str, *, next_step: str, is_temporary: bool) -> None:
        super().__init__(words, hint=next_step)
        self.words = words
        self.is_temporary = is_temporary


class ReceiptGateway(Protocol):
    """The way to WhatsApp for receipts."""

    def show(self, call: ReceiptCall) -> None:
        """Show it; showing it twice changes nothing. Raises ReceiptRefused."""
        ...
