"""What it costs to seal and to open a document, beside writing and reading it as it is."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from rich.console import Console
from rich.table import Table

from backends.blobs import Blobs
from backends.blobs.embedded import EmbeddedBlobs
from backends.blobs.sealed import SealedBlobs
from backends.keys.envelope import Envelope
from backends.keys.local import LocalKeyWrapper
from benchmarks.corpus import Pair

_BUCKET: Final = "normalized"


@dataclass(frozen=True, slots=True)
class Timing:
    """Medians in milliseconds; `cold` is without the data key in memory, `crypto` without any file."""

    name: str
    bytes: int
    put_plain: float
    put_sealed: float
    get_plain: float
    get_sealed: float
    get_cold: float
    crypto_seal: float
    crypto_open: float


def measured(pair: Pair, runs: int) -> Timing:
    """Write and read the earlier document of a pair so many times, in turns."""
    content, wrapper = pair.before, LocalKeyWrapper(b"k" * 32, region="local")
    envelope = Envelope(wrapper)
    wrapped = envelope.new_key("a", lambda _, wrapped: wrapped)
    sealed = envelope.seal(content, document="a", name="a", wrapped=wrapped)
    with TemporaryDirectory(prefix="redline-bench-") as folder:
        plain = EmbeddedBlobs(Path(folder), lambda: datetime.now(UTC))
        blobs = SealedBlobs(plain, lambda: envelope, bucket=_BUCKET, records="records")
        cold = SealedBlobs(plain, lambda: Envelope(wrapper), bucket=_BUCKET, records="records")
        names = [f"default/document/{number}.docx" for number in range(runs)]

        def reading(store: Blobs, bucket: str) -> Callable[[str], object]:
            return lambda name: store.get(bucket, name)

        steps: Sequence[Callable[[str], object]] = (
            lambda name: plain.put("plain", name, content, if_generation_match=0),
            lambda name: blobs.put(_BUCKET, name, content, if_generation_match=0),
            reading(plain, "plain"),
            reading(blobs, _BUCKET),
            reading(cold, _BUCKET),
            lambda _: envelope.seal(content, document="a", name="a", wrapped=wrapped),
            lambda _: envelope.open(sealed, document="a", name="a", wrapped=lambda: wrapped),
        )
        times = [[_milliseconds(step, name) for step in steps] for name in names]
    return Timing(pair.name, len(content), *(median(column) for column in zip(*times, strict=True)))


def _milliseconds(step: Callable[[str], object], name: str) -> float:
    started = perf_counter()
    step(name)
    return (perf_counter() - started) * 1000


def show(timings: Sequence[Timing], console: Console) -> None:
    """A line for each document."""
    table = Table(title="Milliseconds to write and to read a document, as it is and sealed")
    for header in (
        "document",
        "KB",
        "write",
        "sealed",
        "read",
        "sealed",
        "key not in memory",
        "seal alone",
        "open alone",
    ):
        table.add_column(header, justify="left" if header == "document" else "right")
    for each in timings:
        name, size, *figures = asdict(each).values()
        table.add_row(name, f"{size / 1000:.0f}", *(f"{figure:.3f}" for figure in figures))
    console.print(table)


def as_json(timings: Sequence[Timing]) -> str:
    """For another program."""
    return json.dumps([asdict(each) for each in timings], indent=2)
