"""What is wanted of each pair of a request: its own word goes before that of the request. Pure."""

from __future__ import annotations

import json

from schemas.messaging import Priority
from schemas.requests import OUTPUTS, Output, RedlineOptions, RedlineRequested, RequestedPair


def options(pair: RequestedPair, request: RedlineRequested) -> RedlineOptions | None:
    """Options said by the pair or else by the request; None where nothing is said."""
    said = {
        name: value
        for each in (request.options, pair.options)
        if each is not None
        for name, value in each
        if value is not None
    }
    return RedlineOptions(**said) if said else None


def outputs(pair: RequestedPair, request: RedlineRequested) -> tuple[Output, ...] | None:
    """Outputs in the usual order, each once; None where all are wanted."""
    asked = pair.outputs or request.outputs or OUTPUTS
    wanted = tuple(name for name in OUTPUTS if name in asked)
    return None if wanted == OUTPUTS else wanted


def priority(request: RedlineRequested) -> Priority:
    """Somebody waits for a single pair; many are worked off beside what people drop."""
    return request.priority or ("interactive" if len(request.pairs) == 1 else "bulk")


def spelled(asked: RedlineOptions | None, wanted: tuple[Output, ...] | None) -> str:
    """What is wanted as text, empty where that is what is always made: it is part of the pair's id."""
    said = {
        **({"options": asked.model_dump(exclude_none=True)} if asked else {}),
        **({"outputs": wanted} if wanted else {}),
    }
    return json.dumps(said, sort_keys=True) if said else ""
