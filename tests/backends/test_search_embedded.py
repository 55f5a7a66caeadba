"""The index in a folder: what only its files can get wrong."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backends.errors import BackendUnavailable
from backends.search import IndexWriter, Query, Term
from backends.search.embedded import EmbeddedSearch
from backends.search.index import Step, TantivyIndex
from schemas.search import STANDINGS, SearchRecord
from tests.backends.crash import run_and_kill, some_moment
from tests.contract.searchable import DOCUMENT, OTHER, version, words


def keys(search: EmbeddedSearch) -> set[str]:
    return {hit.record.key for hit in search.find(Query("default", all_versions=True), limit=10_000).hits}


def folders(root: Path) -> list[str]:
    return sorted(path.name for path in root.iterdir() if path.is_dir())


def test_nothing_is_made_by_reading(tmp_path: Path) -> None:
    search = EmbeddedSearch(tmp_path / "search")
    assert search.find(Query("default", words("fee"))).total == 0
    assert search.versions(DOCUMENT) == {}
    search.remove(DOCUMENT, 1)
    assert not (tmp_path / "search").exists()


@pytest.mark.parametrize("seed", range(8))
def test_what_was_put_outlives_a_killed_writer(tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    put: set[str] = set()
    for life in range(3):

        def write(life: int = life) -> Iterator[str]:
            search = EmbeddedSearch(tmp_path)
            for number in range(1000):
                record = version("fee", generation=life * 1000 + number)
                search.put([record])
                yield record.key

        put |= set(run_and_kill(write, after=some_moment(chance) * 5))
        found = keys(EmbeddedSearch(tmp_path))
        assert put <= found
        assert len(found - put) <= life + 1  # one whose put was killed before it could be told
    EmbeddedSearch(tmp_path).put([version("fee", document_id=OTHER)])
    assert f"{OTHER}#1" in keys(EmbeddedSearch(tmp_path))


def test_what_waits_together_is_written_in_one_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commits: list[int] = []
    apply = TantivyIndex.apply

    def counted(index: TantivyIndex, steps: Sequence[Step]) -> None:
        commits.append(len(steps))
        apply(index, steps)

    monkeypatch.setattr(TantivyIndex, "apply", counted)
    search = EmbeddedSearch(tmp_path)
    records = [version("fee", generation=number) for number in range(64)]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda record: search.put([record]), records))
    assert sum(commits) == len(records)
    assert max(commits) > 4
    assert keys(search) == {record.key for record in records}


def test_a_rebuild_that_was_killed_changes_nothing_and_its_folder_goes(tmp_path: Path) -> None:
    def rebuild() -> Iterator[str]:
        def fill(index: IndexWriter) -> None:
            index.put([version("half", document_id=OTHER)])
            os.kill(os.getpid(), 9)

        EmbeddedSearch(tmp_path).rebuild(fill)
        yield "never"

    search = EmbeddedSearch(tmp_path)
    search.put([version("fee")])
    assert run_and_kill(rebuild, after=20) == []
    assert len(folders(tmp_path)) == 2
    assert keys(search) == {f"{DOCUMENT}#1"}
    search.rebuild(lambda index: index.put([version("new", generation=2)]))
    assert keys(search) == {f"{DOCUMENT}#2"}
    assert len(folders(tmp_path)) == 1


def test_readers_in_other_processes_follow_a_rebuild(tmp_path: Path) -> None:
    search, reader = EmbeddedSearch(tmp_path), EmbeddedSearch(tmp_path)
    stop = threading.Event()
    search.put([version("fee")])

    def rebuild() -> None:
        for _ in range(20):
            search.rebuild(lambda index: index.put([version("fee")]))
        stop.set()

    builder = threading.Thread(target=rebuild)
    builder.start()
    while not stop.is_set():
        assert keys(reader) == {f"{DOCUMENT}#1"}
    builder.join()


def test_an_index_that_cannot_be_read_is_named_and_can_be_rebuilt(tmp_path: Path) -> None:
    search = EmbeddedSearch(tmp_path)
    search.put([version("fee")])
    (folder,) = folders(tmp_path)
    (tmp_path / folder / "meta.json").write_text("{")
    with pytest.raises(BackendUnavailable, match="redline reindex"):
        keys(EmbeddedSearch(tmp_path))
    EmbeddedSearch(tmp_path).rebuild(lambda index: index.put([version("fee")]))
    assert keys(search) == {f"{DOCUMENT}#1"}


def states() -> st.SearchStrategy[SearchRecord]:
    return st.builds(
        lambda generation, standing: version(standing, generation=generation, standing=standing),
        st.integers(1, 3),
        st.sampled_from(STANDINGS),
    )


@settings(max_examples=25, deadline=None)
@given(st.lists(states(), min_size=1, max_size=12), st.randoms())
def test_the_highest_version_of_each_record_stays(
    tmp_path_factory: pytest.TempPathFactory, puts: list[SearchRecord], chance: random.Random
) -> None:
    wanted: dict[str, SearchRecord] = {}
    for record in puts:
        wanted[record.key] = max(record, wanted.get(record.key, record), key=lambda each: each.version)
    search = EmbeddedSearch(tmp_path_factory.mktemp("search"))
    while puts:
        size = chance.randint(1, len(puts))
        search.put(puts[:size])
        puts = puts[size:]
    found = search.find(Query("default", all_versions=True), limit=100).hits
    assert {hit.record.key: hit.snippet.text for hit in found} == {
        key: record.standing for key, record in wanted.items()
    }
    assert search.versions(DOCUMENT) == {key: record.version for key, record in wanted.items()}


def files_with(folder: Path, word: str) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.is_file() and word.encode() in path.read_bytes().lower()]


def test_the_words_of_what_was_removed_are_on_the_disk_until_it_is_expunged(tmp_path: Path) -> None:
    search = EmbeddedSearch(tmp_path)
    others = [version(f"Number {number}.", generation=number, document_id=OTHER) for number in range(1, 20)]
    search.put([version("Xanthippe keeps the house."), *others])
    search.remove(DOCUMENT, 1)
    assert files_with(tmp_path, "xanthippe"), "the library cleaned up by itself: nothing is left to do for expunge"
    search.expunge()
    assert files_with(tmp_path, "xanthippe") == []
    assert search.find(Query("default", (Term("number"),), all_versions=True)).total == 19
    assert EmbeddedSearch(tmp_path).versions(OTHER) == {record.key: record.version for record in others}


def test_what_is_written_while_it_is_expunged_is_not_lost(tmp_path: Path) -> None:
    search = EmbeddedSearch(tmp_path)
    search.put([version("One.", generation=1), version("Two.", generation=2)])
    copy = search._copy_to
    calls = []

    def copy_and_write(fresh: object) -> None:
        copy(fresh)  # type: ignore[arg-type]
        if not calls:
            EmbeddedSearch(tmp_path).put([version("Three.", generation=3)])
            EmbeddedSearch(tmp_path).remove(DOCUMENT, 1)
        calls.append(fresh)

    search._copy_to = copy_and_write  # type: ignore[method-assign]
    search.expunge()
    assert len(calls) == 2
    assert {key.rpartition("#")[2] for key in EmbeddedSearch(tmp_path).versions(DOCUMENT)} == {"2", "3"}
