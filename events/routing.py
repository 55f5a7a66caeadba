"""Which topic leads to which function: the one routing table, from laptop to cluster."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from schemas.messaging import Subscription

TOPICS: Final = (
    "uploads",
    "documents",
    "redline-requests",
    "redline-pairs",
    "redlines",
    "document-requests",
    "clock",
    "dead-letters",
)

ORDERED_TOPICS: Final = frozenset({"documents", "redlines"})
"""Facts are published under their document's id as ordering key, for whoever wants them in order from outside.

Our own subscriptions do not ask for order: pairing holds in any, and a bad message would hold up its document's others.
"""

_DOCUMENT: Final = "dev.redline.document."
_REDLINE: Final = "dev.redline.redline."
_DOCUMENT_FACTS: Final = (
    "normalized",
    "unchanged",
    "rejected",
    "deleted",
    "erased",
    "erasure.refused",
    "hold.placed",
    "hold.released",
    "hold.refused",
)
_REQUESTS: Final = frozenset({f"{_REDLINE}requested.v1"})
_PAIRS: Final = Subscription(
    topic="redline-pairs",
    function="redline",
    event_types=frozenset({f"{_REDLINE}pair.requested.v1"}),
    priority="interactive",
    deadline=540.0,
)
_REDLINE_FACTS: Final = (
    "completed",
    "failed",
    "superseded",
    "rendered",
    "rendering.failed",
    "request.rejected",
    "batch.completed",
)

SUBSCRIPTIONS: Final = (
    Subscription(
        topic="uploads",
        function="normalize",
        event_types=frozenset(f"google.cloud.storage.object.v1.{what}" for what in ("finalized", "deleted")),
        deadline=120.0,
    ),
    Subscription(
        topic="documents",
        function="plan",
        event_types=frozenset({f"{_DOCUMENT}normalized.v1", f"{_DOCUMENT}unchanged.v1"}),
    ),
    Subscription(
        topic="documents",
        function="audit",
        event_types=frozenset(
            {f"{_DOCUMENT}{what}.v1" for what in _DOCUMENT_FACTS}
            | {f"dev.redline.message.{what}.v1" for what in ("replayed", "discarded")}
        ),
    ),
    Subscription(
        topic="documents",
        function="index",
        event_types=frozenset(f"{_DOCUMENT}{what}.v1" for what in ("normalized", "unchanged", "deleted")),
    ),
    Subscription(topic="redline-requests", function="plan", event_types=_REQUESTS),
    Subscription(topic="redline-requests", function="audit", event_types=_REQUESTS),
    _PAIRS,
    replace(_PAIRS, priority="bulk"),
    Subscription(
        topic="redlines",
        function="audit",
        event_types=frozenset(f"{_REDLINE}{what}.v1" for what in _REDLINE_FACTS),
    ),
    Subscription(
        topic="redlines",
        function="render",
        event_types=frozenset({f"{_REDLINE}completed.v1"}),
        deadline=540.0,
    ),
    Subscription(
        topic="redlines",
        function="index",
        event_types=frozenset(f"{_REDLINE}{what}.v1" for what in ("completed", "superseded")),
    ),
    Subscription(
        topic="redlines",
        function="join",
        event_types=frozenset(f"{_REDLINE}{what}.v1" for what in ("completed", "failed", "batch.completed")),
    ),
    Subscription(topic="clock", function="join"),
    Subscription(topic="document-requests", function="erase", deadline=540.0),
    Subscription(topic="dead-letters", function="deadletters", max_attempts=1_000_000),
)
ON_PUBSUB: Final = tuple(
    replace(each, retry_min=10.0, retry_max=600.0, max_attempts=max(20, each.max_attempts)) for each in SUBSCRIPTIONS
)
"""The same queues on Google Cloud, with more patience: what fails there may wait for the repair of a service, about two
hours in all, while on a laptop somebody sits and waits for the answer.
"""
DELIVERIES: Final = (
    Subscription(
        topic="documents",
        function="deliver",
        event_types=frozenset(f"{_DOCUMENT}{what}.v1" for what in ("rejected", "erased")),
    ),
    Subscription(
        topic="redlines",
        function="deliver",
        event_types=frozenset(f"{_REDLINE}{what}.v1" for what in _REDLINE_FACTS),
    ),
)
"""Queues of the embedded pipeline alone: its supervisor puts results in the folder for people."""
FUNCTIONS: Final = tuple(dict.fromkeys(subscription.function for subscription in SUBSCRIPTIONS))
"""Names of the functions, in the order of the chain."""
_BY_NAME: Final = {subscription.name: subscription for subscription in (*SUBSCRIPTIONS, *DELIVERIES)}


def subscription_of(name: str) -> Subscription | None:
    """The subscription of this name; None where it is not in the table."""
    return _BY_NAME.get(name)


def function_of(subscription: str) -> str:
    """Whose queue the subscription of this name is; empty for one that is not in the table."""
    known = _BY_NAME.get(subscription)
    return known.function if known else ""
