"""By what approved words and sent words are compared."""

from domain.identity import TenantId
from domain.outbound_body import OutboundBody, canonical_bytes
from domain.ports.vault import Vault


def body_digest(vault: Vault, tenant_id: TenantId, body: OutboundBody) -> str:
    """Return the keyed digest by which approved words and sent words are compared."""
    return vault.digest(tenant_id, "body", canonical_bytes(body))
