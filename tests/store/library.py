"""The event sourcing library on a test database."""

from uuid import UUID

from eventsourcing.postgres import PostgresDatastore
from psycopg.conninfo import conninfo_to_dict

from tests.database import HubDatabase


def datastore(url: str, *, pool_size: int = 5, tenant_id: UUID | None = None) -> PostgresDatastore:
    """A datastore of the library in the schema `hub`; in a session of one firm if given."""
    parts = conninfo_to_dict(url)
    made = PostgresDatastore(
        dbname=str(parts["dbname"]),
        host=str(parts["host"]),
        port="5432",
        user=str(parts["user"]),
        password=str(parts["password"]),
        schema="hub",
        pool_size=pool_size,
        max_overflow=12,
    )
    assert isinstance(made.pool.kwargs, dict)
    if tenant_id is not None:
        made.pool.kwargs["options"] = f"-c app.tenant={tenant_id}"
    return made


def environment(database: HubDatabase, tenant_id: UUID, url: str | None = None) -> dict[str, str]:
    """The environment by which an application of the library uses the hub's recorders."""
    parts = conninfo_to_dict(url or database.admin_url)
    return {
        "PERSISTENCE_MODULE": "infrastructure.postgres.library_factory",
        "POSTGRES_DBNAME": str(parts["dbname"]),
        "POSTGRES_HOST": str(parts["host"]),
        "POSTGRES_PORT": "5432",
        "POSTGRES_USER": str(parts["user"]),
        "POSTGRES_PASSWORD": str(parts["password"]),
        "POSTGRES_SCHEMA": "hub",
        "HUB_TENANT": str(tenant_id),
    }
