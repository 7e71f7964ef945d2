"""Started by root, the servers run as another user, who gets no right but to pass through."""

import os
import stat
from pathlib import Path

import pytest

from infrastructure.embedded import EmbeddedServerError, EmbeddedServers, system_user
from infrastructure.embedded.system_user import SystemUser, server_user
from tests.embedded.processes import processes_of

STRANGER = SystemUser(uid=54_321, gid=54_321)


def test_no_server_runs_as_root(servers: EmbeddedServers, servers_home: Path) -> None:
    running = processes_of(servers_home)
    assert 0 not in running["postgres"].uids()
    assert 0 not in running["redis"].uids()


def test_an_ordinary_user_runs_the_servers_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert server_user() is None


def test_a_user_may_pass_through_closed_folders_and_nothing_else(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    STRANGER.reach(closed / "file")
    STRANGER.reach(closed / "file")
    entries = system_user._read_acl(closed, closed.stat().st_mode)
    assert entries[(system_user._USER, STRANGER.uid)] == os.X_OK
    assert not closed.stat().st_mode & stat.S_IRWXO
    assert not closed.stat().st_mode & (stat.S_IRGRP | stat.S_IWGRP)


def test_rights_of_others_in_an_access_list_are_kept(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o750)
    other = SystemUser(uid=54_322, gid=54_322)
    other.reach(closed / "file")
    STRANGER.reach(closed / "file")
    entries = system_user._read_acl(closed, closed.stat().st_mode)
    assert entries[(system_user._USER, other.uid)] == os.X_OK
    assert entries[(system_user._GROUP_OBJ, system_user._NO_ID)] == os.R_OK | os.X_OK


def test_an_open_folder_is_left_as_it_is(tmp_path: Path) -> None:
    open_folder = tmp_path / "open"
    open_folder.mkdir()
    open_folder.chmod(0o755)
    STRANGER.reach(open_folder / "file")
    assert os.listxattr(open_folder) == []


def test_without_access_lists_the_message_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(os, "setxattr", refuse)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(EmbeddedServerError, match=r"chmod o\+x"):
        STRANGER.reach(closed / "file")


def test_without_a_way_to_create_the_user_the_message_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(system_user, "SERVER_USER", "nobody-has-this-name")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EmbeddedServerError, match="as an ordinary user"):
        server_user()
