"""What the commands about a pipeline share: its root and parts, and how times and documents are told to people."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import Final

import click

from runtime import state
from runtime.commands.files import Refusal, short_path
from runtime.composition import Services, build, now
from runtime.documents import UnknownDocumentError
from runtime.layout import Layout
from runtime.settings import Settings

DEFAULT_ROOT: Final = Path("redline-data")

root_option = click.option(
    "--root",
    type=click.Path(path_type=Path),
    default=DEFAULT_ROOT,
    show_default=True,
    envvar="REDLINE_ROOT",
    help="Folder of the pipeline.",
)


def moment(time: datetime) -> str:
    """A time for people, in the local time zone, to the second."""
    return f"{time.astimezone():%Y-%m-%d %H:%M:%S}"


def ago(time: datetime) -> str:
    """How long ago a time was, roughly: 12 s, 5 min, 3 h, 2 days."""
    seconds = max(0, round((now() - time).total_seconds()))
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit} ago"
    return f"{seconds} s ago"


def short(text: str) -> str:
    """Text that a user chose, printable and on one line."""
    return repr(text)[1:-1]


def duration(seconds: float) -> str:
    """Seconds for people: 180 ms, 2.4 s, 3 min 20 s, 5 h 2 min."""
    if seconds < 60:
        return f"{seconds * 1000:.0f} ms" if seconds < 1 else f"{seconds:.1f} s"
    minutes, left = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {left} s"


def known_layout(root: Path) -> Layout:
    """The layout of a root that holds a pipeline's data. Raises Refusal."""
    layout = Layout(root.absolute())
    if not layout.state.is_dir():
        start = f"redline up --root {quote(str(root))}"
        raise Refusal(f"There is no pipeline's data in {short_path(layout.root)}; start one with: {start}")
    return layout


def known_parts(root: Path) -> Services:
    """The parts of a pipeline whose data is in a root, or with Google, whether it runs or not. Raises Refusal."""
    settings = Settings(root=root.absolute())
    if settings.backend == "embedded":
        known_layout(root)
    return build(settings)


def unknown_document(error: UnknownDocumentError) -> Refusal:
    """The sentence for a document that nobody knows, with the nearest names there are."""
    if error.nearest:
        return Refusal(
            f"No document is called {short(error.given)}; did you mean {' or '.join(map(short, error.nearest))}?"
        )
    return Refusal(f"No document is called {short(error.given)}; see: redline documents")


def running_state(root: Path) -> state.PipelineState:
    """Where the parts are of the pipeline that runs in a root. Raises Refusal."""
    layout = known_layout(root)
    known = state.read(layout)
    if known is None or not state.is_running(layout):
        raise Refusal(
            f"No pipeline runs in {short_path(layout.root)}; start it with: redline up --root {quote(str(root))}"
        )
    return known


@contextlib.contextmanager
def running_pipeline(root: Path) -> Iterator[tuple[state.PipelineState, Services]]:
    """The pipeline that runs in a root, and its parts. Raises Refusal."""
    known = running_state(root)
    yield known, build(Settings(root=known_layout(root).root, redis_url=known.redis_url))
