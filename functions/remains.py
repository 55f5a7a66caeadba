"""All that is kept of a document up to one generation: where it lies, and its removal."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

from pydantic import ValidationError

from backends.blobs import DamagedError, NotFound
from events.delivery import to_event
from events.envelope import EnvelopeError
from events.registry import parse
from events.routing import function_of
from functions.records import Records
from runtime.function import Context
from schemas.base import Generation, Payload
from schemas.deadletters import MessageUndeliverable
from schemas.documents import DocumentFact
from schemas.messaging import Message
from schemas.redlines import Pair
from schemas.requests import RedlineRequested
from schemas.storage import StorageObject

_LEADING: Final = re.compile(r"(?P<generation>\d+)[./]")
"""Of `17640003.docx`, `17640003.json`, `17640003/...`: the generation."""
_AFTER: Final = re.compile(r"(?:(?P<other>[0-9a-f]{32})\.)?\d+-(?P<generation>\d+)/")
"""Of `17640002-17640003/1/redline.docx`: the generation of the after side, and the document of the before side where it
is another."""


class Version(NamedTuple):
    """One generation of a document."""

    document_id: str
    generation: Generation


class Stored(NamedTuple):
    """One generation of an object."""

    bucket: str
    name: str
    generation: Generation


def subject(payload: Payload) -> Payload:
    """What an event is about: of a message that could not be delivered what it said, as far as it can be read.

    But a fact that only the audit missed is about nothing more than the trail, which it is needed for and may stand in.
    """
    if not isinstance(payload, MessageUndeliverable) or function_of(payload.subscription) == "audit":
        return payload
    try:
        return parse(to_event(Message(payload.data, payload.attributes)))
    except EnvelopeError:
        return payload


def versions_of(payload: Payload, identity: Callable[[str, str], str], tenant: str) -> tuple[Version, ...]:
    """The versions that an event is about; none for one that is about no version of a document."""
    match payload:
        case StorageObject():
            return (Version(identity(tenant, payload.name), payload.generation),)
        case DocumentFact():
            return (Version(payload.document_id, payload.generation),)
        case Pair():
            before = Version(payload.before_document_id or payload.document_id, payload.before_generation)
            return (before, Version(payload.document_id, payload.after_generation))
    return ()


def beside(tenant: str, version: Version, folder: str) -> str:
    """Name of the mark in the records bucket that a result about a version lies in a folder of another document."""
    return f"beside/{tenant}/{version.document_id}/{version.generation}/{folder}"


class Remains:
    """What there is of `document_id` up to and with `generation`. Each method may be called again after a crash.

    Methods may raise BackendUnavailable.
    """

    def __init__(self, ctx: Context, document_id: str, generation: Generation) -> None:
        self._ctx = ctx
        self._blobs = ctx.blobs
        self._buckets = ctx.settings
        self._document_id = document_id
        self._through = generation
        self._folder = f"{ctx.settings.tenant}/{document_id}/"
        self.records = Records(
            ctx.blobs,
            ctx.settings.records,
            tenant=ctx.settings.tenant,
            region=ctx.settings.region,
            document_id=document_id,
        )

    def count(self, path: str | None) -> tuple[int, int]:
        """How many uploaded generations and how many redlines there are."""
        folders = {name.rpartition("/")[0] for _, name, _ in (*self._own_redlines(), *self._redlines_beside())}
        return len(list(self.uploads(path))), len(folders)

    def neighbours(self) -> set[str]:
        """Other documents that this one was compared with."""
        prefix = f"beside/{self._folder}"
        marks = (mark.removeprefix(prefix) for _, mark, _ in self._numbered(self._buckets.records, prefix))
        filed = (_AFTER.match(name, len(self._folder)) for _, name, _ in self._own_redlines())
        return {mark.split("/")[2] for mark in marks} | {match["other"] for match in filed if match and match["other"]}

    def remove(self, path: str | None) -> None:
        """Remove it. `path` is needed for what goes by it; the record that knows it goes last, to be there again
        when this was killed before its end.
        """
        self.records.forget_versions(self._through)  # first, so that nothing more is planned with them
        if path is not None:
            self._ctx.remove_copies(path, self._through)
            self._blobs.remove(self._buckets.uploads, path, self._through)  # also the folders a killed removal left
        for stored in self._objects(path):
            self._blobs.remove(*stored)
        self._ctx.search.remove(self._document_id, self._through)
        if path is not None:
            self._forget_path(path)

    def _objects(self, path: str | None) -> Iterator[Stored]:
        yield from self.uploads(path)
        yield from self._numbered(self._buckets.normalized, self._folder)
        yield from self._own_redlines()
        yield from self._redlines_beside()  # before the marks that lead to them
        for kind in ("plans", "delivered", "beside"):
            yield from self._numbered(self._buckets.records, f"{kind}/{self._folder}")
        yield from self._letters(path)
        while keys := list(self._numbered(self._buckets.records, f"keys/{self._folder}")):
            yield from keys  # until there is none: one that is wrapped anew meanwhile is a new generation

    def uploads(self, path: str | None) -> Iterator[Stored]:
        """The uploaded generations."""
        if path is None:
            return
        bucket = self._buckets.uploads
        for name, generation in self._blobs.generations(bucket, path):
            if name == path and generation <= self._through:
                yield Stored(bucket, name, generation)

    def _own_redlines(self) -> Iterator[Stored]:
        return self._numbered(self._buckets.redlines, self._folder, _AFTER)

    def _redlines_beside(self) -> Iterator[Stored]:
        """Results that have this document on one side and are filed under the other one."""
        bucket, prefix = self._buckets.redlines, f"beside/{self._folder}"
        for _, mark, _ in self._numbered(self._buckets.records, prefix):
            folder = mark.removeprefix(prefix).partition("/")[2]
            for name, generation in self._blobs.generations(bucket, f"{folder}/"):
                yield Stored(bucket, name, generation)

    def _numbered(self, bucket: str, prefix: str, number: re.Pattern[str] = _LEADING) -> Iterator[Stored]:
        """Objects whose name goes on after the prefix with one of our generations."""
        for name, generation in self._blobs.generations(bucket, prefix):
            match = number.match(name, len(prefix))
            if match and int(match["generation"]) <= self._through:
                yield Stored(bucket, name, generation)

    def _letters(self, path: str | None) -> Iterator[Stored]:
        """Messages that could not be delivered."""
        bucket = self._buckets.dead_letters
        for name, generation in self._blobs.generations(bucket):
            try:
                letter = MessageUndeliverable.model_validate_json(self._blobs.get(bucket, name, generation))
            except (NotFound, DamagedError, ValidationError):
                continue
            if self._is_about_this(letter, path):
                yield Stored(bucket, name, generation)

    def _is_about_this(self, letter: MessageUndeliverable, path: str | None) -> bool:
        lost = subject(letter)
        if lost is letter:  # it cannot be read: nothing can be done with it, so it is no loss
            return path is not None and any(
                path in text for text in (letter.data.decode(errors="replace"), *letter.attributes.values())
            )
        if isinstance(lost, RedlineRequested):
            sides = [side for pair in lost.pairs for side in (pair.before, pair.after) if side]
            return path is not None and any(side.path == path for side in sides)
        known = versions_of(lost, self._ctx.identity, self._buckets.tenant)
        return any(each.document_id == self._document_id and each.generation <= self._through for each in known)

    def _forget_path(self, path: str) -> None:
        """The path stays where it was uploaded anew; also when that is done at this very moment."""
        self.records.forget_path()
        for name, generation in self._blobs.generations(self._buckets.uploads, path):
            if name == path and generation > self._through:
                self.records.keep_path(path, self._ctx.event.time)
                return
