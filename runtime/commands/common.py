"""What the commands share: options, refusals in one sentence, files in and out."""

from __future__ import annotations

import contextlib
import os
import stat
import tempfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from shlex import quote
from typing import Final

import click
from pydantic import ValidationError

from backends.errors import BackendUnavailable
from backends.keys.embedded import KeyUnusable
from runtime import state
from runtime.composition import Services, build, now
from runtime.documents import UnknownDocumentError
from runtime.layout import Layout
from runtime.settings import GoogleSettings, KmsSettings, Settings, explained

DEFAULT_ROOT: Final = Path("redline-data")

root_option = click.option(
    "--root",
    type=click.Path(path_type=Path),
    default=DEFAULT_ROOT,
    show_default=True,
    envvar="REDLINE_ROOT",
    help="Folder of the pipeline.",
)


class Refusal(click.ClickException):
    """Something is not as it should be; one sentence says what, and what to do. Exit status 1."""

    def show(self, file: object = None) -> None:
        """Print the sentence."""
        click.echo(f"redline: {self.message}", err=True)


@contextlib.contextmanager
def in_one_sentence() -> Iterator[None]:
    """Turn what the surroundings of a command lack into a Refusal."""
    try:
        yield
    except (KeyUnusable, BackendUnavailable) as error:
        raise Refusal(str(error)) from None
    except ValidationError as error:
        if error.title not in (Settings.__name__, GoogleSettings.__name__, KmsSettings.__name__):
            raise
        raise Refusal(explained(error)) from None


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


def short_path(path: Path) -> str:
    """The path relative to the working folder where that is shorter; printable in any case."""
    with contextlib.suppress(ValueError):
        path = path.relative_to(Path.cwd())
    return repr(str(path))[1:-1]


def read_document(path: Path) -> bytes:
    """Content of a file that the user named. Raises Refusal."""
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise Refusal(f"{short_path(path)} is a folder; name a document.")
        if not stat.S_ISREG(found.st_mode):
            raise Refusal(f"{short_path(path)} is not a file; name a document.")
        return path.read_bytes()
    except FileNotFoundError:
        raise Refusal(f"There is no file {short_path(path)}; check its name and folder.") from None
    except OSError as error:
        raise Refusal(f"{short_path(path)} cannot be read: {_why(error)}.") from None


def check_outputs(paths: Sequence[Path], *inputs: Path) -> None:
    """Raises Refusal when an output would replace an input or another output, or cannot be written."""
    for number, path in enumerate(paths):
        _check_output(path, *inputs)
        if path.absolute() in (other.absolute() for other in paths[:number]):
            raise Refusal(f"{short_path(path)} is given for two outputs; name a file for each.")


def _check_output(path: Path, *inputs: Path) -> None:
    if str(path) == "-":
        raise Refusal("Outputs go into files; name one in place of -.")
    for given in inputs:
        with contextlib.suppress(OSError):
            if path.exists() and path.samefile(given):
                raise Refusal(f"{short_path(path)} is an input too; name another file for the output.")
    if path.is_dir():
        raise Refusal(f"{short_path(path)} is a folder; name a file for the output.")
    if not path.parent.is_dir():
        raise Refusal(f"{short_path(path)} cannot be written: there is no folder {short_path(path.parent)}.")


def write_output(path: Path, content: bytes) -> None:
    """Write by temporary name and rename. Raises Refusal."""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:80]}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            umask = os.umask(0)
            os.umask(umask)
            Path(temporary).chmod(0o666 & ~umask)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Refusal(f"{short_path(path)} cannot be written: {_why(error)}.") from None


def _why(error: OSError) -> str:
    return (error.strerror or type(error).__name__).lower()


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
