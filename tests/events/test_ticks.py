from __future__ import annotations

from datetime import UTC, datetime

import pytest

from events.delivery import to_event, type_of
from events.envelope import EnvelopeError, to_message
from events.registry import parse
from events.ticks import tick
from schemas.clock import ClockTicked
from schemas.messaging import Message

NOW = datetime(2026, 11, 23, 10, 15, 2, 123456, UTC)
SCHEDULED = {"ce-type": ClockTicked.event_type, "x-goog-pubsub-publish-time": "2026-11-23T10:15:02.123456Z"}


def test_a_tick_says_what_time_it_is() -> None:
    event = to_event(to_message(tick(NOW, source="/clock")))
    assert parse(event) == ClockTicked(time=NOW)
    assert event.time == NOW


def test_a_tick_of_cloud_scheduler_is_as_good_as_ours() -> None:
    message = Message(b"tick", SCHEDULED)
    assert type_of(message) == ClockTicked.event_type
    event = to_event(message)
    assert parse(event) == ClockTicked(time=NOW)
    assert event.id == tick(NOW, source="/clock").id


@pytest.mark.parametrize("time", [{}, {"x-goog-pubsub-publish-time": "noon"}])
def test_a_scheduled_tick_without_a_time_is_malformed(time: dict[str, str]) -> None:
    with pytest.raises(EnvelopeError, match="publish-time"):
        to_event(Message(b"", {"ce-type": ClockTicked.event_type, **time}))
