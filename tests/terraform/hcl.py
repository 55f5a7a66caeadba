"""What Terraform's files say, without Terraform."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import hcl2


def locals_of(file: Path) -> dict[str, Any]:
    """The first `locals` of a file."""
    found: dict[str, Any] = _unquoted(hcl2.loads(file.read_text())["locals"][0])
    return found


def _unquoted(value: Any) -> Any:
    """What the parser gives, without the quotes that it keeps around text."""
    if isinstance(value, dict):
        return {_unquoted(key): _unquoted(each) for key, each in value.items() if not str(key).startswith("__")}
    if isinstance(value, list):
        return [_unquoted(each) for each in value]
    return value.strip('"') if isinstance(value, str) else value
