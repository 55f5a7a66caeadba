"""Spoilt documents against the comparer: `python -m benchmarks.fuzz --seconds N --seed S [--corpus FOLDER]`.

Each run compares a document with a spoilt copy; only a `DocumentError` may come out, in bounded time and memory. Prints
counts, and each failure with the seed that repeats it. `python -m tests.redline.hunt` looks for wrong redlines.
"""

from __future__ import annotations

import argparse
import resource
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.corpus import BESIDE_THE_CHECKOUT
from redline.comparer.compare import compare
from redline.errors import DocumentError
from tests.redline.hunt import singles
from tests.redline.mutate.damage import spoil

SECONDS_ALLOWED: Final = 10.0
MEGABYTES_ALLOWED: Final = 1024


@dataclass
class Tally:
    """What a run found."""

    counts: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    slowest: float = 0.0
    slowest_was: str = ""
    stopwatch: float = 0.0

    def start(self) -> None:
        """Processor time counts, so that a busy machine is no finding."""
        self.stopwatch = time.process_time()

    def stop(self, what: str) -> None:
        """Note how long the engine worked since `start`."""
        took = time.process_time() - self.stopwatch
        if took > self.slowest:
            self.slowest, self.slowest_was = took, what
        if took > SECONDS_ALLOWED:
            self.failed(f"{what}: {took:.1f} s")

    def failed(self, what: str) -> None:
        self.counts["failed"] += 1
        self.failures.append(what)


def try_damage(document: bytes, seed: int, tally: Tally, name: str) -> None:
    """Compare a document with a spoilt copy, either way round; a typed error is as good as a redline."""
    spoilt, done = spoil(document, seed)
    for before, after in ((document, spoilt), (spoilt, document)):
        tally.start()
        try:
            compare(before, after)
            tally.counts["compared"] += 1
        except DocumentError as error:
            tally.counts[error.code] += 1
        except Exception as error:  # the very thing that is looked for
            frame = traceback.extract_tb(error.__traceback__)[-1]
            where = f"{Path(frame.filename).name}:{frame.name}"
            tally.failed(f"{name} seed {seed}: {type(error).__name__} in {where} after {done}")
        tally.stop(f"{name} seed {seed}")


def run(seconds: float, seed: int, corpus: Path, largest: int) -> Tally:
    """Try documents and seeds at random until the time is over."""
    random = Random(seed)
    tally = Tally()
    paths = singles(corpus, largest)
    end = time.monotonic() + seconds
    while paths and time.monotonic() < end:
        path = random.choice(paths)
        own_seed = random.randrange(1 << 30)
        document = path.read_bytes()
        name = str(path.relative_to(corpus))
        try_damage(document, own_seed, tally, name)
    return tally


def main(say: Callable[[str], None] = print) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, default=BESIDE_THE_CHECKOUT)
    parser.add_argument("--largest", type=int, default=5_000_000, help="largest document in bytes")
    options = parser.parse_args()
    # a runaway allocation ends as a MemoryError with its seed, not as a dead machine
    resource.setrlimit(resource.RLIMIT_AS, (4 * MEGABYTES_ALLOWED << 20, resource.RLIM_INFINITY))
    tally = run(options.seconds, options.seed, options.corpus, options.largest)
    for what, number in sorted(tally.counts.items()):
        say(f"{number:8} {what}")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    say(f"slowest {tally.slowest:.2f} s ({tally.slowest_was}), peak {peak:.0f} MB")
    for failure in tally.failures:
        say(failure[:600])
    return 1 if tally.failures or peak > MEGABYTES_ALLOWED else 0


if __name__ == "__main__":
    sys.exit(main())
