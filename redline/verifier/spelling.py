"""Blocks that are spelled in two ways but say the same, told by their bytes alone."""

from __future__ import annotations

import re
from typing import Final

_REBOUND: Final = b"xmlns:w="
_RUN: Final = b"<w:r>"
_RUN_END: Final = b"</w:r>"
_LOOK: Final = b"<w:rPr>"
_LOOK_END: Final = b"</w:rPr>"
_EMPTY: Final = ((b"<w:rPr/>", b""), (b"<w:pPr/>", b""), (b"<w:pPr></w:pPr>", b""), (b"<w:p></w:p>", b"<w:p/>"))
"""Elements of nothing, the inner ones first, and how they are spelled."""
_BETWEEN_TAGS: Final = re.compile(rb"(?<!<[wm]:t)>\s+<")
"""White space that is no text."""


def say_the_same(mine: bytes, theirs: bytes) -> bool:
    """Whether two blocks, of bytes that are not the same, differ at most in how texts are cut into runs.

    A redline cuts runs where a change begins; resolved, the pieces stand side by side. False for what is not that
    simple. The prefix `w` must mean WordprocessingML around both.
    """
    return with_joined_runs(mine) == with_joined_runs(theirs)


def with_joined_runs(block: bytes) -> bytes:
    """The block with runs side by side joined where they look the same, and with them the texts inside."""
    if _REBOUND in block:
        return block
    block = block.replace(b' xml:space="preserve"', b"")
    for empty, spelled in _EMPTY:
        block = block.replace(empty, spelled)
    if b"\n" in block and b"<w:t " not in block and b"<m:t " not in block:
        block = _BETWEEN_TAGS.sub(b"><", block)
    first, *runs = block.replace(b"<w:t/>", b"").split(_RUN)
    joined = [first]
    open_look: bytes | None = None
    in_a_run = b"<w:r " in block
    for run in runs:
        end = run.find(_RUN_END)
        in_a_run |= end < 0
        look = _look(run[:end]) if end >= 0 else None
        is_last = end + len(_RUN_END) < len(run)
        if look is not None and len(look) == end and not in_a_run:
            if is_last:  # of its neighbours; itself it says nothing
                joined.append(run[end + len(_RUN_END) :])
                open_look = None
            continue
        if look is not None and look == open_look:
            joined[-1] = joined[-1][: -len(_RUN_END)]
            joined.append(run[len(look) :])
        else:
            joined.append(_RUN + run)
        open_look = None if is_last else look
    return b"".join(joined).replace(b"</w:t><w:t>", b"")


def _look(run: bytes) -> bytes | None:
    """The properties that a run begins with; None for one with others, or with a run inside."""
    has_look = run.startswith(_LOOK)
    if run.find(b"<w:rPr", has_look) >= 0 or b"<w:r " in run:
        return None
    return run[: run.find(_LOOK_END) + len(_LOOK_END)] if has_look else b""
