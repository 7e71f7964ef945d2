"""The templates of an account as Meta keeps them: read the list, create, edit, delete."""

from collections.abc import Iterator
from typing import ClassVar, Protocol

import msgspec

from domain.errors import HubError
from domain.message_content import Personal
from domain.ports.whatsapp import AccessToken
from domain.template import TemplateQuality, TemplateStatus
from domain.template_components import ParameterFormat, TemplateCategory, TemplateComponents
from domain.template_rules import TemplateWording


class TemplateAccount(Personal, frozen=True):
    """An account (WABA) and the token that may manage its templates.

    `graph_url` replaces the address of the Graph API where the account has one of its own.
    """

    waba_id: str
    access_token: AccessToken
    graph_url: str | None = None


class ListedTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """A template as Meta lists it; `language` is normalised."""

    meta_template_id: str
    name: str
    language: str
    status: TemplateStatus
    category: TemplateCategory
    quality: TemplateQuality
    parameter_format: ParameterFormat
    components: TemplateComponents
    reason: str | None = None


class TemplateCallRefused(HubError):
    """Meta, or the way to Meta, refused a call about templates. Nothing was changed there.

    With `is_temporary` the same call may succeed later. `meta_code` is Meta's code, if it gave one;
    `words` and the next step explain it.
    """

    code: ClassVar[str] = "TEMPLATE_CALL_REFUSED"

    def __init__(
        self, words: str, *, next_step: str, is_temporary: bool, meta_code: int | None = None
    ) -> None:
        super().__init__(
            words if meta_code is None else f"{words} (Meta's code {meta_code})", hint=next_step
        )
        self.words = words
        self.is_temporary = is_temporary
        self.meta_code = meta_code


class TemplateGateway(Protocol):
    """Manages templates at Meta. Every method raises TemplateCallRefused."""

    def listed(self, account: TemplateAccount) -> Iterator[ListedTemplate]:
        """All templates of the account, page by page."""
        ...

    def create(self, account: TemplateAccount, wording: TemplateWording) -> str:
        """Submit a new template to Meta's review; returns Meta's id of it."""
        ...

    def edit(
        self, account: TemplateAccount, meta_template_id: str, wording: TemplateWording
    ) -> None:
        """Submit other words of a template to Meta's review."""
        ...

    def delete(self, account: TemplateAccount, name: str, meta_template_id: str) -> None:
        """Delete one language of a template. One that is not there any more is deleted."""
        ...
