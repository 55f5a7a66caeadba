"""What a caller of the library meets: types, options that do not exist, and inputs that are no bytes."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

import redline
from redline import CompareOptions, DocumentError, compare, verify
from redline.ooxml import W
from tests.conftest import CHECKOUT

from .builders import docx, p
from .judging import DATE, root

GOOD = docx(p("one"))
READERS: dict[str, Callable[[Any], object]] = {
    "compare, before": lambda data: compare(data, GOOD),
    "compare, after": lambda data: compare(GOOD, data),
    "verify, redline": lambda data: verify(data, GOOD, GOOD),
    "verify, before": lambda data: verify(GOOD, data, GOOD),
    "validate": redline.validate,
    "accept": redline.accept,
    "reject": redline.reject,
    "list_changes": redline.list_changes,
    "summarize": redline.summarize,
    "read_text": redline.read_text,
    "render_html": redline.render_html,
    "render_pdf": redline.render_pdf,
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize(
    "data", ["contract.docx", Path("contract.docx"), bytearray(GOOD), None], ids=lambda data: type(data).__name__
)
def test_what_is_not_bytes_is_refused_by_name(reader: str, data: object) -> None:
    with pytest.raises(TypeError, match=f"a document is bytes.*not {type(data).__name__}"):
        READERS[reader](data)


@pytest.mark.parametrize("reader", READERS)
def test_what_is_empty_is_a_document_error(reader: str) -> None:
    with pytest.raises(DocumentError) as caught:
        READERS[reader](b"")
    assert caught.value.code == "empty-file"


@pytest.mark.parametrize(
    "other",
    [b"%PDF-1.7\n", b"{\\rtf1 x}", b"<!DOCTYPE html><html></html>", b'<?xml version="1.0"?><pkg:package/>'],
    ids=["PDF", "RTF", "web page", "flat XML"],
)
def test_another_kind_of_document_is_not_compared_as_its_source(other: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        compare(other, other)
    assert caught.value.code == "unsupported-format"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("granularity", "letter"),
        ("existing_revisions", "drop"),
        ("before_format", "pdf"),
        ("after_format", "odt"),
        ("author", ""),
        ("author", "two\nlines"),
        ("author", "nul\x00"),
    ],
)
def test_options_that_cannot_be_met_are_refused_by_name(option: str, value: str) -> None:
    with pytest.raises(ValueError, match=option):
        CompareOptions(**{option: value})  # type: ignore[arg-type]


def test_a_date_without_a_zone_is_in_utc_wherever_it_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        document = compare(GOOD, docx(p("two")), CompareOptions(date=datetime(2026, 1, 2, 3, 4, 5))).docx
    finally:
        monkeypatch.undo()
        time.tzset()
    assert {mark.get(f"{W}date") for mark in root(document).iter(f"{W}ins")} == {"2026-01-02T03:04:05Z"}


@pytest.mark.parametrize("kind", ["text", "markdown"])
def test_a_redline_of_texts_is_verified_against_the_texts(kind: str) -> None:
    options = CompareOptions(date=DATE, before_format=kind, after_format=kind)  # type: ignore[arg-type]
    before, after = b"# One\n\ntwo *three*", b"# One\n\ntwo *four*"
    made = compare(before, after, options)
    assert [(change.before, change.after) for change in made.changes] == [("three", "four")]
    assert verify(made.docx, before, after, options=options).ok
    assert not verify(made.docx, before, before, options=options).ok


@pytest.mark.parametrize("package", ["redline", "schemas"])
def test_types_reach_the_caller(package: str) -> None:
    found = find_spec(package)
    assert found is not None
    assert found.origin is not None
    assert Path(found.origin).with_name("py.typed").is_file()


def test_whatever_a_result_holds_can_be_named() -> None:
    made = compare(GOOD, docx(p("two")))
    held = [*made.changes, made.changes[0].location, made.changes[0].kind, made.coverage, made.summary]
    assert {type(value).__name__ for value in held} <= set(redline.__all__)
    assert all(getattr(redline, name).__doc__ for name in redline.__all__)


def test_what_reads_a_text_is_loaded_without_what_compares() -> None:
    told = "import sys, redline; redline.read_text; print([name for name in sys.modules if 'comparer' in name])"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_name_that_does_not_exist_is_missed_as_in_any_module() -> None:
    with pytest.raises(AttributeError, match="module 'redline' has no attribute 'comparee'"):
        getattr(redline, "comparee")  # noqa: B009 - mypy knows that there is none
    assert set(redline.__all__) <= set(dir(redline))


MANY = """
import hashlib
from redline import CompareOptions, compare, render_html
from tests.redline.builders import everything
from tests.redline.judging import DATE
from tests.redline.mutate import mutate

digest = hashlib.sha256()
for seed in range(25):
    made = compare(everything(), mutate(everything(), seed, 12)[0], CompareOptions(date=DATE))
    digest.update(made.docx)
    digest.update(made.summary.model_dump_json().encode())
    digest.update(render_html(made.docx, changes=made.changes).encode())
print(digest.hexdigest())
"""


def test_another_process_gives_the_same_bytes() -> None:
    """Sets are in another order there: nothing of what is made may follow it."""
    made = {
        subprocess.run(
            [sys.executable, "-c", MANY],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=CHECKOUT,
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(made) == 1
