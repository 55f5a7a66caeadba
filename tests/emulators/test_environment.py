from __future__ import annotations

from pathlib import Path

import pytest

from tests.emulators.environment import own_python


def test_an_environment_is_made_once_and_found_again(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.cache is not None
    python = own_python(Path(pytestconfig.cache.mkdir("emulators")), "small", "six==1.17.0")
    made = python.lstat().st_mtime_ns
    assert own_python(Path(pytestconfig.cache.mkdir("emulators")), "small", "six==1.17.0") == python
    assert python.lstat().st_mtime_ns == made


def test_what_cannot_be_installed_is_skipped_or_fails_where_it_is_required(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert pytestconfig.cache is not None
    monkeypatch.setenv("REDLINE_TESTS_REQUIRE", "")
    with pytest.raises(pytest.skip.Exception, match="could not be installed"):
        own_python(Path(pytestconfig.cache.mkdir("emulators")), "nothing", "./no/such/folder")
    monkeypatch.setenv("REDLINE_TESTS_REQUIRE", "nothing")
    with pytest.raises(pytest.fail.Exception, match="REDLINE_TESTS_REQUIRE"):
        own_python(Path(pytestconfig.cache.mkdir("emulators")), "nothing", "./no/such/folder")


def test_the_folder_of_a_new_checkout_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDLINE_TESTS_REQUIRE", "")
    with pytest.raises(pytest.skip.Exception, match="could not be installed"):
        own_python(tmp_path / "d" / "emulators", "nothing", "./no/such/folder")
