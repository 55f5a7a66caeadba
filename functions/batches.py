"""What the pipeline remembers about requests for redlines: their plans, what is done of them, which are still open."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from backends.blobs import Blob, Blobs, DamagedError, NotFound
from functions.objects import JSON, get, put_once, reference
from schemas.batches import BatchPlan, BatchResults, PairResult, RequestRejected
from schemas.requests import RedlineRequested

_DAMAGED: Final = "What was kept of this result is damaged; ask for the pair again."
_DEADLINE: Final = "deadline"
_SIZE: Final = "size"


@dataclass(frozen=True, slots=True)
class OpenBatch:
    """A batch of which somebody still waits for the end. `size` is the number of its pairs."""

    batch_id: str
    size: int
    deadline: datetime


class Batches:
    """The batches of one tenant; records in one bucket, what people are to read in the other."""

    def __init__(self, blobs: Blobs, *, records: str, redlines: str, tenant: str) -> None:
        self._blobs = blobs
        self._records = records
        self._redlines = redlines
        self._tenant = tenant

    def plan(self, batch_id: str) -> BatchPlan | None:
        """The plan of a batch, if it has one."""
        try:
            return BatchPlan.model_validate_json(self._blobs.get(self._records, self._plan_name(batch_id)))
        except NotFound:
            return None

    def pin(self, plan: BatchPlan) -> BatchPlan:
        """Keep the plan of a batch unless there is one, and return the one that is kept."""
        kept = put_once(
            self._blobs, self._records, self._plan_name(plan.batch_id), plan.model_dump_json().encode(), JSON
        )
        return BatchPlan.model_validate_json(get(self._blobs, kept))

    def rejection(self, request_sha256: str) -> RequestRejected | None:
        """Why the request with this event was rejected, if it was."""
        try:
            return RequestRejected.model_validate_json(
                self._blobs.get(self._records, self._rejection_name(request_sha256))
            )
        except NotFound:
            return None

    def pin_rejection(self, rejected: RequestRejected) -> RequestRejected:
        """Keep why the request was rejected unless that is kept already, and return what is kept."""
        name = self._rejection_name(rejected.request_sha256)
        kept = put_once(self._blobs, self._records, name, rejected.model_dump_json().encode(), JSON)
        return RequestRejected.model_validate_json(get(self._blobs, kept))

    def open(self, plan: BatchPlan) -> None:
        """Note that the end of the batch is waited for."""
        metadata = {_DEADLINE: plan.deadline.isoformat(), _SIZE: str(len(plan.pairs))}
        put_once(self._blobs, self._records, self._open_name(plan.batch_id), b"{}", JSON, metadata)

    def find_open(self, batch_id: str) -> OpenBatch | None:
        """The batch, if its end is still waited for."""
        try:
            return _open_batch(self._blobs.stat(self._records, self._open_name(batch_id)))
        except NotFound:
            return None

    def all_open(self) -> Iterator[OpenBatch]:
        """Every batch whose end is still waited for."""
        yield from map(_open_batch, self._blobs.list(self._records, f"open/{self._tenant}/"))

    def close(self, batch_id: str) -> None:
        """Note that the end of the batch was published."""
        name = self._open_name(batch_id)
        try:
            self._blobs.remove(self._records, name, self._blobs.stat(self._records, name).generation)
        except NotFound:
            return

    def note(self, batch_id: str, result: PairResult) -> bool:
        """Keep what came of a pair, the first time it is said; whether this is what is kept."""
        data = result.model_dump_json().encode()
        kept = put_once(self._blobs, self._records, self._done_name(batch_id, result.index), data, JSON)
        return get(self._blobs, kept) == data

    def done(self, batch_id: str) -> set[int]:
        """Which pairs are done: the truth."""
        names = self._blobs.generations(self._records, self._done_folder(batch_id))
        return {int(name.rpartition("/")[2].removesuffix(".json")) for name, _ in names}

    def result(self, batch_id: str, planned: PairResult) -> PairResult:
        """What came of a pair that is done; `planned` stands in for it where it was damaged."""
        try:
            kept = self._blobs.get(self._records, self._done_name(batch_id, planned.index))
        except (DamagedError, NotFound):
            return planned.model_copy(update={"state": "failed", "code": "damaged-object", "message": _DAMAGED})
        return PairResult.model_validate_json(kept)

    def end(self, batch_id: str) -> tuple[BatchResults, Blob] | None:
        """What the batch ended with, if it has ended, and the object that says so."""
        try:
            blob = self._blobs.stat(self._redlines, self._results_name(batch_id))
        except NotFound:
            return None
        return BatchResults.model_validate_json(get(self._blobs, reference(blob))), blob

    def pin_end(self, results: BatchResults) -> tuple[BatchResults, Blob]:
        """Keep what the batch ended with unless that is kept already; what is kept, and the object that says so."""
        data = results.model_dump_json(indent=1).encode()
        put_once(self._blobs, self._redlines, self._results_name(results.batch_id), data, JSON)
        kept = self.end(results.batch_id)
        if kept is None:
            raise LookupError("the end of the batch was removed as soon as it was written")
        return kept

    def _plan_name(self, batch_id: str) -> str:
        return f"batches/{self._tenant}/{batch_id}.json"

    def _rejection_name(self, request_sha256: str) -> str:
        return f"rejections/{self._tenant}/{request_sha256}.json"

    def _open_name(self, batch_id: str) -> str:
        return f"open/{self._tenant}/{batch_id}.json"

    def _done_folder(self, batch_id: str) -> str:
        return f"done/{self._tenant}/{batch_id}/"

    def _done_name(self, batch_id: str, index: int) -> str:
        return f"{self._done_folder(batch_id)}{index}.json"

    def _results_name(self, batch_id: str) -> str:
        return f"{self._tenant}/batches/{batch_id}/results.json"


def content_sha256(request: RedlineRequested) -> str:
    """Tells apart what two requests of one id ask for; one that is made again may well name a later deadline."""
    return hashlib.sha256(request.model_dump_json(exclude={"request_id", "deadline"}).encode()).hexdigest()


def _open_batch(blob: Blob) -> OpenBatch:
    batch_id = blob.name.rpartition("/")[2].removesuffix(".json")
    return OpenBatch(batch_id, int(blob.metadata[_SIZE]), datetime.fromisoformat(blob.metadata[_DEADLINE]))
