"""How quickly documents are indexed and found, and how large their index is."""

from __future__ import annotations

import itertools
import json
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console
from rich.table import Table

from backends.search import Query, Term
from backends.search.embedded import EmbeddedSearch
from schemas.search import Kind, SearchEntry, SearchRecord

_VOCABULARY: Final = 20_000
_PARAGRAPH: Final = 40
_AT_ONCE: Final = 100
_CHANGES: Final = 5
_QUERIES: Final = 200
_TENANT: Final = "default"
_START: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds for each query, by what was asked; bytes on disk; documents a second, in bulk and one by one."""

    documents: int
    words: int
    bulk_rate: float
    single_ms: float
    bytes: int
    queries: dict[str, tuple[float, ...]]


def run(documents: int, words: int) -> Timing:
    """Index documents of so many words, each with a redline of a few changes, and search for what is in them."""
    chance = random.Random(1)
    with TemporaryDirectory(prefix="redline-search-") as scratch:
        search = EmbeddedSearch(Path(scratch))
        records = list(_records(documents, words, chance))
        started = time.perf_counter()
        for start in range(0, len(records), 2 * _AT_ONCE):
            search.put(records[start : start + 2 * _AT_ONCE])
        rate = documents / (time.perf_counter() - started)
        late = [list(_records(1, words, chance, number=documents + number)) for number in range(20)]
        single = median(_milliseconds(partial(search.put, pair)) for pair in late)
        size = sum(path.stat().st_size for path in Path(scratch).rglob("*") if path.is_file())
        return Timing(documents, words, rate, single, size, _queries(search, chance))


def show(timing: Timing, console: Console) -> None:
    """Print the figures as a table."""
    table = Table(title=f"Search over {timing.documents} documents of {timing.words} words", title_justify="left")
    table.add_column("what")
    table.add_column("p50 ms", justify="right")
    table.add_column("p95 ms", justify="right")
    for name, times in timing.queries.items():
        table.add_row(name, f"{median(times):.1f}", f"{quantiles(times, n=20)[-1]:.1f}")
    console.print(table)
    console.print(f"indexed {timing.bulk_rate:.0f} documents with their redlines a second, in bulk")
    console.print(f"one document with its redline: {timing.single_ms:.0f} ms until it is durable and found")
    console.print(f"size of the index: {timing.bytes / 1e6:.0f} MB")


def as_json(timing: Timing) -> str:
    """The figures for machines."""
    return json.dumps(asdict(timing), indent=2)


def _records(documents: int, words: int, chance: random.Random, number: int = 0) -> Iterator[SearchRecord]:
    vocabulary = [f"w{index:x}" for index in range(_VOCABULARY)]
    weights = list(itertools.accumulate(1 / (index + 1) for index in range(_VOCABULARY)))  # as words are: Zipf's law
    for each in range(number, number + documents):
        text = chance.choices(vocabulary, cum_weights=weights, k=words)
        paragraphs = tuple(" ".join(text[start : start + _PARAGRAPH]) for start in range(0, words, _PARAGRAPH))
        about = {
            "version": 0,
            "tenant": _TENANT,
            "region": "local",
            "document_id": f"{each:032x}",
            "generation": 2,
            "standing": "current",
            "time": _START + timedelta(minutes=each),
        }
        yield SearchRecord(**about, key=f"{each}#2", entries=(SearchEntry(kind=Kind.DOCUMENT, text=paragraphs),))
        changes = (
            SearchEntry(kind=Kind.INSERTION, number=change + 1, text=(" ".join(text[change * 8 : change * 8 + 8]),))
            for change in range(_CHANGES)
        )
        yield SearchRecord(**about, key=f"{each}", pair_id=f"{each:032x}", entries=tuple(changes))


def _queries(search: EmbeddedSearch, chance: random.Random) -> dict[str, tuple[float, ...]]:
    def word() -> str:
        return f"w{int(_VOCABULARY ** chance.random()) - 1:x}"

    def asked(**more: object) -> Query:
        return Query(_TENANT, **more)  # type: ignore[arg-type]

    kinds = {
        "a word": lambda: asked(terms=(Term(word()),)),
        "two words": lambda: asked(terms=(Term(word()), Term(word()))),
        "a phrase of two": lambda: asked(terms=(Term(f"{word()} {word()}"),)),
        "a beginning": lambda: asked(terms=(Term(word()[:3], prefix=True),)),
        "an inserted word": lambda: asked(terms=(Term(word()),), kinds=frozenset({Kind.INSERTION})),
        "the newest of a day": lambda: asked(since=_START, until=_START + timedelta(days=1)),
    }
    return {
        name: tuple(_milliseconds(partial(search.find, make())) for _ in range(_QUERIES))
        for name, make in kinds.items()
    }


def _milliseconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000
