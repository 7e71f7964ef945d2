"""Checks of PostgreSQL and Redis, and of the clock that both sides must agree on."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final

import psycopg
import redis
from psycopg import Connection

from infrastructure.diagnosis.finding import Finding, State
from infrastructure.postgres.connections import DatabaseRole, role_name, role_url
from infrastructure.postgres.migrate import SERVER_VERSION_MIN, migrations
from infrastructure.settings import Settings

CLOCK_DIFFERENCE_MAX: Final = timedelta(seconds=2)
REDIS_VERSION_MIN: Final = (6, 2)
_CONNECT_TIMEOUT_S: Final = 5
_MIGRATE: Final = "Run `hub migrate`."


def check_postgres(settings: Settings, admin_url: str) -> list[Finding]:
    """PostgreSQL itself, the roles, the migrations, the clock."""
    try:
        with Connection.connect(
            admin_url, autocommit=True, connect_timeout=_CONNECT_TIMEOUT_S
        ) as connection:
            roles = _check_roles(connection, settings)
            logins = [_check_logins(settings, admin_url)] if roles.state is State.OK else []
            return [
                _check_server(connection),
                roles,
                *logins,
                _check_migrations(connection),
                _check_clock(connection),
            ]
    except psycopg.Error as error:
        return [
            Finding(
                "postgresql",
                State.WRONG,
                f"cannot be used: {str(error).strip()}",
                "Check HUB_DATABASE_URL, that the server runs and that it lets this machine in.",
            )
        ]


def _check_server(connection: Connection[Any]) -> Finding:
    version = connection.info.parameter_status("server_version") or "unknown"
    if connection.info.server_version < SERVER_VERSION_MIN:
        return Finding(
            "postgresql", State.WRONG, f"version {version}", "Use PostgreSQL 15 or newer."
        )
    settings = dict(
        connection.execute(
            "SELECT name, setting FROM pg_settings WHERE name IN ('fsync', 'full_page_writes')"
        ).fetchall()
    )
    unsafe = [name for name, value in settings.items() if value != "on"]
    if unsafe:
        return Finding(
            "postgresql",
            State.WRONG,
            f"version {version}, but {' and '.join(unsafe)} is off: a power cut loses events",
            "Switch it on in postgresql.conf and restart the server.",
        )
    return Finding("postgresql", State.OK, f"version {version}")


def _check_roles(connection: Connection[Any], settings: Settings) -> Finding:
    names = [role_name(settings, role) for role in DatabaseRole]
    rows = connection.execute(
        "SELECT rolname, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = ANY(%s)", (names,)
    ).fetchall()
    found = dict(rows)
    missing = [name for name in names if name not in found]
    if missing:
        return Finding("roles", State.WRONG, f"there is no {', '.join(missing)}", _MIGRATE)
    unsafe = [name for name, may_bypass in found.items() if may_bypass]
    if unsafe:
        return Finding(
            "roles",
            State.WRONG,
            f"{', '.join(unsafe)} can bypass row-level security: firms are not kept apart",
            "\n".join(f"ALTER ROLE {name} NOSUPERUSER NOBYPASSRLS;" for name in unsafe),
        )
    return Finding("roles", State.OK, f"{', '.join(names)} cannot bypass row-level security")


def _check_logins(settings: Settings, admin_url: str) -> Finding:
    for role in DatabaseRole:
        try:
            psycopg.connect(
                role_url(settings, admin_url, role), connect_timeout=_CONNECT_TIMEOUT_S
            ).close()
        except psycopg.Error as error:
            return Finding(
                "logins",
                State.WRONG,
                f"{role_name(settings, role)} cannot log in: {str(error).strip()}",
                "Run `hub migrate`; it gives the roles the passwords that follow from the master "
                "key. If it refuses, this is not the master key that the roles were made with.",
            )
    return Finding("logins", State.OK, "every role can log in")


def _check_migrations(connection: Connection[Any]) -> Finding:
    known = {migration.number: migration.name for migration in migrations()}
    try:
        rows = connection.execute("SELECT number FROM hub.migration").fetchall()
    except psycopg.errors.UndefinedTable:
        return Finding("migrations", State.WRONG, "the database is empty", _MIGRATE)
    applied = {row[0] for row in rows}
    missing = [name for number, name in known.items() if number not in applied]
    if missing:
        return Finding("migrations", State.WRONG, f"not applied: {', '.join(missing)}", _MIGRATE)
    if applied - known.keys():
        return Finding(
            "migrations",
            State.WRONG,
            "the database was used by a newer version of the hub",
            "Run that version.",
        )
    return Finding("migrations", State.OK, f"all {len(known)} are applied")


def _check_clock(connection: Connection[Any]) -> Finding:
    before = datetime.now(UTC)
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    after = datetime.now(UTC)
    theirs = row[0] if row else after
    difference = max(before - theirs, theirs - after, timedelta())
    if difference > CLOCK_DIFFERENCE_MAX:
        return Finding(
            "clock",
            State.WRONG,
            f"this machine and PostgreSQL are {difference.total_seconds():.1f} s apart",
            "Synchronise both clocks (NTP): service windows and token expiry depend on them.",
        )
    return Finding("clock", State.OK, f"{after.isoformat(timespec='seconds')}, as PostgreSQL's")


def check_redis(url: str) -> Finding:
    """Whether Redis answers and is set up so that it forgets nothing by itself."""
    try:
        with redis.Redis.from_url(
            url,
            socket_connect_timeout=_CONNECT_TIMEOUT_S,
            socket_timeout=_CONNECT_TIMEOUT_S,
            decode_responses=True,
        ) as client:
            info = client.info()
    except (redis.RedisError, ValueError, OSError) as error:
        return Finding(
            "redis",
            State.WRONG,
            f"cannot be used: {error}",
            "Check HUB_REDIS_URL, that the server runs and that it lets this machine in.",
        )
    version = str(info["redis_version"])
    if tuple(int(part) for part in version.split(".")[:2]) < REDIS_VERSION_MIN:
        return Finding("redis", State.WRONG, f"version {version}", "Use Redis 6.2 or newer.")
    weaknesses = []
    if not info["aof_enabled"]:
        weaknesses.append("it keeps no append-only file (appendonly yes)")
    if info["maxmemory_policy"] != "noeviction":
        weaknesses.append("it may drop jobs when memory is short (maxmemory-policy noeviction)")
    if weaknesses:
        return Finding(
            "redis",
            State.WARNING,
            f"version {version}, but {' and '.join(weaknesses)}",
            "Change what is in brackets; until then lost doorbells wait for the next sweep.",
        )
    return Finding("redis", State.OK, f"version {version}, append-only file, no eviction")
