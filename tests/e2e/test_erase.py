"""Erasing a document as a user does it: afterwards nothing below the root knows a word of it, nor its path."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from redline import read_text
from redline.opc.package import Package
from runtime.composition import build
from runtime.custody import Requests
from runtime.documents import Documents
from runtime.settings import Settings
from tests.e2e.pipeline import Pipeline, contract, eventually, run, wait_for_none

NAME = "clients/Zwickel/divorce.docx"
WORDS = ("Zwickel", "divorce", "Xanthippe")
SECRETS = ("Xanthippe keeps the house.", "Xanthippe keeps the boat.", "Xanthippe keeps the dog.")


@pytest.fixture
def pipeline(tmp_path: Path) -> Iterator[Pipeline]:
    with Pipeline(tmp_path / "root") as running:
        yield running


def drop_versions(pipeline: Pipeline, name: str = NAME, sentences: Sequence[str] = SECRETS) -> None:
    for number, sentence in enumerate(sentences, start=1):
        pipeline.drop(name, contract(sentence))
        pipeline.wait_for_facts(name, *["document.normalized"] * number, *["redline.completed"] * (number - 1))
        eventually(lambda made=number - 1: len(pipeline.results(name, ".summary.json")) == made, "it is delivered")


def told_of(path: Path) -> str:
    """What a file tells anybody who looks into it, also as a zip: what a search for words must search."""
    raw = path.read_bytes()
    if raw.startswith(b"PK"):
        package = Package.open(raw)
        raw += b"".join(package.read(name) for name in package.names)
    return raw.decode(errors="replace")


def traces(pipeline: Pipeline) -> dict[str, list[str]]:
    """Files and folders below the root whose name or content tells of the document, with the words."""
    root = pipeline.layout.root
    found = {}
    walked = os.walk(root)  # Path.rglob stumbles over what is removed meanwhile
    for path in (Path(folder, name) for folder, folders, files in walked for name in (*folders, *files)):
        name = str(path.relative_to(root))
        try:
            inside = told_of(path) if path.is_file() else ""
        except FileNotFoundError:
            continue
        if words := [word for word in WORDS if word.casefold() in f"{name} {inside}".casefold()]:
            found[name] = words
    found.pop("uploads/clients/Zwickel", None)  # a folder that the user made
    return found


def erase(pipeline: Pipeline, *names: str) -> str:
    done = run("erase", "--root", pipeline.layout.root, "--yes", "--reason", "Asked for by the client", *names)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_nothing_of_an_erased_document_is_found_and_nothing_comes_back(pipeline: Pipeline) -> None:
    drop_versions(pipeline)
    drop_versions(pipeline, "other.docx", ("Yorick pays.", "Yorick sings."))
    before = traces(pipeline)
    assert {word for words in before.values() for word in words} == set(WORDS)
    assert any("appendonlydir" in name for name in before), "the queue has seen the path"
    assert not any("buckets/normalized" in name for name in before), "what is kept of it is sealed"
    assert any("buckets/normalized" in str(path) for path in pipeline.layout.blobs.rglob("*.data"))
    said = erase(pipeline, NAME)
    assert "3 versions, 2 redlines" in said
    eventually(lambda: not traces(pipeline), "nothing of it is left")
    pipeline.send(signal.SIGINT)
    pipeline.start()
    assert not traces(pipeline)
    assert len(pipeline.results("other.docx", ".redline.docx")) == 1
    assert (pipeline.layout.uploads / "other.docx").exists()
    rows = pipeline.rows(NAME)
    assert [row.event_type for row in rows][-1] == "dev.redline.document.erased.v1"
    assert (rows[-1].details or {})["reason"] == "Asked for by the client"


def test_a_document_on_hold_is_not_erased(pipeline: Pipeline) -> None:
    drop_versions(pipeline)
    root = ("--root", pipeline.layout.root)
    held = run("hold", "place", *root, "--reason", "Litigation", NAME)
    assert held.returncode == 0, held.stderr
    assert "Litigation" in run("hold", "list", *root).stdout
    refused = run("erase", *root, "--yes", "--reason", "Tidying", NAME)
    assert refused.returncode == 1
    assert "hold" in refused.stdout
    assert len(pipeline.results(NAME, ".redline.docx")) == 2
    assert (pipeline.layout.uploads / NAME).exists()
    assert run("hold", "release", *root, "--reason", "Settled", NAME).returncode == 0
    assert "No hold stands" in run("hold", "list", *root).stdout
    erase(pipeline, NAME)
    eventually(lambda: not traces(pipeline), "nothing of it is left")
    told = [row.event_type.removeprefix("dev.redline.document.") for row in pipeline.rows(NAME)]
    about = [each for each in told if each.startswith(("hold", "eras"))]
    assert about == ["hold.placed.v1", "erasure.refused.v1", "hold.released.v1", "erased.v1"]


def test_an_erasure_survives_the_kill_of_everything(pipeline: Pipeline) -> None:
    drop_versions(pipeline)
    parts = build(Settings(root=pipeline.layout.root))
    Requests(parts, "Asked for").erase(Documents(parts).find(NAME))
    children = pipeline.processes()
    pipeline.send(signal.SIGKILL)
    wait_for_none(children)
    pipeline.start()
    eventually(lambda: not traces(pipeline), "nothing of it is left")
    rows = [row.event_type for row in pipeline.rows(NAME)]
    assert rows.count("dev.redline.document.erased.v1") == 1


def test_what_is_dropped_after_an_erasure_is_a_new_document(pipeline: Pipeline) -> None:
    drop_versions(pipeline)
    erase(pipeline, NAME)
    pipeline.drop(NAME, contract("A new start."))
    last = "dev.redline.document.normalized.v1"
    eventually(lambda: pipeline.rows(NAME)[-1].event_type == last, "it is taken as a new document")
    blobs = build(Settings(root=pipeline.layout.root)).blobs
    [kept] = blobs.generations("normalized")
    assert "A new start." in [paragraph.text for paragraph in read_text(blobs.get("normalized", *kept))]
