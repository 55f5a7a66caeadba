"""The one place that decides which differences a caller wants to see, and what counts as the same otherwise."""

from __future__ import annotations

import re
from collections.abc import Hashable, Sequence
from typing import Final, Literal

from redline.diff.textdiff import Segment, diff
from redline.diff.tokens import Token
from redline.options import CompareOptions

Aspect = Literal["text", "formatting", "tables", "headers", "notes", "text boxes", "fields", "computed"]

_NUMBER: Final = re.compile(r"\d+(?:[.,:/]\d+)*")
_PUNCTUATION: Final = re.compile(r"[^\w\s]|_")
_SPACE: Final = re.compile(r"\s+")


class Tracking:
    """What the options leave out, in terms of words and tokens."""

    def __init__(self, options: CompareOptions) -> None:
        self._options = options
        self._all_text = not (options.ignore_numbers or options.ignore_punctuation) and (
            options.track_case and options.track_white_space
        )
        self._words: dict[str, str] = {}
        """What counts of each word that was met: most stand in a document many times."""
        self._all = self._all_text and options.track_notes and options.track_text_boxes and options.track_fields

    def wants(self, aspect: Aspect) -> bool:
        """Whether differences of this kind are tracked."""
        options = self._options
        return {
            "text": True,
            "formatting": options.track_formatting,
            "tables": options.track_tables,
            "headers": options.track_headers,
            "notes": options.track_notes,
            "text boxes": options.track_text_boxes,
            "fields": options.track_fields,
            "computed": options.track_computed and options.track_fields,
        }[aspect]

    def form(self, text: str) -> str:
        """What of a text counts: equal for texts that the options take for the same, white space apart."""
        if self._all_text:
            return text
        options = self._options
        text = text if options.track_case else text.casefold()
        text = _NUMBER.sub("0", text) if options.ignore_numbers else text
        return _PUNCTUATION.sub("", text) if options.ignore_punctuation else text

    def segments(self, before: Sequence[Token], after: Sequence[Token]) -> list[Segment]:
        """The differences between two token sequences, as far as they are wanted; `Segment.equal` includes the others.

        Of an equal segment with another number of tokens, or other tokens, those of `after` are to be taken.
        """
        if self._all:
            return diff(before, after)
        old, now = ([self._weighed(token) for token in tokens] for tokens in (before, after))
        segments = diff(old, now)
        for segment in segments:
            if not segment.equal and _counting(old[segment.b0 : segment.b1]) == _counting(now[segment.a0 : segment.a1]):
                segment.equal = True
        return segments

    def _weighed(self, token: Token) -> Token:
        key = self._key(token)
        return token if key == token.key else token.under(key)

    def _key(self, token: Token) -> Hashable:
        key, options = token.key, self._options
        if isinstance(key, str):
            found = self._words.get(key)
            if found is None:
                found = self._words[key] = self._word(key)
            return found
        if token.note is not None and not options.track_notes:
            return _IGNORED
        if token.boxes and not options.track_text_boxes:
            return _IGNORED
        if token.is_field and not options.track_fields:
            return ("field",)
        return key

    def _word(self, text: str) -> str:
        if text.isspace():
            return text if self._options.track_white_space else ""
        return self.form(text)


_IGNORED: Final = ("ignored",)


def _counting(tokens: Sequence[Token]) -> list[Hashable]:
    """What counts of some tokens: their text together, and the others one by one."""
    found: list[Hashable] = []
    texts: list[str] = []
    for token in tokens:
        if isinstance(token.key, str):
            texts.append(token.key)
        elif token.key != _IGNORED:
            found += ["".join(texts), token.key]
            texts = []
    return [*found, "".join(texts)]
