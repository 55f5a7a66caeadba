"""redline search and redline reindex, on what the functions indexed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from runtime import cli
from runtime.reindex import Reindexing
from tests.functions.conftest import valkey, world
from tests.functions.test_index import entries, index, run_chain
from tests.functions.world import World, docx

__all__ = ["valkey", "world"]

NAME = "contracts/my lease.docx"
TEXTS = ("The rent is due monthly.\nThe end.", "The rent is due weekly.\nA penalty applies.\nThe end.")


@pytest.fixture
def root(world: World) -> Path:
    """A pipeline that took two versions of a document."""
    index(world, *run_chain(world, *(world.upload(NAME, docx(text)) for text in TEXTS)))
    return world.services.settings.root


def redline(*arguments: str | Path) -> Result:
    done = CliRunner().invoke(cli.main, list(map(str, arguments)), prog_name="redline")
    assert done.exception is None or isinstance(done.exception, SystemExit)
    return done


def search(root: Path, *words: str) -> Result:
    return redline("search", "--root", root, *words)


def test_hits_are_shown_with_path_kind_and_snippet(root: Path) -> None:
    shown = search(root, "kind:insertion", "penalty").stdout
    assert NAME in shown
    assert "A penalty applies." in shown
    assert "1 hit" in shown
    assert "monthly → weekly" in search(root, "monthly").stdout


def test_json_has_ranges_and_everything_about_a_hit(root: Path, world: World) -> None:
    told = json.loads(search(root, "--json", "penal*", f'document:"{NAME}"').stdout)
    assert (told["total"], told["page"], told["per_page"]) == (2, 1, 10)
    hit = next(hit for hit in told["hits"] if hit["kind"] == "insertion")
    versions = [version.generation for version in world.record(NAME).versions]
    assert (hit["path"], hit["before_generation"], hit["generation"]) == (NAME, *versions)
    assert [hit["snippet"][start:end] for start, end in hit["highlights"]] == ["penalty"]


def test_pages(root: Path) -> None:
    first = json.loads(search(root, "--json", "--per-page", "1", "--all-versions", "rent").stdout)
    second = json.loads(search(root, "--json", "--per-page", "1", "--page", "2", "--all-versions", "rent").stdout)
    assert first["total"] == second["total"] == 2
    assert first["hits"][0]["generation"] != second["hits"][0]["generation"]
    assert "page 1 of 2; next: --page 2" in search(root, "--per-page", "1", "--all-versions", "rent").stdout
    assert json.loads(search(root, "--json", "--page", "999999999", "rent").stdout)["hits"] == []


def test_nothing_found_says_where_there_would_be_something(root: Path) -> None:
    assert search(root, "monthly", "kind:document").stdout == "Nothing found. There is 1 hit with --all-versions.\n"
    assert search(root, "absent").stdout == "Nothing found.\n"


def test_a_word_may_be_left_out_whatever_letter_it_begins_with(root: Path) -> None:
    assert "1 hit" in search(root, "rent", "-handover").stdout
    assert search(root, "rent", "-end").stdout == "Nothing found.\n"


@pytest.mark.parametrize(
    ("typed", "status", "said"),
    [
        ("kind:x", 2, "There is no kind 'x'"),
        ('"open', 2, "not closed"),
        ("document:contracts/my-lease.docx", 1, "did you mean"),
    ],
)
def test_a_bad_query_is_refused_in_a_sentence(root: Path, typed: str, status: int, said: str) -> None:
    done = search(root, typed)
    assert done.exit_code == status
    assert said in done.stderr


def test_a_lost_index_is_named_and_built_anew_as_it_was(root: Path, world: World) -> None:
    wanted = entries(world)
    for file in (world.services.settings.layout.search).iterdir():
        if file.name == "current":
            file.unlink()
    assert "redline reindex" in search(root, "rent").stdout
    assert redline("reindex", "--root", root).stdout.startswith("1 document with 3 versions and redlines indexed in ")
    assert entries(world) == wanted


def test_what_is_indexed_or_erased_during_a_rebuild_is_right_afterwards(root: Path, world: World) -> None:
    wanted = entries(world)
    (late,) = run_chain(world, world.upload("late.docx", docx("late")))
    calls = []

    def meanwhile(done: int, total: int) -> None:
        calls.append((done, total))
        if len(calls) == 1:
            index(world, late)
            world.upload("b.docx", docx("b"))

    world.services.search.rebuild(Reindexing(world.services, meanwhile))
    assert len(entries(world)) == len(wanted) + 1
    assert wanted < entries(world)
    assert calls[-1][0] == calls[-1][1] == 2


def test_damaged_objects_are_counted(root: Path, world: World) -> None:
    for kept in world.services.settings.layout.blobs.glob("buckets/normalized/**/*.data"):
        kept.write_bytes(b"damaged")
    assert "2 of them could not be read" in redline("reindex", "--root", root).stdout
