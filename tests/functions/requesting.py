"""Requests for redlines in a world of documents: what a program of somebody else publishes."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import Any

from events.envelope import Event
from schemas.base import ObjectRef
from schemas.batches import BatchResults, RedlineBatchCompleted, RequestRejected
from schemas.changes import Summary
from schemas.redlines import PairRequested, RedlineCompleted, RedlineFailed
from schemas.requests import RedlineRequested
from tests.functions.world import ROOT_EVENT, World, docx

_IDS = (f"request-{number}" for number in itertools.count())
REF = ObjectRef(bucket="redlines", object="r", generation=1, sha256="0" * 64, size=1)


def take(world: World, name: str, *texts: str) -> list[int]:
    """Have versions of a document taken; their generations."""
    for text in texts:
        world.run("normalize", world.upload(name, docx(text)))
    return [version.generation for version in world.record(name).versions]


def request(data: Any, **attributes: Any) -> Event:
    """The event of a request, with an id of its own unless one is given."""
    body = data if isinstance(data, bytes) else json.dumps(data).encode()
    told = {"id": next(_IDS), "type": RedlineRequested.event_type, "source": "https://dms.example", **attributes}
    return replace(ROOT_EVENT, **told, data=body)


def planned(world: World, event: Event) -> list[PairRequested]:
    """The pairs that a request became."""
    said = world.run("plan", event)
    assert all(isinstance(each, PairRequested) for each in said), said
    return [each for each in said if isinstance(each, PairRequested)]


def rejected(world: World, event: Event) -> RequestRejected:
    """Why a request was rejected; nothing else may have been said."""
    [said] = world.run("plan", event)
    assert isinstance(said, RequestRejected)
    assert list(world.services.blobs.list("records", "batches/")) == []
    assert list(world.services.blobs.list("records", "open/")) == []
    return said


def faults(said: RequestRejected) -> list[tuple[int | None, str, str]]:
    return [(item.index, item.field, item.code) for item in said.items]


def completed(pair: PairRequested, **more: Any) -> RedlineCompleted:
    refs = {"redline": REF, "html": REF, "changes": REF, "summary_object": REF}
    return RedlineCompleted(**dict(pair), **refs, summary=Summary(), **more)


def failed(pair: PairRequested, code: str = "verification-failed") -> RedlineFailed:
    return RedlineFailed(**dict(pair), code=code, message="It failed; try again.")


def results_of(world: World, ended: RedlineBatchCompleted) -> BatchResults:
    return BatchResults.model_validate_json(world.read(ended.results))
