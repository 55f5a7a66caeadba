"""What could not be delivered."""

from __future__ import annotations

from pydantic import Base64Bytes, Field

from schemas.base import Payload


class MessageUndeliverable(Payload):
    """A message that its function failed on to the last attempt, as it was published."""

    event_type = "dev.redline.message.undeliverable.v1"
    topic = "dead-letters"

    message_id: str = Field(description="id of the event, or a hash of the message where it is none")
    subscription: str = Field("", description="where it could not be delivered; empty where that is not known")
    deliveries: int = Field(0, ge=0)
    reason: str = ""
    attributes: dict[str, str]
    data: Base64Bytes = Field(description="body of the message")

    @property
    def key(self) -> str:
        return f"{self.subscription}#{self.message_id}"
