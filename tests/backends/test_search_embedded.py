"""The index in a folder: what only its files can get wrong."""

from __future__ import annotations

from pathlib import Path

from backends.search import Query, Term
from backends.search.embedded import EmbeddedSearch
from tests.contract.searchable import DOCUMENT, OTHER, version


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
