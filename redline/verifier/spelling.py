"""Blocks that are spelled in two ways but say the same, told by their bytes alone."""

from __future__ import annotations

from typing import Final

_REBOUND: Final = b"xmlns:w="
_RUN: Final = b"<w:r>"
_RUN_END: Final = b"</w:r>"
_LOOK: Final = b"<w:rPr>"
_LOOK_END: Final = b"</w:rPr>"


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
    first, *runs = block.replace(b' xml:space="preserve"', b"").split(_RUN)
    joined = [first]
    open_look: bytes | None = None
    for run in runs:
        end = run.find(_RUN_END)
        look = _look(run[:end]) if end >= 0 else None
        if look is not None and look == open_look:
            joined[-1] = joined[-1][: -len(_RUN_END)] + run[len(look) :]
        else:
            joined.append(_RUN + run)
        open_look = look if end + len(_RUN_END) == len(run) else None
    return b"".join(joined).replace(b"</w:t><w:t>", b"")


def _look(run: bytes) -> bytes | None:
    """The properties that a run begins with; None for one with others, or with a run inside."""
    has_look = run.startswith(_LOOK)
    if run.find(b"<w:rPr", has_look) >= 0 or b"<w:r " in run:
        return None
    return run[: run.find(_LOOK_END) + len(_LOOK_END)] if has_look else b""
