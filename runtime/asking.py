"""What people type to search: words, phrases and filters, as a query of the search index. Pure."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Final

from backends.search import Term
from schemas.search import Kind

FILTERS: Final = ("kind", "document", "after", "before")
_PART: Final = re.compile(
    r"""
    (?P<excluded>-)?
    (?:(?P<filter>[^\W\d_]+):(?=\S))?
    (?: "(?P<phrase>[^"]*)"(?P<star>\*)? | (?P<open>".*) | (?P<plain>[^\s"]+) )
    """,
    re.VERBOSE | re.DOTALL,
)
_OPERATORS: Final = frozenset({"AND", "OR", "NOT"})
_QUOTES: Final = str.maketrans("\u201c\u201d\u201e\u00ab\u00bb", '"""""')


class NotUnderstood(ValueError):  # noqa: N818 - the state it names
    """What was typed makes no query. The message is one sentence that says what was not understood, and what to do."""


@dataclass(slots=True)
class Asked:
    """What was asked for. `document` is as it was typed: a path or an id."""

    terms: list[Term] = field(default_factory=list)
    kinds: set[Kind] = field(default_factory=set)
    document: str | None = None
    since: datetime | None = None
    until: datetime | None = None


def understand(text: str) -> Asked:
    """The query that was typed. Days begin as the clock on the wall says. Raises NotUnderstood."""
    asked = Asked()
    for part in _PART.finditer(text.translate(_QUOTES)):
        if part["open"] is not None:
            raise NotUnderstood(f"A quotation mark is not closed: {part['open']}")
        content = part["plain"] if part["phrase"] is None else part["phrase"]
        if part["filter"] is None:
            asked.terms.append(_term(content, part))
        elif part["excluded"]:
            raise NotUnderstood(f"A filter cannot be excluded: {part[0]}")
        else:
            _narrow(asked, part["filter"].lower(), content)
    if asked.since and asked.until and asked.since >= asked.until:
        raise NotUnderstood("Nothing can be found: after: is not earlier than before:.")
    return asked


def _term(content: str, part: re.Match[str]) -> Term:
    quoted = part["phrase"] is not None
    prefix = content.endswith("*") or part["star"] is not None
    words = content.rstrip("*")
    if not quoted and content in _OPERATORS:
        raise NotUnderstood(
            f"{content} is not understood: all words must be found, and -word leaves out. "
            f'To look for the word itself, put it in quotation marks: "{content}"'
        )
    if not quoted and "*" in words:
        raise NotUnderstood(f"A * stands for what follows at the end of a word only, not as in {content}.")
    if not any(letter.isalnum() for letter in words):
        raise NotUnderstood(f"There is no word in {part[0]}; search for letters or digits.")
    return Term(words, prefix=prefix, excluded=part["excluded"] is not None)


def _narrow(asked: Asked, name: str, value: str) -> None:
    """Take a filter into the query."""
    match name:
        case "kind":
            asked.kinds |= {_kind(each) for each in value.split(",")}
        case "document":
            if asked.document is not None:
                raise NotUnderstood("Only one document can be searched at a time; give document: once.")
            asked.document = value
        case "after":
            asked.since = _moment(name, value)
        case "before":
            asked.until = _moment(name, value)
        case _:
            raise NotUnderstood(
                f"There is no filter {name}:, only {', '.join(f'{each}:' for each in FILTERS)}. "
                f'To look for the words themselves, put them in quotation marks: "{name}:{value}"'
            )


def _kind(name: str) -> Kind:
    try:
        return Kind(name.lower())
    except ValueError:
        known = [kind.value for kind in Kind]
        near = difflib.get_close_matches(name.lower(), known, 1)
        hint = f"did you mean kind:{near[0]}?" if near else f"the kinds are {', '.join(known)}."
        raise NotUnderstood(f"There is no kind {name!r}; {hint}") from None


def _moment(name: str, value: str) -> datetime:
    """A day begins at midnight here; a time without a zone is one of here."""
    try:
        if len(value) <= len("2026-01-31"):
            return datetime.combine(date.fromisoformat(value), time()).astimezone()
        return datetime.fromisoformat(value).astimezone()
    except (ValueError, OverflowError):
        raise NotUnderstood(f"{value!r} is no day; write {name}:2026-01-31.") from None
