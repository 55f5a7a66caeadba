"""Topics and subscriptions, as Pub/Sub has them: at least once, with leases, retries and dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from schemas.messaging import Message


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message on loan: to be acked or nacked by `ack_id` before its lease ends. `attempt` counts from 1."""

    message: Message
    ack_id: str
    attempt: int


@dataclass(frozen=True, slots=True)
class Depth:
    """What waits in a subscription. `oldest_age` is in seconds, 0 when nothing waits."""

    ready: int
    leased: int
    delayed: int
    oldest_age: float

    @property
    def backlog(self) -> int:
        """Undelivered and unacknowledged messages together, as num_undelivered_messages counts them."""
        return self.ready + self.leased + self.delayed


class NotMeasured(Exception):  # noqa: N818 - the state it names
    """The service does not tell how much waits in a subscription; the message says who does."""


class Bus(Protocol):
    """Publish to topics; pull from subscriptions. Every method may raise BackendUnavailable."""

    def publish(self, topic: str, messages: Sequence[Message]) -> None:
        """Add the messages to every subscription of the topic that takes them; all are durable on return.

        When it raises, some may have been published.
        """
        ...

    def pull(self, subscription: str, *, max_messages: int, wait: float) -> list[Delivery]:
        """Lease up to `max_messages`, waiting up to `wait` seconds for the first."""
        ...

    def extend(self, subscription: str, deliveries: Sequence[Delivery]) -> None:
        """Renew the leases for another full lease. A lease already lost is passed over.

        To be called while a message is worked on; a door whose client renews by itself has nothing to do.
        """
        ...

    def ack(self, subscription: str, deliveries: Sequence[Delivery]) -> None:
        """Done: never deliver these again."""
        ...

    def nack(self, subscription: str, delivery: Delivery, *, reason: str) -> None:
        """Failed: deliver again after the backoff, or after the last attempt move it to the dead letters.

        A dead letter keeps its attributes and gains SOURCE_SUBSCRIPTION, DELIVERY_COUNT and REASON.
        """
        ...

    def release(self, subscription: str) -> int:
        """End every lease at once, for the start of the only puller of a subscription; returns how many.

        Where others may pull too, as from Pub/Sub, this does nothing.
        """
        ...

    def stop(self) -> None:
        """Pull nothing more, and give back what was leased but not handed out by `pull`; returns at once.

        What was handed out may still be extended, acked and nacked.
        """
        ...

    def depth(self, subscription: str) -> Depth:
        """What waits now. Raises NotMeasured where only the platform's monitoring tells."""
        ...
