"""What could not be delivered, and what an operator did about it."""

from __future__ import annotations

from pydantic import Base64Bytes, Field

from schemas.base import Payload, Tenant


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
    attempt: int = Field(1, ge=1, description="1, and one more for each time that an operator replayed the message")

    @property
    def key(self) -> str:
        return f"{self.subscription}#{self.message_id}"

    @property
    def attempt_number(self) -> int:
        return self.attempt


class DeadLetterFact(Payload):
    """What an operator did about one dead letter. It has left the bucket of dead letters, or will when asked again."""

    topic = "documents"

    tenant: Tenant
    region: str
    document_id: str = Field("", description="document that the message is about; empty where it is about none")
    letter_id: str = Field(description="id of the event that said the message was undeliverable")
    message_type: str = Field("", description="CloudEvent type of the message; empty where it has none")
    subscription: str = Field(description="where it could not be delivered")
    actor: str = Field(min_length=1, description="who did it")
    actor_source: str = Field(description="where that knowledge comes from")

    @property
    def key(self) -> str:
        return self.letter_id

    @property
    def partition(self) -> str:
        return self.document_id or self.letter_id


class DeadLetterReplayed(DeadLetterFact):
    """The message was published again."""

    event_type = "dev.redline.message.replayed.v1"


class DeadLetterDiscarded(DeadLetterFact):
    """The message was given up: nobody will process it."""

    event_type = "dev.redline.message.discarded.v1"

    reason: str = Field("", max_length=500, description="why, in the words of the operator")
