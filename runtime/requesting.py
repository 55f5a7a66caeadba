"""Makes requests for redlines of what a person names, publishes them, and follows what comes of them."""

from __future__ import annotations

import hashlib
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from events.envelope import Event, to_message
from events.ids import batch_id, request_digest
from functions.batches import Batches, content_sha256
from runtime.composition import Services, now
from runtime.documents import Document, Documents, UnknownDocumentError
from schemas.batches import BatchPlan, BatchResults, PairResult, RequestRejected
from schemas.documents import RejectedVersion
from schemas.requests import DocumentVersion, RedlineRequested, RequestedPair

SOURCE: Final = "/cli"
FOLDER: Final = "requests"
"""Folder of the uploads that takes the local files of requests, each below a part of its SHA-256."""
_LOOK_EVERY: Final = 0.1
_NAMED: Final = re.compile(r"(?P<document>.+)@(?P<version>\d+)", re.DOTALL)
_LOCAL: Final = ("/", "./", "../", "~/")


class SideError(Exception):
    """What was named cannot be compared. The message is a sentence for a person."""


class Sides:
    """Finds or uploads what a person names as one side of a pair."""

    def __init__(self, parts: Services, *, patience: float) -> None:
        """`patience` in seconds is how long an upload may take to be read."""
        self._parts = parts
        self._documents = Documents(parts)
        self._patience = patience

    def find(self, given: str) -> DocumentVersion:
        """The version that is meant. Raises SideError, UnknownDocumentError, OSError, BackendUnavailable."""
        named = _NAMED.fullmatch(given)
        file = Path(given).expanduser()
        if given.startswith(_LOCAL) and file.is_file() and not self._is_upload(file):
            return self._upload(file)
        try:
            if named and not file.exists():
                return self._version(self._documents.find(named["document"]), int(named["version"]))
            return DocumentVersion(document_id=self._documents.find(given).id)
        except UnknownDocumentError:
            if file.is_file():
                return self._upload(file)
            raise

    def _version(self, document: Document, number: int) -> DocumentVersion:
        """By its number as people count, or else by its generation, which the pipeline judges."""
        if 1 <= number <= len(document.versions):
            number = document.versions[number - 1].generation
        return DocumentVersion(document_id=document.id, generation=number)

    def _is_upload(self, file: Path) -> bool:
        return file.absolute().is_relative_to(self._parts.settings.layout.uploads)

    def _upload(self, file: Path) -> DocumentVersion:
        """Drop the file as a person would, unless that was done before, and wait until it was read."""
        data = file.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        target = self._parts.settings.layout.uploads / FOLDER / sha256[:12] / file.name
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = target.with_name(f".{uuid.uuid4()}.part")
            temporary.write_bytes(data)
            temporary.replace(target)
        document_id = self._documents.find_id(str(target))
        until = time.monotonic() + self._patience
        while time.monotonic() < until:
            versions = self._documents.versions(document_id)
            if versions and isinstance(versions[-1], RejectedVersion):
                raise SideError(f"{file} cannot be compared. {versions[-1].message}")
            if versions:
                return DocumentVersion(document_id=document_id, generation=versions[-1].generation)
            time.sleep(_LOOK_EVERY)
        raise SideError(f"{file} was not read within {self._patience:.0f} s; see: redline status")


def make(pairs: list[tuple[DocumentVersion, DocumentVersion]], **wanted: Any) -> RedlineRequested:
    """The request for these pairs; sides without a generation of one document are its two newest versions."""
    return RedlineRequested(
        pairs=tuple(RequestedPair(before=before, after=after) for before, after in pairs),
        **{name: value for name, value in wanted.items() if value is not None},
    )


def spelled(request: RedlineRequested) -> bytes:
    """The data of the request's event, as short as can be."""
    return request.model_dump_json(exclude_none=True).encode()


@dataclass(frozen=True, slots=True)
class Published:
    """A request that was published."""

    event: Event
    request: RedlineRequested | None
    batch_id: str
    batches: Batches

    def answer(self) -> BatchPlan | RequestRejected | None:
        """What the pipeline made of it; None while that is not known. Raises BackendUnavailable."""
        rejected = self.batches.rejection(request_digest(self.event.source, self.event.id, self.event.data))
        if rejected is not None or self.request is None:
            return rejected
        plan = self.batches.plan(self.batch_id)
        mine = plan is not None and plan.content_sha256 == content_sha256(self.request)
        return plan if mine else None

    def wait_for_answer(self, patience: float) -> BatchPlan | RequestRejected | None:
        """The answer, or None when there is none within so many seconds."""
        until = time.monotonic() + patience
        while (answer := self.answer()) is None and time.monotonic() < until:
            time.sleep(_LOOK_EVERY)
        return answer

    def follow(self, plan: BatchPlan, tell: Callable[[dict[int, PairResult]], None]) -> BatchResults:
        """Wait for the end, and tell what is done so far, again and again. Raises BackendUnavailable."""
        known: dict[int, PairResult] = {}
        while (ended := self.batches.end(self.batch_id)) is None:
            for index in self.batches.done(self.batch_id) - known.keys():
                known[index] = self.batches.result(self.batch_id, _pending(plan, index))
            tell(known)
            time.sleep(_LOOK_EVERY)
        return ended[0]


def publish(parts: Services, data: bytes) -> Published:
    """Publish the data of a request under an id of its own. Raises BackendUnavailable."""
    identity = str(uuid.uuid4())
    event = Event(
        id=identity,
        type=RedlineRequested.event_type,
        source=SOURCE,
        subject="",
        time=now(),
        data=data,
        correlation_id=identity,
        causation_id="",
    )
    try:
        request = RedlineRequested.model_validate_json(data)
    except ValidationError:
        request = None  # the pipeline says what is wrong, to us as to everybody
    parts.bus.publish(RedlineRequested.topic, [to_message(event)])
    settings = parts.settings
    batches = Batches(
        parts.blobs, records=settings.records_bucket, redlines=settings.redlines_bucket, tenant=settings.tenant
    )
    named = request.request_id if request and request.request_id else identity
    return Published(event, request, batch_id(settings.tenant, named), batches)


def _pending(plan: BatchPlan, index: int) -> PairResult:
    pair = plan.pairs[index]
    return PairResult(
        index=index,
        state="failed",
        pair_id=pair.pair_id,
        document_id=pair.document_id,
        before_document_id=pair.before_document_id or pair.document_id,
        before_generation=pair.before_generation,
        after_generation=pair.after_generation,
    )
