"""Where people find what came of a request: redlines/requests/<time of the request>-<its id>/<number>-<document>/.

Each pair has a folder, in the order of the request from 001, with the outputs that were wanted and `pair.json`, which
says what was compared with what. `results.json` comes last, when nothing more is to be expected.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import Any, Final

from runtime.layout import Layout, version_name
from schemas.base import Generation
from schemas.batches import RequestRejected
from schemas.redlines import Pair
from schemas.requests import OUTPUTS, Output

PAIR_FILE: Final = "pair.json"
RESULTS_FILE: Final = "results.json"
REJECTED_FILE: Final = "rejected.txt"
SUFFIXES: Final[dict[Output, str]] = {
    "docx": "redline.docx",
    "html": "redline.html",
    "changes": "changes.json",
    "summary": "summary.json",
    "pdf": "redline.pdf",
}
"""Ends of the names of the files, by output."""
_SHORT: Final = 8
_LONGEST_STEM: Final = 100


def short_id(batch_id: str) -> str:
    """As much of the id as people need to tell their requests apart."""
    return batch_id[:_SHORT]


def folder_of(layout: Layout, batch_id: str, requested: datetime) -> Path:
    """The folder of a request; `requested` is the time of its event, which is that of all that comes of it."""
    return layout.requests / f"{version_name(requested)}-{short_id(batch_id)}"


def name_of_pair(index: int, path: str) -> str:
    """Name of the folder of a pair in that of its request; `path` is that of the later document."""
    stem = PurePosixPath(path).stem.encode(errors="surrogateescape")[:_LONGEST_STEM]
    return f"{index + 1:03}-{stem.decode(errors='ignore')}"


def wanted(pair: Pair) -> tuple[Output, ...]:
    """The outputs that go into the folder of a pair."""
    return pair.outputs or OUTPUTS


def about_pair(pair: Pair, before: str, after: str) -> bytes:
    """What pair.json says; `before` and `after` are the paths of the documents."""
    told = {
        "format": 1,
        "batch_id": pair.batch_id,
        "index": pair.batch_index,
        "before": {"path": before, "generation": pair.before_generation},
        "after": {"path": after, "generation": pair.after_generation},
        "options": pair.options.model_dump(exclude_none=True) if pair.options else {},
        "outputs": wanted(pair),
    }
    return json.dumps(told, indent=1).encode()


def about_rejection(rejected: RequestRejected) -> bytes:
    """What rejected.txt says: a line for each thing that is wrong."""
    lines = [f"{_where(item.index)}{item.message} ({item.code})" for item in rejected.items]
    return "\n".join(["The request was rejected, and nothing of it was begun.", *lines, ""]).encode()


def pairs_with(layout: Layout, path: str, through: Generation) -> Iterator[Path]:
    """Folders of pairs that have a version of this path up to the generation on either side."""
    for file in layout.requests.glob(f"*/*/{PAIR_FILE}"):
        try:
            told: dict[str, Any] = json.loads(file.read_bytes())
            sides = [(told[side]["path"], told[side]["generation"]) for side in ("before", "after")]
        except (OSError, ValueError, LookupError, TypeError):
            continue
        if any(name == path and generation <= through for name, generation in sides):
            yield file.parent


def _where(index: int | None) -> str:
    return "" if index is None else f"pairs[{index}]: "
