"""Where the gateway's credentials come from: the secret store, narrowed to what numbers use now."""

from api.reading import ReadModels
from api.webhook.app_secrets import AppCredentials
from infrastructure.postgres.connections import store_errors
from infrastructure.vault.secret_store import HeldSecret, SecretKind, SecretStore
from infrastructure.whatsapp.signature import AppSecret

_ACTIVE = "SELECT * FROM hub.active_app_secrets(%s)"


class StoredCredentials:
    """Loads the credentials of an app in all firms that use it."""

    def __init__(self, secrets: SecretStore, read_models: ReadModels) -> None:
        self._secrets = secrets
        self._read_models = read_models

    async def load(self, app: str) -> AppCredentials:
        """Return the credentials of an app. Raises StoreUnavailable, VaultUnavailable."""
        return await self._read_models.run(self._load, app)

    def _load(self, app: str) -> AppCredentials:
        with store_errors():
            held = self._secrets.of_holder(app)
        # A number that was just added is not in the directory yet: with no number at all, every
        # secret that is held counts. What no number accepts is set aside when it is ingested.
        active = {row[0] for row in self._read_models.look_up(_ACTIVE, (app,))}
        return AppCredentials(
            secrets=tuple(
                AppSecret(one.fingerprint, one.secret)
                for one in _different(held, SecretKind.APP_SECRET)
                if one.fingerprint in active or not active
            ),
            verify_tokens=tuple(
                one.secret.encode() for one in _different(held, SecretKind.VERIFY_TOKEN)
            ),
        )


def _different(held: list[HeldSecret], kind: SecretKind) -> list[HeldSecret]:
    """The secrets of one kind, each once: firms that share an app share its secret."""
    return list({one.fingerprint: one for one in held if one.kind is kind}.values())
