"""Every event type there is, and the shape of its data."""

from __future__ import annotations

from typing import Final

from pydantic import ValidationError

from events.envelope import EnvelopeError, Event
from schemas.base import Payload
from schemas.batches import RedlineBatchCompleted, RequestRejected
from schemas.clock import ClockTicked
from schemas.custody import (
    DocumentErased,
    ErasureRefused,
    ErasureRequested,
    HoldPlaced,
    HoldRefused,
    HoldReleased,
    HoldReleaseRequested,
    HoldRequested,
)
from schemas.deadletters import DeadLetterDiscarded, DeadLetterReplayed, MessageUndeliverable
from schemas.documents import DocumentDeleted, DocumentNormalized, DocumentRejected, DocumentUnchanged
from schemas.redlines import PairRequested, RedlineCompleted, RedlineFailed, RedlineSuperseded
from schemas.requests import RedlineRequested
from schemas.storage import ObjectArchived, ObjectDeleted, ObjectFinalized

OWN: Final[tuple[type[Payload], ...]] = (
    DocumentNormalized,
    DocumentUnchanged,
    DocumentRejected,
    DocumentDeleted,
    RedlineRequested,
    RequestRejected,
    PairRequested,
    RedlineCompleted,
    RedlineFailed,
    RedlineSuperseded,
    ErasureRequested,
    HoldRequested,
    HoldReleaseRequested,
    DocumentErased,
    ErasureRefused,
    HoldPlaced,
    HoldReleased,
    HoldRefused,
    RedlineBatchCompleted,
    ClockTicked,
    MessageUndeliverable,
    DeadLetterReplayed,
    DeadLetterDiscarded,
)
"""What this pipeline says, in the order of the chain."""
STORAGE: Final[tuple[type[Payload], ...]] = (ObjectFinalized, ObjectDeleted, ObjectArchived)
"""What the buckets say."""
PAYLOADS: Final[dict[str, type[Payload]]] = {model.event_type: model for model in (*STORAGE, *OWN)}


def parse(event: Event) -> Payload:
    """The data of an event. Raises EnvelopeError when its type is not known or its data has not the type's shape."""
    model = PAYLOADS.get(event.type)
    if model is None:
        raise EnvelopeError(f"events of type {event.type} are not known")
    try:
        return model.model_validate_json(event.data)
    except ValidationError as error:
        raise EnvelopeError(f"the data of a {event.type} event is malformed: {_where(error)}") from None


def _where(error: ValidationError) -> str:
    """Fields and what is wrong with each, without the values: an error travels in logs."""
    return "; ".join(f"{'.'.join(map(str, each['loc'])) or 'data'}: {each['type']}" for each in error.errors())
