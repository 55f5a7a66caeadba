"""What the pipeline remembers about each document, in the records bucket."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from datetime import datetime
from typing import Final

from backends.blobs import Blobs, NotFound, PreconditionFailed
from functions.objects import JSON, get, put_once
from schemas.documents import PathRecord, VersionRecord
from schemas.redlines import Plan

_TRIES: Final = 20
_FIRST_PAUSE: Final = 0.01
_LONGEST_PAUSE: Final = 0.5


class ContentionError(RuntimeError):
    """Others changed a record every time we tried; a redelivery will do better."""


class Records:
    """The records of one tenant's document in `bucket`."""

    def __init__(self, blobs: Blobs, bucket: str, *, tenant: str, region: str, document_id: str) -> None:
        self._blobs = blobs
        self._bucket = bucket
        self._tenant = tenant
        self._region = region
        self._document_id = document_id
        self._versions_name = f"versions/{tenant}/{document_id}.json"

    def keep_path(self, path: str, seen: datetime) -> None:
        """Remember which path stands behind the document id; the first to come stays."""
        record = PathRecord(
            tenant=self._tenant, region=self._region, document_id=self._document_id, path=path, first_seen=seen
        )
        name = f"paths/{self._tenant}/{self._document_id}.json"
        put_once(self._blobs, self._bucket, name, record.model_dump_json().encode(), JSON)

    def versions(self) -> VersionRecord:
        """The version record; an empty one for a document that has none."""
        return self._read()[0]

    def update(self, change: Callable[[VersionRecord], VersionRecord]) -> VersionRecord:
        """Change the version record by compare-and-swap and return what it is now; `change` must be pure.

        Raises ContentionError when others are always quicker.
        """
        for attempt in range(_TRIES):
            record, generation = self._read()
            changed = change(record)
            if changed == record:
                return record
            try:
                self._write(changed, generation)
            except PreconditionFailed:
                pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2**attempt)
                time.sleep(random.uniform(0, pause))  # noqa: S311 - jitter, not a secret
            else:
                return changed
        raise ContentionError(f"the version record changed {_TRIES} times while it was to be updated")

    def pin(self, plan: Plan) -> Plan:
        """Keep the plan of a generation unless there is one, and return the one that is kept."""
        name = f"plans/{self._tenant}/{self._document_id}/{plan.generation}.json"
        kept = put_once(self._blobs, self._bucket, name, plan.model_dump_json().encode(), JSON)
        return Plan.model_validate_json(get(self._blobs, kept))

    def _read(self) -> tuple[VersionRecord, int]:
        """The version record and its object generation, 0 where there is none."""
        try:
            blob = self._blobs.stat(self._bucket, self._versions_name)
            content = self._blobs.get(self._bucket, self._versions_name, blob.generation)
        except NotFound:
            empty = VersionRecord(tenant=self._tenant, region=self._region, document_id=self._document_id)
            return empty, 0
        return VersionRecord.model_validate_json(content), blob.generation

    def _write(self, record: VersionRecord, if_generation: int) -> None:
        self._blobs.put(
            self._bucket,
            self._versions_name,
            record.model_dump_json().encode(),
            content_type=JSON,
            if_generation_match=if_generation,
        )
