"""Setting a firm up: the firm, its sender numbers, members and tokens. Used by the command line."""

from datetime import datetime, timedelta
from typing import Final, NamedTuple
from uuid import UUID

from domain.aggregate import Command
from domain.dead_letter import (
    RETRIED_BY_LETTER,
    DeadLetterKind,
    DiscardDeadLetter,
    RetryDeadLetter,
    dead_letter_id_of,
)
from domain.draft import Draft
from domain.draft_return import returned_draft_id
from domain.errors import AlreadyExists, InvalidInput, NotFound, TooMuchContention
from domain.identity import (
    MediaId,
    MemberId,
    OutboundMessageId,
    SenderNumberId,
    TenantId,
    derived_id,
)
from domain.intake import IntakeFlow
from domain.intake_flow import PublishIntakeFlow
from domain.media_commands import RetryMedia
from domain.media_retention import SetMediaRetention
from domain.member import AddMember, IssueToken, RevokeToken
from domain.outbound_commands import DoubtDecision, SettleDoubt
from domain.outbound_retry import RetryOutbound, require_not_returned
from domain.provenance import Actor, ActorKind, Provenance
from domain.scopes import OPERATOR_SCOPES, Role, Scope
from domain.sender_limits import LimitSenderNumber
from domain.sender_number import (
    APP_SECRETS_MAX,
    AddSenderNumber,
    ChangeSenderNumberCredentials,
    PauseSenderNumber,
    ResumeSenderNumber,
    SenderNumber,
)
from domain.template_sync import RequestTemplateSync
from domain.tenant import CreateTenant, ResumeTenant, SuspendTenant
from domain.tenant_queue import ChooseTenantQueue
from infrastructure.tokens import last_four, new_token, token_sha256
from infrastructure.unique_ids import new_id
from infrastructure.vault.secret_store import SecretKind
from infrastructure.wiring import Store

_NUMBERS: Final = UUID("6d1f7a52-3a43-5c0e-9a53-2b1c0c7a9d10")
"""Origin of the ids of sender numbers: a number of Meta belongs to one firm at most."""

DEFAULT_APP: Final = "default"


class SenderSecrets(NamedTuple):
    """The secrets of a number: what signs its webhooks, greets them and lets it send."""

    app_secret: str
    verify_token: str
    access_token: str


class IssuedToken(NamedTuple):
    """A token; `token` is shown once and never again."""

    token_id: UUID
    token: str
    expires_at: datetime


class FirmSetup:
    """Carries out the set-up commands of an operator, the person at the command line."""

    def __init__(self, store: Store, operator: str) -> None:
        self._store = store
        self._actor = Actor(kind=ActorKind.OPERATOR, id=operator)

    def create_tenant(
        self,
        name: str,
        *,
        time_zone: str = "Asia/Jakarta",
        language: str = "id",
        intake: IntakeFlow | None = None,
    ) -> TenantId:
        """Set a firm up; with `intake` its words are published, which approves them."""
        tenant_id = TenantId(new_id())
        command = CreateTenant(
            tenant_id=tenant_id, name=name, time_zone=time_zone, language=language
        )
        self._handle(tenant_id, command)
        if intake is not None:
            self.publish_intake(tenant_id, intake)
        return tenant_id

    def publish_intake(self, tenant_id: TenantId, flow: IntakeFlow) -> None:
        """Publish a version of the firm's intake: each of its words is approved by this."""
        self.require_tenant(tenant_id)
        self._handle(
            tenant_id,
            PublishIntakeFlow(tenant_id=tenant_id, flow=flow),
        )

    def suspend_tenant(self, tenant_id: TenantId, reason: str) -> None:
        """Stop everything that would be sent for the firm."""
        self._handle(tenant_id, SuspendTenant(tenant_id=tenant_id, reason=reason))

    def resume_tenant(self, tenant_id: TenantId) -> None:
        """End the suspension."""
        self._handle(tenant_id, ResumeTenant(tenant_id=tenant_id))

    def choose_queue(self, tenant_id: TenantId, *, is_own: bool) -> None:
        """Let a firm's messages be served by workers of its own, or by the shared ones."""
        self._handle(tenant_id, ChooseTenantQueue(tenant_id=tenant_id, is_own=is_own))

    def set_media_retention(self, tenant_id: TenantId, days: int | None, reason: str) -> None:
        """Set how long a firm keeps files of intakes that went nowhere; None: as the hub does."""
        self._handle(tenant_id, SetMediaRetention(tenant_id=tenant_id, days=days, reason=reason))

    def add_sender_number(
        self,
        tenant_id: TenantId,
        *,
        waba_id: str,
        phone_number_id: str,
        display_phone: str,
        secrets: SenderSecrets,
        app: str = DEFAULT_APP,
        graph_url: str | None = None,
    ) -> SenderNumberId:
        """Connect a number, or give a connected one new secrets.

        The former app secret stays valid beside a new one until the next change: webhooks signed
        with it may still be under way. Raises NotFound, InvalidInput, AlreadyExists when the number
        belongs to another firm.
        """
        self.require_tenant(tenant_id)
        number_id = sender_number_id_of(phone_number_id)
        number = SenderNumber.replay_records(
            number_id, self._store.journal.load(tenant_id, number_id)
        )
        check_secrets(secrets)
        fingerprint = self._store.secrets.fingerprint
        app_fingerprint = fingerprint(SecretKind.APP_SECRET, app, secrets.app_secret)
        token_fingerprint = fingerprint(
            SecretKind.ACCESS_TOKEN, str(number_id), secrets.access_token
        )
        if number.exists:
            _must_be_the_same(number, waba_id, display_phone)
            self._keep_secrets(tenant_id, number_id, app, secrets)
            fingerprints = (app_fingerprint, *number.app_fingerprints)
            self._handle(
                tenant_id,
                ChangeSenderNumberCredentials(
                    sender_number_id=number_id,
                    app=app,
                    app_fingerprints=tuple(dict.fromkeys(fingerprints))[:APP_SECRETS_MAX],
                    access_token_fingerprint=token_fingerprint,
                    graph_url=graph_url,
                ),
            )
            return number_id
        self._connect(
            tenant_id,
            AddSenderNumber(
                sender_number_id=number_id,
                waba_id=waba_id,
                phone_number_id=phone_number_id,
                display_phone=display_phone,
                app=app,
                app_fingerprints=(app_fingerprint,),
                access_token_fingerprint=token_fingerprint,
                graph_url=graph_url,
            ),
        )
        # Last, so that secrets for a number of another firm are not kept.
        self._keep_secrets(tenant_id, number_id, app, secrets)
        return number_id

    def _connect(self, tenant_id: TenantId, command: AddSenderNumber) -> None:
        try:
            self._handle(tenant_id, command)
        except TooMuchContention as error:
            raise number_of_another_firm() from error

    def sync_templates(self, tenant_id: TenantId, sender_number_id: SenderNumberId) -> UUID:
        """Ask for the templates of a number's account to be read; returns the id of the sync."""
        records = self._store.journal.load(tenant_id, sender_number_id)
        number = SenderNumber.replay_records(sender_number_id, records)
        number.must_exist()
        sync_id = new_id()
        command = RequestTemplateSync(sync_id=sync_id, waba_id=number.waba_id)
        self._handle(tenant_id, command)
        return sync_id

    def pause_sender_number(
        self, tenant_id: TenantId, sender_number_id: SenderNumberId, reason: str
    ) -> None:
        """Send nothing from a number until it is resumed. Raises NotFound, InvalidInput."""
        command = PauseSenderNumber(sender_number_id=sender_number_id, reason=reason)
        self._handle(tenant_id, command)

    def resume_sender_number(self, tenant_id: TenantId, sender_number_id: SenderNumberId) -> None:
        """Let a number send again. Raises NotFound."""
        self._handle(tenant_id, ResumeSenderNumber(sender_number_id=sender_number_id))

    def limit_sender_number(
        self,
        tenant_id: TenantId,
        sender_number_id: SenderNumberId,
        *,
        level_per_second: int,
        chosen_per_second: int | None,
    ) -> None:
        """Set how many messages per second the number may send. Raises InvalidInput."""
        self._handle(
            tenant_id,
            LimitSenderNumber(
                sender_number_id=sender_number_id,
                level_per_second=level_per_second,
                chosen_per_second=chosen_per_second,
            ),
        )

    def retry_message(self, tenant_id: TenantId, message_id: OutboundMessageId) -> None:
        """Send a message again that was given up. Raises NotFound, TooLateToChange."""
        draft_id = returned_draft_id(message_id)
        require_not_returned(
            Draft.replay_records(draft_id, self._store.journal.load(tenant_id, draft_id))
        )
        self._handle(tenant_id, RetryOutbound(outbound_message_id=message_id))

    def settle_doubt(
        self, tenant_id: TenantId, message_id: OutboundMessageId, decision: DoubtDecision
    ) -> None:
        """Decide about a message whose answer was lost. Raises NotFound, AttemptNotUnderway."""
        self._handle(tenant_id, SettleDoubt(outbound_message_id=message_id, decision=decision))

    def retry_dead_letter(self, tenant_id: TenantId, item_id: UUID, kind: DeadLetterKind) -> None:
        """Do something once more that was given up.

        Raises NotFound, TooLateToChange, MediaNotRetryable, and InvalidInput for what the hub
        cannot do by itself.
        """
        if kind is DeadLetterKind.MESSAGE:
            self.retry_message(tenant_id, OutboundMessageId(item_id))
        elif kind is DeadLetterKind.MEDIA:
            self._handle(tenant_id, RetryMedia(media_id=MediaId(item_id)))
        elif kind in RETRIED_BY_LETTER:
            self._handle(
                tenant_id,
                RetryDeadLetter(
                    dead_letter_id=dead_letter_id_of(item_id), item_id=item_id, kind=kind
                ),
            )
        else:
            raise InvalidInput(
                f"The hub cannot do work of the kind {kind} once more by itself.",
                field=("kind",),
                hint="Do it anew where it was begun, or discard it with a reason.",
            )

    def discard_dead_letter(
        self, tenant_id: TenantId, item_id: UUID, kind: DeadLetterKind, reason: str
    ) -> None:
        """Set something aside that was given up. Raises InvalidInput."""
        command = DiscardDeadLetter(
            dead_letter_id=dead_letter_id_of(item_id), item_id=item_id, kind=kind, reason=reason
        )
        self._handle(tenant_id, command)

    def _keep_secrets(
        self, tenant_id: TenantId, number_id: UUID, app: str, secrets: SenderSecrets
    ) -> None:
        keep = self._store.secrets.put
        keep(tenant_id, SecretKind.APP_SECRET, app, secrets.app_secret)
        keep(tenant_id, SecretKind.VERIFY_TOKEN, app, secrets.verify_token)
        keep(tenant_id, SecretKind.ACCESS_TOKEN, str(number_id), secrets.access_token)

    def add_member(self, tenant_id: TenantId, *, name: str, email: str, role: Role) -> MemberId:
        """Let a person join the firm. Raises NotFound, InvalidInput."""
        self.require_tenant(tenant_id)
        member_id = MemberId(new_id())
        self._handle(tenant_id, AddMember(member_id=member_id, role=role, name=name, email=email))
        return member_id

    def issue_token(
        self,
        tenant_id: TenantId,
        member_id: MemberId,
        *,
        ttl_days: int,
        scopes: tuple[Scope, ...] = (),
    ) -> IssuedToken:
        """Make a token for a member; empty `scopes` mean all of the role's."""
        token = new_token()
        token_id = new_id()
        expires_at = self._store.clock.now() + timedelta(days=ttl_days)
        self._handle(
            tenant_id,
            IssueToken(
                member_id=member_id,
                token_id=token_id,
                token_sha256=token_sha256(token),
                last_four=last_four(token),
                expires_at=expires_at,
                scopes=scopes,
            ),
        )
        return IssuedToken(token_id=token_id, token=token, expires_at=expires_at)

    def revoke_token(self, tenant_id: TenantId, member_id: MemberId, token_id: UUID) -> None:
        """Stop a token at once."""
        self._handle(tenant_id, RevokeToken(member_id=member_id, token_id=token_id))

    def require_tenant(self, tenant_id: TenantId) -> None:
        """Raise NotFound unless the firm is known."""
        if not self._store.journal.load(tenant_id, tenant_id):
            raise NotFound(
                "There is no firm with this id.", hint="`hub tenant list` shows the firms."
            )

    def _handle(self, tenant_id: TenantId, command: Command) -> None:
        provenance = Provenance(tenant_id=tenant_id, actor=self._actor, correlation_id=new_id())
        self._store.hub.handle(command, provenance, OPERATOR_SCOPES)


def sender_number_id_of(phone_number_id: str) -> SenderNumberId:
    """Return the id of a number of Meta: one in all firms, so that only one can have it."""
    return SenderNumberId(derived_id(_NUMBERS, phone_number_id))


def number_of_another_firm() -> AlreadyExists:
    """Why a number cannot be connected that belongs to a firm which is not seen from here."""
    return AlreadyExists(
        "This phone number id is connected to another firm of this hub.",
        hint="Check the phone number id, or disconnect the number there first.",
    )


def _must_be_the_same(number: SenderNumber, waba_id: str, display_phone: str) -> None:
    """Raise InvalidInput where a connected number is described in another way than before."""
    known = (("waba_id", number.waba_id, waba_id),)
    phones = ("display_phone", _digits(number.display_phone), _digits(display_phone))
    for name, before, given in (*known, phones):
        if before != given:
            raise InvalidInput(
                f"This phone number id is connected with another {name.replace('_', ' ')}; "
                "nothing was changed.",
                field=(name,),
                hint="Give what the number was connected with to change its secrets; another "
                "number has a phone number id of its own.",
            )


def _digits(phone: str) -> str:
    return "".join(character for character in phone if character.isdigit())


def check_secrets(secrets: SenderSecrets) -> None:
    """Raise InvalidInput for what cannot be a secret: it would stop the webhooks of a whole app."""
    for name, value in secrets._asdict().items():
        if not value or value != value.strip() or not value.isprintable():
            words = name.replace("_", " ")
            raise InvalidInput(
                f"The {words} is empty, or has spaces or line breaks around it.",
                field=(name,),
                hint=f"Copy the {words} again, without quotes and line breaks.",
            )
