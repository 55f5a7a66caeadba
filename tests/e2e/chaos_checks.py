"""What must be true of a folder after the storm, worked out from what was dropped and from what lies on the disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from operator import attrgetter
from pathlib import Path

from backends.blobs import Blob
from events.ids import pair_id
from redline import verify
from runtime.composition import Services, build
from runtime.settings import Settings
from runtime.uploads import is_temporary
from schemas.audit import AuditRow
from schemas.documents import DocumentNormalized, DocumentUnchanged
from schemas.redlines import RedlineCompleted, RedlineSuperseded
from tests.e2e.chaos_documents import Document


@dataclass(slots=True)
class Verdict:
    """What went wrong, a sentence each. `retaken` counts versions that were taken twice, which costs only time."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    redlines: int = 0
    audit_rows: int = 0
    retaken: int = 0

    @property
    def good(self) -> bool:
        """Nothing lost, nothing doubled, nothing else amiss."""
        return not (self.lost or self.doubled or self.problems)


@dataclass(frozen=True, slots=True)
class Expected:
    """The one redline that a document calls for."""

    document: Document
    document_id: str
    before: int
    after: int

    @property
    def pair_id(self) -> str:
        """Its id."""
        return pair_id((self.document_id, self.before), (self.document_id, self.after))


def judge(root: Path, documents: Sequence[Document]) -> Verdict:
    """Look at everything that the stopped pipeline of `root` left behind."""
    parts = build(Settings(root=root))
    verdict = Verdict()
    rows = list(parts.audit.rows())
    uploads = _generations(parts)
    expected = [pair for document in documents for pair in _expected(parts, document, uploads, verdict)]
    verdict.audit_rows = len(rows)
    check_rows(rows, verdict)
    check_facts(rows, [(blob.name, blob.generation) for blobs in uploads.values() for blob in blobs], verdict)
    check_redlines(rows, expected, verdict)
    for pair in expected:
        check_objects(parts, pair, verdict)
        _check_results(parts.settings.layout.redlines, pair.document, verdict)
    _check_leftovers(parts, verdict)
    return verdict


def _generations(parts: Services) -> dict[str, list[Blob]]:
    blobs = sorted(parts.blobs.list("uploads", versions=True), key=attrgetter("name", "generation"))
    return {name: list(group) for name, group in groupby(blobs, key=attrgetter("name"))}


def _expected(
    parts: Services, document: Document, uploads: dict[str, list[Blob]], verdict: Verdict
) -> Iterator[Expected]:
    """Two versions were dropped: that the bucket holds these and no other is checked, then it says the generations."""
    blobs = uploads.get(document.path, [])
    runs = [list(group) for _, group in groupby(blobs, key=attrgetter("sha256"))]
    if [group[0].sha256 for group in runs] != list(document.hashes):
        verdict.lost.append(f"{document.path}: the bucket holds {len(runs)} versions that are not the two dropped ones")
        return
    verdict.retaken += len(blobs) - 2
    identity = parts.identity(parts.settings.tenant, document.path)
    for before, after in pairwise(runs):
        yield Expected(document, identity, before[-1].generation, after[0].generation)


def check_rows(rows: Iterable[AuditRow], verdict: Verdict) -> None:
    """Each event was told once, and none of what went wrong."""
    for event_id, count in Counter(row.event_id for row in rows).items():
        if count > 1:
            verdict.doubled.append(f"event {event_id} has {count} audit rows")
    for row in rows:
        if row.code:
            verdict.problems.append(f"{row.event_type} {row.document_id}: {row.code}")


def check_facts(rows: Iterable[AuditRow], uploaded: Iterable[tuple[str, int]], verdict: Verdict) -> None:
    """Each generation in the bucket became one accepted version."""
    accepted = Counter(
        row.generation
        for row in rows
        if row.event_type in (DocumentNormalized.event_type, DocumentUnchanged.event_type)
    )
    for name, generation in uploaded:
        if accepted[generation] != 1:
            list_ = verdict.doubled if accepted[generation] else verdict.lost
            list_.append(f"{name}#{generation}: {accepted[generation]} facts about this version")


def check_redlines(rows: Iterable[AuditRow], expected: Iterable[Expected], verdict: Verdict) -> None:
    """Each pair, and no other, has exactly one completed redline in force."""
    superseded = {row.pair_id for row in rows if row.event_type == RedlineSuperseded.event_type}
    completed = Counter(
        row.pair_id
        for row in rows
        if row.event_type == RedlineCompleted.event_type and row.pair_id not in superseded and row.batch_id is None
    )
    verdict.redlines = completed.total()
    for pair in expected:
        count = completed.pop(pair.pair_id, 0)
        if count == 0:
            verdict.lost.append(f"{pair.document.path}: no completed redline")
        elif count > 1:
            verdict.doubled.append(f"{pair.document.path}: {count} completed redlines")
    verdict.doubled += [f"pair {unknown}: nobody dropped it" for unknown in completed]


def check_objects(parts: Services, pair: Expected, verdict: Verdict) -> None:
    """The redline was written once, and is right."""
    prefix = f"{parts.settings.tenant}/{pair.document_id}/{pair.before}-{pair.after}/"
    found = parts.blobs.list("redlines", prefix, versions=True)
    redlines = [blob for blob in found if blob.name.endswith(".docx") and blob.name.count("/", len(prefix)) == 1]
    if len(redlines) != 1:
        (verdict.doubled if redlines else verdict.lost).append(f"{pair.document.path}: {len(redlines)} redline objects")
        return
    data = parts.blobs.get("redlines", redlines[0].name)
    if pair.document.path.endswith(".docx"):
        before, after = pair.document.before, pair.document.after
    else:
        normalized = f"{parts.settings.tenant}/{pair.document_id}/{{}}.docx"
        before, after = (parts.blobs.get("normalized", normalized.format(g)) for g in (pair.before, pair.after))
    if not verify(data, before, after).ok:
        verdict.problems.append(f"{pair.document.path}: the redline does not give back both versions")


def _check_results(redlines: Path, document: Document, verdict: Verdict) -> None:
    """People find one redline of each document, whole."""
    for suffix in (".redline.docx", ".redline.html", ".changes.json", ".summary.json"):
        found = list((redlines / document.path).rglob(f"*{suffix}"))
        if len(found) != 1:
            wrong = verdict.doubled if found else verdict.lost
            wrong.append(f"{document.path}: {len(found)} files *{suffix} in the folder for people")


def _check_leftovers(parts: Services, verdict: Verdict) -> None:
    verdict.problems += [f"dead letter {blob.name}" for blob in parts.blobs.list("dead-letters")]
    for path in parts.settings.layout.redlines.rglob("*"):
        if is_temporary(path.name):
            verdict.problems.append(f"temporary file left behind: {path}")
