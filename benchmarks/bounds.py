"""What hostile documents take: each piece of work in a process of its own, which alone has done nothing else.

The engine owes an answer within 10 s of processor time and 1 GB to whoever sends 5 MB: a redline, coarse if need be, or
a `DocumentError`.
"""

from __future__ import annotations

import json
import pickle
import re
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console
from rich.table import Column, Table

from benchmarks.hostile import CASES
from redline.options import CompareOptions

SECONDS_ALLOWED: Final = 10.0
MEGABYTES_ALLOWED: Final = 1024.0
_SECONDS_GIVEN: Final = 60
"""After so many the process is ended: a case that takes longer need not be measured to the end."""
_OF_INPUT: Final = " of input"
"""What is done with a document itself, not with the redline; so also where there is none."""
_GIVEN_FACTOR: Final = 3


@dataclass(frozen=True, slots=True)
class Taken:
    """Processor time and peak memory of one piece of work, and how it ended: done, the code of an error, or a crash."""

    seconds: float
    megabytes: float
    outcome: str

    @property
    def within(self) -> bool:
        """Whether it kept what the engine promises."""
        crashed = self.outcome.startswith("!")
        return not crashed and self.seconds <= SECONDS_ALLOWED and self.megabytes <= MEGABYTES_ALLOWED


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one hostile pair takes, by the work that is done on it."""

    name: str
    input_megabytes: float
    redline_megabytes: float
    taken: dict[str, Taken]

    @property
    def within(self) -> bool:
        return all(taken.within for taken in self.taken.values())


def measured(names: Sequence[str], works: Sequence[str]) -> Iterator[Bounds]:
    """Measure the pairs one after the other."""
    for name in names:
        with TemporaryDirectory(prefix="redline-bounds-") as scratch:
            yield _measure(name, works, Path(scratch))


def _measure(name: str, works: Sequence[str], folder: Path) -> Bounds:
    _ended(name, "make", folder)
    taken = {"compare": _ended(name, "compare", folder)}
    inputs = max(side.stat().st_size for side in (folder / "before", folder / "after"))
    redline = folder / "redline"
    others = [work for work in works if work != "compare" and (redline.exists() or work.endswith(_OF_INPUT))]
    taken |= {work: _ended(name, work, folder) for work in others}
    return Bounds(name, inputs / 1e6, redline.stat().st_size / 1e6 if redline.exists() else 0.0, taken)


def _ended(name: str, work: str, folder: Path) -> Taken:
    command = [sys.executable, "-m", "benchmarks.bounds", name, work, str(folder)]
    root = Path(__file__).resolve().parents[1]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=root)
    if done.returncode == 0:
        return Taken(**json.loads(done.stdout)) if done.stdout else Taken(0.0, 0.0, "")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    last = done.stderr.strip().splitlines()[-1:] or [f"signal {-done.returncode}"]
    return Taken(seconds, 0.0, f"! {last[0][:200]}")


def _compare(folder: Path) -> None:
    from redline import compare

    made = compare((folder / "before").read_bytes(), (folder / "after").read_bytes(), _options(folder))
    (folder / "redline").write_bytes(made.docx)


def _coverage(folder: Path) -> None:
    from redline.coverage.untracked import untracked_differences

    untracked_differences(*_as_docx(folder))


def _verify(folder: Path) -> None:
    from redline import verify

    verdict = verify((folder / "redline").read_bytes(), *_as_docx(folder), options=_options(folder))
    if not verdict.ok:
        raise AssertionError(f"the redline is wrong: {verdict.findings[0]}")


def _as_docx(folder: Path) -> tuple[bytes, bytes]:
    from redline.plain.inputs import as_docx as convert

    options = _options(folder)
    before = convert((folder / "before").read_bytes(), options.before_format)
    return before, convert((folder / "after").read_bytes(), options.after_format)


_OF_ONE_DOCUMENT: Final = {
    "summary": "summarize",
    "text": "read_text",
    "html": "render_html",
    "pdf": "render_pdf",
    "validate": "validate",
    "accept": "accept",
    "reject": "reject",
}
"""The public functions of a single document, for the redline and for the larger one of those it was made of."""


def _valid_redline(folder: Path) -> None:
    from redline import validate

    findings = validate((folder / "redline").read_bytes())
    own = [finding for side in _as_docx(folder) for finding in validate(side)] if findings else []
    if {finding.rule for finding in findings} - {finding.rule for finding in own}:
        raise AssertionError(f"the redline is not valid: {findings[0]}")


def _of_redline(function: str) -> Callable[[Path], None]:
    return lambda folder: getattr(import_module("redline"), function)((folder / "redline").read_bytes())


def _of_input(function: str) -> Callable[[Path], None]:
    return lambda folder: getattr(import_module("redline"), function)(max(_as_docx(folder), key=len))


WORKS: Final[dict[str, Callable[[Path], None]]] = {
    "compare": _compare,
    "coverage": _coverage,
    "verify": _verify,
    **{name: _of_redline(function) for name, function in _OF_ONE_DOCUMENT.items()},
    "validate": _valid_redline,
    **{f"{name}{_OF_INPUT}": _of_input(function) for name, function in _OF_ONE_DOCUMENT.items()},
}


def show(found: Sequence[Bounds], console: Console) -> None:
    """A table of what each pair takes at most, and one of what is too much."""
    table = Table(
        Column("case", overflow="fold"), "MB", "redline MB", "compare", "longest", "largest", title="Hostile documents"
    )
    over = Table("case", "work", "s, MB", title=f"More than {SECONDS_ALLOWED:.0f} s or 1 GB, or wrong")
    for bounds in found:
        longest = max(bounds.taken, key=lambda work: bounds.taken[work].seconds)
        largest = max(bounds.taken, key=lambda work: bounds.taken[work].megabytes)
        table.add_row(
            bounds.name,
            f"{bounds.input_megabytes:.1f}",
            f"{bounds.redline_megabytes:.1f}",
            _cell(bounds.taken["compare"]),
            f"{longest}: {bounds.taken[longest].seconds:.1f} s",
            f"{largest}: {bounds.taken[largest].megabytes:.0f} MB",
        )
        for work, taken in bounds.taken.items():
            if not taken.within:
                over.add_row(bounds.name, work, _cell(taken))
    console.print(table, *([over] if over.row_count else []))
    within = sum(bounds.within for bounds in found)
    console.print(f"{within} of {len(found)} within {SECONDS_ALLOWED:.0f} s and 1 GB.")


def _cell(taken: Taken) -> str:
    return f"{taken.seconds:.1f}, {taken.megabytes:.0f}" + ("" if taken.outcome == "done" else f" {taken.outcome}")


def as_json(found: Sequence[Bounds]) -> str:
    """The figures as JSON."""
    return json.dumps([asdict(bounds) for bounds in found], indent=2)


def _options(folder: Path) -> CompareOptions:
    options = pickle.loads((folder / "options").read_bytes())
    assert isinstance(options, CompareOptions)
    return options


def _peak_memory() -> float:
    found = re.search(r"^VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def _run(name: str, work: str, folder: Path) -> None:
    if work == "make":
        made = CASES[name].pair()
        for side, data in (("before", made.before), ("after", made.after)):
            (folder / side).write_bytes(data)
        (folder / "options").write_bytes(pickle.dumps(made.options))
        return
    from redline.errors import DocumentError

    resource.setrlimit(resource.RLIMIT_CPU, (_SECONDS_GIVEN, _SECONDS_GIVEN))
    given = int(_GIVEN_FACTOR * MEGABYTES_ALLOWED) << 20
    resource.setrlimit(resource.RLIMIT_AS, (given, given))
    outcome = "done"
    start = time.process_time()
    try:
        WORKS[work](folder)
    except DocumentError as error:
        outcome = error.code
    print(json.dumps(asdict(Taken(time.process_time() - start, _peak_memory(), outcome))))


if __name__ == "__main__":
    _run(sys.argv[1], sys.argv[2], Path(sys.argv[3]))
