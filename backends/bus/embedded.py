"""The bus on Redis or Valkey streams: one stream per subscription, what streams lack in Lua (see lua/common.lua)."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Callable, Mapping, Sequence
from importlib import resources
from typing import Any, Final, cast

from redis import Redis
from redis.commands.core import Script
from redis.exceptions import ResponseError

from backends.bus import Delivery, Depth
from backends.redis_client import LONGEST_BLOCK, available
from schemas.messaging import BULK, DEAD_LETTERS, Message, Subscription

_GROUP: Final = "workers"
_CONSUMER: Final = "any"
_DATA: Final = b"data"
_ATTEMPTS: Final = b"attempts"
_AT: Final = b"@"
_LUA: Final = resources.files("backends.bus") / "lua"


class EmbeddedBus:
    """Bus on a Redis or Valkey server, for the given subscriptions.

    Every move of a message from one state to the next is one atomic step of the server, so a kill of any process at
    any moment leaves each message in exactly one place. With `appendfsync always` what was published stays published.
    """

    def __init__(
        self,
        redis: Redis,
        subscriptions: Sequence[Subscription],
        *,
        type_of: Callable[[Message], str],
        tenant_of: Callable[[Message], str] = lambda _: "",
        namespace: str = "redline:bus",
    ) -> None:
        """`redis` comes from `backends.redis_client.connect`; `type_of` tells the CloudEvent type of a message.

        `tenant_of` tells whose message it is: in a subscription of bulk work tenants take turns.
        """
        self._redis = redis
        self._subscriptions = {subscription.name: subscription for subscription in subscriptions}
        self._type_of = type_of
        self._tenant_of = tenant_of
        self._namespace = namespace
        self._stopped = False
        self._queue, self._pull, self._ack, self._extend, self._nack, self._release, self._depth = (
            _script(redis, name) for name in ("queue", "pull", "ack", "extend", "nack", "release", "depth")
        )

    def publish(self, topic: str, messages: Sequence[Message]) -> None:
        """Add the messages to every subscription of the topic that takes them; durable on return, all or none.

        Raises BackendUnavailable; then it may still have been done, and publishing again may deliver twice.
        """
        with available(), self._redis.pipeline(transaction=True) as transaction:
            for message in messages:
                fields = _to_fields(message)
                for subscription in self._takers(topic, message):
                    if subscription.priority == BULK:
                        line = [self._tenant_of(message).encode(), *itertools.chain.from_iterable(fields.items())]
                        self._queue(keys=self._keys(subscription), args=line, client=transaction)
                    else:
                        transaction.xadd(self._stream(subscription), cast(Any, fields))
            transaction.execute()

    def pull(self, subscription: str, *, max_messages: int, wait: float) -> list[Delivery]:
        """Lease up to `max_messages`, waiting up to `wait` seconds for the first. Raises BackendUnavailable."""
        chosen = self._subscriptions[subscription]
        give_up = time.monotonic() + wait
        while not self._stopped:
            leased, wake = self._lease(chosen, max_messages)
            left = give_up - time.monotonic()
            if leased or left <= 0:
                return leased
            leased = self._block(chosen, max_messages, min(left, _longest_sleep(chosen, wake)))
            if leased:
                return leased
        return []

    def extend(self, subscription: str, deliveries: Sequence[Delivery]) -> None:
        """Renew the leases for another full lease; one already lost is passed over. Raises BackendUnavailable."""
        self._run(self._extend, subscription, [delivery.ack_id for delivery in deliveries])

    def ack(self, subscription: str, deliveries: Sequence[Delivery]) -> None:
        """Done: never deliver these again. Raises BackendUnavailable.

        Where the lease was lost and the message is on loan to another, it stays his.
        """
        self._run(self._ack, subscription, [delivery.ack_id for delivery in deliveries])

    def nack(self, subscription: str, delivery: Delivery, *, reason: str) -> None:
        """Failed: deliver again after the backoff, or after the last attempt move it to the dead letters.

        Where the lease was lost this does nothing. Raises BackendUnavailable.
        """
        chosen = self._subscriptions[subscription]
        keys = [*self._keys(chosen), *self._graves(chosen)]
        arguments: list[str | int] = [
            delivery.ack_id,
            _milliseconds(chosen.retry_min),
            _milliseconds(chosen.retry_max),
            chosen.max_attempts,
            chosen.name,
            reason,
        ]
        self._in_group(chosen, lambda: self._nack(keys=keys, args=arguments))

    def stop(self) -> None:
        """Pull nothing more; there is nothing to give back, as `pull` leases what it hands out and no more."""
        self._stopped = True

    def release(self, subscription: str) -> int:
        """End every lease at once, without counting the deliveries as attempts; returns how many.

        For the start of the only puller of a subscription: its killed predecessor's messages need not wait for their
        leases to end. Raises BackendUnavailable.
        """
        return int(self._run(self._release, subscription, []))

    def depth(self, subscription: str) -> Depth:
        """What waits now. Raises BackendUnavailable."""
        ready, leased, delayed, age = self._run(self._depth, subscription, [])
        return Depth(ready=ready, leased=leased, delayed=delayed, oldest_age=age / 1000)

    def _lease(self, subscription: Subscription, most: int) -> tuple[list[Delivery], float]:
        """What can be leased at once, and in how many seconds more may come without a publish."""
        keys = [*self._keys(subscription), *self._graves(subscription)]
        arguments: list[str | int] = [
            most,
            _milliseconds(subscription.lease),
            subscription.max_attempts,
            subscription.name,
        ]
        entries, wake = self._in_group(subscription, lambda: self._pull(keys=keys, args=arguments))
        leased = [_delivery(entry, count, _pairs(fields)) for entry, count, fields in entries]
        return leased, math.inf if wake < 0 else wake / 1000

    def _block(self, subscription: Subscription, most: int, seconds: float) -> list[Delivery]:
        """Wait for a publish; blocking commands cannot be part of a script."""
        streams = {self._stream(subscription): ">"}
        block = max(_milliseconds(seconds), 1)  # 0 would wait for ever
        found = self._in_group(
            subscription, lambda: self._redis.xreadgroup(_GROUP, _CONSUMER, cast(Any, streams), count=most, block=block)
        )
        return [_delivery(entry, 1, fields) for _, entries in found for entry, fields in entries]

    def _run(self, script: Script, subscription: str, arguments: Sequence[str]) -> Any:
        chosen = self._subscriptions[subscription]
        return self._in_group(chosen, lambda: script(keys=self._keys(chosen), args=arguments))

    def _in_group(self, subscription: Subscription, command: Callable[[], Any]) -> Any:
        """Run a command that needs the consumer group, which is made when it is missing.

        It starts at 0, so that what was published before anybody pulled is delivered too.
        """
        with available():
            try:
                return command()
            except ResponseError as error:
                if "NOGROUP" not in str(error):
                    raise
            try:
                self._redis.xgroup_create(self._stream(subscription), _GROUP, id="0", mkstream=True)
            except ResponseError as error:  # another process was quicker
                if "BUSYGROUP" not in str(error):
                    raise
            return command()

    def _takers(self, topic: str, message: Message) -> list[Subscription]:
        event_type = self._type_of(message)
        return [
            subscription
            for subscription in self._subscriptions.values()
            if subscription.topic == topic and subscription.takes(message, event_type)
        ]

    def _graves(self, subscription: Subscription) -> list[str]:
        """Streams that take the dead letters of a subscription, whatever type they are of."""
        if subscription.topic == DEAD_LETTERS:
            return []
        return [self._stream(other) for other in self._subscriptions.values() if other.topic == DEAD_LETTERS]

    def _stream(self, subscription: Subscription) -> str:
        return f"{self._namespace}:{subscription.name}:stream"

    def _keys(self, subscription: Subscription) -> list[str]:
        """Stream, delayed and turns, in the order of the scripts."""
        stem = f"{self._namespace}:{subscription.name}"
        return [self._stream(subscription), f"{stem}:delayed", f"{stem}:turns"]


def _script(redis: Redis, name: str) -> Script:
    source = "\n".join((_LUA / f"{part}.lua").read_text(encoding="utf-8") for part in ("common", name))
    return redis.register_script(source)


def _longest_sleep(subscription: Subscription, wake: float) -> float:
    """Seconds to block at most.

    A nack or a lease of another process while we block comes due only after `retry_min` or `lease`: never to sleep
    longer than those means to wake in time for it.
    """
    return min(wake, subscription.retry_min, subscription.lease, LONGEST_BLOCK)


def _milliseconds(seconds: float) -> int:
    return math.ceil(seconds * 1000)


def _to_fields(message: Message) -> dict[bytes, bytes]:
    attributes = {_AT + name.encode(): value.encode() for name, value in message.attributes.items()}
    return {_DATA: message.data, **attributes}


def _pairs(flat: list[bytes]) -> dict[bytes, bytes]:
    return dict(zip(flat[::2], flat[1::2], strict=True))


def _delivery(entry: bytes, count: int, fields: Mapping[bytes, bytes]) -> Delivery:
    attributes = {name[1:].decode(): value.decode() for name, value in fields.items() if name.startswith(_AT)}
    attempt = int(fields.get(_ATTEMPTS, b"0")) + count
    return Delivery(Message(fields[_DATA], attributes), f"{entry.decode()}/{count}", attempt)
