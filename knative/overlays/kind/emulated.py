"""For emulators, what Terraform and Cloud Scheduler do on Google: topics, subscriptions and buckets, and the clock."""

from __future__ import annotations

import time

from google.api_core.exceptions import Conflict

from backends.blobs.google import connect
from backends.bus.google import GoogleBus
from backends.bus.google_admin import provision
from backends.guard import Guard
from events.envelope import to_message
from events.routing import SUBSCRIPTIONS, TOPICS
from events.ticks import tick
from runtime.composition import now
from runtime.settings import GoogleSettings, Settings

PAUSE = 5.0
"""Seconds between two ticks."""


def make_buckets(settings: Settings, google: GoogleSettings) -> None:
    """Make the buckets that are missing."""
    client = connect(google.project, emulator=google.storage_emulator)
    for name in (
        settings.uploads_bucket,
        settings.normalized_bucket,
        settings.records_bucket,
        settings.redlines_bucket,
        settings.dead_letters_bucket,
    ):
        try:
            client.create_bucket(name)
        except Conflict:
            print(f"bucket {name} is there")


def main() -> None:
    """Make what is missing, then tick for ever."""
    settings, google = Settings(), GoogleSettings()
    bus = GoogleBus(google.project, SUBSCRIPTIONS, guard=Guard("pubsub"), emulator=google.pubsub_emulator)
    provision(bus, TOPICS, SUBSCRIPTIONS, emulator=google.pubsub_emulator)
    make_buckets(settings, google)
    print("topics, subscriptions and buckets are there", flush=True)
    while True:
        bus.publish("clock", [to_message(tick(now(), source="//redline/clock"))])
        time.sleep(PAUSE)


if __name__ == "__main__":
    main()
