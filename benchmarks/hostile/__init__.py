"""Pairs of documents that are hard on the engine: each within 5 MB, and made as one who means harm would make it.

`benchmarks.bounds` measures them, `tests/redline/test_hostile.py` compares small ones. A pair is made anew from its
name alone, the same each time.
"""

from __future__ import annotations

from benchmarks.hostile import choices, containers, inline, paragraphs, parts, references, texts, tracked
from benchmarks.hostile.kit import CASES, Case, Hostile

KINDS = (paragraphs, inline, references, containers, parts, tracked, texts, choices)
"""The modules that enter their pairs into the table."""

__all__ = ["CASES", "KINDS", "Case", "Hostile"]
