"""The master key is made once, readable by its owner alone, and refused when it is unusable."""

import base64
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from infrastructure.settings import Settings
from infrastructure.vault.master_key import MasterKey, MasterKeyUnusable, load_master_key


def test_the_key_file_is_made_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    first = load_master_key(Settings(home=tmp_path))
    path = tmp_path / "keys" / "master.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [entry.name for entry in path.parent.iterdir()] == ["master.key"]
    assert load_master_key(Settings(home=tmp_path)).fingerprint == first.fingerprint


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path)
    with ThreadPoolExecutor(8) as threads:
        keys = list(threads.map(lambda _: load_master_key(settings).fingerprint, range(8)))
    assert len(set(keys)) == 1


def test_the_setting_wins_over_the_file(tmp_path: Path) -> None:
    text = base64.b64encode(bytes(range(32))).decode()
    loaded = load_master_key(Settings(home=tmp_path, master_key=text))
    assert loaded.fingerprint == MasterKey(bytes(range(32))).fingerprint
    assert not (tmp_path / "keys").exists()


@pytest.mark.parametrize("text", ["not base64!", "QUJD", base64.b64encode(bytes(33)).decode()])
def test_an_unusable_key_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(MasterKeyUnusable) as refusal:
        load_master_key(Settings(home=tmp_path, master_key=text))
    assert text not in str(refusal.value)
    assert "HUB_MASTER_KEY" in refusal.value.next_step


def test_a_damaged_key_file_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "master.key"
    path.parent.mkdir()
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(MasterKeyUnusable, match=r"master\.key"):
        load_master_key(Settings(home=tmp_path))
    assert path.read_bytes() == b"\xff\xfe"


def test_nothing_of_the_key_shows_in_its_representation_or_its_passwords() -> None:
    key = MasterKey(b"k" * 32)
    assert "k" * 8 not in repr(key)
    assert key.password("hub_serve") != key.password("hub_work")
    assert len(key.password("hub_serve")) == 43
