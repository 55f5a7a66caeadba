"""The clock of the pipeline, for what has to happen when nothing else does."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from schemas.base import Payload


class ClockTicked(Payload):
    """So late is it now. Published every few seconds by `redline up`, every minute by Cloud Scheduler."""

    event_type = "dev.redline.clock.ticked.v1"
    topic = "clock"

    time: AwareDatetime = Field(description="when the clock ticked")

    @property
    def key(self) -> str:
        return self.time.isoformat()
