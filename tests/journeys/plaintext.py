"""The search for what must not be readable anywhere, in every form in which it could stand."""

import base64
import json
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import quote

from psycopg import sql
from redis import Redis

from tests.journeys.stage import Stage

_BASE64_GROUP: Final = 3
_TABLES: Final = """
    SELECT namespace.nspname, class.relname
    FROM pg_class AS class JOIN pg_namespace AS namespace ON namespace.oid = class.relnamespace
    WHERE class.relkind IN ('r', 'm')
      AND namespace.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')
    ORDER BY 1, 2
"""
_STATISTICS: Final = "COPY (SELECT * FROM pg_stats) TO STDOUT"
"""The planner's statistics repeat the most common values of columns."""


def forms_of(value: str) -> dict[str, list[bytes]]:
    """The value as it would stand in files, dumps and messages, by the name of the form."""
    data = value.encode()
    escaped = json.dumps(value)[1:-1]
    return {
        "plain": [data, value.encode("utf-16-le"), value.encode("utf-16-be")],
        "json": [escaped.encode(), escaped.upper().encode(), escaped.replace("/", "\\/").encode()],
        "hex": [data.hex().encode(), data.hex().upper().encode()],
        "percent": [quote(value, safe="").encode(), quote(value, safe="").lower().encode()],
        "base64": [
            form
            for shift in range(_BASE64_GROUP)
            for form in _base64_forms(b"\0" * shift + data, shift)
        ],
    }


def _base64_forms(data: bytes, shift: int) -> list[bytes]:
    """The characters of a base64 text that depend on nothing but the value, at one alignment."""
    first = 0 if shift == 0 else 4
    whole = len(data) // _BASE64_GROUP * 4
    return [encode(data)[first:whole] for encode in (base64.b64encode, base64.urlsafe_b64encode)]


class Search:
    """Looks for values; each finding names the value, its form and the place."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._forms = [
            (name, kind, form)
            for name, value in values.items()
            for kind, forms in forms_of(value).items()
            for form in dict.fromkeys(forms)
        ]

    def look(self, place: str, data: bytes, *, kinds: frozenset[str] | None = None) -> set[str]:
        """What stands in the data, as `value (form) in place`."""
        return {
            f"{name} ({kind}) in {place}"
            for name, kind, form in self._forms
            if (kinds is None or kind in kinds) and form in data
        }


def tables(stage: Stage) -> Iterator[tuple[str, bytes]]:
    """Every table of the database, partitions and builds included, as COPY writes it."""
    with stage.administering() as connection:
        for schema, name in connection.execute(_TABLES).fetchall():
            statement = sql.SQL("COPY (SELECT * FROM {}) TO STDOUT").format(
                sql.Identifier(schema, name)
            )
            with connection.cursor().copy(statement) as copy:
                yield f"{schema}.{name}", b"".join(copy)
        with connection.cursor().copy(_STATISTICS) as copy:
            yield "pg_stats", b"".join(copy)


def files(stage: Stage) -> Iterator[tuple[str, bytes]]:
    """Every file of the home: tables and their log as they lie on disk, logs, metrics."""
    with stage.administering() as connection:
        connection.execute("CHECKPOINT")
    home = stage.hub.home
    for path in sorted(home.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(home)), path.read_bytes()


def redis_writes(stage: Stage) -> Iterator[tuple[str, bytes]]:
    """Every command that ever changed Redis, from its append-only file; packed values unpacked."""
    with Redis.from_url(stage.servers.redis_url) as redis:
        redis.config_set("appendfsync", "always")
        redis.set("tests:written", "1")
        redis.config_set("appendfsync", "everysec")
    (file,) = (path for path in _append_only_files(stage.hub.home) if path.stat().st_size)
    for number, arguments in enumerate(_commands(file.read_bytes())):
        for argument in arguments:
            yield f"Redis command {number} ({arguments[0].decode()})", argument
            unpacked = _unpacked(argument)
            if unpacked is not None:
                yield f"packed value in Redis command {number}", unpacked


def redis_values(stage: Stage) -> Iterator[tuple[str, bytes]]:
    """Every key of Redis with its value as Redis would hand it over."""
    with Redis.from_url(stage.servers.redis_url) as redis:
        for key in redis.scan_iter():
            yield f"Redis key {key!r}", key + b"\n" + (redis.dump(key) or b"")


def _append_only_files(home: Path) -> list[Path]:
    return [path for path in (home / "redis" / "data").rglob("*.aof*") if path.is_file()]


def _commands(data: bytes) -> Iterator[list[bytes]]:
    place = 0
    while place < len(data):
        count, place = _number(data, place, b"*")
        arguments = []
        for _ in range(count):
            length, place = _number(data, place, b"$")
            arguments.append(data[place : place + length])
            place += length + 2
        yield arguments


def _number(data: bytes, place: int, mark: bytes) -> tuple[int, int]:
    end = data.index(b"\r\n", place)
    assert data[place : place + 1] == mark, "the append-only file is not one"
    return int(data[place + 1 : end]), end + 2


def _unpacked(data: bytes) -> bytes | None:
    try:
        return zlib.decompress(data)
    except zlib.error:
        return None
