"""Compares two versions of a document and delivers a verified redline: bytes in, bytes out."""

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
