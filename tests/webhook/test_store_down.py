"""When PostgreSQL is away nothing is promised, and nothing half-written is left."""

import contextlib
from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from infrastructure.embedded import EmbeddedServers
from infrastructure.settings import Settings
from tests.api.firm import Firm
from tests.api.stack import Stack, running_stack
from tests.waiting import until
from tests.webhook.test_notifications import BODY, post, stored


@pytest.fixture
def own_stack(
    servers: EmbeddedServers, hub_settings: Settings, template_database: str
) -> Iterator[Stack]:
    """A stack whose database may be taken away."""
    with running_stack(servers, hub_settings, template_database, "hub_store_down") as running:
        yield running


@contextlib.contextmanager
def taken_away(stack: Stack, servers: EmbeddedServers) -> Iterator[None]:
    """The database lets nobody in, and cuts off who is in."""
    name = str(conninfo_to_dict(stack.database.admin_url)["dbname"])
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(servers.database_url, autocommit=True) as admin:
        admin.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,)
        )
        try:
            yield
        finally:
            admin.execute(allow.format(sql.Identifier(name), sql.SQL("true")))


def test_a_notification_is_answered_503_until_the_store_is_back(
    own_stack: Stack, servers: EmbeddedServers
) -> None:
    firm = Firm(own_stack, "Kantor Hukum Tangguh")
    own_stack.wait_until_seen(firm.tenant_id)
    assert post(own_stack, firm, BODY).status_code == 200
    with taken_away(own_stack, servers):
        answer = post(own_stack, firm, BODY)
        assert answer.status_code == 503
        assert int(answer.headers["retry-after"]) > 0
        assert answer.json()["error"]["code"] == "STORE_UNAVAILABLE"
        assert "hub_store_down" not in answer.text
        assert own_stack.client.get("/readyz").status_code == 503
        assert own_stack.client.get("/healthz").status_code == 200
        error = own_stack.graphql(firm.lawyer, "{ conversations { nodes { id } } }")
        assert error.status_code in {200, 503}
        assert error.json()["errors"][0]["extensions"]["code"] == "STORE_UNAVAILABLE"
        assert "hub_store_down" not in error.text
    until(lambda: post(own_stack, firm, BODY).status_code == 200, "the store is back")
    assert [item.body for item in stored(own_stack, firm)] == [BODY, BODY]
