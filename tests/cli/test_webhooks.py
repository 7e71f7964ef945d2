"""Webhook endpoints at the command line: added, tried out, listed, removed."""

from pathlib import Path
from typing import Any

from infrastructure.embedded import EmbeddedServers
from tests.cli.running import hub
from tests.database import MASTER_KEY, HubDatabase
from tests.jobs.other_system import other_system


def test_an_endpoint_is_added_tried_out_and_listed(
    database: HubDatabase, servers: EmbeddedServers, tmp_path: Path
) -> None:
    with other_system() as erp:
        environment = {
            "HUB_DATABASE_URL": database.admin_url,
            "HUB_REDIS_URL": servers.redis_url,
            "HUB_MASTER_KEY": MASTER_KEY,
            "HUB_INTERNAL_ORIGINS": erp.origin,
        }

        def run(*arguments: str) -> dict[str, Any]:
            ran = hub(*arguments, "--json", home=tmp_path, **environment)
            assert ran.status == 0, ran.error
            answer: dict[str, Any] = ran.json()
            return answer

        tenant = run("tenant", "create", "--name", "Melati", "--no-intake")["tenant_id"]
        added = run("webhooks", "add", "--tenant", tenant, "--url", erp.url)
        tried = run("webhooks", "test", added["webhook_endpoint_id"])
        assert tried["delivered"] is True
        (call,) = erp.calls
        assert call.json()["eventType"] == "WebhookTest"
        assert call.is_signed_by(added["secret"])
        inwards = hub(
            "webhooks",
            "add",
            "--tenant",
            tenant,
            "--url",
            "https://10.0.0.1/",
            home=tmp_path,
            **environment,
        )
        assert inwards.status == 1
        assert "private or reserved network" in inwards.error
