"""Numbers of firms at Meta: the checks of one that is about to be connected, or is already."""

from typing import NamedTuple

from domain.identity import SenderNumberId, TenantId
from domain.ports.whatsapp import AccessToken
from domain.sender_number import SenderNumber
from infrastructure.diagnosis.finding import Finding, State
from infrastructure.firm_setup import DEFAULT_APP, SenderSecrets
from infrastructure.http_pool import HttpClientPool
from infrastructure.sender_checks.meta_accounts import MetaAccounts, NumberAtMeta
from infrastructure.sender_checks.number_checks import BLOCKING, NumberChecks
from infrastructure.vault.secret_store import SecretKind
from infrastructure.wiring import Store

_PATH = "/webhooks/whatsapp"


class NewNumber(NamedTuple):
    """A number that is to be connected. Its representation shows no secret."""

    waba_id: str
    phone_number_id: str
    display_phone: str
    app: str
    secrets: SenderSecrets

    def __repr__(self) -> str:
        return f"NewNumber({self.phone_number_id})"


class Fingerprints(NamedTuple):
    """The names of the secrets of a number, as events hold them."""

    app_secret: str
    access_token: str


class SenderChecks:
    """Asks Meta about numbers. Waits for Meta and for PostgreSQL."""

    def __init__(self, store: Store, clients: HttpClientPool) -> None:
        self._store = store
        self._meta = MetaAccounts(
            clients,
            graph_url=store.settings.graph_api_url,
            graph_version=store.settings.graph_api_version,
        )

    def checks(self, number: NumberAtMeta) -> NumberChecks:
        """The checks of a number that its caller describes."""
        return NumberChecks(self._meta, number, self._store.clock.now())

    def look(self, new: NewNumber) -> list[Finding]:
        """Whether Meta confirms that the token belongs to the number and the account."""
        number = NumberAtMeta(
            waba_id=new.waba_id,
            phone_number_id=new.phone_number_id,
            access_token=AccessToken(new.secrets.access_token),
        )
        return self.checks(number).look(display_phone=new.display_phone)

    def fingerprints(self, number_id: SenderNumberId, new: NewNumber) -> Fingerprints:
        """The names of its secrets."""
        name = self._store.secrets.fingerprint
        return Fingerprints(
            app_secret=name(SecretKind.APP_SECRET, new.app, new.secrets.app_secret),
            access_token=name(SecretKind.ACCESS_TOKEN, str(number_id), new.secrets.access_token),
        )

    def keep_secrets(self, tenant_id: TenantId, number_id: SenderNumberId, new: NewNumber) -> None:
        """Keep its secrets; keeping them again changes nothing."""
        keep = self._store.secrets.put
        keep(tenant_id, SecretKind.APP_SECRET, new.app, new.secrets.app_secret)
        keep(tenant_id, SecretKind.VERIFY_TOKEN, new.app, new.secrets.verify_token)
        keep(tenant_id, SecretKind.ACCESS_TOKEN, str(number_id), new.secrets.access_token)

    def checks_of(self, tenant_id: TenantId, number: SenderNumber) -> NumberChecks | None:
        """The checks of a connected number; None where its access token is not kept."""
        token = self._store.secrets.get(
            tenant_id,
            SecretKind.ACCESS_TOKEN,
            str(number.id),
            number.access_token_fingerprint,
        )
        if token is None:
            return None
        return self.checks(
            NumberAtMeta(
                waba_id=number.waba_id,
                phone_number_id=number.phone_number_id,
                access_token=AccessToken(token),
                graph_url=number.graph_url,
            )
        )

    def examine(
        self, tenant_id: TenantId, number: SenderNumber, *, may_change: bool
    ) -> list[Finding]:
        """Everything about a connected number; with `may_change` the app is subscribed."""
        checks = self.checks_of(tenant_id, number)
        if checks is None:
            return [
                Finding(
                    "token",
                    State.WRONG,
                    "the access token of the number is not kept",
                    "Run `hub sender add` for the number again with its secrets.",
                )
            ]
        findings = checks.look(display_phone=number.display_phone)
        if not is_blocked(findings):
            path = callback_path(number.app)
            findings += checks.connect(callback_path=path, may_change=may_change)
        return findings


def is_blocked(findings: list[Finding]) -> bool:
    """Whether the number cannot be connected with this token."""
    return any(one.state is State.WRONG and one.name in BLOCKING for one in findings)


def callback_path(app: str) -> str:
    """Where the webhooks of an app come in."""
    return _PATH if app == DEFAULT_APP else f"{_PATH}/{app}"
