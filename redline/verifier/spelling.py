"""Blocks that are spelled in two ways but say the same, told by their bytes alone."""

from __future__ import annotations

from typing import Final

_REBOUND: Final = b"xmlns:w="
_RUN: Final = b"<w:r>"
_TEXT: Final = b"<w:t>"
_END: Final = b"</w:t></w:r>"
_LOOK: Final = b"<w:rPr>"
_LOOK_END: Final = b"</w:rPr>"


def say_the_same(mine: bytes, theirs: bytes) -> bool:
    """Whether two blocks, of bytes that are not the same, differ at most in how texts are cut into runs.

    A redline cuts runs where a change begins; resolved, the pieces stand side by side. False for what is not that
    simple. The prefix `w` must mean WordprocessingML around both.
    """
    return with_joined_runs(mine) == with_joined_runs(theirs)


def with_joined_runs(block: bytes) -> bytes:
    """The block with each run of mere text joined to the one right before it, where both look the same."""
    if _REBOUND in block:
        return block
    first, *runs = block.replace(b' xml:space="preserve"', b"").split(_RUN)
    joined = [first]
    open_look: bytes | None = None
    for run in runs:
        look, _, text = run.partition(_TEXT)
        if look == open_look:
            joined[-1] = joined[-1][: -len(_END)] + text
        else:
            joined.append(_RUN + run)
        is_mere_text = text.endswith(_END) and text.count(b"<") == _END.count(b"<")
        open_look = look if is_mere_text and _is_look(look) else None
    return b"".join(joined)


def _is_look(before_text: bytes) -> bool:
    """Whether nothing but properties stands before the text of a run."""
    return not before_text or (
        before_text.startswith(_LOOK) and before_text.find(_LOOK_END) == len(before_text) - len(_LOOK_END)
    )
