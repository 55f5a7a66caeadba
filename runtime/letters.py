"""Dead letters: messages that could not be delivered, as they are kept, and what an operator may do about them.

To replay or discard is to publish first and to remove the letter last. Whoever is killed in between finds the letter
again, and to do the same once more says the same under the same ids.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from backends.blobs import Blob, DamagedError, NotFound
from events.deadletters import REPLAYS
from events.delivery import to_event, type_of
from events.envelope import EnvelopeError, Event, emitted, to_message
from events.registry import parse
from events.routing import subscription_of
from runtime import replays
from runtime.composition import Services, now
from schemas.base import Payload
from schemas.deadletters import DeadLetterDiscarded, DeadLetterFact, DeadLetterReplayed, MessageUndeliverable
from schemas.messaging import Message
from schemas.redlines import PairRequested
from schemas.storage import StorageObject

SOURCE = "/dead-letters"


class NotReplayableError(Exception):
    """No queue would take the message, and to publish it would lose it. The message says so to an operator."""


@dataclass(frozen=True)
class Letter:
    """One dead letter. `kept` is when it was given up; `document_id` is empty where it is about no document."""

    id: str
    generation: int
    kept: datetime
    content: MessageUndeliverable
    document_id: str

    @cached_property
    def event(self) -> Event | None:
        """What the message says; None where it is no event."""
        return _event(self.content)

    @cached_property
    def payload(self) -> Payload | None:
        """The data of the event; None where it is not of a known shape."""
        return _payload(self.event)

    @property
    def pair_id(self) -> str:
        """Hash of the two versions whose redline was asked for; empty for any other message."""
        return self.payload.pair_id if isinstance(self.payload, PairRequested) else ""

    @property
    def pair_key(self) -> str:
        """Key of the pair whose redline was asked for; empty for any other message."""
        return self.payload.key if isinstance(self.payload, PairRequested) else ""


class Letters:
    """The dead letters of a pipeline. Every method may raise BackendUnavailable."""

    def __init__(self, parts: Services) -> None:
        self._parts = parts
        self._bucket = parts.settings.dead_letters_bucket

    def __iter__(self) -> Iterator[Letter]:
        """In the order in which they were given up. One that cannot be read is passed over."""
        for blob in sorted(self._parts.blobs.list(self._bucket), key=lambda blob: blob.created):
            if letter := self._read(blob):
                yield letter

    def count(self) -> int:
        """How many there are."""
        return sum(1 for _ in self._parts.blobs.list(self._bucket))

    def replay(self, letter: Letter) -> None:
        """Publish the message again: a pair as its next attempt, anything else as it was. Raises NotReplayableError."""
        queue = subscription_of(letter.content.subscription)
        attributes = {**letter.content.attributes, REPLAYS: str(letter.content.attempt)}
        message = Message(letter.content.data, attributes)
        if queue is None or not queue.takes(message, type_of(message)):
            raise NotReplayableError(
                f"The dead letter {letter.id} was in the queue {letter.content.subscription or '(not known)'}, which "
                "does not take such messages any more; discard it, or replay it with the release that made it."
            )
        if letter.event and isinstance(letter.payload, PairRequested):
            replays.ask_again(self._parts, letter.payload, letter.event, source=SOURCE)
        else:
            self._parts.bus.publish(queue.topic, [message])
        self._settle(letter, DeadLetterReplayed(**self._about(letter)))

    def discard(self, letter: Letter, reason: str) -> None:
        """Give the message up."""
        self._settle(letter, DeadLetterDiscarded(**self._about(letter), reason=reason))

    def _about(self, letter: Letter) -> dict[str, str]:
        settings = self._parts.settings
        return {
            "tenant": getattr(letter.payload, "tenant", settings.tenant),
            "region": getattr(letter.payload, "region", settings.region),
            "document_id": letter.document_id,
            "letter_id": letter.id,
            "message_type": letter.event.type if letter.event else "",
            "subscription": letter.content.subscription,
            "actor": settings.actor,
            "actor_source": settings.actor_source,
        }

    def _settle(self, letter: Letter, fact: DeadLetterFact) -> None:
        """Say what was done, then remove the letter."""
        cause = letter.event or _nameless(letter)
        said = emitted(fact, source=SOURCE, cause=cause, now=now())
        self._parts.bus.publish(fact.topic, [to_message(said)])
        self._parts.blobs.remove(self._bucket, f"{letter.id}.json", letter.generation)

    def _read(self, blob: Blob) -> Letter | None:
        try:
            content = self._parts.blobs.get(self._bucket, blob.name, blob.generation)
            told = MessageUndeliverable.model_validate_json(content)
        except (NotFound, DamagedError, ValueError):
            return None
        identity = blob.name.removesuffix(".json")
        return Letter(identity, blob.generation, blob.created, told, self._document_id(_payload(_event(told))))

    def _document_id(self, payload: Payload | None) -> str:
        if isinstance(payload, StorageObject):
            return self._parts.identity(self._parts.settings.tenant, payload.name)
        return getattr(payload, "document_id", "")


def _event(content: MessageUndeliverable) -> Event | None:
    try:
        return to_event(Message(content.data, content.attributes))
    except EnvelopeError:
        return None


def _payload(event: Event | None) -> Payload | None:
    try:
        return parse(event) if event else None
    except EnvelopeError:
        return None


def _nameless(letter: Letter) -> Event:
    """Stands for a message that is no event as the cause of what was done about it."""
    return Event(
        id=letter.content.message_id,
        type="",
        source=f"/subscriptions/{letter.content.subscription}",
        subject="",
        time=letter.kept,
        data=b"",
        correlation_id=letter.id,
        causation_id="",
    )
