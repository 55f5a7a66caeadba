"""functions-framework with the pipeline's clock so many seconds off: `python -m tests.e2e.skewed SECONDS ...`."""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta

from functions_framework._cli import _cli

from runtime import composition


def main() -> None:
    """Set the clock wrong, before anybody takes it, then serve."""
    wrong = timedelta(seconds=float(sys.argv.pop(1)))
    composition.now = lambda: datetime.now(UTC) + wrong
    _cli()


if __name__ == "__main__":
    main()
