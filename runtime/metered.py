"""The bus with a meter: what is said to it and pulled from it is counted, timed and traced, whatever its door is."""

from __future__ import annotations

from collections.abc import Sequence

from backends.bus import Bus, Delivery, Depth
from runtime import metrics, tracing
from schemas.messaging import Message


class MeteredBus:
    """Bus that hands everything on to another. Every method may raise BackendUnavailable."""

    def __init__(self, inner: Bus) -> None:
        self.inner = inner

    def publish(self, topic: str, messages: Sequence[Message]) -> None:
        """Publish, and count the messages."""
        try:
            with metrics.operation("publish", topic=topic), tracing.sending(topic, messages):
                self.inner.publish(topic, messages)
        except Exception as error:
            metrics.sent(len(messages), topic, error=type(error).__name__)
            raise
        metrics.sent(len(messages), topic)

    def pull(self, subscription: str, *, max_messages: int, wait: float) -> list[Delivery]:
        """Pull, and count the messages."""
        with metrics.operation("pull", subscription=subscription):
            deliveries = self.inner.pull(subscription, max_messages=max_messages, wait=wait)
        metrics.consumed(len(deliveries), subscription)
        return deliveries

    def extend(self, subscription: str, deliveries: Sequence[Delivery]) -> None:
        """Renew the leases."""
        with metrics.operation("extend", subscription=subscription):
            self.inner.extend(subscription, deliveries)

    def ack(self, subscription: str, deliveries: Sequence[Delivery]) -> None:
        """Settle as done."""
        with metrics.operation("ack", subscription=subscription):
            self.inner.ack(subscription, deliveries)

    def nack(self, subscription: str, delivery: Delivery, *, reason: str) -> None:
        """Settle as failed."""
        with metrics.operation("nack", subscription=subscription):
            self.inner.nack(subscription, delivery, reason=reason)

    def release(self, subscription: str) -> int:
        """End every lease."""
        return self.inner.release(subscription)

    def stop(self) -> None:
        """Pull nothing more."""
        self.inner.stop()

    def depth(self, subscription: str) -> Depth:
        """What waits now. Raises NotMeasured."""
        return self.inner.depth(subscription)
