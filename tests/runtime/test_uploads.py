from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.uploads import NotTakeable, is_complete, is_temporary, object_name, open_beneath, relative_path
from tests.runtime.doubles import zipped

path_bytes = st.lists(
    st.binary(min_size=1, max_size=12).filter(lambda raw: b"\0" not in raw and b"/" not in raw), min_size=1, max_size=3
).map(b"/".join)


@given(raw=path_bytes)
def test_a_name_leads_back_to_its_path(raw: bytes) -> None:
    name = object_name(os.fsdecode(raw))
    assert os.fsencode(relative_path(name)) == raw
    assert not any(ord(character) < 32 for character in name)
    name.encode()


@given(one=path_bytes, other=path_bytes)
def test_two_paths_never_have_one_name(one: bytes, other: bytes) -> None:
    assert (object_name(os.fsdecode(one)) == object_name(os.fsdecode(other))) == (one == other)


@pytest.mark.parametrize(
    ("path", "name"),
    [("a/b c.docx", "a/b c.docx"), ("50% off.docx", "50% off.docx"), ("a%20b", "a%2520b"), ("é\n", "é%0A")],
)
def test_names_stay_as_people_know_them_where_they_can(path: str, name: str) -> None:
    assert object_name(path) == name


@pytest.mark.parametrize("name", ["x.docx", "~x.docx", "tmp.docx", "backup.docx", "4913.docx", "#1.docx", "a.b.md"])
def test_ordinary_names_are_not_temporary(name: str) -> None:
    assert not is_temporary(name)


def _with_comment(comment: bytes) -> bytes:
    made = io.BytesIO(zipped("1"))
    with zipfile.ZipFile(made, "a") as archive:
        archive.comment = comment
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "complete"),
    [
        pytest.param(zipped("1"), True, id="a zip"),
        pytest.param(_with_comment(b"c" * 70), True, id="a zip with a comment"),
        pytest.param(_with_comment(b"PK\x05\x06" + b"c" * 40)[:-1], False, id="a zip cut in its comment"),
        pytest.param(zipped("1")[:-1], False, id="a zip cut by a byte"),
        pytest.param(zipped("1") + b"x", False, id="a zip and more"),
        pytest.param(b"PK\x03\x04", False, id="the start of a zip"),
        pytest.param(b"some text", False, id="no zip"),
        pytest.param(b"", False, id="nothing"),
    ],
)
def test_a_zip_shows_whether_it_is_complete(tmp_path: Path, content: bytes, complete: bool) -> None:
    (tmp_path / "x").write_bytes(content)
    with open_beneath(tmp_path, "x") as file:
        assert is_complete(file) is complete


@given(cut=st.integers(0, 110))
def test_no_part_of_a_zip_is_complete(cut: int) -> None:
    whole = zipped("1" * 20)
    part = whole[:cut]
    with io.BytesIO(part) as raw:
        assert is_complete(io.BufferedReader(raw)) is (part == whole)


def test_no_link_leads_out_of_the_folder(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (outside / "x").write_text("secret")
    (inside / "folder").symlink_to(outside)
    (inside / "file").symlink_to(outside / "x")
    for path in ("folder/x", "file"):
        with pytest.raises((NotTakeable, FileNotFoundError)), open_beneath(inside, path):
            pass


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir], ids=["pipe", "folder"])
def test_only_files_are_opened(tmp_path: Path, make: object) -> None:
    make(tmp_path / "x")  # type: ignore[operator]
    with pytest.raises(NotTakeable) as caught, open_beneath(tmp_path, "x"):
        pass
    assert caught.value.code == "not-a-file"


def test_a_path_too_long_for_an_object_name_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotTakeable) as caught, open_beneath(tmp_path, "/".join(["f" * 250] * 5)):
        pass
    assert caught.value.code == "name-too-long"
