"""How much waits in a subscription of the Pub/Sub emulator, which has no metrics to ask."""

from __future__ import annotations

import secrets

from google.api_core.exceptions import DeadlineExceeded
from google.pubsub_v1.types import Subscription

from backends.bus.google import GoogleBus
from backends.bus.google_pull import subscriber
from tests.emulators.pubsub import PubSub

QUIET = 0.5
"""Seconds without a message after which there are no more."""


def backlog(pubsub: PubSub, bus: GoogleBus, topic: str, name: str) -> int:
    """How many messages are not acked, those that are leased or delayed too.

    A snapshot of them is drained through another subscription; for that the topic must retain messages.
    """
    with subscriber(pubsub.host) as client:
        probe = f"projects/{pubsub.project}/subscriptions/probe-{secrets.token_hex(6)}"
        snapshot = f"projects/{pubsub.project}/snapshots/probe-{secrets.token_hex(6)}"
        client.create_snapshot(name=snapshot, subscription=bus.subscription_path(name))
        client.create_subscription(Subscription(name=probe, topic=bus.topic_path(topic), ack_deadline_seconds=60))
        try:
            client.seek(request={"subscription": probe, "snapshot": snapshot})
            found: set[str] = set()
            while True:
                try:
                    answer = client.pull(subscription=probe, max_messages=1000, timeout=QUIET, retry=None)
                except DeadlineExceeded:
                    return len(found)
                if not answer.received_messages:
                    return len(found)
                found.update(each.message.message_id for each in answer.received_messages)
        finally:
            client.delete_subscription(subscription=probe)
            client.delete_snapshot(snapshot=snapshot)
