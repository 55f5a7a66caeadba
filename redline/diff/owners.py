"""Attributes that say, during a comparison, whose revision something was in its input: author and date."""

from __future__ import annotations

from typing import Final

OWNER: Final = "redline-owner"
"""Attribute of a run, row or cell: author and date of the revision it was inserted or deleted by."""
MARK_OWNER: Final = "redline-mark-owner"
"""The same for the mark that ends a paragraph."""
CHANGE_OWNER: Final = "redline-change-owner"
"""The same for changed properties, on the properties."""
