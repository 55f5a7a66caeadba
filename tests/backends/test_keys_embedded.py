"""The key file."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from backends.keys.embedded import KEY_BYTES, KeyUnusable, load_key, load_or_create_key


def test_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "document-id.key"
    key = load_or_create_key(path)
    assert len(key) == KEY_BYTES
    assert load_or_create_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(path.parent.iterdir()) == [path]
    assert load_or_create_key(tmp_path / "other.key") != key


def test_all_who_come_at_once_get_the_same(tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: load_or_create_key(tmp_path / "key"), range(64)))
    assert len(keys) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o666])
def test_refuses_a_key_that_others_may_read(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    load_or_create_key(path)
    path.chmod(mode)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        load_or_create_key(path)


@pytest.mark.parametrize("content", [b"", b"short", bytes(KEY_BYTES + 1)])
def test_refuses_what_is_not_a_key(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key"
    path.touch(mode=0o600)
    path.write_bytes(content)
    with pytest.raises(KeyUnusable, match="does not hold a key"):
        load_or_create_key(path)


def test_says_when_the_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(KeyUnusable, match="cannot be used"):
        load_or_create_key(tmp_path)


def test_says_when_the_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(KeyUnusable, match="cannot be used"):
        load_or_create_key(tmp_path / "file" / "key")


def test_a_mounted_key_may_be_read_by_its_group(tmp_path: Path) -> None:
    path = tmp_path / "document.key"
    path.write_bytes(b"k" * KEY_BYTES)
    path.chmod(0o440)
    assert load_key(path) == b"k" * KEY_BYTES


@pytest.mark.parametrize("mode", [0o444, 0o460])
def test_a_mounted_key_is_refused_when_all_may_read_it_or_its_group_may_write_it(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "document.key"
    path.write_bytes(b"k" * KEY_BYTES)
    path.chmod(mode)
    with pytest.raises(KeyUnusable, match="chmod 600"):
        load_key(path)
