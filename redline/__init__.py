"""Compares two versions of a document and delivers a verified redline: bytes in, bytes out."""

from redline.changes import list_changes, summarize
from redline.compare import Redline, compare
from redline.errors import DocumentError
from redline.html import render_html
from redline.options import CompareOptions
from redline.resolve import accept, reject
from redline.validate import Finding, validate
from redline.verify import Verification, verify

__all__ = [
    "CompareOptions",
    "DocumentError",
    "Finding",
    "Redline",
    "Verification",
    "accept",
    "compare",
    "list_changes",
    "reject",
    "render_html",
    "summarize",
    "validate",
    "verify",
]
