"""Messages and subscriptions, as Pub/Sub has them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

MAX_MESSAGE_BYTES = 64 * 1024
"""Events carry references, not content: a larger one is a mistake."""
TYPE: Final = "ce-type"
CLOCK: Final = "clock"
"""Topic of the ticks: those of Cloud Scheduler do not say when they were published, but for what Pub/Sub adds."""
PUBLISH_TIME: Final = "x-goog-pubsub-publish-time"
"""What Pub/Sub calls the time of publishing where it pushes with write_metadata."""
PRIORITY: Final = "ce-priority"
BULK: Final = "bulk"
"""What the attribute `ce-priority` says of work that nobody waits for; anything else, or nothing, is interactive."""
DEAD_LETTER_MARK: Final = "CloudPubSubDeadLetterSource"
"""How every attribute begins that Pub/Sub adds to a dead letter."""
SOURCE_SUBSCRIPTION: Final = f"{DEAD_LETTER_MARK}Subscription"
DELIVERY_COUNT: Final = f"{DEAD_LETTER_MARK}DeliveryCount"
REASON: Final = "reason"
"""Attribute of a dead letter that says why; what Pub/Sub itself moved has none."""

DEAD_LETTERS: Final = "dead-letters"
"""Topic of what could not be delivered. A message there is retried for ever: there is nowhere left to put it."""

Priority = Literal["interactive", "bulk"]

_SHORTEST_LEASE: Final = 10
"""Seconds; the least that Pub/Sub takes for a stream, or for a subscription."""
_FEWEST_ATTEMPTS: Final = 5
_MOST_ATTEMPTS: Final = 100
"""Bounds of `max_delivery_attempts` of a dead-letter policy of Pub/Sub."""
_LONGEST_FILTER: Final = 256
_STORAGE_TYPES: Final = "google.cloud.storage."


@dataclass(frozen=True, slots=True)
class Message:
    """What is published and delivered. Attributes are text to text; `data` is the body."""

    data: bytes
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def priority(self) -> Priority:
        """How soon somebody wants what comes of it."""
        return "bulk" if self.attributes.get(PRIORITY) == BULK else "interactive"


@dataclass(frozen=True, slots=True)
class Subscription:
    """A function's queue on a topic. Times in seconds.

    A delivery is leased for `lease`, and the lease is extended while the function works, up to `deadline`. A nacked
    message comes back after `retry_min`, doubling up to `retry_max`; after `max_attempts` it goes to the dead letters.
    An empty set of event types takes every type, no priority every priority.
    """

    topic: str
    function: str
    event_types: frozenset[str] = frozenset()
    priority: Priority | None = None
    lease: float = 30.0
    deadline: float = 60.0
    retry_min: float = 1.0
    retry_max: float = 60.0
    max_attempts: int = 5

    @property
    def name(self) -> str:
        """Id of the subscription, such as `documents-plan` or `redline-pairs-redline-bulk`."""
        return f"{self.topic}-{self.function}" + (f"-{BULK}" if self.priority == BULK else "")

    @property
    def whole_lease(self) -> int:
        """Length of a lease in whole seconds, as Pub/Sub takes it."""
        return max(_SHORTEST_LEASE, math.ceil(self.lease))

    @property
    def delivery_attempts(self) -> int | None:
        """Attempts after which Pub/Sub moves a message to the dead letters, as it takes them; None: it never does."""
        if self.topic == DEAD_LETTERS:
            return None
        return min(max(_FEWEST_ATTEMPTS, self.max_attempts), _MOST_ATTEMPTS)

    def takes(self, message: Message, event_type: str) -> bool:
        """Whether a message of this CloudEvent type, published to the topic, is meant for this subscription."""
        return (not self.event_types or event_type in self.event_types) and self.priority in (None, message.priority)

    @property
    def filter(self) -> str:
        """The same in Pub/Sub's filter language (https://cloud.google.com/pubsub/docs/subscription-message-filter).

        Empty where everything is taken. Event types are left out where they would not fit into the 256 bytes of a
        filter, and where they are those of storage notifications, whose attributes name them otherwise: the bucket's
        notification chooses them. So the filter may let through what `takes` refuses, never the other way round.
        """
        priority = {None: "", "bulk": f'attributes.{PRIORITY} = "{BULK}"'}.get(
            self.priority, f'NOT attributes.{PRIORITY} = "{BULK}"'
        )
        types = " OR ".join(
            f'attributes.{TYPE} = "{name}"' for name in sorted(self.event_types) if not name.startswith(_STORAGE_TYPES)
        )
        both = f"{priority} AND ({types})" if priority and types else priority or types
        return both if len(both.encode()) <= _LONGEST_FILTER else priority
