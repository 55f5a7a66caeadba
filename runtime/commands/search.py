"""redline search: find words in documents and redlines."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from shlex import quote
from typing import Any, Final

import click
from rich.console import Console
from rich.text import Text

from backends.search import Hit, Page, Query, Snippet, TooManyWords
from runtime.asking import Asked, NotUnderstood, understand
from runtime.commands import tables
from runtime.commands.common import known_parts, moment, root_option, unknown_document
from runtime.commands.files import Refusal
from runtime.composition import Services
from runtime.documents import Documents, UnknownDocumentError
from schemas.search import Kind

_PER_PAGE: Final = 10
_MOST_PER_PAGE: Final = 1000
_HIGHLIGHT: Final = "bold"
_STYLES: Final = {Kind.DOCUMENT: "cyan", **{Kind(kind.value): style for kind, style in tables.STYLES.items()}}


@click.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},  # -hello leaves out a word
    epilog="""\b
What can be typed:
  indemnify customer         both words, anywhere in the text
  "limitation of liability"  these words in this order; in a shell: '"limitation of liability"'
  terminat*                  words that begin so
  -arbitration               not this word
  kind:insertion             only changes of this kind: insertion, deletion, replacement, move, formatting;
                             or kind:document, only the text of documents
  document:PATH_OR_ID        only this document; a path with spaces in quotation marks
  after:2026-01-01           taken on this day or later;  before:2026-02-01  taken before this day

\b
Examples:
  redline search indemnify
  redline search kind:insertion,replacement 'penalt*' document:contracts/lease.docx
  redline search --all-versions '"limitation of liability"' after:2026-01-01
  redline search --json indemnify | jq -r '.hits[] | "\\(.path): \\(.snippet)"'""",
)
@root_option
@click.option("--all-versions", is_flag=True, help="Also earlier versions, earlier redlines, and superseded ones.")
@click.option("--page", type=click.IntRange(1), default=1, show_default=True, help="Which page of the hits.")
@click.option(
    "--per-page",
    type=click.IntRange(1, _MOST_PER_PAGE),
    default=_PER_PAGE,
    show_default=True,
    help="Hits on a page.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with the ranges to highlight.")
@click.argument("words", metavar="WORDS...", nargs=-1, required=True)
def search(root: Path, all_versions: bool, page: int, per_page: int, as_json: bool, words: tuple[str, ...]) -> None:
    """Find words in the newest version of each document, and in the redlines that led to it.

    Case and accents make no difference. All words must be found; the best hits come first, and without any word the
    newest. It does not matter whether the pipeline runs.
    """
    typed = " ".join(words)
    parts = known_parts(root)
    documents = Documents(parts)
    try:
        query = _query(understand(typed), documents, parts.settings.tenant, all_versions=all_versions)
        found = parts.search.find(query, offset=(page - 1) * per_page, limit=per_page)
        elsewhere = _hidden(parts, query) if not found.total else 0
    except NotUnderstood as error:
        raise click.UsageError(tables.plain(str(error)).plain) from None
    except TooManyWords:
        raise Refusal("Too many words begin so to be looked for in a phrase; give more letters before the *.") from None
    if as_json:
        click.echo(json.dumps(_told(typed, found, page, per_page, documents)))
    elif found.total:
        _show(found, page, per_page, documents)
    else:
        click.echo(_nothing(parts, root, elsewhere))


def _query(asked: Asked, documents: Documents, tenant: str, *, all_versions: bool) -> Query:
    """Raises Refusal for a document that nobody knows."""
    try:
        document_id = None if asked.document is None else documents.find(asked.document).id
    except UnknownDocumentError as error:
        raise unknown_document(error) from None
    return Query(
        tenant,
        tuple(asked.terms),
        frozenset(asked.kinds),
        document_id,
        asked.since,
        asked.until,
        all_versions=all_versions,
    )


def _hidden(parts: Services, query: Query) -> int:
    """Hits that are not found because they are not current."""
    return 0 if query.all_versions else parts.search.find(replace(query, all_versions=True), limit=1).total


def _nothing(parts: Services, root: Path, elsewhere: int) -> str:
    if elsewhere:
        hits = "hit" if elsewhere == 1 else "hits"
        return f"Nothing found. There {'is' if elsewhere == 1 else 'are'} {elsewhere} {hits} with --all-versions."
    if not parts.search.find(Query(parts.settings.tenant, all_versions=True), limit=1).total:
        command = f"redline reindex --root {quote(str(root))}"
        return f"Nothing found: nothing is indexed yet. To index what is there from before: {command}"
    return "Nothing found."


def _show(found: Page, page: int, per_page: int, documents: Documents) -> None:
    console = tables.console()
    for hit in found.hits:
        _show_hit(hit, documents.path(hit.record.document_id) or hit.record.document_id, console)
    pages = -(-found.total // per_page)
    count = f"{found.total} hit{'' if found.total == 1 else 's'}"
    more = f"; next: --page {page + 1}" if page < pages else ""
    console.print(f"{count}, page {page} of {pages}{more}" if pages > 1 or page > 1 else count)


def _show_hit(hit: Hit, path: str, console: Console) -> None:
    record, shown = hit.record, hit.snippet
    what = hit.kind.value if hit.kind is Kind.DOCUMENT else f"{hit.kind.value} {hit.number}"
    line = Text.assemble(
        tables.plain(path, "bold"),
        f"  {moment(record.time)}  ",
        (what, _STYLES[hit.kind]),
        "" if record.standing == "current" else f" ({record.standing})",
        "  ",
        tables.plain(shown.place, "dim"),
    )
    console.print(line, no_wrap=True, overflow="ellipsis", crop=True)
    console.print(Text("  ").append_text(_highlighted(shown)))


def _highlighted(shown: Snippet) -> Text:
    text, position = Text(), 0
    for start, end in shown.highlights:
        text.append_text(tables.plain(shown.text[position:start]))
        text.append_text(tables.plain(shown.text[start:end], _HIGHLIGHT))
        position = end
    return text.append_text(tables.plain(shown.text[position:]))


def _told(typed: str, found: Page, page: int, per_page: int, documents: Documents) -> dict[str, Any]:
    return {
        "query": typed,
        "total": found.total,
        "page": page,
        "per_page": per_page,
        "hits": [_told_hit(hit, documents) for hit in found.hits],
    }


def _told_hit(hit: Hit, documents: Documents) -> dict[str, Any]:
    """`highlights` are half-open ranges of characters of the snippet."""
    facts = hit.record.model_dump(mode="json", exclude={"key", "version"}, exclude_none=True)
    return {
        "path": documents.path(hit.record.document_id),
        "kind": hit.kind.value,
        "change": hit.number or None,
        **facts,
        "place": hit.snippet.place,
        "snippet": hit.snippet.text,
        "highlights": [list(each) for each in hit.snippet.highlights],
        "score": round(hit.score, 4),
    }
