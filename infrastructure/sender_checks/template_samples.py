"""Samples for the headers of new templates: handed to Meta with the access token of a number."""

from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from domain.identity import SenderNumberId, TenantId
from domain.ports.templates import TemplateCallRefused
from domain.ports.whatsapp import AccessToken, SendErrorClass
from infrastructure.http_pool import HttpClientPool
from infrastructure.sender_checks.meta_accounts import (
    MetaAccounts,
    MetaAway,
    MetaRefused,
    NumberAtMeta,
)
from infrastructure.vault.secret_store import SecretKind
from infrastructure.whatsapp.errors import rule_for
from infrastructure.whatsapp.sample_upload import CloudApiSamples, SampleUpload, sample_refused
from infrastructure.wiring import Store

_TOKEN_INVALID: Final = 190


class SampleNumber(NamedTuple):
    """The number whose account and token a sample is for. The token is named by its fingerprint."""

    tenant_id: TenantId
    sender_number_id: SenderNumberId
    waba_id: str
    phone_number_id: str
    access_token_fingerprint: str
    graph_url: str | None


class SampleFile(NamedTuple):
    """A file that was looked into. `content` yields its bytes from a place on, `size` in all."""

    content_type: str
    size: int
    content: Callable[[int], Iterator[bytes]]


class TemplateSamples:
    """Hands samples to Meta. Waits for Meta and for PostgreSQL."""

    def __init__(self, store: Store, clients: HttpClientPool) -> None:
        self._secrets = store.secrets
        url, version = store.settings.graph_api_url, store.settings.graph_api_version
        self._meta = MetaAccounts(clients, graph_url=url, graph_version=version)
        self._uploads = CloudApiSamples(clients, graph_url=url, graph_version=version)

    def hand_over(self, number: SampleNumber, file: SampleFile) -> str:
        """Return Meta's handle of the file.

        Raises TemplateCallRefused, StoreUnavailable, VaultUnavailable, and what reading the file
        raises.
        """
        token = self._secrets.get(
            number.tenant_id,
            SecretKind.ACCESS_TOKEN,
            str(number.sender_number_id),
            number.access_token_fingerprint,
        )
        if token is None:
            raise TemplateCallRefused(
                "The access token of the number is not kept.",
                next_step="Run `hub sender add` for the number again with its secrets.",
                is_temporary=False,
            )
        access_token = AccessToken(token)
        ending = file.content_type.partition("/")[2]
        return self._uploads.hand_over(
            SampleUpload(
                app_id=self._app_id(number, access_token),
                access_token=access_token,
                content_type=file.content_type,
                # What the member calls it may name somebody, and is nothing to Meta.
                filename=f"sample.{ending}",
                size=file.size,
                content=file.content,
                graph_url=number.graph_url,
            )
        )

    def _app_id(self, number: SampleNumber, access_token: AccessToken) -> str:
        """The app that the token belongs to: sessions are opened for an app."""
        at_meta = NumberAtMeta(
            waba_id=number.waba_id,
            phone_number_id=number.phone_number_id,
            access_token=access_token,
            graph_url=number.graph_url,
        )
        try:
            facts = self._meta.token(at_meta)
        except MetaAway:
            failure = sample_refused("The Graph API did not answer.", SendErrorClass.TRANSIENT)
        except MetaRefused as refusal:
            failure = _refusal(refusal.code)
        else:
            if facts.is_valid and facts.app_id is not None:
                return facts.app_id
            failure = _refusal(_TOKEN_INVALID)
        # Raised here, so that Meta's words, which may name ids, do not tag along.
        raise failure


def _refusal(code: int | None) -> TemplateCallRefused:
    """What a code of Meta means; None where the refusal has none."""
    if code is None:
        return TemplateCallRefused(
            "The Graph API refused to say which app the access token belongs to.",
            next_step="Check what stands between the hub and Meta, then run `hub doctor`.",
            is_temporary=False,
        )
    rule = rule_for(code)
    return sample_refused(rule.words, rule.error_class, next_step=rule.next_step, code=code)
