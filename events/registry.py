"""Every event type there is, and the shape of its data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
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
from schemas.redlines import (
    PairRequested,
    RedlineCompleted,
    RedlineFailed,
    RedlineRendered,
    RedlineSuperseded,
    RenderingFailed,
)
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
    RedlineRendered,
    RenderingFailed,
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


class MalformedData(EnvelopeError):  # noqa: N818 - what the data is
    """The data of an event has not the shape of its type.

    `faults` says where and what, by the path of the field and by pydantic's name and sentence, without the values: an
    error travels in logs.
    """

    def __init__(self, event_type: str, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        where = "; ".join(f"{'.'.join(map(str, each.where)) or 'data'}: {each.kind}" for each in self.faults)
        super().__init__(f"the data of a {event_type} event is malformed: {where}")


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with the data of an event."""

    where: tuple[str | int, ...]
    kind: str
    sentence: str


def parse(event: Event) -> Payload:
    """The data of an event.

    Raises EnvelopeError when its type is not known, MalformedData when its data has not the type's shape.
    """
    model = PAYLOADS.get(event.type)
    if model is None:
        raise EnvelopeError(f"events of type {event.type} are not known")
    try:
        return model.model_validate_json(event.data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False, include_context=False)
        raise MalformedData(event.type, [Fault(each["loc"], each["type"], each["msg"]) for each in found]) from None
