"""The redline as one self-contained web page: the whole tracked document beside the list of its changes."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from html import escape
from importlib.resources import files
from typing import Final

from redline.changelist.changes import survey
from redline.changelist.stylesheet import VAL, StyleSheet
from redline.html.anchors import origin_name
from redline.html.body import Body
from redline.ooxml import NS, W
from redline.opc.package import Package
from schemas.changes import Change, ChangeKind, ChangeTarget, Location, Story, Summary

_KINDS: Final = {
    ChangeKind.REPLACEMENT: ("Replaced", "replacement", "replacements"),
    ChangeKind.INSERTION: ("Inserted", "insertion", "insertions"),
    ChangeKind.DELETION: ("Deleted", "deletion", "deletions"),
    ChangeKind.MOVE: ("Moved", "move", "moves"),
    ChangeKind.FORMATTING: ("Formatted", "formatting change", "formatting changes"),
}
_LONGEST: Final = 160
"""Characters of a text that the list of changes shows."""
_CONTEXT: Final = 32
_LEGEND: Final = (
    "<li><ins>Inserted</ins></li><li><del>Deleted</del></li>"
    '<li><ins class="moved">Moved here</ins></li><li><del class="moved">Moved away</del></li>'
    '<li><span class="formatted">Formatting changed</span></li>'
)
_TOOLS: Final = (
    '<div class="group" role="group" aria-label="View">'
    '<button type="button" data-set-view="inline" aria-pressed="true">Redline</button>'
    '<button type="button" data-set-view="side" aria-pressed="false">Side by side</button>'
    '<button type="button" data-set-view="after" aria-pressed="false">After</button></div>'
    '<div class="group" role="group" aria-label="Go through the changes">'
    '<button type="button" data-step="-1" aria-keyshortcuts="p k" aria-label="Previous change">'
    '↑ <kbd class="keys">p</kbd></button>'
    '<span class="place" id="place" role="status" aria-live="polite"></span>'
    '<button type="button" data-step="1" aria-keyshortcuts="n j" aria-label="Next change">'
    '↓ <kbd class="keys">n</kbd></button></div>'
    '<button type="button" id="theme" aria-label="Switch between light and dark">◐</button>'
)


def render_html(
    docx: bytes,
    *,
    title: str = "Redline",
    changes: tuple[Change, ...] | None = None,
    summary: Summary | None = None,
) -> str:
    """A tracked .docx as an HTML page that needs nothing beside it and loads nothing.

    `changes` and `summary` are those of the document; what is not given is worked out. Revisions are <ins> and <del>
    with author and date as data attributes. Texts, names and links are escaped; links lead to http, https and mailto
    only; the page's content security policy allows its own script and style and embedded pictures, nothing else.
    The text is cut after about 10,000 changes, and the page says so.
    Raises DocumentError as `Package.open` does.
    """
    package = Package.open(docx)
    if changes is None or summary is None:
        found = survey(package)
        changes = found.changes if changes is None else changes
        summary = found.summary() if summary is None else summary
    body = Body.of(package, changes)
    document = body.html()
    listed = tuple(filter(body.anchors.has, changes)) if body.is_cut else changes
    beside = f"{_notice(summary)}{_cut(listed, changes) if body.is_cut else ''}{_chips(listed)}{_list(listed)}"
    return _page(title, document, body.look.css(), _counts(changes, summary), beside, _language(body.styles))


def _page(title: str, document: str, indents: str, counts: str, beside: str, language: str) -> str:
    style, script = _asset("page.css") + indents, _asset("page.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    name = escape(title)
    lang = f' lang="{escape(language)}"' if language else ""
    return (
        '<!DOCTYPE html>\n<html lang="en" data-view="inline"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>{name}</title><style>{style}</style></head><body>"
        '<a class="skip" href="#document">Skip to the document</a>'
        '<a class="skip" href="#changes">Skip to the list of changes</a>'
        f'<header class="top"><div><h1>{name}</h1><p class="counts">{counts}</p></div>'
        f'<div class="tools">{_TOOLS}</div></header>'
        f'<div class="desk"><main id="document" tabindex="-1"><ul class="legend" aria-label="Legend">{_LEGEND}</ul>'
        f'<article class="page"{lang}>{document}</article></main>'
        f'<nav class="list" aria-label="Changes"><h2>Changes</h2>{beside}</nav></div>'
        f"<script>{script}</script></body></html>\n"
    )


def _counts(changes: tuple[Change, ...], summary: Summary) -> str:
    numbers = [(kind, sum(change.kind is kind for change in changes)) for kind in _KINDS]
    parts = [f"{count} {_KINDS[kind][1 if count == 1 else 2]}" for kind, count in numbers if count]
    total = "No changes" if not changes else "1 change" if len(changes) == 1 else f"{len(changes)} changes"
    similar = f"{summary.similarity:.1%} of words kept"
    return " · ".join([f"<strong>{total}</strong>", *parts, similar])


def _notice(summary: Summary) -> str:
    coverage = summary.coverage
    told = [finding.message for finding in coverage.not_tracked] + list(coverage.degraded)
    if not told:
        return ""
    sentences = "".join(f"<li>{escape(sentence)}</li>" for sentence in told)
    return f'<div class="notice" role="note"><strong>Not shown as tracked changes</strong><ul>{sentences}</ul></div>'


def _cut(listed: tuple[Change, ...], changes: tuple[Change, ...]) -> str:
    return (
        '<div class="notice" role="note"><strong>The page ends before the document</strong><ul>'
        f"<li>It shows {len(listed)} of {len(changes)} changes, and the text as far as these reach; with all of them a "
        "browser could hardly show it.</li>"
        "<li>The Word file and the list of changes (changes.json) hold all of them.</li></ul></div>"
    )


def _chips(changes: tuple[Change, ...]) -> str:
    present = [kind for kind in _KINDS if any(change.kind is kind for change in changes)]
    buttons = "".join(
        f'<button type="button" data-kind-filter="{kind}" aria-pressed="true">{_KINDS[kind][0]} '
        f"{sum(change.kind is kind for change in changes)}</button>"
        for kind in present
    )
    return f'<div class="chips" role="group" aria-label="Kinds of changes to list">{buttons}</div>' if buttons else ""


def _list(changes: tuple[Change, ...]) -> str:
    if not changes:
        return '<p class="none" id="changes">The two versions do not differ.</p>'
    signatures = {_by(change) for change in changes} - {""}
    # One author on one day is said once, above the list, instead of under every change.
    shared = signatures.pop() if len(signatures) == 1 else ""
    line = f'<p class="by">All by {escape(shared)}</p>' if shared else ""
    items = "".join(_item(change, "" if shared else _by(change)) for change in changes)
    return f'{line}<ol id="changes" tabindex="-1">{items}</ol>'


def _by(change: Change) -> str:
    return ", ".join(part for part in (change.author, change.date[:10]) if part)


def _item(change: Change, by: str) -> str:
    line = f'<span class="by">{escape(by)}</span>' if by else ""
    where = escape(_where(change.location) + _origin(change))
    return (
        f'<li class="kind-{change.kind}" data-kind="{change.kind}" data-change="{change.id}">'
        f'<a href="#change-{change.id}"><span class="where"><span>{where}</span>'
        f"<b>{_KINDS[change.kind][0]}{_target(change)}</b></span>"
        f'<span class="what">{_what(change)}</span>{line}</a></li>'
    )


def _target(change: Change) -> str:
    return "" if change.target is ChangeTarget.TEXT else f" {change.target}"


def _origin(change: Change) -> str:
    name = origin_name(change)
    return f", from {name}" if name else ""


def _where(location: Location) -> str:
    parts = [] if location.story in (Story.BODY, Story.STYLES) else [location.story.capitalize()]
    if location.style:
        parts.append(location.style)
    if location.clause.strip():
        parts.append(location.clause)
    if location.headings:
        parts.append(location.headings[-1])
    if location.table is not None:
        parts.append(f"table {location.table}" + (f", row {location.row}" if location.row else ""))
    elif not parts and location.paragraph is not None:
        parts.append(f"Paragraph {location.paragraph}")
    return " · ".join(parts) or "Document"


def _what(change: Change) -> str:
    if change.target is ChangeTarget.STYLE:
        return f"<em>{escape(', '.join(change.properties))}</em>{_values(change)}"
    if change.kind is ChangeKind.FORMATTING:
        text = f"“{_short(change.after)}”: " if change.after else ""
        return f"{escape(text)}<em>{escape(', '.join(change.properties))}</em>"
    if change.kind is ChangeKind.MOVE:
        return f'<span class="new">{escape(_short(change.after or change.before))}</span>'
    old = f'<span class="old">{escape(_short(change.before))}</span>' if change.before else ""
    new = f'<span class="new">{escape(_short(change.after))}</span>' if change.after else ""
    return f"{_context(_tail(change.context_before))}{old}{' ' if old and new else ''}{new}" + _context(
        _head(change.context_after)
    )


def _values(change: Change) -> str:
    """What a style said, and says now, as far as there are words for it."""
    if not (change.before or change.after):
        return ""
    old, now = (escape(_short(text)) or "nothing" for text in (change.before, change.after))
    return f'<span class="context">: {old} → {now}</span>'


def _context(text: str) -> str:
    return f'<span class="context">{escape(text)}</span>' if text else ""


def _tail(text: str) -> str:
    """The end of a text, from the beginning of a word."""
    if len(text) <= _CONTEXT:
        return text
    cut = text[-_CONTEXT:]
    return "…" + (cut[cut.find(" ") + 1 :] if " " in cut.rstrip() else cut)


def _head(text: str) -> str:
    """The beginning of a text, to the end of a word."""
    if len(text) <= _CONTEXT:
        return text
    cut = text[:_CONTEXT]
    return (cut[: cut.rfind(" ")] if " " in cut.lstrip() else cut) + "…"


def _short(text: str) -> str:
    if len(text) <= _LONGEST:
        return text
    cut = text[:_LONGEST]
    return cut[: cut.rfind(" ")] + "…" if " " in cut else cut + "…"


def _language(styles: StyleSheet) -> str:
    """The language of the document, from its default style; '' where it does not say."""
    root = next((style.getparent() for style in styles.elements.values()), None)
    found = None if root is None else root.find("w:docDefaults/w:rPrDefault/w:rPr/w:lang", NS)
    return "" if found is None else found.get(VAL) or found.get(f"{W}eastAsia") or ""


@cache
def _asset(name: str) -> str:
    return files("redline.html").joinpath("assets", name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """The source expression that allows an inline script or style (CSP level 3, section 2.3.1)."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"
