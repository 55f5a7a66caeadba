"""The chain of audit rows: each row's hash covers the row and the hash of the row before it; a key seals the hash."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any, Final

from schemas.audit import AuditRow

_HASHES: Final = ("previous_hash", "row_hash")


def chained(row: AuditRow, *, segment: str, position: int, previous_hash: str) -> dict[str, Any]:
    """The row in JSON types at its place in a chain, with its hashes; `previous_hash` is empty for the first row.

    What is null is left out, so that a column which comes later changes no hash.
    """
    place = {"segment": segment, "position": position}
    facts = {**row.model_dump(mode="json", exclude=set(_HASHES), exclude_none=True), **place}
    return {**facts, "previous_hash": previous_hash, "row_hash": row_hash(facts, previous_hash)}


def row_hash(facts: Mapping[str, Any], previous_hash: str) -> str:
    """SHA-256 over the hash of the row before and the row as it is stored, without its own hashes.

    Over what is stored, not over what this release knows of it: fields of a later release are covered too.
    """
    bare = {name: value for name, value in facts.items() if name not in _HASHES}
    canonical = json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{previous_hash}{canonical}".encode()).hexdigest()


def seal(key: bytes, *said: object) -> str:
    """HMAC-SHA-256 over what is said, in hex: who has not the key can neither make it up nor say something else."""
    return hmac.digest(key, json.dumps(said).encode(), hashlib.sha256).hex()
