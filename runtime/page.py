"""The status page: one document without script, fonts or images of its own, that any browser can show and read out.

Colours have a contrast of 7:1 or better against their ground, light and dark (WCAG 2.2, level AAA of 1.4.6); nothing
is said by colour alone; a reader may stop the page from loading anew (2.2.2).
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from html import escape
from typing import Final

from runtime.state import Scaling
from runtime.status import QueueStatus, Result, Status

STILL: Final = "still"
"""Query of the page that does not load anew."""
_EVERY: Final = 5
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1a1a1a; --faint: #4a4a4a; --paper: #ffffff; --line: #8a8a8a; --head: #f0f1f3;
  --good: #0b5a1e; --bad: #9b1111; --link: #003e9e }
@media (prefers-color-scheme: dark) { :root { --ink: #ededed; --faint: #c4c4c4; --paper: #16181b; --line: #7d838a;
  --head: #23272c; --good: #8fdf9f; --bad: #ffb3ab; --link: #a9caff } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 72rem; padding: 1rem 1.25rem 3rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: .25rem 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem }
p { margin: .25rem 0 } a { color: var(--link) } a:focus-visible { outline: 3px solid var(--link); outline-offset: 2px }
.faint, caption { color: var(--faint) } .good { color: var(--good); font-weight: 600 }
.bad { color: var(--bad); font-weight: 600 }
div.wide { overflow-x: auto } table { border-collapse: collapse; width: 100% }
caption { text-align: left; padding-bottom: .35rem }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem; border-bottom: 1px solid var(--line) }
thead th { background: var(--head) } tbody th { font-weight: 600 }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap } .path { overflow-wrap: anywhere }
"""
POLICY: Final = (
    "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; style-src 'sha256-"
    + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    + "'"
)
"""Content-Security-Policy: nothing but the style of this page."""

_ROW_HEADER: Final = 'th scope="row"'

Cell = tuple[str, str]
"""Class and text of a cell."""


def render(status: Status, *, refreshing: bool) -> str:
    """The page about a status."""
    refresh = f'<meta http-equiv="refresh" content="{_EVERY}">' if refreshing else ""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'{refresh}<title>Redline: {_text(status.phase)}</title><link rel="icon" href="data:,">'
        f"<style>{_STYLE}</style></head>\n<body>\n<header>{_head(status, refreshing=refreshing)}</header>\n<main>\n"
        f"{_functions(status)}{_queues(status)}{_results(status.results)}{_dead_letters(status.dead_letters)}"
        "</main>\n</body>\n</html>\n"
    )


def duration(seconds: float) -> str:
    """Seconds for people, roughly: 4 s, 3 min, 5 h, 2 days."""
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= 2 * size:
            return f"{seconds // size:.0f} {unit}"
    return f"{seconds:.0f} s"


def _head(status: Status, *, refreshing: bool) -> str:
    now = datetime.now().astimezone()
    mood = "good" if status.phase == "ready" else "bad"
    other = f'<a href="/?{STILL}">Stop loading anew</a>' if refreshing else '<a href="/">Load anew every 5 seconds</a>'
    waiting = f"{status.backlog} message{_s(status.backlog)} waiting or in work"
    return (
        f'<h1>Redline is <span class="{mood}">{_text(status.phase)}</span></h1>'
        f"<p>Up for {duration(status.uptime_seconds)}, {waiting}. Release {_text(status.version)}, "
        f"process {status.pid}.</p>"
        f'<p class="faint">As of <time datetime="{now.isoformat(timespec="seconds")}">{now:%H:%M:%S}</time>. {other}. '
        'For programs: <a href="/status">status as JSON</a>, <a href="/metrics">metrics</a>.</p>'
    )


def _functions(status: Status) -> str:
    rows = []
    for function in status.functions:
        running = ("good", "running") if function.running else ("bad", "starting")
        rows.append([("", function.name), running, ("number", str(function.workers)), ("", _why(function.scaling))])
    heads = ("Function", "State", "#Workers", "Last decision of the scaler")
    return _table("Functions", "Each function, and its workers.", heads, rows)


def _why(scaling: Scaling | None) -> str:
    if scaling is None:
        return "none"
    at = datetime.fromtimestamp(scaling.time).astimezone()
    return f"{scaling.workers} instead of {scaling.before} at {at:%H:%M:%S}: {scaling.reason}"


def _queues(status: Status) -> str:
    owners = [(queue, function.name) for function in status.functions for queue in function.queues]
    owners += [(queue, "deliver") for queue in status.delivery]
    rows = [_queue(queue, owner) for queue, owner in owners]
    heads = ("Queue", "Function", "#Ready", "#In work", "#To retry", "#Oldest", "#Done a minute")
    return _table("Queues", "What waits for each function, in the order of the chain.", heads, rows)


def _queue(queue: QueueStatus, owner: str) -> list[Cell]:
    oldest = duration(queue.oldest_seconds) if queue.oldest_seconds else "none"
    counts = (str(queue.ready), str(queue.leased), str(queue.delayed), oldest, f"{queue.per_minute:g}")
    return [("", queue.name), ("", owner), *(("number", count) for count in counts)]


def _results(results: Sequence[Result]) -> str:
    if not results:
        return "<section><h2>Last results</h2><p>None since the pipeline was started.</p></section>\n"
    rows = [_result(result) for result in results]
    heads = ("Document", "Result", "#Took", "#At")
    return _table("Last results", "What was put into the redlines folder, the newest first.", heads, rows)


def _result(result: Result) -> list[Cell]:
    match result.kind:
        case "redline":
            told = ("", f"redline with {result.changes} change{_s(result.changes)}")
        case "failed":
            told = ("bad", f"no redline: {result.message}")
        case "rejected":
            told = ("bad", f"rejected: {result.message}")
        case "ended":
            told = ("", result.message)
    at = f"{result.time.astimezone():%H:%M:%S}"
    return [("path", result.path), told, ("number", f"{result.seconds:.1f} s"), ("number", at)]


def _dead_letters(count: int) -> str:
    if count:
        told = (
            f'<p><span class="bad">{count} message{_s(count)}</span> could not be delivered. '
            "See <code>redline dead-letters list</code>.</p>"
        )
    else:
        told = "<p>None: every message could be delivered.</p>"
    return f"<section><h2>Dead letters</h2>{told}</section>\n"


def _table(title: str, caption: str, heads: Iterable[str], rows: Iterable[list[Cell]]) -> str:
    """A table with headers for its columns and, in the first cell, for its rows. # marks a column of numbers."""
    columns = "".join(
        f'<th scope="col" class="number">{head[1:]}</th>' if head.startswith("#") else f'<th scope="col">{head}</th>'
        for head in heads
    )
    lines = "".join(f"<tr>{_cell(row[0], _ROW_HEADER)}{''.join(map(_cell, row[1:]))}</tr>\n" for row in rows)
    return (
        f'<section><h2>{title}</h2><div class="wide" tabindex="0" role="region" aria-label="{title}">'
        f"<table><caption>{caption}</caption><thead><tr>{columns}</tr></thead>\n<tbody>\n{lines}</tbody></table></div>"
        "</section>\n"
    )


def _cell(cell: Cell, tag: str = "td") -> str:
    kind, text = cell
    marked = f' class="{kind}"' if kind else ""
    return f"<{tag}{marked}>{_text(text)}</{tag.partition(' ')[0]}>"


def _text(text: str) -> str:
    """Text as it is, and no more: no markup, no control characters, no change of direction."""
    return escape(_CONTROL.sub(" ", text))


def _s(count: int) -> str:
    return "" if count == 1 else "s"
