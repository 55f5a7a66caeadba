"""Trace context (W3C Trace Context, level 1): one trace from a dropped file to its audit rows."""

from __future__ import annotations

import hashlib
import re
from typing import Final

_TRACEPARENT: Final = re.compile(
    r"00-(?P<trace>(?!0{32})[0-9a-f]{32})-(?P<parent>(?!0{16})[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})"
)
_SAMPLED: Final = "01"


def child(traceparent: str, *, trace_seed: str, span_seed: str) -> str:
    """The traceparent of a step below `traceparent`.

    Where that is missing or malformed a new trace begins (section 3.2.2.3). The seeds give the same ids to a
    redelivery, which is the same step once more.
    """
    span = _digest("span", span_seed)[:16]
    match = _TRACEPARENT.fullmatch(traceparent)
    if match is None:
        return f"00-{_digest('trace', trace_seed)}-{span}-{_SAMPLED}"
    return f"00-{match['trace']}-{span}-{match['flags']}"


def of(trace: str, *, span_seed: str) -> str:
    """The traceparent of a step of which the trace is known, with the span id that `child` gave it."""
    return f"00-{trace}-{_digest('span', span_seed)[:16]}-{_SAMPLED}"


def trace_id(traceparent: str) -> str | None:
    """The trace that a traceparent belongs to; None where it is missing or malformed."""
    match = _TRACEPARENT.fullmatch(traceparent)
    return match["trace"] if match else None


def _digest(kind: str, seed: str) -> str:
    return hashlib.sha256(f"{kind}:{seed}".encode()).hexdigest()[:32]
