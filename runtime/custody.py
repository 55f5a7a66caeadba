"""Asks the pipeline to hold, release or erase a document, and waits for what comes of it."""

from __future__ import annotations

import time
from typing import Any, Final

from events.envelope import root, to_message
from events.ids import hold_id
from functions.custody import Custody
from runtime.composition import Services, now
from runtime.documents import Document
from schemas.audit import AuditRow
from schemas.custody import CustodyRecord, CustodyRequest, ErasureRequested, Hold, HoldReleaseRequested, HoldRequested

SOURCE: Final = "/custody"
_FIRST_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 1.0


class NoAnswerError(TimeoutError):
    """The pipeline has not answered in time. It may do so yet: the request is on its way."""


def record_of(parts: Services, document_id: str) -> CustodyRecord:
    """Holds and erasures of a document. Raises BackendUnavailable."""
    settings = parts.settings
    return Custody(
        parts.blobs,
        settings.records_bucket,
        tenant=settings.tenant,
        region=settings.region,
        document_id=document_id,
    ).record()


def held(parts: Services) -> dict[str, CustodyRecord]:
    """The records of all documents on which a hold stands, by document id. Raises BackendUnavailable."""
    names = (blob.name for blob in parts.blobs.list(parts.settings.records_bucket, f"custody/{parts.settings.tenant}/"))
    identities = (name.rpartition("/")[2].removesuffix(".json") for name in names)
    records = {identity: record_of(parts, identity) for identity in identities}
    return {identity: record for identity, record in records.items() if record.standing}


class Requests:
    """Requests in the name of whoever the settings name, for one reason. Methods may raise BackendUnavailable."""

    def __init__(self, parts: Services, reason: str) -> None:
        self._parts = parts
        self._reason = reason

    def erase(self, document: Document) -> str:
        """Ask for the erasure of a document; the id of the request's event."""
        return self._publish(ErasureRequested(**self._about(document)))

    def hold(self, document: Document) -> str:
        """Ask for a hold on a document; the id of the request's event."""
        about = self._about(document)
        return self._publish(HoldRequested(**about, hold_id=hold_id(document.id, about["requested_at"])))

    def release(self, document: Document, hold: Hold) -> str:
        """Ask for the end of a hold; the id of the request's event."""
        return self._publish(HoldReleaseRequested(**self._about(document), hold_id=hold.hold_id))

    def answer(self, document: Document, request: str, within: float) -> AuditRow:
        """What came of a request, as the audit trail has it. Raises NoAnswerError after `within` seconds."""
        give_up, pause = time.monotonic() + within, _FIRST_PAUSE
        while time.monotonic() < give_up:
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            for row in self._parts.audit.rows(document_id=document.id):
                if row.correlation_id == request:
                    return row
        raise NoAnswerError

    def _about(self, document: Document) -> dict[str, Any]:
        settings = self._parts.settings
        return {
            "tenant": settings.tenant,
            "region": settings.region,
            "document_id": document.id,
            "requested_at": now(),
            "actor": settings.actor,
            "actor_source": settings.actor_source,
            "reason": self._reason,
        }

    def _publish(self, request: CustodyRequest) -> str:
        event = root(request, source=SOURCE, now=request.requested_at)
        self._parts.bus.publish(request.topic, [to_message(event)])
        return event.id
