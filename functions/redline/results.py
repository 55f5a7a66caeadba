"""The objects of one redline. It is complete when all four are there; a redelivery then has nothing left to do."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from backends.blobs import Blobs, NotFound
from events.ids import event_id
from functions.objects import DOCX, HTML, JSON, get, put_once, reference
from schemas.base import ObjectRef
from schemas.changes import Change, NotTracked, Summary
from schemas.redlines import ChangeList, Pair, PairName, PairRequested, RedlineCompleted

_NAMES: Final = ("redline.docx", "redline.html", "changes.json", "summary.json")
_RECIPE: Final = "recipe"
_EVENT: Final = "event-id"
_NAMED_IN_EVENT: Final = 20
"""Untracked places and degraded ones that an event names; summary.json names them all."""
_LONGEST_IN_EVENT: Final = 300
_ENGINE: Final = "engine-version"
PAIR: Final = "pair"
"""Metadata of changes.json: which pair it lists the changes of, as a `schemas.redlines.PairName`."""


class Results:
    """Where the redline of `pair` goes in `bucket`.

    Pairs of requests are filed by recipe besides: two of the same versions may ask for different things, and the same
    thing is not made twice. What was made when a version was dropped is taken where it is of the same recipe.
    """

    def __init__(self, blobs: Blobs, bucket: str, pair: PairRequested, recipe: str, release: str) -> None:
        self._blobs = blobs
        self._bucket = bucket
        self._pair = pair
        self._event_id = event_id(RedlineCompleted.model_construct(**dict(pair)))
        self._origin = {_RECIPE: recipe, _EVENT: self._event_id, _ENGINE: release}
        before = f"{pair.before_document_id}." if pair.before_document_id else ""
        versions = f"{pair.tenant}/{pair.document_id}/{before}{pair.before_generation}-{pair.after_generation}"
        self._of_drop = f"{versions}/{pair.attempt}"
        self._folder = self._of_drop if pair.batch_id is None else f"{versions}/{recipe}/{pair.attempt}"

    @property
    def folder(self) -> str:
        """Where they are in the bucket."""
        return self._folder

    def written(self) -> RedlineCompleted | None:
        """What was written to the end before: by an earlier run for this pair, or for another that is the same."""
        for folder in dict.fromkeys((self._folder, self._of_drop)):
            try:
                blobs = [self._blobs.stat(self._bucket, f"{folder}/{name}") for name in _NAMES]
            except NotFound:
                continue
            origin = blobs[0].metadata
            if folder == self._folder or origin.get(_RECIPE) == self._origin[_RECIPE]:
                refs = [reference(blob) for blob in blobs]
                return self._completed(refs, Summary.model_validate_json(get(self._blobs, refs[-1])), origin)
        return None

    def keep_docx(self, docx: bytes) -> ObjectRef:
        """Write the redline unless there is one, and reference the one there is. It keeps what it was made for."""
        return self._put(_NAMES[0], docx, DOCX, self._origin)

    def write(self, docx: ObjectRef, html: str, changes: tuple[Change, ...], summary: Summary) -> RedlineCompleted:
        """Write what describes the redline, each unless it exists, and reference what exists then."""
        listed = ChangeList(changes=changes, summary=summary)
        no_metadata: Mapping[str, str] = {}
        beside = (
            (_NAMES[1], html.encode(), HTML, no_metadata),
            (_NAMES[2], listed.model_dump_json(indent=1).encode(), JSON, {PAIR: PairName.of(self._pair)}),
            (_NAMES[3], summary.model_dump_json(indent=1).encode(), JSON, no_metadata),
        )
        with ThreadPoolExecutor(len(beside)) as writers:  # a durable write is nearly all waiting
            refs = [docx, *writers.map(self._put, *zip(*beside, strict=True))]
        kept = self._blobs.stat(docx.bucket, docx.object, docx.generation)
        return self._completed(refs, summary, kept.metadata)

    def _put(self, name: str, data: bytes, content_type: str, metadata: Mapping[str, str] | None = None) -> ObjectRef:
        return put_once(self._blobs, self._bucket, f"{self._folder}/{name}", data, content_type, metadata)

    def _completed(self, refs: list[ObjectRef], summary: Summary, origin: Mapping[str, str]) -> RedlineCompleted:
        redline, html, changes, summary_object = refs
        made_for = origin.get(_EVENT, self._event_id)
        return RedlineCompleted(
            **{name: getattr(self._pair, name) for name in Pair.model_fields},
            redline=redline,
            html=html,
            changes=changes,
            summary_object=summary_object,
            summary=short(summary),
            engine_version=origin.get(_ENGINE, ""),
            reused_from=None if made_for == self._event_id else made_for,
        )


def short(summary: Summary) -> Summary:
    """The summary as an event carries it: a message holds references, not lists without end."""
    coverage = summary.coverage
    places = tuple(
        place.model_copy(update={"path": place.path[:_LONGEST_IN_EVENT], "message": place.message[:_LONGEST_IN_EVENT]})
        for place in coverage.not_tracked[:_NAMED_IN_EVENT]
    )
    if len(coverage.not_tracked) > _NAMED_IN_EVENT:
        more = f"{len(coverage.not_tracked) - _NAMED_IN_EVENT} more are named in summary.json."
        places = (*places, NotTracked(part="", code="more", message=more))
    degraded = tuple(sentence[:_LONGEST_IN_EVENT] for sentence in coverage.degraded[:_NAMED_IN_EVENT])
    cut = coverage.model_copy(update={"not_tracked": places, "degraded": degraded})
    return summary.model_copy(update={"coverage": cut})
