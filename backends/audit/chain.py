"""The chain hash of audit rows: each row's hash covers the row and the hash of the row before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from schemas.audit import AuditRow

_HASHES: Final = ("previous_hash", "row_hash")


def sealed(row: AuditRow, previous_hash: str) -> dict[str, Any]:
    """The row in JSON types, with its hashes filled in; `previous_hash` is empty for the first row of a chain."""
    facts = row.model_dump(mode="json", exclude=set(_HASHES))
    return {**facts, "previous_hash": previous_hash, "row_hash": row_hash(facts, previous_hash)}


def row_hash(facts: Mapping[str, Any], previous_hash: str) -> str:
    """SHA-256 over the hash of the row before and the row as it is stored, without its own hashes.

    Over what is stored, not over what this release knows of it: fields of a later release are covered too.
    """
    bare = {name: value for name, value in facts.items() if name not in _HASHES}
    canonical = json.dumps(bare, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(f"{previous_hash}{canonical}".encode()).hexdigest()
