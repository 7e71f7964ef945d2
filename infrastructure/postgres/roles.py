"""The database roles of a hub: three that processes connect as, three that nobody can."""

from typing import ClassVar, Final

import psycopg
from psycopg import Connection, sql

from domain.errors import HubError
from infrastructure.postgres.connections import DatabaseRole, role_name
from infrastructure.settings import Settings
from infrastructure.vault.master_key import MasterKey

OWNER_ROLES: Final = ("owner", "append", "shred")
"""Roles without login: they own the tables, the functions that append, the function that erases."""


class MigrationFailed(HubError):
    """The database could not be brought to the state that this version needs."""

    code: ClassVar[str] = "MIGRATION_FAILED"
    hint: ClassVar[str] = "Correct what is named and run `hub migrate` again."


def role_tokens(prefix: str) -> dict[str, sql.Identifier]:
    """Every role by the name it has in the migration files."""
    return {name: sql.Identifier(f"{prefix}_{name}") for name in (*OWNER_ROLES, *DatabaseRole)}


def make_roles(connection: Connection, settings: Settings, key: MasterKey) -> None:
    """Create the roles that are missing and give the login roles the passwords of this hub.

    Raises MigrationFailed when the given role may not do that, or when the roles belong to a hub
    with another master key.
    """
    may_create = connection.execute(
        "SELECT rolsuper OR rolcreaterole FROM pg_roles WHERE rolname = current_user"
    ).fetchone()
    mark = f"Lawyers-Hub, master key {key.fingerprint}"
    try:
        for name in (*OWNER_ROLES, *DatabaseRole):
            _make_role(
                connection,
                role_name(settings, name),
                mark,
                key if name in set(DatabaseRole) else None,
            )
    except psycopg.errors.InsufficientPrivilege as error:
        reason = "" if may_create and may_create[0] else " It needs CREATEROLE."
        raise MigrationFailed(
            f"The role in HUB_DATABASE_URL may not make the roles of the hub: {error}.{reason}",
            hint="Give that role CREATEROLE (ALTER ROLE … CREATEROLE) or use another role.",
        ) from error


def _make_role(connection: Connection, name: str, mark: str, key: MasterKey | None) -> None:
    known = connection.execute(
        """
        SELECT rolsuper OR rolbypassrls, shobj_description(oid, 'pg_authid')
        FROM pg_roles WHERE rolname = %s
        """,
        (name,),
    ).fetchone()
    identifier = sql.Identifier(name)
    if known is None:
        login = sql.SQL("LOGIN" if key else "NOLOGIN")
        connection.execute(sql.SQL("CREATE ROLE {} {}").format(identifier, login))
        connection.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(identifier, mark))
        # SET ROLE while migrating needs membership; a superuser has it without.
        connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(identifier))
    else:
        _check_known_role(name, is_unsafe=known[0], mark=mark, found=known[1])
    if key:
        password = key.password(name)
        verifier = connection.pgconn.encrypt_password(password.encode(), name.encode())
        connection.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(identifier, verifier.decode())
        )


def _check_known_role(name: str, *, is_unsafe: bool, mark: str, found: str | None) -> None:
    if is_unsafe:
        raise MigrationFailed(
            f"The database role {name} exists and can bypass row-level security.",
            hint=f"ALTER ROLE {name} NOSUPERUSER NOBYPASSRLS, then run `hub migrate` again.",
        )
    if found != mark:
        raise MigrationFailed(
            f"The database role {name} exists and belongs to something else "
            f"({found or 'no comment'}; this hub is: {mark}).",
            hint="Restore the master key that the roles were made with, or give this hub roles of "
            "its own by HUB_DATABASE_ROLE_PREFIX.",
        )
