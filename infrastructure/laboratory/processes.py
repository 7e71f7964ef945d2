"""The processes of one hub and its embedded servers, found so that they can be harmed."""

import random
from collections.abc import Mapping
from typing import Final

import psutil

MARKS: Final[Mapping[str, tuple[str, ...]]] = {
    "serve": ("-m", "api", "serve"),
    "follow": ("-m", "api", "follow"),
    "outbound": ("work", "--queue", "outbound"),
    "assist": ("work", "--queue", "assist"),
    "media": ("work", "--queue", "media"),
    "bulk": ("work", "--queue", "bulk"),
    "schedule": ("-m", "api", "schedule"),
    "deliver": ("-m", "api", "deliver"),
}
"""The processes of a hub and the words of their command lines."""

SERVERS: Final = ("redis", "postgres", "postmaster")
"""`postgres` is a server process with its connection, `postmaster` the parent of all of them."""


def command_of(name: str) -> tuple[str, ...]:
    """The arguments of the interpreter that start one more process of a kind."""
    words = MARKS[name]
    return words if words[0] == "-m" else ("-m", "api", *words)


def find_process(name: str, home: str, supervisor_pid: int) -> int | None:
    """The id of a process of the hub in `home`; None while it is not there."""
    try:
        return _found(name, home, supervisor_pid)
    except psutil.NoSuchProcess:
        # One of those that were looked at ended meanwhile: who looks again sees more.
        return None


def _found(name: str, home: str, supervisor_pid: int) -> int | None:
    if name in MARKS:
        wanted = MARKS[name]
        for child in psutil.Process(supervisor_pid).children(recursive=True):
            if _is_marked(child, wanted):
                return child.pid
        return None
    servers = [process for process in psutil.process_iter(["pid"]) if _belongs(process, home)]
    if name == "redis":
        return next((p.pid for p in servers if "redis" in _name(p) or "valkey" in _name(p)), None)
    postmasters = [p for p in servers if "postgres" in _name(p)]
    if name == "postmaster":
        return postmasters[0].pid if postmasters else None
    backends = [
        child
        for postmaster in postmasters
        for child in postmaster.children()
        if "hub_serve" in " ".join(_words(child)) or "hub_follow" in " ".join(_words(child))
    ]
    return random.choice(backends).pid if backends else None  # noqa: S311 - any of them


def _is_marked(process: psutil.Process, wanted: tuple[str, ...]) -> bool:
    words = _words(process)
    return any(tuple(words[place : place + len(wanted)]) == wanted for place in range(len(words)))


def _belongs(process: psutil.Process, home: str) -> bool:
    return any(home in word for word in _words(process)) and _name(process) != "python"


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def _name(process: psutil.Process) -> str:
    try:
        return process.name()
    except psutil.Error:
        return ""
