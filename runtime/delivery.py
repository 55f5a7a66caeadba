"""Puts results into the folder for people: redlines/<path of the upload>/<time of the version>/.

Every version has one folder. A redline against a nearer earlier version takes the place of one against a farther
version, never the other way round, in whatever order they come. What was requested has folders of its own, see
runtime/requestfolder.py.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

from backends.blobs import DamagedError, NotFound
from backends.errors import BackendUnavailable
from events.envelope import EnvelopeError, Event
from events.registry import parse
from functions.custody import erased
from functions.objects import JSON
from functions.remains import Remains
from runtime import copies, requestfolder
from runtime.composition import Services, now
from runtime.layout import Layout, version_name
from runtime.logging import log
from runtime.sink import Answer, Verdict
from runtime.status import ResultKind
from runtime.uploads import relative_path
from schemas.base import ObjectRef, Payload
from schemas.batches import BatchFact, RedlineBatchCompleted, RequestRejected
from schemas.changes import Summary
from schemas.custody import DocumentErased
from schemas.documents import DocumentRejected, PathRecord
from schemas.redlines import Pair, RedlineCompleted, RedlineFailed, RedlineRendered, RenderingFailed

_NO_PDF: Final = "no-pdf.txt"
_LONGEST_FILE_NAME: Final = 255
_LOGGER: Final = logging.getLogger("redline.delivery")


@dataclass(frozen=True, slots=True)
class Delivered:
    """A result that was put into the folder. `seconds` have passed since the version was taken."""

    kind: ResultKind
    path: str
    folder: Path
    files: tuple[Path, ...]
    seconds: float
    message: str = ""
    changes: int = 0


class UnknownDocumentError(LookupError):
    """No path is known for the document id: it was erased."""


class Delivery:
    """The function of the embedded pipeline that has the folder for people as its output; call it with an event."""

    def __init__(
        self,
        parts: Services,
        layout: Layout,
        tell: Callable[[Delivered], None],
        erased: Callable[[], None] = lambda: None,
    ) -> None:
        """`tell` is called with each result, `erased` when a document was erased."""
        self._parts = parts
        self._layout = layout
        self._tell = tell
        self._erased = erased

    def __call__(self, event: Event) -> Answer:
        """Deliver what the event says."""
        try:
            self._deliver(parse(event), event)
        except UnknownDocumentError:
            return Answer(Verdict.DONE)
        except (BackendUnavailable, OSError) as error:
            log(_LOGGER, logging.WARNING, "a result cannot be delivered now", error=type(error).__name__)
            return Answer(Verdict.UNAVAILABLE, type(error).__name__)
        except (EnvelopeError, NotFound, DamagedError) as error:
            return Answer(Verdict.FAILED, type(error).__name__)
        return Answer(Verdict.DONE)

    def _deliver(self, payload: Payload, event: Event) -> None:
        """Deliver, unless the version is erased; where it was erased meanwhile, what was delivered goes again."""
        ctx = self._parts.context(event)
        if erased(payload, ctx):
            return
        place = None
        match payload:
            case RedlineCompleted() as completed:
                place = self._deliver_redline(completed, event)
            case RedlineFailed() as failed:
                place = self._deliver_failure(failed, event)
            case RedlineRendered() | RenderingFailed() as about_pdf:
                place = self._deliver_pdf(about_pdf, event)
            case DocumentRejected() as rejected:
                place = self._deliver_rejection(rejected, event)
            case RedlineBatchCompleted() as ended:
                self._deliver_end(ended, event)
            case RequestRejected() as refused:
                self._deliver_refusal(refused, event)
            case DocumentErased():
                self._erased()
        for document_id, generation in erased(payload, ctx).items():
            Remains(ctx, document_id, generation).remove(None)
            if place:
                copies.discard(place.root, place.folder)

    def _deliver_redline(self, completed: RedlineCompleted, event: Event) -> _Place | None:
        if self._has_nearer(completed):
            return None
        place = self._place_of(completed, event)
        made = (completed.redline, completed.html, completed.changes, completed.summary_object)
        refs = dict(zip(("docx", "html", "changes", "summary"), made, strict=True))
        files = [
            place.fill(place.name(requestfolder.SUFFIXES[name]), self._download(refs[name]))
            for name in requestfolder.wanted(completed)
            if name in refs
        ]
        place.remove("failed.txt")
        self._remember(completed)
        self._tell(place.delivered("redline", files, changes=_count(completed.summary)))
        return place

    def _deliver_failure(self, failed: RedlineFailed, event: Event) -> _Place | None:
        if self._has_nearer(failed):
            return None
        place = self._place_of(failed, event)
        file = place.write("failed.txt", f"{failed.message}\n({failed.code})\n".encode())
        self._tell(place.delivered("failed", [file], message=failed.message))
        return place

    def _deliver_pdf(self, about: RedlineRendered | RenderingFailed, event: Event) -> _Place | None:
        """Put the PDF, or why there is none, beside the redline."""
        if self._has_nearer(about):
            return None
        place = self._place_of(about, event)
        if isinstance(about, RedlineRendered):
            pdf = place.fill(place.name(requestfolder.SUFFIXES["pdf"]), self._download(about.pdf))
            place.remove(_NO_PDF)
            self._tell(place.delivered("pdf", [pdf]))
        else:
            place.write(_NO_PDF, f"{about.message}\n({about.code})\n".encode())
        return place

    def _deliver_end(self, ended: RedlineBatchCompleted, event: Event) -> None:
        place = self._place_of_request(ended, event)
        file = place.fill(requestfolder.RESULTS_FILE, self._download(ended.results))
        self._tell(place.delivered("ended", [file], message=_counts(ended)))

    def _deliver_refusal(self, refused: RequestRejected, event: Event) -> None:
        place = self._place_of_request(refused, event)
        file = place.put(requestfolder.REJECTED_FILE, requestfolder.about_rejection(refused))
        self._tell(place.delivered("rejected", [file], message=refused.message))

    def _deliver_rejection(self, rejected: DocumentRejected, event: Event) -> _Place:
        place = self._place(rejected.document_id, rejected.generation, event)
        file = place.write("rejected.txt", f"{rejected.message}\n({rejected.code})\n".encode())
        self._tell(place.delivered("rejected", [file], message=rejected.message))
        return place

    def _download(self, ref: ObjectRef) -> Callable[[Path], object]:
        return partial(self._parts.blobs.download, ref.bucket, ref.object, generation=ref.generation)

    def _has_nearer(self, pair: Pair) -> bool:
        """Whether the version's redline against a nearer version, or of a later attempt, was delivered before."""
        if pair.batch_id is not None:
            return False
        try:
            known = json.loads(self._parts.blobs.get(self._bucket, _record_name(pair)))
        except NotFound:
            return False
        return (known["before_generation"], known["attempt"]) > (pair.before_generation, pair.attempt)

    def _remember(self, pair: Pair) -> None:
        if pair.batch_id is not None:
            return
        record = {"format": 1, "before_generation": pair.before_generation, "attempt": pair.attempt}
        self._parts.blobs.put(self._bucket, _record_name(pair), json.dumps(record).encode(), content_type=JSON)

    def _place_of(self, pair: Pair, event: Event) -> _Place:
        """Raises UnknownDocumentError."""
        if pair.batch_id is None:
            return self._place(pair.document_id, pair.after_generation, event)
        index, after = pair.batch_index or 0, relative_path(self._name(pair.document_id))
        before = relative_path(self._name(pair.before_document_id)) if pair.before_document_id else after
        folder = requestfolder.folder_of(self._layout, pair.batch_id, event.time)
        place = _Place(self._layout.redlines, after, folder / requestfolder.name_of_pair(index, after), event.time)
        place.put(requestfolder.PAIR_FILE, requestfolder.about_pair(pair, before, after))
        return place

    def _place_of_request(self, fact: BatchFact, event: Event) -> _Place:
        name = f"request {requestfolder.short_id(fact.batch_id)}"
        folder = requestfolder.folder_of(self._layout, fact.batch_id, event.time)
        return _Place(self._layout.redlines, name, folder, event.time)

    def _place(self, document_id: str, generation: int, event: Event) -> _Place:
        """Raises UnknownDocumentError."""
        name = self._name(document_id)
        try:
            taken = self._parts.blobs.stat(self._parts.settings.uploads_bucket, name, generation).created
        except NotFound:
            taken = event.time
        path = relative_path(name)
        return _Place(self._layout.redlines, path, self._layout.redlines / path / version_name(taken), taken)

    def _name(self, document_id: str) -> str:
        """Object name of the uploads of a document. Raises UnknownDocumentError."""
        try:
            record = self._parts.blobs.get(self._bucket, f"paths/{self._parts.settings.tenant}/{document_id}.json")
        except NotFound:
            raise UnknownDocumentError from None
        return PathRecord.model_validate_json(record).path

    @property
    def _bucket(self) -> str:
        return self._parts.settings.records_bucket


def _count(summary: Summary) -> int:
    return summary.insertions + summary.deletions + summary.replacements + summary.moves + summary.formatting


def _record_name(pair: Pair) -> str:
    return f"delivered/{pair.tenant}/{pair.document_id}/{pair.after_generation}.json"


def _counts(ended: RedlineBatchCompleted) -> str:
    """The counts of a request that are not 0, for people."""
    named = {
        "made": ended.completed,
        "failed": ended.failed,
        "undeliverable": ended.undeliverable,
        "timed out": ended.timed_out,
    }
    return f"{ended.total} asked for: {', '.join(f'{count} {name}' for name, count in named.items() if count)}."


@dataclass(frozen=True, slots=True)
class _Place:
    """A folder for results about `path`, below the folder for people. What is told of them counts from `since`."""

    root: Path
    path: str
    folder: Path
    since: datetime

    def write(self, suffix: str, content: bytes) -> Path:
        """Write a file that is named after the document."""
        return self.put(self.name(suffix), content)

    def put(self, name: str, content: bytes) -> Path:
        """Write a file."""
        return self.fill(name, lambda file: file.write_bytes(content))

    def fill(self, name: str, make: Callable[[Path], object]) -> Path:
        """Have `make` write a file, by temporary name and rename."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{name[-40:]}.part")
        temporary.unlink(missing_ok=True)  # left by a killed process
        make(temporary)
        temporary.replace(target)
        return target

    def remove(self, suffix: str) -> None:
        """Remove a file that is no longer true."""
        (self.folder / self.name(suffix)).unlink(missing_ok=True)

    def delivered(self, kind: ResultKind, files: list[Path], *, message: str = "", changes: int = 0) -> Delivered:
        """What to tell about it."""
        seconds = (now() - self.since).total_seconds()
        return Delivered(kind, self.path, self.folder, tuple(files), seconds, message, changes)

    def name(self, suffix: str) -> str:
        """Name of a file that is named after the document."""
        stem = os.fsencode(Path(self.path).stem)[: _LONGEST_FILE_NAME - len(suffix) - 1]
        return f"{os.fsdecode(stem)}.{suffix}"
