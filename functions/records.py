"""What the pipeline remembers about each document, in the records bucket."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from backends.blobs import Blobs, NotFound
from functions.objects import JSON, get, put_once, read_record, update_record
from functions.versions import drop
from schemas.base import Generation
from schemas.documents import PathRecord, VersionRecord
from schemas.redlines import Plan


class Records:
    """The records of one tenant's document in `bucket`."""

    def __init__(self, blobs: Blobs, bucket: str, *, tenant: str, region: str, document_id: str) -> None:
        self._blobs = blobs
        self._bucket = bucket
        self._tenant = tenant
        self._region = region
        self._document_id = document_id
        self._path_name = f"paths/{tenant}/{document_id}.json"
        self._versions_name = f"versions/{tenant}/{document_id}.json"
        self._empty = VersionRecord(tenant=tenant, region=region, document_id=document_id)

    def keep_path(self, path: str, seen: datetime) -> None:
        """Remember which path stands behind the document id; the first to come stays."""
        record = PathRecord(
            tenant=self._tenant, region=self._region, document_id=self._document_id, path=path, first_seen=seen
        )
        put_once(self._blobs, self._bucket, self._path_name, record.model_dump_json().encode(), JSON)

    def path(self) -> str | None:
        """The path behind the document id; None where it is not known, or erased."""
        try:
            return PathRecord.model_validate_json(self._blobs.get(self._bucket, self._path_name)).path
        except NotFound:
            return None

    def forget_path(self) -> None:
        """Remove the path for good."""
        self._remove(self._path_name, list(self._blobs.generations(self._bucket, self._path_name)))

    def versions(self) -> VersionRecord:
        """The version record; an empty one for a document that has none."""
        return read_record(self._blobs, self._bucket, self._versions_name, self._empty)[0]

    def update(self, change: Callable[[VersionRecord], VersionRecord]) -> VersionRecord:
        """Change the version record by compare-and-swap and return what it is now; `change` must be pure.

        Raises ContentionError when others are always quicker.
        """
        return update_record(self._blobs, self._bucket, self._versions_name, self._empty, change)

    def forget_versions(self, through: Generation) -> None:
        """Remove what the version record knows of the versions up to and with a generation, for good.

        Whatever others add meanwhile is not lost: only those generations of the record are removed of which it is
        known that they hold nothing else, and who builds upon one of them has to read anew.
        """
        old = list(self._blobs.generations(self._bucket, self._versions_name))
        self.update(partial(drop, through=through))
        record, generation = read_record(self._blobs, self._bucket, self._versions_name, self._empty)
        if record == self._empty:
            self._remove(self._versions_name, [*old, (self._versions_name, generation)])
        else:
            self._remove(self._versions_name, [each for each in old if each[1] != generation])

    def pin(self, plan: Plan) -> Plan:
        """Keep the plan of a generation unless there is one, and return the one that is kept."""
        name = f"plans/{self._tenant}/{self._document_id}/{plan.generation}.json"
        kept = put_once(self._blobs, self._bucket, name, plan.model_dump_json().encode(), JSON)
        return Plan.model_validate_json(get(self._blobs, kept))

    def _remove(self, name: str, stored: Sequence[tuple[str, Generation]]) -> None:
        for found, generation in stored:
            if found == name:
                self._blobs.remove(self._bucket, name, generation)
