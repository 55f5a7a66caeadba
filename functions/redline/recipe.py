"""How the redline of a pair is to be made. Pure."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from datetime import datetime

from redline import CompareOptions
from schemas.redlines import PairRequested
from schemas.requests import RedlineOptions


def compare_options(pair: PairRequested, *, author: str, date: datetime) -> CompareOptions:
    """What the pair asks of the comparison; `author` is for a pair that names none."""
    said = pair.options.model_dump(exclude_none=True) if pair.options else {}
    return CompareOptions(**{"author": author, **said, "date": date})


def options_in_full(options: CompareOptions) -> RedlineOptions:
    """The same with nothing left to a default, for the facts to say what was done."""
    return RedlineOptions(**{name: getattr(options, name) for name in RedlineOptions.model_fields})


def recipe_of(options: CompareOptions, release: str) -> str:
    """Tells apart what is made of the same two versions: by the options, but for the date, and by the engine."""
    said = {name: value for name, value in asdict(options).items() if name != "date"}
    return hashlib.sha256(json.dumps([release, said], sort_keys=True).encode()).hexdigest()[:16]
