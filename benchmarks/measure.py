"""Measures the engine on pairs in a fresh process, which prints one line of JSON for each pair."""

from __future__ import annotations

import gc
import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from benchmarks.corpus import Pair
from benchmarks.floor import floor

RUNS: Final = 5


@dataclass(frozen=True, slots=True)
class Measurement:
    """One pair: medians in milliseconds, peak memory of the process in MB after one run of each.

    `revisions` and `characters` (inserted and deleted together) tell how tight the redline is.
    """

    name: str
    words: int
    floor_ms: float
    compare_ms: float
    verify_ms: float
    compare_mb: float
    verify_mb: float
    verified: bool
    revisions: int
    characters: int

    @property
    def ratio(self) -> float:
        """Compare as a multiple of the floor."""
        return self.compare_ms / self.floor_ms

    @property
    def verify_share(self) -> float:
        """Verify as a share of compare."""
        return self.verify_ms / self.compare_ms


def in_fresh_process(pairs: Sequence[Pair], runs: int = RUNS) -> Iterator[Measurement]:
    """Measure the pairs, one after the other, in one process that has done nothing else.

    Raises RuntimeError with what the process wrote when it fails.
    """
    with TemporaryDirectory(prefix="redline-bench-") as scratch:
        folders = [_write(pair, Path(scratch) / f"{index:04}") for index, pair in enumerate(pairs)]
        command = [sys.executable, "-m", "benchmarks.measure", "--runs", str(runs), *map(str, folders)]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=Path(__file__).resolve().parents[1]
        )
    if done.returncode:
        raise RuntimeError(f"{' '.join(pair.name for pair in pairs)}: {done.stderr.strip()}")
    for pair, line in zip(pairs, done.stdout.splitlines(), strict=True):
        yield Measurement(name=pair.name, words=pair.words, **json.loads(line))


def measure(before: bytes, after: bytes, runs: int = RUNS) -> Measurement:
    """Measure one pair in this process."""
    from redline import compare, verify
    from redline.opc.tables import read_table
    from redline.opc.zipguard import read_records

    def forget() -> None:
        read_table.cache_clear()
        read_records.cache_clear()

    result = compare(before, after)
    compare_mb = _peak_memory()
    verification = verify(result.docx, before, after)
    verify_mb = _peak_memory()
    summary = result.summary
    docx = result.docx
    del result
    # In turns, so that what else the machine does weighs on all three alike. Each comparison finds nothing remembered
    # from the one before; a verification finds what its own comparison left, as in the pipeline.
    times = [
        (
            _milliseconds(lambda: floor(before, after)),
            _milliseconds(lambda: compare(before, after).docx, forget),
            _milliseconds(lambda: verify(docx, before, after)),
        )
        for _ in range(runs)
    ]
    floor_ms, compare_ms, verify_ms = (median(column) for column in zip(*times, strict=True))
    return Measurement(
        name="",
        words=0,
        floor_ms=floor_ms,
        compare_ms=compare_ms,
        verify_ms=verify_ms,
        compare_mb=compare_mb,
        verify_mb=verify_mb,
        verified=verification.ok,
        revisions=summary.revisions,
        characters=summary.characters_inserted + summary.characters_deleted,
    )


def _milliseconds(work: Callable[[], object], prepare: Callable[[], object] = gc.collect) -> float:
    prepare()
    gc.collect()
    start = perf_counter()
    work()
    return (perf_counter() - start) * 1000


def _peak_memory() -> float:
    # Not getrusage: what it reports is inherited from the process that started this one.
    peak = re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    if peak is None:
        raise RuntimeError("this kernel does not tell the peak memory of a process (VmHWM in /proc/self/status)")
    return int(peak[1]) / 1024


def _write(pair: Pair, folder: Path) -> Path:
    folder.mkdir()
    (folder / "before.docx").write_bytes(pair.before)
    (folder / "after.docx").write_bytes(pair.after)
    return folder


def _main(arguments: Sequence[str]) -> None:
    runs, *folders = arguments[1:]
    for folder in map(Path, folders):
        figures = asdict(
            measure((folder / "before.docx").read_bytes(), (folder / "after.docx").read_bytes(), int(runs))
        )
        del figures["name"], figures["words"]
        print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    _main(sys.argv[1:])
