"""Compares two versions of a document and delivers a verified redline: bytes in, bytes out.

Each name is loaded when it is first asked for: who only reads a text does not wait for what compares.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from redline.changelist.changes import list_changes, summarize
    from redline.changelist.plaintext import Paragraph, read_text
    from redline.comparer.compare import Redline, compare
    from redline.errors import DocumentError
    from redline.html.page import render_html
    from redline.options import CompareOptions
    from redline.pdf import render_pdf
    from redline.resolver.resolve import accept, reject
    from redline.validator.validate import Finding, validate
    from redline.verifier.verify import Verification, verify
    from schemas.changes import Change, ChangeKind, ChangeTarget, Coverage, Location, NotTracked, Story, Summary
else:
    _NAMES_BY_HOME = {
        "redline.changelist.changes": ("list_changes", "summarize"),
        "redline.changelist.plaintext": ("Paragraph", "read_text"),
        "redline.comparer.compare": ("Redline", "compare"),
        "redline.errors": ("DocumentError",),
        "redline.html.page": ("render_html",),
        "redline.options": ("CompareOptions",),
        "redline.pdf": ("render_pdf",),
        "redline.resolver.resolve": ("accept", "reject"),
        "redline.validator.validate": ("Finding", "validate"),
        "redline.verifier.verify": ("Verification", "verify"),
        "schemas.changes": (
            "Change",
            "ChangeKind",
            "ChangeTarget",
            "Coverage",
            "Location",
            "NotTracked",
            "Story",
            "Summary",
        ),
    }
    _HOMES = {name: home for home, names in _NAMES_BY_HOME.items() for name in names}

    def __getattr__(name):
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = globals()[name] = getattr(import_module(_HOMES[name]), name)
        return found

    def __dir__():
        return [*globals(), *_HOMES]


__all__ = [
    "Change",
    "ChangeKind",
    "ChangeTarget",
    "CompareOptions",
    "Coverage",
    "DocumentError",
    "Finding",
    "Location",
    "NotTracked",
    "Paragraph",
    "Redline",
    "Story",
    "Summary",
    "Verification",
    "accept",
    "compare",
    "list_changes",
    "read_text",
    "reject",
    "render_html",
    "render_pdf",
    "summarize",
    "validate",
    "verify",
]
