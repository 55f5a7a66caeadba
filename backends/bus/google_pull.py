"""Pulling from Pub/Sub: Google's streaming pull behind a queue from which our own threads take.

Google's client renews the lease of every message that it holds, from the moment it comes until it is acked or nacked
here. When the process is killed the leases end by themselves.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from google.api_core import exceptions
from google.api_core.timeout import ConstantTimeout
from google.cloud.pubsub_v1 import SubscriberClient
from google.cloud.pubsub_v1.subscriber.futures import StreamingPullFuture
from google.cloud.pubsub_v1.subscriber.message import Message as Received
from google.cloud.pubsub_v1.subscriber.scheduler import Scheduler
from google.cloud.pubsub_v1.types import FlowControl
from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

from backends.bus import Delivery
from backends.errors import BackendUnavailable
from backends.google import TRY_WITHIN, channel, reaching, retry
from backends.guard import Guard
from schemas.messaging import CLOCK, DEAD_LETTERS, PUBLISH_TIME, SOURCE_SUBSCRIPTION, Message, Subscription

LONGEST_HOLD: Final = 3600.0
"""Seconds for which a lease is renewed at most. A function must answer within its subscription's deadline; while it is
away the dispatcher holds what it has for longer, so that an outage does not count against the messages."""
_PATIENT_STREAMS: Final = (
    "grpc.service_config",
    '{"methodConfig": [{"name": [{"service": "google.pubsub.v1.Subscriber", "method": "StreamingPull"}], '
    '"waitForReady": true}]}',
)
"""Option of a channel: a stream that is asked for while there is no connection waits for one, and does not fail.

Google's client (google-api-core 2.44, `BidiRpc.open`) forgets the stream that it opens instead of one that failed
before it listened, and opens yet another: what Pub/Sub then sends on the forgotten one nobody works on.
"""
_RETRY: Final = retry()
_TIMEOUT: Final = ConstantTimeout(TRY_WITHIN)


class LocalQueue(Scheduler):  # type: ignore[misc]  # Google's class is untyped
    """Where Google's client puts what it pulled, in place of a pool of threads that calls us back."""

    def __init__(self) -> None:
        self._requests: queue.Queue[Any] = queue.Queue()
        self._waiting: deque[Received] = deque()
        self._out: set[str] = set()
        self._changed = threading.Condition()
        self._closed = False

    @property
    def queue(self) -> queue.Queue[Any]:
        """The client's own queue of requests."""
        return self._requests

    @property
    def is_closed(self) -> bool:
        """Whether the client has stopped, so that nothing more will come."""
        return self._closed

    def schedule(self, callback: Callable[..., object], *args: Received, **kwargs: Any) -> None:
        """Add a message; the callback, which is the client's way of handing it over, is not used."""
        with self._changed:
            self._waiting.append(args[0])
            self._changed.notify()

    def take(self, most: int, wait: float) -> list[Received]:
        """Hand out up to `most` messages, waiting up to `wait` seconds for the first; none once it is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, timeout=wait)
            if self._closed:
                return []
            taken = [self._waiting.popleft() for _ in range(min(most, len(self._waiting)))]
            self._out.update(message.ack_id for message in taken)
            return taken

    def settle(self, message: Received) -> None:
        """Let the client go of a message that was acked or nacked: its lease is not renewed, another may come."""
        message.drop()
        with self._changed:
            self._out.discard(message.ack_id)
            self._changed.notify_all()

    def close(self) -> None:
        """Hand out nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def shutdown(self, await_msg_callbacks: bool = False) -> list[Received]:
        """Called by the client when it stops: give back what waits, and wait until all that is out is settled."""
        self.close()
        with self._changed:
            back, self._waiting = list(self._waiting), deque()
        for message in back:
            message.nack()  # now, and not when what is out is settled: that may take minutes
        with self._changed:
            if await_msg_callbacks:
                self._changed.wait_for(lambda: not self._out)
            return list(self._waiting)


class Puller:
    """The stream of one subscription; it is opened by the first `take`, and again after it broke."""

    def __init__(
        self, path: str, subscription: Subscription, guard: Guard, *, max_messages: int, emulator: str = ""
    ) -> None:
        """`path` is the full name of the subscription. No more than `max_messages` are held at a time."""
        self._path = path
        self._prefix = path.rpartition("/")[2].removesuffix(subscription.name)
        self._topic = subscription.topic
        self._guard = guard
        with reaching(guard):
            self._client = subscriber(emulator)
        lease = subscription.whole_lease
        self._flow_control = FlowControl(
            max_messages=max_messages,
            max_lease_duration=LONGEST_HOLD,
            min_duration_per_lease_extension=lease,
            max_duration_per_lease_extension=lease,
        )
        self._lock = threading.Lock()
        self._queue: LocalQueue | None = None
        self._stream: StreamingPullFuture | None = None
        self._held: dict[str, tuple[LocalQueue, Received]] = {}
        self._stopped = False

    def take(self, most: int, wait: float) -> list[Delivery]:
        """Up to `most` messages, waiting up to `wait` seconds for the first; none once it was stopped.

        Raises BackendUnavailable when the stream has broken for good.
        """
        source = self._open()
        if source is None:
            return []
        messages = source.take(most, wait)
        with self._lock:
            self._held.update((message.ack_id, (source, message)) for message in messages)
            if source.is_closed and not self._stopped:
                self._queue = None
                raise BackendUnavailable(f"Pub/Sub ended the stream of {self._path}; {self._why()}")
        return [self._delivery(message) for message in messages]

    def holds(self, delivery: Delivery) -> bool:
        """Whether the message was handed out here and is not settled yet."""
        return delivery.ack_id in self._held

    def ack(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledge those that are held; Pub/Sub has confirmed it on return. Raises BackendUnavailable."""
        if ids := [delivery.ack_id for delivery in deliveries if self.holds(delivery)]:
            with self._reaching():
                self._client.acknowledge(subscription=self._path, ack_ids=ids, retry=_RETRY, timeout=_TIMEOUT)
            self._settle(ids)

    def nack(self, delivery: Delivery) -> None:
        """Give a message back, to be delivered again after the subscription's backoff. Raises BackendUnavailable."""
        ids = [delivery.ack_id]
        with self._reaching():
            self._client.modify_ack_deadline(
                subscription=self._path, ack_ids=ids, ack_deadline_seconds=0, retry=_RETRY, timeout=_TIMEOUT
            )
        self._settle(ids)

    def stop(self) -> None:
        """Pull nothing more and give back what was not handed out; returns at once."""
        with self._lock:
            self._stopped = True
            if self._queue is not None and self._stream is not None:
                self._queue.close()
                self._stream.cancel()

    def _open(self) -> LocalQueue | None:
        with self._lock:
            if self._queue is None and not self._stopped:
                self._queue = LocalQueue()
                self._stream = self._client.subscribe(
                    self._path,
                    callback=_never_called,
                    flow_control=self._flow_control,
                    scheduler=self._queue,
                    await_callbacks_on_shutdown=True,
                )
            return self._queue

    def _why(self) -> str:
        error = self._stream.exception() if self._stream is not None and self._stream.done() else None
        return f"{type(error).__name__}: does it exist, and may we pull from it?" if error else "it is opened again."

    def _settle(self, ids: Sequence[str]) -> None:
        with self._lock:
            settled = [self._held.pop(ack_id) for ack_id in ids if ack_id in self._held]
        for source, message in settled:
            source.settle(message)

    def _delivery(self, message: Received) -> Delivery:
        attributes = dict(message.attributes)
        if self._topic == DEAD_LETTERS and SOURCE_SUBSCRIPTION in attributes:  # Pub/Sub's own name of it
            attributes[SOURCE_SUBSCRIPTION] = attributes[SOURCE_SUBSCRIPTION].removeprefix(self._prefix)
        if self._topic == CLOCK:  # a push has it among its attributes
            attributes[PUBLISH_TIME] = message.publish_time.isoformat()
        return Delivery(Message(message.data, attributes), message.ack_id, message.delivery_attempt or 1)

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        with reaching(self._guard):
            try:
                yield
            except exceptions.NotFound as error:
                raise BackendUnavailable(f"There is no subscription {self._path}, or it is not ours.") from error


def subscriber(emulator: str = "") -> SubscriberClient:
    """A client that pulls and makes subscriptions; `emulator` is host:port of one."""
    made = channel(SubscriberGrpcTransport.create_channel, emulator, _PATIENT_STREAMS)
    return SubscriberClient(transport=SubscriberGrpcTransport(channel=made))


def _never_called(message: Received) -> None:
    raise AssertionError("LocalQueue hands messages over")
