"""Messages and subscriptions, as Pub/Sub has them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

MAX_MESSAGE_BYTES = 64 * 1024
"""Events carry references, not content: a larger one is a mistake."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is published and delivered. Attributes are text to text; `data` is the body."""

    data: bytes
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A function's queue on a topic. Times in seconds.

    A delivery is leased for `lease`, and the lease is extended while the function works, up to `deadline`. A nacked
    message comes back after `retry_min`, doubling up to `retry_max`; after `max_attempts` it goes to the dead letters.
    An empty set of event types takes every type.
    """

    topic: str
    function: str
    event_types: frozenset[str] = frozenset()
    lease: float = 30.0
    deadline: float = 60.0
    retry_min: float = 1.0
    retry_max: float = 60.0
    max_attempts: int = 5

    @property
    def name(self) -> str:
        """Id of the subscription, such as `documents-plan`."""
        return f"{self.topic}-{self.function}"
