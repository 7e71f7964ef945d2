"""The system user that the servers run as when a hub is started by root.

PostgreSQL refuses to run as root. Like the wheel that brings it, we then run it as the system user
`pgserver`. That user must be able to reach folders inside root's own: it is given the right to pass
through them, and only that, and only to this one user, by an access control list.
"""

import os
import pwd
import shutil
import stat
import struct
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from infrastructure.embedded.errors import EmbeddedServerError

SERVER_USER: Final = "pgserver"

_ACL_ATTRIBUTE: Final = "system.posix_acl_access"
_ACL_HEADER: Final = struct.pack("<I", 2)
_ACL_ENTRY: Final = struct.Struct("<HHI")
_USER_OBJ, _USER, _GROUP_OBJ, _MASK, _OTHER = 0x01, 0x02, 0x04, 0x10, 0x20
_NO_ID: Final = 0xFFFFFFFF
_SEARCH: Final = 1


@dataclass(frozen=True, slots=True)
class SystemUser:
    """A user of this machine by its numbers."""

    uid: int
    gid: int

    def own(self, folder: Path) -> None:
        """Creates a folder that this user owns and nobody else may enter."""
        folder.mkdir(mode=0o700, exist_ok=True)
        os.chown(folder, self.uid, self.gid)

    def reach(self, path: Path) -> None:
        """Lets this user pass through every folder above `path`."""
        for folder in path.absolute().parents:
            status = folder.stat()
            if status.st_mode & stat.S_IXOTH or status.st_uid == self.uid:
                continue
            _grant_search(folder, self.uid, status.st_mode)


def server_user() -> SystemUser | None:
    """The user to run servers as: None means as ourselves. Creates the user when root needs it."""
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(SERVER_USER)
    except KeyError:
        _create_server_user()
        entry = pwd.getpwnam(SERVER_USER)
    return SystemUser(entry.pw_uid, entry.pw_gid)


def _create_server_user() -> None:
    useradd = shutil.which("useradd")
    if useradd is None:
        raise EmbeddedServerError(
            f"PostgreSQL does not run as root, and there is no `useradd` to create {SERVER_USER}. "
            f"Start the hub as an ordinary user, or create the system user {SERVER_USER}."
        )
    options = ["--system", "--user-group", "--no-create-home", "--shell", "/usr/sbin/nologin"]
    done = subprocess.run(
        [useradd, *options, SERVER_USER], capture_output=True, text=True, check=False
    )
    exists_already = 9  # exit status of useradd when another process was quicker
    if done.returncode not in {0, exists_already}:
        raise EmbeddedServerError(
            f"PostgreSQL does not run as root, and the system user {SERVER_USER} could not be "
            f"created: {done.stderr.strip()}. Start the hub as an ordinary user."
        )


def _grant_search(folder: Path, uid: int, mode: int) -> None:
    try:
        entries = _read_acl(folder, mode)
        if entries.get((_USER, uid), 0) & _SEARCH:
            return
        entries[(_USER, uid)] = _SEARCH
        entries[(_MASK, _NO_ID)] = entries.get((_MASK, _NO_ID), entries[(_GROUP_OBJ, _NO_ID)]) | 1
        packed = (_ACL_ENTRY.pack(tag, bits, who) for (tag, who), bits in sorted(entries.items()))
        os.setxattr(folder, _ACL_ATTRIBUTE, _ACL_HEADER + b"".join(packed))
    except (OSError, AttributeError) as error:  # no lists on this file system or this platform
        raise EmbeddedServerError(
            f"PostgreSQL does not run as root, and its user {SERVER_USER} may not pass through "
            f"{folder} ({error}). Start the hub as an ordinary user, set HUB_HOME to a folder such "
            f"as /var/lib/lawyers-hub, or allow it yourself with: chmod o+x {folder}"
        ) from error


def _read_acl(folder: Path, mode: int) -> dict[tuple[int, int], int]:
    try:
        packed = os.getxattr(folder, _ACL_ATTRIBUTE)
    except OSError:
        return {
            (_USER_OBJ, _NO_ID): mode >> 6 & 7,
            (_GROUP_OBJ, _NO_ID): mode >> 3 & 7,
            (_OTHER, _NO_ID): mode & 7,
        }
    return {(tag, who): bits for tag, bits, who in _ACL_ENTRY.iter_unpack(packed[4:])}
