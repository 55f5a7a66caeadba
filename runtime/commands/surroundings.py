"""What the surroundings of a command lack, said in one sentence."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from pydantic import ValidationError

from backends.errors import BackendUnavailable
from backends.keys.embedded import KeyUnusable
from runtime.commands.files import Refusal
from runtime.settings import GoogleSettings, KmsSettings, Settings, explained


@contextlib.contextmanager
def in_one_sentence() -> Iterator[None]:
    """Turn what the surroundings of a command lack into a Refusal."""
    try:
        yield
    except (KeyUnusable, BackendUnavailable) as error:
        raise Refusal(str(error)) from None
    except ValidationError as error:
        if error.title not in (Settings.__name__, GoogleSettings.__name__, KmsSettings.__name__):
            raise
        raise Refusal(explained(error)) from None
