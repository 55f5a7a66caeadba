"""Which versions of a document are compared with which. Pure; the truth is the version record.

A pair is (nearest accepted earlier generation, generation), in whatever order the versions were taken. Each version is
planned from the record as it was when that version was taken: what was taken later plans for itself. So a plan never
depends on when it is made, and a pair that is no longer one of neighbours is superseded exactly once, by the version
that came in between.
"""

from __future__ import annotations

from bisect import insort
from itertools import pairwise

from events.ids import pair_id
from schemas.base import Generation
from schemas.documents import AcceptedVersion, RejectedVersion, VersionRecord
from schemas.redlines import PairRequested, Plan, RedlineSuperseded


def find(record: VersionRecord, generation: Generation) -> AcceptedVersion | RejectedVersion | None:
    """What the record knows of a generation."""
    return next((version for version in record.versions if version.generation == generation), None)


def accepted(record: VersionRecord) -> list[AcceptedVersion]:
    """The versions that can be compared, in the order of generations."""
    return [each for each in record.versions if isinstance(each, AcceptedVersion)]


def take(record: VersionRecord, version: AcceptedVersion | RejectedVersion) -> VersionRecord:
    """The record with one more version, as the last one taken; unchanged where the generation was taken before."""
    if find(record, version.generation) is not None:
        return record
    versions = list(record.versions)
    last = max((each.taken for each in versions), default=0)  # not their number: some may be erased
    insort(versions, version.model_copy(update={"taken": last + 1}), key=lambda each: each.generation)
    return record.model_copy(update={"versions": tuple(versions)})


def bury(record: VersionRecord, generation: Generation) -> VersionRecord:
    """The record with a tombstone for a generation that was deleted while live. No version is lost by it."""
    tombstones = sorted({*record.tombstones, generation})
    return record.model_copy(update={"tombstones": tuple(tombstones)})


def drop(record: VersionRecord, through: Generation) -> VersionRecord:
    """The record without what it knows of a generation and of all before it."""
    versions = tuple(version for version in record.versions if version.generation > through)
    tombstones = tuple(generation for generation in record.tombstones if generation > through)
    return record.model_copy(update={"versions": versions, "tombstones": tombstones})


def same_as(record: VersionRecord, version: AcceptedVersion) -> Generation | None:
    """The nearest accepted earlier generation, if it holds the very same bytes."""
    earlier, _ = _neighbours(record, version)
    return earlier.generation if earlier and _same_bytes(earlier, version) else None


def is_newest(record: VersionRecord, generation: Generation) -> bool:
    """Whether no accepted version came after this one, and the document was not deleted since."""
    return not _buried(record, generation) and all(each.generation <= generation for each in accepted(record))


def leads_to_newest(record: VersionRecord, generation: Generation) -> bool:
    """Whether what this accepted version holds is what the document holds now, whoever saved it again unchanged.

    Once it is not so, it never is again; nor is `is_newest`.
    """
    line = [each for each in accepted(record) if each.generation >= generation]
    return not _buried(record, generation) and all(_same_bytes(each, line[0]) for each in line)


def is_superseded(record: VersionRecord, before: Generation, after: Generation) -> bool:
    """Whether a version came in between two that were neighbours once: what `plan` says of the pair, seen from now."""
    ends = [each.taken for each in accepted(record) if each.generation in (before, after)]
    between = [each.taken for each in accepted(record) if before < each.generation < after]
    return bool(between) and min(between) > max(ends, default=0)


def plan(record: VersionRecord, generation: Generation) -> Plan:
    """The pairs that one accepted version calls for, and the pair that it comes between.

    Raises LookupError when the record has no such accepted version.
    """
    version = find(record, generation)
    if not isinstance(version, AcceptedVersion):
        raise LookupError("the version record has no such accepted version")
    earlier, later = _neighbours(record, version)
    line = [neighbour for neighbour in (earlier, version, later) if neighbour]
    requested = tuple(
        _request(record, before, after) for before, after in pairwise(line) if not _same_bytes(before, after)
    )
    superseded: tuple[RedlineSuperseded, ...] = ()
    if earlier and later and not _same_bytes(earlier, later):
        far = _request(record, earlier, later)
        superseded = (RedlineSuperseded(**dict(far), superseded_by=tuple(pair.pair_id for pair in requested)),)
    return Plan(document_id=record.document_id, generation=generation, requested=requested, superseded=superseded)


def _neighbours(
    record: VersionRecord, version: AcceptedVersion
) -> tuple[AcceptedVersion | None, AcceptedVersion | None]:
    """The nearest accepted generations before and after, among those that were taken before `version`."""
    others = [each for each in accepted(record) if each.taken < version.taken]
    earlier = [each for each in others if each.generation < version.generation]
    later = [each for each in others if each.generation > version.generation]
    return (earlier[-1] if earlier else None, later[0] if later else None)


def _buried(record: VersionRecord, generation: Generation) -> bool:
    return any(tombstone >= generation for tombstone in record.tombstones)


def _same_bytes(one: AcceptedVersion, other: AcceptedVersion) -> bool:
    return one.source.sha256 == other.source.sha256


def _request(record: VersionRecord, before: AcceptedVersion, after: AcceptedVersion) -> PairRequested:
    return PairRequested(
        tenant=record.tenant,
        region=record.region,
        pair_id=pair_id((record.document_id, before.generation), (record.document_id, after.generation)),
        document_id=record.document_id,
        before=before.normalized,
        after=after.normalized,
        before_generation=before.generation,
        after_generation=after.generation,
    )
