"""Makes topics and subscriptions in Pub/Sub, for development and tests; in production Terraform does."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from datetime import timedelta

from google.api_core import exceptions
from google.pubsub_v1.types import DeadLetterPolicy, ExpirationPolicy, RetryPolicy, Topic
from google.pubsub_v1.types import Subscription as Resource

from backends.bus.google import GoogleBus, publisher
from backends.bus.google_pull import subscriber
from schemas.messaging import DEAD_LETTERS, Subscription


def provision(
    bus: GoogleBus,
    topics: Sequence[str],
    subscriptions: Sequence[Subscription],
    *,
    emulator: str = "",
    retention: timedelta | None = None,
) -> None:
    """Make what is missing of the topics and subscriptions, named as `bus` names them; what exists stays as it is.

    `retention` is how long a topic keeps messages that were acked, so that a subscription can go back to them. Raises
    google.api_core.exceptions.GoogleAPICallError.
    """
    with publisher(emulator) as topic_client:
        for topic in topics:
            with contextlib.suppress(exceptions.AlreadyExists):
                topic_client.create_topic(Topic(name=bus.topic_path(topic), message_retention_duration=retention))
    with subscriber(emulator) as subscription_client:
        for subscription in subscriptions:
            with contextlib.suppress(exceptions.AlreadyExists):
                subscription_client.create_subscription(resource(bus, subscription))


def resource(bus: GoogleBus, subscription: Subscription) -> Resource:
    """The subscription as Pub/Sub has it. It never expires, however long nobody pulls.

    Its dead-letter policy is for what `GoogleBus.nack` cannot move: messages whose last lease ended with its holder.
    """
    made = Resource(
        name=bus.subscription_path(subscription.name),
        topic=bus.topic_path(subscription.topic),
        ack_deadline_seconds=subscription.whole_lease,
        filter=subscription.filter,
        expiration_policy=ExpirationPolicy(),
        retry_policy=RetryPolicy(
            minimum_backoff=timedelta(seconds=subscription.retry_min),
            maximum_backoff=timedelta(seconds=subscription.retry_max),
        ),
    )
    if subscription.delivery_attempts is not None:
        made.dead_letter_policy = DeadLetterPolicy(
            dead_letter_topic=bus.topic_path(DEAD_LETTERS),
            max_delivery_attempts=subscription.delivery_attempts,
        )
    return made
