"""The objects of one redline. It is complete when all four are there; a redelivery then has nothing left to do."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from backends.blobs import Blobs, NotFound
from functions.objects import DOCX, HTML, JSON, get, put_once, reference
from schemas.base import ObjectRef
from schemas.changes import Change, NotTracked, Summary
from schemas.redlines import ChangeList, Pair, PairName, PairRequested, RedlineCompleted

_NAMED_IN_EVENT: Final = 20
"""Untracked places and degraded ones that an event names; summary.json names them all."""
_LONGEST_IN_EVENT: Final = 300
_ENGINE: Final = "engine-version"
PAIR: Final = "pair"
"""Metadata of changes.json: which pair it lists the changes of, as a `schemas.redlines.PairName`."""


class Results:
    """Where the redline of `pair` goes in `bucket`."""

    def __init__(self, blobs: Blobs, bucket: str, pair: PairRequested) -> None:
        self._blobs = blobs
        self._bucket = bucket
        self._pair = pair
        versions = f"{pair.before_generation}-{pair.after_generation}"
        self._folder = f"{pair.tenant}/{pair.document_id}/{versions}/{pair.attempt}"

    @property
    def folder(self) -> str:
        """Where they are in the bucket."""
        return self._folder

    def written(self) -> RedlineCompleted | None:
        """What an earlier run of this attempt wrote to the end, if one did."""
        try:
            refs = [self._reference(name) for name in ("redline.docx", "redline.html", "changes.json", "summary.json")]
        except NotFound:
            return None
        summary = Summary.model_validate_json(get(self._blobs, refs[-1]))
        return self._completed(refs, summary)

    def keep_docx(self, docx: bytes, engine_version: str) -> ObjectRef:
        """Write the redline unless there is one, and reference the one there is. It keeps which release made it."""
        return self._put("redline.docx", docx, DOCX, {_ENGINE: engine_version})

    def write(self, docx: ObjectRef, html: str, changes: tuple[Change, ...], summary: Summary) -> RedlineCompleted:
        """Write what describes the redline, each unless it exists, and reference what exists then."""
        listed = ChangeList(changes=changes, summary=summary)
        no_metadata: Mapping[str, str] = {}
        beside = (
            ("redline.html", html.encode(), HTML, no_metadata),
            ("changes.json", listed.model_dump_json(indent=1).encode(), JSON, {PAIR: PairName.of(self._pair)}),
            ("summary.json", summary.model_dump_json(indent=1).encode(), JSON, no_metadata),
        )
        with ThreadPoolExecutor(len(beside)) as writers:  # a durable write is nearly all waiting
            refs = [docx, *writers.map(self._put, *zip(*beside, strict=True))]
        return self._completed(refs, summary)

    def _put(self, name: str, data: bytes, content_type: str, metadata: Mapping[str, str] | None = None) -> ObjectRef:
        return put_once(self._blobs, self._bucket, f"{self._folder}/{name}", data, content_type, metadata)

    def _reference(self, name: str) -> ObjectRef:
        return reference(self._blobs.stat(self._bucket, f"{self._folder}/{name}"))

    def _completed(self, refs: list[ObjectRef], summary: Summary) -> RedlineCompleted:
        redline, html, changes, summary_object = refs
        return RedlineCompleted(
            **{name: getattr(self._pair, name) for name in Pair.model_fields},
            redline=redline,
            html=html,
            changes=changes,
            summary_object=summary_object,
            summary=short(summary),
            engine_version=self._blobs.stat(redline.bucket, redline.object, redline.generation).metadata.get(
                _ENGINE, ""
            ),
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
