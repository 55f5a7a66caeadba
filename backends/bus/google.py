"""The bus on Pub/Sub.

What a call of `publish` is given goes out in as few requests as can be, each answered before the call returns; so there
is no queue in this process that a kill could empty. Pulling is Google's streaming pull (`google_pull`).

Depth is not among what Pub/Sub tells: Cloud Monitoring has it, as
pubsub.googleapis.com/subscription/num_undelivered_messages, some minutes late, and KEDA reads it there.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from typing import TYPE_CHECKING, Final

from google.api_core import exceptions
from google.api_core.timeout import ConstantTimeout
from google.pubsub_v1.services.publisher import PublisherClient
from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport
from google.pubsub_v1.types import PubsubMessage

from backends.bus import Delivery, Depth, NotMeasured
from backends.errors import BackendUnavailable
from backends.google import TRY_WITHIN, channel, reaching, retry
from backends.guard import Guard
from schemas.messaging import DEAD_LETTERS, DELIVERY_COUNT, REASON, SOURCE_SUBSCRIPTION, Message, Subscription

if TYPE_CHECKING:
    from backends.bus.google_pull import Puller

PARTITION: Final = "ce-partitionkey"
"""Attribute that holds the document id."""
MOST_MESSAGES: Final = 1000
"""In one publish request (Pub/Sub's quotas, "Resource limits")."""
MOST_BYTES: Final = 9 << 20
"""Of data and attributes in one publish request; the limit is 10 MB with the framing."""
_RETRY: Final = retry()
_TIMEOUT: Final = ConstantTimeout(TRY_WITHIN)


class GoogleBus:
    """Bus on Pub/Sub; may be shared between threads, not with processes that are forked later.

    Topics and subscriptions must exist (Terraform makes them, in tests `google_admin`), and it is they that filter.
    """

    def __init__(
        self,
        project: str,
        subscriptions: Sequence[Subscription],
        *,
        guard: Guard,
        topic_prefix: str = "",
        ordered: frozenset[str] = frozenset(),
        most_held: Callable[[Subscription], int] = lambda subscription: 1,
        emulator: str = "",
    ) -> None:
        """`ordered` names the topics whose messages are published under the document id as ordering key.

        `most_held` is how many messages of a subscription this process holds at a time. `emulator` is host:port of one,
        for development and tests.
        """
        self._project = project
        self._subscriptions = {subscription.name: subscription for subscription in subscriptions}
        self._guard = guard
        self._prefix = topic_prefix
        self._ordered = ordered
        self._most_held = most_held
        self._emulator = emulator
        self._lock = threading.Lock()
        self._publisher_client: PublisherClient | None = None
        self._pullers: dict[str, Puller] = {}
        self._stopped = False

    def publish(self, topic: str, messages: Sequence[Message]) -> None:
        """Publish the messages to a topic; on return Pub/Sub has them all.

        Raises BackendUnavailable; then some may have been published, and publishing again may deliver those twice.
        """
        for key, group in groupby(messages, key=lambda message: self._ordering_key(topic, message)):
            for batch in _batches(group, key):
                with self._reaching():
                    self._publisher().publish(
                        topic=self.topic_path(topic), messages=batch, retry=_RETRY, timeout=_TIMEOUT
                    )

    def pull(self, subscription: str, *, max_messages: int, wait: float) -> list[Delivery]:
        """Lease up to `max_messages`, waiting up to `wait` seconds for the first.

        Raises BackendUnavailable when the stream from Pub/Sub has broken for good, for instance because the
        subscription does not exist; the next pull opens another one.
        """
        return self._puller(self._subscriptions[subscription]).take(max_messages, wait)

    def extend(self, subscription: str, deliveries: Sequence[Delivery]) -> None:
        """Nothing: Google's client renews the leases of what it holds, also of what was not handed out yet."""

    def ack(self, subscription: str, deliveries: Sequence[Delivery]) -> None:
        """Done: never deliver these again; Pub/Sub has confirmed it on return. Raises BackendUnavailable."""
        self._puller(self._subscriptions[subscription]).ack(deliveries)

    def nack(self, subscription: str, delivery: Delivery, *, reason: str) -> None:
        """Failed: deliver again after the backoff, or after the last attempt move it to the dead letters.

        We move it ourselves, as Pub/Sub would not know the reason. What ends its last attempt by a lost lease is moved
        by Pub/Sub's own dead-letter policy, without one. Raises BackendUnavailable.
        """
        chosen = self._subscriptions[subscription]
        puller = self._puller(chosen)
        if not puller.holds(delivery):
            return
        if chosen.topic == DEAD_LETTERS or delivery.attempt < chosen.max_attempts:
            puller.nack(delivery)
            return
        about = {SOURCE_SUBSCRIPTION: chosen.name, DELIVERY_COUNT: str(delivery.attempt), REASON: reason}
        letter = Message(delivery.message.data, {**delivery.message.attributes, **about})
        self.publish(DEAD_LETTERS, [letter])  # before the ack: a crash in between makes two letters, not none
        puller.ack([delivery])

    def release(self, subscription: str) -> int:
        """Nothing: others may pull from the subscription too, and what they hold is theirs. Returns 0."""
        return 0

    def depth(self, subscription: str) -> Depth:
        """Raises NotMeasured: Pub/Sub has no such call."""
        raise NotMeasured(
            "Pub/Sub does not tell how much waits. Cloud Monitoring does: "
            "pubsub.googleapis.com/subscription/num_undelivered_messages."
        )

    def stop(self) -> None:
        """Pull nothing more; what was not handed out goes back, at the latest when what was is acked or nacked."""
        with self._lock:
            self._stopped = True
            for puller in self._pullers.values():
                puller.stop()

    def topic_path(self, topic: str) -> str:
        """Full name of a topic."""
        return f"projects/{self._project}/topics/{self._prefix}{topic}"

    def subscription_path(self, subscription: str) -> str:
        """Full name of a subscription."""
        return f"projects/{self._project}/subscriptions/{self._prefix}{subscription}"

    def _ordering_key(self, topic: str, message: Message) -> str:
        return message.attributes.get(PARTITION, "") if topic in self._ordered else ""

    def _publisher(self) -> PublisherClient:
        with self._lock:
            if self._publisher_client is None:
                self._publisher_client = publisher(self._emulator)
            return self._publisher_client

    def _puller(self, subscription: Subscription) -> Puller:
        """The stream of a subscription, opened when first asked for: most processes publish only."""
        from backends.bus.google_pull import Puller

        with self._lock:
            puller = self._pullers.get(subscription.name)
            if puller is None:
                path = self.subscription_path(subscription.name)
                puller = self._pullers[subscription.name] = Puller(
                    path, subscription, self._guard, max_messages=self._most_held(subscription), emulator=self._emulator
                )
                if self._stopped:
                    puller.stop()
            return puller

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        with reaching(self._guard):
            try:
                yield
            except exceptions.NotFound as error:
                raise BackendUnavailable("A topic does not exist, or it is not ours.") from error


def publisher(emulator: str = "") -> PublisherClient:
    """A client that publishes and makes topics; `emulator` is host:port of one."""
    made = channel(PublisherGrpcTransport.create_channel, emulator)
    return PublisherClient(transport=PublisherGrpcTransport(channel=made))


def _batches(messages: Iterable[Message], ordering_key: str) -> Iterator[list[PubsubMessage]]:
    """The messages in as few requests as Pub/Sub's limits allow; those of one request share an ordering key."""
    batch: list[PubsubMessage] = []
    size = 0
    for message in messages:
        wrapped = PubsubMessage(data=message.data, attributes=dict(message.attributes), ordering_key=ordering_key)
        added = PubsubMessage.pb(wrapped).ByteSize()
        if batch and (len(batch) == MOST_MESSAGES or size + added > MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(wrapped)
        size += added
    if batch:
        yield batch
