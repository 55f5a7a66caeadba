"""Ids derived from meaning: the same fact has the same id however often, and wherever, it is said."""

from __future__ import annotations

import hashlib
import hmac
from datetime import UTC, datetime

from schemas.base import Payload


def _digest(*parts: str) -> str:
    """128 bits of SHA-256 over the parts, each with its length in front so that no two lists run together."""
    framed = b"".join(len(raw).to_bytes(4, "big") + raw for raw in (part.encode() for part in parts))
    return hashlib.sha256(framed).hexdigest()[:32]


def root_id(bucket: str, name: str, generation: int, event_type: str) -> str:
    """Id of a storage event. Storage may publish one change under two message ids; it is one event."""
    return _digest("root", bucket, name, str(generation), event_type)


def event_id(payload: Payload) -> str:
    """Id of an event that a function emits."""
    return _digest("event", payload.event_type, payload.key, payload.outcome, str(payload.attempt_number))


def document_id(secret: bytes, tenant: str, path: str) -> str:
    """Opaque id of a document: a keyed hash, so that a path cannot be guessed from it without the key."""
    framed = f"{len(tenant)}:{tenant}{path}".encode()
    return hmac.new(secret, framed, hashlib.sha256).hexdigest()[:32]


def hold_id(document_id: str, requested_at: datetime) -> str:
    """Id of the hold that was asked for at this time."""
    return _digest("hold", document_id, requested_at.astimezone(UTC).isoformat())


def pair_id(before: tuple[str, int], after: tuple[str, int], wanted: str = "") -> str:
    """Id of a pair of versions, each given as (document id, generation).

    `wanted` says what was asked of its redline, and is empty where that is what is always made.
    """
    return _digest("pair", before[0], str(before[1]), after[0], str(after[1]), *filter(None, [wanted]))


def batch_id(tenant: str, request_id: str) -> str:
    """Id of what one request calls for."""
    return _digest("batch", tenant, request_id)


def request_digest(source: str, identity: str, data: bytes) -> str:
    """SHA-256 that tells apart the events of requests, which anybody may publish under any id."""
    framed = f"{len(source)}:{source}{len(identity)}:{identity}".encode()
    return hashlib.sha256(framed + data).hexdigest()
