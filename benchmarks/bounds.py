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
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.hostile import CASES
from redline.options import CompareOptions

SECONDS_ALLOWED: Final = 10.0
MEGABYTES_ALLOWED: Final = 1024.0
_SECONDS_GIVEN: Final = 60
"""After so many the process is ended: a case that takes longer need not be measured to the end."""
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
    if redline.exists():
        taken |= {work: _ended(name, work, folder) for work in works if work != "compare"}
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


def _summary(folder: Path) -> None:
    from redline.changelist.changes import summarize

    summarize((folder / "redline").read_bytes())


def _html(folder: Path) -> None:
    from redline.html.page import render_html

    render_html((folder / "redline").read_bytes())


def _validate(folder: Path) -> None:
    from redline import validate

    findings = validate((folder / "redline").read_bytes())
    own = [finding for side in _as_docx(folder) for finding in validate(side)] if findings else []
    if {finding.rule for finding in findings} - {finding.rule for finding in own}:
        raise AssertionError(f"the redline is not valid: {findings[0]}")


def _accept(folder: Path) -> None:
    from redline.resolver.resolve import accept

    accept((folder / "redline").read_bytes())


def _reject(folder: Path) -> None:
    from redline.resolver.resolve import reject

    reject((folder / "redline").read_bytes())


WORKS: Final[dict[str, Callable[[Path], None]]] = {
    "compare": _compare,
    "coverage": _coverage,
    "verify": _verify,
    "summary": _summary,
    "html": _html,
    "validate": _validate,
    "accept": _accept,
    "reject": _reject,
}


def show(found: Sequence[Bounds], console: Console) -> None:
    """A table of what each pair takes; what is too much is marked."""
    works = [work for work in WORKS if any(work in bounds.taken for bounds in found)]
    table = Table("case", "MB", "redline MB", *(f"{work}\ns, MB" for work in works), title="Hostile documents")
    for bounds in found:
        cells = [_cell(bounds.taken.get(work)) for work in works]
        table.add_row(bounds.name, f"{bounds.input_megabytes:.1f}", f"{bounds.redline_megabytes:.1f}", *cells)
    console.print(table)
    over = [bounds.name for bounds in found if not bounds.within]
    within = f"{len(found) - len(over)} of {len(found)} within {SECONDS_ALLOWED:.0f} s and 1 GB."
    console.print(within, *([f"Not within: {', '.join(over)}."] if over else []))


def _cell(taken: Taken | None) -> str:
    if taken is None:
        return ""
    said = "" if taken.outcome == "done" else f"\n{taken.outcome}"
    text = f"{taken.seconds:.1f}, {taken.megabytes:.0f}{said}"
    return text if taken.within else f"[bold red]{text}[/]"


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
