"""Where the time of one comparison goes, by function."""

from __future__ import annotations

import cProfile
import io
import pstats
from typing import Literal

from benchmarks.corpus import Pair

Order = Literal["tottime", "cumulative"]


def profile(pair: Pair, *, what: Literal["compare", "verify"], order: Order, top: int) -> str:
    """The `top` functions of one run as text; one run before it warms what is loaded on first use."""
    from redline import compare, verify

    docx = compare(pair.before, pair.after).docx
    profiler = cProfile.Profile()
    if what == "compare":
        profiler.runcall(lambda: compare(pair.before, pair.after).docx)
    else:
        profiler.runcall(verify, docx, pair.before, pair.after)
    text = io.StringIO()
    pstats.Stats(profiler, stream=text).strip_dirs().sort_stats(order).print_stats(top)
    return text.getvalue()
