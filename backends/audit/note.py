"""A note of where a trail stands, to be kept away from it: what a later look at the trail is compared with."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from datetime import datetime

from backends.audit.chain import seal
from backends.audit.heads import Head


class NoteDamaged(Exception):  # noqa: N818 - the state it names
    """Not a note about this trail, or one that was changed."""


def write_note(heads: Mapping[str, Head], taken_at: datetime, key: bytes) -> bytes:
    """The note about a trail whose segments end like this."""
    segments = {name: [head.count, head.row_hash] for name, head in sorted(heads.items()) if head.count}
    said = {"taken_at": taken_at.isoformat(), "segments": segments}
    return json.dumps({"said": said, "mac": seal(key, "note", said)}, indent=1).encode() + b"\n"


def read_note(note: bytes, key: bytes) -> dict[str, Head]:
    """The heads that a note tells of. Raises NoteDamaged."""
    try:
        told = json.loads(note)
        said = told["said"]
        if not hmac.compare_digest(told["mac"], seal(key, "note", said)):
            raise NoteDamaged("The note was changed, or it is about another trail.")
        return {name: Head(*head) for name, head in said["segments"].items()}
    except (ValueError, TypeError, LookupError):
        raise NoteDamaged("This is no note about an audit trail.") from None
