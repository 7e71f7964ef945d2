"""Setting webhook endpoints up: the address is looked at, the secret drawn and kept."""

from typing import NamedTuple

from domain.errors import InvalidInput
from domain.identity import TenantId, WebhookEndpointId
from infrastructure.destinations.destination import DestinationGuard, DestinationRefused
from infrastructure.destinations.failures import CallFailed
from infrastructure.vault.secret_store import SecretKind, SecretStore
from infrastructure.webhooks.signing import new_secret


class DrawnSecret(NamedTuple):
    """A new secret, to be shown once, and its name in events. Its representation hides it."""

    secret: str
    fingerprint: str

    def __repr__(self) -> str:
        return f"DrawnSecret({self.fingerprint}, …)"


class WebhookSetup:
    """What the command line and the API share. Waits for PostgreSQL and for DNS."""

    def __init__(self, secrets: SecretStore, guard: DestinationGuard) -> None:
        self._secrets = secrets
        self._guard = guard

    def check_address(self, url: str) -> None:
        """Raise InvalidInput for an address that may not be called, or that nobody knows.

        Each call checks it again: a name may lead elsewhere tomorrow.
        """
        try:
            self._guard.resolved(url)
        except DestinationRefused as refusal:
            raise InvalidInput(refusal.message, field=("url",), hint=refusal.next_step) from refusal
        except CallFailed as failed:
            raise InvalidInput(
                "The host of the address is not known to DNS.",
                field=("url",),
                hint="Check the name of the host, or wait until DNS knows it.",
            ) from failed

    def draw_secret(self, tenant_id: TenantId, endpoint_id: WebhookEndpointId) -> DrawnSecret:
        """Return a new secret of the endpoint, kept already."""
        secret = new_secret()
        fingerprint = self._secrets.put(
            tenant_id, SecretKind.WEBHOOK_SECRET, str(endpoint_id), secret
        )
        return DrawnSecret(secret, fingerprint)
