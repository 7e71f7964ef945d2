"""What `hub doctor` finds in PostgreSQL and Redis, and the way out it names."""

import base64

import psycopg
import redis

from infrastructure.diagnosis.finding import Finding, State
from infrastructure.diagnosis.stores import check_postgres, check_redis
from infrastructure.embedded import EmbeddedServers
from tests.database import HubDatabase


def by_name(findings: list[Finding]) -> dict[str, Finding]:
    return {finding.name: finding for finding in findings}


def test_a_migrated_database_is_well(database: HubDatabase) -> None:
    findings = check_postgres(database.settings, database.admin_url)
    assert {finding.state for finding in findings} == {State.OK}
    assert by_name(findings).keys() == {"postgresql", "roles", "logins", "migrations", "clock"}


def test_an_empty_database_needs_migrations(
    database: HubDatabase, servers: EmbeddedServers
) -> None:
    findings = by_name(check_postgres(database.settings, servers.database_url))
    assert findings["migrations"].state is State.WRONG
    assert findings["migrations"].mend == "Run `hub migrate`."


def test_a_database_of_a_newer_version_is_wrong(database: HubDatabase) -> None:
    with psycopg.connect(database.admin_url) as connection:
        connection.execute(
            "INSERT INTO hub.migration (number, name, checksum) VALUES (9999, 'later', '')"
        )
    finding = by_name(check_postgres(database.settings, database.admin_url))["migrations"]
    assert finding.state is State.WRONG
    assert "newer version" in finding.found


def test_a_missing_role_is_wrong(database: HubDatabase) -> None:
    other = type(database.settings)(
        home=database.settings.home,
        master_key=database.settings.master_key,
        database_role_prefix="somebody",
    )
    findings = by_name(check_postgres(other, database.admin_url))
    assert findings["roles"].state is State.WRONG
    assert "somebody_serve" in findings["roles"].found
    assert "logins" not in findings


def test_roles_with_passwords_of_another_master_key_are_wrong(database: HubDatabase) -> None:
    other_key = base64.b64encode(b"another key that only tests use.").decode()
    other = type(database.settings)(home=database.settings.home, master_key=other_key)
    finding = by_name(check_postgres(other, database.admin_url))["logins"]
    assert finding.state is State.WRONG
    assert "hub_serve cannot log in" in finding.found


def test_a_role_that_can_bypass_row_level_security_is_wrong(database: HubDatabase) -> None:
    with psycopg.connect(database.admin_url, autocommit=True) as connection:
        connection.execute("ALTER ROLE hub_work BYPASSRLS")
        try:
            finding = by_name(check_postgres(database.settings, database.admin_url))["roles"]
        finally:
            connection.execute("ALTER ROLE hub_work NOBYPASSRLS")
    assert finding.state is State.WRONG
    assert finding.mend == "ALTER ROLE hub_work NOSUPERUSER NOBYPASSRLS;"


def test_a_database_that_does_not_answer_is_wrong(database: HubDatabase) -> None:
    (finding,) = check_postgres(database.settings, "postgresql://127.0.0.1:9/hub")
    assert finding.state is State.WRONG
    assert "HUB_DATABASE_URL" in finding.mend


def test_the_embedded_redis_is_well(servers: EmbeddedServers) -> None:
    assert check_redis(servers.redis_url).state is State.OK


def test_a_redis_that_forgets_is_a_warning(servers: EmbeddedServers) -> None:
    with redis.Redis.from_url(servers.redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            finding = check_redis(servers.redis_url)
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    assert finding.state is State.WARNING
    assert "noeviction" in finding.found


def test_a_redis_that_does_not_answer_is_wrong() -> None:
    for url in ("redis://127.0.0.1:9/0", "no address at all"):
        finding = check_redis(url)
        assert finding.state is State.WRONG
        assert "HUB_REDIS_URL" in finding.mend
