"""Hunts for documents that the comparer gets wrong: `python -m tests.redline.hunt --help`.

Each run takes a real document and an edited copy of it, or two documents that have nothing to do with each other, and
random options. The redline must pass `verify` and `validate`, come out the same twice, and be shown as a list and as a
page. A run is told by its seed: what failed is printed with it, and `--seed N --runs 1` repeats it.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from redline import DocumentError, compare, render_html, verify
from redline.options import CompareOptions
from tests.conftest import CHECKOUT

from .judging import DATE, broken_rules
from .mutate import KINDS as EVERY_EDIT
from .mutate import mutate
from .mutate.planting import edits_of
from .mutate.subjects import SUBJECTS
from .option_space import draw_options

MOST_EDITS: Final = 12
MOST_PLANTED: Final = 8
DEFAULTS: Final = CompareOptions(date=DATE)
KINDS: Final = ("edited", "crossed")


@dataclass(frozen=True)
class Case:
    """What one seed means."""

    seed: int
    name: str
    before: bytes
    after: bytes
    options: CompareOptions
    edits: tuple[str, ...] = ()

    def __str__(self) -> str:
        chosen = [
            f"{f.name}={getattr(self.options, f.name)}"
            for f in fields(CompareOptions)
            if getattr(self.options, f.name) != getattr(DEFAULTS, f.name)
        ]
        return f"{self.seed}  {self.name}  {' '.join(chosen) or 'default options'}"


def draw(
    seed: int, documents: Sequence[Path], kinds: Sequence[str], subjects: Sequence[str] = (), *, any_options: bool
) -> Case:
    """The case of a seed; about one of `subjects`, if any are given.

    Raises DocumentError when the mutator cannot read the document.
    """
    random = Random(seed)
    options = draw_options(random) if any_options else DEFAULTS
    first, second = random.sample(documents, 2)
    crossed = random.choice(kinds) == "crossed"
    before, other = first.read_bytes(), second.read_bytes() if crossed else b""
    edits: list[str] | None = None
    planted: list[str] = []
    if subjects:
        own = edits_of(random.choice(subjects))
        before, planted = mutate(before, random.randrange(1 << 30), random.randint(1, MOST_PLANTED), own)
        edits = [*own, *random.sample(EVERY_EDIT, len(own))]
    after, done = mutate(other or before, random.randrange(1 << 30), random.randint(1, MOST_EDITS), edits)
    name = f"{first.name} against {second.name}" if crossed else first.name
    if crossed and not subjects:
        return Case(seed, name, before, other, options)
    return Case(seed, name, before, after, options, (*planted, "then:", *done))


def faults(case: Case) -> list[str]:
    """What is wrong with the redline of a case. Raises DocumentError when an input is refused."""
    redline = compare(case.before, case.after, case.options)
    verdict = verify(redline.docx, case.before, case.after, options=case.options)
    found = sorted({f"{f.side} {f.story}: {f.code}" for f in verdict.findings if f.severity == "error"})
    found += [f"invalid: {rule}" for rule in sorted(broken_rules(redline.docx, case.before, case.after))]
    if compare(case.before, case.after, case.options).docx != redline.docx:
        found.append("not deterministic")
    render_html(redline.docx, changes=redline.changes, summary=redline.summary)
    return found


def tried(case: Case) -> list[str]:
    """`faults`, with what must never happen as one of them."""
    try:
        return faults(case)
    except DocumentError:
        raise
    except Exception as error:  # the very thing that is looked for
        frame = traceback.extract_tb(error.__traceback__)[-1]
        return [f"{type(error).__name__} in {Path(frame.filename).name}:{frame.name}"]


def singles(corpus: Path, largest: int) -> list[Path]:
    """The single documents of a corpus up to a size in bytes."""
    return [path for path in sorted((corpus / "singles").rglob("*.docx")) if path.stat().st_size <= largest]


def hunt(seeds: Iterator[int], draw_case: Callable[[int], Case], judge: Callable[[Case], list[str]]) -> Counter[str]:
    """Try all seeds; prints each failure as it is found and returns the counts."""
    counts: Counter[str] = Counter()
    for seed in seeds:
        try:
            case = draw_case(seed)
            found = judge(case)
        except DocumentError as error:
            counts[f"refused: {error.code}"] += 1
            continue
        counts["wrong" if found else "right"] += 1
        counts.update(f"  {fault}" for fault in found)
        if found:
            print(case, *found, *case.edits, sep="\n    ", flush=True)
    return counts


def main() -> int:
    """Hunt as the command line says; 1 when something was found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=1, help="seed of the first run; the next run has the next seed")
    parser.add_argument("--runs", type=int, default=100, help="how many runs (default 100, a minute or two)")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=KINDS, help="edited copies, crossed documents")
    about = "plant what belongs to a subject before and after, and edit that above all"
    parser.add_argument("--about", nargs="+", choices=SUBJECTS, default=(), help=about)
    parser.add_argument("--defaults", action="store_true", help="keep to the default options")
    parser.add_argument("--largest", type=int, default=100_000, help="largest document in bytes (default 100000)")
    beside = os.environ.get("REDLINE_CORPUS", CHECKOUT.parent / "shared" / "corpus")
    parser.add_argument("--corpus", type=Path, default=beside, help="folder whose singles/ holds documents")
    chosen = parser.parse_args()
    documents = singles(chosen.corpus, chosen.largest)
    if len(documents) < 2:
        parser.error(f"{chosen.corpus / 'singles'} holds no two documents; --corpus or REDLINE_CORPUS may name others")
    seeds = range(chosen.seed, chosen.seed + chosen.runs)
    counts = hunt(
        iter(seeds),
        partial(draw, documents=documents, kinds=chosen.kinds, subjects=chosen.about, any_options=not chosen.defaults),
        tried,
    )
    for what, number in sorted(counts.items()):
        print(f"{number:6} {what}")
    print("Repeat a run with its seed, --runs 1, and the other options as they were.")
    return 1 if counts["wrong"] else 0


if __name__ == "__main__":
    sys.exit(main())
